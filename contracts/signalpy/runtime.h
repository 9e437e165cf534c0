/*
 * runtime.h: what a handler may ask of the kernel. rt is the instance's runtime, self->rt; call is one call of a
 * runnable; run is one run of an asynchronous effect.
 */
#ifndef SIGNALPY_RUNTIME_H
#define SIGNALPY_RUNTIME_H

#include <signalpy/record.h>

#ifdef __cplusplus
extern "C" {
#endif

/* sp_fail(where, code, "format", ...) records why and answers code; where is self->rt, a call or a run. The words are
 * told when the handler that is running answers a failure. A computed, which answers a value, fails by it. self->rt:
 * [loop]; a call or a run: [any] */
#define sp_fail(where, code, ...) \
	_Generic((where), sp_runtime *: sp_runtime_fail, sp_call *: sp_call_fail, sp_run *: sp_run_fail)((where), \
		(code), __VA_ARGS__)
SP_API sp_status sp_runtime_fail(sp_runtime *rt, sp_status code, const char *format, ...) SP_FORMAT(3, 4);
SP_API sp_status sp_call_fail(sp_call *call, sp_status code, const char *format, ...) SP_FORMAT(3, 4);
SP_API sp_status sp_run_fail(sp_run *run, sp_status code, const char *format, ...) SP_FORMAT(3, 4);

/* sp_format(where, "format", ...): text that lives as long as the handler that is running (where = self->rt) or the
 * call. Never NULL: without memory it is "" and the handler fails with SP_NO_MEMORY. */
#define sp_format(where, ...) \
	_Generic((where), sp_runtime *: sp_runtime_format, sp_call *: sp_call_format)((where), __VA_ARGS__)
SP_API const char *sp_runtime_format(sp_runtime *rt, const char *format, ...) SP_FORMAT(2, 3); /* [loop] */
SP_API const char *sp_call_format(sp_call *call, const char *format, ...) SP_FORMAT(2, 3); /* [any] */

/* sp_append(where, &out->items, value): grows a record's array by one, typed; it lives as sp_format's text does.
 * Without memory the array stays and the handler fails with SP_NO_MEMORY. */
#define sp_append(where, array, ...) \
	_Generic((where), sp_runtime *: sp_runtime_append, sp_call *: sp_call_append)((where), (array), \
		sizeof *(array)->items, (__typeof__(*(array)->items)[1]){ __VA_ARGS__ })
SP_API void sp_runtime_append(sp_runtime *rt, void *array, size_t size, const void *value); /* [loop] */
SP_API void sp_call_append(sp_call *call, void *array, size_t size, const void *value); /* [any] */

/* The instance's name; borrowed for the instance's life. [any] */
SP_API const char *sp_name(const sp_runtime *rt);

/* Publishes an event with data, which is stolen in every case (NULL: an empty object). It is delivered after the
 * handler that is running. SP_FORBIDDEN when the configuration's policy does not let the instance publish that type,
 * SP_UNAVAILABLE when the queue is full, SP_NO_MEMORY. [any]; from another thread the event is queued to the loop, and
 * judged there */
SP_API sp_status sp_publish(sp_runtime *rt, const char *type, json_t *data);

/* Inside an effect: release(object) runs before the effect's next run, or when the instance ends. Inside any other
 * handler: when the instance ends. The ledger names the line if it is the last to hold something. [loop] */
#define sp_cleanup(rt, release, object) sp_runtime_cleanup((rt), (release), (object), __FILE__, __LINE__)
SP_API sp_status sp_runtime_cleanup(sp_runtime *rt, void (*release)(void *), void *object, const char *file, int line);

/*
 * A lease keeps a service beyond the handler, or on another thread. It stands in the holder's ledger with file and line
 * and counts as in flight on the provider, whose plugin cannot be unloaded before it is released. Answers the holder's
 * own copy of the service, or NULL without memory; a leased service cannot be leased again. Taking is [loop]; releasing
 * is [any] and accepts NULL.
 */
#define sp_lease(rt, service_) ((__typeof__(service_))sp_runtime_lease((rt), &(service_)->service, __FILE__, __LINE__))
#define sp_lease_release(rt, leased) \
	sp_runtime_lease_release((rt), \
		((void)sizeof((leased)->service.consumer), (const struct sp_service *)(const void *)(leased)))
SP_API const void *sp_runtime_lease(sp_runtime *rt, const struct sp_service *service, const char *file, int line);
SP_API void sp_runtime_lease_release(sp_runtime *rt, const struct sp_service *leased);

/* Begins and ends something of the instance's own that counts as a call in flight, such as a request that it answers
 * later: when the instance is removed or replaced, its effects end first, and deactivate waits for the last end. Every
 * begin is followed by one end. [loop] */
SP_API void sp_work_begin(sp_runtime *rt);
SP_API void sp_work_end(sp_runtime *rt);

/* Of a call: how far it is (total 0: unknown; note is copied, may be NULL), whether its caller has gone or its deadline
 * has passed, how many milliseconds it has left (INT64_MAX: no deadline), and who calls (borrowed; "" for nobody).
 * [any] */
SP_API void sp_progress(sp_call *call, int64_t done, int64_t total, const char *note);
SP_API bool sp_is_cancelled(const sp_call *call);
SP_API int64_t sp_time_left(const sp_call *call);
SP_API const char *sp_caller(const sp_call *call);

/* Whether a dependency of the asynchronous effect changed since this run began, or it was cancelled, or an activation
 * or deactivation has lasted too long: what it does is not wanted any more. [any], until it is finished */
SP_API bool sp_is_stale(const sp_run *run);

/* Ends a call (handler word later), or a run (of an asynchronous effect or hook) that answered SP_LATER, exactly once.
 * out of the handler, and the instance, stay valid until then. Nothing is allocated. [any] */
#define sp_finish(work, status) _Generic((work), sp_call *: sp_call_finish, sp_run *: sp_run_finish)((work), (status))
SP_API void sp_call_finish(sp_call *call, sp_status status);
SP_API void sp_run_finish(sp_run *run, sp_status status);

/* Timers and descriptor watches are rows of the component; these start and stop them. A timer fires once, after the
 * given milliseconds (below 0: at once); starting a running one begins anew. A watch reports until it is stopped.
 * [loop] */
enum { SP_READABLE = 1, SP_WRITABLE = 2 };
SP_API sp_status sp_timer_start(sp_timer *timer, int64_t milliseconds);
SP_API void sp_timer_stop(sp_timer *timer);
SP_API sp_status sp_watch_start(sp_watch *watch, int fd, unsigned events);
SP_API void sp_watch_stop(sp_watch *watch);

/* Milliseconds of the loop's monotonic clock; with the testing loop, of the test's own. [loop] */
SP_API int64_t sp_now_ms(const sp_runtime *rt);

/*
 * Spawns an instance of a component, of any plugin, as a child of this one: sp_spawn(self->rt, "worker", "pool-one",
 * json_pack("{s:i}", "size", 3)). It activates after the handler that is running, when what it requires is there and
 * its parent is active; if it fails, that is its supervisor's affair: the (supervise) row's, or nobody's. It stands in
 * the parent's ledger with file and line, stops before its parent, and stays when the parent is replaced. A child of
 * that name and component that is there already, also since a former version, is left as it is. properties are stolen
 * in every case (NULL: none). SP_NOT_FOUND: no such component; SP_CONFLICT: the name is taken; SP_INVALID: it is no
 * name, or the properties do not suit the component; SP_GONE: the parent is about to stop; SP_NO_MEMORY. [loop]
 */
struct sp_child {
	uint32_t struct_size;
	const char *component, *name;
	json_t *properties;
	const char *file;
	int line;
};
#define sp_spawn(rt, component_, name_, properties_) \
	sp_runtime_spawn((rt), \
		&(struct sp_child){ sizeof(struct sp_child), (component_), (name_), (properties_), __FILE__, \
			__LINE__ })
SP_API sp_status sp_runtime_spawn(sp_runtime *rt, const struct sp_child *child);

/* Stops a child for good; its name is free at once. SP_NOT_FOUND when the instance has no child of that name. [loop] */
SP_API sp_status sp_stop_child(sp_runtime *rt, const char *name);

/* What a subscriber is handed; borrowed until it returns. source is the instance that published ("" for the kernel). */
typedef struct sp_event {
	uint32_t struct_size;
	const char *type;
	const json_t *data;
	const char *source;
	int64_t time_ms; /* since 1970 */
	const char *trace_id; /* of the call that published it, on the loop; NULL: none did */
} sp_event;

/* What a supervisor is handed, borrowed until it returns, and what it answers: to restart the child after a delay, or
 * to give it up, whereupon it stays errored until somebody tries it again. attempt counts the child's failures in a
 * row, restarts_in_window the restarts of all children that the window holds. properties is never NULL; what is changed
 * in it is what the child restarts with. */
typedef struct sp_failure {
	uint32_t struct_size;
	const char *child;
	const struct sp_error *error;
	int attempt, restarts_in_window;
	json_t *properties; /* of the child; may be changed */
} sp_failure;
typedef enum sp_verdict { SP_RESTART, SP_GIVE_UP } sp_verdict;

#ifdef __cplusplus
}
#endif
#endif
