/* catalogue.c: what each instance offers, kept on a shelf of its own, and lists of it a page at a time. */
#define _GNU_SOURCE /* twalk_r */
#include "catalogue.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 200 };

static const char cursor_mark[] = "after:";

/* ---- items ------------------------------------------------------------------------------------------------------ */

/* A schema always says that it is one of an object, and of which properties: some clients take no tool at all else. */
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

	json_t *execution = !exposed->may_last
		? NULL
		: json_pack("{s:s}", "taskSupport", exposed->as_task ? "required" : "optional");

	return json_pack("{s:s, s:s*, s:o, s:o*, s:o, s:o*}", "name", name, "description", exposed->about,
		"inputSchema", schema_new(exposed), "outputSchema", output_schema_new(exposed), "annotations",
		annotations, "execution", execution);
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
	char uri[2 * MCP_NAME_SIZE];

	snprintf(uri, sizeof uri, "%s://%s/%s", scheme, instance, part);
	return json_pack("{s:s, s:s, s:s*, s:s}", "uri", uri, "name", part, "description", about, "mimeType", type);
}

/* ---- shelves ---------------------------------------------------------------------------------------------------- */

/* What one instance offers. */
struct shelf {
	char *instance;
	json_t *claims; /* see names.h */
	json_t *items[MCP_LISTS];
};

static int compare(const void *one, const void *other)
{
	return strcmp(((const struct shelf *)one)->instance, ((const struct shelf *)other)->instance);
}

static struct shelf *shelf_find(const struct mcp_catalogue *catalogue, const char *instance)
{
	const struct shelf key = { .instance = (char *)instance };
	void *const *found = tfind(&key, &catalogue->shelves, compare);

	return found ? *found : NULL;
}

static void shelf_destroy(struct shelf *shelf)
{
	for (int list = 0; list < MCP_LISTS; list++)
		json_decref(shelf->items[list]);
	json_decref(shelf->claims);
	free(shelf->instance);
	free(shelf);
}

static struct shelf *shelf_get(struct mcp_catalogue *catalogue, const char *instance)
{
	struct shelf *shelf = shelf_find(catalogue, instance);

	if (shelf)
		return shelf;
	shelf = calloc(1, sizeof *shelf);
	if (!shelf)
		return NULL;
	shelf->instance = strdup(instance);
	if (shelf->instance && tsearch(shelf, &catalogue->shelves, compare))
		return shelf;
	shelf_destroy(shelf);
	return NULL;
}

static void shelf_remove(struct mcp_catalogue *catalogue, struct shelf *shelf)
{
	tdelete(shelf, &catalogue->shelves, compare);
	shelf_destroy(shelf);
}

/* ---- filling ---------------------------------------------------------------------------------------------------- */

/* What is gathered of one instance. */
struct collection {
	const struct sp_gateway *gateway;
	const struct mcp_names *names;
	json_t *claims, *items[MCP_LISTS];
	bool failed; /* memory ran out */
};

static bool keep(struct collection *collection, json_t *array, json_t *item)
{
	collection->failed = json_array_append_new(array, item) != 0 || collection->failed;
	return !collection->failed;
}

static bool collect_claim(void *user, const struct sp_exposed *exposed)
{
	struct collection *collection = user;
	json_t *claim = exposed->transports & SP_MCP ? mcp_claim_new(exposed) : json_null();

	return json_is_null(claim) || keep(collection, collection->claims, claim);
}

static bool collect(void *user, const struct sp_exposed *exposed)
{
	struct collection *collection = user;
	json_t **items = collection->items;
	char name[MCP_NAME_SIZE];

	if (!(exposed->transports & SP_MCP))
		return true;
	if (exposed->resource && mcp_is_template(exposed->resource))
		return keep(collection, items[MCP_TEMPLATES], resource_new(exposed, "uriTemplate"));
	if (exposed->resource)
		return keep(collection, items[MCP_RESOURCES], resource_new(exposed, "uri"));
	if (!mcp_name_of(name, collection->gateway, collection->names, exposed))
		return true;
	if (exposed->prompt)
		return keep(collection, items[MCP_PROMPTS], prompt_new(name, exposed->about, exposed->takes));
	return keep(collection, items[MCP_TOOLS], tool_new(name, exposed));
}

