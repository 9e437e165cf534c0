/*
 * signalctl.h: what the files of signalctl share: the table of commands, and one invocation of one of them.
 *
 * signalctl lives for one command. Out of memory it says so and exits, so that nothing here answers NULL for that
 * reason.
 */
#ifndef DAEMON_SIGNALCTL_H
#define DAEMON_SIGNALCTL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_UNREACHABLE = 3,
	EXIT_DENIED = 4,
	EXIT_MISSING = 5,
	EXIT_INVALID = 6,
	EXIT_TIMED_OUT = 7
};

enum { OPTIONS_MAX = 6, ARGUMENTS_MAX = 2 };

struct client;
struct invocation;

/* --name, or --name VALUE when value, the word that stands for it in help, is not NULL. letter: -l, or 0. */
struct option {
	const char *name;
	char letter;
	const char *value;
	const char *about;
};

/* What a command's argument becomes: text as it is, a path made whole, JSON, or a value, which is JSON or else text. */
enum argument_kind { ARGUMENT_TEXT, ARGUMENT_FILE, ARGUMENT_JSON, ARGUMENT_VALUE };

/* label stands for it in help; parameter is that of the method. */
struct argument {
	const char *label, *parameter;
	enum argument_kind kind;
	bool optional;
};

/* A column of a listing: the title, and the member of each object that stands there, in one of these forms; extra: it
 * is left out where the terminal is too narrow. */
enum column_form { COLUMN_PLAIN, COLUMN_AGE, COLUMN_TIME, COLUMN_NAMES, COLUMN_PLUGIN };
struct column {
	const char *title, *member;
	enum column_form form;
	bool extra;
};

/*
 * A command, of one word (verb NULL) or two. Without run it calls method with its arguments and shows the result: as a
 * table of columns, else as print does, else all of it. judge, which may be NULL, tells the exit code from the result.
 * rest: what follows the last argument is left in invocation.rest, options too, and this stands for it in help. usual:
 * it is meant when there is no verb. The table ends with a NULL noun.
 */
struct command {
	const char *noun, *verb;
	const char *about;
	struct argument arguments[ARGUMENTS_MAX];
	struct option options[OPTIONS_MAX];
	const char *method;
	const struct column *columns; /* ends with a NULL title */
	void (*print)(const struct invocation *invocation, const json_t *result);
	enum exit_code (*judge)(const json_t *result);
	enum exit_code (*run)(struct invocation *invocation);
	const char *rest;
	bool usual;
};
extern const struct command commands[];
extern const struct option global_options[];

struct invocation {
	const struct command *command;
	const char *socket; /* path */
	bool json, help, version;
	bool is_quiet; /* says nothing about what goes wrong */
	const char *values[OPTIONS_MAX]; /* of the command's options; "" for one without a value, NULL when not given */
	const char *arguments[ARGUMENTS_MAX];
	const char *spelled; /* the words of a component's own command; NULL: it is called by its address */
	char *const *rest; /* ends with NULL */
	struct client *client;
};

/* The value of an option of the command; NULL when it was not given. */
const char *option_value(const struct invocation *invocation, const char *name);

/*
 * Takes the option at *arguments (and its value) if it is a global one or one of the command's, and moves *arguments
 * behind it. EXIT_MISSING, and nothing has been said, when there is no such option; EXIT_USAGE when its value is
 * missing.
 */
enum exit_code take_option(struct invocation *invocation, char *const **arguments);

/* Says what went wrong, on stderr and with --json on stdout, and answers code. word is of the table of error codes;
 * details, which may be NULL, is borrowed. */
enum exit_code complain(const struct invocation *invocation, enum exit_code code, const char *word,
	const json_t *details, const char *message);
enum exit_code complain_usage(const struct invocation *invocation, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Asks the daemon; params is stolen. EXIT_DONE and *ret_result, which the caller owns; or the failure, already told. */
enum exit_code ask(struct invocation *invocation, const char *method, json_t *params, json_t **ret_result);

/* As ask; notified(user, method, params) is told of what comes meanwhile. */
struct listener {
	void (*notified)(void *user, const char *method, const json_t *params);
	void *user;
};
enum exit_code ask_listening(struct invocation *invocation, const char *method, json_t *params,
	const struct listener *listener, json_t **ret_result);

/* A page that is shown again and again until interrupted, or q is typed: when events say that it may have changed, and
 * every so often. print is given the result of the method, which takes nothing. */
struct page {
	const char *method;
	void (*print)(FILE *out, void *user, const json_t *result);
	void *user;
	int64_t every_ms;
};
enum exit_code watch_page(struct invocation *invocation, const struct page *page);

/* Says so, and exits. */
_Noreturn void out_of_memory(void);

/* A json value that must be there. */
json_t *must(json_t *json);

/* The first size bytes of a text, which must be there; the caller frees them. */
char *copy_of(const char *text, size_t size);

/* The parameters of the command's method, from its arguments. */
enum exit_code params_of(const struct invocation *invocation, json_t **ret_params);

/* Shows a result as its command says. */
void show(const struct invocation *invocation, const json_t *result);

/* How some results are shown, and judged. */
void print_value(const struct invocation *invocation, const json_t *result);
void print_settings(const struct invocation *invocation, const json_t *result);
void print_report(const struct invocation *invocation, const json_t *result);
void print_outcome(const struct invocation *invocation, const json_t *result);
void print_metrics(const struct invocation *invocation, const json_t *result);
void print_why(const struct invocation *invocation, const json_t *result);
enum exit_code judge_report(const json_t *result);

/* The commands that are more than a call of a method. */
enum exit_code run_call(struct invocation *invocation);
enum exit_code run_prefixed(struct invocation *invocation, const char *prefix, const char *runnable);
enum exit_code run_prefix(struct invocation *invocation, const char *prefix);
enum exit_code run_status(struct invocation *invocation);
enum exit_code run_events(struct invocation *invocation);
enum exit_code run_graph(struct invocation *invocation);
enum exit_code run_trace(struct invocation *invocation);
enum exit_code run_version(struct invocation *invocation);
enum exit_code run_component_add(struct invocation *invocation);
enum exit_code run_component_set(struct invocation *invocation);
enum exit_code run_top(struct invocation *invocation);
enum exit_code run_logs(struct invocation *invocation);
enum exit_code run_config_edit(struct invocation *invocation);
enum exit_code run_mcp(struct invocation *invocation);
enum exit_code run_config_watch(struct invocation *invocation);
enum exit_code run_completion(struct invocation *invocation);
enum exit_code run_complete(struct invocation *invocation);

/* The shells that there is a completion for; ends with NULL. */
extern const char *const completion_shells[];

/* Shows help as it is wanted, a text or one JSON document: of the invocation's command, else of the commands of a noun,
 * else (NULL) of all of them. */
enum exit_code help(const struct invocation *invocation, const char *noun);

/* Help, for a person: of signalctl, of one command, and of the commands of one noun. */
void help_print_all(FILE *out);
void help_print_command(FILE *out, const struct command *command);
void help_print_noun(FILE *out, const char *noun);

#endif
