/*
 * words_calls.h: the words of what is called from outside: runnable, blocking, later, route, skill, rest, cli, mcp.
 * Included by words.h.
 */
#ifndef SIGNALPY_WORDS_CALLS_H
#define SIGNALPY_WORDS_CALLS_H

#include <signalpy/rows.h>

/*
 * (runnable, name, in, out): sp_status C_name(struct C *self, const struct in *in, struct out *out), answers at once
 * (later, name, in, out): (struct C *self, sp_call *call, const struct in *in, struct out *out), may answer SP_LATER
 * and
 *   end with sp_finish(call, status)
 * (blocking, name, in, out): (const struct C *self, sp_call *call, const struct in *in, struct out *out), runs in a
 *   worker thread, where slots are read with sp_peek
 * in or out may be the word nothing, and then has no parameter. What out points to lives as long as sp_format's text.
 * Attributes: .about, .timeout_ms, .destructive, .read_only, .idempotent, .transports, .action, .role. .prompt = true:
 * on MCP it is a prompt; what it attaches (caller.h) are the messages, of the user unless a piece has a "role".
 * .resource = "notes://{id}": on MCP it is a resource of that URI, or with variables, which it takes as strings, of
 * that template (RFC 6570, level 1); it attaches pieces of type resource. .mime_type is the resource's. .completes =
 * "suggest": that runnable, which takes the strings argument and value and gives the array values, suggests values of
 * its parameters. .schema: a JSON Schema to show, of a runnable that takes anything. .as_task = true, of later and
 * blocking: it takes so long that MCP clients call it as a task only, whose end they come back for.
 */
