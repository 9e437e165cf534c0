/* call.c: lets calls in, holds them, ends them, and looks after their deadlines. */
#include "call.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "admission.h"
#include "alloc.h"
#include "call_run.h"
#include "call_trace.h"
#include "exposure.h"
#include "frame.h"
#include "identity.h"
#include "ledger.h"
#include "lifecycle.h"
#include "metrics.h"
#include "target.h"

enum { CALLS_KEPT = 64, DEFAULT_CALL_MS = 30000, LONGEST_CALL_MS = INT32_MAX };

static struct sp_call *call_new(struct sp_kernel *kernel)
{
	struct sp_call *call;

	if (kernel->calls_free_count) {
		call = container_of(kernel->calls_free.next, struct sp_call, link);
		list_remove(&call->link);
		kernel->calls_free_count--;
	} else {
		call = sp_malloc(sizeof *call);
	}
	if (!call)
		return NULL;
	memset(call, 0, offsetof(struct sp_call, error));
	call->error.code = SP_OK;
	call->error.message[0] = call->error.pointer[0] = '\0';
	arena_init(&call->arena);
	call->kernel = kernel;
	list_init(&call->link);
	list_init(&call->deadline_link);
	ledger_init(&call->ledger);
	return call;
}

static void keep_for_reuse(struct sp_call *call)
{
	struct sp_kernel *kernel = call->kernel;

	if (kernel->calls_free_count == CALLS_KEPT) {
		sp_free(call);
		return;
	}
	list_add(&kernel->calls_free, &call->link);
	kernel->calls_free_count++;
}

/* A report of progress may still be on its way, from a thread other than the one that ended the call. */
static void call_free(struct sp_call *call)
{
	call_release_values(call);
	arena_finish(&call->arena);
	list_remove(&call->link);
	list_remove(&call->deadline_link);
	sp_ledger_remove(&call->ledger);
	if (atomic_load(&call->reports))
		call->over = true;
	else
		keep_for_reuse(call);
}

void call_reported(struct sp_call *call)
{
	if (atomic_fetch_sub(&call->reports, 1) == 1 && call->over)
		keep_for_reuse(call);
}

void calls_finish(struct sp_kernel *kernel)
{
	struct sp_call *call;

	list_each(call, &kernel->calls_free, link)
		sp_free(call);
	list_init(&kernel->calls_free);
	kernel->calls_free_count = 0;
}

/* What the table of errors has no word for is failed on every surface. */
static const char *answer_code(sp_status status)
{
	switch (status) {
	case SP_OK:
		return NULL;
	case SP_NO_MEMORY:
	case SP_CANCELLED:
	case SP_GONE:
		return "failed";
	default:
		return sp_status_word(status);
	}
}

/* Whoever is told inside its own handler is in it already, and keeps what that handler has. */
void call_enter_caller(struct sp_call *call, struct entry *entry)
{
	const struct frame *frame = call->kernel->frame;

	entry->frame.rt = NULL;
	if (call->consumer && !(frame && frame->rt == call->consumer))
		entry_enter(entry, call->consumer);
}

void call_leave_caller(struct entry *entry)
{
	if (entry->frame.rt)
		entry_leave(entry);
}

static void give(struct sp_call *call, struct sp_answer *answer)
{
	struct answer_trace room;
	struct entry entry;

	if (call->answered)
		return;
	call->answered = true;
	call_figures_count(call, answer->status);
	call_trace_tell(call, answer, &room);
	sp_ledger_remove(&call->ledger);
	call_enter_caller(call, &entry);
	call->done(call->user, answer);
	call_leave_caller(&entry);
}

/* Before its handler has ended: of what a worker may be writing (error, content, questions) nothing is looked at. */
static void give_early(struct sp_call *call, sp_status status, const char *message)
{
	give(call,
		&(struct sp_answer){ .struct_size = sizeof(struct sp_answer),
			.status = status,
			.code = answer_code(status),
			.message = message });
}

static void give_all(struct sp_call *call, sp_status status)
{
	give(call,
		&(struct sp_answer){ .struct_size = sizeof(struct sp_answer),
			.status = status,
			.code = answer_code(status),
			.data = status == SP_OK ? call->result : NULL,
			.message = call->error.message,
			.details = call->details,
			.content = call->content,
			.questions = status == SP_INPUT_REQUIRED ? call->questions : NULL,
			.lacks = call->lacks,
			.retry_ms = call->retry_ms });
}

