/*
 * links: daemon/plugins.c daemon/plugins_listing.c daemon/plugin_changes.c daemon/plugin_requests.c daemon/plugin_files.c
 * links: daemon/plugin_image.c daemon/plugin_index.c daemon/plugin_directory.c daemon/file_trust.c daemon/private_copy.c
 * links: daemon/loader.c daemon/elf_note.c daemon/elf_file.c daemon/log.c daemon/loop_libevent.c kernel/error.c
 * links: daemon/log_tail.c daemon/log_text.c
 * links: daemon/workers.c daemon/stream_libevent.c daemon/stream_listen.c daemon/stream_address.c daemon/stream_input.c daemon/stream_output.c
 * links: daemon/stream_inherited.c
 * check_plugin_requests.c: load, unload and update, as signalctl asks for them.
 */
#include "plugins_kit.h"
#include "runner.h"

static struct {
	unsigned count;
	sp_status status;
	char state[32], version[32], message[256], note[128];
	bool carried;
} answer;

static void take_text(char *into, size_t size, const json_t *result, const char *member)
{
	const char *value = json_string_value(json_object_get(result, member));

	snprintf(into, size, "%s", value == NULL ? "" : value);
}

static void done(void *user, sp_status status, const json_t *result, const struct sp_error *error)
{
	ck_assert_ptr_eq(user, &answer);
	answer.count++;
	answer.status = status;
	take_text(answer.state, sizeof(answer.state), result, "state");
	take_text(answer.version, sizeof(answer.version), result, "version");
	take_text(answer.note, sizeof(answer.note), result, "note");
	answer.carried = json_is_true(json_object_get(result, "state_carried"));
	snprintf(answer.message, sizeof(answer.message), "%s", error == NULL ? "" : error->message);
}

static bool is_answered(void)
{
	return answer.count > 0;
}

static void expect_answer(sp_status status, const char *message)
{
	turn_until(is_answered);
	ck_assert_uint_eq(answer.count, 1);
	ck_assert_msg(answer.status == status, "%d %s", answer.status, answer.message);
	ck_assert_msg(strstr(answer.message, message) != NULL, "%s", answer.message);
	answer.count = 0;
}

START_TEST(load_takes_a_file_from_anywhere)
{
	follow(NULL);
	plugins_load(set, kit_fixture("trivial"), done, &answer);
	expect_answer(SP_OK, "");
	ck_assert_str_eq(answer.state, "active");
	ck_assert_str_eq(answer.version, "1.0.0");
	ck_assert(!answer.carried); /* it replaced nothing */
	plugins_rescan(set);
	ck_assert_str_eq(fake_version("trivial"), "1.0.0");
	plugins_load(set, kit_fixture("trivial"), done, &answer);
	expect_answer(SP_CONFLICT, "trivial 1.0.0 is loaded already");
	plugins_load(set, kit_fixture("trivial-next"), done, &answer);
	expect_answer(SP_CONFLICT, "conflict: plugin trivial comes from");
}
END_TEST

