/* pool: keeps as many workers as its configuration says, and restarts those that fail. */
#include <signalpy/component.h>
#include <signalpy/logger.h>
#include <string.h>

enum { WORKERS_MOST = 16, ATTEMPTS_MOST = 3 };

SP_RECORD(pool_settings,
	(integer, workers, .otherwise = 3, .min = 0, .max = 16, .about = "how many workers there are"));

SP_RECORD(crash,
	(string, worker, .required = true, .about = "whom to crash", .example = "\"pool-worker-1\""),
	(integer, times, .otherwise = 2, .min = 1, .max = 10, .about = "how often; more than once is once too often"));

SP_RECORD(job,
	(string, text, .otherwise = "nothing", .max_length = 80, .about = "what to do"));

SP_RECORD(job_done,
	(string, by),
	(string, text),
	(integer, jobs, .about = "how many it has done since it started"));

SP_COMPONENT(pool,
	(about,     "Keeps workers, and restarts those that fail.", .name_space = "examples"),
	(settings,  pool_settings, settings),
	(one,       sp_logger, log),
	(supervise, watch_over, .strategy = SP_ONE_FOR_ONE, .backoff = SP_EXPONENTIAL, .base_delay_ms = 500,
		.max_restarts = 5, .max_failures = 1, .within_ms = 60000),
	(effect,    staff),
	(runnable,  crash, crash, nothing, .about = "Has one worker fail."));

SP_COMPONENT(pool_worker,
	(about,     "One worker of the pool.", .name_space = "examples", .on_demand = true),
	(signal,    integer, jobs),
	(subscribe, told_to_crash, "pool.crash"),
	(runnable,  work, job, job_done, .about = "Does a job."));

/* Spawns those that are missing (one that is there is left as it is) and stops those that are too many. */
static sp_status pool_staff(struct pool *self)
{
	int64_t wanted = sp_get(self->settings.workers);
	sp_status status = SP_OK;

	for (int number = 1; status == SP_OK && number <= WORKERS_MOST; number++) {
		const char *name = sp_format(self->rt, "pool-worker-%d", number);

		if (number <= wanted)
			status = sp_spawn(self->rt, "pool-worker", name, NULL);
		else
			sp_stop_child(self->rt, name);
	}
	return status;
}

static sp_verdict pool_watch_over(struct pool *self, sp_failure *failure)
{
	sp_warning(self->log, "%s has failed, attempt %d: %s", failure->child, failure->attempt,
		failure->error->message);
	return failure->attempt <= ATTEMPTS_MOST ? SP_RESTART : SP_GIVE_UP;
}

static sp_status pool_crash(struct pool *self, const struct crash *in)
{
	sp_status status = SP_OK;

	for (int64_t i = 0; status == SP_OK && i < in->times; i++)
		status = sp_publish(self->rt, "pool.crash", SP_JSON(crash, .worker = in->worker));
	return status;
}

static sp_status pool_worker_told_to_crash(struct pool_worker *self, const sp_event *event)
{
	const char *worker = json_string_value(json_object_get(event->data, "worker"));

	if (!worker || strcmp(worker, sp_name(self->rt)) != 0)
		return SP_OK;
	return sp_fail(self->rt, SP_FAILED, "crashed, as it was told");
}

static sp_status pool_worker_work(struct pool_worker *self, const struct job *in, struct job_done *out)
{
	sp_set(self->jobs, sp_peek(self->jobs) + 1);
	*out = (struct job_done){ .by = sp_name(self->rt), .text = in->text, .jobs = sp_peek(self->jobs) };
	return SP_OK;
}

SP_PLUGIN(pool, "1.0.0", pool, pool_worker);
