/*
 * lifecycle.h: what becomes of instances. Whatever happens only notes that an instance, or a body that leaves, is due;
 * the steps are taken from the top of the loop, when no callback is below.
 */
#ifndef KERNEL_LIFECYCLE_H
#define KERNEL_LIFECYCLE_H

#include "model.h"

/* Asks for the next settling; notes that an instance, or a leaving body, must be looked at in it. NULL is accepted. */
void kernel_due(struct sp_kernel *kernel);
void instance_due(struct instance *instance);
void body_due(struct sp_runtime *rt);

/* Has the bodies that leave looked at again at that time of the loop's clock, when their calls have had time enough; a
 * time that is over is none. */
void kernel_drain_until(struct sp_kernel *kernel, int64_t when);

/* The task of kernel_due: takes every step that is due until nothing is, in as many turns of the loop as it takes to
 * tell of them all. */
void kernel_settle(struct sp_task *task);

/* How an instance shall be: properties (may be NULL) are borrowed. */
struct instance_options {
	const char *name;
	json_t *properties;
	enum instance_origin origin;
};

/* Makes an instance of a factory that nobody knows yet; instance_list gives it its name, which must be free, and has it
 * activate; that cannot fail. Name and properties are not judged: with properties that do not suit, it will be errored.
 * NULL and error: SP_NO_MEMORY. */
struct instance *instance_new(struct factory *factory, const struct instance_options *options, struct sp_error *error);
void instance_list(struct instance *instance);

/* Judges, makes and lists one. NULL and error: SP_INVALID (a name is none, or a property, which pointer tells),
 * SP_CONFLICT (the name is taken), SP_NO_MEMORY. */
struct instance *instance_create(struct factory *factory, const struct instance_options *options,
	struct sp_error *error);

/* The instance of that name, or NULL. */
struct instance *instance_named(const struct sp_kernel *kernel, const char *name);

/* Lets an instance go: its name and addresses are free at once, itself when it has stopped. */
void instance_remove(struct instance *instance);

/* Frees an instance that has no body. */
void instance_destroy(struct instance *instance);

/* Of an instance without a body: it waits for its restart, and for nothing else. */
void instance_rest(struct instance *instance);

/* Changes the state, tells the bus, and keeps the count of what is errored. */
void instance_set_state(struct instance *instance, enum instance_state state);
const char *instance_state_word(enum instance_state state);

/* Tells the bus that an active instance has stopped, or begun again, to work as it should. */
void instance_tell_health(const struct instance *instance, bool healthy);

/* For a timer of the loop; what is longer than 73 years is that long, what is below 0 is 0. */
int64_t nanoseconds_of(int64_t milliseconds);

/* Works out the kernel's state anew. */
void kernel_judge(struct sp_kernel *kernel);

/* Why the first instance that waits for a one requirement does: "waits for IDictionary/1"; the plan, or NULL. */
const struct need_plan *instance_missing(const struct instance *instance);

/* Finds sets of instances that wait for each other, and notes the cycle in each. */
void cycles_find(struct sp_kernel *kernel);

#endif
