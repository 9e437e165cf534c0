/*
 * gateway.h: the one door through which every transport calls runnables. A transport finds what is exposed, hands over
 * raw JSON and an identity, and renders the answer; validation, authorisation, hold, deadline and counting happen
 * behind it, the same for all. A component asks for it with (one, sp_gateway, gateway).
 */
#ifndef SIGNALPY_GATEWAY_H
#define SIGNALPY_GATEWAY_H

#include <signalpy/logger.h>
#include <signalpy/record.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One runnable as transports see it. Everything is borrowed until the next turn of the loop. */
struct sp_exposed {
	uint32_t struct_size;
	const char *address; /* "greeter.greet" */
	const char *instance, *component, *runnable;
	const char *about; /* may be NULL */
	const char *rest_path; /* "v1/greeter/greet"; NULL when not on REST */
	const char *cli_prefix; /* NULL: none */
	const struct sp_record *takes, *gives; /* NULL: nothing */
	unsigned transports; /* enum sp_transports, or-ed; what it is exposed on */
	bool destructive, read_only, idempotent;
	const char *action, *role;
	int64_t timeout_ms;
	bool prompt; /* it is a prompt: what it attaches are messages */
	const char *resource, *mime_type; /* it is a resource, or with {variables} a template; NULL when not */
	const char *completes; /* names the runnable that suggests values of its parameters; may be NULL */
	const char *mcp_prefix; /* of its name on MCP; NULL: none */
	const char *schema; /* JSON text of a JSON Schema to show instead of that of takes; may be NULL */
	bool may_last; /* it is declared later or blocking */
	bool as_task; /* on MCP it is called as a task only */
};

/* A skill of an instance: an instruction for people and models; and a kind, a record that a component publishes by
 * name. Both are borrowed until the next turn of the loop. */
struct sp_exposed_skill {
	uint32_t struct_size;
	const char *instance, *component, *name;
	const char *text, *about; /* about may be NULL */
	const struct sp_record *takes; /* NULL: nothing */
	const char *const *triggers,
		*const *uses; /* end with NULL; may be NULL; uses names runnables of the instance */
};
struct sp_exposed_kind {
	uint32_t struct_size;
	const char *instance, *component, *name;
	const char *about, *version; /* may be NULL */
	const struct sp_record *record;
};

/* What is visited of an instance; each may be NULL, and what answers false ends the visit. */
struct sp_exposed_visitor {
	uint32_t struct_size;
	bool (*runnable)(void *user, const struct sp_exposed *exposed);
	bool (*skill)(void *user, const struct sp_exposed_skill *skill);
	bool (*kind)(void *user, const struct sp_exposed_kind *kind);
};

/* Who calls. Strings are borrowed until the call returns. A NULL identity is nobody. privileged: may do everything. */
struct sp_identity {
	uint32_t struct_size;
	const char *name;
	bool privileged;
	const char *const *roles; /* ends with NULL; may be NULL */
};

/*
 * What a call came to; borrowed until done returns. data is the result, an object ({} for a runnable that gives
 * nothing), NULL on failure. details is the array of validation faults of SP_INVALID, or NULL. code is the word of the
 * error table that every surface shows ("invalid_params", "failed" ...), NULL on success.
 */
struct sp_answer {
	uint32_t struct_size;
	sp_status status;
	const char *code;
	const json_t *data;
	const char *message;
	const json_t *details;
	/* What the runnable attached besides (see caller.h), an array, NULL when nothing; on failures too. */
	const json_t *content;
	/* What the caller is asked, when code is "input_required": an object {name: {"method", "params"?}}. To go on,
	 * the same call is made anew with the results as answers. */
	const json_t *questions;
	/* What the runnable wanted to ask, enum sp_asks or-ed, of a caller who cannot be asked that. */
	unsigned lacks;
	int64_t retry_ms; /* in how many milliseconds it is of use to try again, when code is "too_many_requests"; else 0 */
	/* The trace that the call belongs to, 32 digits, and the call's own place in it as a traceparent: of a failure,
	 * and where the request named a trace; else NULL. */
	const char *trace_id, *traceparent;
};

/*
 * One request. params is JSON text, an object (empty: {}); it is copied if the call has to wait. timeout_ms 0: the
 * runnable's own deadline; a longer one than that is cut. done is called exactly once, on the loop, maybe before call
 * returns, unless the call is cancelled. progress may be NULL.
 */
