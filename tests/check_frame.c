/* check_frame.c: entering an instance: a batch, a place for text, and words for a failure. */
#include "alloc.h"
#include "frame.h"
#include "kernel_kit.h"
#include "voices.h"

#include <string.h>

/* clang-format off */
SP_COMPONENT(subject,
	(signal, integer, value),
	(effect, follow),
	(runnable, silent, nothing, nothing),
	(runnable, worded, nothing, nothing),
	(runnable, recovered, nothing, words),
	(runnable, greedy, nothing, words));
/* clang-format on */

static sp_status subject_follow(struct subject *self)
{
	diary_add("%d", (int)sp_get(self->value));
	return SP_OK;
}

static sp_status subject_silent(SP_UNUSED struct subject *self)
{
	return SP_CONFLICT;
}

static sp_status subject_worded(struct subject *self)
{
	sp_fail(self->rt, SP_FAILED, "first");
	return sp_fail(self->rt, SP_NOT_FOUND, "no %s in %d", "needle", 9);
}

static sp_status subject_recovered(struct subject *self, struct words *out)
{
	sp_fail(self->rt, SP_FAILED, "not told");
	out->text = sp_name(self->rt);
	return SP_OK;
}

static sp_status subject_greedy(struct subject *self, struct words *out)
{
	char longer[6000];

	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	sp_alloc_fail_after(0);
	out->text = sp_format(self->rt, "%s", longer);
	sp_alloc_fail_after(-1);
	ck_assert_str_eq(out->text, "");
	return SP_OK;
}

KIT_PLUGIN(subject, &subject_component);

static sp_testing *open_subject(struct sp_runtime **ret_rt)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &subject_plugin);
	diary_take();
	*ret_rt = container_of(sp_testing_kernel(world)->instances.next, struct instance, link)->body;
	return world;
}

START_TEST(failures_have_words)
{
	struct sp_runtime *rt;
	sp_testing *world = open_subject(&rt);

	ck_assert_str_eq(world_call_fails(world, "subject.silent", "conflict"), "answered conflict");
	ck_assert_str_eq(world_call_fails(world, "subject.worded", "not_found"), "no needle in 9");
	ck_assert_str_eq(world_call(world, "subject.recovered", NULL), "subject");
	ck_assert_str_eq(world_call_fails(world, "subject.greedy", "failed"), "out of memory");
	sp_testing_destroy(world);
}
END_TEST

/* A host's callback: a batch of its own, nested like any other. */
START_TEST(a_host_enters)
{
	struct sp_runtime *rt;
	sp_testing *world = open_subject(&rt);
	struct subject *self = rt->self;
	const char *text;

	sp_runtime_enter(rt);
	sp_set(self->value, 1);
	text = sp_format(rt, "%d", 12);
	sp_runtime_enter(rt);
	sp_set(self->value, 2);
	sp_runtime_leave(rt);
	ck_assert_str_eq(diary_take(), "");
	ck_assert_str_eq(text, "12");
	sp_runtime_leave(rt);
	ck_assert_str_eq(diary_take(), "2");
	sp_runtime_enter(NULL);
	sp_runtime_leave(NULL);
	sp_testing_destroy(world);
}
END_TEST

/* Without memory for a frame it is a batch all the same, and the others stay in order. */
START_TEST(a_host_enters_without_memory)
{
	struct sp_runtime *rt;
	sp_testing *world = open_subject(&rt);
	struct subject *self = rt->self;

	sp_runtime_enter(rt);
	sp_alloc_fail_after(0);
	sp_runtime_enter(rt);
	sp_alloc_fail_after(-1);
	sp_runtime_enter(rt);
	sp_set(self->value, 3);
	sp_runtime_leave(rt);
	sp_runtime_leave(rt);
	ck_assert_str_eq(diary_take(), "");
	sp_runtime_leave(rt);
	ck_assert_str_eq(diary_take(), "3");
	ck_assert_ptr_null(rt->kernel->frame);
	ck_assert_uint_eq(rt->kernel->frameless, 0);
	sp_testing_destroy(world);
}
END_TEST

/* Outside every handler there is nobody to fail: the words are logged, text is empty. */
START_TEST(outside_of_handlers)
{
	struct sp_runtime *rt;
	sp_testing *world = open_subject(&rt);
	struct {
		const int64_t *items;
		size_t count;
	} numbers = { NULL, 0 };

	ck_assert_int_eq(sp_fail(rt, SP_GONE, "nobody %s", "listens"), SP_GONE);
	ck_assert_ptr_nonnull(strstr(sp_testing_log(world, true), "warning subject: nobody listens\n"));
	ck_assert_str_eq(sp_format(rt, "text"), "");
	sp_append(rt, &numbers, 1);
	ck_assert_uint_eq(numbers.count, 0);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(judgements)
{
	struct sp_runtime *rt;
	sp_testing *world = open_subject(&rt);
	const struct sp_error failed = { .code = SP_TIMEOUT, .message = "too late" };
	struct entry entry;

	entry_enter(&entry, rt);
	ck_assert_int_eq(frame_judge(&entry.frame, SP_OK), SP_OK);
	ck_assert_int_eq(frame_judge(&entry.frame, SP_LATER), SP_LATER);
	frame_read_failed(NULL, &failed);
	frame_read_failed(&entry.frame, &failed);
	frame_read_failed(&entry.frame, &(struct sp_error){ .code = SP_GONE, .message = "second" });
	ck_assert_int_eq(frame_judge(&entry.frame, SP_OK), SP_TIMEOUT);
	ck_assert_str_eq(entry.error.message, "too late");
	ck_assert_int_eq(frame_judge(&entry.frame, SP_CONFLICT), SP_CONFLICT);
	ck_assert_int_eq(frame_judge(&entry.frame, SP_LATER), SP_LATER);
	entry.arena.failed = true;
	ck_assert_int_eq(frame_judge(&entry.frame, SP_OK), SP_NO_MEMORY);
	entry_leave(&entry);
	sp_testing_destroy(world);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { failures_have_words, a_host_enters, a_host_enters_without_memory,
		outside_of_handlers, judgements };

	return kit_run("frame", cases, sizeof cases / sizeof cases[0]);
}
