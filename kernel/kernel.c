/* kernel.c: makes a kernel, opens and stops it, and says how it is. */
#include "kernel.h"

#include <stdio.h>
#include <string.h>

#include "again.h"
#include "alloc.h"
#include "body.h"
#include "body_acts.h"
#include "bus.h"
#include "call.h"
#include "dead_letter.h"
#include "frame.h"
#include "gateway.h"
#include "lifecycle.h"
#include "metrics.h"
#include "plugin.h"
#include "rate.h"
#include "registry.h"
#include "run.h"
#include "supervisor.h"
#include "trace.h"

enum { HOLD_MS = 1000, HOLD_MAX = 10000, DRAIN_MS = 10000 };

static int64_t graph_now(void *user)
{
	struct sp_kernel *kernel = user;

	return kernel->ops->now(kernel->loop);
}

static void effect_failed(void *user, sp_node *effect, const struct sp_error *error)
{
	struct sp_node_info info = { .struct_size = sizeof info };
	struct sp_runtime *rt;
	char target[80];

	sp_node_inspect(effect, &info);
	rt = info.owner;
	kernel_log(user, SP_ERROR, rt ? rt->name : NULL, "effect %s failed: %s", info.name ? info.name : "?",
		error->message);
	snprintf(target, sizeof target, "%s%s%s", rt ? rt->name : "", rt ? "." : "", info.name ? info.name : "?");
	dead_letter_add(user,
		&(struct dead_letter_facts){ .target = target,
			.type = "",
			.source = "",
			.reason = DEAD_EFFECT_ERROR,
			.error = error->message });
	if (rt) {
		acts_note_failure(rt, effect, error);
		supervisor_note_failure(rt, error);
	}
	if (error->code == SP_NO_MEMORY)
		kernel_again(user);
}

static void runaway(void *user, const char *names)
{
	kernel_log(user, SP_ERROR, NULL, "stopped a wave after 100 rounds: these keep each other awake: %s", names);
}

/* R-RX-2 */
static void mutated(void *user, sp_node *node)
{
	struct sp_node_info info = { .struct_size = sizeof info };
	const struct sp_runtime *rt;

	sp_node_inspect(node, &info);
	rt = info.owner;
	kernel_log(user, SP_ERROR, rt ? rt->name : NULL,
		"the json value of %s was changed after it was set, and nobody was told: set a changed copy instead",
		info.name ? info.name : "a signal");
}

static void read_failed(void *user, const struct sp_error *error)
{
	const struct sp_kernel *kernel = user;

	frame_read_failed(kernel->frame, error);
}

static void init_lists(struct sp_kernel *kernel)
{
	list_init(&kernel->plugins);
	list_init(&kernel->instances);
	list_init(&kernel->due);
	list_init(&kernel->leaving_due);
	list_init(&kernel->path_waiters);
	list_init(&kernel->replacing_due);
	list_init(&kernel->retired);
	list_init(&kernel->objects_left);
	list_init(&kernel->gone);
	list_init(&kernel->deadlines);
	list_init(&kernel->host_services);
	list_init(&kernel->calls_free);
	table_init(&kernel->plugins_by_name);
	table_init(&kernel->factories);
	table_init(&kernel->instances_by_name);
	table_init(&kernel->contracts);
	table_init(&kernel->addresses);
	table_init(&kernel->rest_paths);
	table_init(&kernel->settings);
	table_init(&kernel->call_figures);
	arena_init(&kernel->scratch);
	bus_init(kernel);
	rates_init(&kernel->rates);
	trace_init(kernel);
}

static void take_options(struct sp_kernel *kernel, const struct sp_kernel_options *options)
{
	size_t size = options->struct_size < sizeof *options ? options->struct_size : sizeof *options;

	memcpy(&kernel->options, options, size);
	kernel->ops = options->ops;
	kernel->loop = options->loop;
	kernel->thread = pthread_self();
	kernel->options.hold_ms = kernel->options.hold_ms ? kernel->options.hold_ms : HOLD_MS;
	kernel->options.hold_max = kernel->options.hold_max ? kernel->options.hold_max : HOLD_MAX;
	kernel->options.drain_ms = kernel->options.drain_ms ? kernel->options.drain_ms : DRAIN_MS;
	kernel->settle.run = kernel_settle;
	trace_source_init(&kernel->trace_source);
	kernel->random = (uint64_t)kernel->ops->wall_time(kernel->loop) | 1;
}

/* Bodies that waited long enough are looked at again, and so is a stop. */
static void drain_over(void *user)
{
	struct sp_kernel *kernel = user;

	kernel->drain_at = 0;
	for (struct sp_runtime *rt = body_first(kernel); rt; rt = body_after(rt)) {
		if (rt->in_flight && rt->leave_by)
			kernel_drain_until(kernel, rt->leave_by);
		body_due(rt);
	}
	if (kernel->stopping)
		kernel_drain_until(kernel, kernel->stop_by);
	kernel_due(kernel);
}

