/* record_plan.h: inside of a plan, and the faults that are found with it; for the record_*.c files alone. */
#ifndef KERNEL_RECORD_PLAN_H
#define KERNEL_RECORD_PLAN_H

#include <regex.h>

#include "record.h"
#include "text_format.h"

struct sp_field_plan {
	union sp_field_row row;
	regex_t *pattern; /* NULL if it has none */
	const struct sp_text_format *format; /* likewise */
	struct sp_record_plan *record; /* of a record */
	struct sp_field_plan *item; /* of an array */
};

struct sp_record_plan {
	size_t size;
	unsigned char *defaults; /* a struct in which every field is absent, size bytes */
	bool anything; /* holds any json value, and has no fields */
	size_t count;
	struct sp_field_plan fields[];
};

/* Where in a json value a fault is: a chain that ends at the root, on the stack of whoever walks. */
struct sp_place {
	const struct sp_place *up;
	const char *name; /* NULL for an item of an array */
	size_t index;
};

/* Collects faults: all of them in list, which is made with the first one, or only one, in error if that is not NULL. */
struct sp_faults {
	bool all;
	bool found; /* one or more */
	json_t *list;
	struct sp_error *error;
};

/* Room for what a message tells of a text: its beginning, on one line, unless the field is secret. */
enum { SP_SHOWN = 40, SP_SHOWN_SIZE = SP_SHOWN + 8 };
const char *sp_text_shown(const struct sp_field_plan *plan, const char *text, char buffer[SP_SHOWN_SIZE]);

/* Takes down a fault. SP_OK when the walk shall go on; SP_INVALID when one was enough, SP_NO_MEMORY. */
sp_status sp_fault_add(struct sp_faults *faults, const struct sp_place *at, const char *rule, const char *format, ...)
	SP_FORMAT(4, 5);

/* Hold a value against the constraints of its field; answer as sp_fault_add does. */
sp_status sp_check_string(struct sp_faults *faults, const struct sp_field_plan *plan, const struct sp_place *at,
	const char *text);
sp_status sp_check_integer(struct sp_faults *faults, const struct sp_field_plan *plan, const struct sp_place *at,
	int64_t value);
sp_status sp_check_number(struct sp_faults *faults, const struct sp_field_plan *plan, const struct sp_place *at,
	double value);
sp_status sp_check_items(struct sp_faults *faults, const struct sp_field_plan *plan, const struct sp_place *at,
	size_t count);

/* Writes the value that the field has when it is absent; value is zeroed. */
void sp_field_default(const struct sp_field_plan *plan, void *value);

#endif
