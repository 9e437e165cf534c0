/* check_stream_address.c: addresses as people write them. links: daemon/stream_address.c kernel/error.c */
#include "runner.h"
#include "stream_address.h"

#include <check.h>
#include <string.h>

static const struct {
	const char *text, *formatted; /* NULL: refused */
} addresses[] = {
	{ "127.0.0.1:8080", "127.0.0.1:8080" },
	{ "localhost:0", "127.0.0.1:0" },
	{ "*:80", "0.0.0.0:80" },
	{ "[::1]:65535", "[::1]:65535" },
	{ "[2001:db8:0:0:0:0:0:1]:1", "[2001:db8::1]:1" },
	{ "unix:/run/a socket", "unix:/run/a socket" },
	{ "", NULL },
	{ "127.0.0.1", NULL },
	{ "127.0.0.1:", NULL },
	{ "127.0.0.1:65536", NULL },
	{ "127.0.0.1:99999999999999999999", NULL },
	{ "127.0.0.1:-1", NULL },
	{ "127.0.0.1: 1", NULL },
	{ "127.0.0.1:8o", NULL },
	{ "127.0.0.256:80", NULL },
	{ "::1:80", NULL },
	{ "[::1:80", NULL },
	{ "[:80", NULL },
	{ "[]:80", NULL },
	{ "[::g]:80", NULL },
	{ "example.org:80", NULL },
	{ "0123456789012345678901234567890123456789012345678901234567890123456789:80", NULL },
	{ "unix:", NULL },
	{ "unix:relative", NULL },
	{ "unix:/012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
		NULL },
};

START_TEST(an_address_is_read)
{
	struct stream_address address;
	struct sp_error error = { .code = SP_OK };
	char text[ADDRESS_TEXT_SIZE];
	sp_status status = stream_address_parse(addresses[_i].text, &address, &error);

	ck_assert_int_eq(status, addresses[_i].formatted == NULL ? SP_INVALID : SP_OK);
	ck_assert_int_eq(error.code, status);
	if (status != SP_OK)
		return;
	stream_address_format(&address, text);
	ck_assert_str_eq(text, addresses[_i].formatted);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(an_address_is_read,
		.times = sizeof(addresses) / sizeof(addresses[0])) };

	return run_suite(&SUITE(cases, "stream_address"));
}
