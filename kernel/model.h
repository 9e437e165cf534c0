/*
 * model.h: the component model in structs. Who owns whom:
 *
 *   kernel -> plugins -> factories (one per component)
 *   kernel -> instances (a name, an address, a place in line) -> body (what runs: the plugin's struct, its nodes,
 *   needs, services, calls and ledger)
 *
 * An instance without a body waits, or failed. While a plugin is replaced an instance has two bodies, the one that
 * serves and the next; after the switch the former body leaves: it has no instance any more and goes when its last
 * call, lease and binding has ended. sp_runtime is the body.
 *
 * Everything here belongs to the loop thread. Whatever may not fail later is allocated when its owner is made.
 */
#ifndef KERNEL_MODEL_H
#define KERNEL_MODEL_H

#include <pthread.h>
#include <signalpy/gateway.h>
#include <signalpy/kernel.h>

#include "arena.h"
#include "factory.h"
#include "list.h"
#include "supervision.h"
#include "trace_context.h"

/* What is running: one frame for each entry from the loop into an instance, the innermost first. */
struct frame {
	struct frame *up;
	struct sp_runtime *rt;
	struct sp_call *call; /* NULL outside a runnable */
	const struct sp_row *row; /* of the timer, watch, subscription or hook; NULL for others */
	const struct sp_source_line *place; /* that sp_here named, until something is made there */
	struct arena *arena;
	struct sp_error *error; /* where sp_fail writes */
	sp_status failed_read; /* of the first computed that failed and was read, or SP_OK */
	bool computed; /* sp_fail must fail the engine's run */
	bool effect; /* sp_cleanup is the run's */
};

/* One queued event. */
struct bus_event {
	struct list link;
	struct sp_event event;
	json_t *data;
	uint64_t number;
	unsigned references;
	size_t *beside; /* bus.envelopes or bus.told, where it is counted; NULL: its place is one of BUS_MOST */
	const char *target; /* NULL: everybody; else the one to whom it is replayed */
	char trace_id[TRACE_ID_SIZE];
	char text[]; /* type, source, target */
};

struct bus {
	struct list events, subscriptions;
	struct sp_task task;
	uint64_t number; /* of the latest event */
	size_t count; /* of those that wait */
	size_t envelopes, told; /* of these, dead letters, and the kernel's own */
	uint64_t dropped;
	bool queued, delivering;
	bool muted; /* an envelope is being handled: what fails makes no other */
	const char *trace; /* of what another thread has published, while it is taken in; NULL: of the present call */
};

struct sp_subscription {
	struct list link;
	struct sp_kernel *kernel;
	struct sp_runtime *rt; /* NULL: the host's */
	const char *pattern;
	bool exact;
	bool dead; /* ended while events are delivered */
	uint64_t since; /* events after this number are for it */
	const struct sp_subscribe *row;
	void (*receive)(void *user, const sp_event *event);
	void *user;
	char text[];
};

/* Who watches the graph's trace, which is kept while anybody does. */
struct tracing {
	struct list watches;
	struct list *next; /* to be told, while they are */
	struct sp_task task;
	bool queued;
};

/* A contract that somebody provides or requires. Never freed before the kernel: there are as many as contracts. */
struct contract {
	struct table_link link;
	struct list services; /* best rank first */
	struct list needs;
	struct list offers; /* instances whose factory provides it, active or not */
	struct list waiters; /* instances that wait for it */
	char name[];
};

/* That an instance would provide a contract. */
struct offer {
	struct list link;
	struct instance *instance;
	struct contract *contract;
};

struct offers {
	size_t count;
	struct offer items[];
};

struct service {
	struct list link; /* in contract->services */
	struct contract *contract;
	struct sp_runtime *rt; /* NULL: the host's */
	const void *table;
	size_t table_size;
	const struct sp_provide
		*each; /* every consumer has an object of its own, see service_factory.h; NULL: they share */
	void *self;
	int64_t ranking;
	uint64_t age, id;
	bool published; /* others may bind to it */
	bool refused; /* it made no object for somebody since one was released */
	struct list bindings;
};

