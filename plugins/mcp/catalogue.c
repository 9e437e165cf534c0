/* catalogue.c: names, and lists a page at a time. */
#include "catalogue.h"

#include "template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 200, MCP_NAME_MOST = 64, NAME_SIZE = MCP_NAME_MOST + 1 };

static const char cursor_mark[] = "after:";

/* ---- names ------------------------------------------------------------------------------------------------------ */

/* Some clients take no other characters (mcp.md, quirk 1). */
static void clean(char *name)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	while (*(name += strspn(name, good)))
		*name = '_';
}

/* A prefix stands for the default instance's name, and in front of others'. */
static void wanted_name(char name[static NAME_SIZE], const struct sp_exposed *exposed)
{
	const char *prefix = exposed->mcp_prefix, *instance = exposed->instance, *runnable = exposed->runnable;
	int size = NAME_SIZE; /* as if it did not fit */

	if (prefix && strcmp(instance, exposed->component) == 0)
		size = snprintf(name, NAME_SIZE, "%s_%s", prefix, runnable);
	else if (prefix)
		size = snprintf(name, NAME_SIZE, "%s_%s_%s", prefix, instance, runnable);
	if (size > MCP_NAME_MOST)
		snprintf(name, NAME_SIZE, "%s_%s", instance, runnable);
	clean(name);
}

/* An instance's name has no underscore, and names are 31 characters at most: no two such names are the same. */
static void plain_name(char name[static NAME_SIZE], const struct sp_exposed *exposed)
{
	snprintf(name, NAME_SIZE, "%s_%s", exposed->instance, exposed->runnable);
}

static bool is_name_of(const json_t *names, const char *name, const struct sp_exposed *exposed)
{
	const char *address = json_string_value(json_object_get(names, name));

	return address && strcmp(address, exposed->address) == 0;
}

/* The name under which it is known; false when others have taken all that it could have. */
static bool name_of(char name[static NAME_SIZE], const json_t *names, const struct sp_exposed *exposed)
{
	wanted_name(name, exposed);
	if (is_name_of(names, name, exposed))
		return true;
	plain_name(name, exposed);
	return is_name_of(names, name, exposed);
}

static void skill_name_of(char name[static NAME_SIZE], const struct sp_exposed_skill *skill)
{
	snprintf(name, NAME_SIZE, "%s_%s", skill->instance, skill->name);
}

static bool note_plain_name(void *user, const struct sp_exposed *exposed)
{
	char name[NAME_SIZE], plain[NAME_SIZE];

	wanted_name(name, exposed);
	plain_name(plain, exposed);
	if (!exposed->resource && strcmp(name, plain) == 0)
		json_object_set_new(user, name, json_string(exposed->address));
	return true;
}

/* Who comes second keeps its plain name, if that is still to be had. */
static bool note_wanted_name(void *user, const struct sp_exposed *exposed)
{
	char name[NAME_SIZE];

	wanted_name(name, exposed);
	if (json_object_get(user, name))
		plain_name(name, exposed);
	if (!exposed->resource && !json_object_get(user, name))
		json_object_set_new(user, name, json_string(exposed->address));
	return true;
}

json_t *mcp_names_new(const struct sp_gateway *gateway)
{
	json_t *names = json_object();

	gateway->each(gateway, SP_MCP, note_plain_name, names);
	gateway->each(gateway, SP_MCP, note_wanted_name, names);
	return names;
}

static const struct sp_exposed *find(const struct sp_gateway *gateway, const json_t *names, const char *name)
{
	const char *address = json_string_value(json_object_get(names, name));
	const struct sp_exposed *exposed = gateway->find(gateway, address ? address : name);

	return exposed && exposed->transports & SP_MCP ? exposed : NULL;
}

bool mcp_is_tool(const struct sp_exposed *exposed)
{
	return exposed->transports & SP_MCP && !exposed->prompt && !exposed->resource;
}

