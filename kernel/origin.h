/*
 * origin.h: who writes a signal, in words.
 */
#ifndef KERNEL_ORIGIN_H
#define KERNEL_ORIGIN_H

#include "model.h"

enum { ORIGIN_SIZE = 128 };

/* Of a signal that only one can write: "configuration: components.greeter.greeting", or "services: IDictionary/1".
 * False for others; then text is untouched. */
bool origin_fixed(struct sp_kernel *kernel, const sp_node *signal, char text[static ORIGIN_SIZE]);

/* Who is writing a signal: as above, or "counter.follow (effect)" for writer, which may be NULL, or whoever was entered
 * from the loop: "counter.increment (call)", "probe.tick (timer)"; else "properties of greeter" when they are given
 * from outside, or "kernel". */
void origin_present(struct sp_kernel *kernel, const sp_node *signal, const sp_node *writer,
	char text[static ORIGIN_SIZE]);

#endif
