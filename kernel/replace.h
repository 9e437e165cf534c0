/*
 * replace.h: replaces a plugin by another version (R-PL-5): the new bodies are prepared beside the old ones, calls are
 * held where state is carried over, and one turn of the loop switches.
 */
#ifndef KERNEL_REPLACE_H
#define KERNEL_REPLACE_H

#include "model.h"
#include "sections.h"

/* One instance that goes from one version to the next. It stays where it is until the replacement ends: hooks, in which
 * an instance may come or go, run while it is worked on. */
struct pair {
	struct instance *instance; /* NULL: it is not to be replaced any more, and all the rest is NULL */
	struct factory *factory; /* of the new version */
	bool prepared; /* next is */
	struct sp_runtime *former, *next; /* NULL where the instance is not active: it only changes its factory */
	struct exposures *exposures;
	struct offers *offers;
};

struct replacement {
	struct sp_kernel *kernel;
	struct sp_plugin_handle *old, *new;
	sp_replaced done;
	void *user;
	struct sp_task task;
	void *timer; /* ends the hold */
	bool prepared, holding, late;
	struct sp_error abandoned; /* why it must be given up */
	struct list examine; /* in kernel->replacing_due */
	size_t count; /* of pairs in use */
	size_t made; /* of pairs; those that are not in use are for instances on their way */
	size_t reserved; /* of these */
	size_t room; /* in pairs */
	struct pair **pairs;
};

/* The next pair that is still to be replaced, *at being 0 at first; NULL after the last. */
struct pair *replacement_next_pair(const struct replacement *replacement, size_t *at);

/* Runs its block for each, also for those that come meanwhile. */
#define replacement_each(pair, replacement) \
	for (size_t at_ = 0; ((pair) = replacement_next_pair((replacement), &at_)) != NULL;)

/* Makes one more pair, not in use; SP_NO_MEMORY. Takes one into use for an instance of the old version, unless the new
 * one has no such component, or the instance was removed: that only ends, and tells nobody when it has. */
sp_status replacement_make_pair(struct replacement *replacement);
void replacement_add_pair(struct replacement *replacement, struct instance *instance);

/* Gives up what was prepared of a pair: it leaves like any other body, when nobody is bound to it, and it to nobody who
 * needs it. */
void replacement_undo_pair(struct pair *pair);

/* Lets calls and events go on to whoever serves the instance now. */
void replacement_let_go(struct instance *instance);

/* Something that a replacement waits for may have happened; from the top of the loop. */
void replacement_due(struct replacement *replacement);

/* The first replacement that is due, taken off the list; or NULL. */
struct replacement *replacement_next_due(struct sp_kernel *kernel);

/* An instance comes, or goes; when its plugin is being replaced, so does its pair. Room for one of a factory is
 * reserved first: SP_NO_MEMORY. */
sp_status replacement_reserve(const struct factory *factory);
void replacement_join(struct instance *instance);
void replacement_part(struct instance *instance);

/* The body that is prepared to follow an instance's, or NULL. */
struct sp_runtime *replacement_next_of(const struct instance *instance);

/* Gives it up, soon: everything will be as before, and done be told why. */
void replacement_abandon(struct replacement *replacement, const char *why);

/* Gives it up at once; for the end of the kernel. */
void replacement_drop(struct replacement *replacement, const char *why);

/* Makes what the pairs lack of what shall be called and offered; SP_NO_MEMORY and error. */
sp_status replacement_prepare_addresses(struct replacement *replacement, struct sp_error *error);

/* Whether components and paths of the new version are free, or the old one's. */
sp_status replacement_judge(const struct replacement *replacement, struct sp_error *error);

/* What a new configuration changes in the next body of an instance, put before *changes; SP_NO_MEMORY. */
sp_status replacement_reconfigure(struct replacement *replacement, const struct instance *instance, const json_t *tree,
	struct section_change **changes);

/* In replace_switch.c: carries state over and switches. On failure nothing has changed and error says why. */
sp_status replacement_switch(struct replacement *replacement, struct sp_error *error);

#endif
