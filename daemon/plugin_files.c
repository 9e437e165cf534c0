/* plugin_files.c: what lies in the directories, and which plugin is in which file. */
#include "plugin_set.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A file that is cut off and has changed within this time may still be being written. */
enum { SETTLING_MS = 1000, SETTLE_AGAIN = 100000000 };

static bool is_recent(const struct timespec *moment)
{
	struct timespec now;
	int64_t age;

	clock_gettime(CLOCK_REALTIME, &now);
	age = (int64_t)(now.tv_sec - moment->tv_sec) * 1000 + (now.tv_nsec - moment->tv_nsec) / 1000000;
	return age > -SETTLING_MS && age < SETTLING_MS;
}

struct plugin_file *plugin_file_enter(struct plugins *set, const char *path)
{
	struct plugin_file *file = plugin_index_find(&set->files, path);

	if (file != NULL)
		return file;
	file = calloc(1, sizeof(*file));
	if (file == NULL)
		return NULL;
	file->path = strdup(path);
	if (file->path == NULL || plugin_index_add(&set->files, file->path, file) != SP_OK) {
		free(file->path);
		free(file);
		return NULL;
	}
	return file;
}

void plugin_file_forget(struct plugins *set, struct plugin_file *file)
{
	struct plugin *plugin = plugin_index_find(&set->plugins, file->name);

	if (plugin != NULL && plugin->file == file)
		plugin->file = NULL;
	if (plugin != NULL && plugin->previous == file)
		plugin->previous = NULL;
	plugin_index_remove(&set->files, file->path);
	plugin_image_destroy(file->fresh);
	free(file->path);
	free(file);
}

/* ---- reading ---- */

static void refuse(struct plugins *set, struct plugin_file *file, const struct sp_error *error)
{
	struct plugin_news news = { "plugin.refused", file->name[0] ? file->name : NULL, NULL, file->path, error };
	bool is_new = strcmp(file->error.message, error->message) != 0;

	file->error = *error;
	if (is_new)
		plugins_tell(set, &news);
}

/* Another plugin in a file than before: the one before has lost its file. */
static void rename_content(struct plugins *set, struct plugin_file *file, const char *name)
{
	struct plugin *before = plugin_index_find(&set->plugins, file->name);

	if (before != NULL && before->file == file && strcmp(file->name, name) != 0)
		before->file = NULL;
	memcpy(file->name, name, sizeof(file->name));
}

static void take_content(struct plugins *set, struct plugin_file *file, struct plugin_image *image)
{
	file->error = (struct sp_error){ .code = SP_OK };
	plugin_image_destroy(file->fresh);
	file->fresh = image;
	if (file->name[0] == '\0' || file->hash != image->copy.hash || strcmp(file->name, image->note.name) != 0)
		file->is_kept_out = false;
	rename_content(set, file, image->note.name);
	file->hash = image->copy.hash;
}

static sp_status read_file(struct plugins *set, struct plugin_file *file)
{
	const struct image_source source = { set->copies, file->path, set->trusts_all };
	struct file_print print = { .size = 0 };
	struct plugin_image *image;
	struct sp_error error;
	sp_status status = plugin_image_read(&source, &print, &image, &error);

	file->print = print;
	if (status == SP_UNAVAILABLE && is_recent(&print.changed) && !set->is_stopped) {
		sp_event_loop_ops()->timer_start(set->settle_timer, SETTLE_AGAIN);
		return status;
	}
	file->is_read = true;
	if (status == SP_OK)
		take_content(set, file, image);
	else
		refuse(set, file, &error);
	return status;
}

sp_status plugin_file_look(struct plugins *set, struct plugin_file *file, bool again)
{
	if (file->is_read && !again)
		return file->error.code;
	return read_file(set, file);
}

sp_status plugin_file_take(struct plugins *set, struct plugin_file *file, struct plugin_image **ret_image,
	struct sp_error *error)
{
	const struct image_source source = { set->copies, file->path, set->trusts_all };
	struct plugin_image *image = file->fresh;
	sp_status status = SP_OK;

