/* workers.c: the pool of threads for work that blocks. */
#include "workers.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <time.h>

/* One thread; since is when its task began, 0 while it has none. */
struct worker {
	TAILQ_ENTRY(worker) link;
	struct workers *pool;
	pthread_t thread;
	int64_t since;
	bool abandoned;
};
TAILQ_HEAD(worker_list, worker);

struct workers {
	struct workers_options options;
	pthread_mutex_t lock;
	pthread_cond_t changed; /* a task came, a thread ended, or the pool ends */
	struct sp_task *first, **last;
	unsigned waiting, threads, running;
	struct worker_list members, ended;
	bool ending;
	unsigned references; /* the owner's, and one for each thread that was abandoned */
};

static void *work(void *user);

static int64_t clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void wait_until(struct workers *pool, int64_t moment)
{
	struct timespec at = { .tv_sec = moment / 1000000000, .tv_nsec = moment % 1000000000 };

	pthread_cond_timedwait(&pool->changed, &pool->lock, &at);
}

static bool is_stuck(const struct worker *worker, int64_t now)
{
	return worker->since != 0 && now - worker->since >= worker->pool->options.stuck_after;
}

static unsigned count_stuck(const struct workers *pool, int64_t now)
{
	const struct worker *worker = NULL;
	unsigned count = 0;

	TAILQ_FOREACH(worker, &pool->members, link)
	{
		count += is_stuck(worker, now);
	}
	return count;
}

/* When the next of the workers that run will count as stuck. */
static int64_t next_stuck(const struct workers *pool, int64_t now)
{
	const struct worker *worker = NULL;
	int64_t next = now + pool->options.stuck_after, moment;

	TAILQ_FOREACH(worker, &pool->members, link)
	{
		moment = worker->since + pool->options.stuck_after;
		if (worker->since != 0 && moment > now && moment < next)
			next = moment;
	}
	return next;
}

