/* audit.h: who was let in, and who was not. */
#ifndef KERNEL_AUDIT_H
#define KERNEL_AUDIT_H

#include "model.h"

/* Tells what became of judging a call: the event call.denied for one that was refused for want of an identity, an action, a
 * role or patience; a record in the log, where policy.<instance>.audit says so, for those, and for calls that demanded
 * something and were let in. */
void audit_call(struct sp_call *call, const struct exposure *exposure, sp_status status);

#endif
