/* kernel_kit.h: what the suites of the component model share: plugins declared in the test, a diary of what ran, and
 * short words for what is asked most. */
#ifndef TESTS_KERNEL_KIT_H
#define TESTS_KERNEL_KIT_H

#include "graph_kit.h"

#include <signalpy/component.h>
#include <signalpy/testing.h>

/* A plugin's descriptor without an ELF note, so that one test has several: KIT_PLUGIN(p, &a_component,
 * &b_component); */
#define KIT_PLUGIN(P, ...) KIT_VERSION(P, P, "1.0.0", __VA_ARGS__)
#define KIT_VERSION(label, P, version_, ...) \
	static const struct sp_plugin label##_plugin = { { SP_ABI_MAJOR, sizeof(struct sp_plugin) }, #P, version_, \
		(const struct sp_component *const[]){ __VA_ARGS__, NULL } }

/* A contract with one function, that most components here offer or ask for. */
struct voice {
	struct sp_service service;
	const char *(*say)(const struct voice *voice);
};
SP_CONTRACT(voice, "IVoice", 1);

/* What ran, in order, one word after the other with a space between; taking it empties it. */
void diary_add(const char *format, ...) SP_FORMAT(1, 2);
const char *diary_take(void);

/* A kernel, booted; the test fails when there is none. */
sp_testing *world_open(const char *configuration);

/* Adds a plugin, which must succeed; with gone, counts there when nothing refers to it any more. */
sp_plugin_handle *world_add(sp_testing *world, const struct sp_plugin *plugin);
sp_plugin_handle *world_add_counted(sp_testing *world, const struct sp_plugin *plugin, int *gone);

/* Adds a plugin, which must be refused: answers why, until the next call. */
const char *world_refusal(sp_testing *world, const struct sp_plugin *plugin, sp_status *ret_status);

/* Calls a runnable, which must succeed, or fail with that code; answers the string at data.text, or the error's
 * message, until the next call. */
const char *world_call(sp_testing *world, const char *address, const char *params);
const char *world_call_fails(sp_testing *world, const char *address, const char *code);

/* Begins a call that is answered later; what comes of it goes to the diary: "answered", or the error's message. */
sp_call *world_begin(sp_testing *world, const char *address);
sp_call *kernel_begin(sp_kernel *kernel, const char *address);

/* One member of an instance in the listing: its text ("" when it has none), and how many items it has. Until the
 * next. */
const char *world_text(sp_testing *world, const char *instance, const char *member);
size_t world_size(sp_testing *world, const char *instance, const char *member);

/* How many nodes the graph has, and how often text stands in lines. */
uint64_t world_nodes(sp_testing *world);
size_t times_in(const char *lines, const char *text);

#endif