static sp_status make_parts(struct sp_kernel *kernel)
{
	const struct sp_graph_hooks hooks = { .struct_size = sizeof hooks,
		.user = kernel,
		.now = graph_now,
		.effect_failed = effect_failed,
		.runaway = runaway,
		.mutated = mutated,
		.read_failed = read_failed };
	int64_t zero = 0;

	kernel->graph = sp_graph_create(&hooks);
	if (!kernel->graph)
		return SP_NO_MEMORY;
	kernel->exposed_revision = sp_signal_create(kernel->graph, &sp_type_integer, &zero);
	kernel->deadline_timer = kernel->ops->timer_create(kernel->loop, calls_expire, kernel);
	kernel->drain_timer = kernel->ops->timer_create(kernel->loop, drain_over, kernel);
	kernel->again_timer = kernel->ops->timer_create(kernel->loop, kernel_try_again, kernel);
	kernel->configuration = json_object();
	if (!kernel->exposed_revision || !kernel->configuration)
		return SP_NO_MEMORY;
	if (!kernel->deadline_timer || !kernel->drain_timer || !kernel->again_timer)
		return SP_NO_MEMORY;
	if (sp_node_describe(kernel->exposed_revision, "exposed", NULL) != SP_OK)
		return SP_NO_MEMORY;
	return gateway_provide(kernel) == SP_OK ? introspection_provide(kernel) : SP_NO_MEMORY;
}

sp_kernel *sp_kernel_create(const struct sp_kernel_options *options, struct sp_error *error)
{
	struct sp_kernel *kernel = sp_calloc(1, sizeof *kernel);

	if (kernel) {
		init_lists(kernel);
		take_options(kernel, options);
	}
	if (kernel && make_parts(kernel) == SP_OK)
		return kernel;
	sp_kernel_destroy(kernel);
	sp_error_set(error, SP_NO_MEMORY, "out of memory");
	return NULL;
}

static void destroy_host_services(struct sp_kernel *kernel)
{
	struct host_service *host;

	list_each(host, &kernel->host_services, link) {
		list_remove(&host->link);
		service_remove(&host->service);
		sp_free(host);
	}
}

static void destroy_settings(struct sp_kernel *kernel)
{
	struct table *table = &kernel->settings;

	for (size_t i = 0; i < table->size; i++)
		for (struct table_link *link = table->buckets ? table->buckets[i] : table->first, *next; link;
			link = next) {
			next = link->next;
			sp_free(container_of(link, struct setting, link));
		}
	table_finish(table);
}

/* Whether a worker, or what a run began, is still inside: what it uses must stay. */
static bool is_used(const struct sp_kernel *kernel)
{
	for (const struct sp_runtime *rt = body_first(kernel); rt; rt = body_after(rt))
		if (rt->jobs || runs_unfinished(rt))
			return true;
	return false;
}

static void destroy_timer(const struct sp_kernel *kernel, void *timer)
{
	if (timer)
		kernel->ops->timer_destroy(timer);
}

void sp_kernel_destroy(sp_kernel *kernel)
{
	if (!kernel || is_used(kernel))
		return;
	if (kernel->graph)
		plugins_destroy_all(kernel);
	bus_finish(kernel);
	rates_finish(&kernel->rates);
	calls_finish(kernel);
	destroy_host_services(kernel);
	contracts_finish(kernel);
	destroy_settings(kernel);
	table_finish(&kernel->plugins_by_name);
	table_finish(&kernel->factories);
	table_finish(&kernel->instances_by_name);
	table_finish(&kernel->addresses);
	table_finish(&kernel->rest_paths);
	call_figures_finish(kernel);
	destroy_timer(kernel, kernel->deadline_timer);
	destroy_timer(kernel, kernel->drain_timer);
	destroy_timer(kernel, kernel->again_timer);
	sp_graph_destroy(kernel->graph);
	arena_finish(&kernel->scratch);
	json_decref(kernel->configuration);
	sp_free(kernel);
}

sp_graph *sp_kernel_graph(sp_kernel *kernel)
{
	return kernel->graph;
}

enum sp_kernel_state sp_kernel_state(const sp_kernel *kernel)
{
	return kernel->state;
}

const char *kernel_state_word(enum sp_kernel_state state)
{
	static const char *const words[] = { "created", "booting", "healthy", "degraded", "draining", "stopped" };

	return words[state];
}

