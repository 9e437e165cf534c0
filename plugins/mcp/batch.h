/* batch.h: several requests in one POST (2025-03-26), whose answers go together. */
#ifndef MCP_BATCH_H
#define MCP_BATCH_H

#include "http_reply.h"

struct mcp_batch;

/* Makes a batch for an exchange that has not been answered; NULL without memory. */
struct mcp_batch *mcp_batch_create(struct sp_http_exchange *exchange, const json_t *messages);

/* A reply for the next request; what comes before its answer is left out. At most one for each message. */
struct mcp_reply *mcp_batch_reply(struct mcp_batch *batch);

/* All requests have begun: the batch is answered with the last of their answers. */
void mcp_batch_end(struct mcp_batch *batch);

#endif
