/*
 * control_methods_plugins.c: the methods plugin.*.
 */
#include "control_methods.h"

#include <signalpy/record.h>

SP_RECORD(plugin_named, (string, name, .required = true, .about = "the plugin's name", .example = "\"greeter\""));
SP_RECORD(plugin_file, (string, path, .required = true, .about = "the file to load, with its whole path"));
SP_RECORD(plugin_renewed, (string, name, .required = true, .about = "the plugin's name"),
	(string, path, .about = "the new version's file, with its whole path; the file it came from when absent"));

/* Ends an exchange whose caller may have gone meanwhile. */
static void done(void *user, sp_status status, const json_t *result, const struct sp_error *error)
{
	struct exchange *exchange = user;

	if (status == SP_OK)
		exchange_succeed(exchange, json_incref((json_t *)result));
	else
		exchange_fail_error(exchange, status, error);
}

static struct plugins *plugins_of(const struct exchange *exchange)
{
	return exchange_control(exchange)->options.plugins;
}

static void plugin_list(struct exchange *exchange, const void *params SP_UNUSED)
{
	exchange_succeed(exchange, plugins_list_new(plugins_of(exchange)));
}

static void plugin_inspect(struct exchange *exchange, const void *params)
{
	const struct plugin_named *in = params;
	json_t *found = plugins_inspect_new(plugins_of(exchange), in->name);

	if (found)
		exchange_succeed(exchange, found);
	else
		exchange_fail(exchange, SP_NOT_FOUND, "there is no plugin %s", in->name);
}

static bool is_whole(struct exchange *exchange, const char *path)
{
	if (!path || path[0] == '/')
		return true;
	exchange_fail(exchange, SP_INVALID, "path: %s is not a whole path: begin it with /", path);
	return false;
}

static void plugin_load(struct exchange *exchange, const void *params)
{
	const struct plugin_file *in = params;

	if (is_whole(exchange, in->path))
		plugins_load(plugins_of(exchange), in->path, done, exchange);
}

static void plugin_unload(struct exchange *exchange, const void *params)
{
	const struct plugin_named *in = params;

	plugins_unload(plugins_of(exchange), in->name, done, exchange);
}

static void plugin_update(struct exchange *exchange, const void *params)
{
	const struct plugin_renewed *in = params;

	if (is_whole(exchange, in->path))
		plugins_update(plugins_of(exchange), in->name, in->path, done, exchange);
}

static void plugin_retry(struct exchange *exchange, const void *params)
{
	const struct plugin_named *in = params;

	plugins_retry(plugins_of(exchange), in->name, done, exchange);
}

const struct control_method control_methods_plugins[] = {
	{ "plugin.list", PEER_MAY_CALL, "Lists the plugins, those refused with the reason", NULL, "array", plugin_list,
		NULL },
	{ "plugin.inspect", PEER_MAY_CALL, "Tells all of one plugin", &plugin_named_record, "object", plugin_inspect,
		NULL },
	{ "plugin.load", PEER_MAY_ALL, "Loads a plugin from a file", &plugin_file_record, "object", plugin_load, NULL },
	{ "plugin.unload", PEER_MAY_ALL, "Takes a plugin away, and keeps it out", &plugin_named_record, "object",
		plugin_unload, NULL },
	{ "plugin.update", PEER_MAY_ALL, "Replaces a plugin by a new version, while it is called",
		&plugin_renewed_record, "object", plugin_update, NULL },
	{ "plugin.retry", PEER_MAY_ALL, "Tries again what failed; the name may be a refused file's path",
		&plugin_named_record, "object", plugin_retry, NULL },
	{ 0 },
};
