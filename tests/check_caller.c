/* check_caller.c: what a runnable tells its caller and asks of it (R-RN-3). */
#include <check.h>
#include <signalpy/caller.h>
#include <stdlib.h>
#include <string.h>

#include "calls_kit.h"
#include "runner.h"

SP_RECORD(said, (string, text));

SP_COMPONENT(talker,
	(later,    chat, nothing, nothing),
	(blocking, chat_aside, nothing, nothing),
	(later,    show, said, nothing),
	(later,    show_and_fail, nothing, nothing),
	(later,    confirm, nothing, said),
	(blocking, confirm_aside, nothing, said),
	(later,    ask_nothing, nothing, nothing));

static sp_status talker_chat(struct talker *self SP_UNUSED, sp_call *call)
{
	sp_tell(call, SP_INFO, "%d of %d", 1, 2);
	sp_tell(call, SP_WARNING, "careful");
	return SP_OK;
}

static sp_status talker_chat_aside(const struct talker *self SP_UNUSED, sp_call *call)
{
	sp_tell(call, SP_ERROR, "from a worker");
	return SP_OK;
}

/* Attaches the text as JSON. */
static sp_status talker_show(struct talker *self SP_UNUSED, sp_call *call, const struct said *in)
{
	return sp_attach(call, json_loads(in->text, 0, NULL));
}

static sp_status talker_show_and_fail(struct talker *self SP_UNUSED, sp_call *call)
{
	sp_attach(call, json_pack("{s:s, s:s}", "type", "text", "text", "half"));
	return sp_fail(call, SP_FAILED, "broke");
}

static sp_status confirm(sp_call *call, struct said *out)
{
	const json_t *sure = sp_answer_to(call, "sure"), *name = sp_answer_to(call, "name");

	if (!sure)
		sp_ask(call, "sure", SP_ELICITATION, json_pack("{s:s}", "message", "Sure?"));
	if (!sure || !name)
		return sp_ask(call, "name", SP_ROOTS, NULL);
	out->text = sp_format(call, "%s", json_string_value(name));
	return SP_OK;
}

static sp_status talker_confirm(struct talker *self SP_UNUSED, sp_call *call, struct said *out)
{
	return confirm(call, out);
}

static sp_status talker_confirm_aside(const struct talker *self SP_UNUSED, sp_call *call, struct said *out)
{
	return confirm(call, out);
}

static sp_status talker_ask_nothing(struct talker *self SP_UNUSED, sp_call *call SP_UNUSED)
{
	return SP_INPUT_REQUIRED;
}

static sp_testing *testing;
static struct built built;
static struct heard {
	char lines[256], code[32], message[240];
	json_t *content, *questions, *data;
	unsigned lacks;
} heard;

static void set_up(void)
{
	testing = sp_testing_create(NULL);
	built_load(&built, testing, &talker_component, NULL);
}

static void forget(void)
{
	json_decref(heard.content);
	json_decref(heard.questions);
	json_decref(heard.data);
	memset(&heard, 0, sizeof heard);
}

static void tear_down(void)
{
	forget();
	sp_testing_destroy(testing);
}

static void on_done(void *user SP_UNUSED, const struct sp_answer *answer)
{
	snprintf(heard.code, sizeof heard.code, "%s", answer->code ? answer->code : "ok");
	snprintf(heard.message, sizeof heard.message, "%s", answer->message ? answer->message : "");
	heard.lacks = answer->lacks;
	heard.content = json_deep_copy(answer->content);
	heard.questions = json_deep_copy(answer->questions);
	heard.data = json_deep_copy(answer->data);
}

static void on_line(void *user SP_UNUSED, enum sp_level level, const char *text)
{
	size_t length = strlen(heard.lines);

	snprintf(heard.lines + length, sizeof heard.lines - length, "%d %s\n", (int)level, text);
}

static void call(const char *address, const char *params, unsigned can_ask, json_t *answers)
{
	const struct sp_gateway *gateway = sp_kernel_gateway(sp_testing_kernel(testing));
	struct sp_request request = { .struct_size = sizeof request,
		.address = address,
		.params = { params, strlen(params) },
		.done = on_done,
		.tell = on_line,
		.can_ask = can_ask,
		.answers = answers };

	forget();
	gateway->call(gateway, &request, NULL);
	sp_testing_turn(testing);
}

START_TEST(a_caller_is_told_lines)
{
	call("talker.chat", "", 0, NULL);
	ck_assert_str_eq(heard.lines, "1 1 of 2\n2 careful\n");
	call("talker.chat_aside", "", 0, NULL);
	ck_assert_str_eq(heard.lines, "3 from a worker\n");
}
END_TEST

START_TEST(who_does_not_listen_is_told_nothing)
{
	ck_assert_str_eq(call_code(testing, "talker.chat", ""), "ok");
	ck_assert_str_eq(call_code(testing, "talker.chat_aside", ""), "ok");
}
END_TEST

