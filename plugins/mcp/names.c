/* names.c: by which names and addresses MCP knows runnables, and finding them by these. */
#include "names.h"

#include "template.h"

#include <stdio.h>
#include <string.h>

/* ---- names ------------------------------------------------------------------------------------------------------ */

/* Some clients take no other characters, and for one such name none of the tools. */
static void clean(char *name)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	while (*(name += strspn(name, good)))
		*name = '_';
}

/* An instance's name has no underscore, and names are 31 characters at most: no two such names are the same. */
static void plain_name(char name[static MCP_NAME_SIZE], const struct sp_exposed *exposed)
{
	snprintf(name, MCP_NAME_SIZE, "%s_%s", exposed->instance, exposed->runnable);
}

/* A prefix stands for the default instance's name, and in front of others'; an empty one stands for nothing. */
static void wanted_name(char name[static MCP_NAME_SIZE], const struct sp_exposed *exposed)
{
	const char *prefix = exposed->mcp_prefix, *instance = exposed->instance, *runnable = exposed->runnable;
	int size = MCP_NAME_SIZE; /* as if it did not fit */

	if (prefix && !*prefix)
		size = strcmp(instance, exposed->component) == 0 ? snprintf(name, MCP_NAME_SIZE, "%s", runnable) : size;
	else if (prefix && strcmp(instance, exposed->component) == 0)
		size = snprintf(name, MCP_NAME_SIZE, "%s_%s", prefix, runnable);
	else if (prefix)
		size = snprintf(name, MCP_NAME_SIZE, "%s_%s_%s", prefix, instance, runnable);
	if (size > MCP_NAME_MOST)
		plain_name(name, exposed);
	clean(name);
}

static bool wants(const struct sp_exposed *exposed, const char *name)
{
	char wanted[MCP_NAME_SIZE];

	wanted_name(wanted, exposed);
	return strcmp(wanted, name) == 0;
}

static const struct sp_exposed *find(const struct sp_gateway *gateway, const char *address)
{
	const struct sp_exposed *exposed = address ? gateway->find(gateway, address) : NULL;

	return exposed && exposed->transports & SP_MCP ? exposed : NULL;
}

static const struct sp_exposed *find_plain(const struct sp_gateway *gateway, const char *name)
{
	char address[MCP_NAME_SIZE];
	char *underscore;

	if ((size_t)snprintf(address, sizeof address, "%s", name) >= sizeof address)
		return NULL;
	underscore = strchr(address, '_');
	if (underscore)
		*underscore = '.';
	return find(gateway, address);
}

/* A name is first that of the runnable which has no other, then of those whom a prefix names so, then of whom others
 * have taken the one that its prefix makes. */
static const struct sp_exposed *holder(const struct sp_gateway *gateway, const struct mcp_names *names,
	const char *name)
{
	const struct sp_exposed *plain = find_plain(gateway, name);
	const json_t *claims = json_object_get(names->prefixed, name);

	if (!claims || (plain && !plain->resource && wants(plain, name)))
		return plain;
	return find(gateway, json_string_value(json_array_get(claims, 0)));
}

bool mcp_name_of(char name[static MCP_NAME_SIZE], const struct sp_gateway *gateway, const struct mcp_names *names,
	const struct sp_exposed *exposed)
{
	wanted_name(name, exposed);
	if (!exposed->mcp_prefix || holder(gateway, names, name) == exposed)
		return true;
	plain_name(name, exposed);
	return holder(gateway, names, name) == exposed;
}

/* ---- claims ----------------------------------------------------------------------------------------------------- */

enum claimed { PREFIXED, URI, TEMPLATE };

static json_t *table_of(const struct mcp_names *names, const json_t *claim)
{
	json_t *const tables[] = { [PREFIXED] = names->prefixed, [URI] = names->uris, [TEMPLATE] = names->templates };

	return tables[json_integer_value(json_array_get(claim, 0))];
}

static const char *key_of(const json_t *claim)
{
	return json_string_value(json_array_get(claim, 1));
}

static const char *address_of(const json_t *claim)
{
	return json_string_value(json_array_get(claim, 2));
}

bool mcp_is_template(const char *uri)
{
	return strchr(uri, '{') != NULL;
}

