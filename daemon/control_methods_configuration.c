/*
 * control_methods_configuration.c: the methods config.*, and kernel.reload. Values that are secret are shown only to
 * who may do everything, and asks for it.
 */
#include "control_methods.h"
#include "control_watch.h"

#include <signalpy/record.h>
#include <stdlib.h>
#include <string.h>

SP_RECORD(config_read, (string, path, .required = true, .about = "dotted path", .example = "\"components.greeter.greeting\""),
	(boolean, reveal, .about = "show secrets"));
SP_RECORD(config_shown, (string, path, .otherwise = "", .about = "only what is at or below this dotted path"),
	(boolean, reveal, .about = "show secrets"));
SP_RECORD(config_changed, (string, path, .required = true, .min_length = 1, .about = "dotted path"),
	(any, value, .required = true, .about = "the new value"));
SP_RECORD(config_patched,
	(any, values, .required = true,
		.about = "an object: the new values by their dotted paths below path; null takes back what was set at run time"),
	(string, path, .otherwise = "", .about = "dotted path; everything when empty"));
SP_RECORD(config_removed, (string, path, .required = true, .min_length = 1, .about = "dotted path"));

static struct configuration *configuration_of(const struct exchange *exchange)
{
	return exchange_control(exchange)->options.configuration;
}

/* Whether secrets may be shown; if they may not, the exchange has ended. */
static bool may_reveal(struct exchange *exchange, bool reveal)
{
	if (!reveal || connection_peer(exchange_connection(exchange))->level == PEER_MAY_ALL)
		return true;
	exchange_fail(exchange, SP_FORBIDDEN, "secrets are shown to root and the user signalpyd runs as alone");
	return false;
}

/* What of path lies below at: "c" of "a.b.c" below "a.b", "" when it is at itself; NULL when it is elsewhere. */
static const char *below(const char *path, const char *at)
{
	size_t size = strlen(at);

	if (size == 0)
		return path;
	if (strncmp(path, at, size) != 0 || (path[size] && path[size] != '.'))
		return NULL;
	return path[size] ? path + size + 1 : path + size;
}

static void config_show(struct exchange *exchange, const void *params)
{
	const struct config_shown *in = params;
	json_t *all, *value;
	const char *path;
	void *next;

	if (!may_reveal(exchange, in->reveal))
		return;
	all = configuration_show_new(configuration_of(exchange), in->reveal);
	json_object_foreach_safe(all, next, path, value) {
		if (!below(path, in->path))
			json_object_del(all, path);
	}
	exchange_succeed(exchange, all);
}

/* Puts a value at a dotted path of a tree, making the objects on the way. False without memory. */
static bool graft(json_t *tree, const char *path, json_t *value)
{
	const char *dot;

	while ((dot = strchr(path, '.')) != NULL) {
		size_t size = (size_t)(dot - path);
		json_t *branch = json_object_getn(tree, path, size);

		if (!json_is_object(branch)) {
			branch = json_object();
			if (json_object_setn_new(tree, path, size, branch) != 0)
				return false;
		}
		tree = branch;
		path = dot + 1;
	}
	return json_object_set(tree, path, value) == 0;
}

/* The value at a path as everybody may see it, built again from what is shown; NULL without memory. */
static json_t *seen_new(const struct configuration *configuration, const char *at)
{
	json_t *all = configuration_show_new(configuration, false);
	json_t *seen = json_object(), *entry;
	const char *path;

	json_object_foreach(all, path, entry) {
		const char *rest = below(path, at);
		json_t *value = json_object_get(entry, "value");

		if (!rest)
			continue;
		if (!*rest) {
			json_decref(seen);
			seen = json_incref(value);
			break;
		}
		graft(seen, rest, value);
	}
	json_decref(all);
	return seen;
}

