/*
 * signalctl_watch.c: a page that is shown again when an event says that it has changed, at most every quarter of a second;
 * and every few seconds without one, since ages and calls in flight change without.
 */
#include "signalctl.h"
#include "signalctl_client.h"
#include "signalctl_output.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PAUSE_MS = 250, PAGE_SIZE = 65536 };

struct watching {
	struct invocation *invocation;
	const struct page *page;
	bool changed; /* since what is shown was asked for */
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void notified(void *user, const char *method, const json_t *params)
{
	struct watching *watching = user;

	(void)params;
	watching->changed = watching->changed || strcmp(method, "event") == 0;
}

/* The events that a watched page may depend on. */
static enum exit_code begin(struct watching *watching)
{
	static const char *const patterns[] = { "kernel.*", "component.*", "plugin.*" };
	const struct listener listener = { notified, watching };
	enum exit_code code = EXIT_DONE;

	for (size_t i = 0; code == EXIT_DONE && i < sizeof patterns / sizeof patterns[0]; i++) {
		json_t *result = NULL;

		code = ask_listening(watching->invocation, "event.watch",
			must(json_pack("{s:s}", "pattern", patterns[i])), &listener, &result);
		json_decref(result);
	}
	return code;
}

/* A page is written at once, so that nobody sees it half drawn. */
static enum exit_code show_page(struct watching *watching)
{
	const struct listener listener = { notified, watching };
	bool in_place = isatty(STDOUT_FILENO);
	enum exit_code code;
	json_t *result;

	watching->changed = false;
	code = ask_listening(watching->invocation, watching->page->method, NULL, &listener, &result);
	if (code != EXIT_DONE)
		return code;
	fputs(in_place ? "\033[H\033[2J" : "", stdout);
	watching->page->print(watching->page->user, result);
	fputs(in_place ? "" : "\n", stdout);
	fflush(stdout);
	json_decref(result);
	return ferror(stdout) ? EXIT_FAILED : EXIT_DONE;
}

static enum exit_code take_message(struct watching *watching)
{
	json_t *message = client_receive(watching->invocation->client);

	if (!message)
		return complain(watching->invocation, EXIT_UNREACHABLE, "unavailable", NULL,
			"signalpyd ended the connection");
	notified(watching, member_text(message, "method"), NULL);
	json_decref(message);
	return EXIT_DONE;
}

/* How long it is until the page is to be shown again. */
static int64_t time_left(const struct watching *watching, int64_t shown)
{
	return shown + (watching->changed ? PAUSE_MS : watching->page->every_ms) - now_ms();
}

static enum exit_code await_change(struct watching *watching)
{
	int64_t shown = now_ms(), left;
	enum exit_code code = EXIT_DONE;

	while (code == EXIT_DONE && (left = time_left(watching, shown)) > 0)
		if (client_wait(watching->invocation->client, (int)left))
			code = take_message(watching);
	return code;
}

enum exit_code watch_page(struct invocation *invocation, const struct page *page)
{
	struct watching watching = { .invocation = invocation, .page = page };
	enum exit_code code = begin(&watching);

	setvbuf(stdout, NULL, _IOFBF, PAGE_SIZE);
	while (code == EXIT_DONE) {
		code = show_page(&watching);
		if (code == EXIT_DONE)
			code = await_change(&watching);
	}
	return code;
}
