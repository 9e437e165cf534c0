/* model_live.c: does to a kernel what the model only thinks of. */
#include "model_live.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "graph_kit.h"

void live_begin(struct live *live)
{
	*live = (struct live){ .testing = sp_testing_create(NULL) };
	ck_assert_ptr_nonnull(live->testing);
	live->kernel = sp_testing_kernel(live->testing);
	live_restart(live);
	live_hold(live, &live->empty);
}

void live_end(struct live *live)
{
	sp_testing_destroy(live->testing);
}

void live_restart(struct live *live)
{
	parts = (struct parts){ 0 };
	memset(live->plugins, 0, sizeof live->plugins);
	memset(live->gone, 0, sizeof live->gone);
	memset(live->outcomes, 0, sizeof live->outcomes);
	memset(live->settings, 0, sizeof live->settings);
	for (unsigned i = 0; i < NAMES; i++)
		live->settings[i].limit = -1;
	live->load_count = 0;
	live->muzzled = false;
	live->numbers = 0;
	ck_assert_int_eq(sp_kernel_configure(live->kernel, json_object(), NULL), SP_OK);
	sp_testing_turn(live->testing);
}

/* ---- plugins ----------------------------------------------------------------------------------------------------- */

static void note_gone(void *gone)
{
	ck_assert(!*(bool *)gone);
	*(bool *)gone = true;
}

static struct sp_plugin_origin origin_of(struct live *live)
{
	return (struct sp_plugin_origin){ .struct_size = sizeof(struct sp_plugin_origin),
		.path = "/where/it/lay.so",
		.gone = note_gone,
		.user = &live->gone[live->load_count] };
}

static sp_status add(struct live *live, const struct operation *operation)
{
	struct sp_plugin_origin origin = origin_of(live);
	sp_status status = sp_kernel_add(live->kernel, version_plugin(operation->who, (unsigned)operation->value),
		&origin, &live->plugins[operation->who].handle, NULL);

	live->load_count += status == SP_OK;
	return status;
}

static sp_status remove_plugin(struct live_plugin *plugin)
{
	if (!plugin->handle)
		return SP_NOT_FOUND;
	sp_kernel_remove(plugin->handle);
	plugin->handle = NULL;
	return SP_OK;
}

static void note_replaced(void *user, sp_status status, const struct sp_error *error, sp_plugin_handle *now)
{
	struct live_plugin *plugin = user;

	ck_assert_int_eq(plugin->replaced, SP_LATER);
	ck_assert((status == SP_OK) == (error == NULL));
	plugin->replaced = status;
	if (plugin->handle) /* it was not removed meanwhile */
		plugin->handle = now;
}

