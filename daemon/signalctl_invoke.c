/*
 * signalctl_invoke.c: options and arguments, asking the daemon, and telling what went wrong.
 */
#include "signalctl_invoke.h"

#include "signalctl_client.h"
#include "signalctl_output.h"
#include "signalctl_terminal.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MESSAGE_SIZE = 512, FIRST_OPTION_VALUE = 2 };

const struct option global_options[] = {
	{ "socket", 's', "SOCKET", "the daemon's control socket" },
	{ "json", 0, NULL, "print one JSON document" },
	{ "help", 'h', NULL, "explain, and do nothing" },
	{ "version", 0, NULL, "print the versions" },
	{ NULL, 0, NULL, NULL },
};

void out_of_memory(void)
{
	terminal_give_back();
	fputs("signalctl: out of memory\n", stderr);
	exit(EXIT_FAILED);
}

json_t *must(json_t *json)
{
	if (!json)
		out_of_memory();
	return json;
}

char *copy_of(const char *text, size_t size)
{
	char *copy = strndup(text, size);

	if (!copy)
		out_of_memory();
	return copy;
}

#define SYSTEM_SOCKET "/run/signalpy/control.sock"

/* Where a daemon that an ordinary user started by hand has its socket; see daemon/options.c. */
static void own_socket(char *path, size_t size)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR"), *home = getenv("HOME");

	if (runtime && *runtime == '/')
		snprintf(path, size, "%s/signalpy/control.sock", runtime);
	else
		snprintf(path, size, "%s/.cache/signalpy/control.sock", home ? home : "");
}

void default_socket(char *path, size_t size)
{
	const char *given = getenv("SIGNALPY_SOCKET");

	if (given && *given) {
		snprintf(path, size, "%s", given);
		return;
	}
	own_socket(path, size);
	if (geteuid() == 0 || (access(path, F_OK) != 0 && access(SYSTEM_SOCKET, F_OK) == 0))
		snprintf(path, size, SYSTEM_SOCKET);
}

/* ---- telling what went wrong ------------------------------------------------------------------------------------- */

/* A single one may stand in the message already. */
static void print_details(const json_t *details, const char *message)
{
	const json_t *detail;
	size_t i;

	if (json_array_size(details) == 1 && strstr(message, member_text(json_array_get(details, 0), "message")))
		return;
	json_array_foreach(details, i, detail) {
		const char *where = member_text(detail, "pointer");

		fputs("  ", stderr);
		output_text(stderr, *where ? where : member_text(detail, "path"));
		fputs(": ", stderr);
		output_text(stderr, member_text(detail, "message"));
		fputc('\n', stderr);
	}
}

/* As much of a message as is text: it may have been cut off inside a character. */
static json_t *message_new(const char *message)
{
	size_t size = strlen(message);
	json_t *text = json_stringn(message, size);

	while (!text && size > 0)
		text = json_stringn(message, --size);
	return must(text);
}

enum exit_code complain(const struct invocation *invocation, enum exit_code code, const char *word,
	const json_t *details, const char *message)
{
	json_t *document;

	if (invocation->is_quiet)
		return code;
	terminal_give_back();
	fputs("signalctl: ", stderr);
	output_text(stderr, message);
	fputc('\n', stderr);
	print_details(details, message);
	if (!invocation->json)
		return code;
	document = must(json_pack("{s:b, s:{s:s, s:o, s:O*}}", "ok", 0, "error", "code", word, "message",
		message_new(message), "details", details));
	output_json(stdout, document);
	json_decref(document);
	return code;
}

enum exit_code complain_usage(const struct invocation *invocation, const char *format, ...)
{
	char message[MESSAGE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof message, format, arguments);
	va_end(arguments);
	return complain(invocation, EXIT_USAGE, "bad_request", NULL, message);
}

/* The exit code for a word of the table of error codes. */
static enum exit_code exit_code_of(const char *word)
{
	static const struct {
		const char *word;
		enum exit_code code;
	} codes[] = {
		{ "forbidden", EXIT_DENIED },
		{ "unauthenticated", EXIT_DENIED },
		{ "not_found", EXIT_MISSING },
		{ "invalid_params", EXIT_INVALID },
		{ "timeout", EXIT_TIMED_OUT },
	};

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		if (strcmp(codes[i].word, word) == 0)
			return codes[i].code;
	}
	return EXIT_FAILED;
}

static enum exit_code complain_answer(const struct invocation *invocation, const json_t *error)
{
	const json_t *data = json_object_get(error, "data");
	const char *word = member_text(data, "code");
	const json_t *line = json_object_get(data, "line");
	char message[MESSAGE_SIZE];

	if (line)
		snprintf(message, sizeof message, "%s (line %lld, column %lld)", member_text(error, "message"),
			(long long)json_integer_value(line),
			(long long)json_integer_value(json_object_get(data, "column")));
	else
		snprintf(message, sizeof message, "%s", member_text(error, "message"));
	return complain(invocation, exit_code_of(word), *word ? word : "failed", json_object_get(data, "details"),
		message);
}

