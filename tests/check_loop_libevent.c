/*
 * check_loop_libevent.c: the daemon's loop: tasks, timers, watches, workers, signals.
 * links: daemon/loop_libevent.c daemon/workers.c daemon/stream_libevent.c daemon/stream_listen.c kernel/error.c
 * links: daemon/stream_inherited.c
 * links: daemon/stream_address.c daemon/stream_input.c daemon/stream_output.c
 */
#include "event_loop.h"
#include "fake_runtime.h"
#include "runner.h"

#include <check.h>
#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const int64_t millisecond = 1000000;

static struct sp_event_loop *loop;
static const struct sp_loop_ops *ops;
static char diary[64]; /* a letter for each thing that happened */

static void note(char letter)
{
	size_t length = strlen(diary);

	ck_assert_uint_lt(length + 1, sizeof(diary));
	diary[length] = letter;
	diary[length + 1] = '\0';
}

static void set_up(void)
{
	loop = sp_event_loop_create(NULL, 2, NULL);
	ck_assert_ptr_nonnull(loop);
	ops = sp_event_loop_ops();
	diary[0] = '\0';
}

static void tear_down(void)
{
	sp_event_loop_destroy(loop);
}

/* A task that writes its letter, and may quit the loop. */
struct writer {
	struct sp_task task;
	char letter;
	struct writer *defers, *posts;
};

static void write_letter(struct sp_task *task)
{
	struct writer *writer = (struct writer *)(void *)task;

	if (writer->defers != NULL)
		ops->defer(loop, &writer->defers->task);
	if (writer->posts != NULL)
		ops->post(loop, &writer->posts->task);
	note(writer->letter);
	if (writer->letter == '.')
		sp_event_loop_quit(loop);
}

static struct writer writer(char letter)
{
	return (struct writer){ .task = { .run = write_letter }, .letter = letter };
}

START_TEST(tasks_run_in_order)
{
	struct writer a = writer('a'), b = writer('b'), end = writer('.');

	ops->post(loop, &a.task);
	ops->post(loop, &b.task);
	ops->post(loop, &end.task);
	sp_event_loop_run(loop);
	ck_assert_str_eq(diary, "ab.");
}
END_TEST

/* Deferred work runs when the callback that deferred it, and all below it, have returned. */
START_TEST(deferred_work_runs_from_the_top)
{
	struct writer a = writer('a'), b = writer('b'), c = writer('c'), end = writer('.');

	a.defers = &b;
	b.defers = &c;
	c.posts = &end;
	ops->post(loop, &a.task);
	sp_event_loop_run(loop);
	ck_assert_str_eq(diary, "abc.");
}
END_TEST

/* Work that defers itself for ever does not keep timers and sockets from their turn. */
static void defer_again(struct sp_task *task)
{
	ops->defer(loop, task);
}

static void quit_at_once(void *user)
{
	(void)user;
	sp_event_loop_quit(loop);
}

START_TEST(deferred_work_does_not_starve_the_loop)
{
	struct sp_task task = { .run = defer_again };
	void *timer = ops->timer_create(loop, quit_at_once, NULL);

	ops->timer_start(timer, millisecond);
	ops->defer(loop, &task);
	sp_event_loop_run(loop);
	ops->timer_destroy(timer);
}
END_TEST

struct ticking {
	void *timer;
	int64_t started, after;
	int left;
};

static void tick(void *user)
{
	struct ticking *ticking = user;

	ck_assert_int_ge(ops->now(loop) - ticking->started, ticking->after);
	if (--ticking->left == 0) {
		sp_event_loop_quit(loop);
		return;
	}
	ticking->started = ops->now(loop);
	ops->timer_start(ticking->timer, ticking->after);
}

START_TEST(a_timer_never_fires_early)
{
	struct ticking ticking = { .after = 3 * millisecond / 2, .left = 20 };

	ticking.timer = ops->timer_create(loop, tick, &ticking);
	ticking.started = ops->now(loop);
	ops->timer_start(ticking.timer, ticking.after);
	sp_event_loop_run(loop);
	ops->timer_destroy(ticking.timer);
}
END_TEST