#define SP_MEMBER_OF_runnable(C, ...)
#define SP_HANDLER_OF_runnable(C, name, I, O, ...) \
	static sp_status C##_##name(struct C *self SP__IN(I) SP__OUT(O)); \
	SP__RUN(C, name, SP__PASS(I, O)(C##_##name, self))
#define SP_ROW_OF_runnable(C, name, I, O, ...) SP__RUNNABLE(C, name, SP_AT_ONCE, I, O, __VA_ARGS__)
#define SP_MEMBER_OF_blocking(C, ...)
#define SP_HANDLER_OF_blocking(C, name, I, O, ...) \
	static sp_status C##_##name(const struct C *self, sp_call *call SP__IN(I) SP__OUT(O)); \
	SP__RUN(C, name, SP__PASS(I, O)(C##_##name, self, call))
#define SP_ROW_OF_blocking(C, name, I, O, ...) SP__RUNNABLE(C, name, SP_IN_WORKER, I, O, __VA_ARGS__)
#define SP_MEMBER_OF_later(C, ...)
#define SP_HANDLER_OF_later(C, name, I, O, ...) \
	static sp_status C##_##name(struct C *self, sp_call *call SP__IN(I) SP__OUT(O)); \
	SP__RUN(C, name, SP__PASS(I, O)(C##_##name, self, call))
#define SP_ROW_OF_later(C, name, I, O, ...) SP__RUNNABLE(C, name, SP_FINISHES_LATER, I, O, __VA_ARGS__)
#define SP__RUN(C, name, ...) \
	static sp_status C##__##name(void *self, sp_call *call SP_UNUSED, const void *in SP_UNUSED, \
		void *out SP_UNUSED) \
	{ \
		return __VA_ARGS__; \
	}
#define SP__IN(I) SP__IF_NOTHING(I, SP__NONE, SP__IN_)(I)
#define SP__IN_(I) , const struct I *in
#define SP__OUT(O) SP__IF_NOTHING(O, SP__NONE, SP__OUT_)(O)
#define SP__OUT_(O) , struct O *out
#define SP__NONE(name)
#define SP__PASS(I, O) \
	SP__IF_NOTHING(I, SP__IF_NOTHING(O, SP__CALL, SP__CALL_OUT), SP__IF_NOTHING(O, SP__CALL_IN, SP__CALL_IN_OUT))
#define SP__CALL(function, ...) function(__VA_ARGS__)
#define SP__CALL_IN(function, ...) function(__VA_ARGS__, in)
#define SP__CALL_OUT(function, ...) function(__VA_ARGS__, out)
#define SP__CALL_IN_OUT(function, ...) function(__VA_ARGS__, in, out)
#define SP__RECORD_OF(R) SP__IF_NOTHING(R, SP__NULL, SP__RECORD_OF_)(R)
#define SP__RECORD_OF_(R) &R##_record
#define SP__NULL(name) NULL
#define SP__RUNNABLE(C, name, mode_, I, O, ...) \
	SP__MAKE(sp_runnable, SP_ROW_RUNNABLE, 0, #name, .takes = SP__RECORD_OF(I), .gives = SP__RECORD_OF(O), \
		.mode = mode_, .run = C##__##name, __VA_ARGS__)

/*
 * (route, name, "METHOD", "/path/{part}"): sp_status C_name(struct C *self, struct sp_http_exchange *exchange), a route
 * of the component's own on whatever provides sp_http; its file includes <signalpy/http.h>. It is there while the
 * instance is active and a server is: no server is no reason to wait. Attributes are those of struct sp_http_route:
 * .action, .role, .open, .max_body. As a row it is an optional requirement, which is the member name, and an effect
 * that mounts.
 */
#define SP_MEMBER_OF_route(C, R, ...) SP_ONE(sp_http) R;
#define SP_HANDLER_OF_route(C, R, method_, path_, ...) \
	static sp_status C##_##R(struct C *self, struct sp_http_exchange *exchange); \
	static sp_status C##__##R##__run(void *self, struct sp_http_exchange *exchange) \
	{ \
		return C##_##R(self, exchange); \
	} \
	static const struct sp_http_route C##__##R##__route = { .struct_size = sizeof(struct sp_http_route), \
		.name = #R, \
		.method = method_, \
		.path = path_, \
		.run = C##__##R##__run, \
		__VA_ARGS__ }; \
	static void C##__##R##__leave(void *user) \
	{ \
		struct C *self = user; \
		const struct sp_http *http = sp_peek(self->R); \
\
		if (http && sp_has(http, unroute)) \
			http->unroute(http, &C##__##R##__route); \
	} \
	static sp_status C##__##R(void *user, sp_run *run SP_UNUSED) \
	{ \
		struct C *self = user; \
		const struct sp_http *http = sp_get(self->R); \
		struct sp_error error; \
\
		if (!http) \
			return SP_OK; \
		if (!sp_has(http, route)) \
			return sp_fail(self->rt, SP_UNAVAILABLE, "the HTTP server mounts no routes; update it"); \
		if (sp_here(http)->route(http, &C##__##R##__route, self, &error) != SP_OK) \
			return sp_fail(self->rt, error.code, "%s", error.message); \
		return sp_cleanup(self->rt, C##__##R##__leave, self); \
	}
#define SP_ROW_OF_route(C, R, ...) \
	SP__MAKE(sp_need, SP_ROW_NEED, offsetof(struct C, R), #R, .contract = &sp_http_contract, \
		.shape = SP_SHAPE_OPTIONAL), \
		SP__MAKE(sp_effect, SP_ROW_EFFECT, 0, #R, .run = C##__##R)

/* (skill, name, "text", .about = "...", .uses = SP_NAMES("greet")): an instruction for people and agents.
 * (rest, .prefix = "/shop", .version = "v2", .exclude = SP_NAMES("purge")), (cli, ...), (mcp, ...): how the runnables
 * appear on one transport; without any such row a component is exposed on all, with one only on those named. */
#define SP_NAMES(...) \
	(const char *const[]) \
	{ \
		__VA_ARGS__, NULL \
	}
#define SP_MEMBER_OF_skill(C, ...)
#define SP_HANDLER_OF_skill(C, ...)
#define SP_ROW_OF_skill(C, name, text_, ...) SP__MAKE(sp_skill, SP_ROW_SKILL, 0, #name, .text = text_, __VA_ARGS__)
#define SP_MEMBER_OF_rest(C, ...)
#define SP_HANDLER_OF_rest(C, ...)
#define SP_ROW_OF_rest(C, ...) SP__MAKE(sp_transport, SP_ROW_TRANSPORT, 0, "rest", __VA_ARGS__)
#define SP_MEMBER_OF_cli(C, ...)
#define SP_HANDLER_OF_cli(C, ...)
#define SP_ROW_OF_cli(C, ...) SP__MAKE(sp_transport, SP_ROW_TRANSPORT, 0, "cli", __VA_ARGS__)
#define SP_MEMBER_OF_mcp(C, ...)
#define SP_HANDLER_OF_mcp(C, ...)
#define SP_ROW_OF_mcp(C, ...) SP__MAKE(sp_transport, SP_ROW_TRANSPORT, 0, "mcp", __VA_ARGS__)

#endif
