/* configuration_environment.c: the layers that are written as KEY=VALUE: SIGNALPY_CFG_a__b=VALUE, and --set
 * a.b=VALUE. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "configuration_faults.h"
#include "configuration_layers.h"
#include "configuration_path.h"

#define PREFIX "SIGNALPY_CFG_"
enum { PREFIX_LENGTH = sizeof(PREFIX) - 1 };

/* A variable's name on its way to a path. */
struct naming {
	const json_t *known; /* what the lower layers have at this level; NULL: nothing */
	size_t depth;
	char path[CONFIGURATION_PATH_SIZE];
	size_t length;
};

/* Text that cannot be made a string: because of what it is, or for want of memory? */
static sp_status refuse_text(const char *text, struct sp_error *error)
{
	json_t *unchecked = json_string_nocheck(text);

	if (!unchecked)
		return sp_error_set(error, SP_NO_MEMORY, "not enough memory");
	json_decref(unchecked);
	return sp_error_set(error, SP_INVALID, "the value is not UTF-8");
}

sp_status configuration_value_parse(const char *text, json_t **ret_value, struct sp_error *error)
{
	json_error_t why;
	json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &why);

	if (!value && json_error_code(&why) != json_error_out_of_memory)
		value = json_string(text);
	if (!value)
		return refuse_text(text, error);
	*ret_value = value;
	return SP_OK;
}

/* Whether the environment would spell name as written. */
static bool is_spelt(const char *name, const char *written, size_t length)
{
	if (strlen(name) != length)
		return false;
	for (size_t i = 0; i < length; i++)
		if (name[i] != written[i] && !(name[i] == '-' && written[i] == '_'))
			return false;
	return true;
}

static sp_status add_step(struct naming *naming, const char *name, size_t length)
{
	if (naming->length + length + 2 > sizeof(naming->path))
		return SP_INVALID;
	if (naming->depth > 0)
		naming->path[naming->length++] = '.';
	memcpy(naming->path + naming->length, name, length);
	naming->length += length;
	naming->path[naming->length] = '\0';
	return SP_OK;
}

/* Whether what lies below a section are names of instances. */
static bool holds_instances(const char *section)
{
	static const char *const sections[] = { "components", "instances", "policy" };

	for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
		if (strcmp(section, sections[i]) == 0)
			return true;
	return false;
}

/* Turns one step of a variable's name into the name it means. Nobody known: instances are spelt with -, keys with _. */
static sp_status resolve_step(struct naming *naming, const char *written, size_t length, struct sp_error *error)
{
	const char *name, *found = NULL;
	json_t *value;
	sp_status status;
	bool instance = naming->depth == 1 && holds_instances(naming->path);

	json_object_foreach((json_t *)naming->known, name, value) {
		if (!is_spelt(name, written, length))
			continue;
		if (found)
			return sp_error_set(error, SP_INVALID,
				"'%.*s' may be %s or %s; set it in a file, or with --set", (int)length, written, found,
				name);
		found = name;
	}
	status = add_step(naming, found ? found : written, length);
	if (status != SP_OK)
		return sp_error_set(error, status, "the name is too long");
	for (char *at = naming->path + naming->length - length; !found && instance && *at; at++)
		*at = *at == '_' ? '-' : *at;
	naming->known = found ? json_object_get(naming->known, found) : NULL;
	naming->depth++;
	return SP_OK;
}

/* Turns the name of a variable, without its prefix, into a path. */
static sp_status resolve_name(struct naming *naming, const char *name, struct sp_error *error)
{
	sp_status status = SP_OK;
	const char *end;

	do {
		end = strstr(name, "__");
		status = resolve_step(naming, name, end ? (size_t)(end - name) : strlen(name), error);
		name = end ? end + 2 : NULL;
	} while (status == SP_OK && name);
	return status == SP_OK ? configuration_path_check(naming->path, error) : status;
}

/* Puts a value that a person wrote at path; what does not work is error. */
static sp_status put_value(json_t *tree, const char *path, const char *text, struct sp_error *error)
{
	json_t *value = NULL;
	sp_status status = configuration_value_parse(text, &value, error);

	return status == SP_OK ? configuration_path_set(tree, path, value, error) : status;
}