static void config_get(struct exchange *exchange, const void *params)
{
	const struct configuration *configuration = configuration_of(exchange);
	const struct config_read *in = params;
	const json_t *value;
	json_t *shown;

	if (!may_reveal(exchange, in->reveal))
		return;
	value = configuration_get(configuration, in->path);
	if (!value) {
		exchange_fail(exchange, SP_NOT_FOUND, "the configuration has no %s", in->path);
		return;
	}
	shown = in->reveal ? json_incref((json_t *)value) : seen_new(configuration, in->path);
	exchange_succeed(exchange, json_pack("{s:s, s:o}", "path", in->path, "value", shown));
}

static void end(struct exchange *exchange, sp_status status, const char *path, const struct sp_error *error)
{
	if (status == SP_OK)
		exchange_succeed(exchange, json_pack("{s:s}", "path", path));
	else
		exchange_fail_error(exchange, status, error);
}

static void config_set(struct exchange *exchange, const void *params)
{
	const struct config_changed *in = params;
	struct sp_error error = { 0 };

	end(exchange, configuration_set(configuration_of(exchange), in->path, json_deep_copy(in->value), &error),
		in->path, &error);
}

static void config_patch(struct exchange *exchange, const void *params)
{
	const struct config_patched *in = params;
	struct sp_error error = { 0 };

	if (json_object_size(in->values) == 0)
		exchange_fail(exchange, SP_INVALID, "values: an object with one value at least is needed");
	else
		end(exchange, configuration_patch(configuration_of(exchange), in->path, in->values, &error), in->path,
			&error);
}

static void config_unset(struct exchange *exchange, const void *params)
{
	const struct config_removed *in = params;
	struct sp_error error = { 0 };

	end(exchange, configuration_unset(configuration_of(exchange), in->path, &error), in->path, &error);
}

/* Faults are what a check answers, and no failure of it. */
static void config_check(struct exchange *exchange, const void *params SP_UNUSED)
{
	json_t *report = NULL;
	sp_status status = configuration_check(configuration_of(exchange), &report);

	if (report)
		exchange_succeed(exchange, report);
	else
		exchange_fail(exchange, status == SP_OK ? SP_NO_MEMORY : status,
			"the configuration could not be checked");
}

static void refuse_reload(struct exchange *exchange, const json_t *report)
{
	const json_t *faults = json_object_get(report, "faults");
	const char *first = json_string_value(json_object_get(json_array_get(faults, 0), "message"));
	struct sp_error text = { 0 };
	const struct failure failure = { .code = JSONRPC_FAILED,
		.word = sp_status_word(SP_FAILED),
		.message = text.message,
		.details = faults };

	sp_error_set(&text, SP_FAILED, "nothing was changed: the configuration has %zu faults%s%s",
		json_array_size(faults), first ? "; the first: " : "", first ? first : "");
	exchange_fail_with(exchange, &failure);
}

static void config_reload(struct exchange *exchange, const void *params SP_UNUSED)
{
	json_t *report = NULL;

	if (configuration_reload(configuration_of(exchange), &report) == SP_OK) {
		exchange_succeed(exchange, report ? report : json_pack("{s:b}", "ok", 1));
		return;
	}
	refuse_reload(exchange, report);
	json_decref(report);
}

static void kernel_reload(struct exchange *exchange, const void *params)
{
	plugins_rescan(exchange_control(exchange)->options.plugins);
	config_reload(exchange, params);
}

/* ---- watches ----------------------------------------------------------------------------------------------------- */

SP_RECORD(config_watched, (string, path, .otherwise = "", .about = "dotted; everything when empty"));
SP_RECORD(config_unwatched, (integer, watch, .required = true, .about = "the number config.watch answered"));

/* The watch comes first: it is the other's address. */
struct config_watch {
	struct watch watch;
	json_t *seen; /* values by their paths, as everybody may see them */
	char path[];
};

static json_t *values_new(const struct configuration *configuration, const char *at)
{
	json_t *all = configuration_show_new(configuration, false), *values = json_object(), *entry;
	const char *path;

	json_object_foreach(all, path, entry) {
		if (below(path, at))
			json_object_set(values, path, json_object_get(entry, "value"));
	}
	json_decref(all);
	return values;
}

