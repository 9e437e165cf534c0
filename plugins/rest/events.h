/*
 * events.h: GET /events: what is published on the bus, as a stream. What was published lately is kept, so that a client
 * that comes back misses nothing; from the first client on, until some minutes after the last has gone.
 */
#ifndef REST_EVENTS_H
#define REST_EVENTS_H

#include <signalpy/http.h>
#include <signalpy/runtime.h>
#include <stdint.h>

struct rest_site;
struct rest_kept;
struct rest_reader;

/* Part of the site; begins as all zeroes. */
struct rest_events {
	struct rest_reader *readers;
	int64_t reader_count;
	struct rest_kept *first, **last; /* what is kept, oldest first */
	size_t bytes; /* of these */
	uint64_t number; /* of the latest event */
	char epoch[9]; /* numbers of another count have another; empty before the first reader */
	int64_t left_ms; /* when the last reader went */
};

/* user is the site. */
void rest_on_events(void *user, struct sp_http_exchange *exchange);

/* Keeps an event and sends it to those who read. */
void rest_events_take(struct rest_site *site, const sp_event *event);

/* Keeps the streams alive, and forgets what nobody will come back for. */
void rest_events_beat(struct rest_site *site);

/* Ends all streams, and frees what is kept. */
void rest_events_finish(struct rest_site *site);

#endif
