/* calls_kit.h: what the suites of calls, replacements and configuration share: plugins put together by a test, calls
 * that are watched, and replacements that are. */
#ifndef TESTS_CALLS_KIT_H
#define TESTS_CALLS_KIT_H

#include <signalpy/gateway.h>
#include <signalpy/testing.h>

#include "graph_kit.h"

enum { BUILT_MOST = 6, CALLED_TEXT = 240 };

/* A plugin's descriptor made at run time, so that one file can hold several plugins, and several versions of one. */
struct built {
	struct sp_plugin plugin;
	struct sp_component components[BUILT_MOST];
	const struct sp_component *list[BUILT_MOST + 1];
	size_t count;
};

/* Begins an empty plugin; adds a component, called name (NULL: its own). Everything is borrowed. */
void built_begin(struct built *built, const char *name, const char *version);
void built_add(struct built *built, const struct sp_component *component, const char *name);

/* Makes a plugin of one component of the same name, and adds it to the kernel; it must be accepted. */
sp_plugin_handle *built_load(struct built *built, sp_testing *testing, const struct sp_component *component,
	const char *name);

/* As built_load; *gone, which must live as long as the kernel, counts when the plugin is gone. */
sp_plugin_handle *built_load_counted(struct built *built, sp_testing *testing, const struct sp_component *component,
	unsigned *gone);

/* A call, and what became of it. */
struct called {
	const struct sp_gateway *gateway;
	sp_call *ticket;
	unsigned times; /* how often done was called */
	sp_status status;
	char code[32], message[CALLED_TEXT], progress[CALLED_TEXT];
	json_t *data, *details;
};

/* Calls through the host's gateway; done, progress and user of the request are set here. The loop is not turned. */
void called_begin(struct called *called, sp_testing *testing, const char *address, const char *params);
void called_with(struct called *called, sp_testing *testing, const struct sp_request *request);
void called_cancel(struct called *called);
void called_finish(struct called *called);

/* One integer of the result; the call must have succeeded. */
int64_t called_integer(const struct called *called, const char *member);

/* Calls, turns until it is answered, and answers the code ("ok" when it succeeded); static. */
const char *call_code(sp_testing *testing, const char *address, const char *params);

/* Calls and answers one integer of the result; or the error's message, borrowed until the next. */
int64_t call_integer(sp_testing *testing, const char *address, const char *params, const char *member);
const char *call_message(sp_testing *testing, const char *address, const char *params);

/* A replacement, and what became of it. */
struct replaced {
	unsigned times, gone; /* how often done was called, and the gone of the plugin that was offered */
	sp_status status;
	struct sp_error error;
	sp_plugin_handle *now;
};

/* Begins to replace old; the loop is not turned. */
sp_status replaced_begin(struct replaced *replaced, sp_plugin_handle *old, const struct built *next,
	struct sp_error *error);

/* Nodes and edges that are alive; calls, services and what else the kernel counts. */
struct sp_graph_counts kernel_counts(sp_testing *testing);

#endif