static enum exit_code complain_unreachable(const struct invocation *invocation, int why)
{
	bool denied = why == EACCES || why == EPERM;
	char message[MESSAGE_SIZE];

	snprintf(message, sizeof message,
		denied ? "may not open %s: %s; be root, or in the socket's group"
		       : "cannot reach signalpyd at %s: %s; is it running? -s or SIGNALPY_SOCKET names another socket",
		invocation->socket, strerror(why));
	return complain(invocation, denied ? EXIT_DENIED : EXIT_UNREACHABLE, denied ? "forbidden" : "unavailable", NULL,
		message);
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

static bool is_answer(const json_t *message, long long number)
{
	const json_t *id = json_object_get(message, "id");

	return json_is_integer(id) ? json_integer_value(id) == number : json_object_get(message, "error") != NULL;
}

/* Waits for the answer to a request, handing on what comes before. */
static json_t *await(struct invocation *invocation, long long number, const struct listener *listener)
{
	json_t *message;

	while ((message = client_receive(invocation->client)) != NULL) {
		const char *method = json_string_value(json_object_get(message, "method"));

		if (!method && is_answer(message, number))
			return message;
		if (method && listener)
			listener->notified(listener->user, method, json_object_get(message, "params"));
		json_decref(message);
	}
	return NULL;
}

enum exit_code ask_listening(struct invocation *invocation, const char *method, json_t *params,
	const struct listener *listener, json_t **ret_result)
{
	enum exit_code code = EXIT_DONE;
	long long number;
	json_t *answer;

	if (!invocation->client)
		invocation->client = client_create(invocation->socket);
	if (!invocation->client) {
		json_decref(params);
		return complain_unreachable(invocation, errno);
	}
	number = client_send(invocation->client, method, params);
	json_decref(params);
	answer = number < 0 ? NULL : await(invocation, number, listener);
	if (!answer)
		code = complain(invocation, EXIT_UNREACHABLE, "unavailable", NULL,
			"signalpyd ended the connection before it answered");
	else if (json_object_get(answer, "error"))
		code = complain_answer(invocation, json_object_get(answer, "error"));
	else
		*ret_result = json_incref(must(json_object_get(answer, "result")));
	json_decref(answer);
	return code;
}

enum exit_code ask(struct invocation *invocation, const char *method, json_t *params, json_t **ret_result)
{
	return ask_listening(invocation, method, params, NULL, ret_result);
}

/* ---- options and arguments --------------------------------------------------------------------------------------- */

const char *option_value(const struct invocation *invocation, const char *name)
{
	const struct option *options = invocation->command->options;

	for (size_t i = 0; i < OPTIONS_MAX && options[i].name; i++) {
		if (strcmp(options[i].name, name) == 0)
			return invocation->values[i];
	}
	return NULL;
}

/* Whether word is this option; then *ret_value is what stands behind its = or its letter, NULL when nothing does. */
static bool is_option(const struct option *option, const char *word, const char **ret_value)
{
	size_t size = strlen(option->name);

	if (option->letter && word[0] == '-' && word[1] == option->letter) {
		*ret_value = word[FIRST_OPTION_VALUE] ? word + FIRST_OPTION_VALUE : NULL;
		return !*ret_value || option->value;
	}
	if (strncmp(word, "--", 2) != 0 || strncmp(word + 2, option->name, size) != 0)
		return false;
	word += 2 + size;
	*ret_value = *word == '=' ? word + 1 : NULL;
	return *word == '=' || *word == '\0';
}

static const struct option *find_option(const struct option *options, size_t most, const char *word,
	const char **ret_value)
{
	for (size_t i = 0; i < most && options[i].name; i++) {
		if (is_option(&options[i], word, ret_value))
			return &options[i];
	}
	return NULL;
}

static void set_global(struct invocation *invocation, const struct option *option, const char *value)
{
	if (option->value)
		invocation->socket = value;
	else if (strcmp(option->name, "json") == 0)
		invocation->json = true;
	else if (strcmp(option->name, "help") == 0)
		invocation->help = true;
	else
		invocation->version = true;
}

enum exit_code take_option(struct invocation *invocation, char *const **arguments)
{
	const struct option *own = invocation->command ? invocation->command->options : NULL;
	const char *word = **arguments, *value = NULL;
	const struct option *option = own ? find_option(own, OPTIONS_MAX, word, &value) : NULL;
	bool is_global = !option;

	if (is_global)
		option = find_option(global_options, OPTIONS_MAX, word, &value);
	if (!option)
		return EXIT_MISSING;
	++*arguments;
	if (!option->value && value)
		return complain_usage(invocation, "--%s takes no value", option->name);
	if (option->value && (value ? !*value : !**arguments || !***arguments))
		return complain_usage(invocation, "--%s needs a value: --%s %s", option->name, option->name,
			option->value);
	if (option->value && !value)
		value = *(*arguments)++;
	if (is_global)
		set_global(invocation, option, value);
	else
		invocation->values[option - own] = value ? value : "";
	return EXIT_DONE;
}

/* Whether every argument that must be there is. */
static enum exit_code check_arguments(const struct invocation *invocation)
{
	const struct argument *arguments = invocation->command->arguments;

