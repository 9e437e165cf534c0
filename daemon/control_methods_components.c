/*
 * control_methods_components.c: the methods component.* and service.*.
 */
#include "control_methods.h"

#include <signalpy/record.h>
#include <stdio.h>
#include <string.h>

SP_RECORD(component_made, (string, component, .required = true, .about = "the component", .example = "\"mailer\""),
	(string, name, .required = true, .about = "the new instance's name", .example = "\"mailer-eu\""),
	(any, properties, .about = "its properties, an object"));
SP_RECORD(component_set, (string, name, .required = true, .about = "the instance's name", .example = "\"mailer-eu\""),
	(any, properties, .required = true,
		.about = "the properties that change, an object; null takes back what was set at run time"));
SP_RECORD(component_named, (string, name, .required = true, .about = "the instance's name", .example = "\"greeter\""));

static sp_kernel *kernel_of(const struct exchange *exchange)
{
	return exchange_control(exchange)->options.kernel;
}

static void component_list(struct exchange *exchange, const void *params SP_UNUSED)
{
	exchange_succeed(exchange, sp_kernel_components_new(kernel_of(exchange)));
}

/* The instance as it is listed; when there is none, the exchange has ended. */
static json_t *found_new(struct exchange *exchange, const char *name)
{
	json_t *found = sp_kernel_component_new(kernel_of(exchange), name);

	if (!found)
		exchange_fail(exchange, SP_NOT_FOUND, "there is no instance %s; 'signalctl component list' lists them",
			name);
	return found;
}

static void component_show(struct exchange *exchange, const void *params)
{
	const struct component_named *in = params;
	json_t *found = found_new(exchange, in->name);

	if (found)
		exchange_succeed(exchange, found);
}

static void component_retry(struct exchange *exchange, const void *params)
{
	const struct component_named *in = params;
	struct sp_error error = { 0 };
	sp_status status = sp_kernel_retry(kernel_of(exchange), in->name, &error);

	if (status == SP_OK)
		exchange_succeed(exchange, sp_kernel_component_new(kernel_of(exchange), in->name));
	else
		exchange_fail_error(exchange, status, &error);
}

/* The caller may have gone meanwhile. */
static void tell_health(void *user, const char *name, sp_status status, const struct sp_error *error)
{
	struct exchange *exchange = user;

	if (status == SP_OK && exchange_connection(exchange))
		exchange_succeed(exchange, sp_kernel_component_new(kernel_of(exchange), name));
	else
		exchange_fail_error(exchange, status, error);
}

static void component_health(struct exchange *exchange, const void *params)
{
	const struct component_named *in = params;

	sp_kernel_ask_health(kernel_of(exchange), in->name, tell_health, exchange);
}

/* ---- instances that an operator asks for: values of the configuration, set at run time --------------------------- */

enum { INSTANCE_PATH_SIZE = 64 };

/* The path of what the configuration says of an instance; false when the name is too long for one. */
static bool path_of(const char *name, const char *below, char path[static INSTANCE_PATH_SIZE])
{
	return snprintf(path, INSTANCE_PATH_SIZE, "instances.%s%s", name, below) < INSTANCE_PATH_SIZE;
}

static struct configuration *configuration_of(const struct exchange *exchange)
{
	return exchange_control(exchange)->options.configuration;
}

/* Whether others than code asked for it, so that the configuration can. */
static bool is_configurable(const json_t *found)
{
	const char *origin = json_string_value(json_object_get(found, "origin"));

	return origin && (strcmp(origin, "default") == 0 || strcmp(origin, "configuration") == 0);
}

static void end(struct exchange *exchange, sp_status status, json_t *result, const struct sp_error *error)
{
	if (status == SP_OK) {
		exchange_succeed(exchange, result);
		return;
	}
	json_decref(result);
	exchange_fail_error(exchange, status, error);
}

