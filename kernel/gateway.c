/* gateway.c: the services that the kernel itself offers: the gateway, and the whole configuration tree. */
#include "gateway.h"

#include <signalpy/config.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admission.h"
#include "alloc.h"
#include "call.h"
#include "exposure.h"
#include "identity.h"
#include "lifecycle.h"
#include "policy.h"
#include "target.h"

static struct sp_kernel *kernel_of(const struct sp_gateway *gateway)
{
	return gateway->service.self;
}

static void gateway_call(const struct sp_gateway *gateway, const struct sp_request *request, sp_call **ret_call)
{
	call_begin(kernel_of(gateway), gateway->service.consumer, request, ret_call);
}

static void gateway_cancel(const struct sp_gateway *gateway, sp_call *call)
{
	(void)gateway;
	call_cancel(call);
}

static const struct sp_exposed *gateway_find(const struct sp_gateway *gateway, const char *address)
{
	const struct exposure *exposure = exposure_find(kernel_of(gateway), address, strlen(address));

	return exposure ? &exposure->exposed : NULL;
}

static const struct sp_exposed *gateway_find_rest(const struct sp_gateway *gateway, const char *path, size_t length)
{
	const struct exposure *exposure = exposure_find_rest(kernel_of(gateway), path, length);

	return exposure ? &exposure->exposed : NULL;
}

static const struct sp_exposed *gateway_find_target(const struct sp_gateway *gateway, const char *address,
	const char *target, struct sp_error *error)
{
	const struct exposure *exposure = target_find(kernel_of(gateway), address, target, error);

	return exposure ? &exposure->exposed : NULL;
}

static const struct sp_exposed *gateway_find_rest_target(const struct sp_gateway *gateway, const char *path,
	const char *target, struct sp_error *error)
{
	const struct exposure *exposure = target_find_rest(kernel_of(gateway), path, target, error);

	return exposure ? &exposure->exposed : NULL;
}

static int by_address(const void *left, const void *right)
{
	const struct sp_exposed *const *one = left, *const *other = right;

	return strcmp((*one)->address, (*other)->address);
}

static size_t collect(const struct sp_kernel *kernel, unsigned transports, const struct sp_exposed **list)
{
	const struct instance *instance;
	size_t count = 0;

	list_each(instance, &kernel->instances, link)
		for (size_t i = 0; instance->exposures && instance->exposures->listed && i < instance->exposures->count;
			i++)
			if (!transports || instance->exposures->items[i].exposed.transports & transports)
				list[count++] = &instance->exposures->items[i].exposed;
	return count;
}

static void gateway_each(const struct sp_gateway *gateway, unsigned transports,
	bool (*visit)(void *user, const struct sp_exposed *exposed), void *user)
{
	const struct sp_kernel *kernel = kernel_of(gateway);
	const struct sp_exposed **list = sp_malloc((kernel->addresses.count + 1) * sizeof(void *));
	size_t count = 0;

	sp_node_get(kernel->exposed_revision);
	if (!list) {
		frame_lacks_memory(kernel);
		return;
	}
	count = collect(kernel, transports, list);
	qsort(list, count, sizeof(void *), by_address);
	for (size_t i = 0; i < count && visit(user, list[i]); i++)
		continue;
	sp_free(list);
}

static bool visit_skills(const struct instance *instance,
	bool (*visit)(void *user, const struct sp_exposed_skill *skill), void *user)
{
	factory_each(plan, instance->factory->skills, const struct skill_plan) {
		struct sp_exposed_skill skill = { .struct_size = sizeof skill,
			.instance = instance->name,
			.component = instance->factory->name,
			.name = plan->row.row.name,
			.text = plan->row.text,
			.about = plan->row.about,
			.takes = plan->row.takes,
			.triggers = plan->row.triggers,
			.uses = plan->row.uses };

		if (!visit(user, &skill))
			return false;
	}
	return true;
}

static void gateway_each_skill(const struct sp_gateway *gateway,
	bool (*visit)(void *user, const struct sp_exposed_skill *skill), void *user)
{
	const struct sp_kernel *kernel = kernel_of(gateway);
	const struct instance *instance;

	sp_node_get(kernel->exposed_revision);
	list_each(instance, &kernel->instances, link)
		if (instance->exposures && instance->exposures->listed && !visit_skills(instance, visit, user))
			return;
}

static bool visit_kinds(const struct instance *instance, bool (*visit)(void *user, const struct sp_exposed_kind *kind),
	void *user)
{
	factory_each(plan, instance->factory->kinds, const struct kind_plan) {
		struct sp_exposed_kind kind = { .struct_size = sizeof kind,
			.instance = instance->name,
			.component = instance->factory->name,
			.name = plan->row.row.name,
			.about = plan->row.about,
			.version = plan->row.version,
			.record = plan->row.record };

		if (!visit(user, &kind))
			return false;
	}
	return true;
}

static void gateway_each_kind(const struct sp_gateway *gateway,
	bool (*visit)(void *user, const struct sp_exposed_kind *kind), void *user)
{
	const struct sp_kernel *kernel = kernel_of(gateway);
	const struct instance *instance;

	sp_node_get(kernel->exposed_revision);
	list_each(instance, &kernel->instances, link)
		if (instance->exposures && instance->exposures->listed && !visit_kinds(instance, visit, user))
			return;
}

static int64_t gateway_revision(const struct sp_gateway *gateway)
{
	return *(const int64_t *)sp_node_get(kernel_of(gateway)->exposed_revision);
}

