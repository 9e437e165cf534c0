/*
 * plugins_kit.h: a set of plugins over a fake kernel, in a temporary directory, for the suites of plugins. Included by
 * the one file of a test program.
 */
#ifndef TESTS_PLUGINS_KIT_H
#define TESTS_PLUGINS_KIT_H

#include "fake_plugins.h"
#include "fake_runtime.h"
#include "file_kit.h"
#include "plugins.h"

#include <check.h>

static struct log *written;
static struct plugins *set;
static void *alarm_timer;
static bool (*until)(void);

/* ---- turning ---- */

static inline void look_again(void *user)
{
	(void)user;
	if (until == NULL || until())
		sp_event_loop_quit(fake.loop);
	else
		sp_event_loop_ops()->timer_start(alarm_timer, 1000000);
}

static inline void turn_until(bool (*condition)(void))
{
	until = condition;
	sp_event_loop_ops()->timer_start(alarm_timer, 0);
	sp_event_loop_run(fake.loop);
}

static inline void turn(void)
{
	turn_until(NULL);
	turn_until(NULL);
}

static const char *awaited_version;

static inline bool has_version(void)
{
	return strcmp(fake_version("trivial"), awaited_version) == 0;
}

/* Turns until the plugin trivial is there in a version ("": is not there). */
static inline void expect_version(const char *version)
{
	awaited_version = version;
	turn_until(has_version);
}

static const char *awaited_event;

static inline bool has_event(void)
{
	return strstr(fake.events, awaited_event) != NULL;
}

/* Turns until an event was published, and forgets all. */
static inline void expect_event(const char *event)
{
	awaited_event = event;
	turn_until(has_event);
	fake.events[0] = '\0';
}

/* ---- set up ---- */

static inline void follow(const char *disabled)
{
	json_t *directories = json_pack("[s]", kit_path("plugins")), *names = json_pack("[s*]", disabled);

	ck_assert_int_eq(plugins_configure(set, directories, names), SP_OK);
	json_decref(directories);
	json_decref(names);
}

static inline void plugins_kit_open(void)
{
	struct plugins_options options = { .kernel = NULL };
	struct sp_error error;

	kit_make_directory();
	memset(&fake, 0, sizeof(fake));
	fake.loop = sp_event_loop_create(NULL, 1, NULL);
	alarm_timer = sp_event_loop_ops()->timer_create(fake.loop, look_again, NULL);
	written = log_create(open("/dev/null", O_WRONLY | O_CLOEXEC));
	options.loop = fake.loop;
	options.log = written;
	options.state_dir = kit_directory;
	set = plugins_create(&options, &error);
	ck_assert_msg(set != NULL, "%s", error.message);
	mkdir(kit_path("plugins"), 0755);
}

static inline void plugins_kit_close(void)
{
	struct sp_plugin_handle *plugin;

	plugins_stop(set);
	fake_release();
	while ((plugin = fake.plugins) != NULL)
		sp_kernel_remove(plugin);
	turn();
	turn();
	plugins_destroy(set);
	sp_event_loop_ops()->timer_destroy(alarm_timer);
	sp_event_loop_destroy(fake.loop);
	log_destroy(written);
	kit_remove_directory();
}

static inline void drop(const char *fixture, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "plugins/%s", name);
	kit_copy(kit_fixture(fixture), kit_path(path));
}

/* A member of a plugin's listing, as text; "" when it has none. */
static inline const char *listed(const char *name, const char *member)
{
	static char text[512];
	json_t *entry = plugins_inspect_new(set, name);
	const char *value = json_string_value(json_object_get(entry, member));

	snprintf(text, sizeof(text), "%s", value == NULL ? "" : value);
	json_decref(entry);
	return text;
}

static inline int count_copies(void)
{
	return kit_count_files(kit_path("mapped"));
}

#endif
