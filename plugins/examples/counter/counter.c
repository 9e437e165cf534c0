/* counter: counts, in three ways of answering and by event, and keeps its count when the plugin is replaced. */
#include <signalpy/component.h>
#include <stdlib.h>
#include <time.h>

SP_RECORD(step,
	(integer, by, .otherwise = 1, .min = 1, .max = 1000, .about = "how much to add"));

SP_RECORD(slow_step,
	(integer, by, .otherwise = 1, .min = 1, .max = 1000, .about = "how much to add"),
	(integer, after_ms, .otherwise = 10, .min = 1, .max = 1000, .about = "when to add it"));

SP_RECORD(count,
	(integer, value, .about = "how much was counted"));

SP_RECORD(count_in_dozens, /* what version 1 kept */
	(integer, dozens));

struct pending { /* an increment that was asked for and waits for its time */
	struct pending *next;
	sp_call *call;
	struct count *out;
	int64_t by, due;
};

SP_COMPONENT(counter,
	(about,     "Counts.", .name_space = "examples"),
	(signal,    integer, value),
	(member,    struct pending *, pending),
	(timer,     due),
	(state,     count, 2),
	(old_state, count_in_dozens, 1),
	(subscribe, asked, "counter.add"),
	(deactivate),
	(runnable,  increment, step, count, .about = "Adds to the count."),
	(later,     increment_later, slow_step, count, .about = "Adds to the count after a while."),
	(blocking,  increment_in_worker, slow_step, nothing, .about = "Takes its time in a worker, then adds by event."),
	(runnable,  get, nothing, count, .read_only = true, .about = "Reads the count."));

static sp_status counter_get(struct counter *self, struct count *out)
{
	out->value = sp_get(self->value);
	return SP_OK;
}

static sp_status add(struct counter *self, int64_t by)
{
	if (sp_peek(self->value) > INT64_MAX - by)
		return sp_fail(self->rt, SP_CONFLICT, "the count is full");
	return sp_set(self->value, sp_peek(self->value) + by);
}

static sp_status counter_increment(struct counter *self, const struct step *in, struct count *out)
{
	sp_status status = add(self, in->by);

	return status == SP_OK ? counter_get(self, out) : status;
}

static void wait_for_next(struct counter *self)
{
	int64_t next = INT64_MAX;

	for (const struct pending *pending = self->pending; pending; pending = pending->next)
		next = pending->due < next ? pending->due : next;
	if (self->pending)
		sp_timer_start(self->due, next - sp_now_ms(self->rt));
}

static sp_status counter_increment_later(struct counter *self, sp_call *call, const struct slow_step *in,
	struct count *out)
{
	struct pending *pending = malloc(sizeof *pending);

	if (!pending)
		return sp_fail(call, SP_NO_MEMORY, "out of memory");
	*pending = (struct pending){ self->pending, call, out, in->by, sp_now_ms(self->rt) + in->after_ms };
	self->pending = pending;
	wait_for_next(self);
	return SP_LATER;
}

static sp_status counter_due(struct counter *self)
{
	int64_t now = sp_now_ms(self->rt);

	for (struct pending **at = &self->pending; *at;) {
		struct pending *pending = *at;
		sp_status status;

		if (pending->due > now) {
			at = &pending->next;
			continue;
		}
		*at = pending->next;
		status = add(self, pending->by);
		pending->out->value = sp_peek(self->value);
		sp_finish(pending->call, status);
		free(pending);
	}
	wait_for_next(self);
	return SP_OK;
}

/* A worker may not set what the loop owns; it says by event what it wants, and the loop comes to it. */
static sp_status counter_increment_in_worker(const struct counter *self, sp_call *call, const struct slow_step *in)
{
	nanosleep(&(struct timespec){ in->after_ms / 1000, in->after_ms % 1000 * 1000000 }, NULL);
	if (sp_is_cancelled(call))
		return SP_CANCELLED;
	return sp_publish(self->rt, "counter.add", SP_JSON(step, .by = in->by));
}

static sp_status counter_asked(struct counter *self, const sp_event *event)
{
	const json_t *by = json_object_get(event->data, "by");

	return add(self, by ? json_integer_value(by) : 1);
}

static sp_status counter_deactivate(struct counter *self)
{
	while (self->pending) {
		struct pending *pending = self->pending;

		self->pending = pending->next;
		free(pending);
	}
	return SP_OK;
}

static sp_status counter_snapshot(struct counter *self, struct count *out)
{
	return counter_get(self, out);
}

static sp_status counter_restore(struct counter *self, const struct count *in)
{
	return sp_set(self->value, in->value);
}

static sp_status counter_restore_1(struct counter *self, const struct count_in_dozens *in)
{
	return sp_set(self->value, 12 * in->dozens);
}

SP_PLUGIN(counter, "2.0.0", counter);