static int count_open(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* R-PL-3: no private copy, no descriptor, and no claim to the name. */
START_TEST(a_refused_request_leaves_nothing)
{
	int before;

	follow(NULL);
	plugins_load(set, kit_fixture("trivial"), done, &answer);
	expect_answer(SP_OK, "");
	before = count_open();
	plugins_load(set, kit_fixture("trivial"), done, &answer);
	expect_answer(SP_CONFLICT, "trivial 1.0.0 is loaded already");
	plugins_load(set, kit_fixture("trivial-next"), done, &answer);
	expect_answer(SP_CONFLICT, "conflict: plugin trivial comes from");
	plugins_update(set, "trivial", kit_fixture("nodelete"), done, &answer);
	expect_answer(SP_INVALID, "not trivial");
	ck_assert_int_eq(count_open(), before);
	ck_assert_int_eq(count_copies(), 1);
	plugins_unload(set, "trivial", done, &answer);
	expect_answer(SP_OK, "");
	plugins_rescan(set);
	ck_assert_str_eq(fake_version("trivial"), "");
	ck_assert_int_eq(count_copies(), 0);
}
END_TEST

START_TEST(load_says_why_not)
{
	follow("newer-abi");
	plugins_load(set, kit_fixture("wrong-abi"), done, &answer);
	expect_answer(SP_INVALID, "wrong-abi.so: the plugin was built for ABI 99.0");
	plugins_load(set, kit_path("nothing.so"), done, &answer);
	expect_answer(SP_NOT_FOUND, "nothing.so: the file cannot be opened: No such file");
	plugins_load(set, kit_fixture("name-mismatch"), done, &answer);
	expect_answer(SP_INVALID, "the note says name_mismatch");
	follow("trivial");
	plugins_load(set, kit_fixture("trivial"), done, &answer);
	expect_answer(SP_FORBIDDEN, "trivial is in plugins.disabled");
}
END_TEST

START_TEST(unload_keeps_a_plugin_out_until_it_changes)
{
	drop("trivial", "t.so");
	follow(NULL);
	plugins_unload(set, "trivial", done, &answer);
	expect_answer(SP_OK, "");
	ck_assert_str_eq(answer.state, "disabled");
	plugins_rescan(set);
	ck_assert_str_eq(fake_version("trivial"), "");
	plugins_unload(set, "trivial", done, &answer);
	expect_answer(SP_NOT_FOUND, "no plugin trivial is loaded");
	plugins_load(set, kit_path("plugins/t.so"), done, &answer);
	expect_answer(SP_OK, "");
	plugins_unload(set, "trivial", done, &answer);
	expect_answer(SP_OK, "");
	drop("trivial-next", "t.so");
	expect_version("1.1.0");
}
END_TEST

START_TEST(update_takes_the_same_file_anew)
{
	drop("trivial", "t.so");
	follow(NULL);
	plugins_update(set, "trivial", NULL, done, &answer);
	plugins_update(set, "trivial", NULL, done, &answer);
	ck_assert_uint_eq(answer.count, 1);
	ck_assert_int_eq(answer.status, SP_CONFLICT);
	ck_assert_ptr_nonnull(strstr(answer.message, "is being changed"));
	answer.count = 0;
	expect_answer(SP_OK, "");
	ck_assert_str_eq(answer.version, "1.0.0");
	ck_assert(answer.carried);
	ck_assert_uint_eq(fake.replacements, 1);
}
END_TEST

START_TEST(update_takes_another_file)
{
	drop("trivial", "t.so");
	follow(NULL);
	plugins_update(set, "trivial", kit_fixture("nodelete"), done, &answer);
	expect_answer(SP_INVALID, "holds plugin nodelete, not trivial");
	plugins_update(set, "nobody", NULL, done, &answer);
	expect_answer(SP_NOT_FOUND, "no plugin nobody is loaded");
	plugins_update(set, "trivial", kit_fixture("trivial-next"), done, &answer);
	expect_answer(SP_OK, "");
	ck_assert_str_eq(fake_version("trivial"), "1.1.0");
	plugins_rescan(set);
	turn();
	ck_assert_str_eq(fake_version("trivial"), "1.1.0");
}
END_TEST

START_TEST(an_update_that_fails_keeps_the_file)
{
	drop("trivial", "t.so");
	follow(NULL);
	fake.replace_with = SP_FAILED;
	plugins_update(set, "trivial", kit_fixture("trivial-next"), done, &answer);
	expect_answer(SP_FAILED, "the fake does not want to");
	ck_assert_str_eq(listed("trivial", "path"), kit_path("plugins/t.so"));
	plugins_rescan(set);
	turn();
	ck_assert_uint_eq(fake.replacements, 1);
	ck_assert_str_eq(fake_version("trivial"), "1.0.0");
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(load_takes_a_file_from_anywhere),
		TEST(a_refused_request_leaves_nothing), TEST(load_says_why_not),
		TEST(unload_keeps_a_plugin_out_until_it_changes), TEST(update_takes_the_same_file_anew),
		TEST(update_takes_another_file), TEST(an_update_that_fails_keeps_the_file) };

	return run_suite(&SUITE(cases, "plugin_requests", .set_up = plugins_kit_open, .tear_down = plugins_kit_close));
}
