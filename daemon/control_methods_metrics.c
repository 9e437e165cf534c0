/*
 * control_methods_metrics.c: the methods metrics.*: what the kernel measures.
 */
#include "control_methods.h"

#include <fnmatch.h>
#include <signalpy/introspection.h>
#include <signalpy/record.h>
#include <string.h>

SP_RECORD(metrics_chosen,
	(string, pattern, .otherwise = "*", .about = "which metrics, as a shell's pattern", .example = "\"signalpy_call*\""));

struct listing {
	const char *pattern;
	json_t *metrics;
	bool failed;
};

/* The upper bounds and how often each was enough, added up as in OpenMetrics; the last, null, is above all of them. */
static json_t *buckets_new(const struct sp_sample *sample, uint64_t *ret_count)
{
	json_t *buckets = json_array();
	uint64_t count = 0;

	for (size_t i = 0; i <= sample->bound_count; i++) {
		json_t *bound = i < sample->bound_count ? json_real(sample->bounds[i]) : json_null();

		count += sample->counts[i];
		if (json_array_append_new(buckets,
			    json_pack("{s:o, s:I}", "most", bound, "count", (json_int_t)count)) != 0) {
			json_decref(buckets);
			return NULL;
		}
	}
	*ret_count = count;
	return buckets;
}

static json_t *labels_new(const char *const *labels)
{
	json_t *object = json_object();

	for (; labels[0]; labels += 2)
		if (json_object_set_new(object, labels[0], json_string(labels[1])) != 0) {
			json_decref(object);
			return NULL;
		}
	return object;
}

/* Counts are whole numbers, and shown as such. */
static json_t *number_new(double value)
{
	const double exact = 9007199254740992;

	if (value >= 0 && value < exact && value == (double)(json_int_t)value)
		return json_integer((json_int_t)value);
	return json_real(value);
}

static json_t *sample_new(const struct sp_metric *metric, const struct sp_sample *sample)
{
	uint64_t count = 0;
	json_t *buckets;

	if (metric->kind != SP_METRIC_HISTOGRAM)
		return json_pack("{s:o, s:o}", "labels", labels_new(sample->labels), "value",
			number_new(sample->value));
	buckets = buckets_new(sample, &count);
	return json_pack("{s:o, s:I, s:f, s:o}", "labels", labels_new(sample->labels), "count", (json_int_t)count,
		"sum", sample->value, "buckets", buckets);
}

/* The metric's entry: the last, when the value before was one of it; NULL without memory. */
static json_t *entry_of(struct listing *listing, const struct sp_metric *metric)
{
	static const char *const kinds[] = { "counter", "gauge", "histogram" };
	json_t *last = json_array_get(listing->metrics, json_array_size(listing->metrics) - 1);
	const char *name = json_string_value(json_object_get(last, "name"));

	if (name && strcmp(name, metric->name) == 0)
		return last;
	last = json_pack("{s:s, s:s, s:s*, s:s, s:[]}", "name", metric->name, "kind", kinds[metric->kind], "unit",
		metric->unit, "about", metric->about, "samples");
	return json_array_append_new(listing->metrics, last) == 0 ? last : NULL;
}

static bool list_sample(void *user, const struct sp_metric *metric, const struct sp_sample *sample)
{
	struct listing *listing = user;
	json_t *entry;

	if (fnmatch(listing->pattern, metric->name, 0) != 0)
		return true;
	entry = entry_of(listing, metric);
	listing->failed =
		!entry || json_array_append_new(json_object_get(entry, "samples"), sample_new(metric, sample)) != 0;
	return !listing->failed;
}

static void metrics_list(struct exchange *exchange, const void *params)
{
	const struct metrics_chosen *in = params;
	struct listing listing = { .pattern = in->pattern, .metrics = json_array() };

	if (listing.metrics)
		sp_kernel_each_sample(exchange_control(exchange)->options.kernel, list_sample, &listing);
	if (listing.failed) {
		json_decref(listing.metrics);
		listing.metrics = NULL;
	}
	exchange_succeed(exchange, listing.metrics);
}

const struct control_method control_methods_metrics[] = {
	{ "metrics.list", PEER_MAY_CALL, "Lists what is measured: calls, waves, events, plugins",
		&metrics_chosen_record, "array", metrics_list, NULL },
	{ 0 },
};
