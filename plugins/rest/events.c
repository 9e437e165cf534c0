/* events.c: hands the bus's events to whoever reads them over HTTP. */
#include "events.h"

#include "identity.h"
#include "media.h"
#include "random.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATTERN_SIZE = 256 };

/* One event that is kept. */
struct rest_kept {
	struct rest_kept *next;
	uint64_t number;
	size_t size; /* of the data, behind the type in text */
	const char *data;
	char type[];
};

/* One client. */
struct rest_reader {
	struct rest_site *site;
	struct rest_reader *previous, *next;
	struct sp_http_exchange *exchange; /* NULL: it went while it was sent something */
	uint64_t seen; /* the number of the latest event that it was offered */
	bool behind, busy;
	char pattern[PATTERN_SIZE];
};

/* Nobody reads those over HTTP: they hold what failed, with its data, and who was refused what. */
static bool is_withheld(const char *type)
{
	return strncmp(type, "__", 2) == 0 || strncmp(type, "audit.", 6) == 0;
}

/* ---- what is kept ------------------------------------------------------------------------------------------------ */

static void forget_first(struct rest_events *events)
{
	struct rest_kept *kept = events->first;

	events->first = kept->next;
	if (!events->first)
		events->last = &events->first;
	events->bytes -= sizeof *kept + strlen(kept->type) + 1 + kept->size;
	free(kept);
}

static struct rest_kept *kept_new(const char *type, const struct rest_text *data)
{
	size_t type_size = strlen(type) + 1;
	struct rest_kept *kept = malloc(sizeof *kept + type_size + data->size);

	if (!kept)
		return NULL;
	*kept = (struct rest_kept){ .size = data->size };
	memcpy(kept->type, type, type_size);
	kept->data = memcpy(kept->type + type_size, data->data, data->size);
	return kept;
}

static sp_status render(struct rest_text *text, const sp_event *event)
{
	json_t *json = json_pack("{s:s, s:s, s:I, s:O, s:s*}", "type", event->type, "source", event->source, "time_ms",
		(json_int_t)event->time_ms, "data", event->data, "trace_id", event->trace_id);
	sp_status status = json ? SP_OK : SP_NO_MEMORY;

	text->size = 0;
	if (status == SP_OK)
		status = rest_text_append_json(text, json);
	json_decref(json);
	return status;
}

/* Without memory, or when it is too long, it is missed by all, and its number tells. */
static void keep(struct rest_site *site, const sp_event *event)
{
	struct rest_events *events = &site->events;
	struct rest_kept *kept = NULL;

	events->number++;
	if (render(&site->text, event) == SP_OK && site->text.size <= (size_t)site->limits.event_bytes)
		kept = kept_new(event->type, &site->text);
	if (!kept)
		return;
	kept->number = events->number;
	*events->last = kept;
	events->last = &kept->next;
	events->bytes += sizeof *kept + strlen(kept->type) + 1 + kept->size;
	while (events->bytes > (size_t)site->limits.kept_bytes)
		forget_first(events);
}

/* ---- those who read ---------------------------------------------------------------------------------------------- */

static void reader_end(struct rest_reader *reader)
{
	struct rest_events *events = &reader->site->events;

	if (reader->previous)
		reader->previous->next = reader->next;
	else
		events->readers = reader->next;
	if (reader->next)
		reader->next->previous = reader->previous;
	events->reader_count--;
	if (!events->readers)
		events->left_ms = sp_now_ms(reader->site->rt);
	free(reader);
}

static void send_bytes(struct rest_reader *reader, sp_bytes bytes)
{
	if (reader->exchange &&
		reader->exchange->ops->send(reader->exchange, bytes) > (size_t)reader->site->limits.unread)
		reader->behind = true;
}

static void send_kept(struct rest_reader *reader, const struct rest_kept *kept)
{
	struct rest_text *text = &reader->site->text;
	char head[64];

	snprintf(head, sizeof head, "id: %s-%" PRIu64 "\ndata: ", reader->site->events.epoch, kept->number);
	text->size = 0;
	if (rest_text_append(text, head) == SP_OK &&
		rest_text_append_bytes(text, (sp_bytes){ kept->data, kept->size }) == SP_OK &&
		rest_text_append(text, "\n\n") == SP_OK)
		send_bytes(reader, (sp_bytes){ text->data, text->size });
}

/* How many events are not kept any more that it has not been offered. */
static void tell_missed(struct rest_reader *reader, uint64_t next)
{
	char text[80];
	int size;

	if (next <= reader->seen + 1)
		return;
	size = snprintf(text, sizeof text, "event: missed\ndata: {\"events\":%" PRIu64 "}\n\n",
		next - reader->seen - 1);
	send_bytes(reader, (sp_bytes){ text, (size_t)size });
}

/* The latest of the events that are kept; NULL when that was not kept. */
static const struct rest_kept *latest(const struct rest_events *events)
{
	const struct rest_kept *kept = events->first ? (const void *)events->last : NULL; /* its first member */

	return kept && kept->number == events->number ? kept : NULL;
}

/* Sends what it has not seen, as long as it takes it. Whoever has gone meanwhile ends here. Who lacks but the latest is
 * not led by all that is kept: readers are many. */
