/* check_workers.c: threads for work that blocks. links: daemon/workers.c kernel/error.c */
#include "runner.h"
#include "workers.h"

#include <check.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum { SECOND = 1000000000 };

/* A task that says when it began, and ends when it is let. */
struct gate {
	struct sp_task task;
	sem_t begun, let, ended;
};

static void pass_gate(struct sp_task *task)
{
	struct gate *gate = (struct gate *)(void *)task;

	sem_post(&gate->begun);
	while (sem_wait(&gate->let) != 0)
		;
	sem_post(&gate->ended);
}

static void gate_init(struct gate *gate)
{
	*gate = (struct gate){ .task = { .run = pass_gate } };
	sem_init(&gate->begun, 0, 0);
	sem_init(&gate->let, 0, 0);
	sem_init(&gate->ended, 0, 0);
}

static void wait_for(sem_t *semaphore)
{
	while (sem_wait(semaphore) != 0)
		;
}

static int64_t grace = 60LL * SECOND;

static struct workers *make_workers(unsigned limit, unsigned queue_limit, int64_t stuck_after)
{
	struct workers_options options = { .limit = limit,
		.queue_limit = queue_limit,
		.stuck_after = stuck_after,
		.ending_grace = grace };
	struct workers *workers = workers_create(&options, NULL);

	ck_assert_ptr_nonnull(workers);
	return workers;
}

static void wait_until_stuck(struct workers *workers, unsigned count)
{
	struct timespec moment = { .tv_nsec = 1000000 };

	while (workers_stuck(workers) < count)
		nanosleep(&moment, NULL);
}

static void wait_until_idle(struct workers *workers)
{
	struct timespec moment = { .tv_nsec = 1000000 };

	while (workers_pending(workers) > 0)
		nanosleep(&moment, NULL);
}

START_TEST(tasks_run_beside_each_other_up_to_the_limit)
{
	struct workers *workers = make_workers(2, 10, 60LL * SECOND);
	struct gate gates[3];
	int i, begun;

	for (i = 0; i < 3; i++) {
		gate_init(&gates[i]);
		ck_assert_int_eq(workers_submit(workers, &gates[i].task), SP_OK);
	}
	wait_for(&gates[0].begun);
	wait_for(&gates[1].begun);
	sem_getvalue(&gates[2].begun, &begun);
	ck_assert_int_eq(begun, 0);
	ck_assert_uint_eq(workers_pending(workers), 3);
	for (i = 0; i < 3; i++)
		sem_post(&gates[i].let);
	for (i = 0; i < 3; i++)
		wait_for(&gates[i].ended);
	wait_until_idle(workers);
	ck_assert_uint_eq(workers_destroy(workers), 0);
}
END_TEST

START_TEST(a_task_too_many_is_refused)
{
	struct workers *workers = make_workers(1, 1, 60LL * SECOND);
	struct gate gates[3];
	int i;

	for (i = 0; i < 3; i++)
		gate_init(&gates[i]);
	ck_assert_int_eq(workers_submit(workers, &gates[0].task), SP_OK);
	wait_for(&gates[0].begun);
	ck_assert_int_eq(workers_submit(workers, &gates[1].task), SP_OK);
	ck_assert_int_eq(workers_submit(workers, &gates[2].task), SP_UNAVAILABLE);
	sem_post(&gates[0].let);
	sem_post(&gates[1].let);
	wait_for(&gates[1].ended);
	wait_until_idle(workers);
	ck_assert_uint_eq(workers_destroy(workers), 0);
}
END_TEST

/* R-PL-7: a stuck worker is replaced up to a limit; beyond it work is refused. */
START_TEST(a_stuck_worker_is_replaced)
{
	struct workers *workers = make_workers(1, 10, SECOND / 50);
	struct gate stuck[2], next, refused;
	int i;

	gate_init(&next);
	gate_init(&refused);
	for (i = 0; i < 2; i++) {
		gate_init(&stuck[i]);
		ck_assert_int_eq(workers_submit(workers, &stuck[i].task), SP_OK);
	}
	wait_for(&stuck[0].begun);
	wait_for(&stuck[1].begun);
	wait_until_stuck(workers, 2);
	ck_assert_int_eq(workers_submit(workers, &refused.task), SP_UNAVAILABLE);
	sem_post(&stuck[0].let);
	wait_for(&stuck[0].ended);
	while (workers_submit(workers, &next.task) != SP_OK)
		;
	sem_post(&next.let);
	wait_for(&next.ended);
	sem_post(&stuck[1].let);
	wait_for(&stuck[1].ended);
	wait_until_idle(workers);
	ck_assert_uint_eq(workers_destroy(workers), 0);
}
END_TEST

/* What waits is not forgotten when it is the last that was submitted and every worker gets stuck. */
START_TEST(a_spare_worker_comes_to_what_waits)
{
	struct workers *workers = make_workers(2, 10, SECOND / 50);
	struct gate gates[4];
	int i;

	for (i = 0; i < 4; i++) {
		gate_init(&gates[i]);
		ck_assert_int_eq(workers_submit(workers, &gates[i].task), SP_OK);
	}
	for (i = 0; i < 4; i++)
		wait_for(&gates[i].begun);
	for (i = 0; i < 4; i++)
		sem_post(&gates[i].let);
	for (i = 0; i < 4; i++)
		wait_for(&gates[i].ended);
	wait_until_idle(workers);
	ck_assert_uint_eq(workers_destroy(workers), 0);
}
END_TEST

START_TEST(a_worker_that_does_not_come_back_is_abandoned)
{
	struct workers *workers;
	struct gate gate;

	grace = SECOND / 100;
	workers = make_workers(1, 10, 60LL * SECOND);
	grace = 60LL * SECOND;
	gate_init(&gate);
	ck_assert_int_eq(workers_submit(workers, &gate.task), SP_OK);
	wait_for(&gate.begun);
	ck_assert_uint_eq(workers_destroy(workers), 1);
	sem_post(&gate.let);
	wait_for(&gate.ended);
}
END_TEST

START_TEST(an_unused_pool_has_no_threads)
{
	ck_assert_uint_eq(workers_destroy(make_workers(4, 10, SECOND)), 0);
	ck_assert_uint_eq(workers_destroy(NULL), 0);
}
END_TEST

static atomic_uint counted;

static void count(struct sp_task *task)
{
	(void)task;
	atomic_fetch_add(&counted, 1);
}

START_TEST(many_tasks_all_run)
{
	enum { TASKS = 2000 };
	struct workers *workers = make_workers(3, TASKS, 60LL * SECOND);
	struct sp_task *tasks = calloc(TASKS, sizeof(*tasks));
	int i;

	atomic_store(&counted, 0);
	for (i = 0; i < TASKS; i++) {
		tasks[i].run = count;
		ck_assert_int_eq(workers_submit(workers, &tasks[i]), SP_OK);
	}
	wait_until_idle(workers);
	ck_assert_uint_eq(atomic_load(&counted), TASKS);
	ck_assert_uint_eq(workers_destroy(workers), 0);
	free(tasks);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(tasks_run_beside_each_other_up_to_the_limit),
		TEST(a_task_too_many_is_refused), TEST(a_stuck_worker_is_replaced),
		TEST(a_spare_worker_comes_to_what_waits), TEST(a_worker_that_does_not_come_back_is_abandoned),
		TEST(an_unused_pool_has_no_threads), TEST(many_tasks_all_run) };

	return run_suite(&SUITE(cases, "workers"));
}
