/*
 * kernel.h: a kernel in a program of your own. The daemon is such a program; so are the tests.
 *
 * A kernel owns no thread, socket or file. Time, timers, work from other threads and worker threads come through struct
 * sp_loop_ops. Everything that was begun here ends by itself while the loop turns: removal and replacement answer
 * through callbacks.
 */
#ifndef SIGNALPY_KERNEL_H
#define SIGNALPY_KERNEL_H

#include <signalpy/component.h>
#include <signalpy/logger.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sp_kernel sp_kernel;
typedef struct sp_plugin_handle sp_plugin_handle;

/* One piece of work, part of what its owner allocated: queueing it cannot fail. A task is queued at most once. */
struct sp_task {
	struct sp_task *next;
	void (*run)(struct sp_task *task);
};

/*
 * What a kernel needs of a loop. loop is the loop itself; timer and watch handles are the loop's. Times are in
 * nanoseconds. All run on the loop thread, except now, post and submit, which may be called on any thread. post runs
 * the task on the loop thread, tasks of one thread in order. defer runs it from the top of the loop, with no other
 * callback below it on the stack. submit runs it on a worker thread, and answers SP_UNAVAILABLE when no worker will
 * come to it. Making a timer or watch may fail with NULL; starting and stopping a timer cannot.
 */
struct sp_loop_ops {
	uint32_t struct_size;
	int64_t (*now)(void *loop); /* monotonic */
	int64_t (*wall_time)(void *loop); /* since 1970 */
	void *(*timer_create)(void *loop, void (*fire)(void *user), void *user);
	void (*timer_start)(void *timer, int64_t nanoseconds);
	void (*timer_stop)(void *timer);
	void (*timer_destroy)(void *timer);
	void *(*watch_create)(void *loop, void (*ready)(void *user, int fd, unsigned events), void *user);
	sp_status (*watch_start)(void *watch, int fd, unsigned events); /* SP_READABLE, SP_WRITABLE, or both */
	void (*watch_stop)(void *watch);
	void (*watch_destroy)(void *watch);
	void (*post)(void *loop, struct sp_task *task);
	void (*defer)(void *loop, struct sp_task *task);
	sp_status (*submit)(void *loop, struct sp_task *task);
};

/* What sp_kernel_create is given; copied. ops and loop must outlive the kernel. */
struct sp_kernel_options {
	uint32_t struct_size;
	const struct sp_loop_ops *ops;
	void *loop;
	void *user; /* handed to log */
	/* One record of an instance ("" is the kernel); borrowed. May be NULL. [any] */
	void (*log)(void *user, enum sp_level level, const char *instance, const char *message);
	int64_t hold_ms; /* longest hold of calls during a replacement; 0: 1000 */
	uint32_t hold_max; /* most calls held; 0: 10000 */
	int64_t drain_ms; /* how long an instance's calls may take to finish when it stops; 0: 10000 */
	int64_t call_ms; /* deadline of a runnable that declares none; 0: 30000 */
	/* Keeps what a component changes of the configuration through sp_config, whose policy was asked, and commits it
	 * by sp_kernel_configure, or answers why not. NULL: nobody may. [loop] */
	sp_status (*change)(void *user, const json_t *changes, struct sp_error *error);
};

/* Makes a kernel in state created; NULL and error without memory. Destroying disposes whatever is left without waiting
 * for it: stop it first. While a worker is inside a runnable, or an asynchronous effect or hook is in flight, nothing
 * is freed. NULL is accepted. [loop] */
SP_API sp_kernel *sp_kernel_create(const struct sp_kernel_options *options, struct sp_error *error);
SP_API void sp_kernel_destroy(sp_kernel *kernel);

/* The graph that holds every slot; lives as long as the kernel. [loop] */
SP_API sp_graph *sp_kernel_graph(sp_kernel *kernel);

/* Opens the kernel: components that were added begin to activate. [loop] */
SP_API void sp_kernel_boot(sp_kernel *kernel);

/* Refuses new calls from now on (unavailable); those inside go on. [loop] */
SP_API void sp_kernel_drain(sp_kernel *kernel);

/* Drains, then stops every instance, consumers before their providers; then the kernel's state is stopped, and
 * stopped(user) is called from the top of the loop (NULL: nobody is). Instances whose calls outlast drain_ms are
 * stopped all the same. [loop] */
SP_API void sp_kernel_stop(sp_kernel *kernel, void (*stopped)(void *user), void *user);

