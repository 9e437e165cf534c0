/* instances_configured.h: the instances that the configuration asks for, below its key instances (R-CM-8). */
#ifndef KERNEL_INSTANCES_CONFIGURED_H
#define KERNEL_INSTANCES_CONFIGURED_H

#include "model.h"

/* What the configuration says of the one who bears a name: {"component", "properties", "enabled"}, true or false.
 * Borrowed from the tree. */
struct wish {
	const char *component; /* the name itself, unless it says another; NULL: nobody shall bear the name */
	json_t *properties;
};

/* Reads what is said of a name; false when nothing is. */
bool wish_read(const json_t *tree, const char *name, struct wish *ret_wish);

/* What is said by the tree of instances: a json object, or NULL. */
const json_t *wishes_of(const json_t *tree);

/* Whether the instance would stay what it is with another tree. */
bool instance_stays(const struct instance *instance, const json_t *tree);

/* Judges what the tree asks for; faults as sp_kernel_check. */
sp_status wishes_check(struct sp_kernel *kernel, const json_t *tree, json_t *faults);

/* What a tree changes: made beforehand, so that it can be carried out, inside a batch, without memory. SP_NO_MEMORY. */
struct wish_changes;
sp_status wish_changes_create(struct sp_kernel *kernel, const json_t *tree, struct wish_changes **ret_changes);
void wish_changes_commit(struct wish_changes *changes);
void wish_changes_destroy(struct wish_changes *changes); /* NULL is accepted */

#endif
