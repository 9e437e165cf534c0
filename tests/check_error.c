/* check_error.c: failures in words. */
#include "graph_kit.h"

#include <string.h>

START_TEST(error_is_written_whole)
{
	struct sp_error error = { .line = 3, .column = 4, .pointer = "/a" };

	ck_assert_int_eq(sp_error_set(&error, SP_NOT_FOUND, "no %s here", "cat"), SP_NOT_FOUND);
	ck_assert_int_eq(error.code, SP_NOT_FOUND);
	ck_assert_str_eq(error.message, "no cat here");
	ck_assert_uint_eq(error.line + error.column, 0);
	ck_assert_str_eq(error.pointer, "");
	ck_assert_int_eq(sp_error_set(NULL, SP_FAILED, "unheard"), SP_FAILED);
}
END_TEST

START_TEST(message_may_contain_the_old_one)
{
	struct sp_error error;

	sp_error_set(&error, SP_FAILED, "inner");
	sp_error_set(&error, SP_FAILED, "outer: %s", error.message);
	ck_assert_str_eq(error.message, "outer: inner");
}
END_TEST

START_TEST(long_message_is_cut_at_a_character)
{
	char text[400] = "";
	struct sp_error error;
	size_t i;

	for (i = 0; i < 120; i++)
		memcpy(text + 2 * i, "\xc3\xa9", 3);
	sp_error_set(&error, SP_FAILED, "%s", text);
	ck_assert_uint_eq(strlen(error.message), 238);
	sp_error_set(&error, SP_FAILED, "x%s", text);
	ck_assert_uint_eq(strlen(error.message), 239);
	text[0] = '\0';
	for (i = 0; i < 99; i++)
		memcpy(text + 3 * i, "\xe2\x86\x92", 4);
	sp_error_set(&error, SP_FAILED, "%s", text);
	ck_assert_uint_eq(strlen(error.message), 237);
	sp_error_set(&error, SP_FAILED, "xx%s", text);
	ck_assert_uint_eq(strlen(error.message), 239);
}
END_TEST

START_TEST(every_status_has_a_word)
{
	ck_assert_str_eq(sp_status_word(SP_OK), "ok");
	ck_assert_str_eq(sp_status_word(SP_LATER), "later");
	ck_assert_str_eq(sp_status_word(SP_FAILED), "failed");
	ck_assert_str_eq(sp_status_word(SP_INVALID), "invalid_params");
	ck_assert_str_eq(sp_status_word(SP_GONE), "gone");
	ck_assert_str_eq(sp_status_word(SP_BAD_REQUEST), "bad_request");
	ck_assert_str_eq(sp_status_word(SP_INPUT_REQUIRED), "input_required");
	ck_assert_str_eq(sp_status_word(SP_TOO_MANY), "too_many_requests");
	ck_assert_str_eq(sp_status_word((sp_status)-99), "failed");
}
END_TEST

KIT_MAIN("error", error_is_written_whole, message_may_contain_the_old_one, long_message_is_cut_at_a_character,
	every_status_has_a_word)
