/* configuration_keys.c: the daemon's own keys, and what may stand at the top of the configuration. */
#include "configuration_keys.h"

#include <stdio.h>
#include <string.h>

#include "configuration_faults.h"
#include "configuration_path.h"

#define LEVELS "debug, info, warning, error"

enum { NAME_MAX_LENGTH = 48, INSTANCE_MAX_LENGTH = 31 };

#define TEXT(choices, otherwise, manual) CONFIGURATION_TEXT, choices, 0, 0, otherwise, manual
#define TEXTS(otherwise, manual) CONFIGURATION_TEXTS, NULL, 0, 0, otherwise, manual
#define TEXT_BY_INSTANCE(choices, otherwise, manual) CONFIGURATION_TEXT_BY_INSTANCE, choices, 0, 0, otherwise, manual
#define BOOLEAN(otherwise) CONFIGURATION_BOOLEAN, NULL, 0, 0, otherwise, NULL
#define INTEGER(minimum, maximum, otherwise) CONFIGURATION_INTEGER, NULL, minimum, maximum, otherwise, NULL

static const struct configuration_key keys[] = {
	{ "plugins.dirs", TEXTS(NULL, "the plugin directory of the installation"), .at_start = false },
	{ "plugins.disabled", TEXTS("[]", "an empty list"), .at_start = false },
	{ "plugins.allow_untrusted", BOOLEAN("false"), .at_start = false },
	{ "plugins.hold_ms", INTEGER(1, 60000, "1000"), .at_start = true },
	{ "plugins.hold_max", INTEGER(1, 1000000, "10000"), .at_start = true },
	{ "plugins.drain_ms", INTEGER(1, 600000, "10000"), .at_start = true },
	{ "control.socket", TEXT(NULL, NULL, "control.sock in the runtime directory"), .at_start = true },
	{ "control.group", TEXT(NULL, NULL, "no group"), .at_start = true },
	{ "control.limits.connections", INTEGER(1, 65536, "1024"), .at_start = false },
	{ "control.limits.requests", INTEGER(1, 65536, "1024"), .at_start = false },
	{ "control.limits.line", INTEGER(1024, 67108864, "1048576"), .at_start = false },
	{ "control.limits.batch", INTEGER(1, 65536, "1000"), .at_start = false },
	{ "control.limits.batch_answers", INTEGER(1024, 1073741824, "4194304"), .at_start = false },
	{ "control.limits.watches", INTEGER(1, 65536, "64"), .at_start = false },
	{ "control.limits.unread", INTEGER(1024, 1073741824, "262144"), .at_start = false },
	{ "control.limits.backlog", INTEGER(1024, 1073741824, "4194304"), .at_start = false },
	{ "log.level", TEXT(LEVELS, "\"info\"", "info"), .at_start = false },
	{ "log.levels", TEXT_BY_INSTANCE(LEVELS, "{}", "an empty object"), .at_start = false },
	{ "log.format", TEXT("text, json", "\"text\"", "text"), .at_start = false },
	{ "loop.warn_ms", INTEGER(0, 60000, "100"), .at_start = false },
	{ "workers.max", INTEGER(0, 1024, "0"), .at_start = true },
	{ .path = NULL },
};

/* Who judges a section at the top. */
enum judge { DAEMON, COMPONENT, BY_INSTANCE };
static const struct section {
	const char *name;
	enum judge judge;
} sections[] = {
	{ "plugins", DAEMON },
	{ "control", DAEMON },
	{ "log", DAEMON },
	{ "loop", DAEMON },
	{ "workers", DAEMON },
	{ "http", COMPONENT },
	{ "rest", COMPONENT },
	{ "mcp", COMPONENT },
	{ "auth", COMPONENT },
	{ "tls", COMPONENT },
	{ "components", BY_INSTANCE },
	{ "instances", COMPONENT },
	{ "policy", BY_INSTANCE },
	{ NULL, COMPONENT },
};

const struct configuration_key *configuration_keys(void)
{
	return keys;
}

const struct configuration_key *configuration_keys_find(const char *path)
{
	for (const struct configuration_key *key = keys; key->path; key++)
		if (strcmp(key->path, path) == 0)
			return key;
	return NULL;
}