void call_end(struct sp_call *call, sp_status status)
{
	struct sp_runtime *rt = call->rt;

	if (call->ended)
		*call->ended = true;
	if (call->holder)
		call->holder->held_count--;
	give_all(call, status);
	call_free(call);
	if (!rt)
		return;
	rt->in_flight--;
	rt->kernel->in_flight--;
	if (rt->in_flight == 0 && (rt->state == BODY_LEAVING || rt->replacement || rt->withdrawn))
		body_due(rt);
}

/* Made while a runnable runs, or by a component which has calls in flight that may wait for this one. */
static bool is_inside(const struct sp_call *call)
{
	const struct frame *frame = call->kernel->frame;

	return (frame && frame->call) || (!call->transport && call->consumer && call->consumer->in_flight);
}

static const char *keep_text(struct sp_call *call, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = arena_allocate(&call->arena, size);

	return copy ? memcpy(copy, text, size) : "";
}

static void refuse_state(const struct instance *instance, struct sp_error *error)
{
	const struct need_plan *missing = instance->state == INSTANCE_WAITING ? instance_missing(instance) : NULL;

	if (missing)
		sp_error_set(error, SP_UNAVAILABLE, "%s is waiting for %s", instance->name, missing->contract);
	else if (instance->error.code)
		sp_error_set(error, SP_UNAVAILABLE, "%s is %s: %s", instance->name,
			instance_state_word(instance->state), instance->error.message);
	else
		sp_error_set(error, SP_UNAVAILABLE, "%s is %s", instance->name, instance_state_word(instance->state));
}

static sp_status admit(struct sp_call *call, const struct exposure *exposure)
{
	const struct sp_runnable *row = &exposure->plan->row;
	const struct asking asking = { .kernel = call->kernel,
		.caller = &call->caller,
		.instance = exposure->instance->name,
		.name = row->row.name,
		.transport = call->transport,
		.trace = &call->trace,
		.demand = { sizeof asking.demand, call->address, row->action, row->role } };

	return admission_judge(&asking, &call->retry_ms, &call->error);
}

/* Everything that can be told of a call before its parameters are looked at; the same for every surface. */
static sp_status judge(struct sp_call *call, const struct exposure *exposure)
{
	if (!exposure || (call->transport && !(exposure->exposed.transports & call->transport)))
		return sp_error_set(&call->error, SP_NOT_FOUND, "no runnable %s; see 'signalctl runnable list'",
			call->address);
	if (call->kernel->state >= SP_KERNEL_DRAINING && !call->inside)
		return sp_error_set(&call->error, SP_UNAVAILABLE, "signalpyd is draining");
	if (!exposure->instance->body || exposure->instance->state != INSTANCE_ACTIVE) {
		refuse_state(exposure->instance, &call->error);
		return SP_UNAVAILABLE;
	}
	return admit(call, exposure);
}

static sp_status no_memory(struct sp_call *call)
{
	return sp_error_set(&call->error, SP_NO_MEMORY, "out of memory");
}