/* The values that are new or others, and null for those that are gone. */
static json_t *changes_new(const json_t *before, const json_t *after)
{
	json_t *changes = json_object(), *value;
	const char *path;

	json_object_foreach((json_t *)after, path, value) {
		if (!json_equal(value, json_object_get(before, path)))
			json_object_set(changes, path, value);
	}
	json_object_foreach((json_t *)before, path, value) {
		if (!json_object_get(after, path))
			json_object_set_new(changes, path, json_null());
	}
	return changes;
}

static void tell_changes(struct watch *watch)
{
	struct config_watch *config = (struct config_watch *)watch;
	const struct control *control = connection_control(watch->connection);
	json_t *now = values_new(control->options.configuration, config->path);
	json_t *changes = now ? changes_new(config->seen, now) : NULL, *message;
	struct text *out = json_object_size(changes) > 0 ? connection_begin_line(watch->connection) : NULL;

	if (out) {
		message = json_pack("{s:I, s:O}", "watch", (json_int_t)watch->number, "changed", changes);
		jsonrpc_add_notification(out, "config", message);
		connection_end_line(watch->connection);
		json_decref(message);
	}
	if (now) {
		json_decref(config->seen);
		config->seen = json_incref(now);
	}
	json_decref(changes);
	json_decref(now);
}

static void finish(struct watch *watch)
{
	struct config_watch *config = (struct config_watch *)watch;

	json_decref(config->seen);
	free(config);
}

void control_tell_configuration(struct control *control)
{
	struct connection *connection = control ? connection_next(control, NULL) : NULL;

	for (; connection; connection = connection_next(control, connection))
		connection_forget_roles(connection);
	if (control)
		control_watches_each(control, finish, tell_changes);
}

static struct watch *watch_create(const struct configuration *configuration, const char *path)
{
	struct config_watch *watch = calloc(1, sizeof *watch + strlen(path) + 1);

	if (!watch)
		return NULL;
	memcpy(watch->path, path, strlen(path) + 1);
	watch->seen = values_new(configuration, path);
	if (watch->seen)
		return &watch->watch;
	free(watch);
	return NULL;
}

static void config_watch(struct exchange *exchange, const void *params)
{
	const struct config_watched *in = params;

	if (control_watch_allowed(exchange))
		control_watch_begin(exchange, watch_create(configuration_of(exchange), in->path), finish);
}

static void config_unwatch(struct exchange *exchange, const void *params)
{
	const struct config_unwatched *in = params;

	control_watch_end(exchange, in->watch, finish);
}

const struct control_method control_methods_configuration[] = {
	{ "config.get", PEER_MAY_CALL, "Tells one value", &config_read_record, "object", config_get, NULL },
	{ "config.set", PEER_MAY_ALL, "Sets one value, which is kept across restarts", &config_changed_record, "object",
		config_set, NULL },
	{ "config.patch", PEER_MAY_ALL, "Sets and takes back several values at once, all or none",
		&config_patched_record, "object", config_patch, NULL },
	{ "config.unset", PEER_MAY_ALL, "Takes back what config.set has set", &config_removed_record, "object",
		config_unset, NULL },
	{ "config.show", PEER_MAY_CALL, "Tells every value and where it comes from", &config_shown_record, "object",
		config_show, NULL },
	{ "config.check", PEER_MAY_CALL, "Reads the files as a reload would, and changes nothing", NULL, "object",
		config_check, NULL },
	{ "config.watch", PEER_MAY_CALL, "Sends a notification \"config\" for what changes at and below a path",
		&config_watched_record, "object", config_watch, NULL },
	{ "config.unwatch", PEER_MAY_CALL, "Ends a watch of the configuration", &config_unwatched_record, "object",
		config_unwatch, NULL },
	{ "config.reload", PEER_MAY_ALL, "Reads the files again", NULL, "object", config_reload, NULL },
	{ "kernel.reload", PEER_MAY_ALL, "Reads the files again, and looks at the plugin directories", NULL, "object",
		kernel_reload, NULL },
	{ 0 },
};
