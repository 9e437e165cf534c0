/*
 * configuration_setting.h: a configuration in a directory of its own, with fakes around it: the fixture of several
 * suites. Included once in a program.
 */
#ifndef TESTS_CONFIGURATION_SETTING_H
#define TESTS_CONFIGURATION_SETTING_H

#include "configuration.h"
#include "configuration_fakes.h"
#include "temporary_directory.h"

static struct temporary_directory directory;
static struct sp_kernel kernel;
static struct log daemon_log;
static struct sp_event_loop loop;
static struct configuration *configuration;
static unsigned times_changed;

static void set_up(void)
{
	temporary_directory_init(&directory);
	temporary_mkdir(&directory, "conf.d");
	temporary_write(&directory, "main.json", "{\n\t\"components\": {\"greeter\": {\"greeting\": \"Hello\"}}\n}\n");
	kernel = (struct sp_kernel){ 0 };
	daemon_log.text[0] = '\0';
	loop = (struct sp_event_loop){ .now = 1, .fd = -1 };
	times_changed = 0;
}

static void tear_down(void)
{
	configuration_destroy(configuration);
	configuration = NULL;
	ck_assert_uint_eq(loop.open, 0);
	json_decref(kernel.tree);
	temporary_directory_finish(&directory);
}

static inline struct configuration *create(struct sp_error *error)
{
	struct configuration_options options = {
		.file = temporary_path(&directory, "main.json"),
		.file_required = true,
		.state_dir = temporary_path(&directory, "state"),
	};

	return configuration_create(&options, error);
}

static inline void count_change(void *user)
{
	ck_assert_ptr_eq(user, &times_changed);
	times_changed++;
}

/* A configuration that is attached and watched. */
static inline void begin(void)
{
	configuration = create(NULL);
	ck_assert_ptr_nonnull(configuration);
	ck_assert_int_eq(configuration_attach(configuration, &kernel, &daemon_log, NULL), SP_OK);
	ck_assert_int_eq(configuration_watch(configuration, &loop, count_change, &times_changed, NULL), SP_OK);
}

/* What was logged since the last time. */
static inline const char *logged(void)
{
	static char text[sizeof(daemon_log.text)];

	memcpy(text, daemon_log.text, sizeof(text));
	daemon_log.text[0] = '\0';
	return text;
}

/* The greeting as the kernel has it. */
static inline const char *greeting(void)
{
	const json_t *components = json_object_get(kernel.tree, "components");
	const char *text = json_string_value(json_object_get(json_object_get(components, "greeter"), "greeting"));

	return text ? text : "";
}

#endif
