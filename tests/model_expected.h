/*
 * model_expected.h: what the kernel should be like after any operation, worked out the plain way: no tables, no slots,
 * no memory, just what the rules say of instances, their bodies, what these are shown, and what keeps them. The model's
 * picture is compared, line by line, with one that is taken of the kernel; see model_live.h.
 */
#ifndef TESTS_MODEL_EXPECTED_H
#define TESTS_MODEL_EXPECTED_H

#include <check.h>

#include "model_operation.h"
#include "model_parts.h"

enum { INSTANCES_MOST = 24, BODIES_MOST = 40, LOADS_MOST = 1000, SHOWN_MOST = 24, EARS_MOST = 64, EVENTS_MOST = 32 };
enum { NEEDS_MOST = 3, EARS_OF_KIND = 3, STATES_MOST = 400 };
enum contract { WORD, TOOL, CONTRACTS };
enum shape { ONE, OPTIONAL, ALL, MAP };

/* What the model knows of a kind of component: its rows in short. */
struct kind_need {
	enum contract contract;
	enum shape shape;
	const char *language; /* its filter; NULL: none */
};
struct kind_ear {
	const char *handler, *pattern;
};
struct facts {
	bool provides[CONTRACTS];
	int64_t ranking;
	bool ranks; /* by a property */
	const char *language; /* a property; NULL: it has none */
	size_t need_count;
	struct kind_need needs[NEEDS_MOST];
	struct kind_ear ears[EARS_OF_KIND];
	bool remembers, waits, leases, cries;
	unsigned nodes, effects; /* nodes that are no effects, and effects */
};
extern const struct facts kind_facts[KINDS];

/* Bodies that a need shows, best first. */
struct view {
	const struct body *shown[SHOWN_MOST];
	size_t count;
};

enum body_phase { PREPARED, SERVING, LEFT };

struct body {
	bool used;
	enum kind kind;
	unsigned name, generation;
	struct load *load;
	struct instance *instance; /* NULL once it was replaced, or is not to replace any more */
	enum body_phase phase;
	bool withdrawn, losing, quiet, ailing, ends;
	const struct load *pending; /* the plugin that is being replaced, on either side */
	int64_t ranking, age, count, leave_by;
	const char *language;
	struct setting setting;
	const struct body *leased;
	struct view views[NEEDS_MOST];
};

enum state { DISCOVERED, WAITING, ACTIVE, ERRORED, STOPPING };

struct event {
	const char *type;
	int number;
	const char *handler; /* of one that is kept */
};

struct instance {
	bool used, removed, retry, due;
	enum kind kind;
	unsigned name;
	struct load *load;
	enum state state;
	struct body *body;
	int64_t age;
	char error[100];
	struct event kept[EVENTS_MOST];
	size_t kept_count;
	bool in_cycle;
};

/* A plugin that was added, or offered as a replacement. */
struct load {
	unsigned number, plugin, version;
	bool published, gone, carried;
	struct load *next; /* that shall replace it */
	int64_t hold_until;
};

struct call {
	struct operation what;
	unsigned number; /* in which order they came */
	bool used, held, inside, answered, cancelled;
	struct instance *instance; /* that holds it */
	struct body *body; /* that it is inside */
	int64_t deadline;
	sp_status status;
	int64_t value;
};

struct ear {
	const struct kind_ear *row;
	struct body *body;
};

struct model {
	struct body bodies[BODIES_MOST];
	struct body *body_order[BODIES_MOST]; /* of creation */
	size_t body_count;
	struct instance instances[INSTANCES_MOST];
	struct instance *order[INSTANCES_MOST]; /* of age */
	size_t count;
	struct instance *due[INSTANCES_MOST]; /* who may have to stop, in the order in which it came about */
	size_t due_count;
	struct load loads[LOADS_MOST];
	unsigned load_count;
	struct load *loaded[PLUGINS];
	sp_status replaced[PLUGINS]; /* how the latest replacement of each ended; SP_LATER: it has not */
	struct call calls[CALLS_MOST];
	unsigned call_count;
	struct ear ears[EARS_MOST];
	size_t ear_count;
	struct event queue[EVENTS_MOST];
	size_t queue_count;
	struct setting settings[NAMES];
	bool muzzled;
	int64_t now, next_age;
	int numbers; /* of events */
	unsigned activations[NAMES], letters;
	sp_status status; /* of the latest operation */
	char heard[NAMES][HEARD_MOST], states[NAMES][STATES_MOST];
};

void model_begin(struct model *model);

/* Does what the operation should do; then model_picture writes what it should have led to. */
void model_perform(struct model *model, const struct operation *operation);
void model_picture(struct model *model, struct picture *picture);

/* Whether the effects of a body run. */
bool model_is_awake(const struct model *model, unsigned name, unsigned generation);

/* ---- model_bodies.c: instances and bodies ------------------------------------------------------------------------ */

struct body *model_body_new(struct model *model, struct instance *instance, enum kind kind, struct load *load);
struct instance *model_instance_new(struct model *model, struct load *load, unsigned part);
struct instance *model_instance_by_name(struct model *model, unsigned name);
void model_instance_is_due(struct model *model, struct instance *instance);

/* Plans and shows a need, or sets the body to stop. */
void model_take_view(struct model *model, struct body *body, size_t need);

/* A service of the body came, or changed its rank or properties. */
void model_services_change(struct model *model, const struct body *body);

bool model_has_calls(const struct model *model, const struct body *body);
void model_body_gets_quiet(struct model *model, struct body *body);
bool model_setting_is_wrong(struct setting setting);

/* Whether anybody who is not about to go meets a requirement. */
bool model_somebody_meets(const struct model *model, const struct kind_need *need);

/* The first requirement of an instance that nobody meets; NULL if there is none. */
const struct kind_need *model_instance_misses(const struct model *model, const struct instance *instance);

/* Binds and activates a new body: SP_INVALID (settings), SP_UNAVAILABLE (a requirement is missing), SP_FAILED. */
sp_status model_try_activation(struct model *model, struct body *body);

/* Lets everything happen that is due. */
void model_settle(struct model *model);

/* ---- model_replace.c --------------------------------------------------------------------------------------------- */

sp_status model_begin_replacement(struct model *model, unsigned plugin, unsigned version);
void model_fail_replacement(struct model *model, struct load *old, sp_status status);

/* Switches what waited and need not any more; answers whether anything was. */
bool model_go_on_replacing(struct model *model);

/* ---- model_acts.c: calls, events, settings, time ----------------------------------------------------------------- */

void model_add_ears(struct model *model, struct body *body, const struct body *former);

/* Hands kept events and held calls to whoever serves now. */
void model_let_go(struct model *model, struct instance *instance);

#endif
