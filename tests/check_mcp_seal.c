/*
 * check_mcp_seal.c: random names, seals, digests.
 * links: plugins/mcp/seal.c -lcrypto */
#include "../plugins/mcp/seal.h"
#include "runner.h"

#include <stdlib.h>
#include <string.h>

static struct mcp_key key;

static void set_up(void)
{
	ck_assert(mcp_key_make(&key));
}

START_TEST(what_was_sealed_comes_back)
{
	json_t *value = json_pack("{s:i, s:[s]}", "until", 7, "list", "h\xc3\xa4"), *sealed = mcp_seal_new(&key, value);
	json_t *again = mcp_unseal_new(&key, json_string_value(sealed));

	ck_assert(json_equal(value, again));
	json_decref(value);
	json_decref(sealed);
	json_decref(again);
}
END_TEST

START_TEST(no_changed_byte_goes_unnoticed)
{
	json_t *value = json_pack("{s:i}", "until", 7), *sealed = mcp_seal_new(&key, value), *none;
	char *text = strdup(json_string_value(sealed));

	for (size_t i = 0; text[i]; i++) {
		text[i] ^= 1;
		ck_assert_ptr_null(mcp_unseal_new(&key, text));
		text[i] ^= 1;
	}
	for (size_t size = strlen(text) - 1; size > 0; size--) {
		text[size] = '\0';
		ck_assert_ptr_null(mcp_unseal_new(&key, text));
	}
	ck_assert_ptr_null(mcp_unseal_new(&key, ""));
	key.bytes[0] ^= 1;
	none = mcp_unseal_new(&key, json_string_value(sealed));
	ck_assert_ptr_null(none);
	free(text);
	json_decref(value);
	json_decref(sealed);
}
END_TEST

START_TEST(names_are_random_and_visible)
{
	char one[33], other[33];

	ck_assert(mcp_name_make(one) && mcp_name_make(other));
	ck_assert_uint_eq(strlen(one), 32);
	ck_assert_uint_eq(strspn(one, "0123456789abcdef"), 32);
	ck_assert_str_ne(one, other);
}
END_TEST

/* The order of members does not matter; the digest of {} is known from elsewhere. */
START_TEST(digests_are_of_what_is_said)
{
	json_t *one = json_loads("{\"a\":1,\"b\":2}", 0, NULL), *other = json_loads("{\"b\":2,\"a\":1}", 0, NULL);
	json_t *first = mcp_digest_new(one), *second = mcp_digest_new(other), *empty = json_object();
	json_t *third = mcp_digest_new(empty);

	ck_assert(json_equal(first, second));
	ck_assert_str_eq(json_string_value(third), "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
	json_decref(one);
	json_decref(other);
	json_decref(first);
	json_decref(second);
	json_decref(third);
	json_decref(empty);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(what_was_sealed_comes_back), TEST(no_changed_byte_goes_unnoticed),
		TEST(names_are_random_and_visible), TEST(digests_are_of_what_is_said) };

	return run_suite(&SUITE(cases, "mcp seals", .set_up = set_up));
}
