/*
 * configuration_show.h: what people may see: values with their origin, edits that are hidden, and no secrets.
 */
#ifndef DAEMON_CONFIGURATION_SHOW_H
#define DAEMON_CONFIGURATION_SHOW_H

#include "configuration_layers.h"

/* Whether path is, or is below, one of the declared paths (an array of texts; NULL: none), or has a step that is named
 * like a secret: password, secret, token, or ending with one of them after an underscore. */
bool configuration_secret(const json_t *declared, const char *path);

/* A new copy of the value at path with what is secret replaced; NULL without memory. */
json_t *configuration_redact_new(const json_t *declared, const char *path, const json_t *value);

/* A new object {"path": {"value", "origin"}} of all merged values; declared as above, or reveal. NULL without
 * memory. */
json_t *configuration_origins_new(const struct configuration_layers *layers, const json_t *declared, bool reveal);

/* Appends to hidden what was edited between before (NULL: everything was) and now without effect, because a higher
 * layer says otherwise: {"path", "origin", "by", "hint"}. SP_NO_MEMORY. */
sp_status configuration_hidden(const struct configuration_layers *before, const struct configuration_layers *now,
	json_t *hidden);

/* Appends found faults to placed as placed faults: with file, line and column, or layer; messages about secrets tell no
 * more than the rule. SP_NO_MEMORY. */
sp_status configuration_faults_place(const json_t *found, const struct configuration_layers *layers,
	const json_t *declared, json_t *placed);

#endif