static sp_status parse(struct sp_call *call)
{
	json_error_t error;

	if (call->json || !call->params.size)
		return SP_OK;
	call->json = json_loadb(call->params.data, call->params.size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (!call->json)
		return sp_error_set(&call->error, SP_BAD_REQUEST, "the parameters are not JSON: line %d, column %d: %s",
			error.line, error.column, error.text);
	return SP_OK;
}

static sp_status judge_nothing(struct sp_call *call)
{
	static const struct sp_field *const none[] = { NULL };
	static const struct sp_record nothing = { sizeof nothing, 1, "nothing", none };
	const struct sp_fill how = { arena_allocate_for, &call->arena, &call->details };
	char filled;
	sp_status status;

	if (!call->json || (json_is_object(call->json) && json_object_size(call->json) == 0))
		return SP_OK;
	status = sp_record_fill(&nothing, call->json, &how, &filled);
	return status == SP_NO_MEMORY ? no_memory(call)
				      : sp_error_set(&call->error, status, "%s takes no parameters", call->address);
}

static sp_status fill(struct sp_call *call)
{
	const struct sp_runnable *row = &call->plan->row;
	struct sp_fill how = { arena_allocate_for, &call->arena, &call->details };
	sp_status status;

	if (row->gives && !(call->out = arena_allocate(&call->arena, row->gives->size)))
		return no_memory(call);
	if (!row->takes)
		return judge_nothing(call);
	call->in = arena_allocate(&call->arena, row->takes->size);
	status = call->in ? sp_record_plan_fill(call->plan->takes, call->json, &how, call->in) : SP_NO_MEMORY;
	if (status == SP_INVALID)
		sp_error_set(&call->error, status, "%zu %s not valid", json_array_size(call->details),
			json_array_size(call->details) == 1 ? "parameter is" : "parameters are");
	else if (status < 0)
		no_memory(call);
	return status;
}

static void arm_deadline(struct sp_kernel *kernel)
{
	const struct sp_call *first = container_of(kernel->deadlines.next, struct sp_call, deadline_link);
	int64_t left;

	if (list_is_empty(&kernel->deadlines)) {
		kernel->ops->timer_stop(kernel->deadline_timer);
		return;
	}
	left = first->deadline - kernel->ops->now(kernel->loop);
	kernel->ops->timer_start(kernel->deadline_timer, left > 0 ? left : 0);
}

static int64_t milliseconds_for(const struct sp_call *call, const struct sp_runnable *row)
{
	int64_t limit = row->timeout_ms ? row->timeout_ms : call->kernel->options.call_ms;

	if (!limit)
		limit = DEFAULT_CALL_MS;
	if (limit > LONGEST_CALL_MS)
		limit = LONGEST_CALL_MS;
	return call->timeout_ms > 0 && call->timeout_ms < limit ? call->timeout_ms : limit;
}

/* Deadlines mostly come in order, so the place is sought from the end. */
static void set_deadline(struct sp_call *call, const struct sp_runnable *row)
{
	struct sp_kernel *kernel = call->kernel;
	struct list *place = &kernel->deadlines;

	if (!call->deadline)
		call->deadline = kernel->ops->now(kernel->loop) + milliseconds_for(call, row) * 1000000;
	while (place->previous != &kernel->deadlines &&
		container_of(place->previous, struct sp_call, deadline_link)->deadline > call->deadline)
		place = place->previous;
	list_insert_before(place, &call->deadline_link);
	if (kernel->deadlines.next == &call->deadline_link)
		arm_deadline(kernel);
}

static void answer_late(struct sp_call *call)
{
	char message[sizeof call->error.message];

	snprintf(message, sizeof message, "%s did not answer in time", call->address);
	give_early(call, SP_TIMEOUT, message);
}

void calls_expire(void *user)
{
	struct sp_kernel *kernel = user;
	int64_t now = kernel->ops->now(kernel->loop);

	while (!list_is_empty(&kernel->deadlines)) {
		struct sp_call *call = container_of(kernel->deadlines.next, struct sp_call, deadline_link);

		if (call->deadline > now)
			break;
		list_remove(&call->deadline_link);
		atomic_store(&call->cancelled, true);
		if (call->rt)
			answer_late(call);
		else
			call_end(call, sp_error_set(&call->error, SP_TIMEOUT, "%s was held too long", call->address));
	}
	arm_deadline(kernel);
}

/* What outlives the turn may not borrow from whoever calls, nor from an exposure that a replacement frees. */
static void prepare_to_stay(struct sp_call *call)
{
	call->address = keep_text(call, call->address);
	identity_keep(call);
	call_trace_keep(call);
	set_deadline(call, &call->plan->row);
}

/* Everything that may fail for want of memory: what a handler has done could not be undone. */
static sp_status prepare(struct sp_call *call, const struct runnable_plan *plan)
{
	sp_status status;

	call->plan = plan;
	status = fill(call);
	if (status == SP_OK && plan->row.mode != SP_AT_ONCE)
		prepare_to_stay(call);
	return status == SP_OK && call->arena.failed ? no_memory(call) : status;
}

static void let_in(struct sp_call *call, const struct exposure *exposure)
{
	struct sp_runtime *rt = exposure->instance->body;

	call->rt = rt;
	rt->in_flight++;
	rt->kernel->in_flight++;
	rt->kernel->calls_total++;
	list_add(&rt->calls, &call->link);
	call_run(call);
}

/* Judges and, if all is well, runs. */
static void call_start(struct sp_call *call, const struct exposure *exposure)
{
	sp_status status = judge(call, exposure);

	if (status == SP_OK)
		status = parse(call);
	if (exposure && status == SP_OK)
		status = prepare(call, exposure->plan);
	if (exposure && status == SP_OK)
		let_in(call, exposure);
	else
		call_end(call, status);
}

static void hold(struct sp_call *call, const struct exposure *exposure)
{
	struct instance *instance = exposure->instance;
	void *copy;

	if (instance->held_count >= call->kernel->options.hold_max) {
		call_end(call,
			sp_error_set(&call->error, SP_UNAVAILABLE, "too many calls wait for %s", instance->name));
		return;
	}
	copy = arena_allocate(&call->arena, call->params.size);
	call->address = keep_text(call, call->address);
	identity_keep(call);
	call_trace_keep(call);
	if (call->arena.failed) {
		call_end(call, no_memory(call));
		return;
	}
	if (call->params.size)
		memcpy(copy, call->params.data, call->params.size);
	call->params.data = copy;
	call->holder = instance;
	instance->held_count++;
	list_add(&instance->held_calls, &call->link);
	set_deadline(call, &exposure->plan->row);
}

void calls_release(struct instance *instance)
{
	struct list held;

	if (list_is_empty(&instance->held_calls))
		return;
	held = instance->held_calls;
	held.next->previous = held.previous->next = &held;
	list_init(&instance->held_calls);
	while (!list_is_empty(&held)) {
		struct sp_call *call = container_of(held.next, struct sp_call, link);

		list_remove(&call->link);
		list_remove(&call->deadline_link);
		call->holder = NULL;
		instance->held_count--;
		call_start(call, exposure_find(call->kernel, call->address, strlen(call->address)));
	}
}

static void cancel_entry(struct sp_ledger_entry *entry)
{
	call_cancel(container_of(entry, struct sp_call, ledger));
}

/* Members that a transport of an earlier minor does not know. */
static void take_appended(struct sp_call *call, const struct sp_request *request)
{
	if (request->struct_size < offsetof(struct sp_request, answers) + sizeof request->answers)
		return;
	call->tell = request->tell;
	call->can_ask = request->can_ask;
	call->answers = json_incref(request->answers);
	if (request->struct_size >= offsetof(struct sp_request, values) + sizeof request->values)
		call->json = json_incref(request->values);
}

/* Who is called: by address, or by component and target (R-RN-7). */
static const struct exposure *find_called(struct sp_kernel *kernel, const struct sp_request *request,
	struct sp_error *error)
{
	bool knows = request->struct_size >= offsetof(struct sp_request, target) + sizeof request->target;

	error->code = SP_OK;
	if (knows && request->target)
		return target_find(kernel, request->address, request->target, error);
	return exposure_find(kernel, request->address, strlen(request->address));
}

void call_begin(struct sp_kernel *kernel, struct sp_runtime *consumer, const struct sp_request *request,
	sp_call **ret_call)
{
	struct sp_error wrong;
	const struct exposure *exposure = find_called(kernel, request, &wrong);
	struct sp_call *call = call_new(kernel);
	bool answered = false;

	if (ret_call)
		*ret_call = NULL;
	if (!call) {
		request->done(request->user,
			&(struct sp_answer){ .struct_size = sizeof(struct sp_answer),
				.status = SP_NO_MEMORY,
				.code = "failed",
				.message = "out of memory" });
		return;
	}
	call->done = request->done;
	call->since = kernel->ops->now(kernel->loop);
	call->figures = exposure ? exposure->figures : NULL;
	call->progress = request->progress;
	take_appended(call, request);
	call->user = request->user;
	call->consumer = consumer;
	call->address = exposure ? exposure->address : request->address;
	call->transport = request->transport;
	identity_find(call, request);
	call_trace_find(call, request);
	call->inside = is_inside(call);
	call->params = request->params;
	call->timeout_ms = request->timeout_ms;
	call->ended = &answered;
	if (wrong.code != SP_OK)
		call_end(call, sp_error_set(&call->error, wrong.code, "%s", wrong.message));
	else if (exposure && exposure->instance->held && !call->inside)
		hold(call, exposure);
	else
		call_start(call, exposure);
	if (answered)
		return;
	call->ended = NULL;
	call->ledger.kind = "call";
	call->ledger.line = 0;
	call->ledger.release = cancel_entry;
	if (consumer)
		sp_ledger_add(consumer, &call->ledger);
	if (ret_call)
		*ret_call = call;
}

void call_cancel(struct sp_call *call)
{
	atomic_store(&call->cancelled, true);
	if (!call->answered)
		call_figures_count(call, SP_CANCELLED);
	call->answered = true;
	sp_ledger_remove(&call->ledger);
	if (!call->rt)
		call_end(call, SP_CANCELLED);
}

void calls_give_up(struct sp_runtime *rt, sp_status status, const char *why)
{
	struct sp_call *call;

	list_each(call, &rt->calls, link) {
		atomic_store(&call->cancelled, true);
		give_early(call, status, why);
	}
}
