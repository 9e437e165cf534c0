/*
 * signalctl_commands.c: the table of commands, and finding one in it. Help and the manual are held to the table.
 */
#include "signalctl.h"
#include "signalctl_invoke.h"

#include <string.h>

#define REVEAL \
	{ \
		"reveal", 0, NULL, "show secrets too" \
	}

static const struct column plugin_columns[] = {
	{ "NAME", "name", COLUMN_PLUGIN, false },
	{ "STATE", "state", COLUMN_PLAIN, false },
	{ "VERSION", "version", COLUMN_PLAIN, true },
	{ "INSTANCES", "instances", COLUMN_NAMES, true },
	{ "PATH", "path", COLUMN_PLAIN, true },
	{ "ERROR", "error", COLUMN_PLAIN, false },
	{ NULL, NULL, COLUMN_PLAIN, false },
};
static const struct column component_columns[] = {
	{ "NAME", "name", COLUMN_PLAIN, false },
	{ "STATE", "state", COLUMN_PLAIN, false },
	{ "COMPONENT", "component", COLUMN_PLAIN, false },
	{ "PLUGIN", "plugin", COLUMN_PLAIN, true },
	{ "VERSION", "version", COLUMN_PLAIN, true },
	{ "AGE", "age_ms", COLUMN_AGE, false },
	{ "REASON", "reason", COLUMN_PLAIN, false },
	{ NULL, NULL, COLUMN_PLAIN, false },
};
static const struct column service_columns[] = {
	{ "CONTRACT", "contract", COLUMN_PLAIN, false },
	{ "INSTANCE", "instance", COLUMN_PLAIN, false },
	{ "RANKING", "ranking", COLUMN_PLAIN, false },
	{ "ID", "id", COLUMN_PLAIN, true },
	{ "CONSUMERS", "consumers", COLUMN_NAMES, false },
	{ NULL, NULL, COLUMN_PLAIN, false },
};
static const struct column runnable_columns[] = {
	{ "ADDRESS", "address", COLUMN_PLAIN, false },
	{ "ON", "transports", COLUMN_NAMES, true },
	{ "ABOUT", "about", COLUMN_PLAIN, false },
	{ NULL, NULL, COLUMN_PLAIN, false },
};
static const struct column dead_letter_columns[] = {
	{ "ID", "id", COLUMN_PLAIN, false },
	{ "TIME", "time_ms", COLUMN_TIME, false },
	{ "REASON", "reason", COLUMN_PLAIN, false },
	{ "TARGET", "target", COLUMN_PLAIN, false },
	{ "TYPE", "type", COLUMN_PLAIN, false },
	{ "ERROR", "error", COLUMN_PLAIN, false },
	{ NULL, NULL, COLUMN_PLAIN, false },
};

