/* plugin_changes.c: loads, replaces and removes plugins until what is loaded agrees with the files. */
#include "plugin_set.h"

#include <stdlib.h>
#include <string.h>

enum { SECOND = 1000000000, LONGEST_DELAY = 60 };

/* ---- news ---- */

static void log_news(const struct plugins *set, const struct plugin_news *news)
{
	struct log *log = set->options.log;

	if (news->error != NULL)
		log_printf(log, SP_ERROR, "%s: %s", news->path, news->error->message);
	else
		log_printf(log, SP_INFO, "%s %s %s (%s)", news->type, news->name, news->version, news->path);
}

void plugins_tell(struct plugins *set, const struct plugin_news *news)
{
	json_t *data = json_pack("{s:s*, s:s*, s:s*, s:s*}", "name", news->name, "version", news->version, "path",
		news->path, "error", news->error == NULL ? NULL : news->error->message);

	log_news(set, news);
	if (data != NULL)
		sp_kernel_publish(set->options.kernel, news->type, data);
}

static void tell_of_image(const char *type, const struct plugin_image *image)
{
	struct plugin_news news = { type, image->note.name, image->note.version, image->path, NULL };

	plugins_tell(image->set, &news);
}

/* ---- plugins ---- */

static void on_timer(void *user)
{
	struct plugin *plugin = user;
	struct plugins *set = plugin->set;
	struct sp_error error;

	if (plugin->request == REQUEST_UNLOAD) {
		sp_error_set(&error, SP_LATER, "calls inside it have not ended yet");
		plugin_answer(plugin, SP_OK, &error);
	}
	plugin->has_failed = false;
	plugin_follow(plugin);
	plugins_sweep(set);
}

struct plugin *plugin_enter(struct plugins *set, const char *name)
{
	struct plugin *plugin = plugin_index_find(&set->plugins, name);

	if (plugin != NULL)
		return plugin;
	plugin = calloc(1, sizeof(*plugin));
	if (plugin == NULL)
		return NULL;
	plugin->set = set;
	memcpy(plugin->name, name, strlen(name) + 1);
	plugin->timer = sp_event_loop_ops()->timer_create(set->options.loop, on_timer, plugin);
	if (plugin->timer == NULL || plugin_index_add(&set->plugins, plugin->name, plugin) != SP_OK) {
		sp_event_loop_ops()->timer_destroy(plugin->timer);
		free(plugin);
		return NULL;
	}
	return plugin;
}

static bool is_unused(const struct plugin *plugin)
{
	return plugin->file == NULL && plugin->image == NULL && plugin->next == NULL && plugin->request == REQUEST_NONE;
}

void plugins_sweep(struct plugins *set)
{
	struct plugin *plugin;
	size_t i = set->plugins.count;

	while (i > 0) {
		plugin = set->plugins.entries[--i].item;
		if (!is_unused(plugin))
			continue;
		plugin_index_remove(&set->plugins, plugin->name);
		sp_event_loop_ops()->timer_destroy(plugin->timer);
		free(plugin);
	}
}

/* ---- failing ---- */

/* Failures that pass by themselves are tried again, later each time; others when the file has changed. */
static bool passes(sp_status status)
{
	return status == SP_TIMEOUT || status == SP_UNAVAILABLE;
}

static void try_later(struct plugin *plugin)
{
	plugin->delay = plugin->delay == 0 ? 1 : plugin->delay * 2;
	if (plugin->delay > LONGEST_DELAY)
		plugin->delay = LONGEST_DELAY;
	if (!plugin->set->is_stopped)
		sp_event_loop_ops()->timer_start(plugin->timer, plugin->delay * SECOND);
}

/* An update from another file has failed: the plugin's file is the one it came from. */
static void restore_file(struct plugin *plugin)
{
	struct plugin_file *tried = plugin->file, *previous = plugin->previous;

	plugin->previous = NULL;
	if (previous == NULL)
		return;
	plugin->file = previous;
	if (tried != NULL && tried->is_asked_for)
		plugin_file_forget(plugin->set, tried);
}

static void fail(struct plugin *plugin, const struct sp_error *error)
{
	struct plugin_news news = { "plugin.refused", plugin->name, NULL, plugin->file ? plugin->file->path : NULL,
		error };

	plugin->error = *error;
	plugin->has_failed = true;
	plugin->failed = plugin->file == NULL ? 0 : plugin->file->hash;
	plugin->is_pending = passes(error->code);
	plugins_tell(plugin->set, &news);
	plugin_answer(plugin, error->code, error);
	if (plugin->is_pending) {
		try_later(plugin);
	} else {
		plugin->is_forced = false;
		restore_file(plugin);
	}
}

static void succeed(struct plugin *plugin)
{
	plugin->error = (struct sp_error){ .code = SP_OK };
	plugin->has_failed = false;
	plugin->is_pending = false;
	plugin->is_forced = false;
	plugin->previous = NULL;
	plugin->delay = 0;
	sp_event_loop_ops()->timer_stop(plugin->timer);
}

/* ---- images ---- */

static void image_enter(struct plugin_image *image)
{
	image->state = IMAGE_ACTIVE;
	TAILQ_INSERT_TAIL(&image->set->images, image, link);
	if (image->resident != NULL)
		log_printf(image->set->options.log, SP_INFO, "%s %s will stay mapped when it is unloaded: %s",
			image->note.name, image->note.version, image->resident);
}

