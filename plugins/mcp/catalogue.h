/* catalogue.h: what components offer, as MCP names and lists it: tools, prompts, resources and templates. */
#ifndef MCP_CATALOGUE_H
#define MCP_CATALOGUE_H

#include <jansson.h>
#include <signalpy/gateway.h>
#include <signalpy/rows.h>

enum mcp_list { MCP_TOOLS, MCP_PROMPTS, MCP_RESOURCES, MCP_TEMPLATES, MCP_LISTS };

/* The addresses of all tools and prompts by their names, a new object. Read inside an effect, the effect follows what is
 * offered. Every name is some component's only. */
json_t *mcp_names_new(const struct sp_gateway *gateway);

/* All items of a list, a new array in an order that only changes when the items do. Tracked as names are. */
json_t *mcp_items_new(const struct sp_gateway *gateway, const json_t *names, enum mcp_list list);

/* One page of a list's items, as a new result object {key: [...], "nextCursor"?}. cursor is of an earlier page, NULL for the
 * first. NULL without memory, or when the cursor is none: *ret_wrong says which. */
json_t *mcp_page_new(json_t *items, enum mcp_list list, const char *cursor, bool *ret_wrong);

/* Whether a runnable appears as a tool. */
bool mcp_is_tool(const struct sp_exposed *exposed);

/* The runnable behind a tool's or prompt's name ("greeter_greet", also "greeter.greet"); NULL when there is none. names is
 * what mcp_names_new made. */
const struct sp_exposed *mcp_tool_find(const struct sp_gateway *gateway, const json_t *names, const char *name);
const struct sp_exposed *mcp_prompt_find(const struct sp_gateway *gateway, const json_t *names, const char *name);

/* The runnable behind a resource's URI, or behind a template that it matches, and the values of the template's variables as
 * a new object in *ret_params; NULL when there is none, or without memory. */
const struct sp_exposed *mcp_resource_find(const struct sp_gateway *gateway, const char *uri, json_t **ret_params);

/* The runnable behind a template, as it is written. */
const struct sp_exposed *mcp_template_find(const struct sp_gateway *gateway, const char *uri_template);

/* The skill behind a prompt's name ("greeter_welcome"): calls visit with it, once; false when there is none. */
bool mcp_skill_find(const struct sp_gateway *gateway, const char *name,
	void (*visit)(void *user, const struct sp_exposed_skill *skill), void *user);

/* What a skill's or a kind's resource holds ("skill://greeter/welcome", "kind://greeter/greet"), as a new array of
 * resource contents; NULL when there is none, or without memory. */
json_t *mcp_built_in_resource_new(const struct sp_gateway *gateway, const char *uri);

#endif