enum sp_kernel_state {
	SP_KERNEL_CREATED,
	SP_KERNEL_BOOTING,
	SP_KERNEL_HEALTHY,
	SP_KERNEL_DEGRADED,
	SP_KERNEL_DRAINING,
	SP_KERNEL_STOPPED
};
/* How the kernel is: healthy when nothing that was asked for is errored, else degraded; see sp_kernel_status_new for
 * why. [loop] */
SP_API enum sp_kernel_state sp_kernel_state(const sp_kernel *kernel);

/*
 * Offers a service of the embedding program to the components. table begins with struct sp_service and is borrowed
 * until the kernel is destroyed; self becomes its service.self. SP_NO_MEMORY, SP_INVALID. [loop]
 */
SP_API sp_status sp_kernel_provide(sp_kernel *kernel, const struct sp_contract *contract, const void *table, void *self,
	int ranking);

/* The gateway, for the embedding program's own calls (no ledger: cancel what is under way before you go). Lives as long
 * as the kernel. [loop] */
struct sp_gateway;
SP_API const struct sp_gateway *sp_kernel_gateway(const sp_kernel *kernel);

/* Where a plugin came from, for listings; strings are copied. gone(user) is called from the top of the loop when
 * nothing refers to the plugin's descriptor or code any more: then it may be unloaded. */
struct sp_plugin_origin {
	uint32_t struct_size;
	const char *path;
	void (*gone)(void *user);
	void *user;
};

/*
 * Adds the components of a plugin and one instance of each, named like the component (none of one declared .on_demand).
 * descriptor is borrowed until gone. On failure nothing is left and gone is not called: SP_INVALID (the descriptor is
 * wrong), SP_CONFLICT (a plugin or component of that name is there), SP_NO_MEMORY. Instances that must wait, or fail to
 * activate, are no failure. [loop]
 */
SP_API sp_status sp_kernel_add(sp_kernel *kernel, const struct sp_plugin *descriptor,
	const struct sp_plugin_origin *origin, sp_plugin_handle **ret_plugin, struct sp_error *error);

/* Takes a plugin away: consumers of its services first, each when its calls have ended. The handle ends with gone.
 * A replacement under way is given up. [loop] */
SP_API void sp_kernel_remove(sp_plugin_handle *plugin);

/*
 * Replaces a plugin by a new version (R-PL-5): prepared beside the old one, switched in one turn of the loop, state
 * carried over. done is called once, from the loop: SP_OK, and old's gone follows when its calls have ended; or a
 * failure, and everything is as before; then the new one's gone follows. Answers SP_OK when it was begun, in which case
 * done will come; else a failure, nothing has changed, neither done nor gone is called: SP_CONFLICT when old is being
 * replaced or removed. error in done is borrowed, NULL on success. [loop]
 */
typedef void (*sp_replaced)(void *user, sp_status status, const struct sp_error *error, sp_plugin_handle *now);
struct sp_replacement {
	uint32_t struct_size;
	const struct sp_plugin *descriptor;
	struct sp_plugin_origin origin;
	sp_replaced done;
	void *user;
};
SP_API sp_status sp_kernel_replace(sp_plugin_handle *old, const struct sp_replacement *replacement,
	struct sp_error *error);

/* Tries again to activate an instance that is errored, or restarts one now that waits for its restart. SP_NOT_FOUND,
 * SP_CONFLICT when it is neither. [loop] */
SP_API sp_status sp_kernel_retry(sp_kernel *kernel, const char *instance, struct sp_error *error);

/*
 * Asks an instance now whether it works: runs its health hook, whose answer counts as those on its interval do; one
 * that is under way is waited for instead. told is called exactly once, before this returns or later: SP_OK, also where
 * there is no such hook; SP_NOT_FOUND; SP_UNAVAILABLE when the instance is not active, or goes before the answer;
 * SP_TIMEOUT when the hook's deadline has passed; else what it failed with. instance and error are borrowed until told
 * returns, and told must not stop the kernel. [loop]
 */
typedef void (*sp_health_told)(void *user, const char *instance, sp_status status, const struct sp_error *error);
SP_API void sp_kernel_ask_health(sp_kernel *kernel, const char *instance, sp_health_told told, void *user);

/*
 * Instances (R-CM-8). A component has as many as are asked for, each with a name of its own, its own properties,
 * settings (components.<name>) and runnables (<name>.<runnable>); none notices the others. By default there is one,
 * named like the component. Instances go with their plugin, and are carried over when it is replaced.
 *
 * sp_kernel_instantiate makes one: name is [a-z][a-z0-9-]{0,30}; properties, borrowed, may be NULL. It activates when
 * the loop turns, or waits. SP_NOT_FOUND: no such component is loaded; SP_CONFLICT: the name is taken; SP_INVALID: the
 * name is none, or a property is wrong, which error's pointer tells; SP_UNAVAILABLE: the kernel is stopping;
 * SP_NO_MEMORY. [loop]
 */