json_t *configuration_keys_defaults_new(void)
{
	json_t *tree = json_object();

	for (const struct configuration_key *key = keys; tree && key->path; key++) {
		json_t *value = key->otherwise ? json_loads(key->otherwise, JSON_DECODE_ANY, NULL) : NULL;

		if (key->otherwise && (!value || configuration_path_set(tree, key->path, value, NULL) != SP_OK)) {
			json_decref(tree);
			return NULL;
		}
	}
	return tree;
}

static unsigned least(unsigned one, unsigned other)
{
	return one < other ? one : other;
}

/* How many letters must be added, removed or changed to make one from other; long names are cut. */
static unsigned distance(const char *one, const char *other)
{
	size_t length = strnlen(other, NAME_MAX_LENGTH);
	unsigned row[NAME_MAX_LENGTH + 1];

	for (size_t j = 0; j <= length; j++)
		row[j] = (unsigned)j;
	for (size_t i = 0; i < NAME_MAX_LENGTH && one[i]; i++) {
		unsigned diagonal = row[0];

		row[0]++;
		for (size_t j = 0; j < length; j++) {
			unsigned changed = diagonal + (one[i] != other[j]);

			diagonal = row[j + 1];
			row[j + 1] = least(changed, least(row[j], diagonal) + 1);
		}
	}
	return row[length];
}

/* The known name that is nearest to name so far. */
struct nearest {
	const char *name;
	unsigned distance;
};

static void consider(struct nearest *nearest, const char *known, const char *name)
{
	unsigned here = distance(name, known);

	if (nearest->name && here >= nearest->distance)
		return;
	nearest->name = known;
	nearest->distance = here;
}

static sp_status check_text(const struct configuration_key *key, const json_t *value, json_t *found)
{
	const char *text = json_string_value(value);
	size_t length = text ? strlen(text) : 0;

	if (key->choices) {
		for (const char *choice = key->choices; choice; choice = strstr(choice, ", ")) {
			choice += choice == key->choices ? 0 : 2;
			if (text && strcspn(choice, ",") == length && strncmp(choice, text, length) == 0)
				return SP_OK;
		}
		return configuration_fault_find(found, key->path, "enum", "must be one of %s", key->choices);
	}
	if (length == 0 || json_string_length(value) != length)
		return configuration_fault_find(found, key->path, "type", "must be a text that is not empty");
	return SP_OK;
}

static sp_status check_texts(const struct configuration_key *key, const json_t *value, json_t *found)
{
	char path[CONFIGURATION_PATH_SIZE];
	size_t index;
	json_t *item;
	sp_status status = SP_OK;

	if (!json_is_array(value))
		return configuration_fault_find(found, key->path, "type", "must be a list of texts, [\"...\"]");
	json_array_foreach(value, index, item) {
		struct configuration_key of_item = { .path = path };

		snprintf(path, sizeof(path), "%s.%zu", key->path, index);
		if (status == SP_OK)
			status = check_text(&of_item, item, found);
	}
	return status;
}

static bool is_instance_name(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return name[0] >= 'a' && name[0] <= 'z' && !name[length] && length <= INSTANCE_MAX_LENGTH;
}

static sp_status complain_of_name(const char *path, json_t *found)
{
	return configuration_fault_find(found, path, "unknown",
		"is no component's name; those have small letters, digits and -, 31 at most");
}

static sp_status check_text_by_instance(const struct configuration_key *key, const json_t *value, json_t *found)
{
	char path[CONFIGURATION_PATH_SIZE];
	struct configuration_key of_instance = { .path = path, .choices = key->choices };
	const char *name;
	json_t *text;
	sp_status status = SP_OK;

	if (!json_is_object(value))
		return configuration_fault_find(found, key->path, "type", "must be an object, { ... }");
	json_object_foreach((json_t *)value, name, text) {
		snprintf(path, sizeof(path), "%s.%s", key->path, name);
		if (status == SP_OK && !is_instance_name(name))
			status = complain_of_name(path, found);
		else if (status == SP_OK && !json_is_null(text))
			status = check_text(&of_instance, text, found);
	}
	return status;
}

static sp_status check_integer(const struct configuration_key *key, const json_t *value, json_t *found)
{
	json_int_t number = json_integer_value(value);

	if (json_is_integer(value) && number >= key->minimum && number <= key->maximum)
		return SP_OK;
	return configuration_fault_find(found, key->path, "type", "must be an integer from %lld to %lld",
		(long long)key->minimum, (long long)key->maximum);
}

