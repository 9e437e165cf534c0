/*
 * mailbox.h: what other threads post to a body, on its way to the loop (R-RX-8). A letter is made by the thread that
 * posts it; the loop delivers it, or drops it when the body ends first.
 */
#ifndef KERNEL_MAILBOX_H
#define KERNEL_MAILBOX_H

#include "model.h"

/* The mailbox of a new body; NULL without memory. It begins waiting. */
struct mailbox *mailbox_create(struct sp_runtime *rt);

/* Counts it once more (answers it), and once less. [any] */
struct mailbox *mailbox_keep(struct mailbox *mailbox);
void mailbox_release(struct mailbox *mailbox);

/* Takes a letter. Where it does not, it drops it and says why: SP_GONE, SP_UNAVAILABLE. The caller has counted the
 * mailbox, or the body lives. [any] */
sp_status mailbox_post(struct mailbox *mailbox, struct letter *letter);

/* Posts a task to the kernel's loop; false when there is no kernel any more. [any] */
bool mailbox_post_task(struct mailbox *mailbox, struct sp_task *task);

/* Letters are delivered from now on, also those that wait. */
void mailbox_open(struct mailbox *mailbox);

/* Delivers what is there, and takes no more until it is opened again, or closed. */
void mailbox_pause(struct mailbox *mailbox);

/* Takes no more; what is there is still delivered. */
void mailbox_close(struct mailbox *mailbox);

/* Delivers what is there now, unless the mailbox waits. */
void mailbox_deliver(struct mailbox *mailbox);

/* Closes it, drops what is there, and forgets the body, which lets go of it. NULL is accepted. */
void mailbox_end(struct mailbox *mailbox);

#endif
