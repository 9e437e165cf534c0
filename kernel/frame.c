/* frame.c: entering an instance, and what a handler may ask of the frame it runs in. */
#include "frame.h"

#include <stdio.h>

#include "alloc.h"

void frame_enter(struct frame *frame)
{
	struct sp_kernel *kernel = frame->rt->kernel;

	frame->up = kernel->frame;
	kernel->frame = frame;
	sp_batch_begin(kernel->graph);
}

void frame_leave(struct frame *frame)
{
	struct sp_kernel *kernel = frame->rt->kernel;

	kernel->frame = frame->up;
	sp_batch_end(kernel->graph);
}

void entry_enter(struct entry *entry, struct sp_runtime *rt)
{
	entry->frame = (struct frame){ .rt = rt, .arena = &entry->arena, .error = &entry->error };
	entry->error.code = SP_OK;
	entry->error.message[0] = entry->error.pointer[0] = '\0';
	arena_init(&entry->arena);
	frame_enter(&entry->frame);
}

void entry_leave(struct entry *entry)
{
	frame_leave(&entry->frame);
	arena_finish(&entry->arena);
}

sp_status frame_judge(struct frame *frame, sp_status status)
{
	if (frame->arena->failed)
		return sp_error_set(frame->error, SP_NO_MEMORY, "out of memory");
	if (status == SP_OK && frame->failed_read != SP_OK)
		return frame->failed_read;
	if (status < 0 && frame->error->code == SP_OK)
		return sp_error_set(frame->error, status, "answered %s", sp_status_word(status));
	return status;
}

void frame_lacks_memory(const struct sp_kernel *kernel)
{
	if (kernel->frame)
		kernel->frame->arena->failed = true;
	sp_graph_fail(kernel->graph, SP_NO_MEMORY, "out of memory");
}

void frame_read_failed(struct frame *frame, const struct sp_error *error)
{
	if (!frame || frame->failed_read != SP_OK)
		return;
	frame->failed_read = error->code;
	*frame->error = *error;
}

sp_status sp_runtime_fail(sp_runtime *rt, sp_status code, const char *format, ...)
{
	struct frame *frame = rt->kernel->frame;
	struct sp_error error;
	va_list arguments;

	va_start(arguments, format);
	sp_error_set_list(&error, code, format, arguments);
	va_end(arguments);
	if (!frame || !frame->error) {
		kernel_log(rt->kernel, SP_WARNING, rt->name, "%s", error.message);
		return code;
	}
	sp_error_set(frame->error, code, "%s", error.message);
	if (frame->computed && frame->rt == rt)
		sp_graph_fail(rt->kernel->graph, code, "%s", error.message);
	return code;
}

static struct arena *present_arena(sp_runtime *rt)
{
	return rt->kernel->frame ? rt->kernel->frame->arena : NULL;
}

const char *sp_runtime_format(sp_runtime *rt, const char *format, ...)
{
	struct arena *arena = present_arena(rt);
	const char *text = "";
	va_list arguments;

	va_start(arguments, format);
	if (arena)
		text = arena_format(arena, format, arguments);
	va_end(arguments);
	return text;
}

void sp_runtime_append(sp_runtime *rt, void *array, size_t size, const void *value)
{
	struct arena *arena = present_arena(rt);

	if (arena)
		arena_append(arena, array, size, value);
}

const char *sp_name(const sp_runtime *rt)
{
	return rt->name;
}

int64_t sp_now_ms(const sp_runtime *rt)
{
	return rt->kernel->ops->now(rt->kernel->loop) / 1000000;
}

/* A host's callback has no place on its own stack for an entry between enter and leave. */
void sp_runtime_enter(sp_runtime *consumer)
{
	struct entry *entry;

	if (!consumer)
		return;
	entry = sp_malloc(sizeof *entry);
	if (entry) {
		entry_enter(entry, consumer);
		return;
	}
	kernel_log(consumer->kernel, SP_ERROR, consumer->name, "out of memory");
	consumer->kernel->frameless++;
	sp_batch_begin(consumer->kernel->graph);
}

void sp_runtime_leave(sp_runtime *consumer)
{
	struct sp_kernel *kernel = consumer ? consumer->kernel : NULL;
	struct entry *entry;

	if (!kernel)
		return;
	if (kernel->frameless) {
		kernel->frameless--;
		sp_batch_end(kernel->graph);
		return;
	}
	entry = container_of(kernel->frame, struct entry, frame);
	entry_leave(entry);
	sp_free(entry);
}

sp_status sp_runtime_judge(sp_runtime *consumer, sp_status status, struct sp_error *ret_error)
{
	struct frame *frame = consumer->kernel->frame;

	if (consumer->kernel->frameless || !frame || frame->rt != consumer)
		return status < 0 ? sp_error_set(ret_error, status, "answered %s", sp_status_word(status)) : status;
	status = frame_judge(frame, status);
	if (status < 0 && ret_error)
		*ret_error = *frame->error;
	return status;
}

void kernel_log(struct sp_kernel *kernel, enum sp_level level, const char *instance, const char *format, ...)
{
	char message[512];
	va_list arguments;

	if (!kernel->options.log)
		return;
	va_start(arguments, format);
	vsnprintf(message, sizeof message, format, arguments);
	va_end(arguments);
	kernel->options.log(kernel->options.user, level, instance ? instance : "", message);
}
