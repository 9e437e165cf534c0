/* model_picture.c: the model's picture: what can be seen of its state, line by line. */
#include "model_expected.h"

#include <string.h>

static const char *const contract_words[CONTRACTS] = { "IWord/1", "ITool/1" };

static const char *const state_words[] = { "discovered", "waiting", "active", "errored", "deactivating" };

/* ---- cycles (R-CM-3) --------------------------------------------------------------------------------------------- */

static bool is_offered_outside(const struct model *model, enum contract contract)
{
	for (size_t i = 0; i < model->count; i++) {
		const struct instance *instance = model->order[i];

		if (kind_facts[instance->kind].provides[contract] && !instance->removed && !instance->in_cycle)
			return true;
	}
	return false;
}

static struct instance *first_inside(const struct model *model, enum contract contract)
{
	for (size_t i = 0; i < model->count; i++)
		if (kind_facts[model->order[i]->kind].provides[contract] && model->order[i]->in_cycle)
			return model->order[i];
	return NULL;
}

/* Whether all that the instance misses is offered inside the set alone. */
static bool belongs(const struct model *model, const struct instance *instance)
{
	const struct facts *of = &kind_facts[instance->kind];

	for (size_t i = 0; i < of->need_count; i++) {
		const struct kind_need *need = &of->needs[i];

		if (need->shape != ONE || model_somebody_meets(model, need))
			continue;
		if (is_offered_outside(model, need->contract) || !first_inside(model, need->contract))
			return false;
	}
	return true;
}

static bool is_around(const struct model *model, const struct instance *start)
{
	const struct instance *at = start;

	for (size_t steps = 0; at && steps <= model->count; steps++) {
		const struct kind_need *missing = model_instance_misses(model, at);

		at = missing ? first_inside(model, missing->contract) : NULL;
		if (at == start)
			return true;
	}
	return false;
}

