/*
 * signalctl_top.c: what the daemon does now: how often each second, and which components have most to do.
 */
#include "signalctl.h"
#include "signalctl_output.h"
#include "signalctl_table.h"
#include "signalctl_width.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EVERY_MS = 1000, MILLISECONDS = 1000 };

/* What is counted since the start, and what it was on the page before. */
struct tally {
	const char *member, *title;
	json_int_t before;
};

struct top {
	struct tally tallies[4];
	int64_t shown; /* when the page before was, in milliseconds; 0: there was none */
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * MILLISECONDS + now.tv_nsec / 1000000;
}

static void print_rates(FILE *out, struct top *top, const json_t *counts)
{
	int64_t now = now_ms(), passed = top->shown > 0 && now > top->shown ? now - top->shown : 0;

	for (size_t i = 0; i < sizeof top->tallies / sizeof top->tallies[0]; i++) {
		struct tally *tally = &top->tallies[i];
		json_int_t count = json_integer_value(json_object_get(counts, tally->member));

		fprintf(out, "%s%s ", i > 0 ? "   " : "", tally->title);
		if (passed > 0)
			fprintf(out, "%.1f/s", (double)(count - tally->before) * MILLISECONDS / (double)passed);
		else
			fputs("-", out);
		fprintf(out, " (%lld)", (long long)count);
		tally->before = count;
	}
	fputc('\n', out);
	top->shown = now;
}

static json_int_t in_flight(const json_t *component)
{
	return json_integer_value(json_object_get(component, "in_flight"));
}

static int compare(const void *a, const void *b)
{
	const json_t *first = *(const json_t *const *)a, *second = *(const json_t *const *)b;

	if (in_flight(first) != in_flight(second))
		return in_flight(first) < in_flight(second) ? 1 : -1;
	return strcmp(member_text(first, "name"), member_text(second, "name"));
}

/* The busiest first. */
static void print_busiest(FILE *out, const json_t *components)
{
	static const char *const titles[] = { "COMPONENT", "STATE", "IN FLIGHT", "AGE", "PLUGIN", "REASON", NULL };
	size_t count = json_array_size(components);
	const json_t **sorted = calloc(count + 1, sizeof *sorted);
	struct table *table = table_create(titles);

	if (!sorted)
		out_of_memory();
	for (size_t i = 0; i < count; i++)
		sorted[i] = json_array_get(components, i);
	qsort(sorted, count, sizeof *sorted, compare);
	for (size_t i = 0; i < count; i++)
		table_add(table,
			json_pack("[s, s, I, o, s, s]", member_text(sorted[i], "name"), member_text(sorted[i], "state"),
				in_flight(sorted[i]), age_new(json_object_get(sorted[i], "age_ms")),
				member_text(sorted[i], "plugin"), member_text(sorted[i], "reason")));
	table_may_drop(table, "PLUGIN");
	table_drop_empty(table, "REASON");
	table_keep_lines(table);
	table_print(table, out);
	table_destroy(table);
	free(sorted);
}

static void print_top(FILE *out, void *user, const json_t *status)
{
	const json_t *counts = json_object_get(status, "counts");
	const char *state = member_text(status, "state");

	fprintf(out, "signalpyd %s is ", member_text(status, "version"));
	output_coloured(out, state_colour(state), state);
	fprintf(out, ", %lld in flight, %zu components\n", (long long)in_flight(counts),
		json_array_size(json_object_get(status, "components")));
	print_rates(out, user, counts);
	fputc('\n', out);
	print_busiest(out, json_object_get(status, "components"));
}

enum exit_code run_top(struct invocation *invocation)
{
	struct top top = { .tallies = { { "calls", "calls", 0 }, { "waves", "waves", 0 },
				   { "effect_runs", "effects", 0 }, { "events", "events", 0 } } };
	const struct page page = { "kernel.status", print_top, &top, EVERY_MS };

	if (invocation->json)
		return complain_usage(invocation, "--json prints one document: signalctl status --json has the counts");
	return watch_page(invocation, &page);
}