	for (size_t i = 0; i < ARGUMENTS_MAX && arguments[i].label; i++) {
		if (!invocation->arguments[i] && !arguments[i].optional && !invocation->help)
			return complain_usage(invocation, "%s is missing: see signalctl %s%s%s --help",
				arguments[i].label, invocation->command->noun, invocation->command->verb ? " " : "",
				invocation->command->verb ? invocation->command->verb : "");
	}
	return EXIT_DONE;
}

/* A dash alone, and a negative number, are arguments. */
static bool looks_like_option(const char *word)
{
	return word[0] == '-' && word[1] && !isdigit((unsigned char)word[1]);
}

/* Whether what follows is left to the command: its arguments are there. One without any is told -- first, unless the
 * first word cannot be an option of its own. */
static bool begins_rest(const struct command *command, size_t count, bool options_end, const char *word)
{
	if (!command->rest || (count < ARGUMENTS_MAX && command->arguments[count].label))
		return false;
	return count > 0 || options_end || !looks_like_option(word);
}

enum exit_code take_arguments(struct invocation *invocation, char *const *words)
{
	const struct command *command = invocation->command;
	bool options_end = false;
	size_t count = 0;

	while (*words) {
		bool is_full = count == ARGUMENTS_MAX || !command->arguments[count].label;
		enum exit_code code = EXIT_DONE;

		if (begins_rest(command, count, options_end, *words))
			break;
		if (!options_end && strcmp(*words, "--") == 0) {
			options_end = true;
			words++;
		} else if (!options_end && looks_like_option(*words)) {
			code = take_option(invocation, &words);
		} else if (is_full) {
			return complain_usage(invocation, "%s is one argument too many", *words);
		} else {
			invocation->arguments[count++] = *words++;
		}
		if (code == EXIT_MISSING)
			return complain_usage(invocation, "there is no option %s here: see --help", *words);
		if (code != EXIT_DONE)
			return code;
	}
	invocation->rest = words;
	return check_arguments(invocation);
}

/* ---- running ----------------------------------------------------------------------------------------------------- */

/* An argument as the method takes it, or what is wrong with it, which has been told. */
static enum exit_code take_json(const struct invocation *invocation, const struct argument *argument, const char *given,
	json_t **ret_value)
{
	json_error_t wrong;
	json_t *value = json_loads(given, JSON_DECODE_ANY, &wrong);

	if (!value && argument->kind == ARGUMENT_JSON)
		return complain_usage(invocation, "%s is not valid: %s (column %d)", argument->label, wrong.text,
			wrong.column);
	*ret_value = value ? value : must(json_string(given));
	return EXIT_DONE;
}

static enum exit_code take_file(const struct invocation *invocation, const char *given, json_t **ret_value)
{
	char *whole = realpath(given, NULL);
	char message[MESSAGE_SIZE];

	if (!whole) {
		snprintf(message, sizeof message, "%s: %s", given, strerror(errno));
		return complain(invocation, EXIT_MISSING, "not_found", NULL, message);
	}
	*ret_value = must(json_string(whole));
	free(whole);
	return EXIT_DONE;
}

static enum exit_code take_argument(const struct invocation *invocation, const struct argument *argument,
	const char *given, json_t **ret_value)
{
	if (argument->kind == ARGUMENT_FILE)
		return take_file(invocation, given, ret_value);
	if (argument->kind != ARGUMENT_TEXT)
		return take_json(invocation, argument, given, ret_value);
	*ret_value = must(json_string(given));
	return EXIT_DONE;
}

enum exit_code params_of(const struct invocation *invocation, json_t **ret_params)
{
	const struct argument *arguments = invocation->command->arguments;
	json_t *params = must(json_object());

	for (size_t i = 0; i < ARGUMENTS_MAX && invocation->arguments[i]; i++) {
		json_t *value = NULL;
		enum exit_code code = take_argument(invocation, &arguments[i], invocation->arguments[i], &value);

		if (code != EXIT_DONE) {
			json_decref(params);
			return code;
		}
		json_object_set_new(params, arguments[i].parameter, value);
	}
	if (option_value(invocation, "reveal"))
		json_object_set_new(params, "reveal", json_true());
	*ret_params = params;
	return EXIT_DONE;
}

enum exit_code run_command(struct invocation *invocation)
{
	const struct command *command = invocation->command;
	json_t *params, *result;
	enum exit_code code;

	if (command->run)
		return command->run(invocation);
	code = params_of(invocation, &params);
	if (code == EXIT_DONE)
		code = ask(invocation, command->method, params, &result);
	if (code != EXIT_DONE)
		return code;
	if (invocation->json)
		output_json(stdout, result);
	else
		show(invocation, result);
	if (command->judge)
		code = command->judge(result);
	json_decref(result);
	return code;
}
