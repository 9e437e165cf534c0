/* plugin_requests.c: load, unload, update and retry, as signalctl asks for them. */
#include "plugin_set.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* How long an unload is waited for before it is answered that the plugin is still leaving. */
enum { UNLOAD_PATIENCE_S = 12 };

/* ---- answers ---- */

/* What state was carried over by the update that has just ended. */
static void add_state_carried(const struct plugin *plugin, json_t *result)
{
	json_t *inspected = plugin->image == NULL ? NULL : sp_plugin_inspect_new(plugin->image->handle);
	json_t *carried = json_object_get(inspected, "state_carried");

	if (carried != NULL) {
		json_object_set(result, "state_carried", carried);
		if (!json_is_true(carried))
			json_object_set_new(result, "note",
				json_string("no component has snapshot and restore: it was replaced without state"));
	}
	json_decref(inspected);
}

static json_t *result_of_new(const struct plugin *plugin, const struct sp_error *note)
{
	json_t *result = plugin_describe_new(plugin);

	if (result == NULL)
		return NULL;
	if (plugin->request == REQUEST_UPDATE)
		add_state_carried(plugin, result);
	if (note != NULL)
		json_object_set_new(result, "note", json_string(note->message));
	return result;
}

void plugin_answer(struct plugin *plugin, sp_status status, const struct sp_error *error)
{
	plugins_done done = plugin->done;
	json_t *result = NULL;

	if (plugin->request == REQUEST_NONE)
		return;
	if (status == SP_OK)
		result = result_of_new(plugin, error);
	plugin->request = REQUEST_NONE;
	done(plugin->done_user, status, result, status == SP_OK ? NULL : error);
	json_decref(result);
}

static void refuse(plugins_done done, void *user, const struct sp_error *error)
{
	done(user, error->code, NULL, error);
}

static void expect(struct plugin *plugin, enum plugin_request request, plugins_done done, void *user)
{
	plugin->request = request;
	plugin->done = done;
	plugin->done_user = user;
}

static sp_status judge_free(const struct plugin *plugin, struct sp_error *error)
{
	if (plugin->set->is_stopped)
		return sp_error_set(error, SP_UNAVAILABLE, "the daemon is stopping");
	if (plugin->next != NULL || plugin->request != REQUEST_NONE)
		return sp_error_set(error, SP_CONFLICT, "plugin %s is being changed; try again when that has ended",
			plugin->name);
	return SP_OK;
}

/* ---- load ---- */

/* The file at path, read now; one that was not known is forgotten again when it is refused. */
static sp_status look_at_path(struct plugins *set, const char *path, struct plugin_file **ret_file,
	struct sp_error *error)
{
	bool was_known = plugin_index_find(&set->files, path) != NULL;
	struct plugin_file *file = plugin_file_enter(set, path);
	sp_status status;

	if (file == NULL)
		return sp_error_set(error, SP_NO_MEMORY, "no memory for %s", path);
	status = plugin_file_look(set, file, true);
	if (status == SP_OK) {
		*ret_file = file;
		if (!was_known)
			file->directory = UINT_MAX;
		file->is_asked_for = file->is_asked_for || !was_known;
		return SP_OK;
	}
	if (file->error.code == SP_OK)
		sp_error_set(error, status, "%s: the file is being written", path);
	else
		sp_error_set(error, status, "%s: %s", path, file->error.message);
	if (!was_known)
		plugin_file_forget(set, file);
	return status;
}

static sp_status judge_load(const struct plugin *plugin, const struct plugin_file *file, struct sp_error *error)
{
	if (plugins_is_disabled(plugin->set, plugin->name))
		return sp_error_set(error, SP_FORBIDDEN, "plugin %s is in plugins.disabled", plugin->name);
	if (plugin->file != NULL && plugin->file != file)
		return sp_error_set(error, SP_CONFLICT, "conflict: plugin %s comes from %s already; use plugin update",
			plugin->name, plugin->file->path);
	if (plugin->image != NULL && plugin->image->copy.hash == file->hash)
		return sp_error_set(error, SP_CONFLICT,
			"plugin %s %s is loaded already; use plugin update to load it anew", plugin->name,
			plugin->image->note.version);
	return judge_free(plugin, error);
}

/* Loading ends at once, unless a former version must leave first or be replaced. */
static void load_file(struct plugin *plugin, plugins_done done, void *user)
{
	struct sp_error error;

	expect(plugin, REQUEST_LOAD, done, user);
	plugin->has_failed = false;
	plugin->file->is_kept_out = false;
	plugin_follow(plugin);
	if (plugin->next != NULL)
		plugin->request = REQUEST_UPDATE;
	if (plugin->request == REQUEST_NONE || plugin->next != NULL)
		return;
	if (plugin->image != NULL) {
		plugin_answer(plugin, SP_OK, NULL);
		return;
	}
	sp_error_set(&error, SP_FAILED, "plugin %s was not loaded", plugin->name);
	plugin_answer(plugin, SP_FAILED, &error);
}