	file->fresh = NULL;
	if (image == NULL)
		status = plugin_image_read(&source, &file->print, &image, error);
	if (status == SP_OK && strcmp(image->note.name, file->name) != 0) {
		plugin_image_destroy(image);
		file->is_read = false;
		return sp_error_set(error, SP_UNAVAILABLE, "the file is being written");
	}
	if (status != SP_OK)
		return status;
	file->hash = image->copy.hash;
	image->set = set;
	*ret_image = image;
	return SP_OK;
}

/* ---- looking at all ---- */

void plugin_file_conflict(const struct plugins *set, const struct plugin_file *file, struct sp_error *ret_error)
{
	const struct plugin *plugin = plugin_index_find(&set->plugins, file->name);

	sp_error_set(ret_error, SP_CONFLICT, "conflict: plugin %s comes from %s already", file->name,
		plugin == NULL || plugin->file == NULL ? "another file" : plugin->file->path);
}

static void found_file(void *user, const struct plugin_candidate *candidate)
{
	struct plugins *set = user;
	struct plugin_file *file = plugin_file_enter(set, candidate->path);
	struct file_print print = file_print_of(candidate->found);

	if (file == NULL)
		return;
	file->is_seen = true;
	file->is_asked_for = false; /* from now on it counts whether it lies there */
	file->directory = candidate->directory;
	if (!file_print_equals(&file->print, &print))
		file->is_read = false;
	plugin_file_look(set, file, false);
}

static bool lies_in(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	return strncmp(path, directory, length) == 0 && path[length] == '/' && strchr(path + length + 1, '/') == NULL;
}

/* What was loaded from a directory stays loaded while the directory is not trusted; nothing new comes from it. */
static void refused_directory(void *user, const char *directory, const struct sp_error *error)
{
	struct plugins *set = user;
	struct plugin_file *file = plugin_file_enter(set, directory);
	size_t i;

	for (i = 0; i < set->files.count; i++) {
		struct plugin_file *below = set->files.entries[i].item;

		below->is_seen = below->is_seen || lies_in(below->path, directory);
	}
	if (file == NULL)
		return;
	file->is_seen = true;
	file->is_read = true;
	refuse(set, file, error);
}

static void forget_unseen(struct plugins *set)
{
	struct plugin_file *file;
	size_t i = set->files.count;

	while (i > 0) {
		file = set->files.entries[--i].item;
		if (!file->is_seen && !file->is_asked_for)
			plugin_file_forget(set, file);
	}
}

static void tell_conflict(struct plugins *set, const struct plugin_file *file)
{
	struct plugin_news news = { "plugin.refused", file->name, NULL, file->path, NULL };
	struct sp_error error;

	plugin_file_conflict(set, file, &error);
	news.error = &error;
	plugins_tell(set, &news);
}

/* A file that was read well owns its name, or is in conflict with the one that does. */
static void claim_name(struct plugins *set, struct plugin_file *file)
{
	struct plugin *plugin = file->name[0] == '\0' ? NULL : plugin_enter(set, file->name);
	bool was_in_conflict = file->is_in_conflict;

	if (plugin == NULL)
		return;
	if (plugin->file == NULL && file->error.code == SP_OK)
		plugin->file = file;
	file->is_in_conflict = plugin->file != NULL && plugin->file != file && plugin->previous != file;
	if (file->is_in_conflict && !was_in_conflict)
		tell_conflict(set, file);
}

static void claim_names(struct plugins *set)
{
	unsigned directory, next = 0;
	struct plugin_file *file;
	size_t i;

	do {
		directory = next;
		next = directory;
		for (i = 0; i < set->files.count; i++) {
			file = set->files.entries[i].item;
			if (file->directory == directory)
				claim_name(set, file);
			else if (file->directory > directory && (next == directory || file->directory < next))
				next = file->directory;
		}
	} while (next != directory);
}

void plugin_files_scan(struct plugins *set)
{
	const struct plugin_visitor visitor = { found_file, refused_directory, set, set->trusts_all };
	size_t i;

	for (i = 0; i < set->files.count; i++)
		((struct plugin_file *)set->files.entries[i].item)->is_seen = false;
	plugin_directories_scan(set->directories, &visitor);
	forget_unseen(set);
	claim_names(set);
}
