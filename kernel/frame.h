/*
 * frame.h: entering an instance. Every entry from the loop (call, event, timer, watch, hook) is a batch: what it writes
 * takes effect, in one wave, when it has left (R-RX-5).
 */
#ifndef KERNEL_FRAME_H
#define KERNEL_FRAME_H

#include "model.h"

/* A frame with its own memory, on the stack of whoever enters. */
struct entry {
	struct frame frame;
	struct sp_error error;
	struct arena arena;
};

/* Enters and leaves; leaving runs the wave, if it is the outermost. frame's members but up are set by the caller. */
void frame_enter(struct frame *frame);
void frame_leave(struct frame *frame);

/* As frame_enter with an arena and error of its own; entry_leave frees the arena. */
void entry_enter(struct entry *entry, struct sp_runtime *rt);
void entry_leave(struct entry *entry);

/* What a handler's answer comes to: a status below 0 gets words if the handler gave none, and SP_NO_MEMORY if its
 * memory ran out. One that read a computed which had failed, and got a zero value, fails with that one's error
 * (R-RX-3), unless it answers later. */
sp_status frame_judge(struct frame *frame, sp_status status);

/* Notes that the frame, if there is one, read a computed that had failed. */
void frame_read_failed(struct frame *frame, const struct sp_error *error);

/* Fails the handler that is running, if there is one, with SP_NO_MEMORY. */
void frame_lacks_memory(const struct sp_kernel *kernel);

/* Logs through the kernel's hook; instance may be NULL. */
void kernel_log(struct sp_kernel *kernel, enum sp_level level, const char *instance, const char *format, ...)
	SP_FORMAT(4, 5);

#endif
