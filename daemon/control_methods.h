/*
 * control_methods.h: what can be asked of the control socket, as data: a row says who may ask, what it takes and what
 * runs.
 */
#ifndef DAEMON_CONTROL_METHODS_H
#define DAEMON_CONTROL_METHODS_H

#include "control_exchange.h"

/*
 * run ends the exchange, now or later; params is a struct of takes, borrowed until it returns, and NULL when takes is.
 * raw, which may be NULL, is tried first with the parameters as they were written (size 0: none); it answers false, and
 * has done nothing, when run must do.
 */
struct control_method {
	const char *name;
	enum peer_level level;
	const char *about;
	const struct sp_record *takes; /* NULL: nothing */
	const char *gives; /* the JSON type of the result */
	void (*run)(struct exchange *exchange, const void *params);
	bool (*raw)(struct exchange *exchange, struct span params);
};

/* Runs the method of that name with the parameters as they were written. */
void control_method_run(struct exchange *exchange, struct span name, struct span params);

/* The tables by noun, each ended by a NULL name; visit each row of all of them until it answers false. */
extern const struct control_method control_methods_kernel[], control_methods_plugins[], control_methods_components[],
	control_methods_runnables[], control_methods_configuration[], control_methods_events[],
	control_methods_dead_letters[], control_methods_graph[], control_methods_log[], control_methods_metrics[],
	control_methods_conversations[], control_methods_rpc[];
void control_methods_each(bool (*visit)(void *user, const struct control_method *method), void *user);

#endif
