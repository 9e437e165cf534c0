/*
 * check_configuration_watch.c: every way in which editors and deployments change files is noticed (R-CF-2). inotify is
 * real; the clock is the test's.
 */
#include "configuration_watch.h"

#include "configuration_fakes.h"
#include "runner.h"
#include "temporary_directory.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct temporary_directory directory;
static struct sp_event_loop loop;
static struct configuration_watch *watch;
static char main_file[PATH_MAX], drop_in_dir[PATH_MAX];
static unsigned changes, warnings;

static void changed(void *user)
{
	ck_assert_ptr_eq(user, &loop);
	changes++;
}

static void warn(void *user SP_UNUSED, const char *message SP_UNUSED)
{
	warnings++;
}

static void set_up(void)
{
	temporary_directory_init(&directory);
	loop = (struct sp_event_loop){ .now = 1, .fd = -1 };
	changes = warnings = 0;
	temporary_mkdir(&directory, "etc");
}

static void tear_down(void)
{
	configuration_watch_destroy(watch);
	watch = NULL;
	ck_assert_uint_eq(loop.open, 0);
	ck_assert_uint_eq(warnings, 0);
	temporary_directory_finish(&directory);
}

static void start(const char *file)
{
	struct configuration_watch_options options = {
		.file = main_file,
		.drop_in_dir = drop_in_dir,
		.ops = sp_event_loop_ops(),
		.loop = &loop,
		.changed = changed,
		.warn = warn,
		.user = &loop,
	};
	struct sp_error error;

	snprintf(main_file, sizeof(main_file), "%s", temporary_path(&directory, file));
	snprintf(drop_in_dir, sizeof(drop_in_dir), "%s", temporary_path(&directory, "etc/conf.d"));
	watch = configuration_watch_create(&options, &error);
	ck_assert_ptr_nonnull(watch);
}

static bool has_more(void)
{
	struct pollfd readable = { loop.fd, POLLIN, 0 };

	return poll(&readable, 1, 0) > 0;
}

/* Whether a change was noticed, once, within the 200 ms of the story. */
static bool noticed(void)
{
	unsigned before = changes;

	do
		turn(&loop, 0);
	while (has_more());
	turn(&loop, 151);
	ck_assert_uint_le(changes - before, 1);
	return changes > before;
}

START_TEST(nothing_is_noticed_when_nothing_changes)
{
	temporary_write(&directory, "etc/main.json", "{}");
	start("etc/main.json");
	ck_assert(!noticed());
	ck_assert_int_eq(close(open(temporary_path(&directory, "etc/main.json"), O_RDONLY | O_CLOEXEC)), 0);
	temporary_write(&directory, "etc/other.json", "{}");
	temporary_write(&directory, "etc/.main.json.swp", "{}");
	ck_assert(!noticed());
}
END_TEST

START_TEST(a_write_in_place_is_noticed)
{
	temporary_write(&directory, "etc/main.json", "{}");
	start("etc/main.json");
	for (int i = 0; i < 3; i++) {
		temporary_write(&directory, "etc/main.json", "{ }");
		ck_assert(noticed());
	}
}
END_TEST

START_TEST(a_rename_over_is_noticed)
{
	temporary_write(&directory, "etc/main.json", "{}");
	start("etc/main.json");
	for (int i = 0; i < 3; i++) {
		temporary_write(&directory, "etc/new", "{ }");
		temporary_rename(&directory, "etc/new", "etc/main.json");
		ck_assert(noticed());
	}
}
END_TEST

/* The old file is renamed away and a new one made, as some editors do for their backup. */
START_TEST(a_rename_away_and_a_new_file_are_one_change)
{
	temporary_write(&directory, "etc/main.json", "{}");
	start("etc/main.json");
	temporary_rename(&directory, "etc/main.json", "etc/main.json~");
	turn(&loop, 10);
	temporary_write(&directory, "etc/main.json", "{ }");
	ck_assert(noticed());
	temporary_write(&directory, "etc/main.json", "{ }");
	ck_assert(noticed());
}
END_TEST