const struct sp_exposed *mcp_tool_find(const struct sp_gateway *gateway, const json_t *names, const char *name)
{
	const struct sp_exposed *exposed = find(gateway, names, name);

	return exposed && mcp_is_tool(exposed) ? exposed : NULL;
}

const struct sp_exposed *mcp_prompt_find(const struct sp_gateway *gateway, const json_t *names, const char *name)
{
	const struct sp_exposed *exposed = find(gateway, names, name);

	return exposed && exposed->prompt ? exposed : NULL;
}

/* ---- items ------------------------------------------------------------------------------------------------------ */

/* A schema always says that it is one of an object, and of which properties (mcp.md, quirk 2). */
static json_t *schema_new(const struct sp_exposed *exposed)
{
	json_t *schema = exposed->schema ? json_loads(exposed->schema, 0, NULL)
		: exposed->takes	 ? sp_record_schema_new(exposed->takes)
					 : json_pack("{s:b}", "additionalProperties", 0);

	if (!json_is_object(schema))
		return schema;
	if (!json_object_get(schema, "type"))
		json_object_set_new(schema, "type", json_string("object"));
	if (!json_object_get(schema, "properties"))
		json_object_set_new(schema, "properties", json_object());
	return schema;
}

/* Results that may be anything have no schema: structured content is an object. */
static json_t *output_schema_new(const struct sp_exposed *exposed)
{
	return exposed->gives && exposed->gives->fields ? sp_record_schema_new(exposed->gives) : NULL;
}

static json_t *tool_new(const char *name, const struct sp_exposed *exposed)
{
	json_t *annotations = json_pack("{s:b, s:b, s:b}", "readOnlyHint", exposed->read_only, "destructiveHint",
		exposed->destructive, "idempotentHint", exposed->idempotent);

	return json_pack("{s:s, s:s*, s:o, s:o*, s:o}", "name", name, "description", exposed->about, "inputSchema",
		schema_new(exposed), "outputSchema", output_schema_new(exposed), "annotations", annotations);
}

static json_t *arguments_new(const struct sp_record *takes)
{
	json_t *list = NULL;

	for (const struct sp_field *const *field = takes ? takes->fields : NULL; field && *field; field++) {
		const struct sp_any_field *head = (const struct sp_any_field *)(const void *)*field;

		list = list ? list : json_array();
		json_array_append_new(list,
			json_pack("{s:s, s:s*, s:b}", "name", (*field)->name, "description", head->about, "required",
				head->required));
	}
	return list;
}

static json_t *prompt_new(const char *name, const char *about, const struct sp_record *takes)
{
	return json_pack("{s:s, s:s*, s:o*}", "name", name, "description", about, "arguments", arguments_new(takes));
}

static json_t *resource_new(const struct sp_exposed *exposed, const char *uri_key)
{
	return json_pack("{s:s, s:s, s:s*, s:s*}", uri_key, exposed->resource, "name", exposed->address, "description",
		exposed->about, "mimeType", exposed->mime_type);
}

static json_t *built_in_new(const char *scheme, const char *instance, const char *part, const char *about,
	const char *type)
{
	char uri[2 * NAME_SIZE];

	snprintf(uri, sizeof uri, "%s://%s/%s", scheme, instance, part);
	return json_pack("{s:s, s:s, s:s*, s:s}", "uri", uri, "name", part, "description", about, "mimeType", type);
}

/* ---- lists ------------------------------------------------------------------------------------------------------ */

/* What is wanted of each runnable that is passed by. */
struct collection {
	enum mcp_list list;
	const json_t *names;
	json_t *items;
};

static bool is_template(const struct sp_exposed *exposed)
{
	return exposed->resource && strchr(exposed->resource, '{');
}

