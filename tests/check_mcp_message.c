/*
 * check_mcp_message.c: envelopes, eras, answers.
 * links: plugins/mcp/message.c */
#include "../plugins/mcp/message.h"
#include "runner.h"

#include <string.h>

static json_t *json(const char *text)
{
	json_t *value = json_loads(text, 0, NULL);

	ck_assert_msg(value != NULL, "not JSON: %s", text);
	return value;
}

START_TEST(envelopes_are_told_apart)
{
	static const struct {
		const char *text;
		enum mcp_kind kind;
	} rows[] = {
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"}", MCP_REQUEST },
		{ "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"a\",\"params\":{}}", MCP_REQUEST },
		{ "{\"jsonrpc\":\"2.0\",\"method\":\"a\"}", MCP_NOTIFICATION },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}", MCP_RESPONSE },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{}}", MCP_RESPONSE },
		{ "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{}}", MCP_RESPONSE },
		{ "{\"jsonrpc\":\"2.0\",\"error\":{}}", MCP_RESPONSE },
		{ "{\"jsonrpc\":\"2.0\",\"id\":null,\"result\":{}}", MCP_MALFORMED },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1.5,\"error\":{}}", MCP_MALFORMED },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{},\"result\":{}}", MCP_MALFORMED },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1}", MCP_MALFORMED },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"a\"}", MCP_MALFORMED },
		{ "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"a\"}", MCP_MALFORMED },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}", MCP_MALFORMED },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"result\":{}}", MCP_MALFORMED },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":[1]}", MCP_MALFORMED },
		{ "{\"id\":1,\"method\":\"a\"}", MCP_MALFORMED },
		{ "[]", MCP_MALFORMED },
		{ "[{}]", MCP_MALFORMED },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		json_t *message = json(rows[i].text);

		ck_assert_msg(mcp_message_kind(message) == rows[i].kind, "%s", rows[i].text);
		json_decref(message);
	}
}
END_TEST

/* Any JSON can be looked at; of what is none, or says the same member twice, the place is told. */
START_TEST(what_cannot_be_read_is_located)
{
	static const char twice[] = "{\"id\":1,\n\"id\":2}";
	struct mcp_unread why;
	json_t *message = mcp_message_read_new("\"a\"", 3, &why);

	ck_assert_int_eq(mcp_message_kind(message), MCP_MALFORMED);
	json_decref(message);
	ck_assert_ptr_null(mcp_message_read_new("{", 1, &why));
	ck_assert_str_eq(why.text, "this cannot be read as JSON: look at line 1, column 1");
	ck_assert_ptr_null(mcp_message_read_new(twice, sizeof twice - 1, &why));
	ck_assert_ptr_nonnull(strstr(why.text, "line 2"));
}
END_TEST

#define KEY "\"io.modelcontextprotocol/protocolVersion\":"

/* Revision 2026-07-28 says its version in each request's _meta; before it, initialize begins a session, and a header
 * names the version. Where body and header disagree it is the body that counts. */
START_TEST(the_body_decides_the_era)
{
	static const char modern[] = "2026-07-28", older[] = "2025-06-18";
	static const struct {
		const char *text, *version;
		enum mcp_era era;
		int code;
	} rows[] = {
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\"}", NULL, MCP_OLDER, 0 },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\"}", older, MCP_OLDER, 0 },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\"}", modern, MCP_FAULTY, -32020 },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":{\"_meta\":{" KEY "\"2026-07-28\"}}}",
			NULL, MCP_MODERN, 0 },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":{\"_meta\":{" KEY "\"nonsense\"}}}", older,
			MCP_MODERN, 0 },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":{\"_meta\":{" KEY "7}}}", older,
			MCP_FAULTY, -32602 },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"}", modern, MCP_FAULTY, -32602 },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"}", older, MCP_OLDER, 0 },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"}", "not-a-version", MCP_OLDER, 0 },
		{ "{\"jsonrpc\":\"2.0\",\"method\":\"a\"}", modern, MCP_MODERN, 0 },
		{ "{\"jsonrpc\":\"2.0\",\"method\":\"a\"}", NULL, MCP_OLDER, 0 },
		{ "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"}]", NULL, MCP_OLDER, 0 },
		{ "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"},7]", NULL, MCP_FAULTY, -32600 },
		{ "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":{\"_meta\":{" KEY "\"2026-07-28\"}}}]",
			NULL, MCP_FAULTY, -32600 },
		{ "[]", NULL, MCP_FAULTY, -32600 },
		{ "{}", modern, MCP_FAULTY, -32600 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		json_t *message = json(rows[i].text);
		struct mcp_fault fault = { .code = 0 };

		ck_assert_msg(mcp_message_era(message, rows[i].version, &fault) == rows[i].era, "%s", rows[i].text);
		ck_assert_msg(fault.code == rows[i].code, "%s", rows[i].text);
		ck_assert_int_eq(fault.http, rows[i].code ? 400 : 0);
		json_decref(message);
	}
}
END_TEST

START_TEST(versions_belong_to_one_era)
{
	json_t *all = mcp_versions_new();

	ck_assert(mcp_version_is_spoken(MCP_OLDER, "2025-03-26"));
	ck_assert(!mcp_version_is_spoken(MCP_MODERN, "2025-03-26"));
	ck_assert(!mcp_version_is_spoken(MCP_OLDER, mcp_version_newest(MCP_MODERN)));
	ck_assert_str_eq(mcp_version_newest(MCP_OLDER), "2025-11-25");
	ck_assert_uint_eq(json_array_size(all), 4);
	json_decref(all);
}
END_TEST

/* Quirk 3: what is absent is left out. */
START_TEST(quirk_3_answers_hold_only_what_there_is)
{
	json_t *error = mcp_error_new(NULL, -1, "no", NULL), *notification = mcp_notification_new("a", NULL);

	ck_assert_uint_eq(json_object_size(error), 2);
	ck_assert_uint_eq(json_object_size(json_object_get(error, "error")), 2);
	ck_assert_uint_eq(json_object_size(notification), 2);
	json_decref(error);
	json_decref(notification);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(envelopes_are_told_apart), TEST(what_cannot_be_read_is_located),
		TEST(the_body_decides_the_era), TEST(versions_belong_to_one_era),
		TEST(quirk_3_answers_hold_only_what_there_is) };

	return run_suite(&SUITE(cases, "mcp messages"));
}