static void free_pool(struct workers *pool)
{
	pthread_cond_destroy(&pool->changed);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

/* Signals belong to the loop thread, whichever thread starts a worker. */
static int start_thread(struct worker *worker)
{
	sigset_t all, before;
	int failed;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&worker->thread, NULL, work, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return failed;
}

static void add_worker(struct workers *pool)
{
	struct worker *worker = calloc(1, sizeof(*worker));

	if (worker == NULL)
		return;
	worker->pool = pool;
	if (start_thread(worker) != 0) {
		free(worker);
		return;
	}
	TAILQ_INSERT_TAIL(&pool->members, worker, link);
	pool->threads++;
}

/* Sees to it that a thread will come to what waits: one that is idle, a new one, or beyond the limit a spare one, which
 * waits for another to get stuck. */
static void call_worker(struct workers *pool)
{
	if (pool->threads - pool->running > pool->waiting)
		return;
	if (pool->threads < pool->options.limit ||
		(pool->threads == pool->running && pool->threads < 2 * pool->options.limit))
		add_worker(pool);
}

static struct sp_task *unqueue(struct workers *pool)
{
	struct sp_task *task = pool->first;

	pool->first = task->next;
	if (pool->first == NULL)
		pool->last = &pool->first;
	pool->waiting--;
	return task;
}

/* Waits for a task that this thread may run; NULL when the pool ends. */
static struct sp_task *take_task(struct workers *pool)
{
	int64_t now;

	while (!pool->ending) {
		now = clock_now();
		if (pool->waiting == 0)
			pthread_cond_wait(&pool->changed, &pool->lock);
		else if (pool->running - count_stuck(pool, now) >= pool->options.limit)
			wait_until(pool, next_stuck(pool, now));
		else
			return unqueue(pool);
	}
	return NULL;
}

static void run_task(struct worker *worker, struct sp_task *task)
{
	struct workers *pool = worker->pool;

	worker->since = clock_now();
	pool->running++;
	if (pool->waiting > 0)
		call_worker(pool);
	pthread_mutex_unlock(&pool->lock);
	task->run(task);
	pthread_mutex_lock(&pool->lock);
	pool->running--;
	worker->since = 0;
}

/* The end of a thread that was abandoned: whoever comes last frees the pool. */
static void leave_abandoned(struct worker *worker)
{
	struct workers *pool = worker->pool;
	bool last = --pool->references == 0;

	free(worker);
	pthread_mutex_unlock(&pool->lock);
	if (last)
		free_pool(pool);
}

static void *work(void *user)
{
	struct worker *worker = user;
	struct workers *pool = worker->pool;
	struct sp_task *task;

	pthread_mutex_lock(&pool->lock);
	while ((task = take_task(pool)) != NULL)
		run_task(worker, task);
	if (worker->abandoned) {
		leave_abandoned(worker);
		return NULL;
	}
	TAILQ_REMOVE(&pool->members, worker, link);
	TAILQ_INSERT_TAIL(&pool->ended, worker, link);
	pthread_cond_broadcast(&pool->changed);
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

struct workers *workers_create(const struct workers_options *options, struct sp_error *error)
{
	struct workers *pool = calloc(1, sizeof(*pool));
	pthread_condattr_t monotonic;

	if (pool == NULL) {
		sp_error_set(error, SP_NO_MEMORY, "no memory for the worker pool");
		return NULL;
	}
	pool->options = *options;
	pool->references = 1;
	pool->last = &pool->first;
	TAILQ_INIT(&pool->members);
	TAILQ_INIT(&pool->ended);
	pthread_mutex_init(&pool->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&pool->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return pool;
}

sp_status workers_submit(struct workers *pool, struct sp_task *task)
{
	sp_status status = SP_UNAVAILABLE;

	pthread_mutex_lock(&pool->lock);
	call_worker(pool);
	if (pool->waiting < pool->options.queue_limit && pool->threads > count_stuck(pool, clock_now())) {
		task->next = NULL;
		*pool->last = task;
		pool->last = &task->next;
		pool->waiting++;
		pthread_cond_signal(&pool->changed);
		status = SP_OK;
	}
	pthread_mutex_unlock(&pool->lock);
	return status;
}

unsigned workers_pending(struct workers *pool)
{
	unsigned pending;

	pthread_mutex_lock(&pool->lock);
	pending = pool->waiting + pool->running;
	pthread_mutex_unlock(&pool->lock);
	return pending;
}

unsigned workers_stuck(struct workers *pool)
{
	unsigned stuck;

	pthread_mutex_lock(&pool->lock);
	stuck = count_stuck(pool, clock_now());
	pthread_mutex_unlock(&pool->lock);
	return stuck;
}

/* Threads that have ended are joined; those that are still in a task are let go, and counted. */
static unsigned part_from_threads(struct workers *pool)
{
	struct worker *worker = NULL;
	unsigned abandoned = 0;

	TAILQ_FOREACH(worker, &pool->members, link)
	{
		worker->abandoned = true;
		pool->references++;
		abandoned++;
		pthread_detach(worker->thread);
	}
	while ((worker = TAILQ_FIRST(&pool->ended)) != NULL) {
		TAILQ_REMOVE(&pool->ended, worker, link);
		pthread_mutex_unlock(&pool->lock);
		pthread_join(worker->thread, NULL);
		pthread_mutex_lock(&pool->lock);
		free(worker);
	}
	return abandoned;
}

unsigned workers_destroy(struct workers *pool)
{
	int64_t deadline;
	unsigned abandoned;
	bool last;

	if (pool == NULL)
		return 0;
	deadline = clock_now() + pool->options.ending_grace;
	pthread_mutex_lock(&pool->lock);
	pool->ending = true;
	pthread_cond_broadcast(&pool->changed);
	while (!TAILQ_EMPTY(&pool->members) && clock_now() < deadline)
		wait_until(pool, deadline);
	abandoned = part_from_threads(pool);
	last = --pool->references == 0;
	pthread_mutex_unlock(&pool->lock);
	if (last)
		free_pool(pool);
	return abandoned;
}