static void never(void *user)
{
	(void)user;
	ck_abort_msg("a timer that was stopped has fired");
}

START_TEST(a_stopped_timer_does_not_fire)
{
	void *stopped = ops->timer_create(loop, never, NULL), *far = ops->timer_create(loop, never, NULL);
	void *end = ops->timer_create(loop, quit_at_once, NULL);

	ops->timer_start(stopped, 0);
	ops->timer_stop(stopped);
	ops->timer_start(far, INT64_MAX);
	ops->timer_start(end, 5 * millisecond);
	sp_event_loop_run(loop);
	ops->timer_destroy(stopped);
	ops->timer_destroy(far);
	ops->timer_destroy(end);
}
END_TEST

struct pipe_end {
	void *watch;
	int fds[2];
};

static void read_letter(void *user, int fd, unsigned events)
{
	struct pipe_end *end = user;
	char letter;

	ck_assert_uint_eq(events, SP_READABLE);
	ck_assert_int_eq(read(fd, &letter, 1), 1);
	note(letter);
	if (letter != '.')
		return;
	ops->watch_destroy(end->watch);
	sp_event_loop_quit(loop);
}

START_TEST(a_watch_reports_until_it_ends)
{
	struct pipe_end end;

	ck_assert_int_eq(pipe(end.fds), 0);
	end.watch = ops->watch_create(loop, read_letter, &end);
	ck_assert_int_eq(ops->watch_start(end.watch, -1, SP_READABLE), SP_INVALID);
	ck_assert_int_eq(ops->watch_start(end.watch, end.fds[0], 0), SP_INVALID);
	ck_assert_int_eq(ops->watch_start(end.watch, end.fds[0], SP_READABLE), SP_OK);
	ck_assert_int_eq(write(end.fds[1], "xyz.", 4), 4);
	sp_event_loop_run(loop);
	ck_assert_str_eq(diary, "xyz.");
	close(end.fds[0]);
	close(end.fds[1]);
}
END_TEST

/* Work that goes to a worker and comes back. */
struct errand {
	struct sp_task task;
	pthread_t thread;
};

static void come_back(struct sp_task *task)
{
	struct errand *errand = (struct errand *)(void *)task;

	ck_assert(!pthread_equal(errand->thread, pthread_self()));
	sp_event_loop_quit(loop);
}

static void go(struct sp_task *task)
{
	struct errand *errand = (struct errand *)(void *)task;

	errand->thread = pthread_self();
	task->run = come_back;
	ops->post(loop, task);
}

START_TEST(work_comes_back_from_a_worker)
{
	struct errand errand = { .task = { .run = go } };

	ck_assert_int_eq(ops->submit(loop, &errand.task), SP_OK);
	sp_event_loop_run(loop);
	while (event_loop_work_pending(loop) > 0)
		;
}
END_TEST

enum { POSTS = 1000, ALL_POSTS = 2 * POSTS };
struct poster {
	struct sp_task tasks[POSTS];
};
static unsigned received;

static void receive(struct sp_task *task)
{
	(void)task;
	if (++received == ALL_POSTS)
		sp_event_loop_quit(loop);
}

static void *post_all(void *user)
{
	struct poster *poster = user;
	int i;

	for (i = 0; i < POSTS; i++) {
		poster->tasks[i].run = receive;
		ops->post(loop, &poster->tasks[i]);
	}
	return NULL;
}

START_TEST(any_thread_may_post)
{
	static struct poster posters[2];
	pthread_t threads[2];
	int i;

	received = 0;
	for (i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, post_all, &posters[i]), 0);
	sp_event_loop_run(loop);
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(received, ALL_POSTS);
}
END_TEST

