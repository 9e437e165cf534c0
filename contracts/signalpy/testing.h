/*
 * testing.h: a kernel in a unit test: a loop that turns only when the test says so, a clock that the test moves, a logger
 * and a storage that the test looks into, and a collector of events. It needs no daemon, thread, file or sleep.
 */
#ifndef SIGNALPY_TESTING_H
#define SIGNALPY_TESTING_H

#include <signalpy/kernel.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sp_testing sp_testing;

/* Makes a kernel on a manual loop, configured with the JSON text (NULL: {}), and boots it; NULL without memory or when the
 * text is wrong. Destroying stops the kernel first, moving the clock when calls keep it. [loop] */
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

/* Sets one key of the configuration to a JSON text (null takes it away) and commits it; turns. SP_INVALID leaves it as it
 * was. What components change through sp_config is kept in the same place. [loop] */
SP_API sp_status sp_testing_set(sp_testing *testing, const char *path, const char *json);

/* Calls "instance.runnable" with a JSON text and turns until it has answered. A new json value: {"ok":true,"data":...} or
 * {"ok":false,"error":{"code","message","details"}}; NULL if it has not answered when the loop rests, or without memory.
 * The caller owns it. [loop] */
SP_API json_t *sp_testing_call_new(sp_testing *testing, const char *address, const char *params);

/* The state of an instance ("active", "waiting" ...; "" when there is none); static. [loop] */
SP_API const char *sp_testing_state(sp_testing *testing, const char *instance);

/* What was logged, at every level, one "level instance: message" a line, and what was published, one "type {data}" a line, since the
 * last call with clear; borrowed until the next call. [loop] */
SP_API const char *sp_testing_log(sp_testing *testing, bool clear);
SP_API const char *sp_testing_events(sp_testing *testing, bool clear);

/*
 * The storage that components under test are given is in memory; a provider that the test adds is preferred to it. Store
 * puts text under an instance's key (NULL: deletes it); SP_NO_MEMORY. Stored reads it: NULL when nothing is there; borrowed
 * until the next turn. The next count requests of components come to status, a failure, and change nothing. While
 * storage is held, requests wait; letting go turns. [loop]
 */
SP_API sp_status sp_testing_store(sp_testing *testing, const char *instance, const char *key, const char *text);
SP_API const char *sp_testing_stored(sp_testing *testing, const char *instance, const char *key);
SP_API void sp_testing_fail_storage(sp_testing *testing, sp_status status, unsigned count);
SP_API void sp_testing_hold_storage(sp_testing *testing, bool hold);

#ifdef __cplusplus
}
#endif
#endif