/* Unmaps what nothing refers to any more; one that cannot be unmapped stays in the listing. */
static void image_end(struct plugin_image *image)
{
	plugin_image_close(image);
	if (image->resident != NULL) {
		image->state = IMAGE_RESIDENT;
		log_printf(image->set->options.log, SP_WARNING, "%s %s stays mapped: %s", image->note.name,
			image->note.version, image->resident);
		return;
	}
	TAILQ_REMOVE(&image->set->images, image, link);
	plugin_image_destroy(image);
}

static bool has_leaving(const struct plugins *set, const char *name)
{
	const struct plugin_image *image = NULL;

	TAILQ_FOREACH(image, &set->images, link)
	{
		if (image->state == IMAGE_LEAVING && strcmp(image->note.name, name) == 0)
			return true;
	}
	return false;
}

/* The kernel refers to it no more. */
static void on_gone(void *user)
{
	struct plugin_image *image = user;
	struct plugins *set = image->set;
	struct plugin *plugin = plugin_index_find(&set->plugins, image->note.name);

	image->handle = NULL;
	if (plugin != NULL && plugin->image == image)
		plugin->image = NULL; /* the kernel is stopping */
	if (image->was_removed)
		tell_of_image("plugin.unloaded", image);
	image_end(image);
	if (plugin == NULL)
		return;
	if (plugin->request == REQUEST_UNLOAD && !has_leaving(set, plugin->name))
		plugin_answer(plugin, SP_OK, NULL);
	if (plugin->is_pending && plugin->image == NULL)
		plugin->has_failed = false; /* it may have waited for this */
	plugin_follow(plugin);
	plugins_sweep(set);
}

static struct sp_plugin_origin origin_of(struct plugin_image *image)
{
	return (struct sp_plugin_origin){ .struct_size = sizeof(struct sp_plugin_origin),
		.path = image->path,
		.gone = on_gone,
		.user = image };
}

/* ---- changes ---- */

/* Takes the plugin's content from its file and maps it. */
static struct plugin_image *open_image(struct plugin *plugin)
{
	struct plugin_image *image;
	struct sp_error error;
	sp_status status = plugin_file_take(plugin->set, plugin->file, &image, &error);

	if (status == SP_OK && plugin_image_open(image, &error) == SP_OK)
		return image;
	if (status == SP_OK)
		plugin_image_destroy(image);
	fail(plugin, &error);
	return NULL;
}

static void load(struct plugin *plugin)
{
	struct plugin_image *image = open_image(plugin);
	struct sp_plugin_origin origin;
	struct sp_error error;
	sp_status status;

	if (image == NULL)
		return;
	origin = origin_of(image);
	image_enter(image);
	status = sp_kernel_add(plugin->set->options.kernel, loader_descriptor(image->loaded), &origin, &image->handle,
		&error);
	if (status != SP_OK) {
		if (status == SP_CONFLICT && has_leaving(plugin->set, plugin->name))
			error.code = SP_UNAVAILABLE;
		image_end(image);
		fail(plugin, &error);
		return;
	}
	plugin->image = image;
	succeed(plugin);
	tell_of_image("plugin.loaded", image);
}

static void remove_image(struct plugin *plugin)
{
	struct plugin_image *image = plugin->image;

	plugin->image = NULL;
	succeed(plugin);
	image->state = IMAGE_LEAVING;
	image->was_removed = true;
	sp_kernel_remove(image->handle);
}

static void on_replaced(void *user, sp_status status, const struct sp_error *error, sp_plugin_handle *now)
{
	struct plugin *plugin = user;
	struct plugins *set = plugin->set;
	struct plugin_image *next = plugin->next;

	plugin->next = NULL;
	if (status == SP_OK) {
		if (plugin->image != NULL)
			plugin->image->state = IMAGE_LEAVING;
		plugin->image = next;
		next->handle = now;
		succeed(plugin);
		tell_of_image("plugin.updated", next);
		plugin_answer(plugin, SP_OK, NULL);
	} else {
		next->state = IMAGE_LEAVING;
		if (set->is_stopped) /* which is no fault of the new version */
			plugin_answer(plugin, status, error);
		else
			fail(plugin, error);
	}
	plugin_follow(plugin);
	plugins_sweep(set);
}

static void update(struct plugin *plugin)
{
	struct plugin_image *image = open_image(plugin);
	struct sp_replacement replacement = { .struct_size = sizeof(replacement), .done = on_replaced, .user = plugin };
	struct sp_error error;
	sp_status status;

	if (image == NULL)
		return;
	replacement.descriptor = loader_descriptor(image->loaded);
	replacement.origin = origin_of(image);
	image_enter(image);
	plugin->next = image;
	status = sp_kernel_replace(plugin->image->handle, &replacement, &error);
	if (status == SP_OK)
		return;
	plugin->next = NULL;
	image_end(image);
	fail(plugin, &error);
}

static bool is_wanted(const struct plugin *plugin)
{
	return plugin->file != NULL && !plugin->file->is_kept_out && !plugins_is_disabled(plugin->set, plugin->name);
}

/* Whether the file's content is worth an attempt. */
static bool is_worth_trying(const struct plugin *plugin)
{
	const struct plugin_file *file = plugin->file;

	return file->error.code == SP_OK && !(plugin->has_failed && plugin->failed == file->hash);
}

void plugin_follow(struct plugin *plugin)
{
	if (plugin->set->is_stopped || plugin->next != NULL)
		return;
	if (!is_wanted(plugin)) {
		if (plugin->image != NULL)
			remove_image(plugin);
	} else if (plugin->image == NULL) {
		if (is_worth_trying(plugin))
			load(plugin);
	} else if (plugin->is_forced || plugin->image->copy.hash != plugin->file->hash) {
		if (is_worth_trying(plugin))
			update(plugin);
	} else if (plugin->has_failed) {
		succeed(plugin); /* what failed was taken back */
	}
}
