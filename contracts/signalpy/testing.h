/*
 * testing.h: a kernel in a unit test: a loop that turns only when the test says so, a clock that the test moves, a
 * logger and a storage that the test looks into, and a collector of events. It needs no daemon, thread, file or sleep.
 */
#ifndef SIGNALPY_TESTING_H
#define SIGNALPY_TESTING_H

#include <signalpy/kernel.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sp_testing sp_testing;

/* Makes a kernel on a manual loop, configured with the JSON text (NULL: {}), and boots it; NULL without memory or when
 * the text is wrong. Destroying stops the kernel first, moving the clock when calls keep it. [loop] */
SP_API sp_testing *sp_testing_create(const char *configuration);
SP_API void sp_testing_destroy(sp_testing *testing);
SP_API sp_kernel *sp_testing_kernel(sp_testing *testing);

/* Adds a plugin's descriptor (in a test that is linked with the plugin: &signalpy_plugin) and turns the loop until it
 * rests. Replace does the same with sp_kernel_replace and answers its outcome; *error says why not. [loop] */
SP_API sp_plugin_handle *sp_testing_add(sp_testing *testing, const struct sp_plugin *descriptor,
	struct sp_error *error);
SP_API sp_status sp_testing_replace(sp_testing *testing, sp_plugin_handle **plugin, const struct sp_plugin *descriptor,
	struct sp_error *error);
SP_API void sp_testing_remove(sp_testing *testing, sp_plugin_handle *plugin);

/* Runs everything that is due until nothing is. Advance moves the clock and runs each timer on its moment. [loop] */
SP_API void sp_testing_turn(sp_testing *testing);
SP_API void sp_testing_advance(sp_testing *testing, int64_t milliseconds);

/* Whether submitted work waits until sp_testing_work is called (false: it runs with the next turn). [loop] */
SP_API void sp_testing_hold_work(sp_testing *testing, bool hold);
SP_API void sp_testing_work(sp_testing *testing);

/* Sets one key of the configuration to a JSON text (null takes it away) and commits it; turns. SP_INVALID leaves it as
 * it was. What components change through sp_config is kept in the same place. [loop] */
SP_API sp_status sp_testing_set(sp_testing *testing, const char *path, const char *json);

/* Calls "instance.runnable" with a JSON text and turns until it has answered. A new json value: {"ok":true,"data":...}
 * or {"ok":false,"error":{"code","message","details"}}; NULL if it has not answered when the loop rests, or without
 * memory. The caller owns it. [loop] */
SP_API json_t *sp_testing_call_new(sp_testing *testing, const char *address, const char *params);

/* The state of an instance ("active", "waiting" ...; "" when there is none); static. [loop] */
SP_API const char *sp_testing_state(sp_testing *testing, const char *instance);

/* What was logged, at every level, one "level instance: message" a line, and what was published, one "type {data}" a
 * line, since the last call with clear; borrowed until the next call. [loop] */
SP_API const char *sp_testing_log(sp_testing *testing, bool clear);
SP_API const char *sp_testing_events(sp_testing *testing, bool clear);

/*
 * The storage that components under test are given is in memory; a provider that the test adds is preferred to it.
 * Store puts text under an instance's key (NULL: deletes it); SP_NO_MEMORY. Stored reads it: NULL when nothing is
 * there; borrowed until the next turn. The next count requests of components come to status, a failure, and change
 * nothing. While storage is held, requests wait; letting go turns. [loop]
 */
SP_API sp_status sp_testing_store(sp_testing *testing, const char *instance, const char *key, const char *text);
SP_API const char *sp_testing_stored(sp_testing *testing, const char *instance, const char *key);
SP_API void sp_testing_fail_storage(sp_testing *testing, sp_status status, unsigned count);
SP_API void sp_testing_hold_storage(sp_testing *testing, bool hold);

/*
 * A request to a route of a component, by its address "instance.route". The first one brings an HTTP server in memory,
 * for whose sake nothing is parsed, matched or authorised: what a client sends is what stands here. parts and fields
 * are lists of names and values, "name", "Ada", NULL; both and path (NULL: the route's own), query and caller may be
 * NULL. Turns until the handler has answered. A new json value: {"status":200,"type","fields":{},"body"}, with
 * "open":true when an answer in pieces has not ended; {"status","code","message"} when the handler failed. NULL when it
 * has not begun to answer when the loop rests, when there is no such route, or without memory, or when the body is no
 * text. Who has not answered to the end is told that the client has gone. The caller owns it. [loop]
 */
struct sp_testing_request {
	uint32_t struct_size;
	const char *path, *query, *caller;
	const char *const *parts, *const *fields;
	sp_bytes body;
};
SP_API json_t *sp_testing_request_new(sp_testing *testing, const char *address,
	const struct sp_testing_request *request);

#ifdef __cplusplus
}
#endif
#endif
