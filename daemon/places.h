/* places.h: the directories that a daemon has to itself: state and runtime, or a scratch one for --check. */
#ifndef DAEMON_PLACES_H
#define DAEMON_PLACES_H

#include <signalpy/kernel.h>
#include <signalpy/places.h>

#include "options.h"

struct places {
	struct sp_places table;
	char *state; /* absolute */
	int lock; /* held while the daemon lives; -1: none */
	char scratch[32]; /* "": none */
};

/* Makes the state and the runtime directory and locks the state: two daemons must not keep their values and their
 * private copies in one place. SP_CONFLICT when another daemon has it, SP_FAILED; error names the directory. */
sp_status places_take(struct places *places, const struct options *options, struct sp_error *error);

/* For --check, which must not disturb a daemon that runs: puts a directory of its own into options->state_dir. */
sp_status places_take_scratch(struct places *places, struct options *options, struct sp_error *error);

/* Offers <signalpy/places.h> to the components of a kernel, which must end before the places are left. SP_NO_MEMORY. */
sp_status places_provide(struct places *places, const struct options *options, sp_kernel *kernel);

/* Gives the lock back and removes the scratch directory. */
void places_leave(struct places *places);

#endif
