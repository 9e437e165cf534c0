/*
 * links: daemon/plugins.c daemon/plugins_listing.c daemon/plugin_changes.c daemon/plugin_requests.c daemon/plugin_files.c
 * links: daemon/plugin_image.c daemon/plugin_index.c daemon/plugin_directory.c daemon/file_trust.c daemon/private_copy.c
 * links: daemon/loader.c daemon/elf_note.c daemon/elf_file.c daemon/log.c daemon/loop_libevent.c kernel/error.c
 * links: daemon/log_tail.c daemon/log_text.c
 * links: daemon/workers.c daemon/stream_libevent.c daemon/stream_listen.c daemon/stream_address.c daemon/stream_input.c daemon/stream_output.c
 * links: daemon/stream_inherited.c
 * check_plugins.c: R-PL-1, what is loaded follows the files.
 */
#include "plugins_kit.h"
#include "runner.h"

START_TEST(a_file_that_is_dropped_is_loaded)
{
	follow(NULL);
	drop("trivial", "t.so");
	expect_version("1.0.0");
	ck_assert_str_eq(fake.events, "plugin.loaded trivial 1.0.0;");
	ck_assert_str_eq(listed("trivial", "state"), "active");
	ck_assert_str_eq(listed("trivial", "version"), "1.0.0");
	ck_assert_str_eq(listed("trivial", "path"), kit_path("plugins/t.so"));
	ck_assert_uint_ge(strlen(listed("trivial", "build_id")), 32);
	ck_assert_int_eq(strncmp(listed("trivial", "mapped"), kit_path("mapped"), strlen(kit_path("mapped"))), 0);
	ck_assert_int_eq(count_copies(), 1);
}
END_TEST

START_TEST(a_file_that_is_removed_is_unloaded)
{
	drop("trivial", "t.so");
	follow(NULL);
	ck_assert_str_eq(fake_version("trivial"), "1.0.0");
	unlink(kit_path("plugins/t.so"));
	expect_event("plugin.unloaded trivial 1.0.0;");
	ck_assert_str_eq(fake_version("trivial"), "");
	ck_assert_ptr_null(plugins_inspect_new(set, "trivial"));
	ck_assert_int_eq(count_copies(), 0);
}
END_TEST

START_TEST(a_file_that_is_replaced_is_an_update)
{
	drop("trivial", "t.so");
	follow(NULL);
	kit_copy(kit_fixture("trivial-next"), kit_path("new"));
	ck_assert_int_eq(rename(kit_path("new"), kit_path("plugins/t.so")), 0);
	expect_version("1.1.0");
	turn();
	ck_assert_str_eq(fake.events, "plugin.loaded trivial 1.0.0;plugin.updated trivial 1.1.0;");
	ck_assert_int_eq(count_copies(), 1);
}
END_TEST

/* Overwriting, truncating or deleting the original cannot hurt what is mapped (R-PL-3). */
START_TEST(a_file_that_is_overwritten_in_place_is_an_update)
{
	drop("trivial", "t.so");
	follow(NULL);
	kit_write(kit_path("plugins/t.so"), "", 0);
	ck_assert_str_eq((*fake_find("trivial"))->descriptor->name, "trivial");
	drop("trivial-next", "t.so");
	expect_version("1.1.0");
}
END_TEST

/* Identity is the name in the note: a new file name is the same plugin. */
START_TEST(remove_and_add_at_once_is_an_update)
{
	drop("trivial", "old.so");
	follow(NULL);
	unlink(kit_path("plugins/old.so"));
	drop("trivial-next", "new.so");
	expect_version("1.1.0");
	ck_assert_ptr_null(strstr(fake.events, "unloaded"));
	ck_assert_str_eq(listed("trivial", "path"), kit_path("plugins/new.so"));
}
END_TEST

START_TEST(unchanged_content_causes_nothing)
{
	drop("trivial", "t.so");
	follow(NULL);
	utimensat(AT_FDCWD, kit_path("plugins/t.so"), NULL, 0);
	plugins_rescan(set);
	drop("trivial", "t.so");
	plugins_rescan(set);
	turn();
	ck_assert_uint_eq(fake.replacements, 0);
	ck_assert_str_eq(fake.events, "plugin.loaded trivial 1.0.0;");
	ck_assert_int_eq(count_copies(), 1);
}
END_TEST