static bool collect_skill(void *user, const struct sp_exposed_skill *skill)
{
	struct collection *collection = user;
	char name[MCP_NAME_SIZE];

	snprintf(name, sizeof name, "%s_%s", skill->instance, skill->name);
	return keep(collection, collection->items[MCP_PROMPTS], prompt_new(name, skill->about, skill->takes)) &&
		keep(collection, collection->items[MCP_RESOURCES],
			built_in_new("skill", skill->instance, skill->name, skill->about, "text/markdown"));
}

static bool collect_kind(void *user, const struct sp_exposed_kind *kind)
{
	struct collection *collection = user;

	return keep(collection, collection->items[MCP_RESOURCES],
		built_in_new("kind", kind->instance, kind->name, kind->about, "application/schema+json"));
}

static const struct sp_exposed_visitor claiming = { .struct_size = sizeof claiming, .runnable = collect_claim },
				       collecting = { .struct_size = sizeof collecting,
					       .runnable = collect,
					       .skill = collect_skill,
					       .kind = collect_kind };

static bool claim(struct mcp_catalogue *catalogue, const struct sp_gateway *gateway, struct shelf *shelf)
{
	struct collection collection = { .claims = json_array() };
	const json_t *one;
	size_t i;

	if (!collection.claims)
		return false;
	gateway->each_of(gateway, shelf->instance, &claiming, &collection);
	json_array_foreach(shelf->claims, i, one)
		mcp_names_forget(&catalogue->names, one);
	json_decref(shelf->claims);
	shelf->claims = collection.claims;
	json_array_foreach(shelf->claims, i, one)
		collection.failed = !mcp_names_claim(&catalogue->names, one) || collection.failed;
	return !collection.failed;
}

/* Takes over what has been gathered, and notes which lists it alters. */
static void put(struct mcp_catalogue *catalogue, struct shelf *shelf, json_t *items[static MCP_LISTS])
{
	for (int list = 0; list < MCP_LISTS; list++) {
		const json_t *former = shelf->items[list];

		if (former ? !json_equal(former, items[list]) : json_array_size(items[list]) > 0) {
			catalogue->changed[list] = true;
			json_decref(catalogue->lists[list]);
			catalogue->lists[list] = NULL;
		}
		json_decref(shelf->items[list]);
		shelf->items[list] = items[list];
	}
}

static bool fill(struct mcp_catalogue *catalogue, const struct sp_gateway *gateway, struct shelf *shelf)
{
	struct collection collection = { .gateway = gateway, .names = &catalogue->names };

	for (int list = 0; list < MCP_LISTS; list++) {
		collection.items[list] = json_array();
		collection.failed = !collection.items[list] || collection.failed;
	}
	if (!collection.failed)
		gateway->each_of(gateway, shelf->instance, &collecting, &collection);
	if (!collection.failed) {
		put(catalogue, shelf, collection.items);
		return true;
	}
	for (int list = 0; list < MCP_LISTS; list++)
		json_decref(collection.items[list]);
	return false;
}

static void note_names(const struct mcp_catalogue *catalogue, const struct shelf *shelf, json_t *rivals)
{
	static const enum mcp_list named[] = { MCP_TOOLS, MCP_PROMPTS };
	const json_t *item;
	size_t i;

	for (size_t list = 0; list < sizeof named / sizeof named[0]; list++)
		json_array_foreach(shelf->items[named[list]], i, item)
			mcp_names_note_rivals(&catalogue->names, json_string_value(json_object_get(item, "name")),
				rivals);
}

static bool is_empty(const struct shelf *shelf)
{
	size_t count = json_array_size(shelf->claims);

	for (int list = 0; list < MCP_LISTS; list++)
		count += json_array_size(shelf->items[list]);
	return !count;
}

/* Whose names the instance takes, or leaves, is filled again too. */
static bool restock(struct mcp_catalogue *catalogue, const struct sp_gateway *gateway, const char *instance)
{
	struct shelf *shelf = shelf_get(catalogue, instance), *rival;
	json_t *rivals = json_object(), *value;
	const char *name;
	bool done;

	if (!shelf || !rivals) {
		json_decref(rivals);
		return false;
	}
	note_names(catalogue, shelf, rivals);
	done = claim(catalogue, gateway, shelf) && fill(catalogue, gateway, shelf);
	note_names(catalogue, shelf, rivals);
	json_object_foreach(rivals, name, value) {
		rival = strcmp(name, instance) == 0 ? NULL : shelf_find(catalogue, name);
		done = done && (!rival || fill(catalogue, gateway, rival));
	}
	if (done && is_empty(shelf))
		shelf_remove(catalogue, shelf);
	json_decref(rivals);
	return done;
}

