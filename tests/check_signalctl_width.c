/* check_signalctl_width.c: cells of a terminal. links: daemon */
#include "runner.h"
#include "signalctl_width.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>

static const struct {
	const char *text;
	size_t cells;
} widths[] = {
	{ "", 0 },
	{ "abc", 3 },
	{ "\xc3\xa4", 1 },
	{ "a\xcc\x88", 1 }, /* what combines takes no cell */
	{ "\xe6\x97\xa5\xe6\x9c\xac", 4 },
	{ "\xf0\x9f\x98\x80", 2 },
	{ "a\x1b", 5 }, /* written out */
	{ "\xff", 4 },
};

START_TEST(a_text_takes_cells)
{
	ck_assert_uint_eq(width_of(widths[_i].text), widths[_i].cells);
}
END_TEST

static const struct {
	const char *text;
	size_t cells;
	const char *clipped;
	size_t line;
} fits[] = {
	{ "abc", 3, "abc", 3 },
	{ "abcd", 3, "ab\xe2\x80\xa6", 3 },
	{ "abc", 0, "", 1 },
	{ "\xe6\x97\xa5\xe6\x9c\xac", 3, "\xe6\x97\xa5\xe2\x80\xa6", 3 },
	{ "\xe6\x97\xa5\xe6\x9c\xac", 2, "\xe2\x80\xa6", 3 },
	{ "ab cd ef", 6, "ab cd\xe2\x80\xa6", 5 },
	{ "ab cd ef", 5, "ab c\xe2\x80\xa6", 5 },
	{ "ab cd ef", 4, "ab \xe2\x80\xa6", 2 },
	{ "abcdef", SIZE_MAX, "abcdef", 6 },
};

START_TEST(what_does_not_fit_is_clipped_or_broken)
{
	char *clipped = width_clip_new(fits[_i].text, fits[_i].cells);

	ck_assert_str_eq(clipped, fits[_i].clipped);
	ck_assert_uint_le(width_of(clipped), fits[_i].cells);
	ck_assert_uint_eq(width_line(fits[_i].text, fits[_i].cells), fits[_i].line);
	free(clipped);
}
END_TEST

START_TEST(a_file_is_no_terminal)
{
	FILE *file = tmpfile();

	ck_assert_uint_eq(width_of_terminal(file), SIZE_MAX);
	ck_assert_uint_eq(height_of_terminal(file), SIZE_MAX);
	fclose(file);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = {
		TEST(a_text_takes_cells, .times = sizeof widths / sizeof widths[0]),
		TEST(what_does_not_fit_is_clipped_or_broken, .times = sizeof fits / sizeof fits[0]),
		TEST(a_file_is_no_terminal),
	};

	return run_suite(&SUITE(cases, "signalctl_width"));
}