static json_t *item_new(const struct collection *collection, const struct sp_exposed *exposed)
{
	enum mcp_list list = collection->list;
	char name[NAME_SIZE];

	if (is_template(exposed))
		return list == MCP_TEMPLATES ? resource_new(exposed, "uriTemplate") : NULL;
	if (exposed->resource)
		return list == MCP_RESOURCES ? resource_new(exposed, "uri") : NULL;
	if (!name_of(name, collection->names, exposed))
		return NULL;
	if (exposed->prompt)
		return list == MCP_PROMPTS ? prompt_new(name, exposed->about, exposed->takes) : NULL;
	return list == MCP_TOOLS ? tool_new(name, exposed) : NULL;
}

static bool collect(void *user, const struct sp_exposed *exposed)
{
	struct collection *collection = user;
	json_t *item = item_new(collection, exposed);

	if (item)
		json_array_append_new(collection->items, item);
	return true;
}

static bool collect_skill(void *user, const struct sp_exposed_skill *skill)
{
	struct collection *collection = user;
	char name[NAME_SIZE];
	json_t *item;

	skill_name_of(name, skill);
	item = collection->list == MCP_PROMPTS
		? prompt_new(name, skill->about, skill->takes)
		: built_in_new("skill", skill->instance, skill->name, skill->about, "text/markdown");

	json_array_append_new(collection->items, item);
	return true;
}

static bool collect_kind(void *user, const struct sp_exposed_kind *kind)
{
	struct collection *collection = user;

	json_array_append_new(collection->items,
		built_in_new("kind", kind->instance, kind->name, kind->about, "application/schema+json"));
	return true;
}

json_t *mcp_items_new(const struct sp_gateway *gateway, const json_t *names, enum mcp_list list)
{
	struct collection collection = { list, names, json_array() };

	gateway->each(gateway, SP_MCP, collect, &collection);
	if (list == MCP_PROMPTS || list == MCP_RESOURCES)
		gateway->each_skill(gateway, collect_skill, &collection);
	if (list == MCP_RESOURCES)
		gateway->each_kind(gateway, collect_kind, &collection);
	return collection.items;
}

static const struct list_shape {
	const char *key, *identity; /* of the result; of an item, by which cursors go on */
} shapes[] = {
	[MCP_TOOLS] = { "tools", "name" },
	[MCP_PROMPTS] = { "prompts", "name" },
	[MCP_RESOURCES] = { "resources", "uri" },
	[MCP_TEMPLATES] = { "resourceTemplates", "uriTemplate" },
};

static const char *identity_of(const json_t *items, size_t i, enum mcp_list list)
{
	const char *identity = json_string_value(json_object_get(json_array_get(items, i), shapes[list].identity));

	return identity ? identity : "";
}

/* Where the page behind the cursor's item begins; a cursor whose item has gone meanwhile is none. */
static bool find_start(const json_t *items, enum mcp_list list, const char *cursor, size_t *ret_start)
{
	const char *last = cursor + sizeof cursor_mark - 1;

	if (strncmp(cursor, cursor_mark, sizeof cursor_mark - 1) != 0)
		return false;
	for (size_t i = 0; i < json_array_size(items); i++)
		if (strcmp(identity_of(items, i, list), last) == 0) {
			*ret_start = i + 1;
			return true;
		}
	return false;
}

static json_t *page_new(json_t *items, enum mcp_list list, size_t start)
{
	size_t count = json_array_size(items), end = count - start > PAGE ? start + PAGE : count;
	json_t *page = json_array(), *cursor = NULL;

	for (size_t i = start; i < end; i++)
		json_array_append(page, json_array_get(items, i));
	if (end < count)
		cursor = json_sprintf("%s%s", cursor_mark, identity_of(items, end - 1, list));
	return json_pack("{s:o, s:o*}", shapes[list].key, page, "nextCursor", cursor);
}

