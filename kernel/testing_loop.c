/* testing_loop.c: a loop that turns only when told to. */
#include "testing_loop.h"

#include <pthread.h>

#include "alloc.h"
#include "list.h"

struct queue {
	struct sp_task *first, **last;
};

struct testing_loop {
	_Atomic int64_t now; /* workers ask too how much time is left */
	struct list timers; /* those that run, earliest first */
	struct queue deferred, posted, submitted;
	pthread_mutex_t lock; /* of posted */
	bool hold_work;
};

struct testing_timer {
	struct list link;
	struct testing_loop *loop;
	int64_t due;
	void (*fire)(void *user);
	void *user;
};

/* Descriptors never become ready here; a watch only remembers that it is there. */
struct testing_watch {
	bool started;
};

static void queue_init(struct queue *queue)
{
	queue->first = NULL;
	queue->last = &queue->first;
}

static void queue_add(struct queue *queue, struct sp_task *task)
{
	task->next = NULL;
	*queue->last = task;
	queue->last = &task->next;
}

static struct sp_task *queue_take(struct queue *queue)
{
	struct sp_task *task = queue->first;

	if (!task)
		return NULL;
	queue->first = task->next;
	if (!queue->first)
		queue->last = &queue->first;
	return task;
}

struct testing_loop *testing_loop_create(void)
{
	struct testing_loop *loop = sp_calloc(1, sizeof *loop);

	if (!loop)
		return NULL;
	list_init(&loop->timers);
	queue_init(&loop->deferred);
	queue_init(&loop->posted);
	queue_init(&loop->submitted);
	pthread_mutex_init(&loop->lock, NULL);
	return loop;
}

void testing_loop_destroy(struct testing_loop *loop)
{
	if (!loop)
		return;
	pthread_mutex_destroy(&loop->lock);
	sp_free(loop);
}

static int64_t loop_now(void *loop_at)
{
	struct testing_loop *loop = loop_at;

	return loop->now;
}

static void *timer_create_(void *loop, void (*fire)(void *user), void *user)
{
	struct testing_timer *timer = sp_calloc(1, sizeof *timer);

	if (!timer)
		return NULL;
	list_init(&timer->link);
	timer->loop = loop;
	timer->fire = fire;
	timer->user = user;
	return timer;
}

static void timer_start(void *timer_at, int64_t nanoseconds)
{
	struct testing_timer *timer = timer_at;
	struct list *place;

	list_remove(&timer->link);
	timer->due = timer->loop->now + nanoseconds;
	place = timer->loop->timers.next;
	while (place != &timer->loop->timers && container_of(place, struct testing_timer, link)->due <= timer->due)
		place = place->next;
	list_insert_before(place, &timer->link);
}

static void timer_stop(void *timer_at)
{
	struct testing_timer *timer = timer_at;

	list_remove(&timer->link);
}

static void timer_destroy(void *timer_at)
{
	struct testing_timer *timer = timer_at;

	list_remove(&timer->link);
	sp_free(timer);
}

static void *watch_create(void *loop, void (*ready)(void *user, int fd, unsigned events), void *user)
{
	(void)loop;
	(void)ready;
	(void)user;
	return sp_calloc(1, sizeof(struct testing_watch));
}

static sp_status watch_start(void *watch_at, int fd, unsigned events)
{
	struct testing_watch *watch = watch_at;

	(void)fd;
	(void)events;
	watch->started = true;
	return SP_OK;
}

static void watch_stop(void *watch_at)
{
	struct testing_watch *watch = watch_at;

	watch->started = false;
}

static void watch_destroy(void *watch)
{
	sp_free(watch);
}

static void post(void *loop_at, struct sp_task *task)
{
	struct testing_loop *loop = loop_at;

	pthread_mutex_lock(&loop->lock);
	queue_add(&loop->posted, task);
	pthread_mutex_unlock(&loop->lock);
}

static void defer(void *loop_at, struct sp_task *task)
{
	struct testing_loop *loop = loop_at;

	queue_add(&loop->deferred, task);
}

static sp_status submit(void *loop_at, struct sp_task *task)
{
	struct testing_loop *loop = loop_at;

	queue_add(&loop->submitted, task);
	return SP_OK;
}

const struct sp_loop_ops *testing_loop_ops(void)
{
	static const struct sp_loop_ops ops = {
		.struct_size = sizeof ops,
		.now = loop_now,
		.wall_time = loop_now,
		.timer_create = timer_create_,
		.timer_start = timer_start,
		.timer_stop = timer_stop,
		.timer_destroy = timer_destroy,
		.watch_create = watch_create,
		.watch_start = watch_start,
		.watch_stop = watch_stop,
		.watch_destroy = watch_destroy,
		.post = post,
		.defer = defer,
		.submit = submit,
	};

	return &ops;
}

static struct sp_task *take_posted(struct testing_loop *loop)
{
	struct sp_task *task;

	pthread_mutex_lock(&loop->lock);
	task = queue_take(&loop->posted);
	pthread_mutex_unlock(&loop->lock);
	return task;
}

static bool run_one(struct testing_loop *loop)
{
	struct sp_task *task = queue_take(&loop->deferred);

	if (!task)
		task = take_posted(loop);
	if (!task && !loop->hold_work)
		task = queue_take(&loop->submitted);
	if (!task)
		return false;
	task->run(task);
	return true;
}

static bool fire_one(struct testing_loop *loop)
{
	struct testing_timer *timer = container_of(loop->timers.next, struct testing_timer, link);

	if (list_is_empty(&loop->timers) || timer->due > loop->now)
		return false;
	list_remove(&timer->link);
	timer->fire(timer->user);
	return true;
}

void testing_loop_turn(struct testing_loop *loop)
{
	while (run_one(loop) || fire_one(loop))
		continue;
}

void testing_loop_advance(struct testing_loop *loop, int64_t nanoseconds)
{
	int64_t until = loop->now + nanoseconds;

	testing_loop_turn(loop);
	while (!list_is_empty(&loop->timers)) {
		int64_t due = container_of(loop->timers.next, struct testing_timer, link)->due;

		if (due > until)
			break;
		loop->now = due;
		testing_loop_turn(loop);
	}
	loop->now = until;
}

void testing_loop_hold_work(struct testing_loop *loop, bool hold)
{
	loop->hold_work = hold;
}

void testing_loop_work(struct testing_loop *loop)
{
	struct sp_task *task;

	while ((task = queue_take(&loop->submitted)) != NULL)
		task->run(task);
}
