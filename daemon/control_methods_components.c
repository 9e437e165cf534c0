/*
 * control_methods_components.c: the methods component.* and service.*.
 */
#include "control_methods.h"

#include <signalpy/record.h>

SP_RECORD(component_named, (string, name, .required = true, .about = "the instance's name", .example = "\"greeter\""));

static sp_kernel *kernel_of(const struct exchange *exchange)
{
	return exchange_control(exchange)->options.kernel;
}

static void component_list(struct exchange *exchange, const void *params SP_UNUSED)
{
	exchange_succeed(exchange, sp_kernel_components_new(kernel_of(exchange)));
}

static void component_show(struct exchange *exchange, const void *params)
{
	const struct component_named *in = params;
	json_t *found = sp_kernel_component_new(kernel_of(exchange), in->name);

	if (found)
		exchange_succeed(exchange, found);
	else
		exchange_fail(exchange, SP_NOT_FOUND, "there is no component %s", in->name);
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

static void service_list(struct exchange *exchange, const void *params SP_UNUSED)
{
	exchange_succeed(exchange, sp_kernel_services_new(kernel_of(exchange)));
}

const struct control_method control_methods_components[] = {
	{ "component.list", PEER_MAY_CALL, "Lists the instances of components", NULL, "array", component_list, NULL },
	{ "component.show", PEER_MAY_CALL, "Tells all of one instance", &component_named_record, "object",
		component_show, NULL },
	{ "component.retry", PEER_MAY_ALL, "Tries again to activate an instance that is errored",
		&component_named_record, "object", component_retry, NULL },
	{ "service.list", PEER_MAY_CALL, "Lists the services, and who uses them", NULL, "array", service_list, NULL },
	{ 0 },
};