struct sp_request {
	uint32_t struct_size;
	const char *address;
	unsigned transport; /* one of enum sp_transports; 0: not an external surface */
	sp_bytes params;
	const struct sp_identity *identity;
	int64_t timeout_ms;
	void (*done)(void *user, const struct sp_answer *answer);
	void (*progress)(void *user, int64_t done, int64_t total, const char *note);
	void *user;
	/* The rest may be left zero. tell: a line of the runnable's about this call. can_ask: enum sp_asks or-ed.
	 * answers: results of what was asked before, an object by name, of which the call holds a reference. */
	void (*tell)(void *user, enum sp_level level, const char *text);
	unsigned can_ask;
	json_t *answers;
	/* A value of the component's target_property: address is then "component.runnable", and the call goes to the
	 * instance that has it, of several to the oldest. SP_NOT_FOUND where there is none, SP_INVALID where the
	 * component declares no target_property. NULL: address names the instance. */
	const char *target;
	/* The parameters, when they have been read already, in place of params; an object that nobody alters before the
	 * call has ended, of which it holds a reference. NULL: params has them. */
	json_t *values;
	/* W3C Trace Context (level 1), as it came with the request; NULL: it did not. What is not valid is ignored: a
	 * call without a trace begins one, and one that a runnable makes belongs to that runnable's. */
	const char *traceparent, *tracestate;
};

struct sp_demand; /* see auth.h */

struct sp_gateway {
	struct sp_service service;

	/* Calls. *ret_call is a ticket for cancel until done has been called; NULL if it already has been. Every
	 * failure is told through done, so there is nothing to answer. The ticket stands in the consumer's ledger.
	 * [loop] */
	void (*call)(const struct sp_gateway *gateway, const struct sp_request *request, sp_call **ret_call);

	/* The caller has gone: done is not called any more, the runnable is told, its answer is thrown away. [loop] */
	void (*cancel)(const struct sp_gateway *gateway, sp_call *call);

	/* The runnable of an address, or of a REST path ("v1/greeter/greet"); NULL if there is none. [loop] */
	const struct sp_exposed *(*find)(const struct sp_gateway *gateway, const char *address);
	const struct sp_exposed *(*find_rest)(const struct sp_gateway *gateway, const char *path, size_t length);

	/* Visits everything exposed on any of transports, ordered by address, until visit answers false. Read inside an
	 * effect, the effect runs again when anything exposed has changed. [loop] */
	void (*each)(const struct sp_gateway *gateway, unsigned transports,
		bool (*visit)(void *user, const struct sp_exposed *exposed), void *user);

	/* Visit the skills of all instances, and their kinds, oldest instance first, until visit answers false. Tracked
	 * as each is. [loop] */
	void (*each_skill)(const struct sp_gateway *gateway,
		bool (*visit)(void *user, const struct sp_exposed_skill *skill), void *user);
	void (*each_kind)(const struct sp_gateway *gateway,
		bool (*visit)(void *user, const struct sp_exposed_kind *kind), void *user);

	/* The runnable that a request of this address and target would call; NULL and error. [loop] */
	const struct sp_exposed *(*find_target)(const struct sp_gateway *gateway, const char *address,
		const char *target, struct sp_error *error);

	/* The runnable of a REST path and target: path is the one that a default instance of the component would have,
	 * though there be none ("v1/greeter/greet", or with the component's prefix); NULL and error. [loop] */
	const struct sp_exposed *(*find_rest_target)(const struct sp_gateway *gateway, const char *path,
		const char *target, struct sp_error *error);

	/* A number that changes whenever anything exposed has changed: what was made of a listing then is out of date.
	 * Tracked as each is. [loop] */
	int64_t (*revision)(const struct sp_gateway *gateway);

	/* Visits the names of the instances of which anything exposed has come or gone since a revision, the earliest
	 * first, some more than once: whoever keeps a listing puts these right, and need not list everything anew.
	 * False, and visits none, when that is longer ago than is remembered. Not tracked. [loop] */
	bool (*each_changed)(const struct sp_gateway *gateway, int64_t since,
		void (*visit)(void *user, const char *instance), void *user);

	/* Visits what one instance exposes, runnables on any transport, skills and kinds, each in the order in which
	 * its component declares them; nothing when there is no such instance. Not tracked. [loop] */
	void (*each_of)(const struct sp_gateway *gateway, const char *instance,
		const struct sp_exposed_visitor *visitor, void *user);

	/*
	 * Whether a caller may have what a transport serves that is no runnable, such as a route: judged, limited and
	 * recorded as a call is, by auth.required, what demand names (auth.h; its action and role may both be NULL),
	 * and the policy of the instance in demand->address ("page.hello"). identity: NULL is nobody.
	 * SP_UNAUTHENTICATED, SP_FORBIDDEN, SP_TOO_MANY, SP_NO_MEMORY, and *error says why. [loop]
	 */
	sp_status (*admit)(const struct sp_gateway *gateway, unsigned transport, const struct sp_identity *identity,
		const struct sp_demand *demand, struct sp_error *error);

	/* Whether one who was admitted before would still be, as a stream's client whose roles may have changed: the
	 * same, but it neither counts for a limit nor is it recorded. Not SP_TOO_MANY. [loop] */
	sp_status (*admits_still)(const struct sp_gateway *gateway, unsigned transport,
		const struct sp_identity *identity, const struct sp_demand *demand, struct sp_error *error);
};
SP_CONTRACT(sp_gateway, "signalpy.gateway", 1);

/* The HTTP status of an answer's status (surfaces' error table): 200, 422, 504 ... [any] */
SP_API int sp_status_http(sp_status status);

#ifdef __cplusplus
}
#endif
#endif
