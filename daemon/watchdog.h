/* watchdog.h: tells whoever watches the daemon, again and again, that its loop turns (sd_watchdog_enabled(3)). */
#ifndef DAEMON_WATCHDOG_H
#define DAEMON_WATCHDOG_H

#include "event_loop.h"

struct watchdog;

/* Begins to tell, twice in each of the times that WATCHDOG_USEC says; *ret_watchdog is NULL when nobody watches.
 * SP_NO_MEMORY. */
sp_status watchdog_create(struct sp_event_loop *loop, struct watchdog **ret_watchdog);
void watchdog_destroy(struct watchdog *watchdog);

#endif
