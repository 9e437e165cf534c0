/* model_operation.h: what the model-based test does: one operation of a sequence, and the picture that is taken after
 * it. */
#ifndef TESTS_MODEL_OPERATION_H
#define TESTS_MODEL_OPERATION_H

#include <signalpy/runtime.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model_parts.h"

enum operation_kind {
	ADD,
	REMOVE,
	REPLACE,
	RANK,
	SPEAK,
	COUNT_ON,
	OPEN,
	ANSWER,
	CANCEL,
	KEEP,
	DROP,
	SET_LIMIT,
	SET_FAULT,
	MUZZLE,
	PUBLISH,
	ADVANCE,
	RETRY,
	OPERATIONS
};

/* who is a plugin, an instance, a call or an event, by kind; value a version, a rank, a number ... */
struct operation {
	enum operation_kind kind;
	unsigned who;
	int value;
};

/* What the configuration says of one instance. Limit -1: nothing. */
struct setting {
	int limit;
	enum fault fault;
};

enum { EVENT_TYPES = 6, LANGUAGES = 2 };
extern const char *const event_types[EVENT_TYPES], *const languages[LANGUAGES];

/* The next operation of a sequence, by chance. seed is changed. */
struct operation operation_random(uint64_t *seed);

/* "replace bert by version 2", written to text. */
const char *operation_words(const struct operation *operation, char *text, size_t size);

/* The runnable that an operation calls; NULL when it is no call. */
const char *operation_runnable(const struct operation *operation);

/* Lines of text, one for each fact that can be compared. */
enum { PICTURE_MOST = 16000 };
struct picture {
	char text[PICTURE_MOST];
	size_t used;
};
void picture_add(struct picture *picture, const char *format, ...) SP_FORMAT(2, 3);

/* Adds who is bound to whom. */
void picture_add_bindings(struct picture *picture, bool bound[NAMES][NAMES]);

/* Whether both are equal; if not, writes the first lines that differ. */
bool picture_equals(const struct picture *expected, const struct picture *found, char *text, size_t size);

#endif