/* Of those that wait, leaves in_cycle set for those that wait for each other. */
static void find_cycles(struct model *model)
{
	bool around[INSTANCES_MOST] = { false };
	bool changed = true;

	for (size_t i = 0; i < model->count; i++)
		model->order[i]->in_cycle = model->order[i]->state == WAITING && !model->order[i]->removed;
	while (changed) {
		changed = false;
		for (size_t i = 0; i < model->count; i++)
			if (model->order[i]->in_cycle && !belongs(model, model->order[i])) {
				model->order[i]->in_cycle = false;
				changed = true;
			}
	}
	for (size_t i = 0; i < model->count; i++)
		around[i] = model->order[i]->in_cycle && is_around(model, model->order[i]);
	for (size_t i = 0; i < model->count; i++)
		model->order[i]->in_cycle = around[i];
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

static unsigned calls_inside(const struct model *model, const struct body *body)
{
	unsigned count = 0;

	for (size_t i = 0; i < CALLS_MOST; i++)
		count += model->calls[i].used && model->calls[i].inside && model->calls[i].body == body;
	return count;
}

static void add_reason(const struct model *model, const struct instance *instance, struct picture *picture)
{
	const struct kind_need *missing = instance->state == WAITING ? model_instance_misses(model, instance) : NULL;

	if (instance->in_cycle)
		picture_add(picture, " (waits in a cycle)");
	else if (missing)
		picture_add(picture, " (waits for %s)", contract_words[missing->contract]);
	else if (instance->state == ERRORED)
		picture_add(picture, " (%s)", instance->error);
	else if (instance->body && instance->body->ailing)
		picture_add(picture, " (deliberate)");
}

/* A body keeps its own requirements while it stops, though its instance may be of another version by now. */
static void add_instance(const struct model *model, const struct instance *instance, struct picture *picture)
{
	const struct body *body = instance->body;
	const struct facts *of = &kind_facts[body ? body->kind : instance->kind];

	picture_add(picture, "instance %s %s", instance_names[instance->name], state_words[instance->state]);
	add_reason(model, instance, picture);
	picture_add(picture, ", in flight %u", body ? calls_inside(model, body) : 0);
	for (size_t need = 0; need < of->need_count; need++) {
		picture_add(picture, ", bound");
		for (size_t i = 0; body && i < body->views[need].count; i++)
			picture_add(picture, " %s", instance_names[body->views[need].shown[i]->name]);
	}
	if (body && !instance->removed)
		picture_add(picture, ", ledger cleanup%s", body->leased ? " lease" : "");
	picture_add(picture, "\n");
}

static bool comes_before(const struct body *left, const struct body *right)
{
	return left->ranking < right->ranking || (left->ranking == right->ranking && left->age < right->age);
}

static void add_services(const struct model *model, enum contract contract, struct picture *picture)
{
	const struct body *sorted[BODIES_MOST];
	size_t count = 0;

	for (size_t i = 0; i < model->body_count; i++) {
		size_t place = count;

		if (!kind_facts[model->body_order[i]->kind].provides[contract])
			continue;
		for (; place > 0 && comes_before(model->body_order[i], sorted[place - 1]); place--)
			sorted[place] = sorted[place - 1];
		sorted[place] = model->body_order[i];
		count++;
	}
	for (size_t i = 0; i < count; i++)
		picture_add(picture, "service %s %s %d\n", contract_words[contract], instance_names[sorted[i]->name],
			(int)sorted[i]->ranking);
}

static void note_bindings(const struct body *body, bool bound[NAMES][NAMES])
{
	for (size_t need = 0; need < kind_facts[body->kind].need_count; need++)
		for (size_t at = 0; at < body->views[need].count; at++)
			bound[body->name][body->views[need].shown[at]->name] = true;
	if (body->leased)
		bound[body->name][body->leased->name] = true;
}

static void add_bindings(const struct model *model, struct picture *picture)
{
	bool bound[NAMES][NAMES] = { { false } };

	for (size_t i = 0; i < model->body_count; i++)
		note_bindings(model->body_order[i], bound);
	picture_add_bindings(picture, bound);
}

static const struct body *first_of(const struct view *view, const char *language)
{
	for (size_t i = 0; i < view->count; i++)
		if (view->shown[i]->language && strcmp(view->shown[i]->language, language) == 0)
			return view->shown[i];
	return NULL;
}

static void add_who(const struct body *body, struct picture *picture)
{
	if (body)
		picture_add(picture, "%s#%u ", instance_names[body->name], body->generation);
	else
		picture_add(picture, "- ");
}

/* What its effect sees of one need: of a map how many there are, and who speaks which language. */
static void add_seen(const struct view *view, enum shape shape, struct picture *picture)
{
	if (shape == MAP) {
		picture_add(picture, "of %zu ", view->count);
		for (size_t i = 0; i < LANGUAGES; i++)
			add_who(first_of(view, languages[i]), picture);
		return;
	}
	if (shape != ALL && view->count == 0)
		add_who(NULL, picture);
	for (size_t i = 0; i < view->count; i++)
		add_who(view->shown[i], picture);
}

static bool is_awake(const struct body *body)
{
	return body && body->phase == SERVING && !body->quiet;
}

static void add_body(const struct body *body, struct picture *picture)
{
	const struct facts *of = &kind_facts[body->kind];

	picture_add(picture, "body %s#%u", instance_names[body->name], body->generation);
	if (is_awake(body)) {
		picture_add(picture, " %d %s %d sees ", body->setting.limit < 0 ? 5 : body->setting.limit,
			fault_choices[body->setting.fault], (int)body->count);
		for (size_t need = 0; need < of->need_count; need++)
			add_seen(&body->views[need], of->needs[need].shape, picture);
	}
	picture_add(picture, "\n");
}

static const struct body *body_of(const struct model *model, unsigned name, unsigned generation)
{
	for (size_t i = 0; i < model->body_count; i++)
		if (model->body_order[i]->name == name && model->body_order[i]->generation == generation)
			return model->body_order[i];
	return NULL;
}

bool model_is_awake(const struct model *model, unsigned name, unsigned generation)
{
	return is_awake(body_of(model, name, generation));
}

static void add_bodies(const struct model *model, struct picture *picture)
{
	for (unsigned name = 0; name < NAMES; name++)
		for (unsigned generation = 1; generation <= model->activations[name]; generation++) {
			const struct body *body = body_of(model, name, generation);

			if (body)
				add_body(body, picture);
		}
}

static void add_nodes(const struct model *model, struct picture *picture)
{
	unsigned nodes = 0;

	for (size_t i = 0; i < model->body_count; i++)
		nodes += kind_facts[model->body_order[i]->kind].nodes +
			(model->body_order[i]->quiet ? 0 : kind_facts[model->body_order[i]->kind].effects);
	picture_add(picture, "nodes %u, cleanups %zu, letters %u\n", nodes, model->body_count, model->letters);
}

static bool is_unwell(const struct instance *instance)
{
	return instance->state == ERRORED || instance->in_cycle || (instance->body && instance->body->ailing);
}

static void add_health(const struct model *model, struct picture *picture)
{
	bool well = true;

	for (size_t i = 0; i < model->count; i++)
		well = well && !is_unwell(model->order[i]);
	picture_add(picture, "kernel %s", well ? "healthy" : "degraded");
	for (size_t i = 0; i < model->count; i++) {
		if (!is_unwell(model->order[i]))
			continue;
		picture_add(picture, ", %s", instance_names[model->order[i]->name]);
		add_reason(model, model->order[i], picture);
	}
	picture_add(picture, "\n");
}

static void add_plugins(const struct model *model, struct picture *picture)
{
	for (unsigned i = 0; i < PLUGINS; i++) {
		const struct load *load = model->loaded[i];

		if (load)
			picture_add(picture, "plugin %s %u %s%s\n", plugin_names[i], load->version + 1,
				load->next ? "updating" : "active", load->carried ? " carried" : "");
		picture_add(picture, "replaced %s %s\n", plugin_names[i], sp_status_word(model->replaced[i]));
	}
	for (unsigned i = 0; i < model->load_count; i++)
		if (!model->loads[i].gone)
			picture_add(picture, "mapped %u\n", i);
}

static void add_calls(const struct model *model, struct picture *picture)
{
	for (size_t i = 0; i < CALLS_MOST; i++) {
		const struct call *call = &model->calls[i];

		if (!call->used)
			continue;
		if (call->answered)
			picture_add(picture, "call %zu %s %d\n", i, sp_status_word(call->status),
				call->status == SP_OK ? (int)call->value : 0);
		else
			picture_add(picture, "call %zu %s\n", i, call->cancelled ? "cancelled" : "open");
	}
}

void model_picture(struct model *model, struct picture *picture)
{
	picture->used = 0;
	find_cycles(model);
	picture_add(picture, "answered %s\n", sp_status_word(model->status));
	for (size_t i = 0; i < model->count; i++)
		add_instance(model, model->order[i], picture);
	for (enum contract contract = 0; contract < CONTRACTS; contract++)
		add_services(model, contract, picture);
	add_bindings(model, picture);
	add_bodies(model, picture);
	for (unsigned name = 0; name < NAMES; name++)
		picture_add(picture, "%s heard %s, became %s\n", instance_names[name], model->heard[name],
			model->states[name]);
	add_health(model, picture);
	add_nodes(model, picture);
	add_plugins(model, picture);
	add_calls(model, picture);
}
