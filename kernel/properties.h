/*
 * properties.h: the properties of an instance that are given from outside: judged against what its component declares,
 * and changed as signals while it runs (R-CM-6, R-CM-8).
 */
#ifndef KERNEL_PROPERTIES_H
#define KERNEL_PROPERTIES_H

#include "model.h"

/* Judges properties (an object, or NULL) that shall be given to an instance of a factory: all that the component
 * declares, and service_ranking, which any may have. SP_INVALID and an array of {"pointer", "rule", "message"}, which
 * the caller owns; SP_NO_MEMORY. */
sp_status properties_judge(const struct factory *factory, const json_t *properties, json_t **ret_faults);

/* The same, with the first fault in error. */
sp_status properties_check(const struct factory *factory, const json_t *properties, struct sp_error *error);

/* Those of the properties that a section declares, as a new object; NULL without properties. SP_NO_MEMORY. */
sp_status properties_part_new(const struct section_plan *section, const json_t *properties, json_t **ret_part);

/* What is to be changed of some instances: kept beforehand, so that it can be done without memory. */
struct property_change;

/* Puts what makes next (an object that was judged, or NULL: none) the instance's properties before *changes. Of its
 * slots those follow of which next differs from what was given before; others keep what the component wrote.
 * SP_NO_MEMORY. */
sp_status property_change_add(struct property_change **changes, struct instance *instance, json_t *next);

/* Carries all out, inside a batch. */
void property_changes_commit(struct property_change *changes);

/* Frees all; NULL is accepted. */
void property_changes_destroy(struct property_change *changes);

#endif