static bool gateway_each_changed(const struct sp_gateway *gateway, int64_t since,
	void (*visit)(void *user, const char *instance), void *user)
{
	const struct sp_kernel *kernel = kernel_of(gateway);
	int64_t revision = *(const int64_t *)sp_node_peek(kernel->exposed_revision);

	if (since < 0 || since > revision || revision - since > EXPOSED_LATELY)
		return false;
	while (since++ < revision)
		visit(user, kernel->exposed_lately[since % EXPOSED_LATELY]);
	return true;
}

static bool visit_runnables(const struct instance *instance,
	bool (*visit)(void *user, const struct sp_exposed *exposed), void *user)
{
	for (size_t i = 0; i < instance->exposures->count; i++)
		if (!visit(user, &instance->exposures->items[i].exposed))
			return false;
	return true;
}

static void gateway_each_of(const struct sp_gateway *gateway, const char *name,
	const struct sp_exposed_visitor *visitor, void *user)
{
	const struct instance *instance = instance_named(kernel_of(gateway), name);

	if (!instance || !instance->exposures || !instance->exposures->listed)
		return;
	if (visitor->runnable && !visit_runnables(instance, visitor->runnable, user))
		return;
	if (visitor->skill && !visit_skills(instance, visitor->skill, user))
		return;
	if (visitor->kind)
		visit_kinds(instance, visitor->kind, user);
}

static struct asking asking_of(const struct sp_gateway *gateway, unsigned transport, const struct sp_identity *identity,
	const struct sp_demand *demand)
{
	static const struct sp_identity nobody = { .struct_size = sizeof nobody, .name = "" };

	return (struct asking){ .kernel = kernel_of(gateway),
		.caller = identity && identity->name ? identity : &nobody,
		.transport = transport,
		.demand = *demand };
}

static sp_status gateway_admit(const struct sp_gateway *gateway, unsigned transport, const struct sp_identity *identity,
	const struct sp_demand *demand, struct sp_error *error)
{
	struct asking asking = asking_of(gateway, transport, identity, demand);
	size_t size = strcspn(demand->address, ".");
	char instance[sizeof((struct instance *)0)->name];
	int64_t retry_ms;

	snprintf(instance, sizeof instance, "%.*s", (int)size, demand->address);
	asking.instance = instance;
	asking.name = demand->address + size + (demand->address[size] == '.');
	return admission_judge(&asking, &retry_ms, error);
}

static sp_status gateway_admits_still(const struct sp_gateway *gateway, unsigned transport,
	const struct sp_identity *identity, const struct sp_demand *demand, struct sp_error *error)
{
	const struct asking asking = asking_of(gateway, transport, identity, demand);

	return identity_authorize(&asking, error);
}

static const struct sp_gateway gateway_table = {
	.service = { .size = sizeof(struct sp_gateway) },
	.call = gateway_call,
	.cancel = gateway_cancel,
	.find = gateway_find,
	.find_rest = gateway_find_rest,
	.each = gateway_each,
	.each_skill = gateway_each_skill,
	.each_kind = gateway_each_kind,
	.find_target = gateway_find_target,
	.find_rest_target = gateway_find_rest_target,
	.revision = gateway_revision,
	.each_changed = gateway_each_changed,
	.each_of = gateway_each_of,
	.admit = gateway_admit,
	.admits_still = gateway_admits_still,
};

static const json_t *config_get(const struct sp_config *config, const char *path)
{
	struct sp_kernel *kernel = config->service.self;
	sp_node *node = sp_kernel_setting(kernel, path);

	if (!node) {
		frame_lacks_memory(kernel);
		return NULL;
	}
	return *(json_t *const *)sp_node_get(node);
}

static sp_status config_change(const struct sp_config *config, const json_t *changes, struct sp_error *error)
{
	const struct sp_kernel *kernel = config->service.self;
	const struct sp_runtime *consumer = config->service.consumer;
	const char *path;
	json_t *value;

	json_object_foreach((json_t *)changes, path, value)
		if (!policy_may_configure(kernel, consumer->name, path))
			return sp_error_set(error, SP_FORBIDDEN, "policy.%s.configure does not allow %s",
				consumer->name, path);
	if (!kernel->options.change)
		return sp_error_set(error, SP_UNAVAILABLE, "this program keeps no configuration");
	return kernel->options.change(kernel->options.user, changes, error);
}

static const struct sp_config config_table = {
	.service = { .size = sizeof(struct sp_config) },
	.get = config_get,
	.change = config_change,
};

enum { BUILT_IN_RANKING = 1000 }; /* behind whatever a plugin offers */

sp_status gateway_provide(struct sp_kernel *kernel)
{
	sp_status status = sp_kernel_provide(kernel, &sp_gateway_contract, &gateway_table, kernel, BUILT_IN_RANKING);

	if (status != SP_OK)
		return status;
	kernel->gateway = gateway_table;
	kernel->gateway.service.self = kernel;
	return sp_kernel_provide(kernel, &sp_config_contract, &config_table, kernel, BUILT_IN_RANKING);
}

const struct sp_gateway *sp_kernel_gateway(const sp_kernel *kernel)
{
	return &kernel->gateway;
}

int sp_status_http(sp_status status)
{
	static const struct {
		sp_status status;
		int http;
	} codes[] = { { SP_OK, 200 }, { SP_LATER, 202 }, { SP_BAD_REQUEST, 400 }, { SP_UNAUTHENTICATED, 401 },
		{ SP_FORBIDDEN, 403 }, { SP_NOT_FOUND, 404 }, { SP_CONFLICT, 409 }, { SP_INVALID, 422 },
		{ SP_TOO_MANY, 429 }, { SP_UNAVAILABLE, 503 }, { SP_TIMEOUT, 504 } };

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if (codes[i].status == status)
			return codes[i].http;
	return 500;
}
