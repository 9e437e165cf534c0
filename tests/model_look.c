/* model_look.c: the picture of a kernel, from its listings and from what its components tell. */
#include <stdio.h>
#include <string.h>

#include "model_live.h"

static const char *text_of(const json_t *object, const char *member)
{
	const char *text = json_string_value(json_object_get(object, member));

	return text ? text : "";
}

static int number_of(const json_t *object, const char *member)
{
	return (int)json_integer_value(json_object_get(object, member));
}

/* Of some words the model knows only the beginning. */
static int reason_length(const char *reason)
{
	const char *colon = strncmp(reason, "configuration ", 14) == 0 ? strchr(reason, ':') : NULL;

	if (strncmp(reason, "waits in a cycle", 16) == 0)
		return 16;
	return colon ? (int)(colon - reason) + 2 : (int)strlen(reason);
}

static void add_reason(const char *reason, struct picture *picture)
{
	if (*reason)
		picture_add(picture, " (%.*s)", reason_length(reason), reason);
}

/* A name may belong to one that was removed and still stops and, already, to a later one: only that is found by it. */
static bool is_found_by_name(const json_t *components, size_t index)
{
	const char *name = text_of(json_array_get(components, index), "name");

	for (size_t i = index + 1; i < json_array_size(components); i++)
		if (strcmp(text_of(json_array_get(components, i), "name"), name) == 0)
			return false;
	return true;
}

static void add_ledger(struct live *live, const char *name, struct picture *picture)
{
	json_t *component = sp_kernel_component_new(live->kernel, name);
	const json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(component, "ledger"), i, entry)
		picture_add(picture, "%s%s", i ? " " : ", ledger ", text_of(entry, "kind"));
	json_decref(component);
}

static void add_instance(const json_t *component, struct picture *picture)
{
	const json_t *need, *name;
	size_t i, at;

	picture_add(picture, "instance %s %s", text_of(component, "name"), text_of(component, "state"));
	add_reason(text_of(component, "reason"), picture);
	picture_add(picture, ", in flight %d", number_of(component, "in_flight"));
	json_array_foreach(json_object_get(component, "requires"), i, need) {
		picture_add(picture, ", bound");
		json_array_foreach(json_object_get(need, "bound"), at, name)
			picture_add(picture, " %s", json_string_value(name));
	}
}

static void add_instances(struct live *live, struct picture *picture)
{
	json_t *components = sp_kernel_components_new(live->kernel);
	const json_t *component;
	size_t i;

	json_array_foreach(components, i, component) {
		add_instance(component, picture);
		if (is_found_by_name(components, i))
			add_ledger(live, text_of(component, "name"), picture);
		picture_add(picture, "\n");
	}
	json_decref(components);
}

static void note_bindings(const json_t *service, bool bound[NAMES][NAMES])
{
	unsigned provider = name_index(text_of(service, "instance"));
	const json_t *consumer;
	size_t i;

	json_array_foreach(json_object_get(service, "consumers"), i, consumer)
		bound[name_index(json_string_value(consumer))][provider] = true;
}

static void add_services(const json_t *services, const char *contract, struct picture *picture,
	bool bound[NAMES][NAMES])
{
	const json_t *service;
	size_t i;

	json_array_foreach(services, i, service) {
		if (strcmp(text_of(service, "contract"), contract) != 0)
			continue;
		picture_add(picture, "service %s %s %d\n", contract, text_of(service, "instance"),
			number_of(service, "ranking"));
		note_bindings(service, bound);
	}
}

static void add_registry(struct live *live, struct picture *picture)
{
	json_t *services = sp_kernel_services_new(live->kernel);
	bool bound[NAMES][NAMES] = { { false } };

	add_services(services, "IWord/1", picture, bound);
	add_services(services, "ITool/1", picture, bound);
	picture_add_bindings(picture, bound);
	json_decref(services);
}

static const struct told *told_of(unsigned name, unsigned generation)
{
	const struct told *told = parts.living;

	while (told && (told->name != name || told->generation != generation))
		told = told->next;
	return told;
}

/* What a body saw that is prepared, or is quiet already, is not compared: its effects do not run. */
static void add_bodies(const struct model *model, struct picture *picture)
{
	for (unsigned name = 0; name < NAMES; name++)
		for (unsigned generation = 1; generation <= parts.activations[name]; generation++) {
			const struct told *told = told_of(name, generation);

			if (!told)
				continue;
			picture_add(picture, "body %s#%u", instance_names[name], generation);
			if (model_is_awake(model, name, generation))
				picture_add(picture, " %s sees %s", told->values, told->services);
			picture_add(picture, "\n");
		}
}