/* A service of the embedding program. */
struct host_service {
	struct list link; /* in kernel->host_services */
	struct service service;
};

/* One consumer's copy of a service's table. It lives as long as anything refers to it. */
struct binding {
	struct list link; /* in service->bindings; in kernel->objects_left when nothing refers to it */
	struct service *service;
	struct service_object *own; /* NULL where consumers share the instance */
	unsigned references; /* of views and leases */
	_Alignas(max_align_t) struct sp_service table; /* the rest of the table follows */
};

/* What a need's slot shows: bindings, best first. */
struct view {
	struct list link; /* in kernel->retired, afterwards */
	struct sp_runtime *rt;
	const char *by; /* of a map requirement */
	size_t count;
	struct binding **bindings;
	const void *tables[]; /* ends with NULL; what the slot of an all requirement points to; bindings follow */
};

struct need {
	struct list link; /* in contract->needs */
	const struct need_plan *plan;
	struct contract *contract;
	struct sp_runtime *rt;
	sp_node *node;
	struct view *view; /* NULL: empty */
	struct view *next; /* planned, not yet shown */
	bool behind; /* memory did not suffice to show what there is */
};

struct slot_context { /* what the engine hands back to a computed or an effect */
	struct sp_runtime *rt;
	union {
		const struct computed_plan *computed;
		const struct effect_plan *effect;
	};
	sp_node *node;
	struct sp_run *run; /* of an asynchronous effect */
	bool ailing; /* an effect's latest run failed */
	bool paused; /* an asynchronous effect lacked memory, and sleeps until that is tried again */
};

/* One run of an asynchronous effect or of a hook that ends later, made with it; see run.h. */
struct sp_run {
	struct sp_task task;
	_Atomic bool stale, finished; /* apart from what only the loop touches */
	struct sp_runtime *rt;
	void (*ended)(struct sp_run *run, sp_status status);
	struct slot_context *effect; /* NULL: a hook's */
	const struct sp_row *row; /* the hook's; for whoever asks what runs */
	bool in_flight;
	bool cancelled; /* this run was */
	bool lacked_memory; /* before it returned */
	bool ending; /* the effect goes when the run has ended */
	bool suspended; /* the effect shall not run */
	sp_status status;
	struct sp_error error;
};

struct sp_timer {
	struct sp_runtime *rt;
	const struct sp_hook *row; /* a timer's, or the health hook's */
	void *timer;
	bool ailing; /* the health hook failed last */
	bool woken; /* it was due while its body was prepared */
};

struct sp_watch {
	struct sp_runtime *rt;
	const struct sp_watch_row *row;
	void *watch;
	int fd;
	unsigned events; /* that it was started for */
	bool woken; /* it was ready while its body was prepared */
};

/* Something posted to an instance from any thread. Both functions free it. */
struct letter {
	struct letter *next;
	void (*deliver)(struct letter *letter, struct sp_runtime *rt);
	void (*drop)(struct letter *letter);
};

enum mailbox_state {
	MAILBOX_WAITING, /* its body has yet to begin: letters are taken and wait */
	MAILBOX_OPEN,
	MAILBOX_PAUSED, /* its body's state is being handed over: nothing is taken */
	MAILBOX_CLOSED /* another version has taken over, or it has ended */
};

/* What other threads post to a body. It may outlive the body, as long as there are handles; see mailbox.h. */
struct mailbox {
	_Atomic unsigned references; /* the body, each handle, and the task while it is queued */
	pthread_mutex_t lock; /* of what follows */
	enum mailbox_state state;
	struct sp_kernel *kernel; /* NULL: destroyed */
	struct sp_runtime *rt; /* NULL: it has ended */
	struct letter *first, **last;
	size_t count;
	bool queued; /* the task is on its way to the loop */
	struct sp_task task;
};

