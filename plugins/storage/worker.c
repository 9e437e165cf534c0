/* worker.c: the thread that carries out requests, as many at once as have come meanwhile. */
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <unistd.h>

enum { BATCH_MOST = 1000 };

struct queue {
	struct storage_request *first, *last;
};

/*
 * While a plugin is replaced both versions have a worker on one file, and requests of one instance must keep their
 * order: a worker has the turn from when a request comes to it, which is on the loop, until it has carried out all of
 * them. The turn is a lock on a file beside the database; whoever finds it taken waits for it on the thread.
 */
struct worker {
	pthread_t thread;
	pthread_mutex_t lock; /* for what follows */
	pthread_cond_t more;
	struct queue waiting, answered;
	enum worker_state state;
	struct sp_error error;
	bool stopping, busy, has_turn;
	int told; /* an eventfd */
	int turn;
	char path[];
};

static void queue_add(struct queue *queue, struct storage_request *first, struct storage_request *last)
{
	if (queue->last)
		queue->last->next = first;
	else
		queue->first = first;
	queue->last = last;
}

/* Takes the first of the queue, so many at most. */
static struct storage_request *queue_take(struct queue *queue, size_t most, struct storage_request **ret_last)
{
	struct storage_request *first = queue->first, *last = first;

	while (last && last->next && --most)
		last = last->next;
	queue->first = last ? last->next : NULL;
	if (!queue->first)
		queue->last = NULL;
	if (last)
		last->next = NULL;
	*ret_last = last;
	return first;
}

/* ---- the thread -------------------------------------------------------------------------------------------------- */

static void tell(const struct worker *worker)
{
	const uint64_t one = 1;

	while (write(worker->told, &one, sizeof one) < 0 && errno == EINTR)
		continue;
}

static void set_state(struct worker *worker, enum worker_state state)
{
	pthread_mutex_lock(&worker->lock);
	worker->state = state;
	pthread_mutex_unlock(&worker->lock);
	tell(worker);
}

static struct database *open_database(struct worker *worker)
{
	struct sp_error error = { 0 };
	struct database *database = database_open(worker->path, &error);
	char beside[4096];

	snprintf(beside, sizeof beside, "%s-turn", worker->path);
	if (database)
		worker->turn = open(beside, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (database && worker->turn < 0) {
		sp_error_set(&error, SP_UNAVAILABLE, "%s: %s", beside, strerror(errno));
		database_close(database);
		database = NULL;
	}
	worker->error = error;
	set_state(worker, database ? WORKER_OPEN : WORKER_REFUSED);
	return database;
}

/* The next requests; none when there is nothing more to do. */
static struct storage_request *next_batch(struct worker *worker, struct storage_request **ret_last)
{
	struct storage_request *first;

	pthread_mutex_lock(&worker->lock);
	worker->busy = false;
	if (!worker->waiting.first && worker->has_turn) {
		flock(worker->turn, LOCK_UN);
		worker->has_turn = false;
	}
	while (!worker->waiting.first && !worker->stopping)
		pthread_cond_wait(&worker->more, &worker->lock);
	first = queue_take(&worker->waiting, BATCH_MOST, ret_last);
	worker->busy = first != NULL;
	pthread_mutex_unlock(&worker->lock);
	return first;
}

/* The flag is the thread's own while it is busy. */
static void take_turn(struct worker *worker)
{
	while (!worker->has_turn)
		worker->has_turn = flock(worker->turn, LOCK_EX) == 0 || errno != EINTR;
}

static void *work(void *user)
{
	struct worker *worker = user;
	struct database *database = open_database(worker);
	struct storage_request *first, *last;

	if (!database)
		return NULL;
	while ((first = next_batch(worker, &last))) {
		take_turn(worker);
		database_carry_out(database, first);
		pthread_mutex_lock(&worker->lock);
		queue_add(&worker->answered, first, last);
		pthread_mutex_unlock(&worker->lock);
		tell(worker);
	}
	database_close(database);
	set_state(worker, WORKER_ENDED);
	return NULL;
}

/* ---- the loop ---------------------------------------------------------------------------------------------------- */

/* Signals are the host's affair. */
static int start(struct worker *worker)
{
	sigset_t all, before;
	int result;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	result = pthread_create(&worker->thread, NULL, work, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return result;
}

static void release(struct worker *worker)
{
	if (worker->turn >= 0)
		close(worker->turn);
	if (worker->told >= 0)
		close(worker->told);
	pthread_cond_destroy(&worker->more);
	pthread_mutex_destroy(&worker->lock);
	free(worker);
}

struct worker *worker_create(const char *path, struct sp_error *error)
{
	size_t size = strlen(path) + 1;
	struct worker *worker = calloc(1, sizeof *worker + size);
	int result;

	if (!worker) {
		sp_error_set(error, SP_NO_MEMORY, "out of memory");
		return NULL;
	}
	memcpy(worker->path, path, size);
	pthread_mutex_init(&worker->lock, NULL);
	pthread_cond_init(&worker->more, NULL);
	worker->turn = -1;
	worker->told = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	result = worker->told >= 0 ? start(worker) : errno;
	if (result == 0)
		return worker;
	sp_error_set(error, SP_UNAVAILABLE, "no thread for %s: %s", path, strerror(result));
	release(worker);
	return NULL;
}

void worker_destroy(struct worker *worker)
{
	if (!worker)
		return;
	pthread_join(worker->thread, NULL);
	release(worker);
}

int worker_descriptor(const struct worker *worker)
{
	return worker->told;
}

void worker_add(struct worker *worker, struct storage_request *request)
{
	request->next = NULL;
	pthread_mutex_lock(&worker->lock);
	if (!worker->busy && !worker->has_turn)
		worker->has_turn = flock(worker->turn, LOCK_EX | LOCK_NB) == 0;
	queue_add(&worker->waiting, request, request);
	pthread_cond_signal(&worker->more);
	pthread_mutex_unlock(&worker->lock);
}

void worker_stop(struct worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	worker->stopping = true;
	pthread_cond_signal(&worker->more);
	pthread_mutex_unlock(&worker->lock);
}

struct storage_request *worker_collect(struct worker *worker, enum worker_state *ret_state, struct sp_error *error)
{
	struct storage_request *first, *last;
	uint64_t count;

	while (read(worker->told, &count, sizeof count) < 0 && errno == EINTR)
		continue;
	pthread_mutex_lock(&worker->lock);
	first = queue_take(&worker->answered, SIZE_MAX, &last);
	*ret_state = worker->state;
	*error = worker->error;
	pthread_mutex_unlock(&worker->lock);
	return first;
}
