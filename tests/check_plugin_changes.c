/*
 * links: daemon/plugins.c daemon/plugins_listing.c daemon/plugin_changes.c daemon/plugin_requests.c daemon/plugin_files.c
 * links: daemon/plugin_image.c daemon/plugin_index.c daemon/plugin_directory.c daemon/file_trust.c daemon/private_copy.c
 * links: daemon/loader.c daemon/elf_note.c daemon/elf_file.c daemon/log.c daemon/loop_libevent.c kernel/error.c
 * links: daemon/log_tail.c daemon/log_text.c
 * links: daemon/workers.c daemon/stream_libevent.c daemon/stream_listen.c daemon/stream_address.c daemon/stream_input.c daemon/stream_output.c
 * links: daemon/stream_inherited.c
 * check_plugin_changes.c: replacements that fail, or are overtaken by the next change.
 */
#include "plugins_kit.h"
#include "runner.h"

START_TEST(an_update_that_could_not_quiesce_is_tried_again)
{
	drop("trivial", "t.so");
	follow(NULL);
	fake.replace_with = SP_TIMEOUT;
	drop("trivial-next", "t.so");
	expect_event("plugin.refused trivial -;");
	ck_assert_str_eq(listed("trivial", "state"), "update pending");
	ck_assert_str_eq(listed("trivial", "error"), "the fake does not want to");
	ck_assert_str_eq(fake_version("trivial"), "1.0.0");
	fake.replace_with = SP_OK;
	expect_version("1.1.0");
	ck_assert_str_eq(listed("trivial", "state"), "active");
	ck_assert_str_eq(listed("trivial", "error"), "");
	ck_assert_uint_eq(fake.replacements, 2);
}
END_TEST

START_TEST(another_failure_waits_for_another_file)
{
	drop("trivial", "t.so");
	follow(NULL);
	fake.replace_with = SP_INVALID;
	drop("trivial-next", "t.so");
	expect_event("plugin.refused trivial -;");
	plugins_rescan(set);
	turn();
	ck_assert_uint_eq(fake.replacements, 1);
	ck_assert_str_eq(listed("trivial", "state"), "active");
	ck_assert_str_eq(listed("trivial", "error"), "the fake does not want to");
	drop("trivial", "t.so");
	plugins_rescan(set);
	ck_assert_str_eq(listed("trivial", "error"), "");
	ck_assert_int_eq(count_copies(), 1);
}
END_TEST

/* A file that changes while its plugin is being replaced has its turn afterwards. */
START_TEST(a_change_during_an_update_is_not_lost)
{
	drop("trivial", "t.so");
	follow(NULL);
	drop("trivial-next", "t.so");
	plugins_rescan(set);
	ck_assert_str_eq(listed("trivial", "state"), "updating");
	unlink(kit_path("plugins/t.so"));
	plugins_rescan(set);
	expect_event("plugin.unloaded trivial 1.1.0;");
}
END_TEST

/* The new version was not refused: there was no time left for it. */
START_TEST(a_stop_during_an_update_is_no_failure)
{
	drop("trivial", "t.so");
	follow(NULL);
	fake.replace_with = SP_CANCELLED;
	drop("trivial-next", "t.so");
	plugins_rescan(set);
	ck_assert_str_eq(listed("trivial", "state"), "updating");
	plugins_stop(set);
	turn();
	ck_assert_str_eq(listed("trivial", "error"), "");
	ck_assert_str_eq(listed("trivial", "state"), "active");
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(an_update_that_could_not_quiesce_is_tried_again),
		TEST(another_failure_waits_for_another_file), TEST(a_change_during_an_update_is_not_lost),
		TEST(a_stop_during_an_update_is_no_failure) };

	return run_suite(&SUITE(cases, "plugin_changes", .set_up = plugins_kit_open, .tear_down = plugins_kit_close));
}