START_TEST(a_second_file_of_a_name_is_in_conflict)
{
	json_t *list;

	drop("trivial", "a.so");
	drop("trivial-next", "b.so");
	follow(NULL);
	ck_assert_str_eq(fake_version("trivial"), "1.0.0");
	list = plugins_list_new(set);
	ck_assert_uint_eq(json_array_size(list), 2);
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(list, 1), "state")), "refused");
	ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(json_array_get(list, 1), "error")),
		"conflict: plugin trivial"));
	json_decref(list);
	unlink(kit_path("plugins/a.so"));
	expect_version("1.1.0");
	ck_assert_ptr_null(strstr(fake.events, "unloaded"));
}
END_TEST

static const struct {
	const char *fixture, *name, *message;
} bad[] = {
	{ "wrong-abi", NULL, "was built for ABI 99.0, the daemon has 1.0" },
	{ "no-note", NULL, "has no signalpy note" },
	{ "origin-runpath", NULL, "the RUNPATH" },
	{ "no-symbol", "no-symbol", "no symbol signalpy_plugin" },
	{ "undefined-symbol", "undefined-symbol", "nobody_has_this_function" },
};

/* R-PL-2 */
START_TEST(a_bad_file_is_refused_with_the_reason)
{
	json_t *list, *entry = NULL;
	const char *name;
	size_t i;

	drop(bad[_i].fixture, "bad.so");
	drop("trivial", "good.so");
	follow(NULL);
	ck_assert_str_eq(fake_version("trivial"), "1.0.0");
	list = plugins_list_new(set);
	ck_assert_uint_eq(json_array_size(list), 2);
	json_array_foreach(list, i, entry) {
		if (strcmp(json_string_value(json_object_get(entry, "state")), "refused") == 0)
			break;
	}
	name = json_string_value(json_object_get(entry, "name"));
	ck_assert_str_eq(name == NULL ? "" : name, bad[_i].name == NULL ? "" : bad[_i].name);
	ck_assert_str_eq(json_string_value(json_object_get(entry, "path")), kit_path("plugins/bad.so"));
	ck_assert_msg(strstr(json_string_value(json_object_get(entry, "error")), bad[_i].message) != NULL, "%s",
		json_string_value(json_object_get(entry, "error")));
	ck_assert_ptr_nonnull(strstr(fake.events, "plugin.refused"));
	json_decref(list);
	ck_assert_int_eq(count_copies(), 1);
}
END_TEST

START_TEST(a_bad_file_that_is_mended_is_loaded)
{
	drop("wrong-abi", "t.so");
	follow(NULL);
	drop("trivial", "t.so");
	expect_version("1.0.0");
	ck_assert_str_eq(listed("trivial", "error"), "");
}
END_TEST

/* A broken new version leaves the old one serving, and tells why. */
START_TEST(a_bad_update_leaves_the_old_one)
{
	drop("trivial", "t.so");
	follow(NULL);
	drop("no-note", "t.so");
	expect_event("plugin.refused trivial -;");
	ck_assert_str_eq(fake_version("trivial"), "1.0.0");
	ck_assert_str_eq(listed("trivial", "state"), "active");
	ck_assert_ptr_nonnull(strstr(listed("trivial", "error"), "has no signalpy note"));
	drop("trivial", "t.so");
	plugins_rescan(set);
	ck_assert_str_eq(listed("trivial", "error"), "");
	ck_assert_uint_eq(fake.replacements, 0);
}
END_TEST

/* A file that is being written is read again when it has settled, and nobody is troubled with half of it. */
START_TEST(a_file_that_is_being_written_is_waited_for)
{
	size_t size;
	char *data = kit_read(kit_fixture("trivial"), &size);

	follow(NULL);
	kit_write(kit_path("plugins/t.so"), data, size / 2);
	plugins_rescan(set);
	ck_assert_str_eq(fake.events, "");
	kit_write(kit_path("plugins/t.so"), data, size);
	expect_version("1.0.0");
	ck_assert_str_eq(fake.events, "plugin.loaded trivial 1.0.0;");
	free(data);
}
END_TEST

