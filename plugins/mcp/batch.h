/* batch.h: several requests in one message (2025-03-26), whose answers go together. */
#ifndef MCP_BATCH_H
#define MCP_BATCH_H

#include "reply.h"

struct mcp_batch;

/* Makes a batch of messages; done is given the answers, an array that may be empty, borrowed. NULL without memory. */
struct mcp_batch *mcp_batch_create(const json_t *messages, void (*done)(void *user, const json_t *answers), void *user);

/* A reply for the next request; what comes before its answer is left out. At most one for each message. */
struct mcp_reply *mcp_batch_reply(struct mcp_batch *batch);

/* All requests have begun: done is called with the last of their answers, and the batch is gone. */
void mcp_batch_end(struct mcp_batch *batch);

/* Nobody wants the answers any more: done is not called. user is a struct mcp_batch. */
void mcp_batch_forget(void *user);

#endif
