/* check_mailbox.c: letters on their way to a body (R-RX-8). */
#include "graph_kit.h"
#include "mailbox.h"
#include "testing_loop.h"

#include <string.h>

/* A letter that notes what became of it. */
struct note {
	struct letter letter;
	char sign;
	struct mailbox *answers; /* another is posted when it is delivered */
	struct note *answer;
};

static struct {
	struct testing_loop *loop;
	struct sp_kernel kernel;
	struct sp_runtime rt;
	struct mailbox *mailbox;
	char diary[64];
} post;

static void write_sign(char sign)
{
	size_t used = strlen(post.diary);

	ck_assert_uint_lt(used + 1, sizeof(post.diary));
	post.diary[used] = sign;
}

static void deliver(struct letter *letter, struct sp_runtime *rt)
{
	struct note *note = container_of(letter, struct note, letter);

	ck_assert_ptr_eq(rt, &post.rt);
	write_sign(note->sign);
	if (note->answers)
		mailbox_post(note->answers, &note->answer->letter);
}

static void drop(struct letter *letter)
{
	write_sign('-');
	write_sign(container_of(letter, struct note, letter)->sign);
}

static struct note note_of(char sign)
{
	return (struct note){ .letter = { .deliver = deliver, .drop = drop }, .sign = sign };
}

static void open_post(void)
{
	memset(&post, 0, sizeof(post));
	post.loop = testing_loop_create();
	ck_assert_ptr_nonnull(post.loop);
	post.kernel.ops = testing_loop_ops();
	post.kernel.loop = post.loop;
	post.rt.kernel = &post.kernel;
	post.mailbox = mailbox_create(&post.rt);
	ck_assert_ptr_nonnull(post.mailbox);
}

static void close_post(void)
{
	mailbox_end(post.mailbox);
	testing_loop_turn(post.loop);
	testing_loop_destroy(post.loop);
}

START_TEST(letters_wait_until_the_body_begins) /* R-PL-10, R-RX-8 */
{
	struct note a = note_of('a'), b = note_of('b'), c = note_of('c');

	open_post();
	ck_assert_int_eq(mailbox_post(post.mailbox, &a.letter), SP_OK);
	ck_assert_int_eq(mailbox_post(post.mailbox, &b.letter), SP_OK);
	testing_loop_turn(post.loop);
	mailbox_deliver(post.mailbox);
	ck_assert_str_eq(post.diary, "");
	mailbox_open(post.mailbox);
	ck_assert_int_eq(mailbox_post(post.mailbox, &c.letter), SP_OK);
	testing_loop_turn(post.loop);
	ck_assert_str_eq(post.diary, "abc");
	close_post();
}
END_TEST

START_TEST(what_is_posted_meanwhile_comes_afterwards)
{
	struct note a = note_of('a'), b = note_of('b'), c = note_of('c');

	open_post();
	a.answers = post.mailbox;
	a.answer = &c;
	mailbox_open(post.mailbox);
	mailbox_post(post.mailbox, &a.letter);
	mailbox_post(post.mailbox, &b.letter);
	mailbox_deliver(post.mailbox);
	ck_assert_str_eq(post.diary, "ab");
	testing_loop_turn(post.loop);
	ck_assert_str_eq(post.diary, "abc");
	close_post();
}
END_TEST

START_TEST(paused_it_takes_nothing) /* R-PL-5 */
{
	struct note a = note_of('a'), b = note_of('b'), c = note_of('c');

	open_post();
	mailbox_open(post.mailbox);
	mailbox_post(post.mailbox, &a.letter);
	mailbox_pause(post.mailbox);
	ck_assert_int_eq(mailbox_post(post.mailbox, &b.letter), SP_UNAVAILABLE);
	mailbox_open(post.mailbox);
	ck_assert_int_eq(mailbox_post(post.mailbox, &c.letter), SP_OK);
	testing_loop_turn(post.loop);
	ck_assert_str_eq(post.diary, "a-bc");
	close_post();
}
END_TEST

START_TEST(closed_it_delivers_what_it_has) /* R-RX-8 */
{
	struct note a = note_of('a'), b = note_of('b');

	open_post();
	mailbox_open(post.mailbox);
	mailbox_post(post.mailbox, &a.letter);
	mailbox_close(post.mailbox);
	ck_assert_int_eq(mailbox_post(post.mailbox, &b.letter), SP_GONE);
	testing_loop_turn(post.loop);
	ck_assert_str_eq(post.diary, "-ba");
	close_post();
}
END_TEST

START_TEST(it_outlives_its_body) /* R-PL-7 */
{
	struct note a = note_of('a'), b = note_of('b');
	struct mailbox *held;
	struct sp_task task = { 0 };

	open_post();
	held = mailbox_keep(post.mailbox);
	mailbox_post(post.mailbox, &a.letter);
	close_post();
	ck_assert_str_eq(post.diary, "-a");
	ck_assert_int_eq(mailbox_post(held, &b.letter), SP_GONE);
	held->kernel = NULL;
	ck_assert(!mailbox_post_task(held, &task));
	mailbox_release(held);
	mailbox_end(NULL);
}
END_TEST

KIT_MAIN("mailbox", letters_wait_until_the_body_begins, what_is_posted_meanwhile_comes_afterwards,
	paused_it_takes_nothing, closed_it_delivers_what_it_has, it_outlives_its_body)
