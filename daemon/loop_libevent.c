/* loop_libevent.c: struct sp_loop_ops on libevent, work from other threads, signals; the daemon's loop, and
 * embedders'. */
#include "loop_libevent.h"

#include "stream.h"
#include "workers.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <time.h>
#include <unistd.h>

enum { SECOND = 1000000000, QUEUED_WORK_LIMIT = 16384, STUCK_SECONDS = 30, ENDING_SECONDS = 2, CALLBACKS_AT_ONCE = 64 };

struct task_queue {
	struct sp_task *first, **last;
};

struct signal_watch {
	LIST_ENTRY(signal_watch) link;
	struct event event;
	struct sp_event_loop *loop;
	void (*caught)(void *user, int number);
	void *user;
};

/* How long callbacks hold the loop. */
struct holds {
	int64_t since, longest, limit;
	void (*warn)(void *user, const char *what, int64_t nanoseconds);
	void *user;
};

struct sp_event_loop {
	struct event_base *base;
	struct event wake, deferral, patience;
	int wake_fd;
	bool quit, is_deferring, owns_base;
	pthread_mutex_t lock; /* guards posted and is_closed */
	struct task_queue posted;
	bool is_closed;
	struct task_queue deferred;
	struct workers *workers;
	struct streams *streams;
	LIST_HEAD(signal_watches, signal_watch) signals;
	struct holds holds;
};

/* A timer never fires before deadline, though libevent counts from when its turn of the loop began. */
struct timer {
	struct event event;
	struct sp_event_loop *loop;
	int64_t deadline;
	void (*fire)(void *user);
	void *user;
};

struct watch {
	struct event event;
	struct sp_event_loop *loop;
	void (*ready)(void *user, int fd, unsigned events);
	void *user;
};

int64_t event_loop_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * SECOND + now.tv_nsec;
}

struct event_base *event_loop_base(struct sp_event_loop *loop)
{
	return loop->base;
}

struct streams *event_loop_streams(struct sp_event_loop *loop)
{
	return loop->streams;
}

/* ---- holds ---- */

void event_loop_enter(struct sp_event_loop *loop)
{
	loop->holds.since = event_loop_now();
}

void event_loop_leave(struct sp_event_loop *loop, const char *what)
{
	struct holds *holds = &loop->holds;
	int64_t held = event_loop_now() - holds->since;

	if (held > holds->longest)
		holds->longest = held;
	if (holds->limit > 0 && held > holds->limit)
		holds->warn(holds->user, what, held);
}

void event_loop_watch_holds(struct sp_event_loop *loop, int64_t limit_ms,
	void (*warn)(void *user, const char *what, int64_t nanoseconds), void *user)
{
	loop->holds.limit = warn == NULL ? 0 : limit_ms * 1000000;
	loop->holds.warn = warn;
	loop->holds.user = user;
}

int64_t event_loop_longest_hold(struct sp_event_loop *loop, bool reset)
{
	int64_t longest = loop->holds.longest;

	if (reset)
		loop->holds.longest = 0;
	return longest;
}

/* ---- tasks ---- */

static void queue_init(struct task_queue *queue)
{
	queue->first = NULL;
	queue->last = &queue->first;
}

static void queue_add(struct task_queue *queue, struct sp_task *task)
{
	task->next = NULL;
	*queue->last = task;
	queue->last = &task->next;
}

static struct sp_task *queue_take_all(struct task_queue *queue)
{
	struct sp_task *first = queue->first;

	queue_init(queue);
	return first;
}

static void run_tasks(struct sp_event_loop *loop, struct sp_task *task, const char *what)
{
	struct sp_task *next;

	for (; task != NULL; task = next) {
		next = task->next;
		event_loop_enter(loop);
		task->run(task);
		event_loop_leave(loop, what);
	}
}

static void on_wake(evutil_socket_t fd, short events, void *user)
{
	struct sp_event_loop *loop = user;
	struct sp_task *tasks;
	eventfd_t count;

	(void)events;
	if (eventfd_read(fd, &count) != 0 && errno != EAGAIN)
		return;
	pthread_mutex_lock(&loop->lock);
	tasks = queue_take_all(&loop->posted);
	pthread_mutex_unlock(&loop->lock);
	run_tasks(loop, tasks, "posted work");
}

static void post(void *user, struct sp_task *task)
{
	struct sp_event_loop *loop = user;

	pthread_mutex_lock(&loop->lock);
	if (!loop->is_closed) {
		if (loop->posted.first == NULL)
			eventfd_write(loop->wake_fd, 1);
		queue_add(&loop->posted, task);
	}
	pthread_mutex_unlock(&loop->lock);
}

/* What is deferred while deferred work runs waits for the next turn, so that sockets have theirs. */
static void on_deferral(evutil_socket_t fd, short events, void *user)
{
	static const struct timeval at_once = { 0, 0 };
	struct sp_event_loop *loop = user;

	(void)fd;
	(void)events;
	loop->is_deferring = true;
	run_tasks(loop, queue_take_all(&loop->deferred), "deferred work");
	loop->is_deferring = false;
	if (loop->deferred.first != NULL)
		event_add(&loop->deferral, &at_once);
}

