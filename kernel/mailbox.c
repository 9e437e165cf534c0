/* mailbox.c: letters from any thread, delivered on the loop in the order in which they came. */
#include "mailbox.h"

#include <stdatomic.h>

#include "alloc.h"

enum { LETTERS_MOST = 10000 };

static void deliver_task(struct sp_task *task);

static void empty(struct mailbox *mailbox)
{
	mailbox->first = NULL;
	mailbox->last = &mailbox->first;
	mailbox->count = 0;
}

struct mailbox *mailbox_create(struct sp_runtime *rt)
{
	struct mailbox *mailbox = sp_calloc(1, sizeof *mailbox);

	if (!mailbox)
		return NULL;
	pthread_mutex_init(&mailbox->lock, NULL);
	mailbox->references = 1;
	mailbox->kernel = rt->kernel;
	mailbox->rt = rt;
	mailbox->task.run = deliver_task;
	empty(mailbox);
	return mailbox;
}

struct mailbox *mailbox_keep(struct mailbox *mailbox)
{
	atomic_fetch_add(&mailbox->references, 1);
	return mailbox;
}

void mailbox_release(struct mailbox *mailbox)
{
	if (atomic_fetch_sub(&mailbox->references, 1) != 1)
		return;
	pthread_mutex_destroy(&mailbox->lock);
	sp_free(mailbox);
}

/* Under the lock. */
static void want_delivery(struct mailbox *mailbox)
{
	if (mailbox->queued)
		return;
	mailbox->queued = true;
	mailbox_keep(mailbox);
	mailbox->kernel->ops->post(mailbox->kernel->loop, &mailbox->task);
}

/* Under the lock. */
static sp_status judge(const struct mailbox *mailbox)
{
	if (mailbox->state == MAILBOX_CLOSED)
		return SP_GONE;
	if (mailbox->state == MAILBOX_PAUSED || mailbox->count >= LETTERS_MOST)
		return SP_UNAVAILABLE;
	return SP_OK;
}

sp_status mailbox_post(struct mailbox *mailbox, struct letter *letter)
{
	sp_status status;

	letter->next = NULL;
	pthread_mutex_lock(&mailbox->lock);
	status = judge(mailbox);
	if (status == SP_OK) {
		*mailbox->last = letter;
		mailbox->last = &letter->next;
		mailbox->count++;
		if (mailbox->state == MAILBOX_OPEN)
			want_delivery(mailbox);
	}
	pthread_mutex_unlock(&mailbox->lock);
	if (status != SP_OK)
		letter->drop(letter);
	return status;
}

bool mailbox_post_task(struct mailbox *mailbox, struct sp_task *task)
{
	bool posted;

	pthread_mutex_lock(&mailbox->lock);
	posted = mailbox->kernel != NULL;
	if (posted)
		mailbox->kernel->ops->post(mailbox->kernel->loop, task);
	pthread_mutex_unlock(&mailbox->lock);
	return posted;
}

void mailbox_open(struct mailbox *mailbox)
{
	pthread_mutex_lock(&mailbox->lock);
	mailbox->state = MAILBOX_OPEN;
	if (mailbox->count)
		want_delivery(mailbox);
	pthread_mutex_unlock(&mailbox->lock);
}

static void set_state(struct mailbox *mailbox, enum mailbox_state state)
{
	pthread_mutex_lock(&mailbox->lock);
	mailbox->state = state;
	pthread_mutex_unlock(&mailbox->lock);
}

void mailbox_pause(struct mailbox *mailbox)
{
	set_state(mailbox, MAILBOX_PAUSED);
	mailbox_deliver(mailbox);
}

void mailbox_close(struct mailbox *mailbox)
{
	set_state(mailbox, MAILBOX_CLOSED);
}

/* What is there now; what comes while it is delivered waits for the next turn of the loop. */
static struct letter *take(struct mailbox *mailbox, struct sp_runtime **ret_rt)
{
	struct letter *letters = NULL;

	pthread_mutex_lock(&mailbox->lock);
	*ret_rt = mailbox->rt;
	if (mailbox->state != MAILBOX_WAITING) {
		letters = mailbox->first;
		empty(mailbox);
	}
	pthread_mutex_unlock(&mailbox->lock);
	return letters;
}

void mailbox_deliver(struct mailbox *mailbox)
{
	struct sp_runtime *rt;
	struct letter *letter = take(mailbox, &rt), *next;

	for (; letter; letter = next) {
		next = letter->next;
		letter->deliver(letter, rt);
	}
}

static void deliver_task(struct sp_task *task)
{
	struct mailbox *mailbox = container_of(task, struct mailbox, task);

	pthread_mutex_lock(&mailbox->lock);
	mailbox->queued = false;
	pthread_mutex_unlock(&mailbox->lock);
	mailbox_deliver(mailbox);
	mailbox_release(mailbox);
}

void mailbox_end(struct mailbox *mailbox)
{
	struct letter *letter, *next;
	struct sp_runtime *rt;

	if (!mailbox)
		return;
	mailbox_close(mailbox);
	letter = take(mailbox, &rt);
	for (; letter; letter = next) {
		next = letter->next;
		letter->drop(letter);
	}
	pthread_mutex_lock(&mailbox->lock);
	mailbox->rt = NULL;
	pthread_mutex_unlock(&mailbox->lock);
	mailbox_release(mailbox);
}