/* A handle on a signal. */
struct sp_shared {
	struct sp_ledger_entry entry;
	struct list link; /* in plugin->handles, once the body has ended */
	struct sp_task task; /* of the last release */
	_Atomic unsigned references;
	struct mailbox *mailbox;
	struct sp_runtime *rt; /* whose ledger it stands in, until it has ended */
	struct sp_plugin_handle *plugin; /* which it holds from then on; NULL: none */
	sp_node *node; /* as long as the mailbox is not closed */
	const struct sp_value_type *type;
	char name[]; /* "ticker.count" */
};

/* How far a child is with a restart. */
enum child_phase {
	CHILD_RUNS, /* or would, if it could */
	CHILD_TO_STOP, /* when those spawned after it have stopped */
	CHILD_STOPS,
	CHILD_RESTS /* until its time has come, and its siblings have stopped who restart with it */
};

/* What ties an instance to the body that has spawned it. */
struct child {
	struct sp_ledger_entry ledger; /* of the holder; file is a copy, it may outlive the plugin's */
	struct list link; /* in holder->children, in order of spawning */
	struct sp_runtime *holder; /* NULL when it has ended */
	struct instance *instance;
	enum child_phase phase;
	bool undecided; /* it failed, and what becomes of it has yet to be decided */
	void *timer; /* of its restart */
	int64_t restart_at; /* the latest restart, or the next */
	unsigned attempt; /* failures in a row */
	unsigned restarts; /* of all its life */
	unsigned unhealthy; /* health checks in a row that failed */
	struct window failures; /* of effects and subscriptions */
	char file[];
};

enum body_state { BODY_PREPARED, BODY_ACTIVE, BODY_LEAVING };

/* The body. */
struct sp_runtime {
	struct list link; /* in plugin->bodies */
	struct sp_kernel *kernel;
	struct instance *instance; /* NULL once it was replaced */
	struct factory *factory;
	char name[32]; /* the instance's, copied: it outlives it */
	void *self; /* the plugin's struct */
	enum body_state state;
	bool activated; /* the activate hook has succeeded, deactivate is owed */
	bool withdrawn; /* its services are on their way out */
	bool losing; /* a service that it cannot do without is */
	bool circular; /* while it is sought who keep each other from ending */
	bool lingers; /* it was to end, and something kept it */
	unsigned ailments; /* effects whose latest run failed, and a failing health hook */
	struct replacement *replacement; /* while prepared, or being replaced */
	unsigned in_flight; /* calls, runs, and what sp_work_begin began */
	unsigned jobs; /* of those, in a worker: they may read any slot */
	unsigned leases; /* on its services */
	unsigned bindings;
	int64_t leave_by; /* when in-flight calls are waited for no longer */
	sp_node **cells; /* settings, properties, property cells, signals: to dispose */
	size_t cell_count;
	sp_node *property_watch;
	struct slot_context *computeds, *effects;
	struct hook_run *hook; /* of activate and deactivate; NULL: neither ends later */
	struct hook_run *check; /* of health; NULL: it does not end later */
	struct need *needs;
	struct service *services;
	struct sp_timer *timers;
	size_t timer_count;
	struct sp_watch *watches;
	struct sp_subscription **subscriptions;
	struct list calls;
	struct sp_ledger_entry ledger; /* a ring; next is the oldest */
	struct mailbox *mailbox;
	json_t *properties; /* values by name, as filters see them */
	struct list examine; /* in kernel->leaving_due */
	struct list children;
	unsigned restarting; /* children that are not in CHILD_RUNS */
	struct window *restarts; /* of children; NULL where the component does not supervise */
};

enum instance_state {
	INSTANCE_DISCOVERED,
	INSTANCE_RESOLVED,
	INSTANCE_ACTIVATING,
	INSTANCE_ACTIVE,
	INSTANCE_ERRORED,
	INSTANCE_WAITING,
	INSTANCE_DEACTIVATING,
	INSTANCE_STOPPED,
	INSTANCE_RESTARTING
};
enum { INSTANCE_STATES = INSTANCE_RESTARTING + 1 };

