/* configuration_file.c: reads one file, and says in a person's words what is wrong with it. */
#include "configuration_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "configuration_faults.h"

/* Room for the end of a file to be seen, and for files that do not tell their size. */
enum { FIRST_READ = 64 };

static sp_status complain(const struct configuration_layer *file, json_t *faults, size_t offset, const char *message)
{
	struct configuration_place place = { .is_file = true, .origin = file->origin };
	sp_status status;

	if (file->text)
		configuration_position_at(file->text, file->size, offset, &place.position);
	status = configuration_fault_add(faults, &place, "%s", message);
	return status == SP_OK ? SP_INVALID : status;
}

static sp_status complain_of_system(const struct configuration_layer *file, json_t *faults, int number)
{
	struct configuration_place place = { .is_file = true, .origin = file->origin };
	const char *help = number == EACCES ? "; let the user that signalpyd runs as read it" : "";
	sp_status status = configuration_fault_add(faults, &place, "cannot be read: %s%s", strerror(number), help);

	return status == SP_OK ? SP_INVALID : status;
}

/* What helps, by the kind of mistake. */
static const char *advice_for(enum json_error_code code, char at)
{
	static const struct {
		char at;
		const char *advice;
	} by_character[] = {
		{ '/', "JSON has no comments" },
		{ '#', "JSON has no comments" },
		{ '\'', "text stands between double quotes" },
		{ '}', "maybe the comma before it is one too many, or a value is missing" },
		{ ']', "maybe the comma before it is one too many, or a value is missing" },
		{ '"', "maybe a comma or a colon is missing before it" },
	};

	if (code == json_error_premature_end_of_input)
		return "a brace, bracket or quote is not closed";
	if (code == json_error_duplicate_key)
		return "remove one of the two";
	if (code == json_error_stack_overflow)
		return "it is nested too deep";
	if (code == json_error_null_character || code == json_error_null_byte_in_key)
		return "remove the zero byte";
	if (code == json_error_invalid_utf8)
		return "save the file as UTF-8";
	for (size_t i = 0; i < sizeof(by_character) / sizeof(by_character[0]); i++)
		if (by_character[i].at == at)
			return by_character[i].advice;
	return "correct the JSON there";
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("_+-.", c);
}

/* jansson stands behind the token it stumbled over; the reader wants its beginning. */
static size_t beginning_of_token(const struct configuration_layer *file, const json_error_t *error)
{
	bool behind = error->position > 0 && json_error_code(error) != json_error_invalid_utf8;
	size_t at = error->position > 0 ? (size_t)error->position - behind : 0;

	if (at >= file->size)
		at = file->size - 1;
	if (json_error_code(error) == json_error_duplicate_key) {
		while (at > 0 && file->text[at - 1] != '"')
			at--;
		return at > 0 ? at - 1 : at;
	}
	if (file->text[at] && is_word(file->text[at]))
		while (at > 0 && file->text[at - 1] && is_word(file->text[at - 1]))
			at--;
	return at;
}

/* What jansson says quotes the file, which may be a secret; that is cut off. */
static sp_status complain_of_syntax(const struct configuration_layer *file, json_t *faults, const json_error_t *error)
{
	size_t offset = beginning_of_token(file, error);
	const char *near = strstr(error->text, " near ");
	struct configuration_place place = { .is_file = true, .origin = file->origin };
	sp_status status;

	if (json_error_code(error) == json_error_out_of_memory)
		return SP_NO_MEMORY;
	configuration_position_at(file->text, file->size, offset, &place.position);
	status = configuration_fault_add(faults, &place, "is not JSON: %.*s; %s",
		(int)(near ? near - error->text : (long)strlen(error->text)), error->text,
		advice_for(json_error_code(error), file->text[offset]));
	return status == SP_OK ? SP_INVALID : status;
}

sp_status configuration_file_parse(const struct configuration_layer *text, json_t *faults, json_t **ret_tree)
{
	json_error_t error;
	json_t *tree;
	size_t spaces = 0;

	while (spaces < text->size && text->text[spaces] && strchr(" \t\r\n", text->text[spaces]))
		spaces++;
	if (spaces == text->size)
		return complain(text, faults, 0, "is empty; write at least {}");
	if (text->size >= 3 && memcmp(text->text, "\xef\xbb\xbf", 3) == 0)
		return complain(text, faults, 0, "begins with a byte order mark; save the file as UTF-8 without one");
	tree = json_loadb(text->text, text->size, JSON_REJECT_DUPLICATES, &error);
	if (!tree)
		return complain_of_syntax(text, faults, &error);
	if (!json_is_object(tree)) {
		json_decref(tree);
		return complain(text, faults, spaces, "must be one JSON object, { ... }, at its top");
	}
	*ret_tree = tree;
	return SP_OK;
}

/* Reads until the end; the file may be larger than expected. 0, or an errno. */
static int read_all(int fd, size_t expected, struct configuration_layer *file)
{
	size_t capacity = 0;
	ssize_t got = 1;

	while (got > 0) {
		if (file->size == capacity) {
			size_t larger = capacity > 0 ? 2 * capacity : expected + FIRST_READ;
			char *text = realloc(file->text, larger);

			if (!text)
				return ENOMEM;
			file->text = text;
			capacity = larger;
		}
		got = read(fd, file->text + file->size, capacity - file->size);
		if (got < 0)
			return errno;
		file->size += (size_t)got;
		if (file->size > CONFIGURATION_FILE_MAX)
			return EFBIG;
	}
	return 0;
}

/* Opens and reads; an errno. A pipe or a device would hold the daemon, so it is refused. */
static int read_file(const char *path, struct configuration_layer *file)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), result = 0;

	if (fd < 0)
		return errno;
	if (fstat(fd, &status) != 0)
		result = errno;
	else if (S_ISDIR(status.st_mode))
		result = EISDIR;
	else if (!S_ISREG(status.st_mode))
		result = ENXIO;
	else if (status.st_size > CONFIGURATION_FILE_MAX)
		result = EFBIG;
	else
		result = read_all(fd, (size_t)status.st_size, file);
	close(fd);
	return result;
}

static sp_status complain_of_reading(const struct configuration_layer *file, json_t *faults, int number)
{
	struct configuration_layer nameless = { .origin = file->origin };

	if (number == ENOENT || number == ENOTDIR)
		return SP_NOT_FOUND;
	if (number == ENOMEM)
		return SP_NO_MEMORY;
	if (number == ENXIO)
		return complain(&nameless, faults, 0, "is not a regular file");
	if (number == EFBIG)
		return complain(&nameless, faults, 0, "is larger than 16 MiB, too large for a configuration");
	return complain_of_system(file, faults, number);
}

sp_status configuration_file_read(const char *path, struct configuration_layer *ret_layer, json_t *faults)
{
	struct configuration_layer file = { .kind = CONFIGURATION_FILE, .origin = strdup(path) };
	int number = file.origin ? read_file(path, &file) : ENOMEM;
	sp_status status = SP_OK;

	if (number != 0)
		status = complain_of_reading(&file, faults, number);
	else
		status = configuration_file_parse(&file, faults, &file.tree);
	if (status == SP_OK)
		*ret_layer = file;
	else
		configuration_layer_finish(&file);
	return status;
}
