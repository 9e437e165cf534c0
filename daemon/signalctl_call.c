/*
 * signalctl_call.c: calling a runnable, with flags that come from its parameters. After the address, a runnable's own
 * parameters come before signalctl's options of the same name.
 */
#include "signalctl.h"
#include "signalctl_flags.h"
#include "signalctl_output.h"
#include "signalctl_width.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MESSAGE_SIZE = 512, BAR_WIDTH = 30, BESIDE_BAR = 40, INPUT_CHUNK = 65536 };

/* ---- parameters -------------------------------------------------------------------------------------------------- */

/* What is on standard input, ended by a zero byte; NULL when it cannot be read. */
static char *read_input(void)
{
	char *text = NULL;
	size_t size = 0, got;

	do {
		char *grown = realloc(text, size + INPUT_CHUNK + 1);

		if (!grown)
			break;
		text = grown;
		got = fread(text + size, 1, INPUT_CHUNK, stdin);
		size += got;
		text[size] = '\0';
		if (got == 0 && !ferror(stdin))
			return text;
	} while (got > 0);
	free(text);
	return NULL;
}

/* Lays the object that --params holds under the flags. */
static enum exit_code add_given(const struct invocation *invocation, const char *given, json_t *params)
{
	char *input = strcmp(given, "-") == 0 ? read_input() : NULL;
	json_error_t wrong = { .text = "standard input cannot be read" };
	json_t *object = input || strcmp(given, "-") != 0 ? json_loads(input ? input : given, 0, &wrong) : NULL;
	enum exit_code code = EXIT_DONE;

	if (!object)
		code = complain_usage(invocation, "--params is not JSON: %s (line %d, column %d)", wrong.text,
			wrong.line, wrong.column);
	else if (json_object_update_missing(params, object) != 0)
		code = complain_usage(invocation, "--params is no JSON object");
	json_decref(object);
	free(input);
	return code;
}

/* Takes one word behind the address: a parameter of the runnable, else an option of signalctl. */
static enum exit_code take_word(struct invocation *invocation, const json_t *schema, json_t *params,
	char *const **words)
{
	char message[MESSAGE_SIZE];
	enum exit_code code;

	switch (flags_take(schema, params, words, message, sizeof message)) {
	case FLAG_TAKEN:
		return EXIT_DONE;
	case FLAG_INVALID:
		return complain(invocation, EXIT_INVALID, "invalid_params", NULL, message);
	case FLAG_MISSING:
		return complain_usage(invocation, "%s", message);
	case FLAG_UNKNOWN:
		break;
	}
	code = (**words)[0] == '-' ? take_option(invocation, words) : EXIT_MISSING;
	if (code == EXIT_MISSING)
		return complain_usage(invocation, "%s has no parameter %s: see signalctl call %s --help",
			invocation->arguments[0], **words, invocation->arguments[0]);
	return code;
}

static enum exit_code take_words(struct invocation *invocation, const json_t *schema, json_t *params)
{
	char *const *words = invocation->rest;
	enum exit_code code = EXIT_DONE;

	while (code == EXIT_DONE && *words)
		code = take_word(invocation, schema, params, &words);
	if (code == EXIT_DONE && option_value(invocation, "params") && !invocation->help)
		code = add_given(invocation, option_value(invocation, "params"), params);
	return code;
}

/* ---- before the call --------------------------------------------------------------------------------------------- */

static void print_help(const struct invocation *invocation, const json_t *shown)
{
	const char *about = member_text(shown, "about");

	if (invocation->json) {
		output_json(stdout, shown);
		return;
	}
	fputs(invocation->spelled ? "usage: signalctl " : "usage: signalctl call ", stdout);
	output_text(stdout, invocation->spelled ? invocation->spelled : invocation->arguments[0]);
	fputs(" [--NAME VALUE]...\n\n", stdout);
	output_text(stdout, about);
	fputs(*about ? "\n\n" : "", stdout);
	if (json_is_true(json_object_get(shown, "destructive")))
		fputs("It is destructive: signalctl asks first, unless --yes is given.\n\n", stdout);
	fputs(json_object_size(json_object_get(json_object_get(shown, "params"), "properties")) > 0
			? "parameters:\n"
			: "It takes no parameters.\n",
		stdout);
	flags_print_help(json_object_get(shown, "params"), stdout);
	fputs("\nsignalctl call --help lists the other options.\n", stdout);
}

