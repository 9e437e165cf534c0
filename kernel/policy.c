/* policy.c: what an instance may publish, and change of the configuration. */
#include "policy.h"

#include <fnmatch.h>
#include <string.h>

#include "bus.h"
#include "faults.h"
#include "frame.h"
#include "rate.h"

static const json_t *policy_of(const struct sp_kernel *kernel, const char *source)
{
	return json_object_get(json_object_get(kernel->configuration, "policy"), source);
}

static bool matches_any(const json_t *patterns, const char *type)
{
	const json_t *pattern;
	size_t i;

	json_array_foreach(patterns, i, pattern)
		if (fnmatch(json_string_value(pattern), type, 0) == 0)
			return true;
	return false;
}

bool policy_allows(struct sp_kernel *kernel, const char *source, const char *type)
{
	const json_t *policy = *source ? policy_of(kernel, source) : NULL;
	const json_t *patterns = json_object_get(policy, "publish");
	bool allowed = strcmp(type, DEAD_LETTER_TYPE) != 0 && (!patterns || matches_any(patterns, type));

	if (json_is_true(json_object_get(policy, "audit")))
		kernel_log(kernel, SP_INFO, source, "audit: publish caller=%s outcome=%s type=%s", source,
			allowed ? "allowed" : "denied", type);
	return allowed;
}

bool policy_audits(const struct sp_kernel *kernel, const char *instance)
{
	return json_is_true(json_object_get(policy_of(kernel, instance), "audit"));
}

bool policy_may_configure(const struct sp_kernel *kernel, const char *name, const char *path)
{
	return matches_any(json_object_get(policy_of(kernel, name), "configure"), path);
}

static bool is_list_of_texts(const json_t *list)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		if (!json_is_string(item))
			return false;
	return json_is_array(list);
}

static const char *publish_fault(const json_t *value)
{
	return is_list_of_texts(value) ? NULL : "must be a list of patterns, [\"orders.*\"]";
}

static const char *configure_fault(const json_t *value)
{
	return is_list_of_texts(value) ? NULL : "must be a list of patterns, [\"components.*\"]";
}

static const char *audit_fault(const json_t *value)
{
	return json_is_boolean(value) ? NULL : "must be true or false";
}

static const char *unknown_fault(const json_t *value)
{
	(void)value;
	return "is unknown; a policy has publish, configure, audit and limits";
}

/* What a policy may hold, and what is wrong with it. */
static const struct member {
	const char *name;
	const char *(*fault)(const json_t *value);
	const char *rule;
} members[] = {
	{ "publish", publish_fault, "type" },
	{ "configure", configure_fault, "type" },
	{ "audit", audit_fault, "type" },
	{ "limits", rate_fault, "type" },
	{ NULL, unknown_fault, "unknown" },
};

static sp_status check_member(const char *instance, const char *name, const json_t *value, json_t *faults)
{
	const struct member *member = members;
	const char *fault;

	while (member->name && strcmp(member->name, name) != 0)
		member++;
	fault = member->fault(value);
	if (!fault)
		return SP_OK;
	return fault_tell(faults, json_sprintf("policy.%s.%s", instance, name), instance, member->rule, fault);
}

static sp_status check_instance(const char *instance, const json_t *policy, json_t *faults)
{
	sp_status worst = SP_OK;
	const char *name;
	json_t *value;

	if (!json_is_object(policy))
		return fault_tell(faults, json_sprintf("policy.%s", instance), instance, "type",
			"must be an object with publish, configure, audit and limits");
	json_object_foreach((json_t *)policy, name, value)
		if (!fault_goes_on(check_member(instance, name, value, faults), &worst))
			break;
	return worst;
}

sp_status policy_check(const json_t *tree, json_t *faults)
{
	const json_t *policies = json_object_get(tree, "policy");
	sp_status worst = SP_OK;
	const char *instance;
	json_t *policy;

	if (policies && !json_is_object(policies))
		return fault_tell(faults, json_string("policy"), "", "type",
			"must be an object: a policy for each instance by its name");
	json_object_foreach((json_t *)policies, instance, policy)
		if (!fault_goes_on(check_instance(instance, policy, faults), &worst))
			break;
	return worst;
}
