/* model_replace.c: replacements (R-PL-5): prepared, held until at rest, switched at once or given up. */
#include "model_expected.h"

enum { HOLD_MS = 1000, DRAIN_MS = 10000 };

/* The instances that go from one version to the next, and their next bodies; NULL where there is none. */
struct pairs {
	struct instance *instances[PARTS_MOST];
	struct body *next[PARTS_MOST];
	size_t count;
};

static bool has_part(const struct load *load, unsigned name)
{
	unsigned part = name - load->plugin;

	return part < PARTS_MOST && versions[load->plugin][load->version].kinds[part] != KINDS;
}

static enum kind kind_of(const struct load *load, unsigned name)
{
	return versions[load->plugin][load->version].kinds[name - load->plugin];
}

/* The body that was prepared for an instance; NULL if it has none. */
static struct body *next_of(struct model *model, const struct instance *instance)
{
	for (size_t i = 0; i < model->body_count; i++)
		if (model->body_order[i]->phase == PREPARED && model->body_order[i]->instance == instance)
			return model->body_order[i];
	return NULL;
}

static void find_pairs(struct model *model, const struct load *old, struct pairs *pairs)
{
	pairs->count = 0;
	for (size_t i = 0; i < model->count; i++)
		if (model->order[i]->load == old && has_part(old->next, model->order[i]->name)) {
			pairs->instances[pairs->count] = model->order[i];
			pairs->next[pairs->count++] = next_of(model, model->order[i]);
		}
}

static void drop(struct model *model, struct body *next)
{
	next->phase = LEFT;
	next->instance = NULL;
	next->pending = NULL;
	model_body_gets_quiet(model, next);
}

void model_fail_replacement(struct model *model, struct load *old, sp_status status)
{
	old->next = NULL;
	model->replaced[old->plugin] = status;
	for (size_t i = 0; i < model->count; i++) {
		struct instance *instance = model->order[i];
		struct body *next = next_of(model, instance);

		if (instance->load != old)
			continue;
		if (next)
			drop(model, next);
		if (instance->body)
			instance->body->pending = NULL;
		model_instance_is_due(model, instance);
		model_let_go(model, instance);
	}
}

/* Prepares the next body of each active instance; answers what went wrong. */
static sp_status prepare(struct model *model, struct load *old)
{
	sp_status status = SP_OK;
	struct pairs pairs;

	find_pairs(model, old, &pairs);
	for (size_t i = 0; i < pairs.count; i++)
		if (pairs.instances[i]->state == ACTIVE)
			pairs.instances[i]->body->pending = old;
	for (size_t i = 0; status == SP_OK && i < pairs.count; i++) {
		struct instance *instance = pairs.instances[i];
		struct body *next;

		if (instance->state != ACTIVE)
			continue;
		next = model_body_new(model, instance, kind_of(old->next, instance->name), old->next);
		next->pending = old;
		status = model_try_activation(model, next);
	}
	return status;
}

static bool is_busy(const struct model *model, const struct body *former)
{
	if (model_has_calls(model, former))
		return true;
	for (size_t i = 0; i < model->body_count; i++)
		if (model->body_order[i]->leased == former)
			return true;
	return false;
}

/* Whether the state of an instance goes over to its next body. */
static bool is_carried(const struct instance *instance, const struct load *old)
{
	return instance->body && instance->body->pending == old && kind_facts[instance->body->kind].remembers;
}

static bool must_wait(const struct model *model, const struct load *old)
{
	for (size_t i = 0; i < model->count; i++)
		if (is_carried(model->order[i], old) && is_busy(model, model->order[i]->body))
			return true;
	return false;
}

static sp_status carry(struct body *former, struct body *next)
{
	if (!kind_facts[next->kind].remembers || former->setting.fault == fault_snapshot ||
		next->setting.fault == fault_restore)
		return SP_FAILED;
	next->count = former->count;
	if (kind_facts[former->kind].language && kind_facts[next->kind].language)
		next->language = former->language;
	return SP_OK;
}

static sp_status carry_all(struct model *model, struct load *old)
{
	sp_status status = SP_OK;

	for (size_t i = 0; status == SP_OK && i < model->count; i++)
		if (is_carried(model->order[i], old)) {
			old->next->carried = true;
			status = carry(model->order[i]->body, next_of(model, model->order[i]));
		}
	return status;
}

