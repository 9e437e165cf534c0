/*
 * check_http_access.c: which Host and Origin are let in.
 * links: plugins/http/access.c plugins/http/chars.c plugins/http/target.c */
#include "../plugins/http/access.h"
#include "runner.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

/* Lists are comma-separated, "" is the empty one. */
static const struct {
	const char *hosts, *origins, *bound, *host, *origin;
	bool welcome;
} rows[] = {
	{ "", "", "", "localhost", NULL, true },
	{ "", "", "", "LocalHost:1", NULL, true },
	{ "", "", "", "127.0.0.1:8080", NULL, true },
	{ "", "", "", "[::1]:99", NULL, true },
	{ "", "", "", "evil.example", NULL, false },
	{ "", "", "", "localhost.", NULL, false },
	{ "", "", "", "localhosts", NULL, false },
	{ "", "", "", "127.0.0.2", NULL, false },
	{ "", "", "", "10.0.0.1", NULL, false },
	{ "", "", "10.0.0.1:80", "10.0.0.1", NULL, true },
	{ "", "", "10.0.0.1:80,unix:/x", "10.0.0.2", NULL, false },
	{ "", "", "0.0.0.0:80", "10.0.0.2:80", NULL, true },
	{ "", "", "[::]:80", "[2001:db8::1]", NULL, true },
	{ "", "", "0.0.0.0:80", "evil.example", NULL, false },
	{ "api.example", "", "", "api.example:80", NULL, true },
	{ "api.example", "", "", "localhost", NULL, false },
	{ "a.example:80,b.example", "", "", "a.example:80", NULL, true },
	{ "a.example:80,b.example", "", "", "a.example:81", NULL, false },
	{ "a.example:80,b.example", "", "", "B.example:81", NULL, true },
	{ "*", "", "", "evil.example", NULL, true },
	{ "", "", "", "localhost", "http://localhost", true },
	{ "", "", "", "localhost", "http://localhost:3000", true },
	{ "", "", "", "localhost", "https://127.0.0.1", true },
	{ "", "", "", "localhost", "https://evil.example", false },
	{ "", "", "", "localhost", "http://localhost.evil.example", false },
	{ "", "", "", "localhost", "http://localhost/", false },
	{ "", "", "", "localhost", "http://evil@localhost", false },
	{ "", "", "", "localhost", "ftp://localhost", false },
	{ "", "", "", "localhost", "localhost", false },
	{ "", "", "", "localhost", "http://", false },
	{ "", "", "", "localhost", "null", false },
	{ "", "", "", "localhost", "", false },
	{ "", "", "10.0.0.1:80", "localhost", "http://10.0.0.1:3000", true },
	{ "", "https://app.example", "", "localhost", "https://app.example", true },
	{ "", "https://app.example", "", "localhost", "http://app.example", false },
	{ "", "https://app.example", "", "localhost", "http://localhost", false },
	{ "", "*", "", "localhost", "null", true },
	{ "api.example", "", "", "api.example", "https://api.example", false },
};

/* Splits a list, in copy. */
static size_t split(const char *list, char copy[static 128], const char *items[static 4])
{
	size_t count = 0;
	char *item, *rest;

	snprintf(copy, 128, "%s", list);
	for (item = strtok_r(copy, ",", &rest); item && count < 4; item = strtok_r(NULL, ",", &rest))
		items[count++] = item;
	return count;
}

START_TEST(a_request_is_judged)
{
	struct http_access access = { .every_address = false };
	struct http_head head = { .line = 0 };
	const char *host = rows[_i].host, *origin = rows[_i].origin, *items[4], *why;
	char copy[128], data[256], message[240];

	ck_assert_int_eq(http_texts_set(&access.hosts, items, split(rows[_i].hosts, copy, items)), SP_OK);
	ck_assert_int_eq(http_texts_set(&access.origins, items, split(rows[_i].origins, copy, items)), SP_OK);
	ck_assert_int_eq(http_access_bind(&access, items, split(rows[_i].bound, copy, items)), SP_OK);
	head.host = (struct http_part){ 1, (uint32_t)strlen(host) };
	head.origins = origin != NULL;
	head.origin = (struct http_part){ head.host.size + 1, origin ? (uint32_t)strlen(origin) : 0 };
	snprintf(data, sizeof data, "x%s%s", host, origin ? origin : "");
	why = http_access_refuse(&access, &head, data, message);
	ck_assert_msg((why == NULL) == rows[_i].welcome, "row %d: %s", _i, why ? why : "let in");
	http_access_finish(&access);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_request_is_judged, .times = sizeof rows / sizeof *rows) };

	return run_suite(&SUITE(cases, "http access"));
}