static void caught(void *user, int number)
{
	ck_assert_ptr_eq(user, diary);
	ck_assert_int_eq(number, SIGUSR1);
	sp_event_loop_quit(loop);
}

START_TEST(a_signal_arrives_on_the_loop)
{
	ck_assert_int_eq(event_loop_on_signal(loop, SIGUSR1, caught, diary), SP_OK);
	raise(SIGUSR1);
	sp_event_loop_run(loop);
}
END_TEST

static void hold(struct sp_task *task)
{
	int64_t until = ops->now(loop) + 20 * millisecond;

	(void)task;
	while (ops->now(loop) < until)
		;
	sp_event_loop_quit(loop);
}

static void warn(void *user, const char *what, int64_t nanoseconds)
{
	(void)user;
	ck_assert_str_eq(what, "posted work");
	ck_assert_int_ge(nanoseconds, 20 * millisecond);
	note('w');
}

START_TEST(a_callback_that_holds_the_loop_is_reported)
{
	struct sp_task task = { .run = hold };

	event_loop_watch_holds(loop, 10, warn, NULL);
	ops->post(loop, &task);
	sp_event_loop_run(loop);
	ck_assert_str_eq(diary, "w");
	ck_assert_int_ge(event_loop_longest_hold(loop, true), 20 * millisecond);
	ck_assert_int_eq(event_loop_longest_hold(loop, false), 0);
}
END_TEST

START_TEST(a_step_runs_what_is_due_and_waits_no_longer_than_told)
{
	struct writer a = writer('a'), b = writer('b');
	int64_t began = ops->now(loop);

	sp_event_loop_step(loop, 0);
	ops->defer(loop, &a.task);
	sp_event_loop_step(loop, -1);
	ck_assert_str_eq(diary, "a");
	ops->post(loop, &b.task);
	sp_event_loop_step(loop, 0);
	ck_assert_str_eq(diary, "ab");
	ck_assert_int_lt(ops->now(loop) - began, 1000 * millisecond);
	began = ops->now(loop);
	sp_event_loop_step(loop, 3);
	ck_assert_int_ge(ops->now(loop) - began, 2 * millisecond);
}
END_TEST

/* The base is the program's: it turns it, and has it still when the loop is gone. */
START_TEST(a_loop_lives_on_a_base_that_is_there)
{
	struct event_base *base = event_base_new();
	struct sp_event_loop *guest = sp_event_loop_create(base, 1, NULL);
	struct writer a = writer('a'), b = writer('b');

	ck_assert_ptr_nonnull(guest);
	ops->post(guest, &a.task);
	event_base_loop(base, EVLOOP_ONCE);
	ck_assert_str_eq(diary, "a");
	ops->defer(guest, &b.task);
	sp_event_loop_destroy(guest);
	ck_assert_int_eq(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED | EVENT_BASE_COUNT_ACTIVE), 0);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	ck_assert_str_eq(diary, "a");
	event_base_free(base);
}
END_TEST

START_TEST(wall_time_is_that_of_the_clock)
{
	int64_t seconds = ops->wall_time(loop) / 1000000000;

	ck_assert_int_le(seconds, time(NULL));
	ck_assert_int_ge(seconds, time(NULL) - 60);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(tasks_run_in_order), TEST(deferred_work_runs_from_the_top),
		TEST(deferred_work_does_not_starve_the_loop), TEST(a_timer_never_fires_early),
		TEST(a_stopped_timer_does_not_fire), TEST(a_watch_reports_until_it_ends),
		TEST(work_comes_back_from_a_worker), TEST(any_thread_may_post), TEST(a_signal_arrives_on_the_loop),
		TEST(a_callback_that_holds_the_loop_is_reported), TEST(wall_time_is_that_of_the_clock),
		TEST(a_step_runs_what_is_due_and_waits_no_longer_than_told),
		TEST(a_loop_lives_on_a_base_that_is_there) };

	return run_suite(&SUITE(cases, "loop_libevent", .set_up = set_up, .tear_down = tear_down));
}
