/* listing_family.c: what listings tell of children and of who supervises them (R-SUP). */
#include "listing_family.h"

#include "children.h"
#include "supervision.h"

static long long restart_in_ms(const struct instance *instance)
{
	const struct sp_kernel *kernel = instance->kernel;
	int64_t left = instance->child->restart_at - kernel->ops->now(kernel->loop);

	return left > 0 ? (left + 999999) / 1000000 : 0;
}

json_t *restart_reason_new(const struct instance *instance)
{
	if (!instance->error.code)
		return json_sprintf("restarts with its siblings in %lld ms", restart_in_ms(instance));
	return json_sprintf("restarts in %lld ms, attempt %u: %s", restart_in_ms(instance), instance->child->attempt,
		instance->error.message);
}

static sp_status add(json_t *to, const char *name, json_t *value)
{
	return json_object_set_new(to, name, value) ? SP_NO_MEMORY : SP_OK;
}

sp_status family_add_summary(json_t *to, const struct instance *instance)
{
	const struct instance *parent = child_parent(instance);

	if (!instance->child)
		return SP_OK;
	if (parent && add(to, "parent", json_string(parent->name)) != SP_OK)
		return SP_NO_MEMORY;
	return add(to, "restarts", json_integer(instance->child->restarts));
}

static json_t *children_new(const struct sp_runtime *rt)
{
	json_t *list = json_array();
	const struct child *child;

	list_each(child, &rt->children, link)
		if (list && json_array_append_new(list, json_string(child->instance->name))) {
			json_decref(list);
			list = NULL;
		}
	return list;
}

static json_t *supervision_new(const struct sp_runtime *rt, const struct sp_supervise *rule)
{
	int64_t now = rt->kernel->ops->now(rt->kernel->loop);

	return json_pack("{s:s, s:s, s:i, s:I, s:i, s:I, s:i, s:i}", "strategy", strategy_word(rule->strategy),
		"backoff", backoff_word(rule->backoff), "max_restarts", rule->max_restarts, "within_ms",
		(json_int_t)rule->within_ms, "restarts_in_window",
		(int)window_count(rt->restarts, now, rule->within_ms), "base_delay_ms", (json_int_t)rule->base_delay_ms,
		"max_failures", rule->max_failures, "unhealthy_after", rule->unhealthy_after);
}

sp_status family_add_details(json_t *to, const struct instance *instance)
{
	const struct sp_supervise *rule = factory_supervision(instance->factory);
	const struct sp_runtime *rt = instance->body;

	if (!rt)
		return SP_OK;
	if (!list_is_empty(&rt->children) && add(to, "children", children_new(rt)) != SP_OK)
		return SP_NO_MEMORY;
	return rule ? add(to, "supervision", supervision_new(rt, rule)) : SP_OK;
}
