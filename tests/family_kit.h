/* family_kit.h: what the suites of children and supervision share: parents of every strategy, children that fail when
 * told to, and a diary of who came and went. */
#ifndef TESTS_FAMILY_KIT_H
#define TESTS_FAMILY_KIT_H

#include "kernel_kit.h"

/* One component each: one_for_one, one_for_all, rest_for_one (3 restarts within 10 s, after a constant 1 s; 2 failures;
 * 2 health checks), and one that supervises nobody. Runnables: spawn, stop. */
SP_HIDDEN extern const struct sp_component each_component, every_component, rest_component, nobody_component;

/* A supervisor of supervisors: what it spawns is of the component middle, which is as each; at most 1 restart. */
SP_HIDDEN extern const struct sp_component elder_component;

/*
 * A child, which provides IVoice/1 and writes "+name" and "-name" in the diary. It fails to activate while it is
 * family.failing (all while that is "*"), and once for each event "poke" (its subscription) or "upset" (its effect)
 * whose data names it; while it is family.ill its health check, each 100 ms, fails. Runnables: size, which answers its
 * property of that name as text, and wait, which is answered by who sp_finishes it. The component guest requires
 * IVoice/1.
 */
SP_HIDDEN extern const struct sp_component kid_component;

struct family {
	const char *spawns; /* what a parent's activation spawns, of the component kid: "a b c" */
	const char *elders; /* likewise the elder's: "mid" */
	const char *failing, *ill;
	sp_verdict verdict;
	const char *properties; /* that the callback sets, JSON */
	sp_call *waiting; /* the latest call of wait */
	char asked[1000]; /* one "child attempt restarts: error;" each */
};
extern struct family family;

/* A kernel with a plugin of one parent, and one of the component kid. The family is as it is at first. */
sp_testing *family_open(const struct sp_component *parent, const char *spawns);

/* Lets a child fail: "poke" or "upset". */
void family_hurt(sp_testing *world, const char *how, const char *name);

/* Compares the diary with what is expected, and empties it. */
void family_expect(const char *diary);

/* Compares what the callback saw, and empties it. */
void family_asked(const char *asked);

/* The state of an instance must be that. */
void family_state(sp_testing *world, const char *instance, const char *state);

/* How many services of IVoice/1 there are, and how many subscriptions to "poke". */
size_t family_voices(sp_testing *world);
size_t family_ears(sp_testing *world);

#endif
