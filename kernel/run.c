/* run.c: runs that end later than they return. */
#include "run.h"

#include <stdatomic.h>

#include "again.h"
#include "alloc.h"
#include "body_acts.h"
#include "health.h"
#include "hook.h"
#include "lifecycle.h"

struct sp_run *run_create(struct sp_runtime *rt, void (*ended)(struct sp_run *run, sp_status status))
{
	struct sp_run *run = sp_calloc(1, sizeof *run);

	if (!run)
		return NULL;
	run->rt = rt;
	run->ended = ended;
	return run;
}

/* What a run that was in flight comes to. */
static sp_status judge(struct sp_run *run)
{
	sp_status status = run->status;

	if (run->lacked_memory)
		return sp_error_set(&run->error, SP_NO_MEMORY, "out of memory");
	if (status > 0)
		return sp_error_set(&run->error, SP_FAILED, "finished with SP_LATER, which is no end");
	if (status < 0 && run->error.code == SP_OK)
		sp_error_set(&run->error, status, "answered %s", sp_status_word(status));
	return status;
}

static void end_on_loop(struct sp_task *task)
{
	struct sp_run *run = container_of(task, struct sp_run, task);
	struct sp_runtime *rt = run->rt;
	struct sp_graph *graph = rt->kernel->graph;

	sp_batch_begin(graph);
	run->in_flight = false;
	run->ended(run, judge(run));
	sp_work_end(rt);
	sp_batch_end(graph);
}

static void prepare(struct sp_run *run)
{
	run->task.run = end_on_loop;
	run->cancelled = run->lacked_memory = false;
	run->status = SP_OK;
	run->error.code = SP_OK;
	run->error.message[0] = run->error.pointer[0] = '\0';
	atomic_store(&run->stale, false);
	atomic_store(&run->finished, false);
}

/* Of a run that is over: the words are the run's, or the frame's. */
static sp_status judge_at_once(struct sp_run *run, struct entry *entry, sp_status status)
{
	if (run->error.code != SP_OK)
		entry->error = run->error;
	status = frame_judge(&entry->frame, status);
	run->error = entry->error;
	return status;
}

/* A body that has finished already may answer what it likes. While a run is in flight its error is the body's to write,
 * on whatever thread. */
sp_status run_start(struct sp_run *run, run_body body)
{
	struct entry entry;
	sp_status status;

	prepare(run);
	entry_enter(&entry, run->rt);
	entry.frame.effect = run->effect != NULL;
	entry.frame.row = run->row;
	status = body(run->rt->self, run);
	run->in_flight = status == SP_LATER || atomic_exchange(&run->finished, true);
	if (run->in_flight) {
		sp_work_begin(run->rt);
		run->lacked_memory = entry.arena.failed;
		status = SP_LATER;
	} else {
		status = judge_at_once(run, &entry, status);
	}
	entry_leave(&entry);
	return status;
}

static void cancel(struct sp_run *run)
{
	const struct sp_effect *row = &run->effect->effect->row;
	struct entry entry;

	atomic_store(&run->stale, true);
	if (run->cancelled || atomic_load(&run->finished))
		return;
	run->cancelled = true;
	if (!row->cancel)
		return;
	entry_enter(&entry, run->rt);
	entry.frame.row = &row->row;
	row->cancel(run->rt->self, run);
	entry_leave(&entry);
}

static void supersede(struct sp_run *run)
{
	atomic_store(&run->stale, true);
	if (run->effect->effect->row.cancel_on_supersede)
		cancel(run);
}

sp_status run_effect_later(struct slot_context *context, struct sp_error *error)
{
	struct sp_run *run = context->run;
	sp_status status;

	if (run->in_flight)
		supersede(run);
	if (run->in_flight || run->suspended)
		return SP_OK;
	status = run_start(run, context->effect->row.run);
	if (status == SP_LATER) {
		sp_effect_hold(context->node);
		return SP_OK;
	}
	acts_note_health(run->rt, &context->ailing, status, run->error.message);
	if (status < 0)
		*error = run->error;
	return status;
}

/* A run that lacked memory does not know all that it depends on. To begin anew at once would lack it, too. */
static void pause_without_memory(struct slot_context *context)
{
	struct sp_node_info info = { .struct_size = sizeof info };

	sp_node_inspect(context->node, &info);
	if (!info.failed || !info.stale || info.asleep)
		return;
	context->paused = true;
	sp_effect_sleep(context->node);
	kernel_again(context->rt->kernel);
}

/* One that was cancelled and says so has not failed; nor is its work done. */
static void effect_ended(struct sp_run *run, sp_status status)
{
	struct slot_context *context = run->effect;
	bool given_up = run->cancelled && status < 0;
	bool failed = status < 0 && !(given_up && status == SP_CANCELLED);

	acts_note_health(run->rt, &context->ailing, failed ? status : SP_OK, run->error.message);
	pause_without_memory(context);
	sp_effect_release(context->node, failed ? &run->error : NULL, given_up);
	if (run->suspended)
		sp_effect_hold(context->node);
}

sp_status run_effect_create(struct slot_context *context)
{
	context->run = run_create(context->rt, effect_ended);
	if (!context->run)
		return SP_NO_MEMORY;
	context->run->effect = context;
	return SP_OK;
}

void run_effect_end(struct slot_context *context)
{
	struct sp_run *run = context->run;

	if (run && run->in_flight) {
		sp_effect_sleep(context->node);
		run->ending = true;
		return;
	}
	sp_node_dispose(context->node);
	context->node = NULL;
}

void runs_cancel_ended(struct sp_runtime *rt)
{
	for (size_t i = 0; i < rt->factory->effects.count; i++) {
		struct sp_run *run = rt->effects[i].run;

		if (run && run->in_flight && run->ending)
			cancel(run);
	}
}

void runs_suspend(struct sp_runtime *rt)
{
	health_cancel(rt);
	for (size_t i = 0; i < rt->factory->effects.count; i++) {
		struct sp_run *run = rt->effects[i].run;

		if (!run || run->suspended)
			continue;
		run->suspended = true;
		if (run->in_flight)
			cancel(run);
		else
			sp_effect_hold(rt->effects[i].node);
	}
}

void runs_resume(struct sp_runtime *rt)
{
	for (size_t i = 0; i < rt->factory->effects.count; i++) {
		struct sp_run *run = rt->effects[i].run;

		if (!run || !run->suspended)
			continue;
		run->suspended = false;
		if (!run->in_flight)
			sp_effect_release(rt->effects[i].node, NULL, false);
	}
}

bool runs_unfinished(const struct sp_runtime *rt)
{
	for (size_t i = 0; rt->effects && i < rt->factory->effects.count; i++)
		if (rt->effects[i].run && rt->effects[i].run->in_flight)
			return true;
	return hook_in_flight(rt);
}

void sp_run_finish(sp_run *run, sp_status status)
{
	const struct sp_kernel *kernel = run->rt->kernel;

	if (atomic_exchange(&run->finished, true))
		return;
	run->status = status;
	if (pthread_equal(pthread_self(), kernel->thread))
		kernel->ops->defer(kernel->loop, &run->task);
	else
		kernel->ops->post(kernel->loop, &run->task);
}

sp_status sp_run_fail(sp_run *run, sp_status code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	sp_error_set_list(&run->error, code, format, arguments);
	va_end(arguments);
	return code;
}

bool sp_is_stale(const sp_run *run)
{
	return atomic_load(&run->stale);
}
