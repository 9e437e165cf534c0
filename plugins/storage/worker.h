/*
 * worker.h: the thread that has the database. The loop gives it requests and collects them when they are answered; a
 * descriptor becomes readable when there is something to collect. Everything here is called on the loop.
 */
#ifndef STORAGE_WORKER_H
#define STORAGE_WORKER_H

#include "database.h"

struct worker;

enum worker_state {
	WORKER_OPENING,
	WORKER_OPEN,
	WORKER_REFUSED, /* the database could not be opened; the thread ends */
	WORKER_ENDED, /* it was told to stop, and has carried out everything */
};

/* Starts the thread, which opens the database. NULL and error: SP_NO_MEMORY, SP_UNAVAILABLE. */
struct worker *worker_create(const char *path, struct sp_error *error);

/* Waits for the thread, which is refused or ended, and frees it; NULL is accepted. */
void worker_destroy(struct worker *worker);

/* Readable when worker_collect has something to tell. */
int worker_descriptor(const struct worker *worker);

/* Hands a request over; it comes back through worker_collect. */
void worker_add(struct worker *worker, struct storage_request *request);

/* Lets the thread end when it has carried out what it was given. */
void worker_stop(struct worker *worker);

/* The requests that were answered since the last time, in their order, as a list. *ret_state is how the worker is;
 * refused: error tells why. */
struct storage_request *worker_collect(struct worker *worker, enum worker_state *ret_state, struct sp_error *error);

#endif
