/* audit.h: who was let in, and who was not. */
#ifndef KERNEL_AUDIT_H
#define KERNEL_AUDIT_H

#include "admission.h"

/* Tells what became of judging who asks: the event call.denied for one that was refused for want of an identity, an
 * action, a role or patience; a record in the log, where policy.<instance>.audit says so, for those, and for calls that
 * demanded something and were let in. */
void audit_tell(const struct asking *asking, sp_status status);

#endif
