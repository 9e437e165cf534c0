/* model_bodies.c: instances and their bodies: what they are shown, when they come up, when they stop, and what keeps
 * them. */
#include "model_expected.h"

#include <stdio.h>
#include <string.h>

enum { DRAIN_MS = 10000 };

void model_begin(struct model *model)
{
	*model = (struct model){ .now = model->now };
	for (unsigned i = 0; i < NAMES; i++)
		model->settings[i].limit = -1;
}

/* ---- bodies and instances ---------------------------------------------------------------------------------------- */

struct body *model_body_new(struct model *model, struct instance *instance, enum kind kind, struct load *load)
{
	struct body *body = model->bodies;

	ck_assert_uint_lt(model->body_count, BODIES_MOST);
	while (body->used)
		body++;
	*body = (struct body){ .used = true,
		.kind = kind,
		.name = instance->name,
		.instance = instance,
		.load = load,
		.ranking = kind_facts[kind].ranking,
		.language = kind_facts[kind].language,
		.age = instance->age,
		.setting = model->settings[instance->name] };
	model->body_order[model->body_count++] = body;
	return body;
}

static void forget_ears(struct model *model, const struct body *body)
{
	size_t kept = 0;

	for (size_t i = 0; i < model->ear_count; i++)
		if (model->ears[i].body != body)
			model->ears[kept++] = model->ears[i];
	model->ear_count = kept;
}

static void body_forget(struct model *model, struct body *body)
{
	size_t at = 0;

	forget_ears(model, body);
	while (model->body_order[at] != body)
		at++;
	model->body_count--;
	memmove(&model->body_order[at], &model->body_order[at + 1],
		(model->body_count - at) * sizeof model->body_order[0]);
	body->used = false;
}

struct instance *model_instance_new(struct model *model, struct load *load, unsigned part)
{
	struct instance *instance = model->instances;

	ck_assert_uint_lt(model->count, INSTANCES_MOST);
	while (instance->used)
		instance++;
	*instance = (struct instance){ .used = true,
		.kind = versions[load->plugin][load->version].kinds[part],
		.name = load->plugin + part,
		.load = load,
		.age = ++model->next_age };
	model->order[model->count++] = instance;
	return instance;
}

static void instance_forget(struct model *model, struct instance *instance)
{
	size_t at = 0;

	while (model->order[at] != instance)
		at++;
	model->count--;
	memmove(&model->order[at], &model->order[at + 1], (model->count - at) * sizeof model->order[0]);
	instance->used = false;
}

struct instance *model_instance_by_name(struct model *model, unsigned name)
{
	for (size_t i = 0; i < model->count; i++)
		if (model->order[i]->name == name && !model->order[i]->removed)
			return model->order[i];
	return NULL;
}

void model_instance_is_due(struct model *model, struct instance *instance)
{
	if (instance->due)
		return;
	instance->due = true;
	model->due[model->due_count++] = instance;
}

/* Notes states that last; one may wait for a moment while others come up. */
static void set_state(struct model *model, struct instance *instance, enum state state)
{
	static const char *const words[] = { [ACTIVE] = "active", [ERRORED] = "errored", [STOPPING] = "deactivating" };
	char *states = model->states[instance->name];
	size_t used = strlen(states);

	if (state != instance->state && words[state])
		snprintf(states + used, STATES_MOST - used, "%s ", words[state]);
	instance->state = state;
}

/* ---- what is shown (R-CM-4 to R-CM-6) ---------------------------------------------------------------------------- */

static bool is_stopping(const struct body *body)
{
	return body->phase == LEFT || body->withdrawn || body->losing || (body->instance && body->instance->removed);
}

static bool is_offered(const struct body *body)
{
	return body->phase == SERVING && !body->withdrawn;
}

/* R-PL-10: what is prepared sees what is prepared with it, and none of what that replaces. */
static bool is_visible(const struct body *consumer, const struct body *provider)
{
	if (provider == consumer)
		return false;
	if (consumer->phase == PREPARED && consumer->pending && provider->pending == consumer->pending)
		return provider->phase == PREPARED;
	return is_offered(provider);
}

static bool suits(const struct kind_need *need, const struct body *provider)
{
	if (!kind_facts[provider->kind].provides[need->contract])
		return false;
	return !need->language || (provider->language && strcmp(need->language, provider->language) == 0);
}

static bool ranks_before(const struct body *left, const struct body *right)
{
	if (left->ranking != right->ranking)
		return left->ranking < right->ranking;
	return left->age < right->age;
}

static struct view plan_view(const struct model *model, const struct body *body, size_t number)
{
	const struct kind_need *need = &kind_facts[body->kind].needs[number];
	struct view view = { .count = 0 };

	for (size_t i = 0; i < model->body_count; i++) {
		const struct body *provider = model->body_order[i];
		size_t place = view.count;

		if (!suits(need, provider) || !is_visible(body, provider))
			continue;
		for (; place > 0 && ranks_before(provider, view.shown[place - 1]); place--)
			view.shown[place] = view.shown[place - 1];
		view.shown[place] = provider;
		view.count++;
	}
	if (view.count > 1 && need->shape <= OPTIONAL)
		view.count = 1;
	return view;
}