/* What was read for a request that is refused is not kept, nor a file that it brought up. */
static void discard(struct plugins *set, const char *path, bool was_known)
{
	struct plugin_file *file = plugin_index_find(&set->files, path);

	if (file == NULL)
		return;
	plugin_image_destroy(file->fresh);
	file->fresh = NULL;
	if (!was_known)
		plugin_file_forget(set, file);
}

static struct plugin *find_loadable(struct plugins *set, const char *path, struct sp_error *error)
{
	struct plugin_file *file = NULL;
	struct plugin *plugin;

	if (look_at_path(set, path, &file, error) != SP_OK || file == NULL)
		return NULL;
	plugin = plugin_enter(set, file->name);
	if (plugin == NULL)
		sp_error_set(error, SP_NO_MEMORY, "no memory for %s", path);
	if (plugin == NULL || judge_load(plugin, file, error) != SP_OK)
		return NULL;
	plugin->file = file;
	return plugin;
}

void plugins_load(struct plugins *set, const char *path, plugins_done done, void *user)
{
	bool was_known = plugin_index_find(&set->files, path) != NULL;
	struct sp_error error;
	struct plugin *plugin = find_loadable(set, path, &error);

	if (plugin == NULL) {
		discard(set, path, was_known);
		refuse(done, user, &error);
	} else {
		load_file(plugin, done, user);
	}
	plugins_sweep(set);
}

/* ---- unload ---- */

static struct plugin *find_loaded(struct plugins *set, const char *name, struct sp_error *error)
{
	struct plugin *plugin = plugin_index_find(&set->plugins, name);

	if (plugin == NULL || (plugin->image == NULL && plugin->next == NULL)) {
		sp_error_set(error, SP_NOT_FOUND, "no plugin %s is loaded", name);
		return NULL;
	}
	return judge_free(plugin, error) == SP_OK ? plugin : NULL;
}

void plugins_unload(struct plugins *set, const char *name, plugins_done done, void *user)
{
	struct sp_error error;
	struct plugin *plugin = find_loaded(set, name, &error);

	if (plugin == NULL) {
		refuse(done, user, &error);
		return;
	}
	expect(plugin, REQUEST_UNLOAD, done, user);
	plugin->file->is_kept_out = true;
	plugin_follow(plugin);
	if (plugin->request != REQUEST_NONE)
		sp_event_loop_ops()->timer_start(plugin->timer, (int64_t)UNLOAD_PATIENCE_S * 1000000000);
	plugins_sweep(set);
}

/* ---- update ---- */

static sp_status choose_file(struct plugin *plugin, const char *path, struct sp_error *error)
{
	const char *from = path == NULL ? plugin->file->path : path;
	bool was_known = plugin_index_find(&plugin->set->files, from) != NULL;
	struct plugin_file *file = NULL;
	sp_status status = look_at_path(plugin->set, from, &file, error);

	if (status != SP_OK || file == NULL)
		return status;
	if (strcmp(file->name, plugin->name) != 0) {
		sp_error_set(error, SP_INVALID, "%s holds plugin %s, not %s", from, file->name, plugin->name);
		discard(plugin->set, from, was_known);
		return SP_INVALID;
	}
	if (file != plugin->file)
		plugin->previous = plugin->file;
	plugin->file = file;
	return SP_OK;
}

void plugins_update(struct plugins *set, const char *name, const char *path, plugins_done done, void *user)
{
	struct sp_error error;
	struct plugin *plugin = find_loaded(set, name, &error);

	if (plugin == NULL || choose_file(plugin, path, &error) != SP_OK) {
		refuse(done, user, &error);
		return;
	}
	expect(plugin, REQUEST_UPDATE, done, user);
	plugin->has_failed = false;
	plugin->is_forced = true;
	plugin_follow(plugin);
	plugins_sweep(set);
}

/* ---- retry ---- */

/* The file whose content was refused, or whose plugin failed; error says why there is nothing to try. */
static const struct plugin_file *find_failed(const struct plugins *set, const char *name, struct sp_error *error)
{
	const struct plugin *plugin = plugin_index_find(&set->plugins, name);
	const struct plugin_file *file = plugin != NULL ? plugin->file : plugin_index_find(&set->files, name);

	if (plugin == NULL && file != NULL && file->name[0] != '\0')
		plugin = plugin_index_find(&set->plugins, file->name);
	if (file == NULL) {
		sp_error_set(error, SP_NOT_FOUND, "there is no plugin %s, and no file that was refused", name);
		return NULL;
	}
	if (file->error.code != SP_OK || (plugin != NULL && (plugin->has_failed || plugin->is_pending)))
		return file;
	sp_error_set(error, SP_CONFLICT, "%s has not failed: there is nothing to try again", name);
	return NULL;
}

void plugins_retry(struct plugins *set, const char *name, plugins_done done, void *user)
{
	struct sp_error error;
	const struct plugin_file *file = find_failed(set, name, &error);
	const struct plugin *plugin = file != NULL ? plugin_index_find(&set->plugins, file->name) : NULL;

	if (file == NULL)
		refuse(done, user, &error);
	else if (plugin != NULL && plugin->image != NULL)
		plugins_update(set, plugin->name, NULL, done, user);
	else
		plugins_load(set, file->path, done, user);
}
