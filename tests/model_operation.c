/* model_operation.c: operations by chance and in words, and pictures. */
#include "model_operation.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const languages[LANGUAGES] = { "en", "fr" };
const char *const event_types[EVENT_TYPES] = { "job.a", "job.done", "odd.done", "echo.x", "echo.long", "nothing" };

/* No sum of these is a difference of the times that the kernel waits (1, 10 and 30 s): all are multiples of 7 ms. */
static const int steps[] = { 7, 98, 630, 1050, 5005, 12005, 31010 };

static const int limits[] = { -1, 0, 5, 7, 50, UNLUCKY, 500 };

#define ONE_OF(array) (array)[chance(seed, sizeof(array) / sizeof(array)[0])]

static unsigned chance(uint64_t *seed, size_t of)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (unsigned)((*seed >> 11) % of);
}

/* Of a hundred operations, how many are of each kind. */
static const unsigned char shares[OPERATIONS] = { [ADD] = 19,
	[REMOVE] = 10,
	[REPLACE] = 13,
	[RANK] = 3,
	[SPEAK] = 5,
	[COUNT_ON] = 4,
	[OPEN] = 9,
	[ANSWER] = 7,
	[CANCEL] = 1,
	[KEEP] = 3,
	[DROP] = 2,
	[SET_LIMIT] = 5,
	[SET_FAULT] = 6,
	[MUZZLE] = 1,
	[PUBLISH] = 5,
	[ADVANCE] = 5,
	[RETRY] = 2 };

static enum operation_kind chance_kind(uint64_t *seed)
{
	unsigned share = chance(seed, 100), kind = 0;

	while (share >= shares[kind])
		share -= shares[kind++];
	return (enum operation_kind)kind;
}

/* Most faults are soon mended: what always fails shows little. */
static int chance_fault(uint64_t *seed)
{
	return chance(seed, 2) ? fault_none : (int)chance(seed, FAULTS);
}

struct operation operation_random(uint64_t *seed)
{
	static const unsigned speakers[] = { ANNA, BERT }, ranked[] = { ANNA, FRED }, keepers[] = { CARL, GINA };
	struct operation it = { .kind = chance_kind(seed), .who = chance(seed, NAMES) };

	switch (it.kind) {
	case ADD:
	case REMOVE:
	case REPLACE:
		it.who = chance(seed, PLUGINS);
		it.value = (int)chance(seed, VERSIONS);
		break;
	case RANK:
		it.who = ONE_OF(ranked);
		it.value = (int)chance(seed, 4) * 10; /* those of others, too: ties go to the oldest */
		break;
	case SPEAK:
		it.who = ONE_OF(speakers);
		it.value = (int)chance(seed, LANGUAGES);
		break;
	case ANSWER:
	case CANCEL:
		it.who = chance(seed, CALLS_MOST);
		break;
	case KEEP:
	case DROP:
		it.who = ONE_OF(keepers);
		break;
	case SET_LIMIT:
		it.value = ONE_OF(limits);
		break;
	case SET_FAULT:
		it.value = chance_fault(seed);
		break;
	case PUBLISH:
		it.who = chance(seed, EVENT_TYPES);
		break;
	case ADVANCE:
		it.value = ONE_OF(steps);
		break;
	case MUZZLE:
		it.value = (int)chance(seed, 2);
		break;
	default:
		it.value = (int)chance(seed, 3) + 1;
		break;
	}
	return it;
}

/* What who stands for, and what value does. */
enum subject { INSTANCE, PLUGIN, EVENT, SLOT };
enum object { NUMBER, VERSION, LANGUAGE, FAULT };

