/* check_signalctl_table.c: tables, in memory and on terminals of several widths. links: daemon */
#include "runner.h"
#include "signalctl.h"
#include "signalctl_table.h"

#include <check.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const titles[] = { "NAME", "STATE", "PATH", "NOTE", "WHY", NULL };
static struct table *table;

static void set_up(void)
{
	setenv("NO_COLOR", "1", 1);
	table = table_create(titles);
	table_add(table, json_pack("[s, s, s, s, s]", "greeter", "active", "/usr/lib/greeter.so", "", ""));
	table_add(table,
		json_pack("[s, s, s, s, s]", "\xc3\xa9t\xc3\xa9", "refused", "/usr/lib/x.so", "",
			"it was built for another machine than this one"));
}

static void tear_down(void)
{
	table_destroy(table);
	table_destroy(NULL);
}

/* What the table is on a terminal of so many columns. */
static const char *on_terminal(unsigned short columns)
{
	static char text[4096];
	struct winsize window = { .ws_col = columns, .ws_row = 24 };
	char *to = text;
	int terminal, other;
	ssize_t size;
	FILE *out;

	ck_assert_int_eq(openpty(&terminal, &other, NULL, NULL, &window), 0);
	out = fdopen(other, "w");
	ck_assert_ptr_nonnull(out);
	setvbuf(out, NULL, _IOFBF, sizeof text); /* one write, and so one read */
	table_print(table, out);
	fflush(out);
	size = read(terminal, text, sizeof text - 1);
	fclose(out);
	close(terminal);
	ck_assert_int_gt(size, 0);
	text[size] = '\0';
	for (const char *from = text; *from; from++) {
		if (*from != '\r')
			*to++ = *from;
	}
	*to = '\0';
	return text;
}

START_TEST(a_table_has_columns)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_uint_eq(table_size(table), 2);
	table_drop_empty(table, "NOTE");
	table_drop_empty(table, "PATH");
	if (!isatty(STDOUT_FILENO)) {
		table_print(table, out);
		fflush(out);
		ck_assert_str_eq(text,
			"NAME     STATE    PATH                 WHY\n"
			"greeter  active   /usr/lib/greeter.so  \n"
			"\xc3\xa9t\xc3\xa9      refused  /usr/lib/x.so        it was built for another machine than this one\n");
	}
	fclose(out);
	free(text);
}
END_TEST

START_TEST(what_is_too_wide_goes_on_below_in_the_last_column)
{
	table_drop_empty(table, "NOTE");
	ck_assert_str_eq(on_terminal(66),
		"NAME     STATE    PATH                 WHY\n"
		"greeter  active   /usr/lib/greeter.so  \n"
		"\xc3\xa9t\xc3\xa9      refused  /usr/lib/x.so        it was built for another\n"
		"                                       machine than this one\n");
}
END_TEST

START_TEST(columns_may_be_left_out)
{
	table_may_drop(table, "PATH");
	table_may_drop(table, "NOTE");
	ck_assert_str_eq(on_terminal(64),
		"NAME     STATE    PATH                 WHY\n"
		"greeter  active   /usr/lib/greeter.so  \n"
		"\xc3\xa9t\xc3\xa9      refused  /usr/lib/x.so        it was built for another\n"
		"                                       machine than this one\n");
	ck_assert_str_eq(on_terminal(50),
		"NAME     STATE    WHY\n"
		"greeter  active   \n"
		"\xc3\xa9t\xc3\xa9      refused  it was built for another machine\n"
		"                  than this one\n");
}
END_TEST

/* The name, by which one knows the row, longest of all. */
START_TEST(others_are_clipped_before_the_first)
{
	table_drop_empty(table, "NOTE");
	table_add(table, json_pack("[s, s, s, s, s]", "a-name-that-is-rather-long", "active", "", "", ""));
	ck_assert_str_eq(on_terminal(76),
		"NAME                        STATE    PATH               WHY\n"
		"greeter                     active   /usr/lib/greeter\xe2\x80\xa6  \n"
		"\xc3\xa9t\xc3\xa9                         refused  /usr/lib/x.so      it was built for\n"
		"                                                        another machine than\n"
		"                                                        this one\n"
		"a-name-that-is-rather-long  active                      \n");
}
END_TEST

START_TEST(rows_may_keep_to_one_line)
{
	table_may_drop(table, "PATH");
	table_may_drop(table, "NOTE");
	table_keep_lines(table);
	ck_assert_str_eq(on_terminal(50),
		"NAME     STATE    WHY\n"
		"greeter  active   \n"
		"\xc3\xa9t\xc3\xa9      refused  it was built for another machin\xe2\x80\xa6\n");
}
END_TEST

START_TEST(however_narrow_it_ends)
{
	for (unsigned short columns = 1; columns < 60; columns++)
		ck_assert_ptr_nonnull(strstr(on_terminal(columns), "\n"));
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_table_has_columns),
		TEST(what_is_too_wide_goes_on_below_in_the_last_column), TEST(columns_may_be_left_out),
		TEST(others_are_clipped_before_the_first), TEST(rows_may_keep_to_one_line),
		TEST(however_narrow_it_ends) };

	return run_suite(&SUITE(cases, "signalctl_table", .set_up = set_up, .tear_down = tear_down));
}
