/* call_run.c: runs a call on the loop, or in a worker, and renders its result. */
#include "call_run.h"

#include <stdatomic.h>
#include <string.h>

#include "frame.h"
#include "lifecycle.h"

/* The call that this worker thread runs: it decides what sp_peek reads. */
static _Thread_local struct sp_call *present_job;

/* The call whose handler runs on this thread. */
static _Thread_local const struct sp_call *present_call;

const struct sp_call *call_present(void)
{
	return present_call;
}

/* A handler may call another one. */
static sp_status run_row(struct sp_call *call)
{
	const struct sp_call *outer = present_call;
	sp_status status;

	present_call = call;
	status = call->plan->row.run(call->rt->self, call, call->in, call->out);
	present_call = outer;
	return status;
}

static void release_json(const struct sp_field *const *fields, char *value);

static void release_field(const union sp_field_row *row, char *at)
{
	const struct sp_items *items = (const struct sp_items *)(void *)at;

	if (row->field.type == SP_ANY)
		json_decref(*(json_t **)(void *)at);
	else if (row->field.type == SP_RECORD_TYPE)
		release_json(row->record.record->fields, at);
	for (size_t i = 0; row->field.type == SP_ARRAY && i < items->count; i++) {
		union sp_field_row item;

		sp_field_read(row->array.item, &item);
		release_field(&item, (char *)items->items + i * row->array.item_size);
	}
}

/* A json value that a handler put into its result is the call's to release. */
static void release_json(const struct sp_field *const *fields, char *value)
{
	for (; fields && *fields; fields++) {
		union sp_field_row row;

		sp_field_read(*fields, &row);
		release_field(&row, value + (*fields)->offset);
	}
}

void call_release_out(const struct sp_record *gives, void *out)
{
	if (gives->fields)
		release_json(gives->fields, out);
	else
		json_decref(*(json_t **)out);
}

/* A failure has words, even where the handler found none. */
static sp_status judge(struct sp_call *call, sp_status status)
{
	if (call->arena.failed)
		return sp_error_set(&call->error, SP_NO_MEMORY, "out of memory");
	if (status == SP_OK && call->misread)
		return call->error.code;
	if (status == SP_OK)
		return SP_OK;
	if (status == SP_INPUT_REQUIRED && !call->questions)
		return sp_error_set(&call->error, SP_FAILED, "asks the caller for input without a question");
	if (call->error.code == SP_OK)
		sp_error_set(&call->error, status, "answered %s", sp_status_word(status));
	return status < 0 ? status : SP_FAILED;
}

/* On the thread that ran the handler, while what its result points to is still there. */
static sp_status render(struct sp_call *call, sp_status status)
{
	const struct sp_record *gives = call->plan->row.gives;

	status = judge(call, status);
	if (status == SP_OK) {
		call->result = gives ? sp_record_json_new(gives, call->out) : json_object();
		if (!call->result)
			status = sp_error_set(&call->error, SP_FAILED,
				"the result holds text that is not UTF-8, or memory ran out");
	}
	if (gives && call->out) {
		call_release_out(gives, call->out);
		call->out = NULL;
	}
	return status;
}

void call_release_values(struct sp_call *call)
{
	for (struct job_copy *copy = call->copies; copy; copy = copy->next)
		if (copy->type->release)
			copy->type->release(copy->type, copy->value);
	json_decref(call->json);
	json_decref(call->details);
	json_decref(call->result);
	json_decref(call->content);
	json_decref(call->questions);
	json_decref(call->answers);
}

/* Whether what the handler answered is the end: a later one may also have told it by sp_finish. */
static bool is_end(struct sp_call *call, sp_status status)
{
	if (call->plan->row.mode != SP_FINISHES_LATER)
		return true;
	return status != SP_LATER && !atomic_exchange(&call->finished, true);
}

static void run_handler(void *call_at)
{
	struct sp_call *call = call_at;
	struct frame frame = { .rt = call->rt, .call = call, .arena = &call->arena, .error = &call->error };
	sp_status status;
	bool ends;

	frame_enter(&frame);
	status = run_row(call);
	ends = is_end(call, status);
	if (ends)
		status = render(call, frame_judge(&frame, status));
	frame_leave(&frame);
	if (ends)
		call_end(call, status);
}

