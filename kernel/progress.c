/* progress.c: how far a call is, told to its caller on the loop. */
#include <stdatomic.h>
#include <string.h>

#include "alloc.h"
#include "call.h"

/* A report of another thread on its way to the loop; call->reports keeps the call until it is there. */
struct report {
	struct sp_task task;
	struct sp_call *call;
	int64_t done, total;
	bool noted;
	char note[];
};

static void tell(struct sp_call *call, int64_t done, int64_t total, const char *note)
{
	struct entry entry;

	if (!call->progress || call->answered)
		return;
	call_enter_caller(call, &entry);
	call->progress(call->user, done, total, note);
	call_leave_caller(&entry);
}

static void tell_on_loop(struct sp_task *task)
{
	struct report *report = container_of(task, struct report, task);

	tell(report->call, report->done, report->total, report->noted ? report->note : NULL);
	call_reported(report->call);
	sp_free(report);
}

void sp_progress(sp_call *call, int64_t done, int64_t total, const char *note)
{
	struct sp_kernel *kernel = call->kernel;
	size_t size = note ? strlen(note) + 1 : 1;
	struct report *report;

	if (pthread_equal(pthread_self(), kernel->thread)) {
		tell(call, done, total, note);
		return;
	}
	report = sp_malloc(sizeof *report + size);
	if (!report)
		return; /* progress is a courtesy: the next report tells more */
	*report =
		(struct report){ .task.run = tell_on_loop, .call = call, .done = done, .total = total, .noted = note };
	memcpy(report->note, note ? note : "", size);
	atomic_fetch_add(&call->reports, 1);
	kernel->ops->post(kernel->loop, &report->task);
}
