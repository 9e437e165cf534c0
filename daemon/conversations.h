/*
 * conversations.h: who serves which conversations (<signalpy/conversations.h>), and the conversations, whoever carries
 * their lines.
 */
#ifndef DAEMON_CONVERSATIONS_H
#define DAEMON_CONVERSATIONS_H

#include <signalpy/conversations.h>
#include <signalpy/kernel.h>

#include "shared_span.h"

struct conversation;
struct conversations;

/* What runs a task from the top of the loop; see <signalpy/kernel.h>. */
struct conversations *conversations_create(const struct sp_loop_ops *ops, void *loop);

/* No conversation may be left, and the kernel that its table was given to must have ended. */
void conversations_destroy(struct conversations *conversations);

/* The table that is offered to components; self is the conversations. */
const struct sp_conversations *conversations_table(const struct conversations *conversations);

/* What carries the lines of one conversation. write answers how many bytes are not taken yet; close ends the
 * conversation from the top of the loop, and may be called more than once. */
struct conversation_carrier {
	const char *name; /* of what is spoken; borrowed until the conversation begins */
	const struct sp_identity *identity; /* borrowed until it ends */
	size_t (*write)(void *user, const char *line, size_t size);
	void (*close)(void *user, const char *why);
	void *user;
};

/* Begins a conversation; carrier is copied. NULL and error: SP_UNAVAILABLE when nobody serves that name,
 * SP_NO_MEMORY. */
struct conversation *conversation_create(struct conversations *conversations,
	const struct conversation_carrier *carrier, struct sp_error *error);

/* It has ended: whoever serves it is told so. NULL is accepted. */
void conversation_destroy(struct conversation *conversation);

/* Hands on a line; at NULL: one that was too long to be kept. */
void conversation_take(struct conversation *conversation, struct span line);

/* The client says no more: the carrier is closed when it has been answered. */
void conversation_end(struct conversation *conversation);

#endif