/* R-CM-5: who cannot do without is stopped, and keeps what it has until then. */
void model_take_view(struct model *model, struct body *body, size_t need)
{
	struct view view = plan_view(model, body, need);

	if (view.count > 0 || kind_facts[body->kind].needs[need].shape != ONE) {
		body->views[need] = view;
		return;
	}
	body->losing = true;
	if (body->instance)
		model_instance_is_due(model, body->instance);
}

static void contract_changes(struct model *model, enum contract contract)
{
	for (size_t i = 0; i < model->body_count; i++) {
		struct body *body = model->body_order[i];

		for (size_t need = 0; need < kind_facts[body->kind].need_count; need++)
			if (kind_facts[body->kind].needs[need].contract == contract && !is_stopping(body))
				model_take_view(model, body, need);
	}
}

void model_services_change(struct model *model, const struct body *body)
{
	for (enum contract contract = 0; contract < CONTRACTS; contract++)
		if (kind_facts[body->kind].provides[contract])
			contract_changes(model, contract);
}

/* ---- stopping ---------------------------------------------------------------------------------------------------- */

static bool may_follow(const struct body *body, size_t need, const struct body *provider)
{
	return body->phase == SERVING && !is_stopping(body) &&
		kind_facts[provider->kind].provides[kind_facts[body->kind].needs[need].contract];
}

/* Runs act for each need that the withdrawal of provider concerns. What is prepared sees it in the switch. */
static void each_follower(struct model *model, const struct body *provider,
	void (*act)(struct model *model, struct body *body, size_t need))
{
	for (size_t i = 0; i < model->body_count; i++)
		for (size_t need = 0; need < kind_facts[model->body_order[i]->kind].need_count; need++)
			if (may_follow(model->body_order[i], need, provider))
				act(model, model->body_order[i], need);
}

static void stop_if_lost(struct model *model, struct body *body, size_t need)
{
	if (kind_facts[body->kind].needs[need].shape == ONE && plan_view(model, body, need).count == 0)
		model_take_view(model, body, need);
}

/* Those who must stop see no change any more. */
static void withdraw(struct model *model, struct body *body)
{
	body->withdrawn = true;
	each_follower(model, body, stop_if_lost);
	each_follower(model, body, model_take_view);
}

static void begin_stop(struct model *model, struct instance *instance)
{
	set_state(model, instance, STOPPING);
	instance->body->leave_by = model->now + DRAIN_MS;
	withdraw(model, instance->body);
}

static void look_at(struct model *model, struct instance *instance)
{
	const struct body *body = instance->body;

	if (!body && instance->removed)
		instance_forget(model, instance);
	else if (body && instance->state == ACTIVE && !body->pending && (instance->removed || body->losing))
		begin_stop(model, instance);
}

static bool stop_next(struct model *model)
{
	struct instance *instance = model->due[0];

	if (model->due_count == 0)
		return false;
	model->due_count--;
	memmove(model->due, model->due + 1, model->due_count * sizeof model->due[0]);
	instance->due = false;
	look_at(model, instance);
	return true;
}

bool model_has_calls(const struct model *model, const struct body *body)
{
	for (size_t i = 0; i < CALLS_MOST; i++)
		if (model->calls[i].used && model->calls[i].inside && model->calls[i].body == body)
			return true;
	return false;
}

static bool is_bound(const struct body *consumer, const struct body *provider)
{
	for (size_t need = 0; need < kind_facts[consumer->kind].need_count; need++)
		for (size_t i = 0; i < consumer->views[need].count; i++)
			if (consumer->views[need].shown[i] == provider)
				return true;
	return consumer->leased == provider;
}

/* Whether somebody needs the body who does not end with it. */
static bool is_held(const struct model *model, const struct body *body)
{
	for (size_t i = 0; i < model->body_count; i++)
		if (is_bound(model->body_order[i], body) && !model->body_order[i]->ends)
			return true;
	return false;
}

void model_body_gets_quiet(struct model *model, struct body *body)
{
	body->quiet = true;
	forget_ears(model, body);
}

static void end_body(struct model *model, struct body *body)
{
	struct instance *instance = body->instance;

	if (instance && instance->body == body) {
		instance->body = NULL;
		instance->state = DISCOVERED;
		model_instance_is_due(model, instance);
	}
	body_forget(model, body);
}

/* Leaves marked all that stop and have no call, but for those who are needed by somebody who stays, directly or not. */
static void mark_ends(struct model *model)
{
	bool changed = true;

	for (size_t i = 0; i < model->body_count; i++) {
		struct body *body = model->body_order[i];

		body->ends =
			(body->withdrawn || body->phase == LEFT) && !body->pending && !model_has_calls(model, body);
	}
	while (changed) {
		changed = false;
		for (size_t i = 0; i < model->body_count; i++)
			if (model->body_order[i]->ends && is_held(model, model->body_order[i])) {
				model->body_order[i]->ends = false;
				changed = true;
			}
	}
}

