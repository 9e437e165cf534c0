/*
 * signalctl_logs.c: the daemon's log, as it was lately and as it goes on; and how the configuration changes.
 */
#include "signalctl.h"
#include "signalctl_client.h"
#include "signalctl_output.h"
#include "signalctl_width.h"

#include <string.h>

enum { LEVEL_WIDTH = 8 };

static enum colour level_colour(const char *level)
{
	static const struct {
		const char *level;
		enum colour colour;
	} colours[] = { { "error", COLOUR_RED }, { "warning", COLOUR_YELLOW }, { "debug", COLOUR_DIM } };

	for (size_t i = 0; i < sizeof colours / sizeof colours[0]; i++) {
		if (strcmp(colours[i].level, level) == 0)
			return colours[i].colour;
	}
	return COLOUR_NONE;
}

/* "2026-11-22T17:20:51.123Z info    greeter: hello" */
static void print_record(const json_t *record)
{
	const char *level = member_text(record, "level"), *instance = member_text(record, "instance");
	size_t indent = strlen(member_text(record, "time")) + 1 + LEVEL_WIDTH;

	output_coloured(stdout, COLOUR_DIM, member_text(record, "time"));
	putchar(' ');
	output_coloured(stdout, level_colour(level), level);
	printf("%*s", (int)(strlen(level) < LEVEL_WIDTH ? LEVEL_WIDTH - strlen(level) : 1), "");
	output_coloured(stdout, COLOUR_BOLD, instance);
	fputs(*instance ? ": " : "", stdout);
	output_paragraph(stdout, member_text(record, "message"), indent + (*instance ? width_of(instance) + 2 : 0),
		indent);
}

static void print_line(const json_t *document)
{
	json_dumpf(document, stdout, JSON_COMPACT);
	putchar('\n');
}

/* With --json and --follow each record is a document of its own, on a line. */
static void show_records(const struct invocation *invocation, const json_t *message)
{
	const json_t *record;
	size_t i;

	json_array_foreach(json_object_get(message, "records"), i, record)
		(invocation->json ? print_line : print_record)(record);
}

static void show_change(const struct invocation *invocation, const json_t *message)
{
	const char *path;
	json_t *value;

	if (invocation->json) {
		print_line(message);
		return;
	}
	json_object_foreach(json_object_get(message, "changed"), path, value) {
		output_coloured(stdout, COLOUR_BOLD, path);
		fputs(json_is_null(value) ? " is gone" : " = ", stdout);
		output_value(stdout, value);
		putchar('\n');
	}
}

/* What comes of a watch, until interrupted. */
struct following {
	struct invocation *invocation;
	const char *notification;
	void (*show)(const struct invocation *invocation, const json_t *message);
};

static void notified(void *user, const char *method, const json_t *params)
{
	const struct following *following = user;

	if (strcmp(method, following->notification) != 0)
		return;
	following->show(following->invocation, params);
	fflush(stdout);
}

static enum exit_code follow(struct following *following, const char *method, json_t *params)
{
	const struct listener listener = { notified, following };
	struct invocation *invocation = following->invocation;
	json_t *result, *message;
	enum exit_code code = ask_listening(invocation, method, params, &listener, &result);

	if (code != EXIT_DONE)
		return code;
	json_decref(result);
	while (!ferror(stdout) && (message = client_receive(invocation->client)) != NULL) {
		notified(following, member_text(message, "method"), json_object_get(message, "params"));
		json_decref(message);
	}
	if (ferror(stdout))
		return EXIT_DONE;
	return complain(invocation, EXIT_UNREACHABLE, "unavailable", NULL, "signalpyd ended the connection");
}

static json_int_t last_number(const json_t *tail)
{
	const json_t *records = json_object_get(tail, "records");

	return json_integer_value(json_object_get(json_array_get(records, json_array_size(records) - 1), "number"));
}

enum exit_code run_logs(struct invocation *invocation)
{
	struct following following = { invocation, "log", show_records };
	const char *level = option_value(invocation, "level");
	json_t *params = must(json_pack("{s:s}", "level", level ? level : "debug")), *result;
	bool follows = option_value(invocation, "follow") != NULL;
	enum exit_code code = ask(invocation, "log.tail", json_incref(params), &result);

	if (code == EXIT_DONE) {
		if (invocation->json && !follows)
			output_json(stdout, result);
		else
			show_records(invocation, result);
		fflush(stdout);
		json_object_set_new(params, "after", json_integer(last_number(result)));
		json_decref(result);
		if (follows)
			return follow(&following, "log.watch", params);
	}
	json_decref(params);
	return code;
}

enum exit_code run_config_watch(struct invocation *invocation)
{
	struct following following = { invocation, "config", show_change };

	return follow(&following, "config.watch",
		must(json_pack("{s:s}", "path", invocation->arguments[0] ? invocation->arguments[0] : "")));
}