const struct command commands[] = {
	{ "status", NULL, "Shows the daemon's state and everything in it, what needs attention first",
		.options = { { "watch", 0, NULL, "show it again when something has changed" } }, .run = run_status },
	{ "top", NULL, "Shows what the daemon does now, and the busiest components, until interrupted",
		.run = run_top },
	{ "call", NULL, "Calls a runnable; call ADDRESS --help shows its parameters", .rest = "[--NAME VALUE]...",
		.arguments = { { "ADDRESS", "address", ARGUMENT_TEXT, false } },
		.options = { { "params", 0, "JSON", "the parameters as a JSON object; - reads it from standard input" },
			{ "timeout", 0, "MS", "give up after so many milliseconds" },
			{ "target", 0, "VALUE", "call the component's instance with this target" },
			{ "yes", 'y', NULL, "do not ask before something destructive" } },
		.run = run_call },
	{ "plugin", "list", "Lists the plugins, and the files that were refused", .method = "plugin.list",
		.columns = plugin_columns },
	{ "plugin", "inspect", "Shows all of one plugin", .method = "plugin.inspect",
		.arguments = { { "NAME", "name", ARGUMENT_TEXT, false } } },
	{ "plugin", "load", "Loads a plugin from a file", .method = "plugin.load",
		.arguments = { { "FILE", "path", ARGUMENT_FILE, false } }, .print = print_outcome },
	{ "plugin", "unload", "Takes a plugin away, until it is loaded again or its file changes",
		.method = "plugin.unload", .arguments = { { "NAME", "name", ARGUMENT_TEXT, false } },
		.print = print_outcome },
	{ "plugin", "update", "Replaces a plugin while it is called, by FILE or what lies where it came from",
		.method = "plugin.update",
		.arguments = { { "NAME", "name", ARGUMENT_TEXT, false }, { "FILE", "path", ARGUMENT_FILE, true } },
		.print = print_outcome },
	{ "plugin", "retry", "Tries again to load or replace a plugin that failed, or a refused file",
		.method = "plugin.retry", .arguments = { { "NAME", "name", ARGUMENT_TEXT, false } },
		.print = print_outcome },
	{ "component", "list", "Lists the instances of components", .method = "component.list",
		.columns = component_columns },
	{ "component", "show", "Shows all of one instance", .method = "component.show",
		.arguments = { { "NAME", "name", ARGUMENT_TEXT, false } } },
	{ "component", "health", "Asks an instance now whether it works", .method = "component.health",
		.arguments = { { "NAME", "name", ARGUMENT_TEXT, false } }, .print = print_outcome },
	{ "component", "retry", "Tries again to activate an instance that is errored, or restarts it now",
		.method = "component.retry", .arguments = { { "NAME", "name", ARGUMENT_TEXT, false } },
		.print = print_outcome },
	{ "component", "add", "Makes an instance of a component, which is kept across restarts",
		.rest = "[KEY=VALUE]...",
		.arguments = { { "COMPONENT", "component", ARGUMENT_TEXT, false },
			{ "NAME", "name", ARGUMENT_TEXT, false } },
		.print = print_outcome, .run = run_component_add },
	{ "component", "remove", "Takes an instance away, until it is asked for again", .method = "component.remove",
		.arguments = { { "NAME", "name", ARGUMENT_TEXT, false } }, .print = print_outcome },
	{ "component", "set", "Sets properties of an instance while it runs; KEY=null takes one back",
		.rest = "KEY=VALUE...", .arguments = { { "NAME", "name", ARGUMENT_TEXT, false } },
		.print = print_outcome, .run = run_component_set },
	{ "service", "list", "Lists the services, and who uses them", .method = "service.list",
		.columns = service_columns },
	{ "runnable", "list", "Lists what can be called", .method = "runnable.list", .columns = runnable_columns },
	{ "runnable", "show", "Shows all of one runnable, with the schema of its parameters", .method = "runnable.show",
		.arguments = { { "ADDRESS", "address", ARGUMENT_TEXT, false } } },
	{ "events", NULL, "Waits for an event that matches, and shows it",
		.arguments = { { "PATTERN", "pattern", ARGUMENT_TEXT, true } },
		.options = { { "follow", 'f', NULL, "show every one, until interrupted" } }, .run = run_events },
	{ "publish", NULL, "Publishes an event", .method = "event.publish",
		.arguments = { { "TYPE", "type", ARGUMENT_TEXT, false }, { "JSON", "data", ARGUMENT_JSON, true } } },
	{ "deadletters", "list", "Lists events that were not delivered or not handled; also without list",
		.usual = true, .method = "deadletter.list", .columns = dead_letter_columns },
	{ "deadletters", "replay", "Hands an event to the handler that failed again, or publishes it again",
		.method = "deadletter.replay", .arguments = { { "ID", "id", ARGUMENT_VALUE, false } } },
	{ "deadletters", "purge", "Forgets all of them", .method = "deadletter.purge" },
	{ "config", "get", "Shows one value of the configuration", .method = "config.get",
		.arguments = { { "PATH", "path", ARGUMENT_TEXT, false } }, .options = { REVEAL },
		.print = print_value },
	{ "config", "set", "Sets a value, which is kept across restarts", .method = "config.set",
		.arguments = { { "PATH", "path", ARGUMENT_TEXT, false },
			{ "VALUE", "value", ARGUMENT_VALUE, false } } },
	{ "config", "unset", "Takes back what config set has set", .method = "config.unset",
		.arguments = { { "PATH", "path", ARGUMENT_TEXT, false } } },
	{ "config", "show", "Shows the values of the configuration", .method = "config.show",
		.arguments = { { "PATH", "path", ARGUMENT_TEXT, true } },
		.options = { { "origin", 0, NULL, "and where each comes from" }, REVEAL }, .print = print_settings },
	{ "config", "edit", "Opens the configuration in an editor, and sets what was changed",
		.arguments = { { "PATH", "path", ARGUMENT_TEXT, true } }, .options = { REVEAL },
		.run = run_config_edit },
	{ "config", "watch", "Shows what changes in the configuration, until interrupted",
		.arguments = { { "PATH", "path", ARGUMENT_TEXT, true } }, .run = run_config_watch },
	{ "config", "check", "Reads the configuration's files as a reload would, and changes nothing",
		.method = "config.check", .print = print_report, .judge = judge_report },
	{ "config", "reload", "Reads the configuration's files again", .method = "config.reload", .print = print_report,
		.judge = judge_report },
	{ "graph", "show", "Shows the reactive graph: values, and what depends on what; also without show",
		.usual = true, .options = { { "dot", 0, NULL, "write it for Graphviz" } }, .run = run_graph },
	{ "graph", "why", "Tells what made an effect run: from the write to the effect", .method = "graph.why",
		.arguments = { { "EFFECT", "effect", ARGUMENT_TEXT, false } }, .print = print_why },
	{ "trace", "show", "Shows what happened in the graph lately, if a trace is kept; also without show",
		.usual = true, .options = { { "follow", 'f', NULL, "show what happens, until interrupted" } },
		.run = run_trace },
	{ "trace", "start", "Keeps a trace from now on", .method = "graph.start_trace" },
	{ "trace", "stop", "Keeps a trace only while somebody follows it", .method = "graph.stop_trace" },
	{ "logs", "show", "Shows the last records of the log; also without show", .usual = true,
		.options = { { "follow", 'f', NULL, "and those that follow, until interrupted" },
			{ "level", 0, "LEVEL", "only those of this level and above" } },
		.run = run_logs },
	{ "logs", "level", "Tells how much is logged, or changes it until the configuration changes",
		.method = "log.level", .arguments = { { "LEVEL", "level", ARGUMENT_TEXT, true } } },
	{ "metrics", NULL, "Shows what is measured: calls by runnable, waves, events, plugins",
		.method = "metrics.list", .arguments = { { "PATTERN", "pattern", ARGUMENT_TEXT, true } },
		.print = print_metrics },
	{ "mcp", NULL, "Speaks MCP over standard input and output, for clients that start a program",
		.options = { { "wait", 0, "SECONDS", "how long to wait for answers when the input has ended: 10" } },
		.run = run_mcp },
	{ "drain", NULL, "Refuses new calls from now on; those inside go on", .method = "kernel.drain" },
	{ "shutdown", NULL, "Drains, stops every component, and ends the daemon", .method = "kernel.shutdown" },
	{ "completion", NULL, "Prints the completion of signalctl for bash, zsh or fish",
		.arguments = { { "SHELL", "shell", ARGUMENT_TEXT, false } }, .run = run_completion },
	{ "complete", NULL, "Lists how the last word may go on, for the scripts of completion", .rest = "[--] WORD...",
		.run = run_complete },
	{ "version", NULL, "Prints the versions of signalctl and of the daemon", .run = run_version },
	{ 0 },
};

/* Whether a word is --help. */
static bool asks_for_help(const char *word)
{
	return word && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0);
}

/* How many of the words name the command: 0, 1 or 2. */
static size_t count_named(const struct command *command, char *const *words)
{
	bool verb_is_left_out = !words[1] || (words[1][0] == '-' && !asks_for_help(words[1]));

	if (strcmp(command->noun, words[0]) != 0)
		return 0;
	if (!command->verb || (command->usual && verb_is_left_out))
		return 1;
	return words[1] && strcmp(command->verb, words[1]) == 0 ? 2 : 0;
}

bool find_command(struct invocation *invocation, char *const **words)
{
	for (const struct command *command = commands; command->noun; command++) {
		size_t count = count_named(command, *words);

		if (count == 0)
			continue;
		invocation->command = command;
		*words += count;
		return true;
	}
	return false;
}

bool is_noun(const char *word)
{
	for (const struct command *command = commands; command->noun; command++) {
		if (command->verb && strcmp(command->noun, word) == 0)
			return true;
	}
	return false;
}
