/* check_text_format.c: what each format takes, and what it refuses. */
#include <check.h>
#include <string.h>

#include "runner.h"
#include "text_format.h"

#define TEN "a234567890"
#define SIXTY TEN TEN TEN TEN TEN TEN

static const struct {
	const char *format, *text;
	bool holds;
} texts[] = {
	{ "hostname", "example", true },
	{ "hostname", "1.a-b.Example", true },
	{ "hostname", SIXTY "123", true },
	{ "hostname", SIXTY "1234", false },
	{ "hostname", SIXTY "." SIXTY "." SIXTY "." SIXTY ".123456789", true },
	{ "hostname", SIXTY "." SIXTY "." SIXTY "." SIXTY ".1234567890", false },
	{ "hostname", "", false },
	{ "hostname", "a.", false },
	{ "hostname", ".a", false },
	{ "hostname", "a..b", false },
	{ "hostname", "-a", false },
	{ "hostname", "a-", false },
	{ "hostname", "a-.b", false },
	{ "hostname", "a_b", false },
	{ "hostname", "a b", false },
	{ "ipv4", "192.0.2.1", true },
	{ "ipv4", "192.0.2", false },
	{ "ipv4", "192.0.2.256", false },
	{ "ipv4", "192.0.2.1 ", false },
	{ "ipv6", "::1", true },
	{ "ipv6", "2001:db8::192.0.2.1", true },
	{ "ipv6", "::g", false },
	{ "ipv6", "fe80::1%eth0", false },
	{ "uri", "https://a.example/b?c=%20#d", true },
	{ "uri", "urn:x", true },
	{ "uri", "http://[::1]:80/", true },
	{ "uri", "/path", false },
	{ "uri", "1a:b", false },
	{ "uri", "a:b c", false },
	{ "uri", "a:%2", false },
	{ "uri", "a:%zz", false },
	{ "uri", "a:#b#c", false },
	{ "uri", "a:<b>", false },
	{ "email", "ann.b+c@example.org", true },
	{ "email", SIXTY "1234@a", true },
	{ "email", SIXTY "12345@a", false },
	{ "email", "ann", false },
	{ "email", "ann@", false },
	{ "email", "@a", false },
	{ "email", ".a@b", false },
	{ "email", "a.@b", false },
	{ "email", "a..b@c", false },
	{ "email", "a b@c", false },
	{ "email", "a@b@c", false },
	{ "date", "2024-02-29", true },
	{ "date", "2000-02-29", true },
	{ "date", "1900-02-29", false },
	{ "date", "2023-02-29", false },
	{ "date", "2023-04-31", false },
	{ "date", "2023-13-01", false },
	{ "date", "2023-00-01", false },
	{ "date", "2023-01-00", false },
	{ "date", "2023-1-01", false },
	{ "date", "2023/01/01", false },
	{ "date", "2023-01/01", false },
	{ "date", "2023-01-01Z", false },
	{ "date", "202", false },
	{ "date-time", "2024-02-29T12:34:56Z", true },
	{ "date-time", "2024-02-29t12:34:56.789+23:59", true },
	{ "date-time", "2016-12-31T23:59:60Z", true },
	{ "date-time", "2016-12-31T18:59:60-05:00", true },
	{ "date-time", "2017-01-01T08:59:60+09:00", true },
	{ "date-time", "2016-12-31T22:59:60Z", false },
	{ "date-time", "2024-02-29T12:34:61Z", false },
	{ "date-time", "2024-02-30T12:34:56Z", false },
	{ "date-time", "2024-02-29 12:34:56Z", false },
	{ "date-time", "2024-02-29T24:00:00Z", false },
	{ "date-time", "2024-02-29T12:60:00Z", false },
	{ "date-time", "2024-02-29T12:00Z", false },
	{ "date-time", "2024-02-29T12:34:56", false },
	{ "date-time", "2024-02-29T12:34:56.Z", false },
	{ "date-time", "2024-02-29T12:34:56Zz", false },
	{ "date-time", "2024-02-29T12:34:56+1:00", false },
	{ "date-time", "2024-02-29T12:34:56+01:00x", false },
	{ "date-time", "2024-02-29T12-34-56Z", false },
	{ "uuid", "123e4567-e89b-12d3-A456-426614174000", true },
	{ "uuid", "123e4567-e89b-12d3-a456-42661417400", false },
	{ "uuid", "123e4567-e89b-12d3-a456-4266141740000", false },
	{ "uuid", "123e4567e-89b-12d3-a456-426614174000", false },
	{ "uuid", "g23e4567-e89b-12d3-a456-426614174000", false },
};

START_TEST(a_format_holds_or_not)
{
	const struct sp_text_format *format = sp_text_format_find(texts[_i].format);

	ck_assert_ptr_nonnull(format);
	ck_assert_str_eq(format->name, texts[_i].format);
	ck_assert_msg(format->holds(texts[_i].text) == texts[_i].holds, "%s %s", texts[_i].format, texts[_i].text);
}
END_TEST

START_TEST(other_formats_are_unknown)
{
	ck_assert_ptr_null(sp_text_format_find("colour"));
	ck_assert_ptr_null(sp_text_format_find(""));
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_format_holds_or_not, .times = sizeof(texts) / sizeof(texts[0])),
		TEST(other_formats_are_unknown) };

	return run_suite(&SUITE(cases, "text_format"));
}
