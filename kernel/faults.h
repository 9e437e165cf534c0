/* faults.h: lists of what is wrong with a configuration, or with properties, as json objects (see sp_kernel_check). */
#ifndef KERNEL_FAULTS_H
#define KERNEL_FAULTS_H

#include <jansson.h>
#include <signalpy/status.h>
#include <stdbool.h>

/* Appends a fault at a dotted path (stolen; NULL: no memory) to a list, which may be NULL when nobody wants to know.
 * SP_INVALID, SP_NO_MEMORY. */
sp_status fault_tell(json_t *faults, json_t *path, const char *instance, const char *rule, const char *message);

/* Appends one of a member of what is judged, of which the path is not known yet: "pointer" is "/member".
 * SP_NO_MEMORY. */
sp_status fault_note(json_t *faults, const char *member, const char *rule, const char *message);

/* Takes one judgement of several into *worst. False without memory, which ends the judging. */
bool fault_goes_on(sp_status status, sp_status *worst);

/* Writes the first of some faults to error, and frees them all. */
void fault_take_first(json_t *faults, struct sp_error *error);

#endif
