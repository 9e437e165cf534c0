/* why.c: why an effect ran: the chain from the write that made it run, through the computeds, to the effect
 * (R-RX-11). */
#include <stdio.h>
#include <string.h>

#include "graph_trace.h"
#include "origin.h"
#include "trace.h"

static void inspect(const sp_node *node, struct sp_node_info *ret_info)
{
	*ret_info = (struct sp_node_info){ .struct_size = sizeof *ret_info };
	sp_node_inspect(node, ret_info);
}

/* ---- finding ----------------------------------------------------------------------------------------------------- */

struct search {
	const struct sp_runtime *owner;
	const char *name;
	uint64_t number;
	sp_node *found;
};

static bool is_wanted(void *user, sp_node *node)
{
	struct search *search = user;
	struct sp_node_info info;

	inspect(node, &info);
	if (info.kind == SP_NODE_EFFECT && info.owner == search->owner && info.name &&
		strcmp(info.name, search->name) == 0)
		search->found = node;
	return !search->found;
}

static sp_status find_effect(struct sp_kernel *kernel, const char *address, sp_node **ret_effect,
	struct sp_error *error)
{
	const char *dot = strrchr(address, '.');
	size_t length = dot ? (size_t)(dot - address) : strlen(address);
	struct table_link *link = table_find(&kernel->instances_by_name, address, length);
	struct instance *instance = link ? container_of(link, struct instance, by_name) : NULL;
	struct search search = { .name = dot ? dot + 1 : "" };

	if (!instance || !dot)
		return sp_error_set(error, SP_NOT_FOUND,
			"there is no effect %s; 'signalctl graph' lists them as COMPONENT.EFFECT", address);
	if (!instance->body)
		return sp_error_set(error, SP_NOT_FOUND, "%s is not active, and has no effects now", instance->name);
	search.owner = instance->body;
	if (sp_graph_each(kernel->graph, is_wanted, &search) != SP_OK)
		return sp_error_set(error, SP_NO_MEMORY, "out of memory");
	if (!search.found)
		return sp_error_set(error, SP_NOT_FOUND, "%s has no effect %s; 'signalctl graph' lists them",
			instance->name, search.name);
	*ret_effect = search.found;
	return SP_OK;
}

static bool is_numbered(void *user, sp_node *node)
{
	struct search *search = user;
	struct sp_node_info info;

	inspect(node, &info);
	if (info.number == search->number)
		search->found = node;
	return !search->found;
}

/* The node whose change made reader run; NULL if there is none, or reader does not read it any more. */
static sp_node *find_cause(const sp_node *reader, const struct sp_node_info *info)
{
	struct search search = { .number = info->because };

	if (info->because)
		sp_node_each_dependency(reader, is_numbered, &search);
	return search.found;
}

/* ---- telling ----------------------------------------------------------------------------------------------------- */

/* One step of the chain. What a trace keeps of it is told as it was then; without, what the node says now. */
static json_t *step_new(struct sp_kernel *kernel, const sp_node *node, const struct sp_node_info *info)
{
	const struct sp_trace_record *record = sp_trace_find(kernel->graph, sp_trace_of(node));
	const struct sp_runtime *owner = info->owner;
	int64_t start = record ? record->start : info->last_run;
	char by[ORIGIN_SIZE] = "";
	json_t *step = json_pack("{s:s, s:s, s:s}", "kind", sp_trace_kind_word(info->kind), "owner",
		owner ? owner->name : "", "node", info->name ? info->name : "");
	bool whole = step != NULL;

	if (info->kind != SP_NODE_SIGNAL)
		whole = whole &&
			json_object_set_new(step, "duration_ns",
				json_integer(record ? record->duration : info->last_duration)) == 0;
	else if (record)
		snprintf(by, sizeof by, "%s", record->by);
	else
		origin_fixed(kernel, node, by);
	if (record || info->kind != SP_NODE_SIGNAL)
		whole = whole && json_object_set_new(step, "time_ms", json_integer(trace_wall_ms(kernel, start))) == 0;
	if (by[0])
		whole = whole && json_object_set_new(step, "by", json_string(by)) == 0;
	if (whole)
		return step;
	json_decref(step);
	return NULL;
}

/* Why the chain does not begin with a write; "" when it does. */
static const char *reason_of(const struct sp_node_info *first)
{
	if (first->kind == SP_NODE_SIGNAL)
		return "";
	if (first->because)
		return "something changed that it does not read any more";
	if (first->runs == 0)
		return "it has not run yet";
	return first->runs == 1 ? "it ran for the first time"
				: "it was started again, or tried again, without a change";
}

/* Puts the steps that lead to node into chain, the last first; fills *ret_first with the first. False without
 * memory. */
static bool walk(struct sp_kernel *kernel, const sp_node *node, json_t *chain, struct sp_node_info *ret_first)
{
	while (node) {
		inspect(node, ret_first);
		if (json_array_append_new(chain, step_new(kernel, node, ret_first)) != 0)
			return false;
		node = find_cause(node, ret_first);
	}
	return true;
}

static json_t *reversed_new(const json_t *array)
{
	json_t *reversed = json_array();

	for (size_t i = json_array_size(array); reversed && i > 0; i--)
		if (json_array_append(reversed, json_array_get(array, i - 1)) != 0) {
			json_decref(reversed);
			return NULL;
		}
	return reversed;
}

static json_t *why_new(struct sp_kernel *kernel, const sp_node *effect, const char *address)
{
	json_t *backwards = json_array(), *chain = NULL;
	struct sp_node_info info, first = { 0 };

	inspect(effect, &info);
	if (backwards && walk(kernel, effect, backwards, &first))
		chain = reversed_new(backwards);
	json_decref(backwards);
	if (!chain)
		return NULL;
	return json_pack("{s:s, s:I, s:b, s:o, s:s, s:b}", "effect", address, "runs", (json_int_t)info.runs, "failed",
		info.failed, "chain", chain, "reason", reason_of(&first), "traced",
		!list_is_empty(&kernel->tracing.watches));
}

json_t *sp_kernel_why_new(sp_kernel *kernel, const char *effect, struct sp_error *error)
{
	sp_node *node = NULL;
	json_t *why;

	if (find_effect(kernel, effect, &node, error) != SP_OK)
		return NULL;
	why = why_new(kernel, node, effect);
	if (!why)
		sp_error_set(error, SP_NO_MEMORY, "out of memory");
	return why;
}
