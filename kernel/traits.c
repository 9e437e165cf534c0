/* traits.c: the 24 traits of components, on four levels, each with the rows that it is inferred from. */
#include "traits.h"

#include <string.h>

typedef bool (*trait_test)(const struct factory *factory);

static bool always(const struct factory *factory)
{
	(void)factory;
	return true;
}

static bool never(const struct factory *factory)
{
	(void)factory;
	return false;
}

/* Whether it requires any major of a contract. */
static bool requires_contract(const struct factory *factory, const char *name)
{
	size_t length = strlen(name);

	factory_each(plan, factory->needs, const struct need_plan)
		if (strncmp(plan->contract, name, length) == 0 && plan->contract[length] == '/')
			return true;
	return false;
}

static bool is_observable(const struct factory *factory)
{
	return requires_contract(factory, "signalpy.logger") || requires_contract(factory, "signalpy.tracer");
}

static bool is_configurable(const struct factory *factory)
{
	return factory->settings.count > 0;
}

static bool is_secured(const struct factory *factory)
{
	return requires_contract(factory, "signalpy.auth") || requires_contract(factory, "signalpy.credentials");
}

static bool is_storable(const struct factory *factory)
{
	return requires_contract(factory, "signalpy.storage");
}

static bool is_runnable(const struct factory *factory)
{
	return factory->runnables.count > 0;
}

static bool is_subscribable(const struct factory *factory)
{
	return factory->subscribes.count > 0;
}

static bool is_communicable(const struct factory *factory)
{
	return is_runnable(factory) || is_subscribable(factory);
}

static bool is_kinded(const struct factory *factory)
{
	return factory->kinds.count > 0;
}

static bool is_skillful(const struct factory *factory)
{
	return factory->skills.count > 0;
}

static bool is_routable(const struct factory *factory)
{
	return factory->transports.count > 0;
}

static bool is_reactive(const struct factory *factory)
{
	return factory->signals.count + factory->computeds.count + factory->effects.count > 0;
}

static bool is_adaptable(const struct factory *factory)
{
	factory_each(plan, factory->provides, const struct provide_plan)
		if (plan->row.native)
			return true;
	return false;
}

static bool is_supervisable(const struct factory *factory)
{
	return factory_supervision(factory) != NULL;
}

static bool is_updatable(const struct factory *factory)
{
	return factory_snapshot(factory) != NULL;
}

static bool is_targeted(const struct factory *factory)
{
	return factory->properties.count + factory->property_cells.count > 0;
}

static bool is_scoped(const struct factory *factory)
{
	return requires_contract(factory, "signalpy.credentials") || is_storable(factory);
}

static bool is_versioned(const struct factory *factory)
{
	return factory->version[0] != '\0';
}

/* Processes of their own are refused by this version, so nobody has that trait. */
static const struct trait {
	const char *name;
	trait_test test;
} traits[] = {
	/* level 0 */
	{ "identifiable", always },
	{ "lifecycle", always },
	{ "dependable", always },
	{ "registrable", always },
	{ "inspectable", always },
	{ "factoryable", always },
	/* level 1 */
	{ "observable", is_observable },
	{ "configurable", is_configurable },
	{ "secured", is_secured },
	{ "storable", is_storable },
	{ "communicable", is_communicable },
	{ "supervisable", is_supervisable },
	/* level 2 */
	{ "runnable", is_runnable },
	{ "subscribable", is_subscribable },
	{ "kinded", is_kinded },
	{ "skillful", is_skillful },
	{ "routable", is_routable },
	{ "reactive", is_reactive },
	{ "adaptable", is_adaptable },
	{ "updatable", is_updatable },
	/* level 3 */
	{ "targeted", is_targeted },
	{ "scoped", is_scoped },
	{ "versioned", is_versioned },
	{ "isolated", never },
};

json_t *traits_new(const struct factory *factory)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < sizeof traits / sizeof traits[0]; i++)
		if (traits[i].test(factory) && json_array_append_new(list, json_string(traits[i].name))) {
			json_decref(list);
			list = NULL;
		}
	return list;
}
