/* names.h: what callers may be called. */
#ifndef AUTH_NAMES_H
#define AUTH_NAMES_H

#include <stdbool.h>

enum { NAME_MOST = 128 }; /* bytes */

/* Whether a name, in UTF-8, can stand in a line of a log and be taken for nobody else's: neither white space nor what
 * directs a terminal or the order of letters, and not instance:..., as components are called that act by themselves. */
bool name_is_good(const char *name);

#endif
