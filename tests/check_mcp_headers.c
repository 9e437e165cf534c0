/*
 * check_mcp_headers.c: the headers of modern requests.
 * links: plugins/mcp/headers.c plugins/mcp/message.c */
#include "../plugins/mcp/headers.h"
#include "runner.h"

#include <string.h>
#include <strings.h>

START_TEST(values_are_trimmed_and_decoded_strictly)
{
	static const struct {
		const char *sent, *value; /* NULL: none */
	} rows[] = {
		{ "plain", "plain" },
		{ " \t spaced out \t", "spaced out" },
		{ "", "" },
		{ "=?base64?aGFsbG8=?=", "hallo" },
		{ "  =?base64?aA==?= ", "h" },
		{ "=?base64?"
		  "?=",
			"" },
		{ "=?base64?aGFsbG8?=", NULL },
		{ "=?base64?aGFs bG8=?=", NULL },
		{ "=?base64?a===?=", NULL },
		{ "=?base64?-_-_?=", NULL },
		{ "=?base64?/w==?=", NULL }, /* not UTF-8 */
		{ "=?base64?aB==?=", NULL }, /* bits behind the end */
		{ "=?base64?aGFsbG9=?=", NULL },
		{ "=?base64?aAA=?=", NULL }, /* a zero byte */
		{ "=?base64?aGFsbG8=", "=?base64?aGFsbG8=" },
		{ "=?base64?=", "=?base64?=" },
		{ "\xff", NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		json_t *value = mcp_header_value_new(rows[i].sent);
		const char *text = json_string_value(value);

		ck_assert_msg(!text == !rows[i].value && (!text || strcmp(text, rows[i].value) == 0), "%s: %s",
			rows[i].sent, text ? text : "none");
		json_decref(value);
	}
}
END_TEST

/* ---- an exchange of headers only --------------------------------------------------------------------------------- */

static const char *const *the_fields;

static const char *header(const struct sp_http_exchange *exchange SP_UNUSED, const char *name)
{
	for (const char *const *field = the_fields; *field; field += 2)
		if (strcasecmp(*field, name) == 0)
			return field[1];
	return NULL;
}

static const struct sp_http_exchange_ops ops = { .struct_size = sizeof ops, .header = header };
static const struct sp_http_exchange exchange = { .struct_size = sizeof exchange, .ops = &ops };

static bool agree(const char *schema, const char *arguments, const char *const *fields)
{
	json_t *schema_json = json_loads(schema, 0, NULL), *arguments_json = json_loads(arguments, 0, NULL);
	struct mcp_fault fault = { .data = NULL };
	bool same;

	the_fields = fields;
	same = mcp_param_headers_agree(&exchange, schema_json, arguments_json, &fault);
	ck_assert_int_eq(fault.code, same ? 0 : MCP_HEADER_MISMATCH);
	json_decref(fault.data);
	json_decref(schema_json);
	json_decref(arguments_json);
	return same;
}

#define FIELDS(...) \
	(const char *const[]) \
	{ \
		__VA_ARGS__, NULL \
	}

START_TEST(headers_of_parameters_are_compared)
{
	static const char schema[] = "{\"properties\":{\"region\":{\"x-mcp-header\":\"Region\"},\"other\":{}}}";

	ck_assert(agree(schema, "{\"region\":\"eu\"}", FIELDS("mcp-param-region", "eu")));
	ck_assert(agree(schema, "{\"region\":\"eu\"}", FIELDS("Mcp-Param-Region", "=?base64?ZXU=?=")));
	ck_assert(agree(schema, "{\"region\":true}", FIELDS("Mcp-Param-Region", "true")));
	ck_assert(agree(schema, "{\"region\":7}", FIELDS("Mcp-Param-Region", "7")));
	ck_assert(agree(schema, "{\"region\":0.5}", FIELDS("Mcp-Param-Region", "0.5")));
	ck_assert(agree(schema, "{\"other\":\"x\"}", FIELDS("A", "b")));
	ck_assert(!agree(schema, "{\"region\":\"eu\"}", FIELDS("Mcp-Param-Region", "us")));
	ck_assert(!agree(schema, "{\"region\":false}", FIELDS("Mcp-Param-Region", "true")));
	ck_assert(!agree(schema, "{\"region\":\"eu\"}", FIELDS("A", "b")));
	ck_assert(!agree(schema, "{}", FIELDS("Mcp-Param-Region", "us")));
	ck_assert(!agree(schema, "{\"region\":\"eu\"}", FIELDS("Mcp-Param-Region", "=?base64?ZXU?=")));
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(values_are_trimmed_and_decoded_strictly),
		TEST(headers_of_parameters_are_compared) };

	return run_suite(&SUITE(cases, "mcp headers"));
}