static void defer(void *user, struct sp_task *task)
{
	struct sp_event_loop *loop = user;

	if (loop->deferred.first == NULL && !loop->is_deferring)
		event_active(&loop->deferral, EV_TIMEOUT, 0);
	queue_add(&loop->deferred, task);
}

static sp_status submit(void *user, struct sp_task *task)
{
	struct sp_event_loop *loop = user;

	return workers_submit(loop->workers, task);
}

unsigned event_loop_work_pending(const struct sp_event_loop *loop)
{
	return workers_pending(loop->workers);
}

/* ---- time ---- */

static int64_t now_of_loop(void *loop)
{
	(void)loop;
	return event_loop_now();
}

static int64_t wall_time(void *loop)
{
	struct timespec now;

	(void)loop;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * SECOND + now.tv_nsec;
}

static void arm(struct timer *timer, int64_t nanoseconds)
{
	int64_t microseconds = nanoseconds > 0 ? (nanoseconds + 999) / 1000 : 0;
	struct timeval after = { .tv_sec = microseconds / 1000000, .tv_usec = microseconds % 1000000 };

	event_add(&timer->event, &after);
}

static void on_timer(evutil_socket_t fd, short events, void *user)
{
	struct timer *timer = user;
	struct sp_event_loop *loop = timer->loop;
	int64_t left = timer->deadline - event_loop_now();

	(void)fd;
	(void)events;
	if (left > 0) {
		arm(timer, left);
		return;
	}
	event_loop_enter(loop);
	timer->fire(timer->user);
	event_loop_leave(loop, "timer");
}

static void *timer_create_on(void *loop, void (*fire)(void *user), void *user)
{
	struct timer *timer = calloc(1, sizeof(*timer));

	if (timer == NULL)
		return NULL;
	timer->loop = loop;
	timer->fire = fire;
	timer->user = user;
	evtimer_assign(&timer->event, timer->loop->base, on_timer, timer);
	return timer;
}

static void timer_start(void *user, int64_t nanoseconds)
{
	struct timer *timer = user;
	int64_t now = event_loop_now();

	if (nanoseconds > INT64_MAX - now)
		nanoseconds = INT64_MAX - now;
	timer->deadline = now + nanoseconds;
	arm(timer, nanoseconds);
}

static void timer_stop(void *user)
{
	struct timer *timer = user;

	event_del(&timer->event);
}

static void timer_destroy(void *user)
{
	if (user != NULL)
		timer_stop(user);
	free(user);
}

/* ---- descriptors ---- */

static void on_ready(evutil_socket_t fd, short events, void *user)
{
	struct watch *watch = user;
	struct sp_event_loop *loop = watch->loop;
	unsigned seen = ((events & EV_READ) ? SP_READABLE : 0U) | ((events & EV_WRITE) ? SP_WRITABLE : 0U);

	event_loop_enter(loop);
	watch->ready(watch->user, fd, seen);
	event_loop_leave(loop, "descriptor watch");
}

static void *watch_create(void *loop, void (*ready)(void *user, int fd, unsigned events), void *user)
{
	struct watch *watch = calloc(1, sizeof(*watch));

	if (watch == NULL)
		return NULL;
	watch->loop = loop;
	watch->ready = ready;
	watch->user = user;
	event_assign(&watch->event, watch->loop->base, -1, 0, on_ready, watch);
	return watch;
}

static void watch_stop(void *user)
{
	struct watch *watch = user;

	event_del(&watch->event);
}

static sp_status watch_start(void *user, int fd, unsigned events)
{
	struct watch *watch = user;
	int wanted = EV_PERSIST | ((events & SP_READABLE) ? EV_READ : 0) | ((events & SP_WRITABLE) ? EV_WRITE : 0);

	if (fd < 0 || wanted == EV_PERSIST)
		return SP_INVALID;
	watch_stop(watch);
	event_assign(&watch->event, watch->loop->base, fd, (short)wanted, on_ready, watch);
	return event_add(&watch->event, NULL) == 0 ? SP_OK : SP_FAILED;
}

static void watch_destroy(void *user)
{
	if (user != NULL)
		watch_stop(user);
	free(user);
}

const struct sp_loop_ops *sp_event_loop_ops(void)
{
	static const struct sp_loop_ops ops = {
		.struct_size = sizeof(ops),
		.now = now_of_loop,
		.wall_time = wall_time,
		.timer_create = timer_create_on,
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

/* ---- signals ---- */

static void on_signal(evutil_socket_t number, short events, void *user)
{
	struct signal_watch *watch = user;
	struct sp_event_loop *loop = watch->loop;

	(void)events;
	event_loop_enter(loop);
	watch->caught(watch->user, number);
	event_loop_leave(loop, "signal");
}

sp_status event_loop_on_signal(struct sp_event_loop *loop, int number, void (*caught)(void *user, int number),
	void *user)
{
	struct signal_watch *watch = calloc(1, sizeof(*watch));

	if (watch == NULL)
		return SP_NO_MEMORY;
	watch->loop = loop;
	watch->caught = caught;
	watch->user = user;
	evsignal_assign(&watch->event, loop->base, number, on_signal, watch);
	if (event_add(&watch->event, NULL) != 0) {
		free(watch);
		return SP_FAILED;
	}
	LIST_INSERT_HEAD(&loop->signals, watch, link);
	return SP_OK;
}

/* ---- the loop ---- */

/* No other thread calls libevent: it need not lock. Streams that are woken over and over may not keep the loop from
 * hearing of others. */
static struct event_base *create_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	if (config != NULL && event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK) == 0 &&
		event_config_set_max_dispatch_interval(config, NULL, CALLBACKS_AT_ONCE, 0) == 0)
		base = event_base_new_with_config(config);
	if (config != NULL)
		event_config_free(config);
	return base;
}