static bool is_concerned(enum contract contract, const struct body *former, const struct body *next)
{
	return kind_facts[former->kind].provides[contract] || kind_facts[next->kind].provides[contract];
}

/* Whoever is, or may be, bound to what either version provides, though it be stopping, goes over. */
static void move_consumers(struct model *model, const struct body *former, const struct body *next)
{
	for (size_t i = 0; i < model->body_count; i++) {
		struct body *body = model->body_order[i];

		for (size_t need = 0; body->phase != LEFT && need < kind_facts[body->kind].need_count; need++)
			if (body == next || is_concerned(kind_facts[body->kind].needs[need].contract, former, next))
				model_take_view(model, body, need);
	}
}

static void swap_bodies(struct model *model, struct instance *instance, struct body *next)
{
	struct body *former = instance->body;

	instance->body = next;
	instance->error[0] = '\0';
	next->pending = former->pending = NULL;
	next->ailing = next->setting.fault == fault_effect;
	model_add_ears(model, next, former);
	former->instance = NULL;
	former->leave_by = model->now + DRAIN_MS;
	former->ailing = false; /* it serves nobody any more */
	model_body_gets_quiet(model, former);
}

static void swap_all(struct model *model, const struct pairs *pairs)
{
	for (size_t i = 0; i < pairs->count; i++)
		if (pairs->next[i]) {
			pairs->instances[i]->body->phase = LEFT;
			pairs->next[i]->phase = SERVING;
		}
	for (size_t i = 0; i < pairs->count; i++)
		if (pairs->next[i])
			move_consumers(model, pairs->instances[i]->body, pairs->next[i]);
	for (size_t i = 0; i < pairs->count; i++) {
		if (!pairs->next[i]) {
			pairs->instances[i]->retry = true;
			continue;
		}
		model_services_change(model, pairs->next[i]);
		swap_bodies(model, pairs->instances[i], pairs->next[i]);
	}
}

/* What the new version lacks goes; what the old one lacked comes. */
static void add_and_remove(struct model *model, const struct load *old)
{
	struct load *new = old->next;

	for (size_t i = 0; i < model->count; i++)
		if (model->order[i]->load == old) {
			model->order[i]->removed = true;
			model_instance_is_due(model, model->order[i]);
		}
	for (unsigned part = 0; part < PARTS_MOST; part++)
		if (has_part(new, new->plugin + part) && !has_part(old, old->plugin + part))
			model_instance_new(model, new, part);
}

static void switch_over(struct model *model, struct load *old)
{
	struct load *new = old->next;
	struct pairs pairs;

	find_pairs(model, old, &pairs);
	for (size_t i = 0; i < pairs.count; i++) {
		pairs.instances[i]->load = new;
		pairs.instances[i]->kind = kind_of(new, pairs.instances[i]->name);
	}
	add_and_remove(model, old);
	swap_all(model, &pairs);
	old->published = false;
	new->published = true;
	model->loaded[old->plugin] = new;
	old->next = NULL;
	model->replaced[old->plugin] = SP_OK;
	for (size_t i = 0; i < pairs.count; i++)
		model_let_go(model, pairs.instances[i]);
}

static void try_switch(struct model *model, struct load *old)
{
	sp_status status = carry_all(model, old);

	if (status == SP_OK)
		switch_over(model, old);
	else
		model_fail_replacement(model, old, status);
}

sp_status model_begin_replacement(struct model *model, unsigned plugin, unsigned version)
{
	struct load *old = model->loaded[plugin];
	sp_status status;

	if (!old)
		return SP_NOT_FOUND;
	if (old->next)
		return SP_CONFLICT;
	ck_assert_uint_lt(model->load_count, LOADS_MOST);
	old->next = &model->loads[model->load_count];
	*old->next = (struct load){ .number = model->load_count++, .plugin = plugin, .version = version };
	model->replaced[plugin] = SP_LATER;
	status = prepare(model, old);
	if (status != SP_OK)
		model_fail_replacement(model, old, status);
	else if (must_wait(model, old))
		old->hold_until = model->now + HOLD_MS;
	else
		try_switch(model, old);
	return SP_OK;
}

bool model_go_on_replacing(struct model *model)
{
	for (unsigned plugin = 0; plugin < PLUGINS; plugin++) {
		struct load *old = model->loaded[plugin];

		if (!old || !old->next || must_wait(model, old))
			continue;
		try_switch(model, old);
		return true;
	}
	return false;
}