static sp_status put_variable(json_t *tree, const json_t *known, const char *variable, struct sp_error *error)
{
	const char *equals = strchr(variable, '=');
	char name[CONFIGURATION_PATH_SIZE];
	struct naming naming = { .known = known };
	sp_status status;

	if ((size_t)(equals - variable) >= sizeof(name))
		return sp_error_set(error, SP_INVALID, "the name is too long");
	snprintf(name, sizeof(name), "%.*s", (int)(equals - variable), variable);
	status = resolve_name(&naming, name + PREFIX_LENGTH, error);
	return status == SP_OK ? put_value(tree, naming.path, equals + 1, error) : status;
}

static sp_status put_argument(json_t *tree, const char *argument, struct sp_error *error)
{
	const char *equals = strchr(argument, '=');
	char path[CONFIGURATION_PATH_SIZE];
	sp_status status;

	if (!equals)
		return sp_error_set(error, SP_INVALID, "a value is missing; write --set KEY=VALUE");
	if ((size_t)(equals - argument) >= sizeof(path))
		return sp_error_set(error, SP_INVALID, "the path is longer than %zu bytes", sizeof(path) - 1);
	snprintf(path, sizeof(path), "%.*s", (int)(equals - argument), argument);
	status = configuration_path_check(path, error);
	return status == SP_OK ? put_value(tree, path, equals + 1, error) : status;
}

/* Tells what is wrong with a setting. Its value may be a secret, so only its name is told. */
static sp_status complain(json_t *faults, const char *layer, const char *setting, const struct sp_error *error)
{
	struct configuration_place place = { .origin = layer };
	int length = (int)strcspn(setting, "=");

	if (error->code == SP_NO_MEMORY)
		return SP_NO_MEMORY;
	return configuration_fault_add(faults, &place, "%s%.*s: %s", *layer == 'c' ? "--set " : "",
		length < 200 ? length : 200, setting, error->message);
}

sp_status configuration_environment_add(struct configuration_layers *layers, char *const *environment, json_t *faults)
{
	json_t *tree = json_object();
	sp_status status = tree ? SP_OK : SP_NO_MEMORY;
	struct sp_error error;

	for (; *environment && status == SP_OK; environment++)
		if (put_variable(tree, layers->merged, *environment, &error) != SP_OK)
			status = complain(faults, "environment", *environment, &error);
	if (status == SP_OK && json_object_size(tree) > 0)
		return configuration_layers_add_tree(layers, CONFIGURATION_ENVIRONMENT, tree);
	json_decref(tree);
	return status;
}

sp_status configuration_arguments_add(struct configuration_layers *layers, char *const *sets, json_t *faults)
{
	json_t *tree = json_object();
	sp_status status = tree ? SP_OK : SP_NO_MEMORY;
	struct sp_error error;

	for (; *sets && status == SP_OK; sets++)
		if (put_argument(tree, *sets, &error) != SP_OK)
			status = complain(faults, "command line", *sets, &error);
	if (status == SP_OK && json_object_size(tree) > 0)
		return configuration_layers_add_tree(layers, CONFIGURATION_ARGUMENTS, tree);
	json_decref(tree);
	return status;
}

static int compare_texts(const void *one, const void *other)
{
	return strcmp(*(char *const *)one, *(char *const *)other);
}

char **configuration_environment_copy(char *const *environment)
{
	size_t count = 0, copied = 0;
	char **copy;

	while (environment && environment[count])
		count++;
	copy = calloc(count + 1, sizeof(*copy));
	for (size_t i = 0; copy && i < count; i++) {
		if (strncmp(environment[i], PREFIX, PREFIX_LENGTH) != 0 || !strchr(environment[i], '='))
			continue;
		copy[copied] = strdup(environment[i]);
		if (!copy[copied++]) {
			configuration_list_destroy(copy);
			return NULL;
		}
	}
	/* The outer before the inner, so that both can be given. */
	if (copied > 1)
		qsort(copy, copied, sizeof(*copy), compare_texts);
	return copy;
}

void configuration_list_destroy(char **list)
{
	for (char **text = list; list && *text; text++)
		free(*text);
	free(list);
}