/* What instances of that name became, in order; they may wait for a moment while others come up. */
static void add_states(const char *events, unsigned name, struct picture *picture)
{
	static const char *const lasting[] = { "active", "errored", "deactivating" };
	char start[80];

	snprintf(start, sizeof start, "component.state {\"instance\":\"%s\",", instance_names[name]);
	for (const char *at = strstr(events, start); at; at = strstr(at + 1, start)) {
		const char *to = strstr(at, "\"to\":\"") + 6;

		for (size_t i = 0; i < sizeof lasting / sizeof lasting[0]; i++)
			if (strncmp(to, lasting[i], strlen(lasting[i])) == 0)
				picture_add(picture, "%s ", lasting[i]);
	}
}

static void add_health(struct live *live, struct picture *picture)
{
	json_t *health = sp_kernel_health_new(live->kernel);
	const json_t *reason;
	size_t i;

	picture_add(picture, "kernel %s", text_of(health, "state"));
	json_array_foreach(json_object_get(health, "reasons"), i, reason) {
		const char *words = json_string_value(reason), *colon = strchr(words, ':');

		picture_add(picture, ", %.*s", (int)(colon - words), words);
		add_reason(colon + 2, picture);
	}
	picture_add(picture, "\n");
	json_decref(health);
}

/* Dead letters of handlers and publishers: how often an effect runs and fails is its own affair. */
static unsigned count_letters(struct live *live)
{
	json_t *letters = sp_kernel_dead_letters_new(live->kernel);
	unsigned count = 0;
	const json_t *letter;
	size_t i;

	json_array_foreach(letters, i, letter)
		count += strcmp(text_of(letter, "reason"), "effect_error") != 0;
	json_decref(letters);
	sp_kernel_dead_letters_purge(live->kernel);
	return count;
}

static void add_nodes(struct live *live, struct picture *picture)
{
	struct sp_graph_counts counts;

	sp_graph_count(sp_kernel_graph(live->kernel), &counts);
	picture_add(picture, "nodes %u, cleanups %u, letters %u\n", (unsigned)(counts.nodes - live->empty.nodes),
		parts.cleanups, count_letters(live));
}

static void add_plugin(const struct live_plugin *plugin, const char *name, struct picture *picture)
{
	json_t *facts_of = plugin->handle ? sp_plugin_inspect_new(plugin->handle) : NULL;

	if (facts_of)
		picture_add(picture, "plugin %s %s %s%s\n", text_of(facts_of, "name"), text_of(facts_of, "version"),
			text_of(facts_of, "state"),
			json_is_true(json_object_get(facts_of, "state_carried")) ? " carried" : "");
	picture_add(picture, "replaced %s %s\n", name, sp_status_word(plugin->replaced));
	json_decref(facts_of);
}

static void add_calls(const struct live *live, struct picture *picture)
{
	for (size_t i = 0; i < CALLS_MOST; i++) {
		const struct outcome *outcome = &live->outcomes[i];

		if (!outcome->used)
			continue;
		if (outcome->answered)
			picture_add(picture, "call %zu %s %d\n", i, sp_status_word(outcome->status),
				outcome->status == SP_OK ? (int)outcome->value : 0);
		else
			picture_add(picture, "call %zu %s\n", i, outcome->cancelled ? "cancelled" : "open");
	}
}

void live_picture(struct live *live, const struct model *model, struct picture *picture)
{
	const char *events = sp_testing_events(live->testing, true);

	picture->used = 0;
	picture_add(picture, "answered %s\n", sp_status_word(live->status));
	add_instances(live, picture);
	add_registry(live, picture);
	add_bodies(model, picture);
	for (unsigned name = 0; name < NAMES; name++) {
		picture_add(picture, "%s heard %s, became ", instance_names[name], parts.heard[name]);
		add_states(events, name, picture);
		picture_add(picture, "\n");
	}
	add_health(live, picture);
	add_nodes(live, picture);
	for (unsigned i = 0; i < PLUGINS; i++)
		add_plugin(&live->plugins[i], plugin_names[i], picture);
	for (unsigned i = 0; i < live->load_count; i++)
		if (!live->gone[i])
			picture_add(picture, "mapped %u\n", i);
	add_calls(live, picture);
	sp_testing_log(live->testing, true);
}
