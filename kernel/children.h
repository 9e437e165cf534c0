/*
 * children.h: instances that code has spawned. A child stands in the ledger of the body that did, its holder; it is
 * active only while that one serves, goes before it, and stays with the instance when the holder is replaced (R-CM-3,
 * R-CM-8, R-PL-10).
 */
#ifndef KERNEL_CHILDREN_H
#define KERNEL_CHILDREN_H

#include "model.h"

/* Whether the instance may activate as far as its parent is concerned; true for one that nobody has spawned. */
bool child_may_activate(const struct instance *instance);

/* The instance that has spawned this one; NULL when there is none, or it is gone. */
const struct instance *child_parent(const struct instance *instance);

/* Has all children of a body, which serves now, looked at. */
void children_due(struct sp_runtime *rt);

/* Has those looked at about whom could not be decided for want of memory. */
void children_again(struct sp_runtime *rt);

/* Of a body that is to end: has its children go, the latest first. Whether there are any left. */
bool children_leave(struct sp_runtime *rt);

/* Whether any child of the body has a body. */
bool children_act(const struct sp_runtime *rt);

/* In the switch: the children of former are next's from now on, in their order, before its own. */
void children_pass(struct sp_runtime *former, struct sp_runtime *next);

/* Frees what ties an instance, which goes, to its holder; NULL is accepted. */
void child_destroy(struct child *child);

#endif