struct sp_instance_options {
	uint32_t struct_size;
	const char *component, *name;
	json_t *properties;
};
SP_API sp_status sp_kernel_instantiate(sp_kernel *kernel, const struct sp_instance_options *options,
	struct sp_error *error);

/* Stops an instance, whoever asked for it, and forgets it; its name is free at once. SP_NOT_FOUND. [loop] */
SP_API sp_status sp_kernel_instance_remove(sp_kernel *kernel, const char *name, struct sp_error *error);

/*
 * Gives an instance other properties while it runs: patch, borrowed, has those that change, null for what shall be as
 * the component declares it. One batch changes their slots, ranks its services by them, and decides anew whom they suit
 * (R-CM-6); what patch does not name stays. SP_NOT_FOUND, SP_INVALID (error's pointer tells which property) and
 * SP_NO_MEMORY change nothing. [loop]
 */
SP_API sp_status sp_kernel_set_properties(sp_kernel *kernel, const char *name, const json_t *patch,
	struct sp_error *error);

/*
 * Configuration. tree is the merged tree, an object; it is borrowed by check, stolen by configure. Both judge every
 * component's section against the schema it declares and ask its check hook, and judge the policies; the faults are
 * appended to faults (NULL: none), an array of {"path", "pointer", "rule", "message", "instance"}, path being the
 * dotted path in the tree. On any fault configure changes nothing and answers SP_INVALID. Otherwise one batch replaces
 * what changed. SP_NO_MEMORY. [loop]
 */
SP_API sp_status sp_kernel_check(sp_kernel *kernel, const json_t *tree, json_t *faults);
SP_API sp_status sp_kernel_configure(sp_kernel *kernel, json_t *tree, json_t *faults);

/* The dotted paths of all settings that components declare .secret, as a new array that the caller owns; NULL without
 * memory. [loop] */
SP_API json_t *sp_kernel_secrets_new(const sp_kernel *kernel);

/* The value at a dotted path of the merged tree, as a signal of type json (NULL when absent); made on first use, kept
 * for the kernel's life. NULL without memory. [loop] */
SP_API sp_node *sp_kernel_setting(sp_kernel *kernel, const char *path);

/* Publishes an event as the kernel itself; see sp_publish. [loop] */
SP_API sp_status sp_kernel_publish(sp_kernel *kernel, const char *type, json_t *data);

/* Calls receive(user, event) for each event that matches pattern until the subscription is destroyed (NULL is
 * accepted). NULL without memory. [loop] */
typedef struct sp_subscription sp_subscription;
SP_API sp_subscription *sp_kernel_subscribe(sp_kernel *kernel, const char *pattern,
	void (*receive)(void *user, const sp_event *event), void *user);
SP_API void sp_subscription_destroy(sp_subscription *subscription);

/* Dead letters (R-BUS-3), oldest first: a new array of {"id", "target", "type", "source", "data", "reason", "error",
 * "time_ms"}, which signalpyd(8) documents, that the caller owns; NULL without memory. Its items are the kernel's: they
 * are read, not changed. Replaying hands the event to the handler that failed, or to everybody if it came to none,
 * whatever the policy, and takes the letter off the list; on failure it stays: SP_NOT_FOUND when there is no such
 * letter or handler, SP_CONFLICT for an effect's, SP_UNAVAILABLE when the queue is full, SP_NO_MEMORY. Purging answers
 * how many there were. [loop] */
SP_API json_t *sp_kernel_dead_letters_new(sp_kernel *kernel);
SP_API sp_status sp_kernel_dead_letter_replay(sp_kernel *kernel, int64_t id, struct sp_error *error);
SP_API size_t sp_kernel_dead_letters_purge(sp_kernel *kernel);

/* Listings, as new json values that the caller owns; NULL without memory (component: also when there is none of that
 * name). signalpyd(8) documents their members. [loop] */
SP_API json_t *sp_kernel_health_new(sp_kernel *kernel);
SP_API json_t *sp_kernel_status_new(sp_kernel *kernel);
SP_API json_t *sp_kernel_components_new(sp_kernel *kernel);
SP_API json_t *sp_kernel_component_new(sp_kernel *kernel, const char *instance);
SP_API json_t *sp_kernel_services_new(sp_kernel *kernel);
SP_API json_t *sp_kernel_graph_new(sp_kernel *kernel);

