/*
 * policy.h: what an instance may publish, from the configuration: policy.<instance>.publish, a list of patterns
 * (absent: everything), and policy.<instance>.audit (R-BUS-4). It is looked up when it is needed, so a changed one
 * holds at once. Nobody may publish DEAD_LETTER_TYPE.
 */
#ifndef KERNEL_POLICY_H
#define KERNEL_POLICY_H

#include "model.h"

/* Whether source ("": the kernel or its host) may publish type; an audited publish, allowed or not, is logged. */
bool policy_allows(struct sp_kernel *kernel, const char *source, const char *type);

/* Whether an instance may change the configuration at a dotted path: policy.<instance>.configure, a list of patterns,
 * must allow it (absent: nothing). */
bool policy_may_configure(const struct sp_kernel *kernel, const char *name, const char *path);

/* Judges the policy section of a tree; faults are appended as sp_kernel_check does. SP_INVALID, SP_NO_MEMORY. */
sp_status policy_check(const json_t *tree, json_t *faults);

/* Whether a record is kept of what an instance publishes, and of who calls what it guards (policy.<instance>.audit). */
bool policy_audits(const struct sp_kernel *kernel, const char *instance);

#endif