/* Who asked for an instance. */
enum instance_origin {
	INSTANCE_BY_DEFAULT, /* its component, which has one of its own name */
	INSTANCE_BY_CONFIGURATION,
	INSTANCE_BY_HOST,
	INSTANCE_BY_PARENT /* another instance */
};

/* What the calls of a component's runnable came to, and how long they took. */
enum { CALL_CODES = 16, CALL_BOUNDS = 12 };
enum { EXPOSED_LATELY = 256 };
struct call_figures {
	struct table_link link;
	uint64_t codes[CALL_CODES]; /* by the status, turned positive */
	uint64_t buckets[CALL_BOUNDS + 1];
	int64_t nanoseconds; /* of all */
	char component[32], runnable[40], key[72];
};

/* One runnable of an instance, reachable by its address and, on REST, by its path. */
struct exposure {
	struct table_link by_address, by_rest;
	struct instance *instance;
	const struct runnable_plan *plan;
	struct call_figures *figures;
	struct sp_exposed exposed;
	char *rest_path; /* NULL: not on REST */
	char address[72];
};

struct exposures {
	struct instance *instance;
	bool listed;
	bool empty; /* no runnables, skills or kinds */
	size_t count;
	struct exposure items[];
};

struct instance {
	struct list link; /* in kernel->instances, oldest first */
	struct list sibling; /* in factory->instances */
	struct list examine; /* in kernel->due */
	struct list waiter; /* in waiting_for->waiters, or in kernel->path_waiters */
	struct contract *waiting_for;
	struct table_link by_name;
	struct sp_kernel *kernel;
	struct factory *factory;
	struct sp_runtime *body;
	struct exposures *exposures;
	struct offers *offers;
	enum instance_origin origin;
	enum instance_state state;
	struct sp_error error;
	char *cycle; /* "a → b → a" while it waits in one */
	bool may_cycle, in_cycle; /* while cycles are sought */
	unsigned walked; /* likewise: the walk that came by last */
	uint64_t age, activation;
	int64_t since; /* when it got its state */
	bool removed; /* shall go */
	bool named; /* is found by its name */
	bool retry; /* errored, and to be tried again */
	bool failed; /* while it was active: its body shall stop, and error says why */
	struct child *child; /* NULL: nobody has spawned it */
	bool held; /* calls from outside wait */
	struct list held_calls, kept_events;
	unsigned held_count;
	json_t *properties; /* given from outside */
	char name[32];
};

/* A copy of a slot's value that a worker was given. */
struct job_copy {
	struct job_copy *next;
	const sp_node *node;
	const struct sp_value_type *type;
	uint32_t room; /* of value, in bytes */
	_Alignas(max_align_t) char value[];
};

/* A computed that had failed when a job began. */
struct job_failure {
	struct job_failure *next;
	const sp_node *node;
	struct sp_error error;
};

/* A call. Its arena holds the parameters, the result, and what sp_format made. */
struct sp_call {
	struct list link; /* in rt->calls, or instance->held_calls, or the kernel's free ones */
	struct list deadline_link; /* in kernel->deadlines */
	struct sp_ledger_entry ledger; /* of the transport that called */
	struct sp_task task;
	struct sp_kernel *kernel;
	struct sp_runtime *rt; /* NULL while it is held */
	struct sp_runtime *consumer; /* who called; NULL: the host */
	struct instance *holder; /* while it is held */
	const struct runnable_plan *plan;
	void (*done)(void *user, const struct sp_answer *answer);
	void (*progress)(void *user, int64_t done, int64_t total, const char *note);
	void *user;
	void (*tell)(void *user, enum sp_level level, const char *text);
	const char *address;
	struct sp_identity caller;
	struct trace_context trace;
	unsigned transport, can_ask, lacks;
	sp_bytes params;
	int64_t timeout_ms, retry_ms; /* for its handler; until there is room again, of one that was made too often */
	struct call_figures *figures; /* NULL: there is no such runnable */
	int64_t since; /* it came */
	int64_t deadline; /* of the loop's clock; 0: none */
	json_t *json, *details, *result;
	json_t *content, *questions, *answers; /* see caller.h; each may be NULL */
	void *in, *out;
	bool inside; /* made on behalf of another, which it must not wait for */
	bool answered; /* nobody waits any more */
	bool over; /* only reports of progress that are on their way keep it */
	bool *ended; /* set when it ends while it is begun */
	_Atomic bool cancelled, finished;
	_Atomic unsigned reports;
	sp_status status;
	struct job_copy *copies, *spare;
	struct job_failure *failures;
	const void *nothing; /* zeros, for a job to read when memory runs out */
	bool misread; /* the job read what could not be read; error says why */
	struct sp_error error;
	struct arena arena;
};

