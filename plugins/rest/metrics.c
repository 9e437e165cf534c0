/* metrics.c: writes what the kernel has counted, and what the system knows of the process, as OpenMetrics. */
#include "metrics.h"

#include "process.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const kinds[] = { "counter", "gauge", "histogram" };

/* The answer as far as it is written. */
struct scrape {
	struct rest_text *text;
	const char *family; /* of the value before */
	sp_status status;
};

static void put(struct scrape *scrape, const char *piece)
{
	if (scrape->status == SP_OK)
		scrape->status = rest_text_append(scrape->text, piece);
}

static void put_number(struct scrape *scrape, const char *before, double value)
{
	char text[64];

	snprintf(text, sizeof text, "%s%.15g", before, value);
	put(scrape, text);
}

/* Values of labels are words, names and versions; a quotation mark in one is left out rather than believed. */
static void put_label(struct scrape *scrape, const char *name, const char *value)
{
	char text[256];

	snprintf(text, sizeof text, "%s=\"%.*s\"", name, (int)strcspn(value, "\"\\\n"), value);
	put(scrape, text);
}

/* {name="value",...}; bound, if not NULL, is the upper bound of a bucket. */
static void put_labels(struct scrape *scrape, const char *const *labels, const char *bound)
{
	const char *before = "{";

	for (; labels[0]; labels += 2, before = ",") {
		put(scrape, before);
		put_label(scrape, labels[0], labels[1]);
	}
	if (bound) {
		put(scrape, before);
		put_label(scrape, "le", bound);
		before = ",";
	}
	if (*before == ',')
		put(scrape, "}");
}

static void put_line(struct scrape *scrape, const char *name, const char *suffix)
{
	put(scrape, name);
	put(scrape, suffix);
}

static void put_family(struct scrape *scrape, const struct sp_metric *metric)
{
	const char *const lines[][2] = { { "# TYPE ", kinds[metric->kind] }, { "# UNIT ", metric->unit },
		{ "# HELP ", metric->about } };

	if (scrape->family && strcmp(scrape->family, metric->name) == 0)
		return;
	scrape->family = metric->name;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		if (!lines[i][1])
			continue;
		put_line(scrape, lines[i][0], metric->name);
		put_line(scrape, " ", lines[i][1]);
		put(scrape, "\n");
	}
}

/* As OpenMetrics wants numbers that are names: 1.0, 0.5, +Inf. */
static void write_bound(char text[static 32], double bound)
{
	if (isinf(bound))
		snprintf(text, 32, "+Inf");
	else if (bound >= 1 && bound == (double)(int64_t)bound)
		snprintf(text, 32, "%.1f", bound);
	else
		snprintf(text, 32, "%g", bound);
}

static void put_histogram(struct scrape *scrape, const struct sp_metric *metric, const struct sp_sample *sample)
{
	uint64_t count = 0;
	char bound[32];

	for (size_t i = 0; i <= sample->bound_count; i++) {
		count += sample->counts[i];
		write_bound(bound, i < sample->bound_count ? sample->bounds[i] : INFINITY);
		put_line(scrape, metric->name, "_bucket");
		put_labels(scrape, sample->labels, bound);
		put_number(scrape, " ", (double)count);
		put(scrape, "\n");
	}
	put_line(scrape, metric->name, "_count");
	put_labels(scrape, sample->labels, NULL);
	put_number(scrape, " ", (double)count);
	put_line(scrape, "\n", metric->name);
	put(scrape, "_sum");
	put_labels(scrape, sample->labels, NULL);
	put_number(scrape, " ", sample->value);
	put(scrape, "\n");
}

static bool put_sample(void *user, const struct sp_metric *metric, const struct sp_sample *sample)
{
	struct scrape *scrape = user;

	put_family(scrape, metric);
	if (metric->kind == SP_METRIC_HISTOGRAM) {
		put_histogram(scrape, metric, sample);
	} else {
		put_line(scrape, metric->name, metric->kind == SP_METRIC_COUNTER ? "_total" : "");
		put_labels(scrape, sample->labels, NULL);
		put_number(scrape, " ", sample->value);
		put(scrape, "\n");
	}
	return scrape->status == SP_OK;
}

void rest_on_metrics(void *user, struct sp_http_exchange *exchange)
{
	struct rest_site *site = user;
	struct scrape scrape = { .text = &site->text };

	if (!rest_is_get(site, exchange))
		return;
	site->text.size = 0;
	site->introspection->each_sample(site->introspection, put_sample, &scrape);
	process_each_sample(put_sample, &scrape);
	put(&scrape, "# EOF\n");
	if (scrape.status == SP_OK)
		exchange->ops->reply(exchange, 200, "application/openmetrics-text; version=1.0.0; charset=utf-8", NULL,
			(sp_bytes){ site->text.data, site->text.size });
	else
		rest_refuse_no_memory(exchange);
}