json_t *mcp_page_new(json_t *items, enum mcp_list list, const char *cursor, bool *ret_wrong)
{
	size_t start = 0;

	*ret_wrong = cursor && !find_start(items, list, cursor, &start);
	return items && !*ret_wrong ? page_new(items, list, start) : NULL;
}

/* ---- resources -------------------------------------------------------------------------------------------------- */

struct resource_search {
	const char *uri;
	bool templates; /* uri is a template, to be found as it is written */
	const struct sp_exposed *found;
	json_t **ret_params;
};

static bool look_at(void *user, const struct sp_exposed *exposed)
{
	struct resource_search *search = user;

	if (!exposed->resource || (search->templates && !is_template(exposed)))
		return true;
	if (strcmp(exposed->resource, search->uri) == 0 ||
		(!search->templates && is_template(exposed) &&
			mcp_template_match(exposed->resource, search->uri, search->ret_params)))
		search->found = exposed;
	return !search->found;
}

const struct sp_exposed *mcp_resource_find(const struct sp_gateway *gateway, const char *uri, json_t **ret_params)
{
	struct resource_search search = { .uri = uri, .ret_params = ret_params };

	*ret_params = NULL;
	gateway->each(gateway, SP_MCP, look_at, &search);
	if (search.found && !*ret_params)
		*ret_params = json_object();
	return search.found;
}

const struct sp_exposed *mcp_template_find(const struct sp_gateway *gateway, const char *uri_template)
{
	struct resource_search search = { .uri = uri_template, .templates = true };

	gateway->each(gateway, SP_MCP, look_at, &search);
	return search.found;
}

/* ---- skills and kinds ------------------------------------------------------------------------------------------- */

struct skill_search {
	const char *name;
	void (*visit)(void *user, const struct sp_exposed_skill *skill);
	void *user;
	bool found;
};

static bool look_at_skill(void *user, const struct sp_exposed_skill *skill)
{
	struct skill_search *search = user;
	char name[NAME_SIZE];

	skill_name_of(name, skill);
	search->found = strcmp(name, search->name) == 0;
	if (search->found)
		search->visit(search->user, skill);
	return !search->found;
}

bool mcp_skill_find(const struct sp_gateway *gateway, const char *name,
	void (*visit)(void *user, const struct sp_exposed_skill *skill), void *user)
{
	struct skill_search search = { name, visit, user, false };

	gateway->each_skill(gateway, look_at_skill, &search);
	return search.found;
}

struct contents_search {
	const char *uri;
	json_t *contents;
};

static void show(struct contents_search *search, const char *type, const char *text)
{
	search->contents = json_pack("[{s:s, s:s, s:s}]", "uri", search->uri, "mimeType", type, "text", text);
}

static bool is_at(const char *uri, const char *scheme, const char *instance, const char *part)
{
	char own[2 * NAME_SIZE];

	snprintf(own, sizeof own, "%s://%s/%s", scheme, instance, part);
	return strcmp(own, uri) == 0;
}

static bool show_skill(void *user, const struct sp_exposed_skill *skill)
{
	struct contents_search *search = user;

	if (is_at(search->uri, "skill", skill->instance, skill->name))
		show(search, "text/markdown", skill->text);
	return !search->contents;
}

static bool show_kind(void *user, const struct sp_exposed_kind *kind)
{
	struct contents_search *search = user;
	json_t *schema;
	char *text;

	if (!is_at(search->uri, "kind", kind->instance, kind->name))
		return true;
	schema = sp_record_schema_new(kind->record);
	text = json_dumps(schema, JSON_INDENT(2));
	if (text)
		show(search, "application/schema+json", text);
	free(text);
	json_decref(schema);
	return false;
}

json_t *mcp_built_in_resource_new(const struct sp_gateway *gateway, const char *uri)
{
	struct contents_search search = { uri, NULL };

	gateway->each_skill(gateway, show_skill, &search);
	if (!search.contents)
		gateway->each_kind(gateway, show_kind, &search);
	return search.contents;
}
