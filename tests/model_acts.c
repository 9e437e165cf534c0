/* model_acts.c: what is done to the model: plugins, calls, events, settings, time. */
#include "model_expected.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

enum { CALL_MS = 30000 };

/* R-PL-5: calls and events wait while state is carried over. */
static bool is_held_back(const struct instance *instance)
{
	return instance->body && instance->body->pending && kind_facts[instance->body->kind].remembers;
}

/* ---- events (R-BUS-1 to R-BUS-4) --------------------------------------------------------------------------------- */

/* R-PL-10: a row of the same name keeps the former's place. */
static bool take_place(struct model *model, const struct kind_ear *row, struct body *body, const struct body *former)
{
	for (size_t i = 0; former && i < model->ear_count; i++)
		if (model->ears[i].body == former && strcmp(model->ears[i].row->handler, row->handler) == 0) {
			model->ears[i] = (struct ear){ row, body };
			return true;
		}
	return false;
}

void model_add_ears(struct model *model, struct body *body, const struct body *former)
{
	for (size_t i = 0; i < EARS_OF_KIND; i++) {
		const struct kind_ear *row = &kind_facts[body->kind].ears[i];

		if (!row->handler || take_place(model, row, body, former))
			continue;
		ck_assert_uint_lt(model->ear_count, EARS_MOST);
		model->ears[model->ear_count++] = (struct ear){ row, body };
	}
}

static void publish(struct model *model, const char *type, int number)
{
	ck_assert_uint_lt(model->queue_count, EVENTS_MOST);
	model->queue[model->queue_count++] = (struct event){ .type = type, .number = number };
}

static void note_heard(struct model *model, const struct body *body, const char *handler, const struct event *event)
{
	char *heard = model->heard[body->name];
	size_t used = strlen(heard);

	snprintf(heard + used, HEARD_MOST - used, "%s:%s#%d ", handler, event->type, event->number);
	model->letters += body->setting.fault == fault_handler;
}

static void hand_over(struct model *model, struct body *body, const char *handler, const struct event *event)
{
	note_heard(model, body, handler, event);
	if (!kind_facts[body->kind].cries || strcmp(handler, "job") != 0)
		return;
	body->count++;
	if (model->muzzled)
		model->letters++;
	else
		publish(model, "echo.a", event->number);
}

static void keep(struct instance *instance, const char *handler, const struct event *event)
{
	ck_assert_uint_lt(instance->kept_count, EVENTS_MOST);
	instance->kept[instance->kept_count] = *event;
	instance->kept[instance->kept_count++].handler = handler;
}

static void deliver(struct model *model, const struct event *event)
{
	for (size_t i = 0; i < model->ear_count; i++) {
		struct body *body = model->ears[i].body;
		const struct kind_ear *row = model->ears[i].row;

		if (fnmatch(row->pattern, event->type, 0) != 0)
			continue;
		if (body->instance && is_held_back(body->instance))
			keep(body->instance, row->handler, event);
		else
			hand_over(model, body, row->handler, event);
	}
}

static void deliver_all(struct model *model)
{
	while (model->queue_count > 0) {
		struct event event = model->queue[0];

		model->queue_count--;
		memmove(model->queue, model->queue + 1, model->queue_count * sizeof event);
		deliver(model, &event);
	}
}

static bool has_ear(enum kind kind, const char *handler)
{
	for (size_t i = 0; i < EARS_OF_KIND && kind_facts[kind].ears[i].handler; i++)
		if (strcmp(kind_facts[kind].ears[i].handler, handler) == 0)
			return true;
	return false;
}

