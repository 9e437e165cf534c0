/*
 * signalctl_events.c: events as they are published, and the versions.
 */
#include "signalctl.h"
#include "signalctl_client.h"
#include "signalctl_output.h"
#include "signalctl_width.h"

#include <string.h>

enum { CLOCK_WIDTH = 12 };

/* "14:05:09.120 orders.placed greeter {...}" */
static void print_event(const json_t *event)
{
	const char *type = member_text(event, "type"), *source = member_text(event, "source");
	json_t *data = text_new(json_object_get(event, "data"));

	output_clock(stdout, json_object_get(event, "time_ms"));
	putchar(' ');
	output_coloured(stdout, COLOUR_BOLD, type);
	putchar(' ');
	source = *source ? source : "kernel";
	output_coloured(stdout, COLOUR_DIM, source);
	putchar(' ');
	output_paragraph(stdout, json_string_value(data), CLOCK_WIDTH + width_of(type) + width_of(source) + 3,
		CLOCK_WIDTH + 1);
	json_decref(data);
}

/* With --follow there are many documents, one a line. */
static void show_event(const struct invocation *invocation, const json_t *event)
{
	if (!invocation->json) {
		print_event(event);
	} else if (option_value(invocation, "follow")) {
		json_dumpf(event, stdout, JSON_COMPACT);
		putchar('\n');
	} else {
		output_json(stdout, event);
	}
	fflush(stdout);
}

/* Shows events until one has been shown, unless all are asked for; NULL is the end of the connection. */
static enum exit_code follow(struct invocation *invocation)
{
	bool all = option_value(invocation, "follow") != NULL, done = false;
	json_t *message;

	while (!done && (message = client_receive(invocation->client)) != NULL) {
		if (strcmp(member_text(message, "method"), "event") == 0) {
			show_event(invocation, json_object_get(message, "params"));
			done = !all || ferror(stdout);
		}
		json_decref(message);
	}
	if (done)
		return EXIT_DONE;
	return complain(invocation, EXIT_UNREACHABLE, "unavailable", NULL, "signalpyd ended the connection");
}

/* The first event may come before the answer that it is being watched. */
struct early {
	struct invocation *invocation;
	bool shown;
};

static void notified(void *user, const char *method, const json_t *params)
{
	struct early *early = user;

	if (strcmp(method, "event") != 0 || (early->shown && !option_value(early->invocation, "follow")))
		return;
	show_event(early->invocation, params);
	early->shown = true;
}

enum exit_code run_events(struct invocation *invocation)
{
	const char *pattern = invocation->arguments[0] ? invocation->arguments[0] : "*";
	struct early early = { invocation, false };
	const struct listener listener = { notified, &early };
	enum exit_code code;
	json_t *result;

	code = ask_listening(invocation, "event.watch", must(json_pack("{s:s}", "pattern", pattern)), &listener,
		&result);
	if (code != EXIT_DONE)
		return code;
	json_decref(result);
	if (early.shown && !option_value(invocation, "follow"))
		return EXIT_DONE;
	return follow(invocation);
}

/* The daemon's version; NULL when none is running, which is no failure. */
static json_t *daemon_version_new(const struct invocation *invocation)
{
	struct client *client = client_create(invocation->socket);
	json_t *answer = NULL, *version = NULL;

	if (client && client_send(client, "kernel.status", NULL) > 0)
		answer = client_receive(client);
	if (answer)
		version = json_incref(json_object_get(json_object_get(answer, "result"), "version"));
	json_decref(answer);
	client_destroy(client);
	return version;
}

enum exit_code run_version(struct invocation *invocation)
{
	json_t *running = daemon_version_new(invocation);
	json_t *document = must(
		json_pack("{s:s, s:O}", "signalctl", SIGNALPY_VERSION, "signalpyd", running ? running : json_null()));

	if (invocation->json) {
		output_json(stdout, document);
	} else {
		printf("signalctl %s\nsignalpyd ", SIGNALPY_VERSION);
		puts(running ? json_string_value(running) : "is not running here");
	}
	json_decref(running);
	json_decref(document);
	return EXIT_DONE;
}
