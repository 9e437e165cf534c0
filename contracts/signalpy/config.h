/*
 * config.h: the contract over the whole configuration tree. A component's own section needs no contract: declare
 * (settings, ...). A component asks for this one with (one, sp_config, config). Everything here is [loop].
 */
#ifndef SIGNALPY_CONFIG_H
#define SIGNALPY_CONFIG_H

#include <signalpy/value.h>

struct sp_config {
	struct sp_service service;

	/* The value at a dotted path ("db.url"; "" is the whole tree), or NULL; borrowed until the handler returns. Recorded
	 * as a dependency on that path and all below it, and on nothing else. */
	const json_t *(*get)(const struct sp_config *config, const char *path);
};
SP_CONTRACT(sp_config, "signalpy.config", 1);

#endif
