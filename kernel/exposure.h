/*
 * exposure.h: what can be called from outside, and by which name: the address instance.runnable, and the REST path
 * version/prefix/runnable. An instance's exposures are made first (that can fail), then listed (that cannot).
 */
#ifndef KERNEL_EXPOSURE_H
#define KERNEL_EXPOSURE_H

#include "model.h"

/* Makes the exposures of an instance with the runnables of factory, not yet listed; NULL without memory. */
struct exposures *exposures_create(struct instance *instance, const struct factory *factory);

/* Frees them; NULL is accepted. They are taken off the list first. */
void exposures_destroy(struct exposures *exposures);

/* Puts them on the list, or takes them off; whoever watches is told. Cannot fail. */
void exposures_list(struct exposures *exposures);
void exposures_unlist(struct exposures *exposures);

/* The first REST path that another instance has already (R-RN-7), or NULL; those of except, a plugin or NULL, do not
 * count. */
const char *exposures_conflict(const struct exposures *exposures, const struct sp_plugin_handle *except);

/* Whether path is the REST path of that runnable in the component's default instance, be there one or not. */
bool exposure_is_default_path(const struct factory *factory, const char *runnable, const char *path);

/* The exposure of an address of length characters, or of a REST path; NULL if there is none. */
struct exposure *exposure_find(const struct sp_kernel *kernel, const char *address, size_t length);
struct exposure *exposure_find_rest(const struct sp_kernel *kernel, const char *path, size_t length);

#endif
