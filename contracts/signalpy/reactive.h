/*
 * reactive.h: the reactive engine. A graph holds signals (values that are set), computeds (values that follow from
 * others, lazily) and effects (functions that run again when something they read has changed).
 *
 * A plugin rarely calls these: its slots (value.h) are nodes of the kernel's graph. They are here for programs that
 * embed the engine, for nodes made at run time, and because slots are read through them.
 *
 * Values. A node's value has a type, which says how large it is and how it is compared, kept and released. Functions
 * that read answer a pointer to the value inside the node: for sp_type_number a const double *, for sp_type_string a
 * const char *const *. It is borrowed until the node's value is replaced; a handler may rely on it until it returns.
 *
 * Threads. A graph belongs to the thread that created it, the loop thread, apart from functions tagged [any].
 */
#ifndef SIGNALPY_REACTIVE_H
#define SIGNALPY_REACTIVE_H

#include <jansson.h>
#include <signalpy/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sp_graph sp_graph;
typedef struct sp_node sp_node;
typedef struct sp_run sp_run; /* one run of an asynchronous effect */

/*
 * How values of one type behave. A type must outlive every node that has it. equal compares, keep stores a copy of
 * *from in *to and may fail with SP_NO_MEMORY, release lets go of what keep stored; clone makes a copy that shares
 * nothing with the original and may be called under a lock, on any thread. Where one is NULL, the bytes are the value.
 * Without clone and with release, the value never leaves the loop thread. clone, and release of a type that steals,
 * must accept a value of zero bytes. None of them may call the engine.
 */
struct sp_value_type {
	uint32_t struct_size;
	uint32_t size; /* in bytes; a value of at most 8 bytes lies in the node itself */
	bool (*equal)(const struct sp_value_type *type, const void *left, const void *right);
	sp_status (*keep)(const struct sp_value_type *type, void *to, const void *from);
	sp_status (*clone)(const struct sp_value_type *type, void *to, const void *from);
	void (*release)(const struct sp_value_type *type, void *value);
	bool steals; /* a node takes over what it is given, and releases it if it does not keep it */
};

/*
 * The built-in types. Numbers: NaN equals NaN. Strings (const char *, may be NULL) and bytes (struct sp_bytes) are
 * copied and compare by content. json (json_t *, may be NULL) is stolen, must not be changed afterwards, and compares
 * by identity. pointer (const void *) is stored as it is and compares by identity.
 */
SP_API extern const struct sp_value_type sp_type_boolean; /* bool */
SP_API extern const struct sp_value_type sp_type_integer; /* int64_t */
SP_API extern const struct sp_value_type sp_type_number; /* double */
SP_API extern const struct sp_value_type sp_type_choice; /* int, the value of an enum */
SP_API extern const struct sp_value_type sp_type_string;
SP_API extern const struct sp_value_type sp_type_bytes;
SP_API extern const struct sp_value_type sp_type_json;
SP_API extern const struct sp_value_type sp_type_pointer;

/* What a graph tells its maker. Every member may be NULL; strings are borrowed until the callback returns. */
struct sp_graph_hooks {
	uint32_t struct_size;
	void *user;
	int64_t (*now)(void *user); /* nanoseconds on a clock that never goes back; for durations */
	void (*effect_failed)(void *user, sp_node *effect, const struct sp_error *error);
	void (*runaway)(void *user, const char *names); /* 100 rounds without rest; names of those that keep waking */
	void (*mutated)(void *user, sp_node *node); /* debug builds: a json value was changed after it was set */
	/* A computed that failed was read, and its reader was given a zero value; told also when no run is under way,
	 * which would fail with it. */
	void (*read_failed)(void *user, const struct sp_error *error);
};

/* Makes an empty graph on this thread; NULL without memory. hooks may be NULL and is copied. Destroy with
 * sp_graph_destroy, which disposes every node left (cleanups run) and accepts NULL. [loop] */
SP_API sp_graph *sp_graph_create(const struct sp_graph_hooks *hooks);
SP_API void sp_graph_destroy(sp_graph *graph);

