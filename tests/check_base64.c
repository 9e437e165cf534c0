/* check_base64.c: bytes to base64 and back, with the vectors of RFC 4648 and texts that are almost right. */
#include <check.h>
#include <string.h>

#include "base64.h"
#include "runner.h"

static const struct {
	const char *bytes, *text;
} vectors[] = {
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
	{ "\xfb\xff\xbf", "+/+/" },
};

static const char *const wrong[] = { "Z", "Zg", "Zg=", "Zg===", "====", "Z===", "Zh==", "Zm9=", "Zg==Zg==", "Zm9v\n",
	"Z m8", "Zm-v", "Zm_v", "=Zg=", "Zg=a" };

START_TEST(a_vector_goes_both_ways)
{
	size_t length = strlen(vectors[_i].bytes);
	char text[16];
	char bytes[16];
	size_t size;

	ck_assert_uint_eq(sp_base64_length(length), strlen(vectors[_i].text));
	sp_base64_encode(vectors[_i].bytes, length, text);
	ck_assert_mem_eq(text, vectors[_i].text, strlen(vectors[_i].text));
	ck_assert(sp_base64_decode(vectors[_i].text, strlen(vectors[_i].text), bytes, &size));
	ck_assert_uint_eq(size, length);
	ck_assert_mem_eq(bytes, vectors[_i].bytes, size);
}
END_TEST

START_TEST(what_is_not_canonical_is_refused)
{
	size_t size = 99;

	ck_assert_msg(!sp_base64_decode(wrong[_i], strlen(wrong[_i]), NULL, &size), "%s", wrong[_i]);
	ck_assert_uint_eq(size, 99);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_vector_goes_both_ways, .times = sizeof(vectors) / sizeof(vectors[0])),
		TEST(what_is_not_canonical_is_refused, .times = sizeof(wrong) / sizeof(wrong[0])) };

	return run_suite(&SUITE(cases, "base64"));
}