/*
 * Visits every value of every metric that the kernel measures, those of one metric in a row, until visit answers false;
 * what it is handed is borrowed until it returns. <signalpy/introspection.h> says what they are. Takes time in
 * proportion to the number of values. [loop]
 */
struct sp_metric;
struct sp_sample;
SP_API void sp_kernel_each_sample(const sp_kernel *kernel,
	bool (*visit)(void *user, const struct sp_metric *metric, const struct sp_sample *sample), void *user);

/*
 * The trace of the graph: which write caused which computeds and effects to run (R-RX-11). Its latest records are kept
 * while anybody watches; without, it costs nothing. told(user), which may be NULL, is called from the top of the loop
 * when records were added. NULL without memory. Destroy a watch before its kernel; also while it is told; NULL is
 * accepted. [loop]
 */
typedef struct sp_trace_watch sp_trace_watch;
SP_API sp_trace_watch *sp_kernel_trace_watch(sp_kernel *kernel, void (*told)(void *user), void *user);
SP_API void sp_trace_watch_destroy(sp_trace_watch *watch);

/*
 * The records after that number, at most so many, oldest first: {"on", "missed", "records"}, which signalpyd(8)
 * documents; missed is how many of them are not kept any more. A new json value that the caller owns; NULL without
 * memory. Numbers begin with 1 and never begin again; latest answers that of the latest record, 0 before any. No values
 * are told. [loop]
 */
SP_API json_t *sp_kernel_trace_new(sp_kernel *kernel, uint64_t after, size_t most);
SP_API uint64_t sp_kernel_trace_latest(const sp_kernel *kernel);

/*
 * Why the effect "instance.effect" ran last: the chain from the write that caused it through the computeds to the
 * effect, which signalpyd(8) documents. Who wrote is known of settings and services, and of other signals when a trace
 * was kept then. A new json value that the caller owns; NULL and error when there is no such effect (SP_NOT_FOUND), or
 * SP_NO_MEMORY. [loop]
 */
SP_API json_t *sp_kernel_why_new(sp_kernel *kernel, const char *effect, struct sp_error *error);

/* Of one plugin: its name, version, state and instances, and what still holds it while it leaves; a new json value that
 * the caller owns, NULL without memory. [loop] */
SP_API json_t *sp_plugin_inspect_new(const sp_plugin_handle *plugin);

/*
 * A host's service that makes things for its consumers enters each in the consumer's ledger, so that none outlives it.
 * The entry is part of the thing; release is called when the instance ends, latest first, and must free the thing. file
 * is borrowed for the life of the kernel; an entry whose line is 0 gets file and line of what sp_here named in the
 * handler that is running, else of the component's declaration. sp_ledger_remove takes it out again, in release too.
 * [loop]
 */
struct sp_ledger_entry {
	struct sp_ledger_entry *previous, *next;
	const char *kind;
	const char *file;
	int line;
	void (*release)(struct sp_ledger_entry *entry);
};
SP_API void sp_ledger_add(sp_runtime *consumer, struct sp_ledger_entry *entry);
SP_API void sp_ledger_remove(struct sp_ledger_entry *entry);

/* Logs a warning that the consumer has ended without giving a thing of that name back, with the entry's kind, file and
 * line. For release, of things that have to be given back. Allocates nothing. [loop] */
SP_API void sp_ledger_report(const sp_runtime *consumer, const struct sp_ledger_entry *entry, const char *name);

/* Enters an instance from a callback of the host's (a socket became readable): a batch, and a place for sp_format's
 * text. Every enter is followed by a leave, which runs the wave. NULL is accepted: the batch alone. [loop] */
SP_API void sp_runtime_enter(sp_runtime *consumer);
SP_API void sp_runtime_leave(sp_runtime *consumer);

/* The trace of the call whose handler is running on this thread, for what is written about it, such as a log: 32 digits
 * and a zero; false, and nothing is written, when none is. [any] */
SP_API bool sp_trace_id(char ret_id[33]);

/* Between the two, what a handler's answer comes to: SP_NO_MEMORY where memory ran out, the error of a computed that
 * had failed where it read one, else status; below 0 *ret_error says why, in the words of sp_fail if there are any.
 * [loop] */
SP_API sp_status sp_runtime_judge(sp_runtime *consumer, sp_status status, struct sp_error *ret_error);

#ifdef __cplusplus
}
#endif
#endif