static struct workers *create_workers(unsigned limit, struct sp_error *error)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	struct workers_options options = {
		.limit = limit,
		.queue_limit = QUEUED_WORK_LIMIT,
		.stuck_after = (int64_t)STUCK_SECONDS * SECOND,
		.ending_grace = (int64_t)ENDING_SECONDS * SECOND,
	};

	if (limit == 0)
		options.limit = cores > 4 ? (unsigned)cores : 4;
	return workers_create(&options, error);
}

/* The end of the longest wait is itself what a turn waits for. */
static void on_patience(evutil_socket_t fd, short events, void *user)
{
	(void)fd;
	(void)events;
	(void)user;
}

static sp_status open_wake(struct sp_event_loop *loop)
{
	loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->wake_fd < 0)
		return SP_FAILED;
	evtimer_assign(&loop->deferral, loop->base, on_deferral, loop);
	evtimer_assign(&loop->patience, loop->base, on_patience, loop);
	event_assign(&loop->wake, loop->base, loop->wake_fd, EV_READ | EV_PERSIST, on_wake, loop);
	return event_add(&loop->wake, NULL) == 0 ? SP_OK : SP_FAILED;
}

static sp_status open_loop(struct sp_event_loop *loop, unsigned workers, struct sp_error *error)
{
	if (loop->owns_base)
		loop->base = create_base();
	if (loop->base == NULL || open_wake(loop) != SP_OK)
		return sp_error_set(error, SP_FAILED, "the loop cannot be made: %s", strerror(errno));
	loop->streams = streams_create(loop, error);
	if (loop->streams == NULL)
		return SP_NO_MEMORY;
	loop->workers = create_workers(workers, error);
	return loop->workers == NULL ? SP_NO_MEMORY : SP_OK;
}

sp_event_loop *sp_event_loop_create(struct event_base *base, unsigned workers, struct sp_error *error)
{
	struct sp_event_loop *loop = calloc(1, sizeof(*loop));

	if (loop == NULL) {
		sp_error_set(error, SP_NO_MEMORY, "no memory for the loop");
		return NULL;
	}
	loop->base = base;
	loop->owns_base = base == NULL;
	loop->wake_fd = -1;
	pthread_mutex_init(&loop->lock, NULL);
	queue_init(&loop->posted);
	queue_init(&loop->deferred);
	LIST_INIT(&loop->signals);
	if (open_loop(loop, workers, error) == SP_OK)
		return loop;
	sp_event_loop_destroy(loop);
	return NULL;
}

static void free_signals(struct sp_event_loop *loop)
{
	struct signal_watch *watch;

	while ((watch = LIST_FIRST(&loop->signals)) != NULL) {
		LIST_REMOVE(watch, link);
		event_del(&watch->event);
		free(watch);
	}
}

static void close_wake(struct sp_event_loop *loop)
{
	pthread_mutex_lock(&loop->lock);
	loop->is_closed = true;
	pthread_mutex_unlock(&loop->lock);
	if (loop->wake_fd < 0)
		return;
	event_del(&loop->wake);
	event_del(&loop->deferral);
	close(loop->wake_fd);
}

void sp_event_loop_destroy(struct sp_event_loop *loop)
{
	unsigned abandoned;

	if (loop == NULL)
		return;
	abandoned = workers_destroy(loop->workers);
	streams_destroy(loop->streams);
	free_signals(loop);
	close_wake(loop);
	if (loop->owns_base && loop->base != NULL)
		event_base_free(loop->base);
	if (abandoned > 0)
		return; /* a thread that comes back finds a loop that is closed */
	pthread_mutex_destroy(&loop->lock);
	free(loop);
}

void sp_event_loop_step(struct sp_event_loop *loop, int64_t milliseconds)
{
	struct timeval longest = { .tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000 };
	int flags = EVLOOP_NO_EXIT_ON_EMPTY | (milliseconds == 0 ? EVLOOP_NONBLOCK : EVLOOP_ONCE);

	if (milliseconds > 0)
		event_add(&loop->patience, &longest);
	event_base_loop(loop->base, flags);
	event_del(&loop->patience);
}

void sp_event_loop_run(struct sp_event_loop *loop)
{
	while (!loop->quit)
		event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY);
	loop->quit = false;
}

void sp_event_loop_quit(struct sp_event_loop *loop)
{
	loop->quit = true;
	event_base_loopbreak(loop->base);
}
