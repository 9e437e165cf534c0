/* plugins.c: the set of plugins: makes it, configures it, and lets it follow its directories. */
#include "plugins.h"

#include "plugin_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void drop_unused_images(struct plugins *set)
{
	struct plugin_file *file;
	size_t i;

	for (i = 0; i < set->files.count; i++) {
		file = set->files.entries[i].item;
		plugin_image_destroy(file->fresh);
		file->fresh = NULL;
	}
}

void plugins_rescan(struct plugins *set)
{
	size_t i;

	if (set->is_stopped)
		return;
	plugin_files_scan(set);
	for (i = 0; i < set->plugins.count; i++)
		plugin_follow(set->plugins.entries[i].item);
	drop_unused_images(set);
	plugins_sweep(set);
}

static void rescan(void *user)
{
	plugins_rescan(user);
}

static sp_status create_parts(struct plugins *set, struct sp_error *error)
{
	const struct plugins_options *options = &set->options;

	set->copies = private_copies_create(options->state_dir, error);
	if (set->copies == NULL)
		return SP_FAILED;
	if (private_copies_in_memory(set->copies))
		log_printf(options->log, SP_WARNING,
			"files in %s/mapped cannot be mapped (noexec?); plugins are copied to memory instead",
			options->state_dir);
	set->directories = plugin_directories_create(options->loop, rescan, set, error);
	if (set->directories == NULL)
		return SP_FAILED;
	set->settle_timer = sp_event_loop_ops()->timer_create(options->loop, rescan, set);
	set->disabled = json_array();
	if (set->settle_timer == NULL || set->disabled == NULL)
		return sp_error_set(error, SP_NO_MEMORY, "no memory for plugins");
	return SP_OK;
}

struct plugins *plugins_create(const struct plugins_options *options, struct sp_error *error)
{
	struct plugins *set = calloc(1, sizeof(*set));

	if (set == NULL) {
		sp_error_set(error, SP_NO_MEMORY, "no memory for plugins");
		return NULL;
	}
	set->options = *options;
	TAILQ_INIT(&set->images);
	if (create_parts(set, error) != SP_OK) {
		plugins_destroy(set);
		return NULL;
	}
	return set;
}

void plugins_stop(struct plugins *set)
{
	const struct sp_loop_ops *ops = sp_event_loop_ops();
	size_t i;

	if (set == NULL || set->is_stopped)
		return;
	set->is_stopped = true;
	plugin_directories_stop(set->directories);
	ops->timer_stop(set->settle_timer);
	for (i = 0; i < set->plugins.count; i++)
		ops->timer_stop(((struct plugin *)set->plugins.entries[i].item)->timer);
}

static void free_plugins(struct plugins *set)
{
	struct plugin *plugin;

	while (set->plugins.count > 0) {
		plugin = set->plugins.entries[set->plugins.count - 1].item;
		plugin_index_remove(&set->plugins, plugin->name);
		sp_event_loop_ops()->timer_destroy(plugin->timer);
		free(plugin);
	}
	plugin_index_finish(&set->plugins);
}

void plugins_destroy(struct plugins *set)
{
	struct plugin_image *image;

	if (set == NULL)
		return;
	while (set->files.count > 0)
		plugin_file_forget(set, set->files.entries[set->files.count - 1].item);
	plugin_index_finish(&set->files);
	free_plugins(set);
	while ((image = TAILQ_FIRST(&set->images)) != NULL) {
		TAILQ_REMOVE(&set->images, image, link);
		plugin_image_destroy(image);
	}
	plugin_directories_destroy(set->directories);
	sp_event_loop_ops()->timer_destroy(set->settle_timer);
	private_copies_destroy(set->copies);
	json_decref(set->disabled);
	free(set);
}

/* A plugin is named as people write it, spell-checker, or as C does. */
static sp_status copy_names(const json_t *names, json_t **ret_copy)
{
	json_t *copy = json_array();
	const json_t *item;
	char name[64], *letter;
	size_t i;

	json_array_foreach(names, i, item) {
		if (!json_is_string(item) || json_string_length(item) >= sizeof(name))
			continue;
		memcpy(name, json_string_value(item), json_string_length(item) + 1);
		for (letter = name; *letter != '\0'; letter++) {
			if (*letter == '_')
				*letter = '-';
		}
		if (json_array_append_new(copy, json_string(name)) != 0) {
			json_decref(copy);
			return SP_NO_MEMORY;
		}
	}
	*ret_copy = copy;
	return copy == NULL ? SP_NO_MEMORY : SP_OK;
}

/* Nothing is wrong with it: it may come. But a name that was mistyped should not look as if there were no plugins. */
static void tell_missing(const struct plugins *set, const json_t *directories)
{
	const json_t *item;
	size_t i;

	json_array_foreach(directories, i, item) {
		const char *path = json_string_value(item);

		if (path && access(path, F_OK) != 0 && errno == ENOENT)
			log_printf(set->options.log, SP_WARNING,
				"the plugin directory %s is not there; it is read as soon as it is", path);
	}
}

sp_status plugins_configure(struct plugins *set, const json_t *directories, const json_t *disabled)
{
	json_t *names;
	sp_status status = copy_names(disabled, &names);

	if (status != SP_OK)
		return status;
	json_decref(set->disabled);
	set->disabled = names;
	tell_missing(set, directories);
	status = plugin_directories_set(set->directories, directories);
	if (status == SP_OK)
		plugins_rescan(set);
	return status;
}

void plugins_allow_untrusted(struct plugins *set, bool allow)
{
	struct plugin_file *file;
	size_t i;

	if (set->trusts_all == allow)
		return;
	set->trusts_all = allow;
	for (i = 0; i < set->files.count; i++) {
		file = set->files.entries[i].item;
		file->is_read = file->is_read && file->error.code == SP_OK;
	}
}