struct sp_plugin_handle {
	struct list link; /* in kernel->plugins */
	struct list gone_link; /* in kernel->gone */
	struct table_link by_name;
	struct sp_kernel *kernel;
	const struct sp_plugin *descriptor;
	char name[32];
	const char *version;
	char *path;
	void (*gone)(void *user);
	void *user;
	struct factory **factories;
	size_t factory_count;
	struct list bodies;
	struct list handles; /* shared ones of bodies that have ended: its code may still run */
	struct replacement *replacement;
	bool published; /* its components and name are the kernel's */
	bool removed;
	bool carried; /* took over state when it replaced its former version */
	size_t instances;
};

struct setting {
	struct table_link link;
	sp_node *node;
	char path[];
};

/* What callers may still call; see rate.h. */
struct rates {
	struct table buckets;
	struct list used;
};

struct sp_kernel {
	struct sp_kernel_options options;
	const struct sp_loop_ops *ops;
	void *loop;
	pthread_t thread; /* the loop's */
	sp_graph *graph;
	enum sp_kernel_state state;
	struct frame *frame;
	struct arena scratch; /* of computeds that run outside any frame */
	unsigned frameless; /* entries of the host that found no memory for a frame */
	struct list plugins, instances;
	struct table plugins_by_name, factories, instances_by_name, contracts, addresses, rest_paths, settings;
	struct list due, leaving_due, replacing_due; /* instances, bodies and replacements to examine */
	struct sp_task settle;
	bool settle_queued, settling, cycles_due;
	bool stopping;
	struct list path_waiters; /* instances that are errored because another has their path */
	struct list retired; /* views that a callback may still hold */
	struct list objects_left; /* bindings whose objects are to be released */
	struct list gone; /* plugins to be told off */
	struct bus bus;
	struct rates rates;
	struct tracing tracing;
	struct list dead_letters; /* oldest first */
	size_t dead_letter_count;
	int64_t dead_letter_next; /* the latest id */
	json_t *configuration;
	sp_node *exposed_revision;
	char exposed_lately[EXPOSED_LATELY][32]; /* whose exposures changed, by revision modulo their number */
	struct list deadlines;
	void *deadline_timer;
	struct list host_services;
	struct sp_gateway gateway; /* the host's own */
	struct list calls_free;
	unsigned calls_free_count;
	uint64_t next_service, next_age, next_activation;
	size_t errored, restarting, unhealthy, waiting, lingering, cycles, in_flight, jobs;
	uint64_t random; /* state of the generator of delays */
	struct trace_source trace_source;
	void (*stopped)(void *user);
	void *stopped_user;
	int64_t stop_by;
	int64_t drain_at; /* when drain_timer fires; 0: it rests */
	void *drain_timer;
	void *again_timer;
	bool again; /* it runs; see again.h */
	uint64_t calls_total;
	struct table call_figures;
	struct call_figures strayed_calls; /* of no runnable */
	size_t instances_in[INSTANCE_STATES];
	uint64_t plugin_loads, plugin_updates;
};

#endif
