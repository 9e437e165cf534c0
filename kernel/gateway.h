/* gateway.h: the services that the kernel itself offers to components. */
#ifndef KERNEL_GATEWAY_H
#define KERNEL_GATEWAY_H

#include "model.h"

/* Offers signalpy.gateway/1 and signalpy.config/1; SP_NO_MEMORY. */
sp_status gateway_provide(struct sp_kernel *kernel);

#endif
