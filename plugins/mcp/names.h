/* names.h: by which names and addresses MCP knows runnables, and finding them by these. */
#ifndef MCP_NAMES_H
#define MCP_NAMES_H

#include <jansson.h>
#include <signalpy/gateway.h>
#include <signalpy/rows.h>

enum { MCP_NAME_MOST = 64, MCP_NAME_SIZE = MCP_NAME_MOST + 1 };

/* Who claims what: objects of sorted arrays of addresses, the first of which has it. */
struct mcp_names {
	json_t *prefixed; /* by the name that a prefix makes */
	json_t *uris, *templates; /* of resources */
};

/* Notes an exposed runnable's claim, or forgets it by what mcp_claim_new said of it. */
bool mcp_names_claim(struct mcp_names *names, const json_t *claim);
void mcp_names_forget(struct mcp_names *names, const json_t *claim);

/* What a runnable claims, as a new value to be kept until it has gone; json_null() when it claims nothing but its plain
 * name, which no other can have. */
json_t *mcp_claim_new(const struct sp_exposed *exposed);

/* Whether text is a resource's template. */
bool mcp_is_template(const char *uri);

/* Whether a runnable appears as a tool. */
bool mcp_is_tool(const struct sp_exposed *exposed);

/* The name under which a tool or a prompt is known; false when others have taken all that it could have. */
bool mcp_name_of(char name[static MCP_NAME_SIZE], const struct sp_gateway *gateway, const struct mcp_names *names,
	const struct sp_exposed *exposed);

/* Adds to rivals, an object by instances' names, whoever is named otherwise when a name is given or free. */
void mcp_names_note_rivals(const struct mcp_names *names, const char *name, json_t *rivals);

/* The runnable behind a tool's or prompt's name ("greeter_greet", also "greeter.greet"); NULL when there is none. */
const struct sp_exposed *mcp_tool_find(const struct sp_gateway *gateway, const struct mcp_names *names,
	const char *name);
const struct sp_exposed *mcp_prompt_find(const struct sp_gateway *gateway, const struct mcp_names *names,
	const char *name);

/* The runnable behind a resource's URI, or behind a template that it matches, and the values of the template's
 * variables as a new object in *ret_params; NULL when there is none, or without memory. */
const struct sp_exposed *mcp_resource_find(const struct sp_gateway *gateway, const struct mcp_names *names,
	const char *uri, json_t **ret_params);

/* The runnable behind a template, as it is written. */
const struct sp_exposed *mcp_template_find(const struct sp_gateway *gateway, const struct mcp_names *names,
	const char *uri_template);

#endif