START_TEST(a_file_that_stays_cut_off_is_refused)
{
	size_t size;
	char *data = kit_read(kit_fixture("trivial"), &size);

	follow(NULL);
	kit_write(kit_path("plugins/t.so"), data, size / 2);
	expect_event("plugin.refused - -;");
	free(data);
}
END_TEST

/* R-PL-4 */
START_TEST(a_file_that_is_not_trusted_is_refused)
{
	drop("trivial", "t.so");
	chmod(kit_path("plugins/t.so"), 0666);
	follow(NULL);
	ck_assert_str_eq(fake_version("trivial"), "");
	ck_assert_ptr_nonnull(strstr(fake.events, "plugin.refused"));
	plugins_allow_untrusted(set, true);
	plugins_rescan(set);
	ck_assert_str_eq(fake_version("trivial"), "1.0.0");
}
END_TEST

START_TEST(what_was_loaded_stays_when_its_directory_loses_trust)
{
	drop("trivial", "t.so");
	follow(NULL);
	chmod(kit_path("plugins"), 0777);
	expect_event("plugin.refused - -;");
	ck_assert_str_eq(fake_version("trivial"), "1.0.0");
	chmod(kit_path("plugins"), 0755);
}
END_TEST

START_TEST(a_disabled_plugin_is_kept_out)
{
	drop("trivial", "t.so");
	follow("trivial");
	ck_assert_str_eq(fake_version("trivial"), "");
	ck_assert_str_eq(listed("trivial", "state"), "disabled");
	follow(NULL);
	ck_assert_str_eq(fake_version("trivial"), "1.0.0");
	follow("trivial");
	expect_event("plugin.unloaded trivial 1.0.0;");
}
END_TEST

/* R-PL-7: a mapping that cannot go is resident, and is never used again. */
START_TEST(what_cannot_be_unmapped_is_resident)
{
	drop("nodelete", "n.so");
	follow(NULL);
	ck_assert_ptr_nonnull(strstr(listed("nodelete", "resident"), "nodelete"));
	unlink(kit_path("plugins/n.so"));
	expect_event("plugin.unloaded nodelete 1.0.0;");
	ck_assert_str_eq(listed("nodelete", "state"), "resident");
	drop("nodelete", "n.so");
	expect_event("plugin.loaded nodelete 1.0.0;");
	ck_assert_str_eq(listed("nodelete", "state"), "active");
}
END_TEST

START_TEST(one_that_leaves_slowly_is_shown)
{
	drop("trivial", "t.so");
	follow(NULL);
	fake.holds = true;
	unlink(kit_path("plugins/t.so"));
	expect_version("");
	turn();
	ck_assert_str_eq(listed("trivial", "state"), "leaving");
	drop("trivial-next", "t.so");
	expect_version("1.1.0");
	ck_assert_str_eq(listed("trivial", "state"), "active");
	fake_release();
	expect_event("plugin.unloaded trivial 1.0.0;");
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_file_that_is_dropped_is_loaded),
		TEST(a_file_that_is_removed_is_unloaded), TEST(a_file_that_is_replaced_is_an_update),
		TEST(a_file_that_is_overwritten_in_place_is_an_update), TEST(remove_and_add_at_once_is_an_update),
		TEST(unchanged_content_causes_nothing), TEST(a_second_file_of_a_name_is_in_conflict),
		TEST(a_bad_file_is_refused_with_the_reason, .times = sizeof(bad) / sizeof(bad[0])),
		TEST(a_bad_file_that_is_mended_is_loaded), TEST(a_bad_update_leaves_the_old_one),
		TEST(a_file_that_is_being_written_is_waited_for), TEST(a_file_that_stays_cut_off_is_refused),
		TEST(a_file_that_is_not_trusted_is_refused), TEST(what_was_loaded_stays_when_its_directory_loses_trust),
		TEST(a_disabled_plugin_is_kept_out), TEST(what_cannot_be_unmapped_is_resident),
		TEST(one_that_leaves_slowly_is_shown) };

	return run_suite(&SUITE(cases, "plugins", .set_up = plugins_kit_open, .tear_down = plugins_kit_close));
}