/*
 * Makes a signal. type is borrowed for the node's life; initial points to a value of it (NULL: all bytes zero) and is
 * kept as by sp_node_set. NULL without memory. Dispose with sp_node_dispose. [loop]
 */
SP_API sp_node *sp_signal_create(sp_graph *graph, const struct sp_value_type *type, const void *initial);

/*
 * Makes a computed: run writes its value to ret_value (zeroed, of the type's size; kept as by sp_node_set) and answers
 * SP_OK, or fills error and answers its code, which readers then get until a dependency changes. It runs at the first
 * read after a change, never before. One that lacked memory or stack is tried again at the next read. user is borrowed
 * for the node's life. NULL without memory. [loop]
 */
typedef sp_status (*sp_computed_run)(void *user, void *ret_value, struct sp_error *error);
SP_API sp_node *sp_computed_create(sp_graph *graph, const struct sp_value_type *type, sp_computed_run run, void *user);

/*
 * Makes an effect. It first runs at the end of the present batch, or at once outside one; with SP_EFFECT_ASLEEP only
 * after sp_effect_wake. What it reads during a run decides what wakes it next. An error is told to the graph's
 * effect_failed hook; the effect stays and runs again when a dependency changes or, if it lacked memory, when it is
 * woken. Made while a computed runs, it first runs with the next wave. NULL without memory. [loop]
 */
enum { SP_EFFECT_ASLEEP = 1 };
typedef sp_status (*sp_effect_run)(void *user, struct sp_error *error);
SP_API sp_node *sp_effect_create(sp_graph *graph, sp_effect_run run, void *user, unsigned flags);

/* Lets an effect that sleeps run (in the present wave), or puts it to sleep: a sleeping effect keeps its dependencies,
 * is marked when they change, and runs once on waking if it was. Neither allocates nor fails. [loop] */
SP_API void sp_effect_wake(sp_node *effect);
SP_API void sp_effect_sleep(sp_node *effect);

/*
 * An effect whose work goes on after its run has returned is held: called in that run, hold lets the effect keep its
 * dependencies and cleanups; when a dependency changes, its function is called once more, outside any run, to be told
 * so (what it answers is not looked at), and nothing else happens. release ends that: failure, or NULL, is how the work
 * ended and is told like that of a run (copied); the effect runs again if a dependency changed meanwhile, or again is
 * true. An effect may also be held outside its run, not to run for some time. Neither allocates, but to keep a failure.
 * [loop]
 */
SP_API void sp_effect_hold(sp_node *effect);
SP_API void sp_effect_release(sp_node *effect, const struct sp_error *failure, bool again);

/* Registers release(object) with the effect that is running: called before its next run, or at its disposal, in
 * reverse order of registration. SP_CONFLICT outside an effect's run, SP_NO_MEMORY; then nothing is called. [loop] */
SP_API sp_status sp_effect_cleanup(sp_graph *graph, void (*release)(void *object), void *object);

/*
 * Disposes a node: it leaves the graph, never runs again, its value is released, and its memory is freed as soon as no
 * run is in it (at once, if none is). Safe at any time, even inside its own run. Those who read it keep their last
 * value and are not woken. NULL is accepted. [loop]
 */
SP_API void sp_node_dispose(sp_node *node);

/*
 * The value. get records a dependency when a computed or an effect is running, and brings a computed up to date;
 * reading a computed that failed fails the run that reads it with the same error and answers a zero value. peek is get
 * without recording. Never NULL: a pointer to the value, borrowed as described above. [loop]; for peek see also sp_job
 * in runtime.h.
 */
SP_API const void *sp_node_get(sp_node *node);
SP_API const void *sp_node_peek(sp_node *node);

/*
 * Replaces a signal's value with a copy of *value unless they are equal, and marks what depends on it. Outside a batch
 * the wave runs before it returns. SP_NO_MEMORY leaves the old value; SP_CONFLICT when a computed is running (its run
 * fails with an error that names both) or the node is no signal. A stealing type takes the value in every case. [loop]
 */
SP_API sp_status sp_node_write(sp_node *node, const void *value);

/*
 * As sp_node_write, but nothing is copied, so that it needs no memory: *value was made by the type's keep, and is
 * exchanged with the signal's value unless they are equal. What *value holds afterwards, also on failure, is the
 * caller's to release. SP_CONFLICT as above. [loop]
 */
