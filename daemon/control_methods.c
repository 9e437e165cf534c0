/*
 * control_methods.c: from the name of a method and the text of its parameters to a struct and the function that takes
 * it.
 */
#include "control_methods.h"

#include <signalpy/record.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

static const struct control_method *const tables[] = { control_methods_runnables, control_methods_kernel,
	control_methods_plugins, control_methods_components, control_methods_configuration, control_methods_events,
	control_methods_dead_letters, control_methods_graph, control_methods_log, control_methods_metrics,
	control_methods_conversations, control_methods_rpc };

void control_methods_each(bool (*visit)(void *user, const struct control_method *method), void *user)
{
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
		for (const struct control_method *method = tables[i]; method->name; method++) {
			if (!visit(user, method))
				return;
		}
	}
}

struct search {
	struct span name;
	const struct control_method *found;
};

static bool is_searched(void *user, const struct control_method *method)
{
	struct search *search = user;

	if (span_is(search->name, method->name))
		search->found = method;
	return !search->found;
}

/* ---- parameters -------------------------------------------------------------------------------------------------- */

/* Memory for what a struct of parameters holds, freed when the method has returned. */
struct scrap {
	struct scrap *next;
	alignas(max_align_t) char memory[];
};

static void *scrap_allocate(void *user, size_t size)
{
	struct scrap **scraps = user;
	struct scrap *scrap = calloc(1, sizeof *scrap + size);

	if (!scrap)
		return NULL;
	scrap->next = *scraps;
	*scraps = scrap;
	return scrap->memory;
}

static void scraps_free(struct scrap *scraps)
{
	while (scraps) {
		struct scrap *next = scraps->next;

		free(scraps);
		scraps = next;
	}
}

static void refuse_params(struct exchange *exchange, const struct control_method *method, sp_status status,
	json_t *faults)
{
	const json_t *first = json_array_get(faults, 0);
	const char *pointer = json_string_value(json_object_get(first, "pointer"));
	const char *message = json_string_value(json_object_get(first, "message"));
	struct sp_error text = { 0 };
	struct failure failure = { .code = exchange_code(status),
		.word = sp_status_word(status),
		.message = text.message,
		.details = faults };

	if (status != SP_INVALID)
		sp_error_set(&text, status, "%s could not read its parameters", method->name);
	else
		sp_error_set(&text, status, "%s: %s: %s", method->name, pointer && *pointer ? pointer : "parameters",
			message ? message : "not valid");
	exchange_fail_with(exchange, &failure);
}

static void run_with(const struct control_method *method, struct exchange *exchange, const json_t *params)
{
	struct scrap *scraps = NULL;
	json_t *faults = NULL;
	const struct sp_fill fill = { .allocate = scrap_allocate, .user = &scraps, .ret_faults = &faults };
	void *value = scrap_allocate(&scraps, method->takes->size);
	sp_status status = value ? sp_record_fill(method->takes, params, &fill, value) : SP_NO_MEMORY;

	if (status == SP_OK)
		method->run(exchange, value);
	else
		refuse_params(exchange, method, status, faults);
	json_decref(faults);
	scraps_free(scraps);
}

struct nothing_taken {
	char unused;
};
static const struct sp_record nothing_record = { sizeof(struct sp_record), sizeof(struct nothing_taken), "nothing",
	(const struct sp_field *const[]){ NULL } };

/* An empty array has no parameters either; many libraries write them so. NULL and *wrong when they cannot be read. */
static json_t *params_new(struct span params, json_error_t *wrong)
{
	json_t *json = params.size > 0 ? json_loadb(params.at, params.size, 0, wrong) : json_object();

	if (!json_is_array(json) || json_array_size(json) > 0)
		return json;
	json_decref(json);
	return json_object();
}

static void run_parsed(const struct control_method *method, struct exchange *exchange, struct span params)
{
	struct control_method taking = *method;
	json_error_t wrong = { .text = "out of memory" };
	json_t *json = params_new(params, &wrong);

	if (!taking.takes)
		taking.takes = &nothing_record;
	if (!json)
		exchange_fail(exchange, SP_INVALID, "%s: the parameters cannot be read: %s", method->name, wrong.text);
	else if (!json_is_object(json))
		exchange_fail(exchange, SP_INVALID, "%s takes its parameters by name: \"params\" must be an object",
			method->name);
	else
		run_with(&taking, exchange, json);
	json_decref(json);
}

static void refuse_name(struct exchange *exchange, struct span name)
{
	struct sp_error text = { 0 };
	const struct failure failure = { .code = JSONRPC_METHOD_NOT_FOUND,
		.word = sp_status_word(SP_NOT_FOUND),
		.message = text.message };

	sp_error_set(&text, SP_NOT_FOUND, "there is no method %.*s: rpc.discover lists them",
		(int)(name.size < 80 ? name.size : 80), name.at);
	exchange_fail_with(exchange, &failure);
}

static void refuse_peer(struct exchange *exchange, const struct control_method *method, const struct peer *peer)
{
	log_printf(exchange_control(exchange)->options.log, SP_WARNING, "control: %s was refused %s", peer->name,
		method->name);
	exchange_fail(exchange, SP_FORBIDDEN, "%s is for root and the user signalpyd runs as; you are %s", method->name,
		peer->name);
}

void control_method_run(struct exchange *exchange, struct span name, struct span params)
{
	const struct peer *peer = connection_peer(exchange_connection(exchange));
	struct search search = { name, NULL };
	const struct control_method *method;

	control_methods_each(is_searched, &search);
	method = search.found;
	if (!method) {
		refuse_name(exchange, name);
		return;
	}
	if (peer->level < method->level) {
		refuse_peer(exchange, method, peer);
		return;
	}
	if (method->level == PEER_MAY_ALL)
		log_printf(exchange_control(exchange)->options.log, SP_INFO, "control: %s by %s (process %ld)",
			method->name, peer->name, (long)peer->pid);
	if (!method->raw || !method->raw(exchange, params))
		run_parsed(method, exchange, params);
}