/* A transport built before there was anything to ask has a shorter request. */
START_TEST(an_older_transport_asks_and_hears_nothing)
{
	const struct sp_gateway *gateway = sp_kernel_gateway(sp_testing_kernel(testing));
	struct sp_request request = { .struct_size = offsetof(struct sp_request, tell),
		.address = "talker.confirm",
		.done = on_done,
		.tell = on_line,
		.can_ask = SP_ELICITATION };

	gateway->call(gateway, &request, NULL);
	sp_testing_turn(testing);
	ck_assert_str_eq(heard.code, "unavailable");
}
END_TEST

static const struct {
	const char *content;
	bool good;
} contents[] = {
	{ "{\"type\":\"text\",\"text\":\"a\"}", true },
	{ "{\"type\":\"image\",\"data\":\"AA==\",\"mimeType\":\"image/png\"}", true },
	{ "{\"type\":\"audio\",\"data\":\"AA==\",\"mimeType\":\"audio/wav\"}", true },
	{ "{\"type\":\"resource_link\",\"uri\":\"a:b\",\"name\":\"b\"}", true },
	{ "{\"type\":\"resource\",\"resource\":{\"uri\":\"a:b\",\"text\":\"\"}}", true },
	{ "{\"type\":\"resource\",\"resource\":1}", false },
	{ "{\"type\":\"text\"}", false },
	{ "{\"type\":\"image\",\"data\":\"AA==\"}", false },
	{ "{\"type\":\"film\",\"text\":\"a\"}", false },
	{ "{\"text\":\"a\"}", false },
	{ "[]", false },
};

START_TEST(content_goes_with_the_answer)
{
	json_t *params = json_pack("{s:s}", "text", contents[_i].content);
	char *text = json_dumps(params, 0);

	call("talker.show", text, 0, NULL);
	ck_assert_str_eq(heard.code, contents[_i].good ? "ok" : "invalid_params");
	ck_assert_uint_eq(json_array_size(heard.content), contents[_i].good ? 1 : 0);
	free(text);
	json_decref(params);
}
END_TEST

START_TEST(a_failure_may_have_content)
{
	call("talker.show_and_fail", "", 0, NULL);
	ck_assert_str_eq(heard.code, "failed");
	ck_assert_str_eq(heard.message, "broke");
	ck_assert_uint_eq(json_array_size(heard.content), 1);
}
END_TEST

static const char *const confirming[] = { "talker.confirm", "talker.confirm_aside" };

START_TEST(a_caller_is_asked_and_asked_no_more)
{
	json_t *answers = json_pack("{s:{s:s}, s:s}", "sure", "action", "accept", "name", "Ada");
	const json_t *sure;

	call(confirming[_i], "", SP_ELICITATION | SP_ROOTS, NULL);
	ck_assert_str_eq(heard.code, "input_required");
	ck_assert_uint_eq(json_object_size(heard.questions), 2);
	sure = json_object_get(heard.questions, "sure");
	ck_assert_str_eq(json_string_value(json_object_get(sure, "method")), "elicitation/create");
	ck_assert_ptr_nonnull(json_object_get(sure, "params"));
	ck_assert_ptr_null(json_object_get(json_object_get(heard.questions, "name"), "params"));
	call(confirming[_i], "", SP_ELICITATION | SP_ROOTS, answers);
	ck_assert_str_eq(heard.code, "ok");
	ck_assert_str_eq(json_string_value(json_object_get(heard.data, "text")), "Ada");
	ck_assert_ptr_null(heard.questions);
	ck_assert_uint_eq(answers->refcount, 1);
	json_decref(answers);
}
END_TEST

START_TEST(who_cannot_be_asked_is_not_asked)
{
	call(confirming[_i], "", SP_SAMPLING, NULL);
	ck_assert_str_eq(heard.code, "unavailable");
	ck_assert_str_eq(heard.message, "the caller cannot be asked 'name': it does not offer roots/list");
	ck_assert_ptr_null(heard.questions);
	ck_assert_uint_eq(heard.lacks, SP_ELICITATION | SP_ROOTS);
}
END_TEST

START_TEST(input_without_a_question_is_a_failure)
{
	call("talker.ask_nothing", "", SP_ELICITATION, NULL);
	ck_assert_str_eq(heard.code, "failed");
	ck_assert_str_eq(heard.message, "asks the caller for input without a question");
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_caller_is_told_lines), TEST(who_does_not_listen_is_told_nothing),
		TEST(an_older_transport_asks_and_hears_nothing),
		TEST(content_goes_with_the_answer, .times = sizeof contents / sizeof *contents),
		TEST(a_failure_may_have_content), TEST(a_caller_is_asked_and_asked_no_more, .times = 2),
		TEST(who_cannot_be_asked_is_not_asked, .times = 2), TEST(input_without_a_question_is_a_failure) };

	return run_suite(&SUITE(cases, "caller", .set_up = set_up, .tear_down = tear_down));
}
