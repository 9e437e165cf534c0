/*
 * check_plugin_directory.c: R-PL-1, directories are watched whatever is done to them.
 * links: daemon/plugin_directory.c daemon/file_trust.c daemon/loop_libevent.c daemon/workers.c kernel/error.c
 * links: daemon/stream_libevent.c daemon/stream_listen.c daemon/stream_address.c daemon/stream_input.c daemon/stream_output.c
 * links: daemon/stream_inherited.c
 */
#include "fake_runtime.h"
#include "file_kit.h"
#include "plugin_directory.h"
#include "runner.h"

#include <check.h>

static struct sp_event_loop *loop;
static struct plugin_directories *directories;
static char seen[1024]; /* the names that the last scan found, each with a blank behind it */
static char refused[512];
static unsigned changes;

static void found(void *user, const struct plugin_candidate *candidate)
{
	const char *name = strrchr(candidate->path, '/') + 1;

	(void)user;
	ck_assert_int_eq(strncmp(candidate->path, kit_directory, strlen(kit_directory)), 0);
	snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s ", name);
}

static void refuse(void *user, const char *directory, const struct sp_error *error)
{
	(void)user;
	(void)directory;
	snprintf(refused, sizeof(refused), "%s", error->message);
}

static void scan(void)
{
	const struct plugin_visitor visitor = { found, refuse, NULL, false };

	seen[0] = refused[0] = '\0';
	plugin_directories_scan(directories, &visitor);
}

static void on_change(void *user)
{
	(void)user;
	changes++;
	scan();
	sp_event_loop_quit(loop);
}

static void watch(const char *path)
{
	json_t *paths = json_pack("[s]", path);

	ck_assert_int_eq(plugin_directories_set(directories, paths), SP_OK);
	json_decref(paths);
	scan();
}

static void set_up(void)
{
	kit_make_directory();
	loop = sp_event_loop_create(NULL, 1, NULL);
	directories = plugin_directories_create(loop, on_change, NULL, NULL);
	ck_assert_ptr_nonnull(directories);
	changes = 0;
	mkdir(kit_path("plugins"), 0755);
}

static void tear_down(void)
{
	plugin_directories_destroy(directories);
	sp_event_loop_destroy(loop);
	kit_remove_directory();
}

/* Runs until a change was told and the scan has found exactly these. */
static void expect(const char *names)
{
	while (strcmp(seen, names) != 0)
		sp_event_loop_run(loop);
}

static const char *const ignored[] = { ".hidden.so", "a.so~", "a.so.tmp", "a.so.part", ".a.so.swp", "#a.so", "a.sow",
	"so", ".so" };

START_TEST(only_plugins_are_found_in_order)
{
	size_t i;

	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
		char name[64];

		snprintf(name, sizeof(name), "plugins/%s", ignored[i]);
		kit_write(kit_path(name), "x", 1);
	}
	kit_write(kit_path("plugins/b.so"), "x", 1);
	kit_write(kit_path("plugins/a.so"), "x", 1);
	mkdir(kit_path("plugins/directory.so"), 0755);
	mkfifo(kit_path("plugins/pipe.so"), 0644);
	ck_assert_int_eq(symlink("nowhere", kit_path("plugins/dangling.so")), 0);
	watch(kit_path("plugins"));
	ck_assert_str_eq(seen, "a.so b.so ");
	ck_assert_str_eq(refused, "");
}
END_TEST

START_TEST(every_way_to_drop_a_file_is_seen)
{
	watch(kit_path("plugins"));
	kit_write(kit_path("plugins/written.so"), "x", 1);
	expect("written.so ");
	kit_write(kit_path("moved"), "x", 1);
	ck_assert_int_eq(rename(kit_path("moved"), kit_path("plugins/moved.so")), 0);
	expect("moved.so written.so ");
	ck_assert_int_eq(link(kit_path("plugins/moved.so"), kit_path("plugins/linked.so")), 0);
	expect("linked.so moved.so written.so ");
	ck_assert_int_eq(unlink(kit_path("plugins/moved.so")), 0);
	expect("linked.so written.so ");
	ck_assert_int_eq(rename(kit_path("plugins/linked.so"), kit_path("away.so")), 0);
	expect("written.so ");
}
END_TEST

START_TEST(a_burst_is_told_once)
{
	char name[32];
	int i;

	watch(kit_path("plugins"));
	for (i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "plugins/%02d.so", i);
		kit_write(kit_path(name), "x", 1);
	}
	sp_event_loop_run(loop);
	ck_assert_uint_eq(changes, 1);
	ck_assert_uint_eq(strlen(seen), 50 * strlen("00.so "));
}
END_TEST

/* More happens than the system remembers: everything is looked at again. */
START_TEST(lost_events_are_made_up_for)
{
	int i;

	watch(kit_path("plugins"));
	for (i = 0; i < 8000; i++) {
		kit_write(kit_path("plugins/noise"), "x", 1);
		unlink(kit_path("plugins/noise"));
	}
	kit_write(kit_path("plugins/late.so"), "x", 1);
	expect("late.so ");
}
END_TEST

START_TEST(a_missing_directory_is_waited_for)
{
	watch(kit_path("not/yet/there"));
	ck_assert_str_eq(refused, "");
	mkdir(kit_path("not"), 0755);
	sp_event_loop_run(loop);
	mkdir(kit_path("not/yet"), 0755);
	sp_event_loop_run(loop);
	mkdir(kit_path("not/yet/there"), 0755);
	kit_write(kit_path("not/yet/there/late.so"), "x", 1);
	expect("late.so ");
}
END_TEST

