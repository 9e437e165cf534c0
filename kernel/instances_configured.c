/* instances_configured.c: instances that the configuration asks for: judged, made, changed and ended with it (R-CM-8,
 * R-CF-3). */
#include "instances_configured.h"

#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "configure.h"
#include "faults.h"
#include "instances.h"
#include "lifecycle.h"
#include "properties.h"
#include "sections.h"

const json_t *wishes_of(const json_t *tree)
{
	return json_object_get(tree, "instances");
}

bool wish_read(const json_t *tree, const char *name, struct wish *ret_wish)
{
	const json_t *entry = json_object_get(wishes_of(tree), name);
	const char *component = json_string_value(json_object_get(entry, "component"));
	bool off = json_is_false(entry) || json_is_false(json_object_get(entry, "enabled"));

	if (!entry)
		return false;
	*ret_wish = (struct wish){ off ? NULL : component ? component : name, json_object_get(entry, "properties") };
	return true;
}

/* Whom the name shall be an instance of; NULL: nobody, or one that is not loaded. */
static struct factory *wanted(const struct sp_kernel *kernel, const json_t *tree, const char *name,
	struct wish *ret_wish)
{
	struct factory *factory;

	*ret_wish = (struct wish){ 0 };
	if (wish_read(tree, name, ret_wish))
		return ret_wish->component ? factory_called(kernel, ret_wish->component) : NULL;
	factory = factory_called(kernel, name);
	return factory && !factory->on_demand ? factory : NULL;
}

static bool is_configurable(const struct instance *instance)
{
	return instance->origin == INSTANCE_BY_DEFAULT || instance->origin == INSTANCE_BY_CONFIGURATION;
}

bool instance_stays(const struct instance *instance, const json_t *tree)
{
	struct wish wish;

	return !is_configurable(instance) || wanted(instance->kernel, tree, instance->name, &wish) == instance->factory;
}

/* ---- what is asked for is judged --------------------------------------------------------------------------------- */

static bool is_component_name(const json_t *value)
{
	return name_is_public(json_string_value(value));
}

static bool is_boolean(const json_t *value)
{
	return json_is_boolean(value);
}

/* R-PL-9: whoever asks for what is not there is told so. */
static bool is_false(const json_t *value)
{
	return json_is_false(value);
}

static bool is_object(const json_t *value)
{
	return json_is_object(value);
}

/* What may be said of an instance. */
static const struct member {
	const char *name;
	bool (*is_right)(const json_t *value);
	const char *rule, *message;
} members[] = {
	{ "component", is_component_name, "type", "must be a component's name, \"mailer\"" },
	{ "properties", is_object, "type", "must be an object, { ... }" },
	{ "enabled", is_boolean, "type", "must be true or false" },
	{ "isolated", is_false, "unsupported", "must be false: a plugin cannot have a process of its own yet" },
	{ NULL, NULL, "unknown", "is unknown; an instance has component, properties and enabled" },
};

static sp_status check_member(const char *name, const char *key, const json_t *value, json_t *faults)
{
	const struct member *member = members;

	while (member->name && strcmp(member->name, key) != 0)
		member++;
	if (member->name && member->is_right(value))
		return SP_OK;
	return fault_tell(faults, json_sprintf("instances.%s.%s", name, key), name, member->rule, member->message);
}

static sp_status check_shape(const char *name, const json_t *entry, json_t *faults)
{
	sp_status worst = SP_OK;
	const char *key;
	json_t *value;

	if (!name_is_public(name))
		return fault_tell(faults, json_sprintf("instances.%s", name), name, "unknown",
			"is no instance's name; those are [a-z][a-z0-9-]{0,30}");
	if (!json_is_object(entry) && !json_is_boolean(entry))
		return fault_tell(faults, json_sprintf("instances.%s", name), name, "type",
			"must be an object with component, properties and enabled, or false for none of this name");
	json_object_foreach((json_t *)entry, key, value)
		if (!fault_goes_on(check_member(name, key, value, faults), &worst))
			break;
	return worst;
}

static sp_status check_properties(const struct factory *factory, const char *name, const json_t *properties,
	json_t *faults)
{
	json_t *found = NULL;
	sp_status status = properties_judge(factory, properties, &found);
	const json_t *fault;
	char section[64], path[256];
	size_t i;

	snprintf(section, sizeof section, "instances.%s.properties", name);
	json_array_foreach(found, i, fault) {
		section_join(section, json_string_value(json_object_get(fault, "pointer")), path, sizeof path);
		if (status == SP_INVALID)
			status = fault_tell(faults, json_string(path), name,
				json_string_value(json_object_get(fault, "rule")),
				json_string_value(json_object_get(fault, "message")));
	}
	json_decref(found);
	return status;
}

static sp_status check_conflict(const struct instance *bearer, json_t *faults)
{
	char message[128];

	snprintf(message, sizeof message, "conflict: the name belongs to an instance of %s that was made by code",
		bearer->factory->name);
	return fault_tell(faults, json_sprintf("instances.%s", bearer->name), bearer->name, "conflict", message);
}

/* One that is not there yet is judged like those that are. */
static sp_status check_newcomer(struct factory *factory, const char *name, const json_t *tree, json_t *faults)
{
	struct instance newcomer = { .kernel = factory->plugin->kernel, .factory = factory };

	snprintf(newcomer.name, sizeof newcomer.name, "%s", name);
	return settings_check(&newcomer, tree, faults);
}