static sp_status replace(struct live *live, const struct operation *operation)
{
	struct live_plugin *plugin = &live->plugins[operation->who];
	struct sp_replacement how = { .struct_size = sizeof how,
		.descriptor = version_plugin(operation->who, (unsigned)operation->value),
		.origin = origin_of(live),
		.done = note_replaced,
		.user = plugin };
	sp_status status = plugin->handle ? sp_kernel_replace(plugin->handle, &how, NULL) : SP_NOT_FOUND;

	if (status != SP_OK)
		return status;
	plugin->replaced = SP_LATER;
	live->load_count++;
	return status;
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

static void note_answer(void *user, const struct sp_answer *answer)
{
	struct outcome *outcome = user;

	ck_assert(outcome->used && !outcome->answered && !outcome->cancelled);
	outcome->answered = true;
	outcome->ticket = NULL;
	outcome->status = answer->status;
	outcome->value = json_integer_value(json_object_get(answer->data, "value"));
}

static void write_parameters(const struct operation *operation, size_t slot, char *text, size_t size)
{
	text[0] = '\0';
	if (operation->kind == SPEAK)
		snprintf(text, size, "{\"value\": \"%s\"}", languages[operation->value]);
	else if (operation->kind != KEEP && operation->kind != DROP)
		snprintf(text, size, "{\"value\": %d}", operation->kind == OPEN ? (int)slot : operation->value);
}

static void call(struct live *live, const struct operation *operation)
{
	const struct sp_gateway *gateway = sp_kernel_gateway(live->kernel);
	char address[40], parameters[40];
	size_t slot = 0;

	while (slot < CALLS_MOST && live->outcomes[slot].used)
		slot++;
	if (slot == CALLS_MOST)
		return;
	live->outcomes[slot] = (struct outcome){ .used = true };
	snprintf(address, sizeof address, "%s.%s", instance_names[operation->who], operation_runnable(operation));
	write_parameters(operation, slot, parameters, sizeof parameters);
	gateway->call(gateway,
		&(struct sp_request){ .struct_size = sizeof(struct sp_request),
			.address = address,
			.params = { parameters, strlen(parameters) },
			.done = note_answer,
			.user = &live->outcomes[slot] },
		&live->outcomes[slot].ticket);
}

static void finish(unsigned slot)
{
	sp_call *waiting = parts.waiting[slot];

	parts.waiting[slot] = NULL;
	if (waiting)
		sp_finish(waiting, SP_OK);
}

static void cancel(struct live *live, struct outcome *outcome)
{
	const struct sp_gateway *gateway = sp_kernel_gateway(live->kernel);

	if (!outcome->used || outcome->answered || outcome->cancelled)
		return;
	outcome->cancelled = true;
	gateway->cancel(gateway, outcome->ticket);
}

static void forget_calls(struct live *live)
{
	for (size_t i = 0; i < CALLS_MOST; i++)
		if (!parts.waiting[i] && (live->outcomes[i].answered || live->outcomes[i].cancelled))
			live->outcomes[i].used = false;
}

/* ---- settings and events ----------------------------------------------------------------------------------------- */

static json_t *section_new(const struct setting *setting)
{
	json_t *section = json_object();

	if (setting->limit >= 0)
		json_object_set_new(section, "limit", json_integer(setting->limit));
	if (setting->fault != fault_none)
		json_object_set_new(section, "fault", json_string(fault_choices[setting->fault]));
	return section;
}

static json_t *tree_new(const struct live *live)
{
	json_t *tree = json_object(), *components = json_object();

	for (unsigned i = 0; i < NAMES; i++)
		json_object_set_new(components, instance_names[i], section_new(&live->settings[i]));
	json_object_set_new(tree, "components", components);
	if (live->muzzled)
		json_object_set_new(tree, "policy", json_pack("{s:{s:[s]}}", "fred", "publish", "nothing.*"));
	return tree;
}

static sp_status configure(struct live *live, const struct operation *operation)
{
	struct live before = *live;
	sp_status status;

	if (operation->kind == SET_LIMIT)
		live->settings[operation->who].limit = operation->value;
	else if (operation->kind == SET_FAULT)
		live->settings[operation->who].fault = (enum fault)operation->value;
	else
		live->muzzled = operation->value;
	status = sp_kernel_configure(live->kernel, tree_new(live), NULL);
	if (status == SP_OK)
		return status;
	memcpy(live->settings, before.settings, sizeof before.settings);
	live->muzzled = before.muzzled;
	return status;
}

static sp_status act(struct live *live, const struct operation *operation)
{
	switch (operation->kind) {
	case ADD:
		return add(live, operation);
	case REMOVE:
		return remove_plugin(&live->plugins[operation->who]);
	case REPLACE:
		return replace(live, operation);
	case ANSWER:
		finish(operation->who);
		return SP_OK;
	case CANCEL:
		cancel(live, &live->outcomes[operation->who]);
		return SP_OK;
	case SET_LIMIT:
	case SET_FAULT:
	case MUZZLE:
		return configure(live, operation);
	case PUBLISH:
		return sp_kernel_publish(live->kernel, event_types[operation->who],
			json_pack("{s:i}", "number", ++live->numbers));
	case ADVANCE:
		sp_testing_advance(live->testing, operation->value);
		return SP_OK;
	case RETRY:
		return sp_kernel_retry(live->kernel, instance_names[operation->who], NULL);
	default:
		call(live, operation);
		return SP_OK;
	}
}

void live_perform(struct live *live, const struct operation *operation)
{
	memset(parts.heard, 0, sizeof parts.heard);
	forget_calls(live);
	live->status = act(live, operation);
	sp_testing_turn(live->testing);
}

/* ---- what it holds ----------------------------------------------------------------------------------------------- */

enum { DESCRIPTORS_MOST = 256 };

static size_t count_descriptors(void)
{
	size_t count = 0;

	for (int i = 0; i < DESCRIPTORS_MOST; i++)
		count += fcntl(i, F_GETFD) >= 0;
	return count;
}

static size_t count_items(json_t *list)
{
	size_t count = json_array_size(list);

	ck_assert_ptr_nonnull(list);
	json_decref(list);
	return count;
}

void live_hold(struct live *live, struct holdings *ret_holdings)
{
	struct sp_graph_counts counts;

	sp_kernel_dead_letters_purge(live->kernel);
	for (unsigned i = 0; i < 2; i++) { /* what was given last is kept until the next time */
		sp_testing_events(live->testing, true);
		sp_testing_log(live->testing, true);
	}
	sp_graph_count(sp_kernel_graph(live->kernel), &counts);
	*ret_holdings = (struct holdings){ .nodes = counts.nodes,
		.edges = counts.edges,
		.instances = count_items(sp_kernel_components_new(live->kernel)),
		.services = count_items(sp_kernel_services_new(live->kernel)),
		.descriptors = count_descriptors(),
		.memory = counted_memory() };
}