SP_API sp_status sp_node_exchange(sp_node *node, void *value);

/* The error of a computed's latest run, NULL if it succeeded; brings it up to date and records a dependency as get
 * does, but does not fail the reader. Borrowed until the computed runs again. [loop] */
SP_API const struct sp_error *sp_node_error(sp_node *node);

/* Groups writes: effects run when the outermost batch ends. Begin and end are counted. [loop] */
SP_API void sp_batch_begin(sp_graph *graph);
SP_API void sp_batch_end(sp_graph *graph);

/* Runs function(user) without recording what it reads. [loop] */
SP_API void sp_untracked(sp_graph *graph, void (*function)(void *user), void *user);

/* Fails the run that is under way, if there is one, as if it had answered code; always answers code. For code deep
 * inside a run that cannot return a status. [loop] */
SP_API sp_status sp_graph_fail(sp_graph *graph, sp_status code, const char *format, ...) SP_FORMAT(3, 4);

/* What can be told of a node. Strings and pointers are borrowed until the next engine call. */
enum sp_node_kind { SP_NODE_SIGNAL = 1, SP_NODE_COMPUTED, SP_NODE_EFFECT };
struct sp_node_info {
	uint32_t struct_size; /* set by the caller */
	enum sp_node_kind kind;
	const char *name; /* NULL if it has none */
	void *owner;
	bool stale, failed, asleep;
	uint64_t runs; /* of a computed or effect that has a name; else 0 */
	int64_t last_run, last_duration; /* nanoseconds of the graph's clock; likewise */
	const struct sp_value_type *type; /* NULL for an effect */
	const void *value; /* not brought up to date; NULL for an effect */
	uint64_t number; /* from 1, in order of creation; never that of another node of the graph */
	/* Of a computed or effect that has a name: the number of the node whose change made it run; of a computed, when
	 * it last changed. Where several had changed, the first in the order of its reads. 0: it ran for another
	 * reason, or has not run. */
	uint64_t because;
	bool held; /* see sp_effect_hold */
};

/* Gives a node a name (copied) and an owner (borrowed, opaque). SP_NO_MEMORY. [loop] */
SP_API sp_status sp_node_describe(sp_node *node, const char *name, void *owner);

/* Fills *ret_info, of which struct_size must be set. [loop] */
SP_API void sp_node_inspect(const sp_node *node, struct sp_node_info *ret_info);

/* Calls visit for each node in order of creation, or for each node that node reads, or that reads it. visit must not
 * change the graph; answering false ends the walk. sp_graph_each answers SP_NO_MEMORY, having called nothing, or SP_OK.
 * [loop] */
typedef bool (*sp_node_visit)(void *user, sp_node *node);
SP_API sp_status sp_graph_each(const sp_graph *graph, sp_node_visit visit, void *user);
SP_API void sp_node_each_dependency(const sp_node *node, sp_node_visit visit, void *user);
SP_API void sp_node_each_dependant(const sp_node *node, sp_node_visit visit, void *user);

/* Counts of the graph's life: waves flushed, computed runs, effect runs, and the nodes and edges alive now. [loop] */
struct sp_graph_counts {
	uint64_t waves, computed_runs, effect_runs, nodes, edges;
};
SP_API void sp_graph_count(const sp_graph *graph, struct sp_graph_counts *ret_counts);

/*
 * Sharing. A node marked shared may be read by other threads through sp_node_read, which stores a clone of the value
 * (for a computed: of its latest run) in *ret_value; the caller releases it with the type. Only shared nodes pay for
 * the lock. SP_CONFLICT if the type has a release but no clone, or the node is not shared. Marking is for good. Marking
 * is [loop], reading [any].
 */
SP_API void sp_node_share(sp_node *node);
SP_API sp_status sp_node_read(sp_node *node, void *ret_value);

/* The type of a node's values, which never changes; NULL for an effect. [any] */
SP_API const struct sp_value_type *sp_node_type(const sp_node *node);

#ifdef __cplusplus
}
#endif
#endif
