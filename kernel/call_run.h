/* call_run.h: how a call that has been let in is run. For call.c. */
#ifndef KERNEL_CALL_RUN_H
#define KERNEL_CALL_RUN_H

#include "model.h"

/* Runs a call whose parameters are filled. It ends through call_end, maybe before this returns. */
void call_run(struct sp_call *call);

/* The call whose handler runs on this thread; NULL when none does. */
const struct sp_call *call_present(void);

/* Releases what the call's json, result and copies hold. */
void call_release_values(struct sp_call *call);

/* Releases the json values of a struct that a handler filled: they are its receiver's. */
void call_release_out(const struct sp_record *gives, void *out);

/* In call.c: the call is over; answers, counts, frees. */
void call_end(struct sp_call *call, sp_status status);

#endif
