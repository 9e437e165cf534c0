/* openapi.c: describes what the gateway lists, when somebody asks and it has changed since. */
#include "openapi.h"

#include "assets.h"
#include "media.h"

#include <stdio.h>
#include <string.h>

/* A description that is being made. Whatever fails for want of memory makes it fail as a whole. */
struct drawing {
	const struct rest_site *site;
	json_t *root, *paths, *schemas, *tags, *kinds;
	const char *tag; /* the latest */
	bool guarded; /* something demands an action or a role */
	bool failed;
};

/* Puts value, stolen, into object; both may be NULL for want of memory. */
static void put(struct drawing *drawing, json_t *object, const char *key, json_t *value)
{
	if (!value || json_object_set_new(object, key, value) != 0)
		drawing->failed = true;
}

static json_t *reference_new(const char *kind)
{
	return json_pack("{s:o}", "$ref", json_sprintf("#/components/schemas/%s", kind));
}

/* ---- kinds ------------------------------------------------------------------------------------------------------- */

static void kind_key(const struct sp_exposed_kind *kind, char key[static 128])
{
	snprintf(key, 128, "%s.%s", kind->component, kind->name);
}

static bool draw_kind(void *user, const struct sp_exposed_kind *kind)
{
	struct drawing *drawing = user;
	json_t *schema;
	char key[128];

	kind_key(kind, key);
	if (json_object_get(drawing->schemas, key))
		return true; /* of another instance */
	schema = sp_record_schema_new(kind->record);
	if (schema && kind->about)
		put(drawing, schema, "description", json_string(kind->about));
	if (schema && kind->version)
		put(drawing, schema, "x-version", json_string(kind->version));
	put(drawing, drawing->schemas, key, schema);
	if (json_array_append_new(drawing->kinds, reference_new(key)) != 0)
		drawing->failed = true;
	return !drawing->failed;
}

/* Finds the kind that a record is; key is empty until then. */
struct kind_search {
	const struct sp_record *record;
	char key[128];
};

static bool is_other_kind(void *user, const struct sp_exposed_kind *kind)
{
	struct kind_search *search = user;

	if (kind->record == search->record)
		kind_key(kind, search->key);
	return !search->key[0];
}

static json_t *schema_new(const struct drawing *drawing, const struct sp_record *record)
{
	const struct sp_gateway *gateway = drawing->site->gateway;
	struct kind_search search = { .record = record };

	if (!record)
		return json_pack("{s:s, s:b}", "type", "object", "additionalProperties", 0);
	if (json_array_size(drawing->kinds))
		gateway->each_kind(gateway, is_other_kind, &search);
	return search.key[0] ? reference_new(search.key) : sp_record_schema_new(record);
}

/* ---- runnables --------------------------------------------------------------------------------------------------- */

static json_t *body_new(const struct drawing *drawing, const struct sp_exposed *exposed)
{
	json_t *schema = exposed->schema ? json_loads(exposed->schema, 0, NULL) : schema_new(drawing, exposed->takes);
	bool required = json_array_size(json_object_get(schema, "required")) || json_object_get(schema, "$ref");

	return json_pack("{s:b, s:{s:{s:o}}}", "required", required, "content", "application/json", "schema", schema);
}

static json_t *responses_new(const struct drawing *drawing, const struct sp_exposed *exposed)
{
	json_t *answer = json_pack("{s:s, s:[s,s], s:{s:{s:b}, s:o, s:o}}", "type", "object", "required", "ok", "data",
		"properties", "ok", "const", 1, "data", schema_new(drawing, exposed->gives), "content",
		reference_new("content"));

	return json_pack("{s:{s:s, s:{s:{s:o}, s:{s:o}}}, s:{s:s}, s:{s:s}}", "200", "description", "What it came to.",
		"content", "application/json", "schema", answer, "text/event-stream", "schema", reference_new("events"),
		"4XX", "$ref", "#/components/responses/error", "5XX", "$ref", "#/components/responses/error");
}

/* The first sentence is the summary. */
static json_t *summary_new(const struct sp_exposed *exposed)
{
	const char *end = exposed->about ? strstr(exposed->about, ". ") : NULL;

	if (!exposed->about)
		return json_string(exposed->runnable);
	return end ? json_stringn(exposed->about, (size_t)(end - exposed->about)) : json_string(exposed->about);
}

