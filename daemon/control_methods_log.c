/*
 * control_methods_log.c: the methods log.*: how much is logged, the last records, and watches that tell of what
 * follows.
 */
#include "control_log.h"
#include "control_methods.h"
#include "control_watch.h"

#include <signalpy/record.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

SP_CHOICE(log_amount, keep, debug, info, warning, error);
SP_CHOICE(log_least, debug, info, warning, error);
SP_RECORD(log_levelled,
	(choice(log_amount), level, .otherwise = log_amount_keep,
		.about = "what is logged until the configuration changes; keep only tells it"));
SP_RECORD(log_looked,
	(choice(log_least), level, .otherwise = log_least_debug, .about = "records of at least this level"),
	(integer, after, .min = 0, .about = "the number of the last record that is known; 0 when absent"));
SP_RECORD(log_watched,
	(choice(log_least), level, .otherwise = log_least_debug, .about = "records of at least this level"),
	(integer, after, .min = -1, .otherwise = -1,
		.about = "the number of the last record that is known: what is kept behind it comes first; -1: nothing"));
SP_RECORD(log_unwatched, (integer, watch, .required = true, .about = "the number log.watch answered"));

static struct log *log_of(const struct exchange *exchange)
{
	return exchange_control(exchange)->options.log;
}

static void log_level_method(struct exchange *exchange, const void *params)
{
	const struct log_levelled *in = params;
	const struct peer *peer = connection_peer(exchange_connection(exchange));
	struct log *log = log_of(exchange);

	if (in->level != log_amount_keep && peer->level < PEER_MAY_ALL) {
		exchange_fail(exchange, SP_FORBIDDEN,
			"how much is logged is changed by root and the user signalpyd runs as; you are %s", peer->name);
		return;
	}
	if (in->level != log_amount_keep)
		log_set_level(log, (enum sp_level)(in->level - log_amount_debug));
	exchange_succeed(exchange, json_pack("{s:s}", "level", log_least_choices[log_level(log)]));
}

static void log_tail_method(struct exchange *exchange, const void *params)
{
	const struct log_looked *in = params;
	json_t *records = log_records_new(log_of(exchange), (uint64_t)in->after, (enum sp_level)in->level);

	exchange_succeed(exchange, records ? json_pack("{s:o}", "records", records) : NULL);
}

/* ---- watches ----------------------------------------------------------------------------------------------------- */

/* The watch comes first: it is the other's address. */
struct log_watch {
	struct watch watch;
	struct log *log;
	enum sp_level level;
	uint64_t told; /* the number of the latest record that was sent, or left out */
};

/* Rings whenever a record is written, on whatever thread that is. */
struct control_log {
	struct control *control;
	int bell;
	void *ear;
};

static void tell(struct watch *told)
{
	struct log_watch *watch = (struct log_watch *)told;
	uint64_t latest = log_latest(watch->log);
	json_t *records = log_records_new(watch->log, watch->told, watch->level);
	struct text *out = json_array_size(records) > 0 ? connection_begin_line(watch->watch.connection) : NULL;
	json_t *message;

	watch->told = latest;
	if (out) {
		message = json_pack("{s:I, s:O}", "watch", (json_int_t)watch->watch.number, "records", records);
		jsonrpc_add_notification(out, "log", message);
		connection_end_line(watch->watch.connection);
		json_decref(message);
	}
	json_decref(records);
}

static void finish(struct watch *watch)
{
	free((struct log_watch *)watch);
}

static void hear(void *user, int fd, unsigned events SP_UNUSED)
{
	const struct control_log *heard = user;
	eventfd_t count;

	eventfd_read(fd, &count);
	control_watches_each(heard->control, finish, tell);
}

static bool begin_to_hear(struct control_log *heard)
{
	const struct sp_loop_ops *ops = sp_event_loop_ops();

	heard->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (heard->bell < 0)
		return false;
	heard->ear = ops->watch_create(heard->control->options.loop, hear, heard);
	if (!heard->ear || ops->watch_start(heard->ear, heard->bell, SP_READABLE) != SP_OK)
		return false;
	log_set_bell(heard->control->options.log, heard->bell);
	return true;
}

void control_log_destroy(struct control_log *heard)
{
	if (!heard)
		return;
	log_set_bell(heard->control->options.log, -1);
	sp_event_loop_ops()->watch_destroy(heard->ear);
	if (heard->bell >= 0)
		close(heard->bell);
	free(heard);
}

/* The first who watches has the bell hung. */
static bool listens(struct control *control)
{
	struct control_log *heard = control->log ? NULL : calloc(1, sizeof *heard);

	if (control->log)
		return true;
	if (!heard)
		return false;
	heard->control = control;
	if (!begin_to_hear(heard)) {
		control_log_destroy(heard);
		return false;
	}
	control->log = heard;
	return true;
}

static struct watch *watch_create(struct log *log, const struct log_watched *in)
{
	struct log_watch *watch = calloc(1, sizeof *watch);

	if (!watch)
		return NULL;
	watch->log = log;
	watch->level = (enum sp_level)in->level;
	watch->told = in->after < 0 ? log_latest(log) : (uint64_t)in->after;
	return &watch->watch;
}

static void log_watch_method(struct exchange *exchange, const void *params)
{
	const struct log_watched *in = params;
	struct watch *watch;

	if (!control_watch_allowed(exchange))
		return;
	if (!listens(exchange_control(exchange))) {
		exchange_fail(exchange, SP_NO_MEMORY, "the log cannot be watched: out of memory or descriptors");
		return;
	}
	watch = watch_create(log_of(exchange), in);
	control_watch_begin(exchange, watch, finish);
	if (watch)
		tell(watch);
}

static void log_unwatch_method(struct exchange *exchange, const void *params)
{
	const struct log_unwatched *in = params;

	control_watch_end(exchange, in->watch, finish);
}

const struct control_method control_methods_log[] = {
	{ "log.level", PEER_MAY_CALL, "Tells how much is logged, and lets the owner change it", &log_levelled_record,
		"object", log_level_method, NULL },
	{ "log.tail", PEER_MAY_CALL, "Lists the last records of the log", &log_looked_record, "object", log_tail_method,
		NULL },
	{ "log.watch", PEER_MAY_CALL, "Sends a notification \"log\" for what is logged", &log_watched_record, "object",
		log_watch_method, NULL },
	{ "log.unwatch", PEER_MAY_CALL, "Ends a watch of the log", &log_unwatched_record, "object", log_unwatch_method,
		NULL },
	{ 0 },
};
