/*
 * signalctl_status.c: the status page: what state the daemon is in and why, what needs attention, then everything.
 */
#include "signalctl.h"
#include "signalctl_output.h"
#include "signalctl_table.h"
#include "signalctl_width.h"

#include <string.h>

enum { DEPTH_MAX = 16, EVERY_MS = 5000, UNWELL = 3, FINE = 4 };

static void print_state(FILE *out, const json_t *status)
{
	const json_t *reasons = json_object_get(status, "reasons"), *reason;
	const char *state = member_text(status, "state");
	size_t i;

	fprintf(out, "signalpyd %s is ", member_text(status, "version"));
	output_coloured(out, state_colour(state), state);
	if (json_object_get(status, "pid"))
		fprintf(out, " (process %lld)", (long long)json_integer_value(json_object_get(status, "pid")));
	fputc('\n', out);
	json_array_foreach(reasons, i, reason) {
		fputs("  ", out);
		output_paragraph(out, json_string_value(reason), 2, 4);
	}
}

static void print_bound(FILE *out, const json_t *status)
{
	const char *name;
	json_t *bound;

	json_object_foreach(json_object_get(status, "bound"), name, bound) {
		json_t *addresses = json_is_array(bound) ? names_new(bound, "address") : json_incref(bound);

		if (json_string_length(addresses) > 0) {
			fprintf(out, "  %s: ", name);
			output_paragraph(out, json_string_value(addresses), width_of(name) + 4, 4);
		}
		json_decref(addresses);
	}
}

/* ---- what needs attention ---------------------------------------------------------------------------------------- */

/* How much a component's state calls for attention, 0 being the most; as many as there are when it is fine. */
static size_t urgency_of(const json_t *component)
{
	static const char *const fine[] = { "active", "activating", "resolved", "discovered", "stopped",
		"deactivating" };
	static const char *const urgent[] = { "errored", "restarting", "waiting" };
	const char *state = member_text(component, "state");

	for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++) {
		if (strcmp(fine[i], state) == 0)
			return *member_text(component, "reason") ? UNWELL : FINE;
	}
	for (size_t i = 0; i < sizeof urgent / sizeof urgent[0]; i++) {
		if (strcmp(urgent[i], state) == 0)
			return i;
	}
	return UNWELL;
}

/* A line for the list, a new json string. */
static json_t *fault_line_new(const json_t *fault)
{
	const char *file = member_text(fault, *member_text(fault, "file") ? "file" : "layer");
	json_int_t line = json_integer_value(json_object_get(fault, "line"));
	const char *path = member_text(fault, "path"), *message = member_text(fault, "message");

	if (line > 0)
		return json_sprintf("%s:%lld:%lld: %s%s%s", file, (long long)line,
			(long long)json_integer_value(json_object_get(fault, "column")), path, *path ? ": " : "",
			message);
	return json_sprintf("%s: %s%s%s", file, path, *path ? ": " : "", message);
}

static void add_components(struct table *table, const json_t *components, size_t urgency)
{
	const json_t *component;
	size_t i;

	json_array_foreach(components, i, component) {
		if (urgency_of(component) == urgency)
			table_add(table,
				json_pack("[s, s, s]", member_text(component, "name"), member_text(component, "state"),
					member_text(component, "reason")));
	}
}

static void add_plugins(struct table *table, const json_t *plugins)
{
	const json_t *plugin;
	size_t i;

	json_array_foreach(plugins, i, plugin) {
		const char *name = member_text(plugin, "name"), *path = member_text(plugin, "path");
		const char *error = member_text(plugin, "error");

		table_add(table,
			json_pack("[s, s, o]", *name ? name : "plugin", "refused",
				json_sprintf("%s%s%s", path, *path ? ": " : "", error)));
	}
}

static void add_faults(struct table *table, const json_t *faults)
{
	const json_t *fault;
	size_t i;

	json_array_foreach(faults, i, fault)
		table_add(table, json_pack("[s, s, o]", "configuration", "refused", fault_line_new(fault)));
}

static void print_attention(FILE *out, const json_t *status)
{
	static const char *const titles[] = { "NEEDS ATTENTION", "STATE", "WHY", NULL };
	struct table *table = table_create(titles);

	for (size_t urgency = 0; urgency < FINE; urgency++)
		add_components(table, json_object_get(status, "components"), urgency);
	add_plugins(table, json_object_get(status, "plugins_refused"));
	add_faults(table, json_object_get(status, "configuration_faults"));
	if (table_size(table) > 0) {
		fputc('\n', out);
		table_print(table, out);
	}
	table_destroy(table);
}

