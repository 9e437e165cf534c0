/*
 * body.h: the body of an instance: the plugin's struct and everything that its factory's rows ask for. It is made
 * whole, activated, published, and ended; each step undoes itself when it fails.
 */
#ifndef KERNEL_BODY_H
#define KERNEL_BODY_H

#include "model.h"

/* Makes a body: slots filled, needs bound, effects asleep, services unpublished. replacement is NULL outside one. NULL
 * and error: SP_INVALID (settings or properties; pointer tells where), SP_NO_MEMORY. */
struct sp_runtime *body_create(struct instance *instance, struct factory *factory, struct replacement *replacement,
	struct sp_error *error);

/* Runs the activate hook, then the health hook; error tells why it failed. SP_LATER: activate is under way; the body is
 * due when it has ended, or lasted too long, and the same call goes on. */
sp_status body_activate(struct sp_runtime *rt, struct sp_error *error);

/* Begins to serve: services, subscriptions, timers, effects. Inside a batch; nothing is allocated. former is the body
 * whose place it takes, or NULL. */
void body_publish(struct sp_runtime *rt, struct sp_runtime *former);

/* Ends what acts by itself: effects, timers, watches, subscriptions. Calls inside may still use the rest. */
void body_quiet(struct sp_runtime *rt);

/* Runs the deactivate hook, if the activate hook succeeded; SP_LATER as body_activate. What it answers is only
 * logged. */
sp_status body_deactivate(struct sp_runtime *rt);

/* Lets a body that does not serve go, without its instance: it ends when nothing keeps it. body_drop ends it at once,
 * if that is so. */
void body_leave(struct sp_runtime *rt);
void body_drop(struct sp_runtime *rt);

/* Runs the deactivate hook, unless that ends later, if the activate hook succeeded, sweeps the ledger, and frees the
 * body. Nothing may refer to it any more: no call, lease or binding. */
void body_end(struct sp_runtime *rt);

/* The first one requirement that shows nothing, or NULL. */
const struct need *body_unmet(const struct sp_runtime *rt);

/* Every body of the plugins that are listed, one after the other; NULL after the last. */
struct sp_runtime *body_first(const struct sp_kernel *kernel);
struct sp_runtime *body_after(const struct sp_runtime *rt);

/* Takes the body's properties from its slots, and ranks its services by them; SP_NO_MEMORY changes nothing. */
sp_status body_take_properties(struct sp_runtime *rt);

/* Exchanges the body's properties with those given, and ranks its services by them. */
void body_exchange_properties(struct sp_runtime *rt, json_t **properties);

#endif
