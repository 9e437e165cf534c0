/* check_shared_threads.c: eight threads post, read and release beside a loop that disposes, replaces and sweeps. */
#include "kernel_kit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 8, ROUNDS = 200, SLOW_ROUNDS = 40, TAKES = 6, USES = 20 };

/* One of many that a thread posts through one handle. */
struct beat {
	size_t thread;
	const sp_shared *through;
	int64_t number;
};

/* clang-format off */
SP_RECORD(kept, (integer, hits));

SP_COMPONENT(drum,
	(signal, integer, count),
	(signal, string, note, .otherwise = "note none"),
	(signal, any, table),
	(signal, integer, hits),
	(effect, tell),
	(posted, struct beat, hit),
	(state, kept, 1),
	(activate));
/* clang-format on */

KIT_PLUGIN(drum, &drum_component);
KIT_VERSION(drum_two, drum, "2.0.0", &drum_component);

/* The handles of whatever version was activated last, for the threads to take. */
static struct {
	pthread_mutex_t lock;
	SP_SHARED(integer) count;
	SP_SHARED(string) note;
	SP_SHARED(any) table;
} stage = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct {
	pthread_barrier_t round;
	_Atomic bool over;
	atomic_uint made, gone, heard, torn;
	pthread_t loop;
	struct beat last[THREADS];
} show;

static sp_status drum_tell(struct drum *self)
{
	const char *note = sp_get(self->note);

	if (!pthread_equal(pthread_self(), show.loop) || strncmp(note, "note ", 5) != 0 || sp_get(self->count) < 0)
		show.torn++;
	return SP_OK;
}

/* R-RX-8: what one thread posts comes in its order, and on the loop. */
static sp_status drum_hit(struct drum *self, struct beat *beat)
{
	struct beat *last = &show.last[beat->thread];

	if (last->through == beat->through && last->number >= beat->number)
		show.torn++;
	if (!pthread_equal(pthread_self(), show.loop))
		show.torn++;
	*last = *beat;
	free(beat);
	show.heard++;
	show.gone++;
	return sp_set(self->hits, sp_get(self->hits) + 1);
}

static void drop_beat(void *beat)
{
	free(beat);
	show.gone++;
}

static sp_status drum_snapshot(struct drum *self, struct kept *out)
{
	out->hits = sp_get(self->hits);
	return SP_OK;
}

static sp_status drum_restore(struct drum *self, const struct kept *in)
{
	return sp_set(self->hits, in->hits);
}

static void leave_stage(void)
{
	pthread_mutex_lock(&stage.lock);
	sp_shared_release(stage.count.shared);
	sp_shared_release(stage.note.shared);
	sp_shared_release(stage.table.shared);
	stage.count.shared = stage.note.shared = stage.table.shared = NULL;
	pthread_mutex_unlock(&stage.lock);
}

static sp_status drum_activate(struct drum *self)
{
	sp_status status;

	leave_stage();
	pthread_mutex_lock(&stage.lock);
	status = sp_share(self->rt, &stage.count, self->count);
	if (status == SP_OK)
		status = sp_share(self->rt, &stage.note, self->note);
	if (status == SP_OK)
		status = sp_share(self->rt, &stage.table, self->table);
	pthread_mutex_unlock(&stage.lock);
	return status;
}

/* What a thread holds for a while. */
struct use {
	SP_SHARED(integer) count;
	SP_SHARED(string) note;
	SP_SHARED(any) table;
	size_t thread;
	int64_t number;
};

static bool take_handles(struct use *use)
{
	bool there;

	pthread_mutex_lock(&stage.lock);
	there = stage.count.shared != NULL;
	if (there) {
		use->count.shared = sp_shared_retain(stage.count.shared);
		use->note.shared = sp_shared_retain(stage.note.shared);
		use->table.shared = sp_shared_retain(stage.table.shared);
	}
	pthread_mutex_unlock(&stage.lock);
	return there;
}

static void read_all(const struct use *use)
{
	const char *note = NULL;
	json_t *table = NULL;
	int64_t count = 0;

	if (sp_shared_read(use->count, &count) == SP_OK && count < 0)
		show.torn++;
	if (sp_shared_read(use->note, &note) == SP_OK) {
		if (strncmp(note, "note ", 5) != 0)
			show.torn++;
		sp_shared_free(use->note, &note);
	}
	if (sp_shared_read(use->table, &table) == SP_OK)
		sp_shared_free(use->table, &table);
}

static void beat_once(struct use *use)
{
	struct beat *beat = malloc(sizeof(*beat));

	ck_assert_ptr_nonnull(beat);
	*beat = (struct beat){ use->thread, use->count.shared, ++use->number };
	show.made++;
	sp_post(use->count.shared, drum, hit, beat, drop_beat);
	sp_shared_post(use->count, use->number);
	sp_shared_post(use->note, use->number % 2 ? "note one" : "note two, which is longer");
	sp_shared_post(use->table, json_pack("{s:I}", "number", (json_int_t)use->number));
}

/* As much as the loop can deliver while it goes through one round, so that its turns come to an end. */
static void play_round(struct use *use)
{
	for (size_t take = 0; take < TAKES; take++) {
		if (!take_handles(use))
			continue;
		for (size_t i = 0; i < USES; i++) {
			beat_once(use);
			read_all(use);
		}
		sp_shared_release(use->count.shared);
		sp_shared_release(use->table.shared);
		sp_shared_release(use->note.shared);
	}
}

static void *play(void *thread)
{
	struct use use = { .thread = *(const size_t *)thread };

	for (;;) {
		pthread_barrier_wait(&show.round);
		if (show.over)
			return NULL;
		play_round(&use);
		pthread_barrier_wait(&show.round);
	}
}

/* Adds, replaces, removes; with and without the handles of the last version still on the stage. */
static void perform(sp_testing *world, size_t round)
{
	int gone = 0;
	sp_plugin_handle *plugin = world_add_counted(world, &drum_plugin, &gone);

	pthread_barrier_wait(&show.round);
	sp_testing_turn(world);
	for (size_t i = 0; i < round % 4; i++)
		ck_assert_int_eq(sp_testing_replace(world, &plugin, i % 2 ? &drum_plugin : &drum_two_plugin, NULL),
			SP_OK);
	sp_testing_turn(world);
	if (round % 2)
		leave_stage();
	sp_kernel_remove(plugin);
	sp_testing_turn(world);
	leave_stage();
	pthread_barrier_wait(&show.round);
	sp_testing_turn(world);
	ck_assert_int_eq(gone, 1);
}

START_TEST(threads_and_the_loop) /* R-RX-8, R-PL-7 */
{
	sp_testing *world = world_open(NULL);
	size_t rounds = getenv("TEST_SLOW") ? SLOW_ROUNDS : ROUNDS;
	pthread_t threads[THREADS];
	size_t numbers[THREADS];

	show.loop = pthread_self();
	pthread_barrier_init(&show.round, NULL, THREADS + 1);
	for (size_t i = 0; i < THREADS; i++) {
		numbers[i] = i;
		ck_assert_int_eq(pthread_create(&threads[i], NULL, play, &numbers[i]), 0);
	}
	for (size_t round = 0; round < rounds; round++)
		perform(world, round);
	show.over = true;
	pthread_barrier_wait(&show.round);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	sp_testing_destroy(world);
	pthread_barrier_destroy(&show.round);
	ck_assert_uint_eq(show.torn, 0);
	ck_assert_uint_gt(show.heard, 0);
	ck_assert_uint_eq(show.made, show.gone);
}
END_TEST

KIT_MAIN("shared_threads", threads_and_the_loop)
