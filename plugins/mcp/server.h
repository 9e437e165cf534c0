/* server.h: the MCP server: what is under way, and what it needs of the component that owns it. */
#ifndef MCP_SERVER_H
#define MCP_SERVER_H

#include "catalogue.h"
#include "keeper.h"
#include "limits.h"
#include "reply.h"

#include <signalpy/auth.h>
#include <signalpy/caller.h>
#include <signalpy/gateway.h>
#include <signalpy/rows.h>

struct mcp_lines;
struct mcp_request;
struct mcp_run;
struct mcp_session;
struct mcp_server;

/* Called by the server, on the loop. */
struct mcp_server_owner {
	const struct sp_gateway *(*gateway)(void *user);
	struct mcp_kept *(*kept)(void *user);
	int64_t (*now)(void *user), (*wall_time)(void *user); /* milliseconds; since 1970 */
	const struct sp_auth *(*auth)(void *user); /* NULL: there is none */
	void (*work)(void *user, bool begins); /* a request is under way that is answered later */
	void (*wake)(void *user, int64_t milliseconds); /* calls mcp_tasks_promote then */
	void (*hand_over)(void *user, const json_t *record); /* what a task came to, to the instance that serves now */
	void *user;
};

/* What the configuration says; text is borrowed until it is set anew. */
struct mcp_preferences {
	const char *name, *version, *instructions; /* instructions may be NULL */
	int64_t sessions, session_ms;
	int64_t tasks, tasks_per_caller, task_ms, task_poll_ms, task_after_ms;
	struct mcp_limits limits;
	const char *resource; /* the address of the server; may be NULL */
	const char *const *issuers; /* of tokens */
	size_t issuer_count;
};

struct mcp_server {
	struct mcp_server_owner owner;
	struct mcp_preferences settings;
	const struct sp_identity *caller; /* who sends what is being read; NULL: nobody */
	struct mcp_request *requests;
	int64_t request_count; /* that have not ended */
	struct mcp_session *sessions, *last_session; /* the one used latest is the first */
	void *session_tree; /* of search.h, by id */
	size_t session_count;
	struct mcp_lines *lines; /* the conversations by lines */
	struct mcp_catalogue catalogue;
	struct mcp_run *runs; /* of tasks */
	const json_t *making; /* the record of a task that its client has not been told of yet; NULL: none */
	bool waking; /* it will be */
	bool left; /* another instance serves */
	int64_t generation; /* of the kept sessions that are known here */
};

/* Who sends a request, and by which rules. */
struct mcp_origin {
	enum mcp_era era;
	struct mcp_session *session; /* older era; NULL: none */
	const struct sp_identity *identity; /* NULL: nobody. Copied by mcp_request_begin */
	unsigned can_ask; /* enum sp_asks or-ed */
	json_t *answers; /* to what was asked before, by name; NULL: none. Stolen by mcp_request_begin */
	enum sp_level log_level; /* of lines that are sent; less is left out */
	bool logs; /* lines are sent at all */
	bool takes_tasks; /* modern era: an answer may be a task */
	bool in_task; /* the reply is a task's, see runs.h */
	int64_t told; /* progress that was told before, and one */
};

/* One request that has not been answered. */
struct mcp_request {
	struct mcp_request *previous, *next;
	struct mcp_server *server;
	struct mcp_reply *reply;
	struct mcp_origin origin;
	struct sp_identity *identity; /* of the origin; NULL: nobody */
	json_t *message;
	const json_t *id, *params; /* of the message; params may be NULL */
	const char *method;
	const struct mcp_method *run;
	json_t *asked; /* the names of questions by their ids; NULL: none */
	json_t *filter; /* of subscriptions/listen; NULL in other requests */
	json_t *awaited; /* the record of the task whose end it waits for; NULL: none */
	int64_t task_after,
		task_at; /* when it becomes a task, if it is not answered: after milliseconds; below 0: never */
	sp_call *ticket; /* of the runnable, while it is called */
	/* What is made of the runnable's answer. */
	void (*answered)(struct mcp_request *request, const struct sp_answer *answer);
	int64_t progress; /* the latest sent, so that it only ever grows */
	bool guarded; /* its runnable demands an action or a role */
	bool structured; /* its runnable gives structured content, even if that is empty */
	bool calling, ended, waits;
};

/* Begins a request; message is referenced, reply is the request's from now on. It may have ended when this returns. */
void mcp_request_begin(struct mcp_server *server, const struct mcp_origin *origin, json_t *message,
	struct mcp_reply *reply);

/* Ends a request: with a result, stolen (NULL: memory ran out); or with an error, whose data is stolen. */
void mcp_request_succeed(struct mcp_request *request, json_t *result);
void mcp_request_fail(struct mcp_request *request, const struct mcp_fault *fault);

/* Ends it with a result whose members are JSON text, without resultType; false: the reply does not take text, or it is
 * too long, and nothing has happened. */
bool mcp_request_succeed_text(struct mcp_request *request, const char *members);

/* Ends it without an answer: nobody wants it any more. */
void mcp_request_cancel(struct mcp_request *request);

/* Sends a notification that belongs to the request; params is stolen. */
void mcp_request_notify(struct mcp_request *request, const char *method, json_t *params);

/* Calls a runnable for the request, with arguments (stolen; NULL: none); answered ends the request. */
void mcp_request_call(struct mcp_request *request, const struct sp_exposed *exposed, json_t *arguments,
	void (*answered)(struct mcp_request *request, const struct sp_answer *answer));

/* The request of an id that is under way in a session (or of those without), or NULL. */
struct mcp_request *mcp_request_find(struct mcp_server *server, const struct mcp_session *session, const json_t *id);

/* Keeps a request that is answered later. */
void mcp_request_stay(struct mcp_request *request);

/* Cancels everything that is under way. */
void mcp_server_close(struct mcp_server *server);

/* What a method does. It ends the request, now or later. */
struct mcp_method {
	const char *name;
	bool older, modern; /* the eras that know it */
	void (*run)(struct mcp_request *request);
};

/* The tables of methods, each ending with a NULL name. */
extern const struct mcp_method mcp_methods_tools[], mcp_methods_prompts[], mcp_methods_resources[], mcp_methods_about[],
	mcp_methods_sessions[], mcp_methods_completion[], mcp_methods_subscriptions[], mcp_methods_tasks[];

#endif
