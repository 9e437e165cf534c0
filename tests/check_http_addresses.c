/* check_http_addresses.c: which peers have one address, and how many connections that may have.
 * links: plugins/http/addresses.c */
#include "../plugins/http/addresses.h"
#include "runner.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>

static struct http_addresses addresses;

/* Whether two peers are one address to the table. */
static bool are_one(const char *peer, const char *other)
{
	struct http_address *first = http_addresses_take(&addresses, peer, 1);
	struct http_address *second = http_addresses_take(&addresses, other, 1);

	ck_assert_ptr_nonnull(first);
	http_addresses_give(&addresses, first);
	http_addresses_give(&addresses, second);
	return !second;
}

START_TEST(ports_make_no_difference)
{
	ck_assert(are_one("192.0.2.1:1", "192.0.2.1:65535"));
	ck_assert(!are_one("192.0.2.1:1", "192.0.2.2:1"));
	ck_assert(are_one("[2001:db8::1]:1", "[2001:db8::1]:2"));
	ck_assert(are_one("unix", "unix"));
}
END_TEST

START_TEST(a_network_of_ipv6_is_one_address)
{
	ck_assert(are_one("[2001:db8:0:1::1]:1", "[2001:db8:0:1:ffff:ffff:ffff:ffff]:2"));
	ck_assert(!are_one("[2001:db8:0:1::1]:1", "[2001:db8:0:2::1]:1"));
}
END_TEST

START_TEST(ipv4_in_ipv6_is_ipv4)
{
	ck_assert(are_one("[::ffff:192.0.2.1]:1", "192.0.2.1:2"));
	ck_assert(!are_one("[::ffff:192.0.2.1]:1", "[::ffff:192.0.2.2]:1"));
	ck_assert(!are_one("0.0.0.0:1", "[::]:1"));
}
END_TEST

/* What is no address is one that all such have. */
START_TEST(what_is_no_address_is_counted_too)
{
	static const char *const peers[] = { "", ":", "[", "[]", "[]:1", "a:b", "[::1", "1.2.3.4" };

	for (size_t i = 0; i < sizeof peers / sizeof peers[0]; i++)
		ck_assert_msg(are_one(peers[i], "unix:"), "%s", peers[i]);
}
END_TEST

START_TEST(many_are_counted)
{
	static struct http_address *taken[3000];
	char peer[32];

	for (unsigned i = 0; i < 3000; i++) {
		snprintf(peer, sizeof peer, "10.0.%u.%u:1", i / 3 / 256, i / 3 % 256);
		taken[i] = http_addresses_take(&addresses, peer, 3);
		ck_assert_ptr_nonnull(taken[i]);
	}
	ck_assert_ptr_null(http_addresses_take(&addresses, "10.0.0.0:9", 3));
	ck_assert_ptr_null(http_addresses_take(&addresses, "10.0.3.231:9", 3));
	for (unsigned i = 0; i < 3000; i++)
		http_addresses_give(&addresses, taken[i]);
	for (unsigned i = 0; i < HTTP_ADDRESS_BUCKETS; i++)
		ck_assert_ptr_null(addresses.buckets[i]);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(ports_make_no_difference), TEST(a_network_of_ipv6_is_one_address),
		TEST(ipv4_in_ipv6_is_ipv4), TEST(what_is_no_address_is_counted_too), TEST(many_are_counted) };

	return run_suite(&SUITE(cases, "http addresses"));
}
