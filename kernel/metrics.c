/* metrics.c: counts calls, and shows what the kernel has counted. */
#include "metrics.h"

#include <signalpy/introspection.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "kernel.h"
#include "lifecycle.h"

static const double bounds[CALL_BOUNDS] = { 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30 };

struct call_figures *call_figures_get(struct sp_kernel *kernel, const char *component, const char *runnable)
{
	struct call_figures *figures;
	struct table_link *link;
	char key[sizeof figures->key];

	snprintf(key, sizeof key, "%s.%s", component, runnable);
	link = table_find(&kernel->call_figures, key, strlen(key));
	if (link)
		return container_of(link, struct call_figures, link);
	figures = sp_calloc(1, sizeof *figures);
	if (!figures)
		return NULL;
	memcpy(figures->key, key, sizeof key);
	snprintf(figures->component, sizeof figures->component, "%s", component);
	snprintf(figures->runnable, sizeof figures->runnable, "%s", runnable);
	table_insert(&kernel->call_figures, &figures->link, figures->key);
	return figures;
}

/* What no surface has a word for is failed there, and here too. */
static unsigned code_of(sp_status status)
{
	unsigned code = status < 0 ? (unsigned)-status : 0;

	if (status == SP_NO_MEMORY || status == SP_GONE || code >= CALL_CODES)
		return (unsigned)-SP_FAILED;
	return code;
}

void call_figures_count(const struct sp_call *call, sp_status status)
{
	struct sp_kernel *kernel = call->kernel;
	struct call_figures *figures = call->figures ? call->figures : &kernel->strayed_calls;
	int64_t took = kernel->ops->now(kernel->loop) - call->since;
	size_t bucket = 0;

	while (bucket < CALL_BOUNDS && (double)took > bounds[bucket] * 1e9)
		bucket++;
	figures->codes[code_of(status)]++;
	figures->buckets[bucket]++;
	figures->nanoseconds += took;
}

void call_figures_finish(struct sp_kernel *kernel)
{
	struct table *table = &kernel->call_figures;

	for (size_t i = 0; i < table->size; i++)
		for (struct table_link *link = table->buckets ? table->buckets[i] : table->first, *next; link;
			link = next) {
			next = link->next;
			sp_free(container_of(link, struct call_figures, link));
		}
	table_finish(table);
}

/* ---- what is shown ----------------------------------------------------------------------------------------------- */

/* Who is shown the values, as long as it wants to see more. */
struct showing {
	const struct sp_kernel *kernel;
	bool (*visit)(void *user, const struct sp_metric *metric, const struct sp_sample *sample);
	void *user;
	bool over;
};

static void show(struct showing *showing, const struct sp_metric *metric, const char *const *labels, double value)
{
	const struct sp_sample sample = { .struct_size = sizeof sample, .labels = labels, .value = value };

	if (!showing->over)
		showing->over = !showing->visit(showing->user, metric, &sample);
}

static const struct sp_metric calls_metric = { sizeof calls_metric, SP_METRIC_COUNTER, "signalpy_calls", NULL,
	"Calls of runnables, by what they came to." };
static const struct sp_metric durations_metric = { sizeof durations_metric, SP_METRIC_HISTOGRAM,
	"signalpy_call_duration_seconds", "seconds", "How long calls took, from their arrival to their answer." };

static void show_calls(struct showing *showing, const struct call_figures *figures)
{
	for (unsigned code = 0; code < CALL_CODES; code++) {
		const char *const labels[] = { "component", figures->component, "runnable", figures->runnable, "code",
			sp_status_word(-(int)code), NULL };

		if (figures->codes[code])
			show(showing, &calls_metric, labels, (double)figures->codes[code]);
	}
}

static bool was_called(const struct call_figures *figures)
{
	for (size_t i = 0; i <= CALL_BOUNDS; i++)
		if (figures->buckets[i])
			return true;
	return false;
}

static void show_durations(struct showing *showing, const struct call_figures *figures)
{
	const char *const labels[] = { "component", figures->component, "runnable", figures->runnable, NULL };
	const struct sp_sample sample = { .struct_size = sizeof sample,
		.labels = labels,
		.value = (double)figures->nanoseconds / 1e9,
		.bounds = bounds,
		.counts = figures->buckets,
		.bound_count = CALL_BOUNDS };

	if (!showing->over && was_called(figures))
		showing->over = !showing->visit(showing->user, &durations_metric, &sample);
}

static void show_figures(struct showing *showing,
	void (*show_one)(struct showing *showing, const struct call_figures *figures))
{
	const struct table *table = &showing->kernel->call_figures;

	show_one(showing, &showing->kernel->strayed_calls);
	for (size_t i = 0; i < table->size && !showing->over; i++)
		for (struct table_link *link = table->buckets ? table->buckets[i] : table->first; link;
			link = link->next)
			show_one(showing, container_of(link, struct call_figures, link));
}

