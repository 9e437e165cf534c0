/* secrets.h: fields that are declared .secret, and who must not see them (R-CF-6). */
#ifndef KERNEL_SECRETS_H
#define KERNEL_SECRETS_H

#include "model.h"

/* The properties of rt as people may see them; a new object, NULL without memory. */
json_t *secrets_properties_new(const struct sp_runtime *rt);

#endif
