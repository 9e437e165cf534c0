/*
 * check_mcp_template.c: URIs and templates.
 * links: plugins/mcp/template.c */
#include "../plugins/mcp/template.h"
#include "runner.h"

#include <stdlib.h>
#include <string.h>

START_TEST(templates_match_and_give_values)
{
	static const struct {
		const char *uri_template, *uri, *values; /* NULL: no match */
	} rows[] = {
		{ "a://{id}", "a://7", "{\"id\":\"7\"}" },
		{ "a://{id}/data", "a://x%20y/data", "{\"id\":\"x y\"}" },
		{ "a://{one}/{two}", "a://1/2", "{\"one\":\"1\",\"two\":\"2\"}" },
		{ "a://{one}-{two}.txt", "a://1-2.txt", "{\"one\":\"1\",\"two\":\"2\"}" },
		{ "a://{one}-{two}", "a://1-2-3", "{\"one\":\"1\",\"two\":\"2-3\"}" },
		{ "a://{name}.txt", "a://b.txt.txt", "{\"name\":\"b.txt\"}" },
		{ "a://{id}", "a://", NULL },
		{ "a://{id}", "a://1/2", NULL },
		{ "a://{id}/data", "a://1/date", NULL },
		{ "a://{id}/data", "a://1/data/more", NULL },
		{ "a://{id}", "a://%00", NULL },
		{ "a://{id}", "a://%", "{\"id\":\"%\"}" },
		{ "a://{id}", "a://%zz", "{\"id\":\"%zz\"}" },
		{ "a://{id}", "a://%ff", NULL },
		{ "a://{id", "a://1", NULL },
		{ "a://b", "a://b", "{}" },
		{ "a://b", "a://bc", NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		json_t *values = NULL;
		bool matches = mcp_template_match(rows[i].uri_template, rows[i].uri, &values);
		char *text = matches ? json_dumps(values, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

		ck_assert_msg(matches == (rows[i].values != NULL), "%s %s", rows[i].uri_template, rows[i].uri);
		ck_assert_msg(!matches || strcmp(text, rows[i].values) == 0, "%s %s: %s", rows[i].uri_template,
			rows[i].uri, text);
		free(text);
		json_decref(values);
	}
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(templates_match_and_give_values) };

	return run_suite(&SUITE(cases, "mcp templates"));
}