static void show_states(struct showing *showing)
{
	static const struct sp_metric state = { sizeof state, SP_METRIC_GAUGE, "signalpy_kernel_state", NULL,
		"1 for the state that the kernel is in, 0 for the others." };
	static const struct sp_metric components = { sizeof components, SP_METRIC_GAUGE, "signalpy_components", NULL,
		"Instances of components, by state." };
	const struct sp_kernel *kernel = showing->kernel;

	for (int i = SP_KERNEL_CREATED; i <= SP_KERNEL_STOPPED; i++)
		show(showing, &state,
			(const char *const[]){ "state", kernel_state_word((enum sp_kernel_state)i), NULL },
			(int)kernel->state == i);
	for (int i = 0; i < INSTANCE_STATES; i++)
		show(showing, &components,
			(const char *const[]){ "state", instance_state_word((enum instance_state)i), NULL },
			(double)kernel->instances_in[i]);
}

static void show_counts(struct showing *showing)
{
	static const char *const none[] = { NULL };
	const struct sp_kernel *kernel = showing->kernel;
	struct sp_graph_counts counts = { 0 };
	struct {
		struct sp_metric metric;
		double value;
	} rows[] = {
#define COUNTER(name, about) { sizeof(struct sp_metric), SP_METRIC_COUNTER, "signalpy_" name, NULL, (about) }
#define GAUGE(name, about) \
	{ \
		sizeof(struct sp_metric), SP_METRIC_GAUGE, "signalpy_" name, NULL, (about) \
	}
		{ GAUGE("calls_in_flight", "Calls that have begun and not ended."), (double)kernel->in_flight },
		{ GAUGE("calls_in_workers", "Calls that wait for a worker thread or run in one."),
			(double)kernel->jobs },
		{ COUNTER("waves", "Waves of the reactive graph."), 0 },
		{ COUNTER("computed_runs", "Runs of computeds."), 0 },
		{ COUNTER("effect_runs", "Runs of effects."), 0 },
		{ GAUGE("graph_nodes", "Signals, computeds and effects."), 0 },
		{ GAUGE("graph_edges", "Dependencies between them."), 0 },
		{ COUNTER("events", "Events published."), (double)kernel->bus.number },
		{ COUNTER("events_dropped", "Events that were refused or lost."), (double)kernel->bus.dropped },
		{ GAUGE("events_queued", "Events that wait to be delivered."), (double)kernel->bus.count },
		{ GAUGE("dead_letters", "Dead letters that are kept."), (double)kernel->dead_letter_count },
		{ GAUGE("plugins", "Plugins loaded."), (double)kernel->plugins_by_name.count },
		{ COUNTER("plugin_loads", "Plugins that were loaded."), (double)kernel->plugin_loads },
		{ COUNTER("plugin_updates", "Plugins that were replaced by another version."),
			(double)kernel->plugin_updates },
#undef COUNTER
#undef GAUGE
	};

	sp_graph_count(kernel->graph, &counts);
	rows[2].value = (double)counts.waves;
	rows[3].value = (double)counts.computed_runs;
	rows[4].value = (double)counts.effect_runs;
	rows[5].value = (double)counts.nodes;
	rows[6].value = (double)counts.edges;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		show(showing, &rows[i].metric, none, rows[i].value);
}

void sp_kernel_each_sample(const sp_kernel *kernel,
	bool (*visit)(void *user, const struct sp_metric *metric, const struct sp_sample *sample), void *user)
{
	struct showing showing = { .kernel = kernel, .visit = visit, .user = user };

	show_figures(&showing, show_calls);
	show_figures(&showing, show_durations);
	show_states(&showing);
	show_counts(&showing);
}

static void introspection_each_sample(const struct sp_introspection *introspection,
	bool (*visit)(void *user, const struct sp_metric *metric, const struct sp_sample *sample), void *user)
{
	sp_kernel_each_sample(introspection->service.self, visit, user);
}

static json_t *introspection_health_new(const struct sp_introspection *introspection)
{
	return sp_kernel_health_new(introspection->service.self);
}

static json_t *introspection_status_new(const struct sp_introspection *introspection)
{
	return sp_kernel_status_new(introspection->service.self);
}

static const struct sp_introspection introspection_table = {
	.service = { .size = sizeof(struct sp_introspection) },
	.health_new = introspection_health_new,
	.status_new = introspection_status_new,
	.each_sample = introspection_each_sample,
};

enum { BUILT_IN_RANKING = 1000 }; /* behind whatever a plugin offers */

sp_status introspection_provide(struct sp_kernel *kernel)
{
	return sp_kernel_provide(kernel, &sp_introspection_contract, &introspection_table, kernel, BUILT_IN_RANKING);
}
