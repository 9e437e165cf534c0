/* listing_graph.c: the reactive graph as json: nodes, edges, owners, values in short (R-RX-11). */
#include <string.h>

#include "model.h"
#include "trace.h"

struct walk {
	struct sp_kernel *kernel;
	json_t *nodes, *edges;
	sp_node *reader;
	bool failed;
};

static json_t *id_of(const sp_node *node)
{
	struct sp_node_info info = { .struct_size = sizeof info };

	sp_node_inspect(node, &info);
	return json_integer((json_int_t)info.number);
}

/* Values that are easily shown; others are told by their type alone, and secrets not at all (R-CF-6). */
static json_t *preview_new(const sp_node *node, const struct sp_node_info *info)
{
	const struct sp_runtime *owner = info->owner;

	if (!info->value)
		return json_null();
	if (owner && factory_is_secret(owner->factory, owner->self, node))
		return json_string("********");
	if (info->type == &sp_type_boolean)
		return json_boolean(*(const bool *)info->value);
	if (info->type == &sp_type_integer)
		return json_integer(*(const int64_t *)info->value);
	if (info->type == &sp_type_choice)
		return json_integer(*(const int *)info->value);
	if (info->type == &sp_type_number)
		return json_real(*(const double *)info->value);
	if (info->type == &sp_type_string && *(const char *const *)info->value)
		return json_stringn(*(const char *const *)info->value, strnlen(*(const char *const *)info->value, 80));
	return json_null();
}

static bool visit_edge(void *user, sp_node *dependency)
{
	struct walk *walk = user;

	if (json_array_append_new(walk->edges, json_pack("[o, o]", id_of(dependency), id_of(walk->reader))))
		walk->failed = true;
	return !walk->failed;
}

static bool visit_node(void *user, sp_node *node)
{
	static const char *const kinds[] = { "", "signal", "computed", "effect" };
	struct walk *walk = user;
	struct sp_node_info info = { .struct_size = sizeof info };
	const struct sp_runtime *owner;
	json_t *json;

	sp_node_inspect(node, &info);
	owner = info.owner;
	json = json_pack("{s:I, s:s, s:s, s:s, s:o, s:I, s:o, s:I, s:b, s:b, s:b}", "id", (json_int_t)info.number,
		"kind", kinds[info.kind], "name", info.name ? info.name : "", "owner", owner ? owner->name : "",
		"value", preview_new(node, &info), "runs", (json_int_t)info.runs, "last_run_ms",
		info.runs ? json_integer(trace_wall_ms(walk->kernel, info.last_run)) : json_null(), "last_duration_ns",
		(json_int_t)info.last_duration, "stale", info.stale, "failed", info.failed, "in_flight", info.held);
	if (!json || json_array_append_new(walk->nodes, json)) {
		walk->failed = true;
		return false;
	}
	walk->reader = node;
	sp_node_each_dependency(node, visit_edge, walk);
	return !walk->failed;
}

json_t *sp_kernel_graph_new(sp_kernel *kernel)
{
	struct walk walk = { .kernel = kernel, .nodes = json_array(), .edges = json_array() };

	if (!walk.nodes || !walk.edges)
		walk.failed = true;
	else
		sp_graph_each(kernel->graph, visit_node, &walk);
	if (!walk.failed)
		return json_pack("{s:o, s:o}", "nodes", walk.nodes, "edges", walk.edges);
	json_decref(walk.nodes);
	json_decref(walk.edges);
	return NULL;
}
