/* watchdog.c: a timer on the loop: what holds the loop keeps it from telling, and that is what it is for. */
#include "watchdog.h"

#include "notify.h"

#include <stdlib.h>
#include <unistd.h>

enum { TIMES_A_TURN = 2, NANOSECONDS = 1000 };

struct watchdog {
	void *timer;
	int64_t pause; /* nanoseconds */
};

static void tell(void *user)
{
	struct watchdog *watchdog = user;

	notify("WATCHDOG=1");
	sp_event_loop_ops()->timer_start(watchdog->timer, watchdog->pause);
}

/* Microseconds; 0: nobody watches, or somebody watches another process. */
static int64_t watched_for(void)
{
	const char *time = getenv("WATCHDOG_USEC"), *process = getenv("WATCHDOG_PID");
	int64_t microseconds = time ? strtoll(time, NULL, 10) : 0;

	if (microseconds <= 0 || microseconds > INT64_MAX / NANOSECONDS)
		return 0;
	return !process || strtol(process, NULL, 10) == (long)getpid() ? microseconds : 0;
}

sp_status watchdog_create(struct sp_event_loop *loop, struct watchdog **ret_watchdog)
{
	int64_t microseconds = watched_for();
	struct watchdog *watchdog = microseconds > 0 ? calloc(1, sizeof *watchdog) : NULL;

	*ret_watchdog = NULL;
	if (microseconds == 0)
		return SP_OK;
	if (!watchdog)
		return SP_NO_MEMORY;
	watchdog->pause = microseconds * NANOSECONDS / TIMES_A_TURN;
	watchdog->timer = sp_event_loop_ops()->timer_create(loop, tell, watchdog);
	if (!watchdog->timer) {
		free(watchdog);
		return SP_NO_MEMORY;
	}
	tell(watchdog);
	*ret_watchdog = watchdog;
	return SP_OK;
}

void watchdog_destroy(struct watchdog *watchdog)
{
	if (!watchdog)
		return;
	sp_event_loop_ops()->timer_destroy(watchdog->timer);
	free(watchdog);
}
