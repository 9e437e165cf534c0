/* check_testing_loop.c: a loop that turns only when told to, and whose clock the test moves. */
#include "alloc.h"
#include "graph_kit.h"
#include "testing_loop.h"

#include <pthread.h>

static const struct sp_loop_ops *ops;

static struct kit kit;

/* A timer that notes its letter, and starts itself again while rounds are left. */
struct ticking {
	void *timer;
	int rounds;
	char letter;
};

static void tick(void *user)
{
	struct ticking *ticking = user;

	kit_note(&kit, ticking->letter);
	if (--ticking->rounds > 0)
		ops->timer_start(ticking->timer, 10);
}

static void make_timer(struct testing_loop *loop, struct ticking *ticking, char letter, int64_t nanoseconds)
{
	*ticking = (struct ticking){ .letter = letter };
	ticking->timer = ops->timer_create(loop, tick, ticking);
	ck_assert_ptr_nonnull(ticking->timer);
	ops->timer_start(ticking->timer, nanoseconds);
}

START_TEST(timers_fire_in_order_on_their_moment)
{
	struct testing_loop *loop = testing_loop_create();
	struct ticking a, b, c;

	ops = testing_loop_ops();
	make_timer(loop, &c, 'c', 30);
	make_timer(loop, &a, 'a', 10);
	make_timer(loop, &b, 'b', 10);
	testing_loop_turn(loop);
	ck_assert_str_eq(kit.diary, "");
	testing_loop_advance(loop, 9);
	ck_assert_str_eq(kit.diary, "");
	ck_assert_int_eq(ops->now(loop), 9);
	a.rounds = 5;
	testing_loop_advance(loop, 1);
	ck_assert_str_eq(kit.diary, "ab");
	testing_loop_advance(loop, 20);
	ck_assert_str_eq(kit.diary, "abaca");
	ops->timer_stop(a.timer);
	testing_loop_advance(loop, 100);
	ck_assert_str_eq(kit.diary, "abaca");
	ck_assert_int_eq(ops->now(loop), 130);
	ops->timer_start(b.timer, 5);
	ops->timer_destroy(b.timer);
	ops->timer_destroy(a.timer);
	ops->timer_destroy(c.timer);
	testing_loop_advance(loop, 100);
	ck_assert_str_eq(kit.diary, "abaca");
	testing_loop_destroy(loop);
}
END_TEST

struct letter_task {
	struct sp_task task;
	char letter;
};

static void note_letter(struct sp_task *task)
{
	kit_note(&kit, ((struct letter_task *)task)->letter);
}

START_TEST(tasks_run_in_their_order)
{
	struct letter_task a = { { .run = note_letter }, 'a' }, b = { { .run = note_letter }, 'b' },
			   c = { { .run = note_letter }, 'c' }, d = { { .run = note_letter }, 'd' };
	struct testing_loop *loop = testing_loop_create();

	ops = testing_loop_ops();
	ck_assert_int_eq(ops->submit(loop, &d.task), SP_OK);
	ops->post(loop, &b.task);
	ops->post(loop, &c.task);
	ops->defer(loop, &a.task);
	ck_assert_str_eq(kit.diary, "");
	testing_loop_turn(loop);
	ck_assert_str_eq(kit.diary, "abcd");
	testing_loop_destroy(loop);
}
END_TEST

START_TEST(work_can_be_held)
{
	struct letter_task a = { { .run = note_letter }, 'a' }, b = { { .run = note_letter }, 'b' };
	struct testing_loop *loop = testing_loop_create();

	ops = testing_loop_ops();
	testing_loop_hold_work(loop, true);
	ops->submit(loop, &a.task);
	testing_loop_turn(loop);
	ck_assert_str_eq(kit.diary, "");
	testing_loop_work(loop);
	ck_assert_str_eq(kit.diary, "a");
	ops->submit(loop, &b.task);
	testing_loop_hold_work(loop, false);
	testing_loop_turn(loop);
	ck_assert_str_eq(kit.diary, "ab");
	testing_loop_destroy(loop);
}
END_TEST

struct poster {
	struct testing_loop *loop;
	struct letter_task tasks[3];
};

static void *post_all(void *user)
{
	struct poster *poster = user;

	for (size_t i = 0; i < 3; i++)
		ops->post(poster->loop, &poster->tasks[i].task);
	return NULL;
}

START_TEST(other_threads_post)
{
	struct poster poster = { testing_loop_create(),
		{ { { .run = note_letter }, 'a' }, { { .run = note_letter }, 'b' }, { { .run = note_letter }, 'c' } } };
	pthread_t thread;

	ops = testing_loop_ops();
	ck_assert_int_eq(pthread_create(&thread, NULL, post_all, &poster), 0);
	pthread_join(thread, NULL);
	testing_loop_turn(poster.loop);
	ck_assert_str_eq(kit.diary, "abc");
	testing_loop_destroy(poster.loop);
}
END_TEST

START_TEST(memory_may_end)
{
	struct testing_loop *loop;

	ops = testing_loop_ops();
	sp_alloc_fail_after(0);
	ck_assert_ptr_null(testing_loop_create());
	loop = testing_loop_create();
	sp_alloc_fail_after(0);
	ck_assert_ptr_null(ops->timer_create(loop, tick, NULL));
	sp_alloc_fail_after(0);
	ck_assert_ptr_null(ops->watch_create(loop, NULL, NULL));
	sp_alloc_fail_after(-1);
	testing_loop_destroy(loop);
	testing_loop_destroy(NULL);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { timers_fire_in_order_on_their_moment, tasks_run_in_their_order, work_can_be_held,
		other_threads_post, memory_may_end };

	return kit_run("testing_loop", cases, sizeof cases / sizeof cases[0]);
}
