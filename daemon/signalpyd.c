/* signalpyd.c: the daemon: puts the rooms together, opens them, and closes them in reverse. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "configuration.h"
#include "configuration_faults.h"
#include "control.h"
#include "notify.h"
#include "options.h"
#include "places.h"
#include "plugins.h"
#include "watchdog.h"

enum { FAULT_SIZE = 1024 };

extern char **environ;

struct daemon {
	struct options options;
	struct log *log;
	struct sp_event_loop *loop;
	struct configuration *configuration;
	sp_kernel *kernel;
	struct plugins *plugins;
	struct conversations *conversations;
	struct control *control;
	struct control_limits limits;
	struct watchdog *watchdog;
	sp_subscription *states, *addresses;
	json_t *http; /* the addresses that the http plugin told last */
	char socket[108];
	struct places places;
	bool ready, stopping;
};

static void log_from_kernel(void *user, enum sp_level level, const char *instance, const char *message)
{
	struct daemon *daemon = user;

	log_write(daemon->log, level, instance, message);
}

static const char *text_setting(const struct daemon *daemon, const char *path)
{
	return json_string_value(configuration_get(daemon->configuration, path));
}

static int64_t integer_setting(const struct daemon *daemon, const char *path)
{
	return json_integer_value(configuration_get(daemon->configuration, path));
}

static void follow_control_limits(struct daemon *daemon)
{
	daemon->limits = (struct control_limits){ .connections = integer_setting(daemon, "control.limits.connections"),
		.requests = integer_setting(daemon, "control.limits.requests"),
		.line = integer_setting(daemon, "control.limits.line"),
		.batch = integer_setting(daemon, "control.limits.batch"),
		.batch_answers = integer_setting(daemon, "control.limits.batch_answers"),
		.watches = integer_setting(daemon, "control.limits.watches"),
		.unread = integer_setting(daemon, "control.limits.unread"),
		.backlog = integer_setting(daemon, "control.limits.backlog") };
}

static void warn_of_hold(void *user, const char *what, int64_t nanoseconds)
{
	struct daemon *daemon = user;

	log_printf(daemon->log, SP_WARNING, "%s held the loop for %lld ms", what, (long long)(nanoseconds / 1000000));
}

static sp_status follow_plugin_settings(struct daemon *daemon)
{
	const json_t *set = configuration_get(daemon->configuration, "plugins.dirs");
	const json_t *untrusted = configuration_get(daemon->configuration, "plugins.allow_untrusted");
	json_t *usual = json_pack("[s]", SIGNALPY_PLUGINDIR);
	sp_status status;

	plugins_allow_untrusted(daemon->plugins, json_is_true(untrusted));
	status = usual ? plugins_configure(daemon->plugins, set ? set : usual,
				 configuration_get(daemon->configuration, "plugins.disabled"))
		       : SP_NO_MEMORY;

	json_decref(usual);
	return status;
}

/* What the components that are there now declare secret is shown to nobody. */
static json_t *find_secrets(void *user)
{
	return sp_kernel_secrets_new(((const struct daemon *)user)->kernel);
}

/* What may change while the daemon runs. */
static void follow_configuration(void *user)
{
	static const char *const levels[] = { "debug", "info", "warning", "error" };
	struct daemon *daemon = user;
	const char *level = text_setting(daemon, "log.level"), *format = text_setting(daemon, "log.format");

	for (unsigned i = 0; level && i < sizeof levels / sizeof levels[0]; i++)
		if (strcmp(level, levels[i]) == 0)
			log_set_level(daemon->log, (enum sp_level)i);
	if (log_set_levels(daemon->log, configuration_get(daemon->configuration, "log.levels")) != SP_OK)
		log_printf(daemon->log, SP_ERROR, "log.levels could not be changed: out of memory");
	log_set_format(daemon->log, format && strcmp(format, "json") == 0 ? LOG_JSON : LOG_TEXT);
	event_loop_watch_holds(daemon->loop, integer_setting(daemon, "loop.warn_ms"), warn_of_hold, daemon);
	follow_control_limits(daemon);
	control_tell_configuration(daemon->control);
	if (!daemon->plugins || daemon->stopping)
		return;
	if (follow_plugin_settings(daemon) != SP_OK)
		log_printf(daemon->log, SP_ERROR, "the plugin directories could not be changed: out of memory");
}