START_TEST(a_directory_that_is_replaced_is_followed)
{
	watch(kit_path("plugins"));
	mkdir(kit_path("new"), 0755);
	kit_write(kit_path("new/new.so"), "x", 1);
	ck_assert_int_eq(rename(kit_path("plugins"), kit_path("old")), 0);
	ck_assert_int_eq(rename(kit_path("new"), kit_path("plugins")), 0);
	expect("new.so ");
	kit_write(kit_path("plugins/newer.so"), "x", 1);
	expect("new.so newer.so ");
}
END_TEST

/* A directory that is a link, and is pointed elsewhere. */
START_TEST(a_link_to_a_directory_is_followed)
{
	mkdir(kit_path("v1"), 0755);
	mkdir(kit_path("v2"), 0755);
	kit_write(kit_path("v1/one.so"), "x", 1);
	kit_write(kit_path("v2/two.so"), "x", 1);
	ck_assert_int_eq(symlink("v1", kit_path("current")), 0);
	watch(kit_path("current"));
	ck_assert_str_eq(seen, "one.so ");
	ck_assert_int_eq(symlink("v2", kit_path("next")), 0);
	ck_assert_int_eq(rename(kit_path("next"), kit_path("current")), 0);
	expect("two.so ");
	kit_write(kit_path("v2/three.so"), "x", 1);
	expect("three.so two.so ");
}
END_TEST

/* As Kubernetes mounts a volume: plugin.so -> ..data/plugin.so, ..data -> ..1, which is swapped. */
START_TEST(a_swap_of_the_data_link_is_told)
{
	mkdir(kit_path("plugins/..1"), 0755);
	mkdir(kit_path("plugins/..2"), 0755);
	kit_write(kit_path("plugins/..1/p.so"), "x", 1);
	kit_write(kit_path("plugins/..2/p.so"), "yy", 2);
	ck_assert_int_eq(symlink("..1", kit_path("plugins/..data")), 0);
	ck_assert_int_eq(symlink("..data/p.so", kit_path("plugins/p.so")), 0);
	watch(kit_path("plugins"));
	ck_assert_str_eq(seen, "p.so ");
	ck_assert_int_eq(symlink("..2", kit_path("plugins/..tmp")), 0);
	ck_assert_int_eq(rename(kit_path("plugins/..tmp"), kit_path("plugins/..data")), 0);
	sp_event_loop_run(loop);
	ck_assert_uint_ge(changes, 1);
	ck_assert_str_eq(seen, "p.so ");
}
END_TEST

/* What a link points to lies elsewhere, and is written or replaced there. */
START_TEST(the_target_of_a_link_is_watched)
{
	mkdir(kit_path("elsewhere"), 0755);
	kit_write(kit_path("elsewhere/target"), "x", 1);
	ck_assert_int_eq(symlink(kit_path("elsewhere/target"), kit_path("plugins/linked.so")), 0);
	watch(kit_path("plugins"));
	kit_write(kit_path("elsewhere/target"), "new", 3);
	sp_event_loop_run(loop);
	ck_assert_uint_eq(changes, 1);
	ck_assert_int_eq(unlink(kit_path("elsewhere/target")), 0);
	expect("");
	kit_write(kit_path("elsewhere/target"), "again", 5);
	expect("linked.so ");
}
END_TEST

START_TEST(links_in_a_circle_are_no_plugins)
{
	ck_assert_int_eq(symlink("b.so", kit_path("plugins/a.so")), 0);
	ck_assert_int_eq(symlink("a.so", kit_path("plugins/b.so")), 0);
	watch(kit_path("plugins"));
	ck_assert_str_eq(seen, "");
}
END_TEST

/* R-PL-4: nothing is loaded from a directory in which anybody can write. */
START_TEST(a_directory_that_is_not_trusted_is_refused)
{
	kit_write(kit_path("plugins/a.so"), "x", 1);
	chmod(kit_path("plugins"), 0777);
	watch(kit_path("plugins"));
	ck_assert_str_eq(seen, "");
	ck_assert_ptr_nonnull(strstr(refused, "plugins is writable by everybody"));
	chmod(kit_path("plugins"), 0755);
	expect("a.so ");
	ck_assert_str_eq(refused, "");
}
END_TEST

START_TEST(what_is_no_directory_is_refused)
{
	kit_write(kit_path("file"), "x", 1);
	watch(kit_path("file"));
	ck_assert_ptr_nonnull(strstr(refused, "cannot be read"));
}
END_TEST

static void end_turn(void *user)
{
	(void)user;
	sp_event_loop_quit(loop);
}

START_TEST(nothing_is_told_after_the_end)
{
	void *timer = sp_event_loop_ops()->timer_create(loop, end_turn, NULL);

	watch(kit_path("plugins"));
	kit_write(kit_path("plugins/a.so"), "x", 1);
	plugin_directories_stop(directories);
	sp_event_loop_ops()->timer_start(timer, 1000000);
	sp_event_loop_run(loop);
	sp_event_loop_ops()->timer_destroy(timer);
	ck_assert_uint_eq(changes, 0);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(only_plugins_are_found_in_order),
		TEST(every_way_to_drop_a_file_is_seen), TEST(a_burst_is_told_once), TEST(lost_events_are_made_up_for),
		TEST(a_missing_directory_is_waited_for), TEST(a_directory_that_is_replaced_is_followed),
		TEST(a_link_to_a_directory_is_followed), TEST(a_swap_of_the_data_link_is_told),
		TEST(the_target_of_a_link_is_watched), TEST(links_in_a_circle_are_no_plugins),
		TEST(a_directory_that_is_not_trusted_is_refused), TEST(what_is_no_directory_is_refused),
		TEST(nothing_is_told_after_the_end) };

	return run_suite(&SUITE(cases, "plugin_directory", .set_up = set_up, .tear_down = tear_down));
}
