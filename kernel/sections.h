/*
 * sections.h: settings and properties: a record of which every leaf is a slot. A section is filled into a struct,
 * judged, and then spread over the slots' nodes.
 */
#ifndef KERNEL_SECTIONS_H
#define KERNEL_SECTIONS_H

#include "arena.h"
#include "factory.h"

struct sp_runtime;
struct sp_kernel;

/* Judge and complete a settings or properties row, and the reverse; see factory.c. */
sp_status section_complete(struct factory *factory, void *plan, struct sp_error *error);
void section_finish(void *plan);

/* Fills a section into memory of arena; SP_INVALID and error, whose pointer tells where, or SP_NO_MEMORY. */
sp_status section_fill(const struct section_plan *plan, const json_t *json, struct arena *arena, char **ret_filled,
	struct sp_error *error);

/* The leaf's slot in an instance. */
sp_node **leaf_slot(const struct leaf *leaf, void *self);

/* One value: kept as the slot's node will, out of a filled struct; written without memory, what was there before stays
 * with value; released. */
sp_status leaf_keep(const struct leaf *leaf, char *filled, void *ret_value);
void leaf_write(const struct leaf *leaf, void *self, void *value);
void leaf_release(const struct leaf *leaf, void *value);

/* Makes the nodes of a section's leaves from json (NULL: all defaults), and notes each in rt->cells. On failure error's
 * pointer tells where. */
sp_status section_create(struct sp_runtime *rt, const struct section_plan *plan, const json_t *json,
	struct sp_error *error);

/* What is to be written to the slots of a body: kept beforehand, so that it can be written without memory. */
struct section_change {
	struct section_change *next;
	struct sp_runtime *rt;
	const struct section_plan *plan;
	bool unfit; /* the section is wrong: there is nothing to write */
	_Alignas(max_align_t) char values[]; /* a struct of the plan's record */
};

/* Puts one before *changes; SP_NO_MEMORY. */
sp_status section_change_add(struct section_change **changes, struct sp_runtime *rt, const struct section_plan *plan,
	const json_t *json);

/* Writes one, inside a batch; what was there before stays with it. */
void section_change_write(struct section_change *change);

/* Frees all; NULL is accepted. */
void section_changes_destroy(struct section_change *changes);

/* The dotted path of an instance's section into path; cut to fit. Its own is components.<instance>, even if it has
 * none, or one elsewhere. */
void section_path(const struct factory *factory, const char *instance, char *path, size_t size);
void section_own_path(const char *instance, char *path, size_t size);

/* Judges what stands in an instance's own section: nothing may, where its component does not look. SP_INVALID and an
 * array of {"pointer", "rule", "message"}, which the caller owns; SP_NO_MEMORY. */
sp_status section_judge_stray(const struct factory *factory, const char *instance, const json_t *tree,
	json_t **ret_faults);

/* A dotted path from a section's path and a JSON pointer below it; cut to fit. */
void section_join(const char *section, const char *pointer, char *path, size_t size);

/* The value at a dotted path, or NULL; borrowed from tree. */
const json_t *json_at_path(const json_t *tree, const char *path);

#endif
