/*
 * signalctl_complete.c: what may stand where a shell's cursor is: a command, an option, or a name that the daemon
 * knows.
 */
#include "signalctl.h"
#include "signalctl_invoke.h"
#include "signalctl_output.h"

#include <stdlib.h>
#include <string.h>

enum { CANDIDATE_SIZE = 256, DASHES = 2 };

/* One that may follow, with the reason to take it; printed if it begins as the word does that is being written. */
static void offer(const char *word, const char *candidate, const char *about)
{
	if (strncmp(word, candidate, strlen(word)) != 0 || !*candidate)
		return;
	output_text(stdout, candidate);
	if (about && *about) {
		putchar('\t');
		output_text(stdout, about);
	}
	putchar('\n');
}

static void offer_options(const char *word, const struct option *options)
{
	char candidate[CANDIDATE_SIZE];

	for (size_t i = 0; i < OPTIONS_MAX && options[i].name; i++) {
		snprintf(candidate, sizeof candidate, "--%s", options[i].name);
		offer(word, candidate, options[i].about);
	}
}

/* ---- names that the daemon knows --------------------------------------------------------------------------------- */

/* Where an argument's values come from: the members of a list's objects, or with a NULL member the keys of an
 * object. */
struct source {
	const char *noun, *label; /* of the command, and of its argument */
	const char *method, *member, *about;
};

static const struct source sources[] = {
	{ "call", "ADDRESS", "runnable.list", "address", "about" },
	{ "runnable", "ADDRESS", "runnable.list", "address", "about" },
	{ "plugin", "NAME", "plugin.list", "name", "version" },
	{ "component", "NAME", "component.list", "name", "about" },
	{ "component", "COMPONENT", "component.list", "component", "plugin" },
	{ "config", "PATH", "config.show", NULL, "origin" },
	{ "deadletters", "ID", "deadletter.list", "id", "type" },
};

static void offer_value(const char *word, const json_t *value, const char *about)
{
	char number[CANDIDATE_SIZE];

	snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
	offer(word, json_is_integer(value) ? number : json_is_string(value) ? json_string_value(value) : "", about);
}

/* Whether the item before in the list has the same value, which need not be said twice. */
static bool is_repeated(const json_t *list, size_t i, const char *member)
{
	const json_t *before = i > 0 ? json_object_get(json_array_get(list, i - 1), member) : NULL;

	return before && json_equal(before, json_object_get(json_array_get(list, i), member));
}

static void offer_known(struct invocation *invocation, const char *word, const struct source *source)
{
	const json_t *item;
	const char *key;
	json_t *known, *entry;
	size_t i;

	if (ask(invocation, source->method, NULL, &known) != EXIT_DONE)
		return;
	json_array_foreach(known, i, item) {
		if (!is_repeated(known, i, source->member))
			offer_value(word, json_object_get(item, source->member), member_text(item, source->about));
	}
	json_object_foreach(known, key, entry)
		offer(word, key, member_text(entry, source->about));
	json_decref(known);
}

static void offer_argument(struct invocation *invocation, const char *word, const char *label)
{
	const char *noun = invocation->command->noun;

	if (strcmp(label, "SHELL") == 0) {
		for (const char *const *shell = completion_shells; *shell; shell++)
			offer(word, *shell, NULL);
	}
	for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
		if (strcmp(sources[i].noun, noun) == 0 && strcmp(sources[i].label, label) == 0)
			offer_known(invocation, word, &sources[i]);
	}
}

/* ---- a runnable's parameters ------------------------------------------------------------------------------------- */

static bool is_boolean(const json_t *property)
{
	return strcmp(member_text(property, "type"), "boolean") == 0;
}

static void dashed(char *candidate, const char *before, const char *name)
{
	snprintf(candidate, CANDIDATE_SIZE, "--%s%s", before, name);
	for (char *at = candidate; *at; at++)
		*at = *at == '_' ? '-' : *at;
}

static void offer_flags(const char *word, const json_t *properties)
{
	char candidate[CANDIDATE_SIZE];
	const char *name;
	json_t *property;

	json_object_foreach((json_t *)properties, name, property) {
		dashed(candidate, "", name);
		offer(word, candidate, member_text(property, "description"));
		dashed(candidate, "no-", name);
		if (is_boolean(property))
			offer(word, candidate, NULL);
	}
}

/* The parameter whose value is being written: the one of the flag just before; NULL when there is none. */
static const json_t *find_valued(const json_t *properties, const char *before)
{
	char candidate[CANDIDATE_SIZE];
	const char *name;
	json_t *property;

	json_object_foreach((json_t *)properties, name, property) {
		dashed(candidate, "", name);
		if (!is_boolean(property) && before && strncmp(before, "--", DASHES) == 0 &&
			(strcmp(candidate, before) == 0 || strcmp(name, before + DASHES) == 0))
			return property;
	}
	return NULL;
}