static json_t *bound_new(void *user)
{
	const struct daemon *daemon = user;

	return json_pack("{s:O, s:s}", "http", daemon->http, "control", daemon->socket);
}

/* --ready-fd: one line, once. */
static void write_ready_line(struct daemon *daemon)
{
	json_t *bound = bound_new(daemon);
	char *line = bound ? json_dumps(bound, JSON_COMPACT) : NULL;

	if (line)
		dprintf(daemon->options.ready_fd, "%s\n", line);
	close(daemon->options.ready_fd);
	daemon->options.ready_fd = -1;
	free(line);
	json_decref(bound);
}

static void take_addresses(void *user, const sp_event *event)
{
	struct daemon *daemon = user;
	json_t *addresses = json_object_get(event->data, "addresses");

	json_decref(daemon->http);
	daemon->http = json_incref(addresses);
}

static void take_state(void *user, const sp_event *event)
{
	struct daemon *daemon = user;
	const char *state = json_string_value(json_object_get(event->data, "to"));

	if (!state || (strcmp(state, "healthy") != 0 && strcmp(state, "degraded") != 0))
		return;
	log_printf(daemon->log, strcmp(state, "healthy") == 0 ? SP_INFO : SP_WARNING, "the kernel is %s", state);
	if (daemon->ready)
		return;
	daemon->ready = true;
	notify("READY=1");
	if (daemon->options.ready_fd >= 0)
		write_ready_line(daemon);
}

static void stopped(void *user)
{
	struct daemon *daemon = user;

	sp_event_loop_quit(daemon->loop);
}

static void shut_down(void *user)
{
	struct daemon *daemon = user;

	if (daemon->stopping)
		return;
	daemon->stopping = true;
	notify("STOPPING=1");
	log_printf(daemon->log, SP_INFO, "stopping");
	plugins_stop(daemon->plugins);
	sp_kernel_stop(daemon->kernel, stopped, daemon);
}

static void reload(struct daemon *daemon)
{
	notify_reloading();
	configuration_reload(daemon->configuration, NULL);
	if (daemon->ready)
		notify("READY=1");
}

static void reopen_log(struct daemon *daemon)
{
	struct sp_error error = { 0 };

	if (log_reopen(daemon->log, &error) == SP_OK)
		log_printf(daemon->log, SP_INFO, "the log was opened again");
	else
		log_printf(daemon->log, SP_ERROR, "%s", error.message);
}

static void caught_signal(void *user, int number)
{
	struct daemon *daemon = user;

	if (number == SIGHUP)
		reload(daemon);
	else if (number == SIGUSR1)
		reopen_log(daemon);
	else
		shut_down(daemon);
}

static sp_status catch_signals(struct daemon *daemon)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1 };

	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		if (event_loop_on_signal(daemon->loop, numbers[i], caught_signal, daemon) != SP_OK)
			return SP_FAILED;
	return SP_OK;
}

static sp_status read_configuration(struct daemon *daemon, struct sp_error *error)
{
	const struct configuration_options options = { .file = daemon->options.file,
		.file_required = daemon->options.file_given,
		.sets = (const char *const *)daemon->options.sets,
		.environment = environ,
		.state_dir = daemon->options.state_dir,
		.log = daemon->log };

	daemon->configuration = configuration_create(&options, error);
	return daemon->configuration ? SP_OK : SP_FAILED;
}