/* format: with the subject, then the object. */
static const struct words {
	const char *format;
	enum subject subject;
	enum object object;
} words[OPERATIONS] = { [ADD] = { "add %s, version %s", PLUGIN, VERSION },
	[REMOVE] = { "remove %s", PLUGIN, VERSION },
	[REPLACE] = { "replace %s by version %s", PLUGIN, VERSION },
	[RANK] = { "call %s.rank with %s", INSTANCE, NUMBER },
	[SPEAK] = { "call %s.speak with %s", INSTANCE, LANGUAGE },
	[COUNT_ON] = { "call %s.count_on with %s", INSTANCE, NUMBER },
	[OPEN] = { "call %s.wait", INSTANCE, NUMBER },
	[ANSWER] = { "answer call %s", SLOT, NUMBER },
	[CANCEL] = { "cancel call %s", SLOT, NUMBER },
	[KEEP] = { "call %s.keep, which takes a lease", INSTANCE, NUMBER },
	[DROP] = { "call %s.drop, which releases it", INSTANCE, NUMBER },
	[SET_LIMIT] = { "set limit of %s to %s", INSTANCE, NUMBER },
	[SET_FAULT] = { "set fault of %s to %s", INSTANCE, FAULT },
	[MUZZLE] = { "forbid%.0s fred to publish: %s", INSTANCE, NUMBER },
	[PUBLISH] = { "publish %s", EVENT, NUMBER },
	[ADVANCE] = { "advance%.0s %s ms", INSTANCE, NUMBER },
	[RETRY] = { "retry %s", INSTANCE, NUMBER } };

static const char *subject_words(const struct operation *it, char number[static 12])
{
	switch (words[it->kind].subject) {
	case PLUGIN:
		return plugin_names[it->who];
	case EVENT:
		return event_types[it->who];
	case SLOT:
		snprintf(number, 12, "%u", it->who);
		return number;
	default:
		return instance_names[it->who];
	}
}

static const char *object_words(const struct operation *it, char number[static 12])
{
	switch (words[it->kind].object) {
	case LANGUAGE:
		return languages[it->value];
	case FAULT:
		return fault_choices[it->value];
	default:
		snprintf(number, 12, "%d", it->value + (words[it->kind].object == VERSION));
		return number;
	}
}

const char *operation_words(const struct operation *operation, char *text, size_t size)
{
	char subject[12], object[12];

	snprintf(text, size, words[operation->kind].format, subject_words(operation, subject),
		object_words(operation, object));
	return text;
}

const char *operation_runnable(const struct operation *operation)
{
	static const char *const runnables[OPERATIONS] = { [RANK] = "rank",
		[SPEAK] = "speak",
		[COUNT_ON] = "count_on",
		[OPEN] = "wait",
		[KEEP] = "keep",
		[DROP] = "drop" };

	return runnables[operation->kind];
}

void picture_add(struct picture *picture, const char *format, ...)
{
	size_t left = sizeof picture->text - picture->used;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(picture->text + picture->used, left, format, arguments);
	va_end(arguments);
	picture->used += length < 0 || (size_t)length >= left ? left - 1 : (size_t)length;
}

void picture_add_bindings(struct picture *picture, bool bound[NAMES][NAMES])
{
	for (unsigned consumer = 0; consumer < NAMES; consumer++)
		for (unsigned provider = 0; provider < NAMES; provider++)
			if (bound[consumer][provider])
				picture_add(picture, "%s is bound to %s\n", instance_names[consumer],
					instance_names[provider]);
}

bool picture_equals(const struct picture *expected, const struct picture *found, char *text, size_t size)
{
	const char *left = expected->text, *right = found->text;

	if (strcmp(left, right) == 0)
		return true;
	for (;;) {
		size_t length = strcspn(left, "\n"), other = strcspn(right, "\n");

		if (length != other || strncmp(left, right, length) != 0)
			break;
		left += length + (left[length] == '\n');
		right += other + (right[other] == '\n');
	}
	snprintf(text, size, "  expected: %.*s\n  found:    %.*s\n", (int)strcspn(left, "\n"), left,
		(int)strcspn(right, "\n"), right);
	return false;
}
