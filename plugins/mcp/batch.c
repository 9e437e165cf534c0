/* batch.c: collects answers. */
#include "batch.h"

#include <signalpy/value.h>
#include <stdlib.h>

struct batch_reply {
	struct mcp_reply reply; /* the first member */
	struct mcp_batch *batch;
};

struct mcp_batch {
	void (*done)(void *user, const json_t *answers); /* NULL: the client has gone */
	void *user;
	json_t *answers;
	size_t begun, open; /* replies; and the end itself */
	struct batch_reply replies[];
};

static void close_one(struct mcp_batch *batch)
{
	if (--batch->open > 0)
		return;
	if (batch->done)
		batch->done(batch->user, batch->answers);
	json_decref(batch->answers);
	free(batch);
}

static void batch_send(struct mcp_reply *reply SP_UNUSED, const json_t *message SP_UNUSED)
{
}

static void batch_finish(struct mcp_reply *reply, int http SP_UNUSED, const json_t *message)
{
	struct mcp_batch *batch = ((struct batch_reply *)reply)->batch;

	json_array_append_new(batch->answers, json_deep_copy(message));
	close_one(batch);
}

static void batch_abandon(struct mcp_reply *reply)
{
	close_one(((struct batch_reply *)reply)->batch);
}

static bool batch_asks(const struct mcp_reply *reply SP_UNUSED)
{
	return false;
}

static void batch_keep_alive(struct mcp_reply *reply SP_UNUSED)
{
}

static const struct mcp_reply_ops batch_ops = { batch_send, batch_finish, batch_abandon, batch_asks, batch_keep_alive,
	NULL, NULL };

struct mcp_batch *mcp_batch_create(const json_t *messages, void (*done)(void *user, const json_t *answers), void *user)
{
	struct mcp_batch *batch = calloc(1, sizeof *batch + json_array_size(messages) * sizeof batch->replies[0]);

	if (!batch)
		return NULL;
	batch->answers = json_array();
	if (!batch->answers) {
		free(batch);
		return NULL;
	}
	batch->done = done;
	batch->user = user;
	batch->open = 1;
	return batch;
}

void mcp_batch_forget(void *user)
{
	((struct mcp_batch *)user)->done = NULL;
}

struct mcp_reply *mcp_batch_reply(struct mcp_batch *batch)
{
	struct batch_reply *reply = &batch->replies[batch->begun++];

	reply->reply.ops = &batch_ops;
	reply->batch = batch;
	batch->open++;
	return &reply->reply;
}

void mcp_batch_end(struct mcp_batch *batch)
{
	close_one(batch);
}
