/*
 * fake_plugins.h: the kernel as far as the daemon's plugin set sees it: what was added, removed and replaced, answered
 * as the test wants. Included by the one file of a test program that is linked without the library.
 */
#ifndef TESTS_FAKE_PLUGINS_H
#define TESTS_FAKE_PLUGINS_H

#include "event_loop.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sp_plugin_handle {
	struct sp_task task;
	const struct sp_plugin *descriptor;
	struct sp_plugin_origin origin;
	struct sp_replacement replacement; /* of a new one */
	struct sp_plugin_handle *old;
	struct sp_plugin_handle *next;
};

/* What the fake does, and what happened to it. */
static struct {
	struct sp_event_loop *loop;
	struct sp_plugin_handle *plugins; /* that are published */
	struct sp_plugin_handle *leaving; /* that are held back */
	sp_status replace_with; /* how replacements end */
	bool holds; /* nothing goes while it is set */
	char events[4096]; /* "type name version;" each */
	unsigned replacements;
} fake;

static inline struct sp_plugin_handle **fake_find(const char *name)
{
	struct sp_plugin_handle **at = &fake.plugins;

	while (*at != NULL && strcmp((*at)->descriptor->name, name) != 0)
		at = &(*at)->next;
	return at;
}

/* The version of a plugin that serves, "" when there is none. */
static inline const char *fake_version(const char *name)
{
	struct sp_plugin_handle *found = *fake_find(name);

	return found == NULL ? "" : found->descriptor->version;
}

static void fake_go(struct sp_task *task)
{
	struct sp_plugin_handle *plugin = (struct sp_plugin_handle *)(void *)task;
	struct sp_plugin_origin origin = plugin->origin;

	if (fake.holds) {
		plugin->next = fake.leaving;
		fake.leaving = plugin;
		return;
	}
	free(plugin);
	origin.gone(origin.user);
}

static void fake_leave(struct sp_plugin_handle *plugin)
{
	plugin->task.run = fake_go;
	sp_event_loop_ops()->defer(fake.loop, &plugin->task);
}

/* Lets go what was held back. */
static inline void fake_release(void)
{
	struct sp_plugin_handle *plugin;

	fake.holds = false;
	while ((plugin = fake.leaving) != NULL) {
		fake.leaving = plugin->next;
		fake_leave(plugin);
	}
}

static struct sp_plugin_handle *fake_handle(const struct sp_plugin *descriptor, const struct sp_plugin_origin *origin)
{
	struct sp_plugin_handle *plugin = calloc(1, sizeof(*plugin));

	ck_assert_ptr_nonnull(plugin);
	plugin->descriptor = descriptor;
	plugin->origin = *origin;
	return plugin;
}

static void fake_publish(struct sp_plugin_handle *plugin)
{
	plugin->next = fake.plugins;
	fake.plugins = plugin;
}

sp_status sp_kernel_add(sp_kernel *kernel, const struct sp_plugin *descriptor, const struct sp_plugin_origin *origin,
	sp_plugin_handle **ret_plugin, struct sp_error *error)
{
	(void)kernel;
	if (*fake_find(descriptor->name) != NULL)
		return sp_error_set(error, SP_CONFLICT, "a plugin named %s is loaded already", descriptor->name);
	*ret_plugin = fake_handle(descriptor, origin);
	fake_publish(*ret_plugin);
	return SP_OK;
}

static void fake_unpublish(struct sp_plugin_handle *plugin)
{
	struct sp_plugin_handle **at = fake_find(plugin->descriptor->name);

	ck_assert_ptr_eq(*at, plugin);
	*at = plugin->next;
}

void sp_kernel_remove(sp_plugin_handle *plugin)
{
	fake_unpublish(plugin);
	fake_leave(plugin);
}

static void fake_end_replacement(struct sp_task *task)
{
	struct sp_plugin_handle *new = (struct sp_plugin_handle *)(void *)task;
	struct sp_replacement replacement = new->replacement;
	struct sp_error error;

	if (fake.replace_with == SP_OK) {
		fake_unpublish(new->old);
		fake_publish(new);
		fake_leave(new->old);
		replacement.done(replacement.user, SP_OK, NULL, new);
		return;
	}
	sp_error_set(&error, fake.replace_with, "the fake does not want to");
	fake_leave(new);
	replacement.done(replacement.user, fake.replace_with, &error, NULL);
}

sp_status sp_kernel_replace(sp_plugin_handle *old, const struct sp_replacement *replacement, struct sp_error *error)
{
	struct sp_plugin_handle *new = fake_handle(replacement->descriptor, &replacement->origin);

	(void)error;
	fake.replacements++;
	new->replacement = *replacement;
	new->old = old;
	new->task.run = fake_end_replacement;
	sp_event_loop_ops()->defer(fake.loop, &new->task);
	return SP_OK;
}

sp_status sp_kernel_publish(sp_kernel *kernel, const char *type, json_t *data)
{
	const char *name = json_string_value(json_object_get(data, "name"));
	const char *version = json_string_value(json_object_get(data, "version"));
	size_t at = strlen(fake.events);

	(void)kernel;
	snprintf(fake.events + at, sizeof(fake.events) - at, "%s %s %s;", type, name ? name : "-",
		version ? version : "-");
	json_decref(data);
	return SP_OK;
}

json_t *sp_plugin_inspect_new(const sp_plugin_handle *plugin)
{
	return json_pack("{s:s, s:b, s:[s], s:[]}", "name", plugin->descriptor->name, "state_carried", true,
		"instances", plugin->descriptor->name, "holders");
}

#endif