static void offer_choices(const char *word, const json_t *property)
{
	const json_t *items = json_object_get(property, "items"), *choice;
	size_t i;

	json_array_foreach(json_object_get(items ? items : property, "enum"), i, choice)
		offer_value(word, choice, NULL);
}

static const char *last_of(char *const *words)
{
	while (*words && words[1])
		words++;
	return *words;
}

/* Behind the address of a runnable, where before stands last. */
static void offer_parameters(struct invocation *invocation, const char *address, const char *before, const char *word)
{
	const json_t *properties, *valued;
	json_t *shown;

	if (ask(invocation, "runnable.show", must(json_pack("{s:s}", "address", address)), &shown) != EXIT_DONE)
		return;
	properties = json_object_get(json_object_get(shown, "params"), "properties");
	valued = find_valued(properties, before);
	if (valued) {
		offer_choices(word, valued);
	} else {
		offer_flags(word, properties);
		offer_options(word, invocation->command->options);
	}
	json_decref(shown);
}

/* ---- commands ---------------------------------------------------------------------------------------------------- */

static bool is_first_of_noun(const struct command *command)
{
	return command == commands || strcmp(command[-1].noun, command->noun) != 0;
}

static void offer_nouns(struct invocation *invocation, const char *word)
{
	static const struct source prefixes = { NULL, NULL, "runnable.list", "cli", "component" };

	for (const struct command *command = commands; command->noun; command++) {
		if (is_first_of_noun(command))
			offer(word, command->noun, command->verb ? NULL : command->about);
	}
	if (*word != '-')
		offer_known(invocation, word, &prefixes);
}

static void offer_verbs(const char *noun, const char *word)
{
	for (const struct command *command = commands; command->noun; command++) {
		if (command->verb && strcmp(command->noun, noun) == 0)
			offer(word, command->verb, command->about);
	}
}

/* The words of a component that has a command of its own: its runnables, then the parameters of one. */
static void offer_prefixed(struct invocation *invocation, char *const *words, const char *word)
{
	char *const as_call[] = { "call", NULL }, *const *call = as_call;
	const json_t *exposed;
	json_t *list;
	size_t i;

	find_command(invocation, &call);
	if (ask(invocation, "runnable.list", NULL, &list) != EXIT_DONE)
		return;
	json_array_foreach(list, i, exposed) {
		if (strcmp(member_text(exposed, "cli"), words[0]) != 0)
			continue;
		if (!words[1])
			offer(word, member_text(exposed, "runnable"), member_text(exposed, "about"));
		else if (strcmp(member_text(exposed, "runnable"), words[1]) == 0)
			offer_parameters(invocation, member_text(exposed, "address"), last_of(words), word);
	}
	json_decref(list);
}

/* The words behind a command, as far as they are written. */
static void offer_behind(struct invocation *invocation, char *const *words, const char *word)
{
	const struct argument *arguments = invocation->command->arguments;
	size_t count = 0;

	while (*words && (count < ARGUMENTS_MAX && arguments[count].label)) {
		if ((*words)[0] != '-')
			invocation->arguments[count++] = *words++;
		else if (take_option(invocation, &words) != EXIT_DONE)
			return;
	}
	if (strcmp(invocation->command->noun, "call") == 0 && count > 0) {
		offer_parameters(invocation, invocation->arguments[0], last_of(words), word);
	} else if (*word != '-' && count < ARGUMENTS_MAX && arguments[count].label) {
		offer_argument(invocation, word, arguments[count].label);
	} else if (*word == '-') {
		offer_options(word, invocation->command->options);
	}
}

static void complete(struct invocation *invocation, char *const *words, const char *word)
{
	const char *noun;

	invocation->command = NULL;
	while (*words && (*words)[0] == '-') {
		if (take_option(invocation, &words) != EXIT_DONE)
			return;
	}
	if (*word == '-')
		offer_options(word, global_options);
	noun = *words;
	if (!noun) {
		offer_nouns(invocation, word);
		return;
	}
	if (!words[1])
		offer_verbs(noun, word);
	if (find_command(invocation, &words))
		offer_behind(invocation, words, word);
	else if (!is_noun(noun))
		offer_prefixed(invocation, words, word);
}

enum exit_code run_complete(struct invocation *invocation)
{
	size_t count = 0;
	char **words;

	while (invocation->rest[count])
		count++;
	if (count == 0)
		return complain_usage(invocation, "which words? The last is the one to complete, and may be empty");
	words = calloc(count, sizeof *words);
	if (!words)
		out_of_memory();
	memcpy(words, invocation->rest, (count - 1) * sizeof *words);
	invocation->is_quiet = true;
	complete(invocation, words, invocation->rest[count - 1]);
	free(words);
	return EXIT_DONE;
}
