/*
 * conversations.h: conversations by lines over the daemon's control socket, for protocols whose clients start a program
 * and speak to it through pipes: one JSON-RPC 2.0 message a line, both ways. A component that speaks such a protocol
 * asks for it with (optional, sp_conversations, conversations), since a host may have no control socket, and serves it
 * under a name. Whoever may call on the control socket opens a conversation with the method conversation.open; the
 * connection is the conversation's from then on. It outlives who serves it: a replacement goes on with it, and while
 * nobody serves it requests are answered with an error. Everything here is [loop].
 */
#ifndef SIGNALPY_CONVERSATIONS_H
#define SIGNALPY_CONVERSATIONS_H

#include <signalpy/gateway.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sp_conversation;

struct sp_conversation_ops {
	uint32_t struct_size;
	/* Sends a line, which has no line end in it, and its end; copied. Answers how many bytes the client has not
	 * taken yet: who goes on in spite of many makes the host cut the client off. Without memory the conversation
	 * ends. [loop] */
	size_t (*write)(struct sp_conversation *conversation, const char *line, size_t size);
	/* There is nothing more to say: the conversation ends when what was written has been taken, and gone is told.
	 * why, which may be NULL, goes to the host's log. [loop] */
	void (*close)(struct sp_conversation *conversation, const char *why);
	/* Keeps a text (copied) with the conversation for whoever opens it next, instead of the former. SP_NO_MEMORY:
	 * the former stays. [loop] */
	sp_status (*remember)(struct sp_conversation *conversation, const char *text);
};

/* One conversation, the host's; valid until gone is told, or its server ends. */
struct sp_conversation {
	uint32_t struct_size;
	const struct sp_conversation_ops *ops;
	const struct sp_identity *identity; /* who speaks: the peer of the control socket */
	const char *remembered; /* what was kept with it; NULL: it begins. Borrowed until open returns */
};

/* What a server is told of its conversations. All but gone may call the conversation's ops. */
struct sp_conversation_events {
	uint32_t struct_size;
	/* A conversation begins, or goes on that another server has left. Answers what the other events are called
	 * with; NULL without memory. When it goes on open may write; it may not close. [loop] */
	void *(*open)(void *user, struct sp_conversation *conversation);
	/* A line, without its end and without a zero byte; borrowed until this returns. NULL: one was longer than the
	 * host takes, and was thrown away. [loop] */
	void (*line)(void *opened, const char *line, size_t size);
	/* The client says no more, and reads on: what was asked should be answered, and the conversation closed.
	 * [loop] */
	void (*ending)(void *opened);
	/* The conversation has ended: it is not to be used any more, and nothing more is told. [loop] */
	void (*gone)(void *opened);
};

struct sp_conversations {
	struct sp_service service;

	/* Serves the conversations of a name until the consumer ends, in whose ledger it stands (with the line, if
	 * sp_here is put in front); its replacement, an instance of the same name, takes them over, though the former
	 * may still write to those it had. events is borrowed until then, name is copied. SP_CONFLICT when another
	 * component serves that name, SP_INVALID, SP_NO_MEMORY. [loop] */
	sp_status (*serve)(const struct sp_conversations *conversations, const char *name,
		const struct sp_conversation_events *events, void *user);
};
SP_CONTRACT(sp_conversations, "signalpy.conversations", 1);

#ifdef __cplusplus
}
#endif
#endif
