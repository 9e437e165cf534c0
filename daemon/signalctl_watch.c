/*
 * signalctl_watch.c: a page that is shown again when an event says that it has changed, at most every quarter of a
 * second; and every few seconds without one, since ages and calls in flight change without. On a terminal it has the
 * whole of it, shows what fits, and follows the keys.
 */
#include "signalctl.h"
#include "signalctl_client.h"
#include "signalctl_output.h"
#include "signalctl_terminal.h"
#include "signalctl_width.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PAUSE_MS = 250 };

struct watching {
	struct invocation *invocation;
	const struct page *page;
	bool changed; /* since what is shown was asked for */
	bool in_place, quit;
	json_t *shown; /* what the page was made of */
	size_t first; /* line of the page that is shown at the top */
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

static size_t count_lines(const char *text)
{
	size_t lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

static void move(struct watching *watching, enum key key)
{
	size_t rows = height_of_terminal(stdout), step = 1;

	if ((key == KEY_PAGE_UP || key == KEY_PAGE_DOWN) && rows > 2)
		step = rows - 2;
	if (key == KEY_UP || key == KEY_PAGE_UP)
		watching->first -= step < watching->first ? step : watching->first;
	else if (key == KEY_DOWN || key == KEY_PAGE_DOWN)
		watching->first += step;
	else if (key == KEY_TOP)
		watching->first = 0;
}

/* Writes so many lines of a text over what is there. */
static void put_lines(const char *text, size_t lines)
{
	fputs("\033[H", stdout);
	for (; lines > 0 && *text; lines--) {
		size_t size = strcspn(text, "\n");

		fwrite(text, 1, size, stdout);
		fputs("\033[K\n", stdout);
		text += size + (text[size] == '\n');
	}
}

static const char *line_at(const char *text, size_t line)
{
	for (; line > 0; line--)
		text += strcspn(text, "\n") + 1;
	return text;
}

/* What fits; if not all does, the last row says so. The cursor stays on the last row, so that nothing scrolls. */
static void put_page(struct watching *watching, const char *text)
{
	size_t rows = height_of_terminal(stdout), lines = count_lines(text), most;

	rows = rows > 2 ? rows : 2;
	most = lines > rows - 1 ? lines - (rows - 1) : 0;
	watching->first = watching->first < most ? watching->first : most;
	put_lines(line_at(text, watching->first), rows - 1);
	if (most > 0) {
		char more[64];

		snprintf(more, sizeof more, "lines %zu to %zu of %zu: the arrows move, q quits", watching->first + 1,
			watching->first + rows - 1, lines);
		output_coloured(stdout, COLOUR_DIM, more);
	}
	fputs(most > 0 ? "\033[K" : "\033[J", stdout);
}

/* A page is written at once, so that nobody sees it half drawn. */
static void draw(struct watching *watching)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		out_of_memory();
	watching->page->print(out, watching->page->user, watching->shown);
	if (fclose(out) != 0)
		out_of_memory();
	if (watching->in_place)
		put_page(watching, text);
	else
		printf("%s\n", text);
	fflush(stdout);
	free(text);
}

static enum exit_code show_page(struct watching *watching)
{
	const struct listener listener = { notified, watching };
	enum exit_code code;
	json_t *result;

	watching->changed = false;
	code = ask_listening(watching->invocation, watching->page->method, NULL, &listener, &result);
	if (code != EXIT_DONE)
		return code;
	json_decref(watching->shown);
	watching->shown = result;
	draw(watching);
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

static void obey(struct watching *watching, enum key key)
{
	if (key == KEY_QUIT)
		watching->quit = true;
	if (key == KEY_NONE || key == KEY_QUIT)
		return;
	move(watching, key);
	draw(watching);
}

static enum exit_code await_change(struct watching *watching)
{
	struct client *client = watching->invocation->client;
	int64_t shown = now_ms(), left;
	enum exit_code code = EXIT_DONE;

	while (code == EXIT_DONE && !watching->quit && (left = time_left(watching, shown)) > 0) {
		if (client_wait(client, 0))
			code = take_message(watching);
		else
			obey(watching, terminal_wait(client_descriptor(client), (int)left));
	}
	return code;
}

enum exit_code watch_page(struct invocation *invocation, const struct page *page)
{
	struct watching watching = { .invocation = invocation, .page = page };
	enum exit_code code = begin(&watching);

	if (code == EXIT_DONE)
		watching.in_place = terminal_take();
	while (code == EXIT_DONE && !watching.quit) {
		code = show_page(&watching);
		if (code == EXIT_DONE)
			code = await_change(&watching);
	}
	terminal_give_back();
	json_decref(watching.shown);
	return code;
}
