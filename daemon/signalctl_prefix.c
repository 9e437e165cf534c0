/*
 * signalctl_prefix.c: commands of the components that have some of their own, as auth has `token new`.
 */
#include "signalctl.h"
#include "signalctl_output.h"
#include "signalctl_table.h"

#include <string.h>

static const struct command *call_command(void)
{
	const struct command *command = commands;

	while (command->run != run_call)
		command++;
	return command;
}

static const char *find_prefixed(const json_t *list, const char *prefix, const char *runnable)
{
	const json_t *exposed;
	size_t i;

	json_array_foreach(list, i, exposed) {
		if (strcmp(member_text(exposed, "cli"), prefix) == 0 &&
			strcmp(member_text(exposed, "runnable"), runnable) == 0)
			return member_text(exposed, "address");
	}
	return NULL;
}

static enum exit_code call_prefixed(struct invocation *invocation, const char *address, const char *prefix,
	const char *runnable)
{
	json_t *spelled = must(json_sprintf("%s %s", prefix, runnable));
	enum exit_code code;

	invocation->command = call_command();
	invocation->arguments[0] = address;
	invocation->spelled = json_string_value(spelled);
	code = run_call(invocation);
	json_decref(spelled);
	return code;
}

enum exit_code run_prefixed(struct invocation *invocation, const char *prefix, const char *runnable)
{
	const char *address;
	enum exit_code code;
	json_t *list;

	code = ask(invocation, "runnable.list", NULL, &list);
	if (code != EXIT_DONE)
		return code;
	address = find_prefixed(list, prefix, runnable);
	if (address)
		code = call_prefixed(invocation, address, prefix, runnable);
	else
		code = complain_usage(invocation,
			"there is no command %s %s, and no component has it either: see signalctl --help", prefix,
			runnable);
	json_decref(list);
	return code;
}

/* The commands of a component, as "usage" and "about". */
static json_t *prefixed_new(const json_t *list, const char *prefix)
{
	json_t *found = must(json_array());
	const json_t *exposed;
	size_t i;

	json_array_foreach(list, i, exposed) {
		if (strcmp(member_text(exposed, "cli"), prefix) == 0)
			json_array_append_new(found,
				json_pack("{s:o, s:s}", "usage",
					json_sprintf("signalctl %s %s [--NAME VALUE]...", prefix,
						member_text(exposed, "runnable")),
					"about", member_text(exposed, "about")));
	}
	return found;
}

static void print_prefix_help(const struct invocation *invocation, json_t *found)
{
	static const char *const titles[] = { "USAGE", "ABOUT", NULL };
	struct table *table;
	const json_t *item;
	size_t i;

	if (invocation->json) {
		json_t *document = must(json_pack("{s:O}", "commands", found));

		output_json(stdout, document);
		json_decref(document);
		return;
	}
	table = table_create(titles);
	json_array_foreach(found, i, item)
		table_add(table, json_pack("[s, s]", member_text(item, "usage"), member_text(item, "about")));
	table_print(table, stdout);
	table_destroy(table);
}

/* A word alone is no command; but who asks for help is told what commands a component has below it. */
enum exit_code run_prefix(struct invocation *invocation, const char *prefix)
{
	enum exit_code code = EXIT_DONE;
	json_t *list = NULL, *found;

	invocation->is_quiet = true;
	ask(invocation, "runnable.list", NULL, &list);
	invocation->is_quiet = false;
	found = prefixed_new(list, prefix);
	if (json_array_size(found) == 0)
		code = complain_usage(invocation, "there is no command %s: see signalctl --help", prefix);
	else if (!invocation->help)
		code = complain_usage(invocation, "%s what? See signalctl %s --help", prefix, prefix);
	else
		print_prefix_help(invocation, found);
	json_decref(found);
	json_decref(list);
	return code;
}