/* ---- following -------------------------------------------------------------------------------------------------- */

/* Instances that may offer something else than is known. */
struct noted {
	json_t *instances;
	bool failed; /* memory ran out */
};

static void note(void *user, const char *instance)
{
	struct noted *noted = user;

	noted->failed = json_object_set_new(noted->instances, instance, json_null()) != 0 || noted->failed;
}

static bool note_runnable(void *user, const struct sp_exposed *exposed)
{
	note(user, exposed->instance);
	return true;
}

static bool note_skill(void *user, const struct sp_exposed_skill *skill)
{
	note(user, skill->instance);
	return true;
}

static bool note_kind(void *user, const struct sp_exposed_kind *kind)
{
	note(user, kind->instance);
	return true;
}

static void note_shelf(const void *node, VISIT visit, void *user)
{
	if (visit == postorder || visit == leaf)
		note(user, (*(const struct shelf *const *)node)->instance);
}

static void note_all(const struct mcp_catalogue *catalogue, const struct sp_gateway *gateway, struct noted *noted)
{
	gateway->each(gateway, SP_MCP, note_runnable, noted);
	gateway->each_skill(gateway, note_skill, noted);
	gateway->each_kind(gateway, note_kind, noted);
	twalk_r(catalogue->shelves, note_shelf, noted);
}

static bool prepare(struct mcp_catalogue *catalogue)
{
	json_t **const tables[] = { &catalogue->names.prefixed, &catalogue->names.uris, &catalogue->names.templates };
	bool ready = true;

	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
		*tables[i] = *tables[i] ? *tables[i] : json_object();
		ready = ready && *tables[i];
	}
	memset(catalogue->changed, 0, sizeof catalogue->changed);
	return ready;
}

bool mcp_catalogue_take(struct mcp_catalogue *catalogue, const struct sp_gateway *gateway)
{
	struct noted noted = { .instances = json_object() };
	int64_t revision = gateway->revision(gateway);
	bool taken = prepare(catalogue);
	const char *instance;
	json_t *value;

	if (!catalogue->whole || !gateway->each_changed(gateway, catalogue->revision, note, &noted))
		note_all(catalogue, gateway, &noted);
	json_object_foreach(noted.instances, instance, value)
		taken = taken && restock(catalogue, gateway, instance);
	taken = taken && !noted.failed;
	json_decref(noted.instances);
	catalogue->revision = revision;
	catalogue->whole = taken;
	return taken;
}

void mcp_catalogue_finish(struct mcp_catalogue *catalogue)
{
	while (catalogue->shelves)
		shelf_remove(catalogue, *(struct shelf **)catalogue->shelves);
	for (int list = 0; list < MCP_LISTS; list++)
		json_decref(catalogue->lists[list]);
	json_decref(catalogue->names.prefixed);
	json_decref(catalogue->names.uris);
	json_decref(catalogue->names.templates);
}

/* ---- lists ------------------------------------------------------------------------------------------------------ */

/* A list that is being put together of all shelves. */
struct gathering {
	enum mcp_list list;
	json_t *items;
	bool failed; /* memory ran out */
};

static void gather(const void *node, VISIT visit, void *user)
{
	struct gathering *gathering = user;

	if (visit == postorder || visit == leaf)
		gathering->failed = json_array_extend(gathering->items,
					    (*(const struct shelf *const *)node)->items[gathering->list]) != 0 ||
			gathering->failed;
}

/* NULL without memory. */
static json_t *list_of(struct mcp_catalogue *catalogue, enum mcp_list list)
{
	struct gathering gathering = { .list = list, .items = json_array() };

	if (catalogue->lists[list])
		json_decref(gathering.items);
	else
		twalk_r(catalogue->shelves, gather, &gathering);
	if (!catalogue->lists[list] && !gathering.failed)
		catalogue->lists[list] = gathering.items;
	return catalogue->lists[list];
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

json_t *mcp_page_new(struct mcp_catalogue *catalogue, enum mcp_list list, const char *cursor, bool *ret_wrong)
{
	json_t *items = list_of(catalogue, list);
	size_t start = 0;

	*ret_wrong = cursor && !find_start(items, list, cursor, &start);
	return items && !*ret_wrong ? page_new(items, list, start) : NULL;
}
