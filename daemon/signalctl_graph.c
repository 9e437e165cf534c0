/*
 * signalctl_graph.c: the reactive graph, as a table or for Graphviz.
 */
#include "signalctl.h"
#include "signalctl_output.h"

#include <string.h>

/* A node's name, with its owner's; a new json string. */
static json_t *label_new(const json_t *node)
{
	const char *owner = member_text(node, "owner"), *name = member_text(node, "name");

	return must(
		json_sprintf("%s%s%s", owner, *owner && *name ? "." : "", *name ? name : member_text(node, "kind")));
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
	json_t *label = label_new(node);

	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
		if (strcmp(shapes[i].kind, member_text(node, "kind")) == 0)
			shape = shapes[i].shape;
	}
	printf("\tn%lld [shape=%s%s, label=", (long long)json_integer_value(json_object_get(node, "id")), shape,
		json_is_true(json_object_get(node, "stale")) ? ", style=dashed" : "");
	put_quoted(json_string_value(label));
	puts("];");
	json_decref(label);
}

static void print_dot(const json_t *graph)
{
	const json_t *item;
	size_t i;

	puts("digraph signalpy {\n\trankdir=LR;");
	json_array_foreach(json_object_get(graph, "nodes"), i, item)
		print_dot_node(item);
	json_array_foreach(json_object_get(graph, "edges"), i, item)
		printf("\tn%lld -> n%lld;\n", (long long)json_integer_value(json_array_get(item, 0)),
			(long long)json_integer_value(json_array_get(item, 1)));
	puts("}");
}

static json_t *or_null(const json_t *node, const char *name)
{
	json_t *value = json_object_get(node, name);

	return value ? value : json_null();
}

static void print_nodes(const json_t *graph)
{
	static const char *const titles[] = { "ID", "KIND", "NODE", "RUNS", "STALE", "VALUE", NULL };
	struct table *table = table_create(titles);
	const json_t *nodes = json_object_get(graph, "nodes"), *node;
	size_t i;

	json_array_foreach(nodes, i, node)
		table_add(table,
			json_pack("[O, s, o, O, s, O]", or_null(node, "id"), member_text(node, "kind"), label_new(node),
				or_null(node, "runs"), json_is_true(json_object_get(node, "stale")) ? "stale" : "",
				or_null(node, "value")));
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