static void end_on_loop(struct sp_task *task)
{
	struct sp_call *call = container_of(task, struct sp_call, task);
	struct frame frame = { .rt = call->rt, .call = call, .arena = &call->arena, .error = &call->error };
	sp_status status;

	frame_enter(&frame);
	status = render(call, call->status);
	frame_leave(&frame);
	call_end(call, status);
}

void sp_call_finish(sp_call *call, sp_status status)
{
	struct sp_kernel *kernel = call->kernel;

	if (atomic_exchange(&call->finished, true))
		return;
	call->status = status;
	call->task.run = end_on_loop;
	if (pthread_equal(pthread_self(), kernel->thread))
		kernel->ops->defer(kernel->loop, &call->task);
	else
		kernel->ops->post(kernel->loop, &call->task);
}

static void tell_provider(const struct binding *binding)
{
	struct sp_runtime *provider = binding->service->rt;

	if (provider && provider->replacement)
		body_due(provider);
}

/* A provider that is being replaced waits until no worker uses its services. */
static void tell_providers(const struct sp_runtime *rt)
{
	for (size_t i = 0; i < rt->factory->needs.count; i++) {
		const struct view *view = rt->needs[i].view;

		for (size_t at = 0; view && at < view->count; at++)
			tell_provider(view->bindings[at]);
	}
}

static void end_job(struct sp_task *task)
{
	struct sp_call *call = container_of(task, struct sp_call, task);

	call->kernel->jobs--;
	if (--call->rt->jobs == 0)
		tell_providers(call->rt);
	kernel_due(call->kernel);
	call_end(call, call->status);
}

static void work(struct sp_task *task)
{
	struct sp_call *call = container_of(task, struct sp_call, task);

	present_job = call;
	call->status = render(call, run_row(call));
	present_job = NULL;
	call->task.run = end_job;
	call->kernel->ops->post(call->kernel->loop, &call->task);
}

static void note_failure(struct sp_call *call, sp_node *computed)
{
	const struct sp_error *error = sp_node_error(computed);
	struct job_failure *failure = error ? arena_allocate(&call->arena, sizeof *failure) : NULL;

	if (!failure)
		return;
	*failure = (struct job_failure){ call->failures, computed, *error };
	call->failures = failure;
}

/* A worker reads computeds as they were last: bring them up to date while we may. */
static void prepare_computeds(void *call_at)
{
	struct sp_call *call = call_at;
	struct sp_runtime *rt = call->rt;

	for (size_t i = 0; i < rt->factory->computeds.count; i++)
		note_failure(call, rt->computeds[i].node);
}

static size_t largest(size_t size, sp_node *node)
{
	return sp_node_type(node)->size > size ? sp_node_type(node)->size : size;
}

static sp_status reserve_nothing(struct sp_call *call)
{
	const struct sp_runtime *rt = call->rt;
	size_t size = sizeof(max_align_t);

	for (size_t i = 0; i < rt->cell_count; i++)
		size = largest(size, rt->cells[i]);
	for (size_t i = 0; i < rt->factory->computeds.count; i++)
		size = largest(size, rt->computeds[i].node);
	call->nothing = arena_allocate(&call->arena, size);
	return call->nothing ? SP_OK : SP_NO_MEMORY;
}

static void run_in_worker(struct sp_call *call)
{
	struct sp_runtime *rt = call->rt;

	if (reserve_nothing(call) != SP_OK) {
		call_end(call, sp_error_set(&call->error, SP_NO_MEMORY, "out of memory"));
		return;
	}
	sp_untracked(call->kernel->graph, prepare_computeds, call);
	call->task.run = work;
	rt->jobs++;
	call->kernel->jobs++;
	if (call->kernel->ops->submit(call->kernel->loop, &call->task) == SP_OK)
		return;
	rt->jobs--;
	call->kernel->jobs--;
	call_end(call, sp_error_set(&call->error, SP_UNAVAILABLE, "no worker is free; try again"));
}