static sp_status change_configuration(void *user, const json_t *changes, struct sp_error *error)
{
	struct daemon *daemon = user;

	return configuration_patch(daemon->configuration, "", changes, error);
}

static sp_status make_kernel(struct daemon *daemon, struct sp_error *error)
{
	const struct sp_kernel_options options = { .struct_size = sizeof options,
		.ops = sp_event_loop_ops(),
		.loop = daemon->loop,
		.user = daemon,
		.log = log_from_kernel,
		.change = change_configuration,
		.hold_ms = integer_setting(daemon, "plugins.hold_ms"),
		.hold_max = (uint32_t)integer_setting(daemon, "plugins.hold_max"),
		.drain_ms = integer_setting(daemon, "plugins.drain_ms") };

	daemon->kernel = sp_kernel_create(&options, error);
	if (!daemon->kernel)
		return SP_NO_MEMORY;
	daemon->conversations = conversations_create(sp_event_loop_ops(), daemon->loop);
	daemon->states = sp_kernel_subscribe(daemon->kernel, "kernel.state", take_state, daemon);
	daemon->addresses = sp_kernel_subscribe(daemon->kernel, "http.listening", take_addresses, daemon);
	if (!daemon->conversations || !daemon->states || !daemon->addresses ||
		sp_kernel_provide(daemon->kernel, &sp_conversations_contract,
			conversations_table(daemon->conversations), daemon->conversations, 0) != SP_OK ||
		log_provide(daemon->log, daemon->kernel) != SP_OK ||
		places_provide(&daemon->places, &daemon->options, daemon->kernel) != SP_OK ||
		sp_event_loop_provide(daemon->loop, daemon->kernel) != SP_OK)
		return sp_error_set(error, SP_NO_MEMORY, "out of memory");
	configuration_find_secrets(daemon->configuration, find_secrets, daemon);
	return configuration_attach(daemon->configuration, daemon->kernel, daemon->log, error);
}

static sp_status load_plugins(struct daemon *daemon, struct sp_error *error)
{
	const struct plugins_options options = { .kernel = daemon->kernel,
		.loop = daemon->loop,
		.log = daemon->log,
		.state_dir = daemon->options.state_dir };

	daemon->plugins = plugins_create(&options, error);
	if (!daemon->plugins)
		return SP_FAILED;
	follow_configuration(daemon);
	return SP_OK;
}

static sp_status open_control(struct daemon *daemon, struct sp_error *error)
{
	const char *path = text_setting(daemon, "control.socket");
	const struct control_options options = { .kernel = daemon->kernel,
		.loop = daemon->loop,
		.plugins = daemon->plugins,
		.configuration = daemon->configuration,
		.log = daemon->log,
		.gateway = sp_kernel_gateway(daemon->kernel),
		.conversations = daemon->conversations,
		.socket = daemon->socket,
		.group = text_setting(daemon, "control.group"),
		.limits = &daemon->limits,
		.shutdown = shut_down,
		.bound_new = bound_new,
		.user = daemon };
	int length = path
		? snprintf(daemon->socket, sizeof daemon->socket, "%s", path)
		: snprintf(daemon->socket, sizeof daemon->socket, "%s/control.sock", daemon->options.runtime_dir);

	if (length < 0 || (size_t)length >= sizeof daemon->socket)
		return sp_error_set(error, SP_INVALID,
			"the control socket's path is longer than the %zu bytes a socket's may be",
			sizeof daemon->socket - 1);
	follow_control_limits(daemon);
	daemon->control = control_create(&options, error);
	return daemon->control ? SP_OK : SP_FAILED;
}

