/* plugins_listing.c: which plugins there are, in what state, and why files were refused. */
#include "plugin_set.h"

#include <string.h>

bool plugins_is_disabled(const struct plugins *set, const char *name)
{
	const json_t *item;
	size_t i;

	json_array_foreach(set->disabled, i, item) {
		if (strcmp(json_string_value(item), name) == 0)
			return true;
	}
	return false;
}

static json_t *entry_new(const char *name, const char *version, const char *state, const char *path)
{
	return json_pack("{s:s*, s:s*, s:s, s:s*}", "name", name, "version", version, "state", state, "path", path);
}

static void add_text(json_t *entry, const char *member, const char *text)
{
	if (text != NULL && text[0] != '\0')
		json_object_set_new(entry, member, json_string(text));
}

static void add_inspection(json_t *entry, const struct plugin_image *image)
{
	json_t *inspected = image->handle == NULL ? NULL : sp_plugin_inspect_new(image->handle);
	json_t *instances = json_object_get(inspected, "instances"), *holders = json_object_get(inspected, "holders");

	if (instances != NULL)
		json_object_set(entry, "instances", instances);
	if (holders != NULL)
		json_object_set(entry, "holders", holders);
	json_decref(inspected);
}

static json_t *image_entry_new(const struct plugin_image *image, const char *state)
{
	json_t *entry = entry_new(image->note.name, image->note.version, state, image->path);

	if (entry == NULL)
		return NULL;
	add_text(entry, "mapped", image->copy.path);
	add_text(entry, "build_id", image->note.build_id);
	add_text(entry, "resident", image->resident);
	add_inspection(entry, image);
	return entry;
}

static const char *state_of_loaded(const struct plugin *plugin)
{
	if (plugin->next != NULL)
		return "updating";
	return plugin->is_pending ? "update pending" : "active";
}

static const char *state_of_unloaded(const struct plugin *plugin)
{
	if (plugin->has_failed)
		return "refused";
	if (plugin->file != NULL && (plugin->file->is_kept_out || plugins_is_disabled(plugin->set, plugin->name)))
		return "disabled";
	return "unloaded";
}

static const struct plugin_image *find_leaving(const struct plugin *plugin)
{
	const struct plugin_image *image = NULL;

	TAILQ_FOREACH(image, &plugin->set->images, link)
	{
		if (image->state == IMAGE_LEAVING && strcmp(image->note.name, plugin->name) == 0)
			return image;
	}
	return NULL;
}

json_t *plugin_describe_new(const struct plugin *plugin)
{
	const struct plugin_image *leaving = plugin->image == NULL ? find_leaving(plugin) : NULL;
	const char *path = plugin->file == NULL ? NULL : plugin->file->path;
	json_t *entry;

	if (plugin->image != NULL)
		entry = image_entry_new(plugin->image, state_of_loaded(plugin));
	else if (leaving != NULL)
		entry = image_entry_new(leaving, "leaving");
	else
		entry = entry_new(plugin->name, NULL, state_of_unloaded(plugin), path);
	if (entry == NULL)
		return NULL;
	/* what is wrong with the file as it is now says more than how an earlier one failed */
	if (plugin->file != NULL && plugin->file->error.code != SP_OK)
		add_text(entry, "error", plugin->file->error.message);
	else if (plugin->error.code != SP_OK)
		add_text(entry, "error", plugin->error.message);
	return entry;
}

/* What left or stayed besides what its plugin's own entry tells. */
static void list_former_images(const struct plugins *set, json_t *list)
{
	const struct plugin_image *image = NULL;
	const struct plugin *plugin;

	TAILQ_FOREACH(image, &set->images, link)
	{
		plugin = plugin_index_find(&set->plugins, image->note.name);
		if (image->state == IMAGE_RESIDENT)
			json_array_append_new(list, image_entry_new(image, "resident"));
		else if (image->state == IMAGE_LEAVING && (plugin == NULL || plugin->image != NULL))
			json_array_append_new(list, image_entry_new(image, "leaving"));
	}
}

static json_t *refused_file_new(const struct plugins *set, const struct plugin_file *file)
{
	struct sp_error error = file->error;
	json_t *entry = entry_new(file->name[0] == '\0' ? NULL : file->name, NULL, "refused", file->path);

	if (file->is_in_conflict)
		plugin_file_conflict(set, file, &error);
	if (entry != NULL)
		add_text(entry, "error", error.message);
	return entry;
}

static void list_refused_files(const struct plugins *set, json_t *list)
{
	const struct plugin_file *file;
	const struct plugin *plugin;
	size_t i;

	for (i = 0; i < set->files.count; i++) {
		file = set->files.entries[i].item;
		plugin = plugin_index_find(&set->plugins, file->name);
		if (plugin != NULL && plugin->file == file)
			continue;
		if (file->is_in_conflict || file->error.code != SP_OK)
			json_array_append_new(list, refused_file_new(set, file));
	}
}

json_t *plugins_list_new(const struct plugins *set)
{
	json_t *list = json_array();
	size_t i;

	if (list == NULL)
		return NULL;
	for (i = 0; i < set->plugins.count; i++)
		json_array_append_new(list, plugin_describe_new(set->plugins.entries[i].item));
	list_former_images(set, list);
	list_refused_files(set, list);
	return list;
}

json_t *plugins_inspect_new(const struct plugins *set, const char *name)
{
	json_t *list = plugins_list_new(set), *entry, *found = NULL;
	const char *entry_name;
	size_t i;

	json_array_foreach(list, i, entry) {
		entry_name = json_string_value(json_object_get(entry, "name"));
		if (found == NULL && entry_name != NULL && strcmp(entry_name, name) == 0)
			found = json_incref(entry);
	}
	json_decref(list);
	return found;
}