void call_run(struct sp_call *call)
{
	if (call->plan->row.mode == SP_IN_WORKER)
		run_in_worker(call);
	else
		sp_untracked(call->kernel->graph, run_handler,
			call); /* an effect that calls does not follow what is read */
}

/* R-RX-3: readers of a computed that failed get its error. */
static void judge_read(struct sp_call *call, const sp_node *node, sp_status status)
{
	if (status == SP_CONFLICT && !call->misread)
		sp_error_set(&call->error, status,
			"a worker cannot read this slot: it holds a pointer, or is another's");
	call->misread = call->misread || status == SP_CONFLICT;
	call->arena.failed = call->arena.failed || status == SP_NO_MEMORY;
	for (const struct job_failure *failure = call->failures; failure && !call->misread; failure = failure->next)
		if (failure->node == node) {
			call->error = failure->error;
			call->misread = true;
		}
}

static struct job_copy *latest_copy(const struct sp_call *call, const sp_node *node)
{
	struct job_copy *copy = call->copies;

	while (copy && copy->node != node)
		copy = copy->next;
	return copy;
}

static struct job_copy *take_copy(struct sp_call *call, uint32_t size)
{
	struct job_copy *copy = call->spare;

	if (copy && copy->room >= size) {
		call->spare = NULL;
		return copy;
	}
	copy = arena_allocate(&call->arena, sizeof *copy + size);
	if (copy)
		copy->room = size;
	return copy;
}

/* By content, also for json, which was cloned. */
static bool is_same(const struct sp_value_type *type, const void *left, const void *right)
{
	if (type == &sp_type_json)
		return json_equal(*(json_t *const *)left, *(json_t *const *)right);
	return type->equal && type->equal(type, left, right);
}

/* A worker that looks again and again needs memory only when it sees something new. */
static const void *keep_copy(struct sp_call *call, struct job_copy *copy, const struct job_copy *before)
{
	const struct sp_value_type *type = copy->type;

	if (before && type->release && is_same(type, before->value, copy->value)) {
		type->release(type, copy->value);
		call->spare = copy;
		return before->value;
	}
	copy->next = call->copies;
	call->copies = copy;
	return copy->value;
}

static const void *copy_for_job(struct sp_call *call, sp_node *node)
{
	const struct sp_value_type *type = sp_node_type(node);
	struct job_copy *before = latest_copy(call, node), *copy;
	sp_status status;

	if (before && !type->release) {
		judge_read(call, node, sp_node_read(node, before->value));
		return before->value;
	}
	copy = take_copy(call, type->size);
	status = copy ? sp_node_read(node, copy->value) : SP_NO_MEMORY;
	judge_read(call, node, status);
	if (status == SP_OK) {
		copy->type = type;
		copy->node = node;
		return keep_copy(call, copy, before);
	}
	if (before)
		return before->value;
	return copy ? memset(copy->value, 0, type->size) : call->nothing;
}

const void *sp_slot_peek(sp_node *node)
{
	return present_job ? copy_for_job(present_job, node) : sp_node_peek(node);
}

sp_status sp_slot_set(sp_node **slot, const void *value)
{
	return sp_node_write(*slot, value);
}

sp_status sp_call_fail(sp_call *call, sp_status code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	sp_error_set_list(&call->error, code, format, arguments);
	va_end(arguments);
	return code;
}

const char *sp_call_format(sp_call *call, const char *format, ...)
{
	const char *text;
	va_list arguments;

	va_start(arguments, format);
	text = arena_format(&call->arena, format, arguments);
	va_end(arguments);
	return text;
}

void sp_call_append(sp_call *call, void *array, size_t size, const void *value)
{
	arena_append(&call->arena, array, size, value);
}

bool sp_is_cancelled(const sp_call *call)
{
	return atomic_load(&call->cancelled);
}

int64_t sp_time_left(const sp_call *call)
{
	int64_t left;

	if (!call->deadline)
		return INT64_MAX;
	left = call->deadline - call->kernel->ops->now(call->kernel->loop);
	return left > 0 ? left / 1000000 : 0;
}

const char *sp_caller(const sp_call *call)
{
	return call->caller.name;
}