START_TEST(a_file_that_comes_and_goes_is_noticed)
{
	start("etc/main.json");
	temporary_write(&directory, "etc/main.json", "{}");
	ck_assert(noticed());
	ck_assert_int_eq(unlink(temporary_path(&directory, "etc/main.json")), 0);
	ck_assert(noticed());
}
END_TEST

START_TEST(permissions_are_noticed)
{
	temporary_write(&directory, "etc/main.json", "{}");
	start("etc/main.json");
	ck_assert_int_eq(chmod(temporary_path(&directory, "etc/main.json"), 0600), 0);
	ck_assert(noticed());
}
END_TEST

START_TEST(a_write_that_is_not_closed_is_noticed)
{
	int fd;

	temporary_write(&directory, "etc/main.json", "{}");
	start("etc/main.json");
	fd = open(temporary_path(&directory, "etc/main.json"), O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(write(fd, "{ }", 3), 3);
	turn(&loop, 0);
	turn(&loop, 60);
	ck_assert_uint_eq(changes, 0);
	turn(&loop, 60);
	ck_assert_uint_eq(changes, 1);
	close(fd);
}
END_TEST

START_TEST(a_whole_edit_is_noticed_soon)
{
	temporary_write(&directory, "etc/main.json", "{}");
	start("etc/main.json");
	temporary_write(&directory, "etc/main.json", "{ }");
	turn(&loop, 0);
	turn(&loop, 30);
	ck_assert_uint_eq(changes, 1);
}
END_TEST

START_TEST(a_stream_of_changes_is_not_waited_for_for_ever)
{
	temporary_write(&directory, "etc/main.json", "{}");
	start("etc/main.json");
	for (int i = 0; i < 16; i++) {
		temporary_write(&directory, "etc/main.json", "{ }");
		turn(&loop, 10);
	}
	ck_assert_uint_eq(changes, 1);
}
END_TEST

START_TEST(a_link_to_another_place_is_followed)
{
	temporary_mkdir(&directory, "real");
	temporary_write(&directory, "real/file", "{}");
	temporary_link(&directory, "etc/main.json", "../real/file");
	start("etc/main.json");
	temporary_write(&directory, "real/file", "{ }");
	ck_assert(noticed());
	temporary_write(&directory, "real/other", "{ }");
	ck_assert(!noticed());
	temporary_link(&directory, "etc/new", "../real/other");
	temporary_rename(&directory, "etc/new", "etc/main.json");
	ck_assert(noticed());
	temporary_write(&directory, "real/other", "{ }");
	ck_assert(noticed());
	temporary_write(&directory, "real/file", "{ }");
	ck_assert(!noticed());
}
END_TEST

START_TEST(a_mount_of_kubernetes_is_followed)
{
	temporary_mkdir(&directory, "etc/..1");
	temporary_mkdir(&directory, "etc/..2");
	temporary_write(&directory, "etc/..1/main.json", "{}");
	temporary_write(&directory, "etc/..2/main.json", "{}");
	temporary_link(&directory, "etc/..data", "..1");
	temporary_link(&directory, "etc/main.json", "..data/main.json");
	start("etc/main.json");
	for (int i = 0; i < 3; i++) {
		temporary_link(&directory, "etc/..data_tmp", i % 2 ? "..1" : "..2");
		temporary_rename(&directory, "etc/..data_tmp", "etc/..data");
		ck_assert(noticed());
	}
}
END_TEST

START_TEST(a_directory_that_is_a_link_is_followed)
{
	temporary_mkdir(&directory, "v1");
	temporary_mkdir(&directory, "v2");
	temporary_write(&directory, "v1/main.json", "{}");
	temporary_write(&directory, "v2/main.json", "{}");
	temporary_link(&directory, "current", temporary_path(&directory, "v1"));
	start("current/main.json");
	temporary_link(&directory, "new", temporary_path(&directory, "v2"));
	temporary_rename(&directory, "new", "current");
	ck_assert(noticed());
	temporary_write(&directory, "v2/main.json", "{ }");
	ck_assert(noticed());
}
END_TEST

START_TEST(a_missing_directory_is_waited_for)
{
	start("a/b/main.json");
	temporary_mkdir(&directory, "a");
	ck_assert(noticed());
	temporary_mkdir(&directory, "a/b");
	temporary_write(&directory, "a/b/main.json", "{}");
	ck_assert(noticed());
	temporary_write(&directory, "a/b/main.json", "{ }");
	ck_assert(noticed());
	temporary_rename(&directory, "a", "z");
	ck_assert(noticed());
}
END_TEST

START_TEST(drop_ins_are_noticed)
{
	start("etc/main.json");
	temporary_mkdir(&directory, "etc/conf.d");
	ck_assert(noticed());
	temporary_write(&directory, "etc/conf.d/a.json", "{}");
	ck_assert(noticed());
	temporary_write(&directory, "etc/conf.d/README", "");
	temporary_write(&directory, "etc/conf.d/.a.json", "");
	ck_assert(!noticed());
	ck_assert_int_eq(unlink(temporary_path(&directory, "etc/conf.d/a.json")), 0);
	ck_assert(noticed());
}
END_TEST

START_TEST(a_drop_in_that_is_a_link_is_followed)
{
	temporary_mkdir(&directory, "etc/conf.d");
	temporary_write(&directory, "file", "{}");
	temporary_link(&directory, "etc/conf.d/a.json", "../../file");
	start("etc/main.json");
	temporary_write(&directory, "file", "{ }");
	ck_assert(noticed());
}
END_TEST

START_TEST(links_in_a_circle_end)
{
	temporary_link(&directory, "etc/main.json", "other.json");
	temporary_link(&directory, "etc/other.json", "main.json");
	start("etc/main.json");
	ck_assert_int_eq(unlink(temporary_path(&directory, "etc/other.json")), 0);
	ck_assert(noticed());
}
END_TEST

/* More changes than the system keeps for us. */
START_TEST(an_overflow_is_a_change)
{
	char text[16];
	FILE *file = fopen("/proc/sys/fs/inotify/max_queued_events", "re");
	long most = 16384;

	if (file && fgets(text, sizeof(text), file))
		most = strtol(text, NULL, 10);
	if (file)
		fclose(file);
	start("etc/main.json");
	for (long i = 0; i <= most / 2 + 1; i++) {
		temporary_write(&directory, "etc/x", "");
		ck_assert_int_eq(unlink(temporary_path(&directory, "etc/x")), 0);
	}
	ck_assert(noticed());
}
END_TEST

START_TEST(who_writes_without_pause_does_not_hold_the_loop)
{
	static const char *const logs[] = { "etc/one.log", "etc/other.log" };

	temporary_write(&directory, "etc/main.json", "{}");
	start("etc/main.json");
	for (int i = 0; i < 200; i++)
		temporary_write(&directory, logs[i % 2], "line");
	turn(&loop, 0);
	ck_assert(has_more());
	ck_assert(!noticed());
	temporary_write(&directory, "etc/main.json", "{ }");
	ck_assert(noticed());
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(nothing_is_noticed_when_nothing_changes),
		TEST(a_write_in_place_is_noticed), TEST(a_rename_over_is_noticed),
		TEST(a_rename_away_and_a_new_file_are_one_change), TEST(a_file_that_comes_and_goes_is_noticed),
		TEST(permissions_are_noticed), TEST(a_write_that_is_not_closed_is_noticed),
		TEST(a_whole_edit_is_noticed_soon), TEST(a_stream_of_changes_is_not_waited_for_for_ever),
		TEST(a_link_to_another_place_is_followed), TEST(a_mount_of_kubernetes_is_followed),
		TEST(a_directory_that_is_a_link_is_followed), TEST(a_missing_directory_is_waited_for),
		TEST(drop_ins_are_noticed), TEST(a_drop_in_that_is_a_link_is_followed), TEST(links_in_a_circle_end),
		TEST(an_overflow_is_a_change), TEST(who_writes_without_pause_does_not_hold_the_loop) };

	return run_suite(&SUITE(cases, "configuration_watch", .set_up = set_up, .tear_down = tear_down));
}
