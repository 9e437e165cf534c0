/*
 * places.h: the places contract: the directories that the host has to itself. A component asks for it with
 * (optional, sp_places, places) or (one, ...). Everything here is [loop].
 */
#ifndef SIGNALPY_PLACES_H
#define SIGNALPY_PLACES_H

#include <signalpy/value.h>

struct sp_places {
	struct sp_service service;

	/* The directory for what outlives the process: its path is absolute, it is there, and no other host uses it.
	 * Borrowed while the host runs. What a component keeps in there is named like the component. */
	const char *(*state)(const struct sp_places *places);
};
SP_CONTRACT(sp_places, "signalpy.places", 1);

#endif
