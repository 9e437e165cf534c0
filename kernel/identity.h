/* identity.h: in whose name a call is made, and whether it may be. */
#ifndef KERNEL_IDENTITY_H
#define KERNEL_IDENTITY_H

#include "admission.h"

/* R-RN-7: who makes a call: whom the request names, else the caller of the call that is being served, else the instance
 * that acts by itself, instance:<name>. What it refers to is borrowed. */
void identity_find(struct sp_call *call, const struct sp_request *request);

/* Copies the caller into the call's memory; the arena tells whether that failed. */
void identity_keep(struct sp_call *call);

/* Whether anybody may ask from outside (auth.required), never by the name of a component, and asks the auth provider
 * whether the caller may have what is demanded; error says why not (R-PR-4). */
sp_status identity_authorize(const struct asking *asking, struct sp_error *error);

#endif
