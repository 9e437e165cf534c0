/* keeper.h: what outlives a replacement of the plugin: its own contract between its two components. */
#ifndef MCP_KEEPER_H
#define MCP_KEEPER_H

#include "seal.h"

#include <signalpy/value.h>

struct mcp_kept {
	struct mcp_key key; /* of what clients are given to hand back */
	int64_t generation; /* 1, and one more with each replacement */
	json_t *sessions; /* what is to be known of each, by its id */
	json_t *tasks; /* see tasks.h: by owner, by id */
	int64_t tasks_made;
};

struct mcp_memory {
	struct sp_service service;

	/* What is kept, to be read and changed; borrowed until the loop turns. [loop] */
	struct mcp_kept *(*kept)(const struct mcp_memory *memory);
};
SP_CONTRACT(mcp_memory, "signalpy.mcp.memory", 1);

#endif
