/* model_parts.h: the components that the model-based test puts together at random, and what they tell of themselves. */
#ifndef TESTS_MODEL_PARTS_H
#define TESTS_MODEL_PARTS_H

#include <signalpy/component.h>

/* The instances, and the plugins that hold them: the last plugin holds two. */
enum { ANNA, BERT, CARL, DORA, EMIL, FRED, GINA, HUGO, IVO, NAMES };
enum { DUO = HUGO, PLUGINS };
extern const char *const instance_names[NAMES], *const plugin_names[PLUGINS];

enum { CALLS_MOST = 6, TOLD_MOST = 160, HEARD_MOST = 1200 };

/* A setting of every component: what it shall fail at. */
SP_CHOICE(fault, none, activate, health, snapshot, restore, effect, handler);
enum { FAULTS = fault_handler + 1 };

/* A limit that every running component refuses. */
enum { UNLUCKY = 13 };

/* The kinds of components. A version of a plugin says of which kind each of its instances is. */
enum kind {
	SPEAKER,
	MUTE,
	SCRIBE,
	CLERK,
	APPRENTICE,
	JOURNEYMAN,
	SMITH,
	FOUNDER,
	LISTENER,
	READER,
	CRIER,
	BUYER,
	HOST,
	GUEST,
	KINDS
};

/* The versions of a plugin. kinds are those of its instances, in order; an instance that is missing is KINDS. */
enum { VERSIONS = 3, PARTS_MOST = 2 };
struct version {
	enum kind kinds[PARTS_MOST];
};
extern const struct version versions[PLUGINS][VERSIONS];
const struct sp_plugin *version_plugin(unsigned plugin, unsigned version);

/* What a body tells: who it is (the how many-th activation of that name), and what its effects saw last. */
struct told {
	struct told *next;
	unsigned name, generation;
	char services[TOLD_MOST], values[TOLD_MOST];
};

/* What they all did. */
struct parts {
	unsigned activations[NAMES]; /* tried */
	struct told *living; /* activated, not yet deactivated */
	unsigned cleanups; /* that are still to run */
	char heard[NAMES][HEARD_MOST];
	sp_call *waiting[CALLS_MOST]; /* of the runnable wait, by its parameter */
};
extern struct parts parts;

/* Which instance has that name; NAMES when none has. */
unsigned name_index(const char *name);

#endif