static sp_status assemble(struct daemon *daemon, struct sp_error *error)
{
	sp_status status = daemon->options.action == OPTIONS_CHECK
		? places_take_scratch(&daemon->places, &daemon->options, error)
		: places_take(&daemon->places, &daemon->options, error);

	if (status == SP_OK)
		status = read_configuration(daemon, error);
	if (status != SP_OK)
		return status;
	daemon->loop = sp_event_loop_create(NULL, (unsigned)integer_setting(daemon, "workers.max"), error);
	if (!daemon->loop || catch_signals(daemon) != SP_OK || event_loop_inherit(daemon->loop) != SP_OK)
		return SP_FAILED;
	status = make_kernel(daemon, error);
	return status == SP_OK ? load_plugins(daemon, error) : status;
}

static sp_status open_doors(struct daemon *daemon, struct sp_error *error)
{
	sp_status status = open_control(daemon, error);

	if (status == SP_OK && watchdog_create(daemon->loop, &daemon->watchdog) != SP_OK)
		status = sp_error_set(error, SP_NO_MEMORY, "no memory for the watchdog");
	if (status == SP_OK)
		status = configuration_watch(daemon->configuration, daemon->loop, follow_configuration, daemon, error);
	if (status == SP_OK)
		sp_kernel_boot(daemon->kernel);
	return status;
}

static void dismantle(struct daemon *daemon)
{
	watchdog_destroy(daemon->watchdog);
	control_destroy(daemon->control);
	sp_subscription_destroy(daemon->states);
	sp_subscription_destroy(daemon->addresses);
	configuration_destroy(daemon->configuration);
	sp_kernel_destroy(daemon->kernel);
	plugins_destroy(daemon->plugins);
	sp_event_loop_destroy(daemon->loop);
	conversations_destroy(daemon->conversations);
	json_decref(daemon->http);
	places_leave(&daemon->places);
	log_destroy(daemon->log);
	options_finish(&daemon->options);
}

/* --check: everything is read and judged, nothing is started. */
static int check(struct daemon *daemon)
{
	json_t *plugins = plugins_list_new(daemon->plugins), *report = NULL;
	bool well = plugins && configuration_check(daemon->configuration, &report) == SP_OK;
	const json_t *faults = json_object_get(report, "faults"), *item;
	char text[FAULT_SIZE];
	size_t i;

	json_array_foreach(plugins, i, item)
		well = well && !json_object_get(item, "error"); /* it was logged when it was found */
	json_array_foreach(faults, i, item) {
		configuration_fault_write(item, text, sizeof text);
		log_printf(daemon->log, SP_ERROR, "%s", text);
	}
	well = well && json_array_size(faults) == 0;
	if (well)
		log_printf(daemon->log, SP_INFO, "the configuration and the plugins are in order");
	json_decref(plugins);
	json_decref(report);
	return well ? 0 : 1;
}

static int run(struct daemon *daemon)
{
	struct sp_error error = { 0 };
	sp_status status = assemble(daemon, &error);

	if (status == SP_OK && daemon->options.action == OPTIONS_CHECK)
		return check(daemon);
	if (status == SP_OK)
		status = open_doors(daemon, &error);
	if (status != SP_OK) {
		log_printf(daemon->log, SP_ERROR, "%s", error.message);
		return 1;
	}
	sp_event_loop_run(daemon->loop);
	return 0;
}

/* As many files and connections at once as the system lets it have; the usual soft limit is for those who use
 * select(). */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int count, char **arguments)
{
	struct daemon daemon = { .http = json_array(), .log = log_create(STDERR_FILENO), .places.lock = -1 };
	struct sp_error error = { 0 };
	int result = 0;

	if (!daemon.log || !daemon.http)
		return 1;
	if (options_init(&daemon.options, count, arguments, &error) != SP_OK) {
		log_printf(daemon.log, SP_ERROR, "%s", error.message);
		result = 2;
	} else if (daemon.options.action == OPTIONS_HELP) {
		fputs(options_help(), stdout);
	} else if (daemon.options.action == OPTIONS_VERSION) {
		puts("signalpyd " SIGNALPY_VERSION);
	} else {
		raise_file_limit();
		result = run(&daemon);
	}
	dismantle(&daemon);
	return result;
}
