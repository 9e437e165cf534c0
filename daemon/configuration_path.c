/* configuration_path.c: dotted paths into a tree of json. */
#include "configuration_path.h"

#include <string.h>

#include "shared_text.h"

static bool is_step_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

sp_status configuration_path_check(const char *path, struct sp_error *error)
{
	size_t steps = 1, length = 0;

	if (strlen(path) >= CONFIGURATION_PATH_SIZE)
		return sp_error_set(error, SP_INVALID, "the path is longer than %d bytes", CONFIGURATION_PATH_SIZE - 1);
	for (const char *at = path; *at; at++) {
		if (*at == '.' && length == 0)
			break;
		if (*at != '.' && !is_step_character(*at))
			return sp_error_set(error, SP_INVALID,
				"'%s' is no path: its steps have letters, digits, _ and -, with a dot between", path);
		length = *at == '.' ? 0 : length + 1;
		steps += *at == '.';
	}
	if (length == 0)
		return sp_error_set(error, SP_INVALID, "'%s' is no path: a step of it is empty", path);
	if (steps > CONFIGURATION_PATH_STEPS)
		return sp_error_set(error, SP_INVALID, "'%s' has more than %d steps", path, CONFIGURATION_PATH_STEPS);
	return SP_OK;
}

/* The member of object that path begins with, and the length of its name; NULL when there is none. */
static const json_t *follow_member(const json_t *object, const char *path, size_t *ret_length)
{
	for (size_t length = strcspn(path, ".");; length += 1 + strcspn(path + length + 1, ".")) {
		const json_t *member = json_object_getn(object, path, length);

		if (member && length > 0) {
			*ret_length = length;
			return member;
		}
		if (!path[length])
			break;
	}
	return NULL;
}

/* The item of array whose index path begins with, and the length of the index; NULL when there is none. */
static const json_t *follow_item(const json_t *array, const char *path, size_t *ret_length)
{
	size_t length = strspn(path, "0123456789"), index = 0;

	if (length == 0 || length > 9 || (path[length] && path[length] != '.'))
		return NULL;
	for (size_t i = 0; i < length; i++)
		index = index * 10 + (size_t)(path[i] - '0');
	*ret_length = length;
	return json_array_get(array, index);
}

size_t configuration_path_follow(const json_t *tree, const char *path, const json_t **ret_value)
{
	size_t followed = 0, at = 0, length;

	while (path[at]) {
		const json_t *next = json_is_array(tree) ? follow_item(tree, path + at, &length)
							 : follow_member(tree, path + at, &length);

		if (!next)
			break;
		tree = next;
		followed = at + length;
		at = followed + (path[followed] == '.');
	}
	*ret_value = tree;
	return followed;
}

const json_t *configuration_path_get(const json_t *tree, const char *path)
{
	const json_t *value;

	return configuration_path_follow(tree, path, &value) == strlen(path) ? value : NULL;
}

/* The object at the first length bytes of path, made where there is none; NULL when it is something else. */
static sp_status enter_object(json_t **object, const char *name, size_t length)
{
	json_t *next = json_object_getn(*object, name, length);

	if (!next) {
		next = json_object();
		if (json_object_setn_new(*object, name, length, next) != 0)
			return SP_NO_MEMORY;
	}
	if (!json_is_object(next))
		return SP_CONFLICT;
	*object = next;
	return SP_OK;
}

sp_status configuration_path_set(json_t *tree, const char *path, json_t *value, struct sp_error *error)
{
	const char *name = path;
	size_t length = strcspn(name, ".");
	sp_status status = SP_OK;

	while (status == SP_OK && name[length] == '.') {
		status = enter_object(&tree, name, length);
		if (status == SP_OK) {
			name += length + 1;
			length = strcspn(name, ".");
		}
	}
	if (status == SP_CONFLICT) {
		json_decref(value);
		return sp_error_set(error, SP_CONFLICT, "%s: %.*s is set to something that is no object", path,
			(int)(name + length - path), path);
	}
	if (status == SP_OK && json_object_setn_new(tree, name, length, value) == 0)
		return SP_OK;
	if (status != SP_OK)
		json_decref(value);
	return sp_error_set(error, SP_NO_MEMORY, "not enough memory");
}

bool configuration_path_unset(json_t *tree, const char *path)
{
	size_t length = strcspn(path, ".");
	json_t *next = json_object_getn(tree, path, length);

	if (!next)
		return false;
	if (path[length]) {
		if (!configuration_path_unset(next, path + length + 1))
			return false;
		if (json_object_size(next) > 0)
			return true;
	}
	json_object_deln(tree, path, length);
	return true;
}

struct walk {
	struct text path;
	size_t depth;
	configuration_leaf leaf;
	void *user;
};

static sp_status walk_value(struct walk *walk, const json_t *value);

/* Walks into one member; the path is as it was afterwards. */
static sp_status walk_member(struct walk *walk, const char *name, const json_t *value)
{
	size_t size = walk->path.size;
	sp_status status;

	if (walk->depth++ > 0)
		text_add_text(&walk->path, ".");
	text_add_text(&walk->path, name);
	status = walk_value(walk, value);
	walk->depth--;
	walk->path.size = size;
	return status;
}

static sp_status walk_value(struct walk *walk, const json_t *value)
{
	const char *name;
	json_t *member;
	sp_status status = SP_OK;

	if (json_object_size(value) == 0) {
		text_add(&walk->path, "", 1);
		return walk->path.failed ? SP_NO_MEMORY : walk->leaf(walk->user, walk->path.data, value);
	}
	json_object_foreach((json_t *)value, name, member) {
		if (status == SP_OK)
			status = walk_member(walk, name, member);
	}
	return status;
}

sp_status configuration_path_each(const json_t *tree, configuration_leaf leaf, void *user)
{
	struct walk walk = { .leaf = leaf, .user = user };
	sp_status status = json_object_size(tree) > 0 ? walk_value(&walk, tree) : SP_OK;

	text_finish(&walk.path);
	return status;
}