static void set_state(struct sp_kernel *kernel, enum sp_kernel_state state)
{
	json_t *data;

	if (kernel->state == state)
		return;
	data = json_pack("{s:s, s:s, s:o*}", "from", kernel_state_word(kernel->state), "to", kernel_state_word(state),
		"reasons", state == SP_KERNEL_DEGRADED ? kernel_reasons_new(kernel) : NULL);
	kernel->state = state;
	bus_tell(kernel, "kernel.state", data);
}

void kernel_judge(struct sp_kernel *kernel)
{
	if (kernel->state == SP_KERNEL_CREATED || kernel->state >= SP_KERNEL_DRAINING)
		return;
	set_state(kernel,
		kernel->errored + kernel->restarting + kernel->unhealthy + kernel->cycles ? SP_KERNEL_DEGRADED
											  : SP_KERNEL_HEALTHY);
}

void sp_kernel_boot(sp_kernel *kernel)
{
	struct instance *instance;

	if (kernel->state != SP_KERNEL_CREATED)
		return;
	set_state(kernel, SP_KERNEL_BOOTING);
	list_each(instance, &kernel->instances, link)
		instance_due(instance);
	kernel_due(kernel);
}

void sp_kernel_drain(sp_kernel *kernel)
{
	if (kernel->state < SP_KERNEL_DRAINING)
		set_state(kernel, SP_KERNEL_DRAINING);
}

/* Those activated later come before it in the list of what is due. Instances mostly come in the order of activation. */
static void put_in_order(struct instance *instance)
{
	struct list *due = &instance->kernel->due, *place = due->next;

	while (place != due && container_of(place, struct instance, examine)->activation > instance->activation)
		place = place->next;
	list_insert_before(place, &instance->examine);
}

/* R-CM-3: the latest activated first, and each consumer before its providers. */
static void remove_all(struct sp_kernel *kernel)
{
	struct instance *instance;

	list_each(instance, &kernel->instances, link)
		list_remove(&instance->examine);
	list_each(instance, &kernel->instances, link) {
		instance->removed = true;
		put_in_order(instance);
	}
	kernel_due(kernel);
}

void sp_kernel_stop(sp_kernel *kernel, void (*stopped)(void *user), void *user)
{
	struct sp_plugin_handle *plugin;

	sp_kernel_drain(kernel);
	kernel->stopping = true;
	kernel->stopped = stopped;
	kernel->stopped_user = user;
	kernel->stop_by = kernel->ops->now(kernel->loop) + nanoseconds_of(kernel->options.drain_ms + 1);
	kernel_drain_until(kernel, kernel->stop_by);
	remove_all(kernel);
	list_each(plugin, &kernel->plugins, link)
		sp_kernel_remove(plugin);
	kernel_due(kernel);
}

void kernel_check_stopped(struct sp_kernel *kernel)
{
	void (*stopped)(void *user) = kernel->stopped;

	if (!kernel->stopping || (!stopped && kernel->state == SP_KERNEL_STOPPED))
		return;
	if (!list_is_empty(&kernel->plugins) && kernel->ops->now(kernel->loop) < kernel->stop_by)
		return;
	kernel->stopped = NULL;
	set_state(kernel, SP_KERNEL_STOPPED);
	if (stopped)
		stopped(kernel->stopped_user);
}

sp_status sp_kernel_provide(sp_kernel *kernel, const struct sp_contract *contract, const void *table, void *self,
	int ranking)
{
	const struct sp_service *head = table;
	struct host_service *host;
	char name[128];

	if (head->size < sizeof *head || contract_name(contract, name, sizeof name) != SP_OK)
		return SP_INVALID;
	host = sp_calloc(1, sizeof *host);
	if (!host)
		return SP_NO_MEMORY;
	host->service = (struct service){ .table = table,
		.table_size = head->size,
		.self = self,
		.ranking = ranking,
		.age = ++kernel->next_age,
		.published = true };
	if (service_create(&host->service, kernel, name) != SP_OK) {
		sp_free(host);
		return SP_NO_MEMORY;
	}
	list_add(&kernel->host_services, &host->link);
	sp_batch_begin(kernel->graph);
	contract_changed(host->service.contract, false);
	sp_batch_end(kernel->graph);
	return SP_OK;
}

sp_status sp_kernel_retry(sp_kernel *kernel, const char *name, struct sp_error *error)
{
	struct instance *instance = instance_named(kernel, name);

	if (!instance)
		return sp_error_set(error, SP_NOT_FOUND,
			"there is no instance %s; 'signalctl component list' lists them", name);
	if (instance->state == INSTANCE_RESTARTING) {
		supervisor_hurry(instance->child);
		return SP_OK;
	}
	if (instance->state != INSTANCE_ERRORED)
		return sp_error_set(error, SP_CONFLICT, "%s is %s, not errored", name,
			instance_state_word(instance->state));
	instance->retry = true;
	instance_due(instance);
	return SP_OK;
}
