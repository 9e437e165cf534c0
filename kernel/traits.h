/* traits.h: what a component is, inferred from its rows and never declared (R-CM-11). */
#ifndef KERNEL_TRAITS_H
#define KERNEL_TRAITS_H

#include "factory.h"

/* The names of the traits that a component has, lowest level first, as a new array; NULL without memory. */
json_t *traits_new(const struct factory *factory);

#endif