static void deliver_kept(struct model *model, struct instance *instance)
{
	for (size_t i = 0; i < instance->kept_count; i++)
		if (instance->body && has_ear(instance->body->kind, instance->kept[i].handler))
			hand_over(model, instance->body, instance->kept[i].handler, &instance->kept[i]);
		else
			model->letters++; /* R-BUS-3: nobody will hear it any more */
	instance->kept_count = 0;
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

static void answer(struct call *call, sp_status status, int64_t value)
{
	if (call->answered || call->cancelled)
		return;
	call->answered = true;
	call->status = status;
	call->value = value;
}

static bool has_runnable(enum kind kind, enum operation_kind what)
{
	switch (what) {
	case RANK:
		return kind_facts[kind].ranks;
	case SPEAK:
		return kind_facts[kind].language != NULL;
	case OPEN:
		return kind_facts[kind].waits;
	case KEEP:
	case DROP:
		return kind_facts[kind].leases;
	default:
		return true;
	}
}

/* R-CM-6: a property that changes ranks and filters anew. */
static void set_properties(struct model *model, struct body *body, int64_t ranking, const char *language)
{
	bool changed = body->ranking != ranking || (language && strcmp(body->language, language) != 0);

	body->ranking = ranking;
	body->language = language;
	if (changed)
		model_services_change(model, body);
}

static int64_t run(struct model *model, struct body *body, const struct operation *what)
{
	switch (what->kind) {
	case RANK:
		set_properties(model, body, what->value, body->language);
		return 0;
	case SPEAK:
		set_properties(model, body, body->ranking, languages[what->value]);
		return 0;
	case COUNT_ON:
		body->count += what->value;
		return body->count;
	case KEEP:
		body->leased = body->leased ? body->leased : body->views[0].shown[0];
		return 0;
	default:
		body->leased = NULL;
		return 0;
	}
}

static void start(struct model *model, struct call *call, size_t slot)
{
	struct instance *instance = model_instance_by_name(model, call->what.who);

	call->held = false;
	if (!instance || !has_runnable(instance->kind, call->what.kind)) {
		answer(call, SP_NOT_FOUND, 0);
	} else if (instance->state != ACTIVE) {
		answer(call, SP_UNAVAILABLE, 0);
	} else if (is_held_back(instance)) {
		call->held = true;
		call->instance = instance;
	} else if (call->what.kind == OPEN) {
		call->inside = true;
		call->body = instance->body;
		call->value = (int64_t)slot;
	} else {
		answer(call, SP_OK, run(model, instance->body, &call->what));
	}
}

/* The slot of the call that waits longest for an instance; CALLS_MOST when none does. */
static size_t first_held(const struct model *model, const struct instance *instance)
{
	size_t first = CALLS_MOST;

	for (size_t i = 0; i < CALLS_MOST; i++) {
		const struct call *call = &model->calls[i];

		if (!call->used || !call->held || call->instance != instance)
			continue;
		if (first == CALLS_MOST || call->number < model->calls[first].number)
			first = i;
	}
	return first;
}

void model_let_go(struct model *model, struct instance *instance)
{
	deliver_kept(model, instance);
	for (size_t i = first_held(model, instance); i < CALLS_MOST; i = first_held(model, instance))
		start(model, &model->calls[i], i);
}

static void call(struct model *model, const struct operation *what)
{
	size_t slot = 0;

	while (slot < CALLS_MOST && model->calls[slot].used)
		slot++;
	if (slot == CALLS_MOST)
		return;
	model->calls[slot] = (struct call){ .used = true,
		.number = ++model->call_count,
		.what = *what,
		.deadline = model->now + CALL_MS };
	start(model, &model->calls[slot], slot);
}

static void finish(struct call *it)
{
	if (!it->used || !it->inside)
		return;
	it->inside = false;
	answer(it, SP_OK, it->value);
}

static void cancel(struct call *it)
{
	if (!it->used || it->answered)
		return;
	it->cancelled = true;
	it->held = false;
}

static void give_up_calls(struct model *model, const struct body *body)
{
	for (size_t i = 0; i < CALLS_MOST; i++)
		if (model->calls[i].used && model->calls[i].inside && model->calls[i].body == body)
			answer(&model->calls[i], SP_UNAVAILABLE, 0);
}

/* Calls that are over make room, once they were compared. */
static void forget_calls(struct model *model)
{
	for (size_t i = 0; i < CALLS_MOST; i++)
		if (!model->calls[i].inside && (model->calls[i].answered || model->calls[i].cancelled))
			model->calls[i].used = false;
}

/* ---- settings (R-CF-3) ------------------------------------------------------------------------------------------- */

static bool is_changed(const struct model *model, const struct instance *instance, const struct setting *next)
{
	const struct setting *now = &model->settings[instance->name];

	return now->limit != next[instance->name].limit || now->fault != next[instance->name].fault;
}

/* Whoever was removed, or is of a former version and only ends, goes by no settings any more. */
static struct body *follower(const struct instance *instance)
{
	return !instance->removed && instance->body && instance->body->load == instance->load ? instance->body : NULL;
}

/* What runs was judged when its section came; what does not, must be right before anything else is taken. */
static bool objects(const struct model *model, const struct instance *instance, const struct setting *next)
{
	struct setting own = next[instance->name];

	if (instance->removed)
		return false;
	if (!follower(instance))
		return model_setting_is_wrong(own);
	return is_changed(model, instance, next) && (model_setting_is_wrong(own) || own.limit == UNLUCKY);
}

static void commit(struct instance *instance, struct setting setting)
{
	struct body *body = follower(instance);

	if (body) {
		body->setting = setting;
		body->ailing = body->quiet ? body->ailing : setting.fault == fault_effect;
	}
	if (instance->state == ERRORED)
		instance->retry = true;
}

static void commit_prepared(struct model *model, unsigned name, struct setting setting)
{
	for (size_t i = 0; i < model->body_count; i++)
		if (model->body_order[i]->phase == PREPARED && model->body_order[i]->name == name)
			model->body_order[i]->setting = setting;
}

static sp_status configure(struct model *model, const struct operation *operation)
{
	struct setting next[NAMES];

	memcpy(next, model->settings, sizeof next);
	if (operation->kind == SET_LIMIT)
		next[operation->who].limit = operation->value;
	if (operation->kind == SET_FAULT)
		next[operation->who].fault = (enum fault)operation->value;
	for (size_t i = 0; i < model->count; i++)
		if (objects(model, model->order[i], next))
			return SP_INVALID;
	for (size_t i = 0; i < model->count; i++)
		if (!model->order[i]->removed && is_changed(model, model->order[i], next))
			commit(model->order[i], next[model->order[i]->name]);
	commit_prepared(model, operation->who, next[operation->who]);
	memcpy(model->settings, next, sizeof next);
	if (operation->kind == MUZZLE)
		model->muzzled = operation->value;
	return SP_OK;
}

/* ---- time -------------------------------------------------------------------------------------------------------- */

static bool waits_for_calls(const struct model *model, const struct body *body)
{
	return (body->withdrawn || body->phase == LEFT) && model_has_calls(model, body);
}

static bool is_ahead(const struct model *model, int64_t moment, int64_t limit)
{
	return moment > model->now && moment < limit;
}

/* The first moment after now at which something is due; limit if that comes earlier. */
static int64_t next_moment(const struct model *model, int64_t limit)
{
	for (unsigned i = 0; i < PLUGINS; i++)
		if (model->loaded[i] && model->loaded[i]->next && is_ahead(model, model->loaded[i]->hold_until, limit))
			limit = model->loaded[i]->hold_until;
	for (size_t i = 0; i < CALLS_MOST; i++)
		if (model->calls[i].used && is_ahead(model, model->calls[i].deadline, limit))
			limit = model->calls[i].deadline;
	for (size_t i = 0; i < model->body_count; i++) {
		const struct body *body = model->body_order[i];

		if (waits_for_calls(model, body) && is_ahead(model, body->leave_by, limit))
			limit = body->leave_by;
	}
	return limit;
}

static void ring(struct model *model)
{
	for (size_t i = 0; i < CALLS_MOST; i++)
		if (model->calls[i].used && model->calls[i].deadline == model->now)
			answer(&model->calls[i], SP_TIMEOUT, 0);
	for (size_t i = 0; i < model->body_count; i++)
		if (waits_for_calls(model, model->body_order[i]) && model->body_order[i]->leave_by == model->now)
			give_up_calls(model, model->body_order[i]);
}

/* The replacement that has waited too long, of several the one that began first; NULL if there is none. */
static struct load *first_expired(const struct model *model)
{
	struct load *first = NULL;

	for (unsigned i = 0; i < PLUGINS; i++) {
		struct load *load = model->loaded[i];

		if (!load || !load->next || load->hold_until != model->now)
			continue;
		if (!first || load->next->number < first->next->number)
			first = load;
	}
	return first;
}

static void settle_and_deliver(struct model *model)
{
	model_settle(model); /* events come after what they were published in */
	deliver_all(model);
	model_settle(model);
}

/* What one lets go may be what another waits for. */
static void advance(struct model *model, int64_t milliseconds)
{
	int64_t until = model->now + milliseconds;

	while (model->now < until) {
		struct load *expired;

		model->now = next_moment(model, until);
		ring(model);
		settle_and_deliver(model);
		while ((expired = first_expired(model)) != NULL) {
			model_fail_replacement(model, expired, SP_TIMEOUT);
			settle_and_deliver(model);
		}
	}
}

/* ---- plugins ----------------------------------------------------------------------------------------------------- */

static sp_status add(struct model *model, const struct operation *operation)
{
	struct load *load = &model->loads[model->load_count];

	if (model->loaded[operation->who])
		return SP_CONFLICT;
	ck_assert_uint_lt(model->load_count, LOADS_MOST);
	*load = (struct load){ .number = model->load_count++,
		.plugin = operation->who,
		.version = (unsigned)operation->value,
		.published = true };
	model->loaded[operation->who] = load;
	for (unsigned part = 0; part < PARTS_MOST; part++)
		if (versions[load->plugin][load->version].kinds[part] != KINDS)
			model_instance_new(model, load, part);
	return SP_OK;
}

static sp_status remove_plugin(struct model *model, unsigned plugin)
{
	struct load *load = model->loaded[plugin];

	if (!load)
		return SP_NOT_FOUND;
	model->loaded[plugin] = NULL;
	load->published = false;
	for (size_t i = 0; i < model->count; i++)
		if (model->order[i]->load == load) {
			model->order[i]->removed = true;
			model_instance_is_due(model, model->order[i]);
		}
	if (load->next)
		model_fail_replacement(model, load, SP_CANCELLED);
	return SP_OK;
}

static sp_status retry(struct model *model, unsigned name)
{
	struct instance *instance = model_instance_by_name(model, name);

	if (!instance)
		return SP_NOT_FOUND;
	if (instance->state != ERRORED)
		return SP_CONFLICT;
	instance->retry = true;
	return SP_OK;
}

static sp_status act(struct model *model, const struct operation *operation)
{
	switch (operation->kind) {
	case ADD:
		return add(model, operation);
	case REMOVE:
		return remove_plugin(model, operation->who);
	case REPLACE:
		return model_begin_replacement(model, operation->who, (unsigned)operation->value);
	case ANSWER:
		finish(&model->calls[operation->who]);
		return SP_OK;
	case CANCEL:
		cancel(&model->calls[operation->who]);
		return SP_OK;
	case SET_LIMIT:
	case SET_FAULT:
	case MUZZLE:
		return configure(model, operation);
	case PUBLISH:
		publish(model, event_types[operation->who], ++model->numbers);
		return SP_OK;
	case ADVANCE:
		advance(model, operation->value);
		return SP_OK;
	case RETRY:
		return retry(model, operation->who);
	default:
		call(model, operation);
		return SP_OK;
	}
}

void model_perform(struct model *model, const struct operation *operation)
{
	memset(model->heard, 0, sizeof model->heard);
	memset(model->states, 0, sizeof model->states);
	model->letters = 0;
	forget_calls(model);
	model->status = act(model, operation);
	settle_and_deliver(model);
}