static json_t *operation_new(struct drawing *drawing, const struct sp_exposed *exposed)
{
	json_t *operation = json_pack("{s:s, s:o, s:s, s:[s], s:o}", "operationId", exposed->address, "summary",
		summary_new(exposed), "description", exposed->about ? exposed->about : exposed->address, "tags",
		exposed->instance, "responses", responses_new(drawing, exposed));

	if (!operation)
		return NULL;
	if (exposed->takes || exposed->schema)
		put(drawing, operation, "requestBody", body_new(drawing, exposed));
	drawing->guarded = drawing->guarded || exposed->action || exposed->role;
	if (exposed->action || exposed->role)
		put(drawing, operation, "security", json_pack("[{s:[]}]", "bearer"));
	if (exposed->action)
		put(drawing, operation, "x-action", json_string(exposed->action));
	if (exposed->role)
		put(drawing, operation, "x-role", json_string(exposed->role));
	put(drawing, operation, "x-destructive", json_boolean(exposed->destructive));
	put(drawing, operation, "x-read-only", json_boolean(exposed->read_only));
	put(drawing, operation, "x-idempotent", json_boolean(exposed->idempotent));
	return operation;
}

static void draw_tag(struct drawing *drawing, const struct sp_exposed *exposed)
{
	if (drawing->tag && strcmp(drawing->tag, exposed->instance) == 0)
		return;
	drawing->tag = exposed->instance;
	if (json_array_append_new(drawing->tags,
		    json_pack("{s:s, s:o}", "name", exposed->instance, "description",
			    json_sprintf("The instance %s of the component %s.", exposed->instance,
				    exposed->component))) != 0)
		drawing->failed = true;
}

static bool draw_runnable(void *user, const struct sp_exposed *exposed)
{
	struct drawing *drawing = user;
	char path[256];

	if (!exposed->rest_path)
		return true;
	if ((size_t)snprintf(path, sizeof path, "/api/%s", exposed->rest_path) >= sizeof path)
		return true;
	draw_tag(drawing, exposed);
	put(drawing, drawing->paths, path, json_pack("{s:o}", "post", operation_new(drawing, exposed)));
	return !drawing->failed;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

/* With a provider any call may bear a token, and reading events demands one. Without, and where nothing demands one,
 * there is none to be had. */
static void draw_security(struct drawing *drawing)
{
	json_t *events = json_object_get(json_object_get(drawing->paths, "/events"), "get");

	if (drawing->site->auth) {
		put(drawing, drawing->root, "security", json_pack("[{}, {s:[]}]", "bearer"));
		put(drawing, events, "security", json_pack("[{s:[]}]", "bearer"));
	} else if (!drawing->guarded) {
		json_object_del(json_object_get(drawing->root, "components"), "securitySchemes");
	}
}

static void draw(struct drawing *drawing)
{
	const struct sp_gateway *gateway = drawing->site->gateway;
	sp_bytes frame = rest_asset_openapi();

	drawing->root = json_loadb(frame.data, frame.size, 0, NULL);
	drawing->kinds = json_array();
	drawing->failed = !drawing->root || !drawing->kinds;
	if (drawing->failed)
		return;
	drawing->paths = json_object_get(drawing->root, "paths");
	drawing->tags = json_object_get(drawing->root, "tags");
	drawing->schemas = json_object_get(json_object_get(drawing->root, "components"), "schemas");
	gateway->each_kind(gateway, draw_kind, drawing);
	gateway->each(gateway, SP_REST, draw_runnable, drawing);
	draw_security(drawing);
	put(drawing, drawing->root, "x-kinds", json_incref(drawing->kinds));
}

static uint64_t hash_of(const struct rest_text *text)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a */

	for (size_t i = 0; i < text->size; i++)
		hash = (hash ^ (unsigned char)text->data[i]) * 1099511628211u;
	return hash;
}

static sp_status make(struct rest_site *site, int64_t revision)
{
	struct rest_document *document = &site->openapi;
	struct drawing drawing = { .site = site };
	sp_status status = SP_NO_MEMORY;

	draw(&drawing);
	document->made = false;
	document->text.size = 0;
	if (!drawing.failed)
		status = rest_text_append_json(&document->text, drawing.root);
	json_decref(drawing.root);
	json_decref(drawing.kinds);
	if (status != SP_OK)
		return status;
	document->made = true;
	document->revision = revision;
	snprintf(document->tag, sizeof document->tag, "\"%016llx\"", (unsigned long long)hash_of(&document->text));
	return SP_OK;
}

void rest_on_openapi(void *user, struct sp_http_exchange *exchange)
{
	struct rest_site *site = user;
	const struct rest_document *document = &site->openapi;
	int64_t revision = site->gateway->revision(site->gateway);
	struct sp_http_field fields[] = { { "ETag", document->tag }, { "Cache-Control", "no-cache" }, { NULL, NULL } };

	if (!rest_is_get(site, exchange))
		return;
	if ((!document->made || document->revision != revision) && make(site, revision) != SP_OK)
		rest_refuse_no_memory(exchange);
	else if (rest_matches(exchange->ops->header(exchange, "If-None-Match"), document->tag))
		exchange->ops->reply(exchange, 304, NULL, fields, (sp_bytes){ NULL, 0 });
	else
		exchange->ops->reply(exchange, 200, "application/json", fields,
			(sp_bytes){ document->text.data, document->text.size });
}
