/* check_shared_jsonrpc.c: the envelope of JSON-RPC. links: daemon/shared_jsonrpc.c daemon/shared_text.c daemon/shared_span.c */
#include "runner.h"
#include "shared_jsonrpc.h"

#include <check.h>
#include <string.h>

static struct jsonrpc_line line;

static struct jsonrpc_request read_one(const char *text)
{
	struct jsonrpc_request request;
	size_t wrong;

	ck_assert(jsonrpc_read((struct span){ text, strlen(text) }, &line, &wrong));
	ck_assert(jsonrpc_next(&line, &request));
	return request;
}

static void expect_span(struct span found, const char *text)
{
	ck_assert_uint_eq(found.size, strlen(text));
	ck_assert_int_eq(memcmp(found.at, text, found.size), 0);
}

START_TEST(a_request_is_read)
{
	struct jsonrpc_request request =
		read_one("{\"jsonrpc\":\"2.0\",\"id\":\"x1\",\"method\":\"a.b\",\"params\":{\"p\": 1},\"more\":2}");

	ck_assert_ptr_null(request.fault);
	expect_span(request.id, "\"x1\"");
	expect_span(request.method, "\"a.b\"");
	expect_span(request.params, "{\"p\": 1}");
	ck_assert(!line.batch);
	ck_assert_uint_eq(jsonrpc_count(&line, 10), 1);
	ck_assert(!jsonrpc_next(&line, &request));
}
END_TEST

START_TEST(a_notification_has_no_id)
{
	struct jsonrpc_request request = read_one("{\"jsonrpc\":\"2.0\",\"method\":\"a\"}");

	ck_assert_ptr_null(request.fault);
	ck_assert_uint_eq(request.id.size, 0);
	ck_assert_uint_eq(request.params.size, 0);
}
END_TEST

static const struct {
	const char *text, *fault, *id;
} faulty[] = {
	{ "1", "a message must be an object", "" },
	{ "{}", "the member \"jsonrpc\" must be \"2.0\"", "" },
	{ "{\"jsonrpc\":2.0,\"method\":\"a\",\"id\":1}", "the member \"jsonrpc\" must be \"2.0\"", "1" },
	{ "{\"jsonrpc\":\"2.0\",\"id\":1}", "the member \"method\" must be a string", "1" },
	{ "{\"jsonrpc\":\"2.0\",\"method\":7,\"id\":-1}", "the member \"method\" must be a string", "-1" },
	{ "{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"params\":3,\"id\":null}", "the member \"params\" must be an object",
		"null" },
	{ "{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"id\":{}}", "the member \"id\" must be a string or a number", "" },
	{ "{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"id\":true}", "the member \"id\" must be a string or a number", "" },
	{ "{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"id\":1,\"method\":\"b\"}", "a member stands twice", "1" },
	{ "{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"id\":1,\"i\\u0064\":2}", "a member stands twice", "2" },
};

START_TEST(a_faulty_envelope_says_why)
{
	struct jsonrpc_request request = read_one(faulty[_i].text);

	ck_assert_ptr_nonnull(request.fault);
	ck_assert_str_eq(request.fault, faulty[_i].fault);
	ck_assert_uint_eq(request.id.size, strlen(faulty[_i].id));
	if (request.id.size > 0)
		expect_span(request.id, faulty[_i].id);
}
END_TEST

START_TEST(what_is_not_json_says_where)
{
	struct jsonrpc_line none;
	size_t wrong;

	ck_assert(!jsonrpc_read((struct span){ "{\"a\":}", 6 }, &none, &wrong));
	ck_assert_uint_eq(wrong, 5);
}
END_TEST

START_TEST(a_batch_is_read_one_by_one)
{
	struct jsonrpc_request request = read_one(
		"[{\"jsonrpc\":\"2.0\",\"method\":\"a\"}, 5, {\"jsonrpc\":\"2.0\",\"method\":\"b\",\"id\":1}]");
	struct jsonrpc_line again = line;

	ck_assert(line.batch);
	ck_assert_uint_eq(jsonrpc_count(&again, 10), 2);
	ck_assert_uint_eq(jsonrpc_count(&again, 1), 1);
	ck_assert_ptr_null(request.fault);
	ck_assert(jsonrpc_next(&line, &request));
	ck_assert_ptr_nonnull(request.fault);
	ck_assert(jsonrpc_next(&line, &request));
	expect_span(request.method, "\"b\"");
	ck_assert(!jsonrpc_next(&line, &request));
}
END_TEST

START_TEST(an_empty_batch_has_nothing)
{
	struct jsonrpc_request request;
	size_t wrong;

	ck_assert(jsonrpc_read((struct span){ "[ ]", 3 }, &line, &wrong));
	ck_assert_uint_eq(jsonrpc_count(&line, 10), 0);
	ck_assert(!jsonrpc_next(&line, &request));
}
END_TEST

static void expect_text(struct text *text, const char *content)
{
	ck_assert(!text->failed);
	expect_span((struct span){ text->data, text->size }, content);
	text_finish(text);
}

START_TEST(answers_are_written)
{
	struct text text = { 0 };
	json_t *data = json_pack("{s:s}", "code", "failed");

	jsonrpc_begin_response(&text, (struct span){ "\"x\"", 3 });
	text_add_text(&text, "[]");
	jsonrpc_end_response(&text);
	expect_text(&text, "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"result\":[]}");
	jsonrpc_add_error(&text, (struct span){ NULL, 0 }, JSONRPC_FAILED, "\"no\"", data);
	expect_text(&text,
		"{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32000,\"message\":\"\\\"no\\\"\","
		"\"data\":{\"code\":\"failed\"}}}");
	jsonrpc_add_error(&text, (struct span){ "1", 1 }, JSONRPC_PARSE_ERROR, "", NULL);
	expect_text(&text, "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32700,\"message\":\"\"}}");
	json_decref(data);
}
END_TEST

START_TEST(requests_are_written)
{
	struct text text = { 0 };
	json_t *params = json_pack("{s:i}", "a", 1);

	jsonrpc_add_request(&text, 7, "m", NULL);
	expect_text(&text, "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"m\"}");
	jsonrpc_add_notification(&text, "m", params);
	expect_text(&text, "{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{\"a\":1}}");
	json_decref(params);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_request_is_read), TEST(a_notification_has_no_id),
		TEST(a_faulty_envelope_says_why, .times = sizeof faulty / sizeof faulty[0]),
		TEST(what_is_not_json_says_where), TEST(a_batch_is_read_one_by_one), TEST(an_empty_batch_has_nothing),
		TEST(answers_are_written), TEST(requests_are_written) };

	return run_suite(&SUITE(cases, "shared_jsonrpc"));
}