/* Whether to go on with something destructive. */
static enum exit_code confirm(const struct invocation *invocation, const json_t *shown)
{
	char answer[16];

	if (!json_is_true(json_object_get(shown, "destructive")) || option_value(invocation, "yes"))
		return EXIT_DONE;
	if (!isatty(STDIN_FILENO))
		return complain_usage(invocation, "%s is destructive, and nobody is there to ask: add --yes to call it",
			invocation->arguments[0]);
	fputs(invocation->arguments[0], stderr);
	fputs(" is destructive. Call it? [y/N] ", stderr);
	if (fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y'))
		return EXIT_DONE;
	return complain(invocation, EXIT_FAILED, "cancelled", NULL, "not called");
}

static enum exit_code read_timeout(const struct invocation *invocation, json_t *request)
{
	const char *text = option_value(invocation, "timeout");
	char *end;
	long long milliseconds;

	if (!text)
		return EXIT_DONE;
	milliseconds = strtoll(text, &end, 10);
	if (!*text || *end || milliseconds <= 0)
		return complain_usage(invocation, "--timeout %s: that is no number of milliseconds", text);
	json_object_set_new(request, "timeout_ms", must(json_integer(milliseconds)));
	return EXIT_DONE;
}

/* ---- the call ---------------------------------------------------------------------------------------------------- */

static void show_progress(void *user, const char *method, const json_t *params)
{
	json_int_t done = json_integer_value(json_object_get(params, "done"));
	json_int_t total = json_integer_value(json_object_get(params, "total"));
	size_t columns = width_of_terminal(stderr);
	char *note;

	(void)user;
	if (strcmp(method, "progress") != 0)
		return;
	fputs("\r\033[K", stderr);
	if (total > 0 && done >= 0 && done <= total) {
		double share = (double)done / (double)total;
		int full = (int)(share * BAR_WIDTH);

		fprintf(stderr, "[%.*s%*s] %3d%% ", full, "##############################", BAR_WIDTH - full, "",
			(int)(share * 100));
	} else {
		fprintf(stderr, "%lld ", (long long)done);
	}
	note = width_clip_new(member_text(params, "note"), columns > BESIDE_BAR ? columns - BESIDE_BAR : 0);
	output_text(stderr, note);
	free(note);
	fflush(stderr);
}

static void print_answer(const struct invocation *invocation, const json_t *result)
{
	json_t *data = json_object_get(result, "data");
	json_t *document;

	if (!invocation->json) {
		output_tree(stdout, data);
		return;
	}
	document = must(json_pack("{s:b, s:O}", "ok", 1, "data", data ? data : json_null()));
	output_json(stdout, document);
	json_decref(document);
}

static enum exit_code send(struct invocation *invocation, json_t *params)
{
	bool progress = isatty(STDERR_FILENO);
	struct listener listener = { .notified = show_progress };
	json_t *request = must(json_pack("{s:s, s:O, s:b, s:s*}", "address", invocation->arguments[0], "params", params,
		"progress", progress, "target", option_value(invocation, "target")));
	enum exit_code code = read_timeout(invocation, request);
	json_t *result;

	if (code != EXIT_DONE) {
		json_decref(request);
		return code;
	}
	code = ask_listening(invocation, "runnable.call", request, progress ? &listener : NULL, &result);
	if (progress)
		fputs("\r\033[K", stderr);
	if (code != EXIT_DONE)
		return code;
	print_answer(invocation, result);
	json_decref(result);
	return EXIT_DONE;
}

static enum exit_code call_shown(struct invocation *invocation, const json_t *shown)
{
	json_t *params = must(json_object());
	enum exit_code code = take_words(invocation, json_object_get(shown, "params"), params);

	if (code == EXIT_DONE && invocation->help)
		print_help(invocation, shown);
	else if (code == EXIT_DONE && (code = confirm(invocation, shown)) == EXIT_DONE)
		code = send(invocation, params);
	json_decref(params);
	return code;
}

enum exit_code run_call(struct invocation *invocation)
{
	json_t *shown;
	enum exit_code code = ask(invocation, "runnable.show",
		must(json_pack("{s:s, s:s*}", "address", invocation->arguments[0], "target",
			option_value(invocation, "target"))),
		&shown);

	if (code != EXIT_DONE)
		return code;
	code = call_shown(invocation, shown);
	json_decref(shown);
	return code;
}
