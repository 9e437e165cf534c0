/* configuration_values.c: keeps the values set at run time across restarts and crashes. */
#include "configuration_values.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "configuration_faults.h"
#include "configuration_file.h"

static void path_of(const char *state_dir, const char *name, char path[static PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s", state_dir, name);
}

sp_status configuration_values_reject(const char *state_dir, const char *why, json_t *notes)
{
	char path[PATH_MAX], aside[PATH_MAX], note[2 * PATH_MAX + 512];
	bool moved;

	path_of(state_dir, "values.json", path);
	path_of(state_dir, "values.json.rejected", aside);
	moved = rename(path, aside) == 0;
	snprintf(note, sizeof(note), "values set at run time are ignored: %.400s; %s %s", why,
		moved ? "the file is now" : "it cannot be moved to", aside);
	return json_array_append_new(notes, configuration_text_new(note)) == 0 ? SP_OK : SP_NO_MEMORY;
}

sp_status configuration_values_read(const char *state_dir, json_t *notes, json_t **ret_values)
{
	char path[PATH_MAX], why[512];
	struct configuration_layer layer = { .tree = NULL };
	json_t *faults = json_array();
	sp_status status = faults ? SP_NOT_FOUND : SP_NO_MEMORY;

	if (faults && state_dir) {
		path_of(state_dir, "values.json", path);
		status = configuration_file_read(path, &layer, faults);
	}
	if (status == SP_INVALID) {
		configuration_fault_write(json_array_get(faults, 0), why, sizeof(why));
		status = configuration_values_reject(state_dir, why, notes);
	}
	if (status == SP_OK || status == SP_NOT_FOUND) {
		json_t *values = layer.tree ? json_incref(layer.tree) : json_object();

		status = values ? SP_OK : SP_NO_MEMORY;
		if (values)
			*ret_values = values;
	}
	configuration_layer_finish(&layer);
	json_decref(faults);
	return status;
}

/* Writes and syncs; 0, or an errno. */
static int write_file(int directory, const char *name, const json_t *values)
{
	int fd, result = 0;
	FILE *file;

	if (unlinkat(directory, name, 0) != 0 && errno != ENOENT)
		return errno;
	fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return errno;
	file = fdopen(fd, "w");
	if (!file) {
		close(fd);
		return ENOMEM;
	}
	if (json_dumpf(values, file, JSON_INDENT(2) | JSON_SORT_KEYS) != 0)
		result = ferror(file) ? errno : ENOMEM;
	else if (fputc('\n', file) == EOF || fflush(file) != 0 || fsync(fd) != 0)
		result = errno;
	if (fclose(file) != 0 && result == 0)
		result = errno;
	return result;
}

/* Replaces values.json in one step; 0, or an errno. */
static int replace_file(int directory, const json_t *values)
{
	int result = write_file(directory, "values.json.new", values);

	if (result != 0) {
		unlinkat(directory, "values.json.new", 0);
		return result;
	}
	if (renameat(directory, "values.json.new", directory, "values.json") != 0 || fsync(directory) != 0)
		return errno;
	return 0;
}

sp_status configuration_values_write(const char *state_dir, const json_t *values, struct sp_error *error)
{
	int directory, result;

	if (!state_dir)
		return SP_OK;
	if (mkdir(state_dir, 0700) != 0 && errno != EEXIST)
		return sp_error_set(error, SP_UNAVAILABLE, "%.180s cannot be made: %s", state_dir, strerror(errno));
	directory = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return sp_error_set(error, SP_UNAVAILABLE, "%.180s cannot be opened: %s", state_dir, strerror(errno));
	result = replace_file(directory, values);
	close(directory);
	if (result == ENOMEM)
		return sp_error_set(error, SP_NO_MEMORY, "not enough memory, or a value is nested too deep");
	if (result != 0)
		return sp_error_set(error, SP_UNAVAILABLE, "%.160s/values.json cannot be written: %s", state_dir,
			strerror(result));
	return SP_OK;
}