static void component_instantiate(struct exchange *exchange, const void *params)
{
	const struct component_made *in = params;
	char path[INSTANCE_PATH_SIZE];
	struct sp_error error = { 0 };
	json_t *found = sp_kernel_component_new(kernel_of(exchange), in->name);
	sp_status status;

	if (in->properties && !json_is_object(in->properties)) {
		json_decref(found);
		exchange_fail(exchange, SP_INVALID, "properties are an object");
		return;
	}
	if (found) {
		json_decref(found);
		exchange_fail(exchange, SP_CONFLICT,
			"there is an instance %s already; 'signalctl component set' changes its properties", in->name);
		return;
	}
	if (path_of(in->name, "", path))
		status = configuration_set(configuration_of(exchange), path,
			json_pack("{s:s, s:O*}", "component", in->component, "properties",
				json_object_size(in->properties) ? in->properties : NULL),
			&error);
	else
		status = sp_error_set(&error, SP_INVALID, "an instance's name is [a-z][a-z0-9-]{0,30}");
	end(exchange, status, status == SP_OK ? sp_kernel_component_new(kernel_of(exchange), in->name) : NULL, &error);
}

/* One that was asked for at run time alone is not asked for any more; for others it is said that there is none. */
static sp_status switch_off(struct configuration *configuration, const json_t *found, const char *path,
	struct sp_error *error)
{
	const char *name = json_string_value(json_object_get(found, "name"));
	const char *component = json_string_value(json_object_get(found, "component"));

	if (strcmp(name, component) != 0 && configuration_is_run_time(configuration, path))
		return configuration_unset(configuration, path, error);
	return configuration_set(configuration, path, json_false(), error);
}

static void component_remove(struct exchange *exchange, const void *params)
{
	const struct component_named *in = params;
	json_t *found = found_new(exchange, in->name);
	const char *parent = json_string_value(json_object_get(found, "parent"));
	char path[INSTANCE_PATH_SIZE];
	struct sp_error error = { 0 };
	sp_status status = SP_OK;

	if (!found)
		return;
	if (!is_configurable(found) || !path_of(in->name, "", path))
		status = sp_error_set(&error, SP_CONFLICT, "%s was made by %s, which alone can remove it", in->name,
			parent ? parent : "code");
	if (status == SP_OK)
		status = switch_off(configuration_of(exchange), found, path, &error);
	json_decref(found);
	end(exchange, status, status == SP_OK ? json_pack("{s:s, s:s}", "name", in->name, "state", "removed") : NULL,
		&error);
}

static void component_change(struct exchange *exchange, const void *params)
{
	const struct component_set *in = params;
	json_t *found = found_new(exchange, in->name);
	char path[INSTANCE_PATH_SIZE];
	struct sp_error error = { 0 };
	sp_status status;

	if (!found)
		return;
	if (!json_is_object(in->properties))
		status = sp_error_set(&error, SP_INVALID, "properties are an object");
	else if (is_configurable(found) && path_of(in->name, ".properties", path))
		status = configuration_patch(configuration_of(exchange), path, in->properties, &error);
	else
		status = sp_kernel_set_properties(kernel_of(exchange), in->name, in->properties, &error);
	json_decref(found);
	end(exchange, status, status == SP_OK ? sp_kernel_component_new(kernel_of(exchange), in->name) : NULL, &error);
}

static void service_list(struct exchange *exchange, const void *params SP_UNUSED)
{
	exchange_succeed(exchange, sp_kernel_services_new(kernel_of(exchange)));
}

const struct control_method control_methods_components[] = {
	{ "component.list", PEER_MAY_CALL, "Lists the instances of components", NULL, "array", component_list, NULL },
	{ "component.show", PEER_MAY_CALL, "Tells all of one instance", &component_named_record, "object",
		component_show, NULL },
	{ "component.health", PEER_MAY_CALL, "Asks an instance now whether it works", &component_named_record, "object",
		component_health, NULL },
	{ "component.retry", PEER_MAY_ALL, "Tries again to activate an instance that is errored",
		&component_named_record, "object", component_retry, NULL },
	{ "component.instantiate", PEER_MAY_ALL, "Makes an instance of a component, which is kept across restarts",
		&component_made_record, "object", component_instantiate, NULL },
	{ "component.remove", PEER_MAY_ALL, "Takes an instance away, until it is asked for again",
		&component_named_record, "object", component_remove, NULL },
	{ "component.set", PEER_MAY_ALL, "Sets properties of an instance while it runs; kept across restarts",
		&component_set_record, "object", component_change, NULL },
	{ "service.list", PEER_MAY_CALL, "Lists the services, and who uses them", NULL, "array", service_list, NULL },
	{ 0 },
};
