/* catalogue.h: what components offer, as MCP names and lists it: tools, prompts, resources and templates. */
#ifndef MCP_CATALOGUE_H
#define MCP_CATALOGUE_H

#include "names.h"

enum mcp_list { MCP_TOOLS, MCP_PROMPTS, MCP_RESOURCES, MCP_TEMPLATES, MCP_LISTS };

/* Begins as zeros. */
struct mcp_catalogue {
	struct mcp_names names;
	bool changed[MCP_LISTS]; /* by what was taken last */
	/* The rest is the catalogue's own. */
	void *shelves; /* of search.h: what each instance offers, by its name */
	json_t *lists[MCP_LISTS]; /* put together when they are asked for; NULL: anew */
	int64_t revision; /* of the gateway, when it was taken */
	bool whole; /* nothing was left out for want of memory */
};

/* Takes what is offered now, of those instances alone that have changed since the last time. False: memory ran out, and
 * the next time takes everything anew; what was kept of the former is still shown. */
bool mcp_catalogue_take(struct mcp_catalogue *catalogue, const struct sp_gateway *gateway);

/* Frees what is kept. */
void mcp_catalogue_finish(struct mcp_catalogue *catalogue);

/* One page of a list, as a new result object {key: [...], "nextCursor"?}, in an order that only changes when the items
 * do. cursor is of an earlier page, NULL for the first. NULL without memory, or when the cursor is none: *ret_wrong
 * says which. */
json_t *mcp_page_new(struct mcp_catalogue *catalogue, enum mcp_list list, const char *cursor, bool *ret_wrong);

/* The skill behind a prompt's name ("greeter_welcome"): calls visit with it, once; false when there is none. */
bool mcp_skill_find(const struct sp_gateway *gateway, const char *name,
	void (*visit)(void *user, const struct sp_exposed_skill *skill), void *user);

/* What a skill's or a kind's resource holds ("skill://greeter/welcome", "kind://greeter/greet"), as a new array of
 * resource contents; NULL when there is none, or without memory. */
json_t *mcp_built_in_resource_new(const struct sp_gateway *gateway, const char *uri);

#endif
