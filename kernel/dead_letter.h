/*
 * dead_letter.h: what could not be delivered or was not handled (R-BUS-3). Each failure makes an envelope, which is
 * published as an event of the reserved type and kept for listing and replay. A failing handler of envelopes makes
 * none.
 */
#ifndef KERNEL_DEAD_LETTER_H
#define KERNEL_DEAD_LETTER_H

#include "model.h"

enum { DEAD_LETTERS_KEPT = 1000 };

enum dead_letter_reason { DEAD_HANDLER_ERROR, DEAD_EFFECT_ERROR, DEAD_DENIED, DEAD_OVERFLOW, DEAD_TIMEOUT };

/* What failed. target is "instance.row", or the instance that published, or "" where there is none; type, source and
 * data are of the event (for an effect "", "" and NULL). All is borrowed. */
struct dead_letter_facts {
	const char *target, *type, *source;
	json_t *data;
	enum dead_letter_reason reason;
	const char *error;
};

void dead_letters_init(struct sp_kernel *kernel);
void dead_letters_finish(struct sp_kernel *kernel);

/* Makes an envelope, keeps and publishes it; none while one is being handled, and none of an event of the reserved
 * type. What cannot be made is logged: a failure must not make another. */
void dead_letter_add(struct sp_kernel *kernel, const struct dead_letter_facts *facts);

#endif
