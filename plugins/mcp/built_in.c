/* built_in.c: what MCP offers of an instance's skills and kinds: prompts, and resources that say what they are. */
#include "catalogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A search among what one instance has. */
struct search {
	const char *part, *uri; /* the name of the skill or kind; of the resource */
	void (*visit)(void *user, const struct sp_exposed_skill *skill);
	void *user;
	bool found;
	json_t *contents;
};

/* Visits the instance that text names up to a separator; what follows is the part. */
static void visit_instance(const struct sp_gateway *gateway, const char *text, char separator,
	const struct sp_exposed_visitor *visitor, struct search *search)
{
	const char *end = strchr(text, separator);
	char instance[MCP_NAME_SIZE];

	if (!end || end - text >= MCP_NAME_SIZE)
		return;
	snprintf(instance, sizeof instance, "%.*s", (int)(end - text), text);
	search->part = end + 1;
	gateway->each_of(gateway, instance, visitor, search);
}

static bool look_at_skill(void *user, const struct sp_exposed_skill *skill)
{
	struct search *search = user;

	search->found = strcmp(skill->name, search->part) == 0;
	if (search->found)
		search->visit(search->user, skill);
	return !search->found;
}

bool mcp_skill_find(const struct sp_gateway *gateway, const char *name,
	void (*visit)(void *user, const struct sp_exposed_skill *skill), void *user)
{
	static const struct sp_exposed_visitor looking = { .struct_size = sizeof looking, .skill = look_at_skill };
	struct search search = { .visit = visit, .user = user };

	visit_instance(gateway, name, '_', &looking, &search);
	return search.found;
}

static void show(struct search *search, const char *type, const char *text)
{
	search->contents = json_pack("[{s:s, s:s, s:s}]", "uri", search->uri, "mimeType", type, "text", text);
}

static bool show_skill(void *user, const struct sp_exposed_skill *skill)
{
	struct search *search = user;

	if (strcmp(skill->name, search->part) == 0)
		show(search, "text/markdown", skill->text);
	return !search->contents;
}

static bool show_kind(void *user, const struct sp_exposed_kind *kind)
{
	struct search *search = user;
	json_t *schema;
	char *text;

	if (strcmp(kind->name, search->part) != 0)
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
	static const struct {
		const char *scheme;
		struct sp_exposed_visitor visitor;
	} kinds[] = { { "skill://", { .struct_size = sizeof(struct sp_exposed_visitor), .skill = show_skill } },
		{ "kind://", { .struct_size = sizeof(struct sp_exposed_visitor), .kind = show_kind } } };
	struct search search = { .uri = uri };

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strncmp(uri, kinds[i].scheme, strlen(kinds[i].scheme)) == 0)
			visit_instance(gateway, uri + strlen(kinds[i].scheme), '/', &kinds[i].visitor, &search);
	return search.contents;
}
