/* A row names an effect that is not defined. */
#include <signalpy/component.h>

SP_RECORD(job, (integer, steps, .otherwise = 1, .min = 1, .max = 9));

SP_COMPONENT(worker, (signal, integer, done), (effect, report), (blocking, work, job, nothing),
	(later, wait, nothing, nothing), (timer, tick), (property, integer, rank));

static sp_status worker_work(const struct worker *self, sp_call *call, const struct job *in)
{
	sp_progress(call, in->steps, sp_peek(self->done), NULL);
	return sp_is_cancelled(call) ? SP_CANCELLED : SP_OK;
}

static sp_status worker_wait(struct worker *self, sp_call *call)
{
	sp_finish(call, SP_OK);
	return sp_timer_start(self->tick, 100) == SP_OK ? SP_LATER : SP_FAILED;
}

static sp_status worker_tick(struct worker *self)
{
	return sp_set(self->done, sp_peek(self->done) + 1);
}

SP_PLUGIN(worker, "1.0.0", worker);