static bool has_changed(const struct sp_kernel *kernel, const json_t *tree, const char *name)
{
	const json_t *before = json_object_get(wishes_of(kernel->configuration), name);
	const json_t *after = json_object_get(wishes_of(tree), name);

	return before != after && !(before && after && json_equal(before, after));
}

static sp_status check_wish(const struct sp_kernel *kernel, const json_t *tree, const char *name, json_t *faults)
{
	const struct instance *bearer = instance_named(kernel, name);
	struct wish wish;
	struct factory *factory = wanted(kernel, tree, name, &wish);
	sp_status status;

	if (bearer && bearer->body && !has_changed(kernel, tree, name))
		return SP_OK;
	if (bearer && !is_configurable(bearer))
		return check_conflict(bearer, faults);
	if (!factory)
		return SP_OK;
	status = check_properties(factory, name, wish.properties, faults);
	if (status == SP_OK && !(bearer && bearer->factory == factory))
		status = check_newcomer(factory, name, tree, faults);
	return status;
}

sp_status wishes_check(struct sp_kernel *kernel, const json_t *tree, json_t *faults)
{
	const json_t *wishes = wishes_of(tree);
	sp_status worst = SP_OK;
	const char *name;
	json_t *entry;

	if (wishes && !json_is_object(wishes))
		return fault_tell(faults, json_string("instances"), "", "type",
			"must be an object: what is asked for by the name of each instance");
	json_object_foreach((json_t *)wishes, name, entry) {
		sp_status status = check_shape(name, entry, faults);

		if (status == SP_OK)
			status = check_wish(kernel, tree, name, faults);
		if (!fault_goes_on(status, &worst))
			break;
	}
	return worst;
}

/* ---- and carried out --------------------------------------------------------------------------------------------- */

/* Who bore a name goes, who shall bear it comes. Either may be NULL. */
struct succession {
	struct succession *next;
	struct instance *former, *newcomer;
};

struct wish_changes {
	struct succession *successions, **end; /* in the order of the configuration: those who come first are older */
	struct property_change *properties;
};

static sp_status add_succession(struct wish_changes *changes, struct instance *former, struct factory *factory,
	const struct instance_options *options)
{
	struct succession *succession = former || factory ? sp_calloc(1, sizeof *succession) : NULL;

	if (!former && !factory)
		return SP_OK;
	if (!succession)
		return SP_NO_MEMORY;
	succession->former = former;
	*changes->end = succession;
	changes->end = &succession->next;
	if (!factory)
		return SP_OK;
	succession->newcomer = instance_new(factory, options, NULL);
	return succession->newcomer ? SP_OK : SP_NO_MEMORY;
}

static sp_status plan_name(struct wish_changes *changes, struct sp_kernel *kernel, const json_t *tree, const char *name)
{
	struct instance *bearer = instance_named(kernel, name);
	struct wish wish;
	struct factory *factory = wanted(kernel, tree, name, &wish);

	if (bearer && !is_configurable(bearer))
		return SP_OK;
	if (bearer && bearer->factory == factory)
		return property_change_add(&changes->properties, bearer, wish.properties);
	return add_succession(changes, bearer, factory,
		&(struct instance_options){ name, wish.properties,
			wish.component ? INSTANCE_BY_CONFIGURATION : INSTANCE_BY_DEFAULT });
}

static sp_status plan_all(struct wish_changes *changes, struct sp_kernel *kernel, const json_t *tree)
{
	const json_t *before = wishes_of(kernel->configuration), *after = wishes_of(tree);
	sp_status status = SP_OK;
	const char *name;
	json_t *entry;

	json_object_foreach((json_t *)before, name, entry)
		if (status == SP_OK && !json_object_get(after, name))
			status = plan_name(changes, kernel, tree, name);
	json_object_foreach((json_t *)after, name, entry)
		if (status == SP_OK && has_changed(kernel, tree, name))
			status = plan_name(changes, kernel, tree, name);
	return status;
}

sp_status wish_changes_create(struct sp_kernel *kernel, const json_t *tree, struct wish_changes **ret_changes)
{
	struct wish_changes *changes = sp_calloc(1, sizeof *changes);
	sp_status status = SP_NO_MEMORY;

	if (changes) {
		changes->end = &changes->successions;
		status = kernel->stopping ? SP_OK : plan_all(changes, kernel, tree);
	}
	if (status == SP_OK)
		*ret_changes = changes;
	else
		wish_changes_destroy(changes);
	return status;
}

void wish_changes_commit(struct wish_changes *changes)
{
	property_changes_commit(changes->properties);
	for (struct succession *succession = changes->successions; succession; succession = succession->next) {
		if (succession->former)
			instance_remove(succession->former);
		if (succession->newcomer)
			instance_list(succession->newcomer);
		succession->newcomer = NULL;
	}
}

void wish_changes_destroy(struct wish_changes *changes)
{
	if (!changes)
		return;
	while (changes->successions) {
		struct succession *succession = changes->successions;

		changes->successions = succession->next;
		if (succession->newcomer)
			instance_destroy(succession->newcomer);
		sp_free(succession);
	}
	property_changes_destroy(changes->properties);
	sp_free(changes);
}
