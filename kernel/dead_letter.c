/* dead_letter.c: what could not be delivered or was not handled. */
#include "dead_letter.h"

#include <string.h>

#include "alloc.h"
#include "bus.h"
#include "frame.h"

struct dead_letter {
	struct list link; /* in kernel->dead_letters, oldest first */
	json_int_t id;
	json_t *envelope;
};

static const char *const reasons[] = { "handler_error", "effect_error", "denied", "overflow", "timeout" };

void dead_letters_init(struct sp_kernel *kernel)
{
	list_init(&kernel->dead_letters);
}

static void remove_letter(struct sp_kernel *kernel, struct dead_letter *letter)
{
	list_remove(&letter->link);
	kernel->dead_letter_count--;
	json_decref(letter->envelope);
	sp_free(letter);
}

void dead_letters_finish(struct sp_kernel *kernel)
{
	sp_kernel_dead_letters_purge(kernel);
}

static json_t *envelope_new(struct sp_kernel *kernel, const struct dead_letter_facts *facts)
{
	json_t *error = json_string(facts->error);

	if (!error)
		error = json_string("(words that are not UTF-8)");
	return json_pack("{s:I, s:s, s:s, s:s, s:O*, s:s, s:o, s:I}", "id", (json_int_t)kernel->dead_letter_next,
		"target", facts->target, "type", facts->type, "source", facts->source, "data", facts->data, "reason",
		reasons[facts->reason], "error", error, "time_ms",
		(json_int_t)(kernel->ops->wall_time(kernel->loop) / 1000000));
}

void dead_letter_add(struct sp_kernel *kernel, const struct dead_letter_facts *facts)
{
	struct dead_letter *letter;

	if (kernel->bus.muted || strcmp(facts->type, DEAD_LETTER_TYPE) == 0)
		return;
	kernel->dead_letter_next++;
	letter = sp_calloc(1, sizeof *letter);
	if (letter)
		letter->envelope = envelope_new(kernel, facts);
	if (!letter || !letter->envelope) {
		kernel_log(kernel, SP_ERROR, NULL,
			"a dead letter was lost, of event '%s' and '%s': out of memory, or no UTF-8", facts->type,
			facts->target);
		sp_free(letter);
		return;
	}
	letter->id = kernel->dead_letter_next;
	list_add(&kernel->dead_letters, &letter->link);
	if (++kernel->dead_letter_count > DEAD_LETTERS_KEPT)
		remove_letter(kernel, container_of(kernel->dead_letters.next, struct dead_letter, link));
	bus_publish_envelope(kernel, json_incref(letter->envelope));
}

json_t *sp_kernel_dead_letters_new(sp_kernel *kernel)
{
	struct dead_letter *letter;
	json_t *list = json_array();

	list_each(letter, &kernel->dead_letters, link)
		if (list && json_array_append(list, letter->envelope)) {
			json_decref(list);
			list = NULL;
		}
	return list;
}

size_t sp_kernel_dead_letters_purge(sp_kernel *kernel)
{
	struct dead_letter *letter;
	size_t count = kernel->dead_letter_count;

	list_each(letter, &kernel->dead_letters, link)
		remove_letter(kernel, letter);
	return count;
}

static struct dead_letter *find_letter(struct sp_kernel *kernel, int64_t id)
{
	struct dead_letter *letter;

	list_each(letter, &kernel->dead_letters, link)
		if (letter->id == id)
			return letter;
	return NULL;
}

/* What bus_publish_again wants: type, source, target; borrowed. */
static void read_texts(const json_t *envelope, const char *texts[static 3])
{
	static const char *const members[] = { "type", "source", "target" };

	for (size_t i = 0; i < 3; i++)
		texts[i] = json_string_value(json_object_get(envelope, members[i]));
}

sp_status sp_kernel_dead_letter_replay(sp_kernel *kernel, int64_t id, struct sp_error *error)
{
	struct dead_letter *letter = find_letter(kernel, id);
	const char *texts[3];
	sp_status status;

	if (!letter)
		return sp_error_set(error, SP_NOT_FOUND,
			"there is no dead letter %lld; see 'signalctl deadletters list'", (long long)id);
	read_texts(letter->envelope, texts);
	if (!*texts[0])
		return sp_error_set(error, SP_CONFLICT,
			"dead letter %lld tells of the effect %s: it runs again by itself when what it reads changes",
			(long long)id, texts[2]);
	status = bus_publish_again(kernel, texts, json_incref(json_object_get(letter->envelope, "data")));
	if (status == SP_OK)
		remove_letter(kernel, letter);
	else if (status == SP_NOT_FOUND)
		sp_error_set(error, status, "%s is not there to handle dead letter %lld again", texts[2],
			(long long)id);
	else
		sp_error_set(error, status, "dead letter %lld could not be queued: %s; try again later", (long long)id,
			status == SP_UNAVAILABLE ? "the queue of events is full" : "out of memory");
	return status;
}