static sp_status check_boolean(const struct configuration_key *key, const json_t *value, json_t *found)
{
	return json_is_boolean(value) ? SP_OK
				      : configuration_fault_find(found, key->path, "type", "must be true or false");
}

static sp_status check_value(const struct configuration_key *key, const json_t *value, json_t *found)
{
	static sp_status (*const by_type[])(const struct configuration_key *, const json_t *, json_t *) = {
		[CONFIGURATION_TEXT] = check_text,
		[CONFIGURATION_TEXTS] = check_texts,
		[CONFIGURATION_TEXT_BY_INSTANCE] = check_text_by_instance,
		[CONFIGURATION_INTEGER] = check_integer,
		[CONFIGURATION_BOOLEAN] = check_boolean,
	};

	return by_type[key->type](key, value, found);
}

static sp_status complain_of_key(const char *section, const char *path, json_t *found)
{
	struct nearest nearest = { NULL, 0 };
	size_t length = strlen(section);

	for (const struct configuration_key *key = keys; key->path; key++)
		if (strncmp(key->path, section, length) == 0 && key->path[length] == '.')
			consider(&nearest, key->path, path);
	return configuration_fault_find(found, path, "unknown", "is unknown; did you mean %s? See signalpyd.conf(5)",
		nearest.name);
}

/* Whether keys stand below a path. */
static bool is_group(const char *path)
{
	size_t length = strlen(path);
	const struct configuration_key *key = keys;

	while (key->path && (strncmp(key->path, path, length) != 0 || key->path[length] != '.'))
		key++;
	return key->path != NULL;
}

static sp_status check_own_section(const char *section, const json_t *value, json_t *found);

/* What stands at a path in one of the daemon's sections: a key's value, or a section within. */
static sp_status check_member(const char *section, const char *path, const json_t *value, json_t *found)
{
	const struct configuration_key *key = configuration_keys_find(path);

	if (key)
		return check_value(key, value, found);
	if (!is_group(path))
		return complain_of_key(section, path, found);
	if (!json_is_object(value))
		return configuration_fault_find(found, path, "type", "must be an object, { ... }");
	return check_own_section(path, value, found);
}

static sp_status check_own_section(const char *section, const json_t *value, json_t *found)
{
	char path[CONFIGURATION_PATH_SIZE];
	const char *name;
	json_t *member;
	sp_status status = SP_OK;

	json_object_foreach((json_t *)value, name, member) {
		snprintf(path, sizeof(path), "%s.%s", section, name);
		if (status == SP_OK)
			status = check_member(section, path, member, found);
	}
	return status;
}

/* R-CM-12: a section under a name that no instance can have would never be read. */
static sp_status check_by_instance(const char *section, const json_t *value, json_t *found)
{
	char path[CONFIGURATION_PATH_SIZE];
	const char *name;
	json_t *of_instance;
	sp_status status = SP_OK;

	json_object_foreach((json_t *)value, name, of_instance) {
		snprintf(path, sizeof(path), "%s.%s", section, name);
		if (status == SP_OK && !is_instance_name(name))
			status = complain_of_name(path, found);
		else if (status == SP_OK && !json_is_object(of_instance))
			status = configuration_fault_find(found, path, "type", "must be an object, { ... }");
	}
	return status;
}

static sp_status check_section(const struct section *section, const json_t *value, json_t *found)
{
	if (!json_is_object(value))
		return configuration_fault_find(found, section->name, "type", "must be an object, { ... }");
	if (section->judge == DAEMON)
		return check_own_section(section->name, value, found);
	return section->judge == BY_INSTANCE ? check_by_instance(section->name, value, found) : SP_OK;
}

static sp_status check_top(const char *name, const json_t *value, json_t *found)
{
	struct nearest nearest = { NULL, 0 };

	for (const struct section *section = sections; section->name; section++) {
		if (strcmp(section->name, name) == 0)
			return check_section(section, value, found);
		consider(&nearest, section->name, name);
	}
	return configuration_fault_find(found, name, "unknown",
		"is unknown; did you mean %s? A component's own keys stand in components.<instance>", nearest.name);
}

sp_status configuration_keys_check(const json_t *tree, json_t *found)
{
	const char *name;
	json_t *value;
	sp_status status = SP_OK;

	json_object_foreach((json_t *)tree, name, value) {
		if (status == SP_OK)
			status = check_top(name, value, found);
	}
	return status;
}
