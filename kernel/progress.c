/* progress.c: how far a call is and what it has to say, told to its caller on the loop. */
#include <signalpy/caller.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "call.h"

enum { LINE_MOST = 2048 };

/* What is told: progress, or a line. */
struct message {
	bool is_line;
	enum sp_level level;
	int64_t done, total;
	const char *text; /* NULL: none */
};

/* A message of another thread on its way to the loop; call->reports keeps the call until it is there. */
struct report {
	struct sp_task task;
	struct sp_call *call;
	struct message message;
	char text[];
};

static bool is_heard(const struct sp_call *call, const struct message *message)
{
	return !call->answered && (message->is_line ? call->tell != NULL : call->progress != NULL);
}

static void tell(struct sp_call *call, const struct message *message)
{
	struct entry entry;

	if (!is_heard(call, message))
		return;
	call_enter_caller(call, &entry);
	if (message->is_line)
		call->tell(call->user, message->level, message->text);
	else
		call->progress(call->user, message->done, message->total, message->text);
	call_leave_caller(&entry);
}

static void tell_on_loop(struct sp_task *task)
{
	struct report *report = container_of(task, struct report, task);

	tell(report->call, &report->message);
	call_reported(report->call);
	sp_free(report);
}

/* Without memory it is lost: it is a courtesy, and the next report tells more. */
static void report(struct sp_call *call, const struct message *message)
{
	struct sp_kernel *kernel = call->kernel;
	size_t size = message->text ? strlen(message->text) + 1 : 0;
	struct report *report;

	if (pthread_equal(pthread_self(), kernel->thread)) {
		tell(call, message);
		return;
	}
	report = sp_malloc(sizeof *report + size);
	if (!report)
		return;
	*report = (struct report){ .task.run = tell_on_loop, .call = call, .message = *message };
	if (size)
		report->message.text = memcpy(report->text, message->text, size);
	atomic_fetch_add(&call->reports, 1);
	kernel->ops->post(kernel->loop, &report->task);
}

void sp_progress(sp_call *call, int64_t done, int64_t total, const char *note)
{
	report(call, &(struct message){ .done = done, .total = total, .text = note });
}

void sp_tell(sp_call *call, enum sp_level level, const char *format, ...)
{
	char line[LINE_MOST];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	report(call, &(struct message){ .is_line = true, .level = level, .text = line });
}
