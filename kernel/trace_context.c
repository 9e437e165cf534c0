/* trace_context.c: see trace_context.h. */
#include "trace_context.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

/* ---- ids --------------------------------------------------------------------------------------------------------- */

void trace_source_init(struct trace_source *source)
{
	struct timespec now;

	if (getrandom(source->state, sizeof source->state, GRND_NONBLOCK) == (ssize_t)sizeof source->state)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	source->state[0] = (uint64_t)now.tv_sec;
	source->state[1] = (uint64_t)now.tv_nsec;
}

/* Steps a counter and stirs it (splitmix64): ids must differ, nothing is kept secret by them. Never 0. */
static uint64_t next_id(uint64_t *state)
{
	uint64_t id = *state += UINT64_C(0x9e3779b97f4a7c15);

	id = (id ^ (id >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	id = (id ^ (id >> 27)) * UINT64_C(0x94d049bb133111eb);
	id ^= id >> 31;
	return id ? id : 1;
}

void trace_context_begin(struct trace_context *context, struct trace_source *source)
{
	context->id[0] = next_id(&source->state[0]);
	context->id[1] = next_id(&source->state[1]);
	context->span = context->id[0] ^ context->id[1];
	context->span += !context->span;
	context->flags = 0;
	context->given = false;
	context->state = NULL;
}

void trace_context_span(struct trace_context *context, struct trace_source *source)
{
	context->span = next_id(&source->state[0]) ^ context->id[1];
	context->span += !context->span;
}

/* ---- traceparent ------------------------------------------------------------------------------------------------- */

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Small digits alone are right. */
static bool read_digits(const char *text, unsigned count, uint64_t *ret_number)
{
	uint64_t number = 0;

	for (unsigned i = 0; i < count; i++) {
		int digit = digit_of(text[i]);

		if (digit < 0)
			return false;
		number = number << 4 | (uint64_t)digit;
	}
	*ret_number = number;
	return true;
}

/* Version 00 ends with the flags; what later versions have behind them begins with a dash. */
static bool is_version(const char *text, size_t size)
{
	uint64_t version;

	if (!read_digits(text, 2, &version) || version == 0xff)
		return false;
	return version ? size == TRACEPARENT_SIZE - 1 || text[TRACEPARENT_SIZE - 1] == '-'
		       : size == TRACEPARENT_SIZE - 1;
}

bool trace_context_parse(const char *text, struct trace_context *ret_context)
{
	enum { ID = 3, LOWER = 19, SPAN = 36, FLAGS = 53 };
	struct trace_context context = { .given = true };
	size_t size = strlen(text);
	uint64_t flags;

	if (size < TRACEPARENT_SIZE - 1 || !is_version(text, size))
		return false;
	if (text[ID - 1] != '-' || text[SPAN - 1] != '-' || text[FLAGS - 1] != '-')
		return false;
	if (!read_digits(text + ID, 16, &context.id[0]) || !read_digits(text + LOWER, 16, &context.id[1]) ||
		!read_digits(text + SPAN, 16, &context.span) || !read_digits(text + FLAGS, 2, &flags))
		return false;
	if ((!context.id[0] && !context.id[1]) || !context.span)
		return false;
	context.flags = flags & TRACE_SAMPLED;
	*ret_context = context;
	return true;
}

void trace_context_write(const struct trace_context *context, char text[static TRACEPARENT_SIZE])
{
	snprintf(text, TRACEPARENT_SIZE, "00-%016" PRIx64 "%016" PRIx64 "-%016" PRIx64 "-%02x", context->id[0],
		context->id[1], context->span, context->flags);
}

void trace_context_write_id(const struct trace_context *context, char text[static TRACE_ID_SIZE])
{
	snprintf(text, TRACE_ID_SIZE, "%016" PRIx64 "%016" PRIx64, context->id[0], context->id[1]);
}

/* ---- tracestate -------------------------------------------------------------------------------------------------- */

static bool is_small(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t span_of_key(const char *text)
{
	size_t size = 0;

	while (is_small(text[size]) || is_digit(text[size]) || (text[size] && strchr("_-*/", text[size])))
		size++;
	return size;
}

/* A name of up to 256 characters, or up to 241 of a tenant, and up to 14 of a system: fw529a3039@dt. */
static size_t read_key(const char *text)
{
	enum { NAME_MOST = 256, TENANT_MOST = 241, SYSTEM_MOST = 14 };
	size_t size = span_of_key(text), system;

	if (text[size] != '@')
		return is_small(text[0]) && size <= NAME_MOST ? size : 0;
	system = span_of_key(text + size + 1);
	if (!size || size > TENANT_MOST || (!is_small(text[0]) && !is_digit(text[0])))
		return 0;
	return is_small(text[size + 1]) && system <= SYSTEM_MOST ? size + 1 + system : 0;
}

/* Visible characters and spaces but comma and equals sign, up to 256, the last of them no space. */
static size_t read_value(const char *text)
{
	size_t size = 0;

	while (text[size] >= ' ' && text[size] <= '~' && text[size] != ',' && text[size] != '=')
		size++;
	while (size && text[size - 1] == ' ')
		size--;
	return size <= 256 ? size : 0;
}

static bool is_known(const char *state, const char *key, size_t size)
{
	while (state < key) {
		if (strncmp(state, key, size) == 0 && state[size] == '=')
			return true;
		state += strcspn(state, ",");
		state += strspn(state, ", \t");
	}
	return false;
}

bool trace_state_is_valid(const char *text)
{
	enum { MEMBERS_MOST = 32 };
	const char *at = text + strspn(text, " \t");
	unsigned members = 0;

	if (strlen(text) > TRACESTATE_MOST)
		return false;
	while (*at) {
		size_t key = read_key(at), value;

		if (*at == ',') {
			at += 1 + strspn(at + 1, " \t");
			continue;
		}
		if (!key || at[key] != '=' || is_known(text + strspn(text, " \t,"), at, key) ||
			++members > MEMBERS_MOST)
			return false;
		value = read_value(at + key + 1);
		if (!value)
			return false;
		at += key + 1 + value;
		at += strspn(at, " \t");
		if (*at && *at != ',')
			return false;
	}
	return members > 0;
}
