/*
 * configuration_keys.h: the daemon's own keys, in one table: what is checked, and what signalpyd.conf(5) must say.
 */
#ifndef DAEMON_CONFIGURATION_KEYS_H
#define DAEMON_CONFIGURATION_KEYS_H

#include <jansson.h>
#include <signalpy/status.h>

enum configuration_key_type {
	CONFIGURATION_TEXT,
	CONFIGURATION_TEXTS,
	CONFIGURATION_TEXT_BY_INSTANCE, /* an object, of instances' names; null takes back what a file says */
	CONFIGURATION_INTEGER,
	CONFIGURATION_BOOLEAN
};

struct configuration_key {
	const char *path;
	enum configuration_key_type type;
	const char *choices; /* of a text, or each: "one, other", the only ones allowed; NULL: any that is not empty */
	int64_t minimum, maximum; /* of an integer */
	const char *otherwise; /* the default, a JSON text; NULL: it depends on how the daemon was started */
	const char *manual; /* the default in the manual's words; NULL: as otherwise */
	bool at_start; /* a change works at the next start only */
};

/* The table, which ends with an entry without a path. */
const struct configuration_key *configuration_keys(void);

/* The entry of a path; NULL when there is none. */
const struct configuration_key *configuration_keys_find(const char *path);

/* A new tree of all defaults; NULL without memory. */
json_t *configuration_keys_defaults_new(void);

/* Judges the sections of a merged tree as far as they are the daemon's; what is wrong is appended to found as found
 * faults. SP_NO_MEMORY. */
sp_status configuration_keys_check(const json_t *tree, json_t *found);

#endif
