/*
 * town_kit.h: a component that has everything a component can have, two that it requires, and a chronicle of what
 * became of them, which takes no memory. For suites that let memory run out.
 */
#ifndef TESTS_TOWN_KIT_H
#define TESTS_TOWN_KIT_H

#include "kernel_kit.h"

/*
 * town: settings (name, tower.height, tower.stone, map, streets), a check hook, properties, a signal, a computed, all
 * four shapes of requirements on IVoice/1, a service, two effects, a subscription to "town.*", two timers. Runnables:
 * describe, which tells everything it reads; echo, wait and toil, which answer the word they are given, at once, after
 * town_release, and in a worker; look, which reads a path of the whole configuration and counts what is exposed; shout,
 * which publishes the event that it is given; praise, which sets the motto; tune, which sets the property of that name.
 * bell and gong offer IVoice/1 and give each consumer a rope (provide_each); bell ranks first. The next town is town
 * again, as version 2.0.0 of its plugin.
 */
SP_HIDDEN extern const struct sp_plugin *const plugin_of_town, *const plugin_of_next_town,
								       *const plugin_of_bell, *const plugin_of_gong;

enum { TOWN_TEXT = 400 };

struct chronicle {
	unsigned heard, heard_well; /* events, and those of them that were handled without failing */
	unsigned activated, deactivated, swept, ticks;
	unsigned ropes; /* that hang */
	char sign[TOWN_TEXT], voices[TOWN_TEXT]; /* what the effects saw last; cleaned up, empty */
	sp_call *waiting;
};
extern struct chronicle chronicle;

/* Lets the call of wait, if there is one, answer. */
void town_release(sp_testing *world);

#endif
