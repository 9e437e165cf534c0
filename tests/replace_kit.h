/* replace_kit.h: what the suites of replacements share: two versions of a component with state and one without, and a
 * diary of what they did. */
#ifndef TESTS_REPLACE_KIT_H
#define TESTS_REPLACE_KIT_H

#include <signalpy/component.h>

#include "calls_kit.h"

/* clang-format off */
SP_RECORD(number, (integer, value, .otherwise = 1));
/* clang-format on */

/* ICount/1: which version answers, how far it has counted; and a way to count. */
struct counts {
	struct sp_service service;
	int64_t (*version)(const struct counts *counts);
	int64_t (*count)(const struct counts *counts);
	void (*add)(const struct counts *counts, int64_t value);
};
SP_CONTRACT(counts, "ICount", 1);

/* ILack/1, which the component filler provides. */
struct lack {
	struct sp_service service;
	const char *kind;
};
SP_CONTRACT(lack, "ILack", 1);
SP_HIDDEN extern const struct sp_component filler_component;

/*
 * The component counter, versions 1, 2 and 3. Runnables: version; add, which takes "value", in version 2 "by";
 * old_only, which version 2 has not; wait, which waits for kit_release; nap, which a timer of 100 ms ends; toil, in a
 * worker. 1 and 2 have state of their version, 2 can restore 1's; 3 can restore neither. 1 and 2 have the property
 * label ("a", "b"), which restore sets to what it was.
 */
SP_HIDDEN extern const struct sp_component counter_one_component, counter_two_component, counter_three_component;

/* The component plain, without state: version, wait and nap. needy, a version of it, waits for ILack/1. */
SP_HIDDEN extern const struct sp_component plain_one_component, plain_two_component, needy_component;

/* The component ear, which writes in the diary what it hears. */
SP_HIDDEN extern const struct sp_component ear_component;

enum kit_fault { KIT_NO_FAULT, KIT_ACTIVATE, KIT_HEALTH, KIT_SNAPSHOT, KIT_RESTORE, KIT_TIMER };

/* What the components wrote, what they hold, and which step of version 2 (snapshot: of 1) shall fail; or
 * that its activation shall start a timer of 10 ms. */
struct replace_kit {
	char diary[1000];
	enum kit_fault fault;
	sp_call *waiting[100];
	size_t waiting_count;
	bool silent; /* nothing is written */
};
extern struct replace_kit kit;

void kit_write(const char *format, ...) SP_FORMAT(1, 2);

/* Compares the diary with what is expected, and empties it. */
void kit_expect(const char *diary);

/* Lets the calls of wait answer. */
void kit_release(sp_testing *testing);

/* Begins a plugin named like its one component. */
void kit_plugin(struct built *built, const struct sp_component *component, const char *name, const char *version);

/* Adds counter, version 1, to a new kernel. */
sp_testing *kit_open_counter(struct built *built, sp_plugin_handle **ret_plugin);

/* Begins to replace plugin by version 2 of counter. */
void kit_begin_two(struct replaced *replaced, struct built *built, sp_plugin_handle *plugin);

#endif