json_t *mcp_claim_new(const struct sp_exposed *exposed)
{
	char name[MCP_NAME_SIZE];

	if (exposed->resource)
		return json_pack("[i, s, s]", mcp_is_template(exposed->resource) ? TEMPLATE : URI, exposed->resource,
			exposed->address);
	wanted_name(name, exposed);
	return exposed->mcp_prefix ? json_pack("[i, s, s]", PREFIXED, name, exposed->address) : json_null();
}

bool mcp_names_claim(struct mcp_names *names, const json_t *claim)
{
	json_t *table = table_of(names, claim), *claims = json_object_get(table, key_of(claim));
	size_t at = 0;

	if (!claims) {
		claims = json_array();
		if (json_object_set_new(table, key_of(claim), claims) != 0)
			return false;
	}
	while (at < json_array_size(claims) &&
		strcmp(json_string_value(json_array_get(claims, at)), address_of(claim)) < 0)
		at++;
	return json_array_insert_new(claims, at, json_string(address_of(claim))) == 0;
}

void mcp_names_forget(struct mcp_names *names, const json_t *claim)
{
	json_t *table = table_of(names, claim), *claims = json_object_get(table, key_of(claim));

	for (size_t i = json_array_size(claims); i-- > 0;)
		if (strcmp(json_string_value(json_array_get(claims, i)), address_of(claim)) == 0)
			json_array_remove(claims, i);
	if (claims && !json_array_size(claims))
		json_object_del(table, key_of(claim));
}

static void note_instance(json_t *rivals, const char *address, char separator)
{
	const char *end = strchr(address, separator);

	if (end)
		json_object_setn_new(rivals, address, (size_t)(end - address), json_null());
}

void mcp_names_note_rivals(const struct mcp_names *names, const char *name, json_t *rivals)
{
	const json_t *address;
	size_t i;

	note_instance(rivals, name, '_');
	json_array_foreach(json_object_get(names->prefixed, name), i, address)
		note_instance(rivals, json_string_value(address), '.');
}

/* ---- finding ---------------------------------------------------------------------------------------------------- */

bool mcp_is_tool(const struct sp_exposed *exposed)
{
	return exposed->transports & SP_MCP && !exposed->prompt && !exposed->resource;
}

static const struct sp_exposed *find_named(const struct sp_gateway *gateway, const struct mcp_names *names,
	const char *name)
{
	const struct sp_exposed *exposed = holder(gateway, names, name);

	return exposed ? exposed : find(gateway, name);
}

const struct sp_exposed *mcp_tool_find(const struct sp_gateway *gateway, const struct mcp_names *names,
	const char *name)
{
	const struct sp_exposed *exposed = find_named(gateway, names, name);

	return exposed && mcp_is_tool(exposed) ? exposed : NULL;
}

const struct sp_exposed *mcp_prompt_find(const struct sp_gateway *gateway, const struct mcp_names *names,
	const char *name)
{
	const struct sp_exposed *exposed = find_named(gateway, names, name);

	return exposed && exposed->prompt ? exposed : NULL;
}

static const char *match(const struct mcp_names *names, const char *uri, json_t **ret_params)
{
	const char *uri_template;
	json_t *claims;

	json_object_foreach(names->templates, uri_template, claims)
		if (mcp_template_match(uri_template, uri, ret_params))
			return json_string_value(json_array_get(claims, 0));
	return NULL;
}

const struct sp_exposed *mcp_resource_find(const struct sp_gateway *gateway, const struct mcp_names *names,
	const char *uri, json_t **ret_params)
{
	const json_t *claims = json_object_get(names->uris, uri);
	const struct sp_exposed *found;
	const char *address;

	*ret_params = NULL;
	address = claims ? json_string_value(json_array_get(claims, 0)) : match(names, uri, ret_params);
	found = find(gateway, address);
	if (found && !*ret_params)
		*ret_params = json_object();
	return found;
}

const struct sp_exposed *mcp_template_find(const struct sp_gateway *gateway, const struct mcp_names *names,
	const char *uri_template)
{
	return find(gateway, json_string_value(json_array_get(json_object_get(names->templates, uri_template), 0)));
}
