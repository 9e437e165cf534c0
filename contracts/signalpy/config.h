/*
 * config.h: the contract over the whole configuration tree. A component's own section needs no contract: declare
 * (settings, ...). A component asks for this one with (one, sp_config, config). Everything here is [loop].
 */
#ifndef SIGNALPY_CONFIG_H
#define SIGNALPY_CONFIG_H

#include <signalpy/value.h>

struct sp_config {
	struct sp_service service;

	/* The value at a dotted path ("db.url"; "" is the whole tree), or NULL; borrowed until the handler returns.
	 * Recorded as a dependency on that path and all below it, and on nothing else. */
	const json_t *(*get)(const struct sp_config *config, const char *path);

	/* Sets the values at some dotted paths, all of them or none, and keeps them across restarts: changes, borrowed,
	 * is an object of path and value; null takes back what was set here before. The consumer's policy must allow
	 * each path (policy.<instance>.configure, patterns): SP_FORBIDDEN. What components object to: SP_INVALID, and
	 * error's pointer tells where. SP_CONFLICT while a change is under way; SP_UNAVAILABLE when it cannot be kept;
	 * SP_NO_MEMORY. */
	sp_status (*change)(const struct sp_config *config, const json_t *changes, struct sp_error *error);
};
SP_CONTRACT(sp_config, "signalpy.config", 1);

#endif
