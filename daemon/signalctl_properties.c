/*
 * signalctl_properties.c: commands that give an instance properties, written KEY=VALUE.
 */
#include "signalctl.h"
#include "signalctl_output.h"

#include <string.h>

/* A value is JSON, or else text. */
static enum exit_code take_property(const struct invocation *invocation, const char *word, json_t *properties)
{
	const char *equals = strchr(word, '=');
	json_t *value;

	if (!equals || equals == word)
		return complain_usage(invocation, "%s is no property: write KEY=VALUE", word);
	value = json_loads(equals + 1, JSON_DECODE_ANY, NULL);
	if (!value)
		value = must(json_string(equals + 1));
	if (json_object_setn_new(properties, word, (size_t)(equals - word), value) != 0)
		return complain_usage(invocation, "%s is not UTF-8", word);
	return EXIT_DONE;
}

static enum exit_code take_words(struct invocation *invocation, json_t *properties)
{
	char *const *words = invocation->rest;
	enum exit_code code = EXIT_DONE;

	while (code == EXIT_DONE && *words) {
		if (**words != '-') {
			code = take_property(invocation, *words++, properties);
			continue;
		}
		code = take_option(invocation, &words);
		if (code == EXIT_MISSING)
			return complain_usage(invocation, "there is no option %s here: see --help", *words);
	}
	return code;
}

/* What became of an instance shows in the next turn of the daemon's loop: it is asked for once more. */
static enum exit_code look_again(struct invocation *invocation, json_t **result)
{
	json_t *params = must(json_pack("{s:O}", "name", must(json_object_get(*result, "name"))));

	json_decref(*result);
	return ask(invocation, "component.show", params, result);
}

static enum exit_code send(struct invocation *invocation, const char *method, json_t *properties)
{
	json_t *params, *result;
	enum exit_code code = params_of(invocation, &params);

	if (code != EXIT_DONE)
		return code;
	json_object_set(params, "properties", properties);
	code = ask(invocation, method, params, &result);
	if (code == EXIT_DONE)
		code = look_again(invocation, &result);
	if (code != EXIT_DONE)
		return code;
	if (invocation->json)
		output_json(stdout, result);
	else
		show(invocation, result);
	json_decref(result);
	return EXIT_DONE;
}

static enum exit_code run(struct invocation *invocation, const char *method, bool needed)
{
	json_t *properties = must(json_object());
	enum exit_code code = take_words(invocation, properties);

	if (code == EXIT_DONE && invocation->help)
		help(invocation, NULL);
	else if (code == EXIT_DONE && needed && json_object_size(properties) == 0)
		code = complain_usage(invocation, "KEY=VALUE is missing: see signalctl component set --help");
	else if (code == EXIT_DONE)
		code = send(invocation, method, properties);
	json_decref(properties);
	return code;
}

enum exit_code run_component_add(struct invocation *invocation)
{
	return run(invocation, "component.instantiate", false);
}

enum exit_code run_component_set(struct invocation *invocation)
{
	return run(invocation, "component.set", true);
}