static void pump(struct rest_reader *reader)
{
	const struct rest_events *events = &reader->site->events;
	const struct rest_kept *kept = reader->seen + 1 == events->number ? latest(events) : events->first;

	reader->busy = true;
	for (; kept && !reader->behind && reader->exchange; kept = kept->next) {
		if (kept->number <= reader->seen)
			continue;
		tell_missed(reader, kept->number);
		reader->seen = kept->number;
		if (fnmatch(reader->pattern, kept->type, 0) == 0)
			send_kept(reader, kept);
	}
	reader->busy = false;
	if (!reader->exchange)
		reader_end(reader);
}

static void on_gone(void *user)
{
	struct rest_reader *reader = user;

	reader->exchange = NULL;
	if (!reader->busy)
		reader_end(reader);
}

static void on_drained(void *user)
{
	struct rest_reader *reader = user;

	if (reader->busy)
		return;
	reader->behind = false;
	pump(reader);
}

static void on_leaving(void *user)
{
	struct rest_reader *reader = user;

	if (reader->exchange)
		reader->exchange->ops->end(reader->exchange);
	reader_end(reader);
}

/* Goes on behind the event that it had last, if that was of this count; else with all that is kept, and nobody knows
 * what was missed. */
static void go_on(struct rest_reader *reader, const char *id)
{
	static const char unknown[] = "event: missed\ndata: {\"events\":null}\n\n";
	const struct rest_events *events = &reader->site->events;
	size_t length = strlen(events->epoch);
	uint64_t number = 0;

	if (strncmp(id, events->epoch, length) == 0 && id[length] == '-')
		number = strtoull(id + length + 1, NULL, 10);
	else
		send_bytes(reader, (sp_bytes){ unknown, sizeof unknown - 1 });
	if (!number && events->first)
		number = events->first->number - 1;
	reader->seen = number && number < events->number ? number : events->number;
}

static const struct sp_demand demand = { .struct_size = sizeof demand,
	.address = "rest.events",
	.action = "events.read" };

static bool may_stay(void *user)
{
	const struct rest_reader *reader = user;

	return reader->exchange && rest_may_still(reader->site, reader->exchange, &demand);
}

static void begin(struct rest_site *site, struct rest_reader *reader, struct sp_http_exchange *exchange)
{
	static const struct sp_http_stream_events events = { .struct_size = sizeof events,
		.drained = on_drained,
		.leaving = on_leaving,
		.may_stay = may_stay };
	const char *id = exchange->ops->header(exchange, "Last-Event-ID");

	reader->site = site;
	reader->exchange = exchange;
	reader->next = site->events.readers;
	if (reader->next)
		reader->next->previous = reader;
	site->events.readers = reader;
	site->events.reader_count++;
	reader->seen = site->events.number;
	reader->busy = true;
	exchange->ops->on_gone(exchange, on_gone, reader);
	exchange->ops->on_stream(exchange, &events, reader);
	rest_stream_begin(exchange);
	if (reader->exchange)
		rest_stream_beat(reader->exchange);
	if (reader->exchange && id)
		go_on(reader, id);
	pump(reader);
}

void rest_on_events(void *user, struct sp_http_exchange *exchange)
{
	struct rest_site *site = user;
	struct rest_reader *reader;

	if (!rest_is_get(site, exchange) || !rest_may(site, exchange, &demand))
		return;
	if (strcmp(exchange->method, "HEAD") == 0) {
		rest_stream_begin(exchange);
		exchange->ops->end(exchange);
		return;
	}
	if (site->events.reader_count >= site->limits.streams) {
		rest_refuse(site, exchange, SP_UNAVAILABLE, "too many clients read events; try again later");
		return;
	}
	reader = calloc(1, sizeof *reader);
	if (!reader || (!site->events.epoch[0] && !rest_random(site->events.epoch, sizeof site->events.epoch))) {
		free(reader);
		rest_refuse_no_memory(exchange);
		return;
	}
	if (!rest_query(exchange->query, "pattern", reader->pattern, sizeof reader->pattern)) {
		free(reader);
		rest_refuse(site, exchange, SP_BAD_REQUEST, "the pattern is too long, or wrongly escaped");
		return;
	}
	if (!reader->pattern[0])
		reader->pattern[0] = '*';
	begin(site, reader, exchange);
}

void rest_events_take(struct rest_site *site, const sp_event *event)
{
	struct rest_events *events = &site->events;

	if (!events->epoch[0] || is_withheld(event->type))
		return;
	keep(site, event);
	for (struct rest_reader *reader = events->readers, *next; reader; reader = next) {
		next = reader->next;
		if (!reader->behind)
			pump(reader);
	}
}

static void forget_all(struct rest_events *events)
{
	while (events->first)
		forget_first(events);
}

void rest_events_beat(struct rest_site *site)
{
	struct rest_events *events = &site->events;

	for (struct rest_reader *reader = events->readers, *next; reader; reader = next) {
		next = reader->next;
		if (!reader->behind)
			rest_stream_beat(reader->exchange);
	}
	if (events->epoch[0] && !events->readers && sp_now_ms(site->rt) - events->left_ms > site->limits.kept_ms) {
		forget_all(events);
		events->epoch[0] = '\0';
	}
}

void rest_events_finish(struct rest_site *site)
{
	for (struct rest_reader *reader = site->events.readers, *next; reader; reader = next) {
		next = reader->next;
		on_leaving(reader);
	}
	forget_all(&site->events);
}
