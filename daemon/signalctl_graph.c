/*
 * signalctl_graph.c: the reactive graph, as a table or for Graphviz.
 */
#include "signalctl.h"
#include "signalctl_output.h"
#include "signalctl_table.h"

#include <string.h>

static const char *name_of(const json_t *node)
{
	return *member_text(node, "name") ? member_text(node, "name") : member_text(node, "kind");
}

/* A node's name, with its owner's; a new json string. */
static json_t *label_new(const json_t *node)
{
	const char *owner = member_text(node, "owner");

	return must(json_sprintf("%s%s%s", owner, *owner ? "." : "", name_of(node)));
}

/* A text as Graphviz quotes it. */
static void put_quoted(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar(*text == '\n' ? ' ' : *text);
	}
	putchar('"');
}

static void print_dot_node(const json_t *node)
{
	static const struct {
		const char *kind, *shape;
	} shapes[] = { { "signal", "ellipse" }, { "computed", "box" }, { "effect", "hexagon" } };
	const char *shape = "plain";

	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
		if (strcmp(shapes[i].kind, member_text(node, "kind")) == 0)
			shape = shapes[i].shape;
	}
	printf("\tn%lld [shape=%s%s, label=", (long long)json_integer_value(json_object_get(node, "id")), shape,
		json_is_true(json_object_get(node, "stale")) ? ", style=dashed" : "");
	put_quoted(name_of(node));
	puts("];");
}

static void print_dot_nodes(const json_t *nodes, const char *owner)
{
	const json_t *node;
	size_t i;

	json_array_foreach(nodes, i, node) {
		if (strcmp(member_text(node, "owner"), owner) == 0)
			print_dot_node(node);
	}
}

/* The nodes of one instance in a frame; those of none without. */
static void print_dot_cluster(const json_t *nodes, const char *owner, size_t number)
{
	if (*owner) {
		printf("\tsubgraph cluster_%zu {\n\tlabel=", number);
		put_quoted(owner);
		puts(";");
	}
	print_dot_nodes(nodes, owner);
	if (*owner)
		puts("\t}");
}

static void print_dot(const json_t *graph)
{
	const json_t *nodes = json_object_get(graph, "nodes"), *item;
	json_t *owners = must(json_object());
	size_t i;

	puts("digraph signalpy {\n\trankdir=LR;");
	json_array_foreach(nodes, i, item) {
		const char *owner = member_text(item, "owner");

		if (json_object_get(owners, owner))
			continue;
		print_dot_cluster(nodes, owner, i);
		json_object_set_new(owners, owner, must(json_true()));
	}
	json_array_foreach(json_object_get(graph, "edges"), i, item)
		printf("\tn%lld -> n%lld;\n", (long long)json_integer_value(json_array_get(item, 0)),
			(long long)json_integer_value(json_array_get(item, 1)));
	puts("}");
	json_decref(owners);
}

static json_t *or_null(const json_t *node, const char *name)
{
	json_t *value = json_object_get(node, name);

	return value ? value : json_null();
}

static const char *state_of(const json_t *node)
{
	if (json_is_true(json_object_get(node, "failed")))
		return "failed";
	return json_is_true(json_object_get(node, "stale")) ? "stale" : "";
}

/* The cells of one row. Of what has not run there is no time, and of a signal there never is. */
static json_t *row_new(const json_t *node)
{
	const json_t *last = json_object_get(node, "last_run_ms");
	bool has_run = json_is_integer(last);

	return must(json_pack("[O, s, o, O, o, o, s, O]", or_null(node, "id"), member_text(node, "kind"),
		label_new(node), or_null(node, "runs"), has_run ? time_new(last) : must(json_string("")),
		has_run ? duration_new(json_object_get(node, "last_duration_ns")) : must(json_string("")),
		state_of(node), or_null(node, "value")));
}

static void print_nodes(const json_t *graph)
{
	static const char *const titles[] = { "ID", "KIND", "NODE", "RUNS", "LAST RUN", "TOOK", "STATE", "VALUE",
		NULL };
	struct table *table = table_create(titles);
	const json_t *nodes = json_object_get(graph, "nodes"), *node;
	size_t i;

	json_array_foreach(nodes, i, node)
		table_add(table, row_new(node));
	table_may_drop(table, "ID");
	table_may_drop(table, "TOOK");
	table_may_drop(table, "LAST RUN");
	table_drop_empty(table, "STATE");
	table_print(table, stdout);
	printf("%zu nodes, %zu edges\n", json_array_size(nodes), json_array_size(json_object_get(graph, "edges")));
	table_destroy(table);
}

enum exit_code run_graph(struct invocation *invocation)
{
	enum exit_code code;
	json_t *graph;

	if (invocation->json && option_value(invocation, "dot"))
		return complain_usage(invocation, "--json and --dot are two forms: choose one");
	code = ask(invocation, "graph.show", NULL, &graph);
	if (code != EXIT_DONE)
		return code;
	if (invocation->json)
		output_json(stdout, graph);
	else if (option_value(invocation, "dot"))
		print_dot(graph);
	else
		print_nodes(graph);
	json_decref(graph);
	return EXIT_DONE;
}
