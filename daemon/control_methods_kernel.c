/*
 * control_methods_kernel.c: the methods kernel.*: the daemon as a whole.
 */
#include "control_methods.h"

#include <string.h>
#include <unistd.h>

/* Adds a value, stolen, unless there is none. */
static void add(json_t *object, const char *name, json_t *value)
{
	if (value)
		json_object_set_new(object, name, value);
}

/* The files of the list that were not taken, be it as a plugin or as a new version of one; NULL without memory. */
static json_t *refused_new(const struct control *control)
{
	json_t *all = plugins_list_new(control->options.plugins);
	json_t *refused = json_array();
	const json_t *plugin;
	size_t i;

	json_array_foreach(all, i, plugin)
		if (json_object_get(plugin, "error"))
			json_array_append(refused, (json_t *)plugin);
	json_decref(all);
	return refused;
}

static void kernel_status(struct exchange *exchange, const void *params SP_UNUSED)
{
	const struct control *control = exchange_control(exchange);
	const struct control_options *options = &control->options;
	json_t *status = sp_kernel_status_new(options->kernel);

	add(status, "version", json_string(SIGNALPY_VERSION));
	add(status, "pid", json_integer(getpid()));
	add(status, "configuration_faults", configuration_faults_new(options->configuration));
	add(status, "plugins_refused", refused_new(control));
	add(status, "bound", options->bound_new ? options->bound_new(options->user) : NULL);
	exchange_succeed(exchange, status);
}

static void kernel_health(struct exchange *exchange, const void *params SP_UNUSED)
{
	const struct control_options *options = &exchange_control(exchange)->options;
	json_t *health = sp_kernel_health_new(options->kernel);

	/* since somebody asked last */
	add(health, "longest_hold_us", json_integer(event_loop_longest_hold(options->loop, true) / 1000));
	exchange_succeed(exchange, health);
}

static void kernel_ready(struct exchange *exchange, const void *params SP_UNUSED)
{
	json_t *health = sp_kernel_health_new(exchange_control(exchange)->options.kernel);
	json_t *healthy = json_object_get(health, "healthy"), *reasons = json_object_get(health, "reasons");

	exchange_succeed(exchange,
		health ? json_pack("{s:O, s:O, s:O}", "ready", healthy, "state", json_object_get(health, "state"),
				 "reasons", reasons)
		       : NULL);
	json_decref(health);
}

static void kernel_drain(struct exchange *exchange, const void *params SP_UNUSED)
{
	sp_kernel_drain(exchange_control(exchange)->options.kernel);
	exchange_succeed(exchange, json_pack("{s:s}", "state", "draining"));
}

/* Answers first: the way out may end the connection. */
static void kernel_shutdown(struct exchange *exchange, const void *params SP_UNUSED)
{
	const struct control_options options = exchange_control(exchange)->options;

	exchange_succeed(exchange, json_pack("{s:s}", "state", "draining"));
	options.shutdown(options.user);
}

const struct control_method control_methods_kernel[] = {
	{ "kernel.status", PEER_MAY_CALL, "Tells the state of the daemon and of everything in it", NULL, "object",
		kernel_status, NULL },
	{ "kernel.health", PEER_MAY_CALL, "Tells whether the daemon is healthy, and if not, why", NULL, "object",
		kernel_health, NULL },
	{ "kernel.ready", PEER_MAY_CALL, "Tells whether the daemon takes calls and all that was asked for is there",
		NULL, "object", kernel_ready, NULL },
	{ "kernel.drain", PEER_MAY_ALL, "Refuses new calls from now on; those inside go on", NULL, "object",
		kernel_drain, NULL },
	{ "kernel.shutdown", PEER_MAY_ALL, "Drains, stops every component, and ends the daemon", NULL, "object",
		kernel_shutdown, NULL },
	{ 0 },
};