/* A consumer goes before its providers, and bodies that need each other go together (R-CM-3, R-CM-9). */
static bool end_bodies(struct model *model)
{
	bool ended = false;

	mark_ends(model);
	for (size_t i = model->body_count; i-- > 0;)
		if (model->body_order[i]->ends) {
			end_body(model, model->body_order[i]);
			ended = true;
		}
	return ended;
}

/* Whoever stops works on while others need it; then it only waits for its own calls. */
static void quieten(struct model *model)
{
	for (size_t i = 0; i < model->body_count; i++) {
		struct body *body = model->body_order[i];

		if (body->withdrawn && !body->pending && !is_held(model, body))
			model_body_gets_quiet(model, body);
	}
}

/* ---- activation (R-CM-3, R-CM-10) -------------------------------------------------------------------------------- */

bool model_somebody_meets(const struct model *model, const struct kind_need *need)
{
	for (size_t i = 0; i < model->body_count; i++) {
		const struct body *body = model->body_order[i];

		if (suits(need, body) && is_offered(body) && !is_stopping(body))
			return true;
	}
	return false;
}

const struct kind_need *model_instance_misses(const struct model *model, const struct instance *instance)
{
	const struct facts *of = &kind_facts[instance->kind];

	for (size_t need = 0; need < of->need_count; need++)
		if (of->needs[need].shape == ONE && !model_somebody_meets(model, &of->needs[need]))
			return &of->needs[need];
	return NULL;
}

bool model_setting_is_wrong(struct setting setting)
{
	return setting.limit > 100;
}

sp_status model_try_activation(struct model *model, struct body *body)
{
	bool met = true;

	if (model_setting_is_wrong(body->setting))
		return SP_INVALID;
	for (size_t need = 0; need < kind_facts[body->kind].need_count; need++) {
		body->views[need] = plan_view(model, body, need);
		met = met && (kind_facts[body->kind].needs[need].shape != ONE || body->views[need].count > 0);
	}
	if (!met)
		return SP_UNAVAILABLE;
	body->generation = ++model->activations[body->name];
	return body->setting.fault == fault_activate || body->setting.fault == fault_health ? SP_FAILED : SP_OK;
}

static void note_error(struct instance *instance, const struct body *body, sp_status status)
{
	if (status == SP_INVALID)
		snprintf(instance->error, sizeof instance->error,
			"configuration components.%s.limit: ", instance_names[instance->name]);
	else
		snprintf(instance->error, sizeof instance->error, "%s: deliberate", fault_choices[body->setting.fault]);
}

static void come_up(struct model *model, struct instance *instance, struct body *body)
{
	body->phase = SERVING;
	body->ailing = body->setting.fault == fault_effect;
	instance->body = body;
	instance->error[0] = '\0';
	set_state(model, instance, ACTIVE);
	model_add_ears(model, body, NULL);
	model_services_change(model, body);
}

/* Answers whether it came up, for which others may have waited. */
static bool consider(struct model *model, struct instance *instance)
{
	struct body *body;
	sp_status status;

	if (instance->body || instance->removed || (instance->state == ERRORED && !instance->retry))
		return false;
	instance->retry = false;
	if (model_instance_misses(model, instance)) {
		set_state(model, instance, WAITING);
		return false;
	}
	body = model_body_new(model, instance, instance->kind, instance->load);
	status = model_try_activation(model, body);
	if (status == SP_OK) {
		come_up(model, instance, body);
		return true;
	}
	note_error(instance, body, status);
	instance->state = DISCOVERED;
	set_state(model, instance, ERRORED);
	body_forget(model, body);
	return false;
}

static bool activate_next(struct model *model)
{
	for (size_t i = 0; i < model->count; i++)
		if (consider(model, model->order[i]))
			return true;
	return false;
}

static bool is_used(const struct model *model, const struct load *load)
{
	bool used = load->published || load->next;

	for (size_t i = 0; i < model->body_count; i++)
		used = used || model->body_order[i]->load == load;
	for (size_t i = 0; i < model->count; i++)
		used = used || model->order[i]->load == load;
	for (unsigned i = 0; i < PLUGINS; i++)
		used = used || (model->loaded[i] && model->loaded[i]->next == load);
	return used;
}

/* R-PL-7: a plugin goes when nothing refers to it any more. */
static void forget_loads(struct model *model)
{
	for (unsigned i = 0; i < model->load_count; i++)
		if (!model->loads[i].gone)
			model->loads[i].gone = !is_used(model, &model->loads[i]);
}

void model_settle(struct model *model)
{
	do {
		while (stop_next(model))
			continue;
	} while (end_bodies(model) || model_go_on_replacing(model) || activate_next(model));
	quieten(model);
	forget_loads(model);
}