/* ---- components -------------------------------------------------------------------------------------------------- */

/* The rank of the first service, unless the component says it itself. */
static const json_t *rank_of(const json_t *component)
{
	const json_t *rank = json_object_get(component, "rank");
	const json_t *service = json_array_get(json_object_get(component, "provides"), 0);

	return rank ? rank : json_object_get(service, "ranking");
}

static const json_t *find_named(const json_t *components, const char *name)
{
	const json_t *component;
	size_t i;

	json_array_foreach(components, i, component) {
		if (strcmp(member_text(component, "name"), name) == 0)
			return component;
	}
	return NULL;
}

/* Whether a component stands below parent; below nobody ("") does one whose parent is not there. */
static bool is_child_of(const json_t *components, const json_t *component, const char *parent)
{
	const char *own = member_text(component, "parent");

	if (*parent || !*own)
		return strcmp(own, parent) == 0;
	return !find_named(components, own);
}

static bool has_children(const json_t *components)
{
	const json_t *component;
	size_t i;

	json_array_foreach(components, i, component) {
		if (*member_text(component, "parent"))
			return true;
	}
	return false;
}

/* The component's, where the instance has a name of its own. */
static const char *kind_of(const json_t *component)
{
	const char *name = member_text(component, "name"), *kind = member_text(component, "component");

	return strcmp(kind, name) == 0 ? "" : kind;
}

static void add_row(struct table *table, const json_t *component, int depth)
{
	json_t *rank = (json_t *)rank_of(component);
	json_t *in_flight = json_object_get(component, "in_flight");
	json_t *restarts = json_object_get(component, "restarts");

	table_add(table,
		json_pack("[o, s, s, O, o, O, o, O, s]",
			must(json_sprintf("%*s%s", 2 * depth, "", member_text(component, "name"))),
			member_text(component, "state"), member_text(component, "version"), rank ? rank : json_null(),
			age_new(json_object_get(component, "age_ms")), in_flight ? in_flight : json_null(),
			names_new(json_object_get(component, "provides"), "contract"),
			json_integer_value(restarts) > 0 ? restarts : json_null(), kind_of(component)));
}

/* The children of parent ("" is nobody), down to depth most, each with its own below it. */
static void add_tree(struct table *table, const json_t *components, const char *parent, int depth, int most)
{
	const json_t *component;
	size_t i;

	json_array_foreach(components, i, component) {
		if (!is_child_of(components, component, parent))
			continue;
		add_row(table, component, depth);
		if (depth < most)
			add_tree(table, components, member_text(component, "name"), depth + 1, most);
	}
}

static void print_components(FILE *out, const json_t *status)
{
	static const char *const titles[] = { "COMPONENT", "STATE", "VERSION", "RANK", "AGE", "IN FLIGHT", "PROVIDES",
		"RESTARTS", "OF", NULL };
	static const char *const extra[] = { "PROVIDES", "RESTARTS", "OF", NULL };
	const json_t *components = json_object_get(status, "components");
	struct table *table = table_create(titles);

	for (const char *const *title = extra; *title; title++) {
		table_may_drop(table, *title);
		table_drop_empty(table, *title);
	}
	add_tree(table, components, "", 0, has_children(components) ? DEPTH_MAX : 0);
	fputc('\n', out);
	if (table_size(table) > 0)
		table_print(table, out);
	else
		fputs("no components\n", out);
	table_destroy(table);
}

static void print_page(FILE *out, void *user, const json_t *status)
{
	(void)user;
	print_state(out, status);
	print_bound(out, status);
	print_attention(out, status);
	print_components(out, status);
}

enum exit_code run_status(struct invocation *invocation)
{
	static const struct page page = { "kernel.status", print_page, NULL, EVERY_MS };
	enum exit_code code;
	json_t *status;

	if (option_value(invocation, "watch"))
		return invocation->json ? complain_usage(invocation, "--json prints one document: leave out --watch")
					: watch_page(invocation, &page);
	code = ask(invocation, "kernel.status", NULL, &status);
	if (code != EXIT_DONE)
		return code;
	if (invocation->json)
		output_json(stdout, status);
	else
		print_page(stdout, NULL, status);
	json_decref(status);
	return EXIT_DONE;
}
