/*
 * introspection.h: what the kernel tells of itself, to whoever shows it: how it is, and figures that are measured. A
 * component asks for it with (one, sp_introspection, introspection). Everything here is [loop].
 */
#ifndef SIGNALPY_INTROSPECTION_H
#define SIGNALPY_INTROSPECTION_H

#include <signalpy/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A counter only grows, a gauge goes up and down, a histogram counts how often something took how long. */
enum sp_metric_kind { SP_METRIC_COUNTER, SP_METRIC_GAUGE, SP_METRIC_HISTOGRAM };

/* What is measured. name is that of OpenMetrics, without a suffix ("signalpy_calls"); it ends with _unit where there is
 * one ("seconds"), else unit is NULL. */
struct sp_metric {
	uint32_t struct_size;
	enum sp_metric_kind kind;
	const char *name, *unit, *about;
};

/* One value of it. labels are names and values in turn ("code", "ok"), ending with NULL. A histogram has bound_count
 * upper bounds; counts has one item more, for what lies above the last; the counts are not added up; value is the sum
 * of all that was measured. */
struct sp_sample {
	uint32_t struct_size;
	const char *const *labels;
	double value;
	const double *bounds;
	const uint64_t *counts;
	size_t bound_count;
};

struct sp_introspection {
	struct sp_service service;

	/* {"healthy","state","reasons"}, and what signalctl status shows, which signalpyd(8) documents; new values that
	 * the caller owns, NULL without memory. */
	json_t *(*health_new)(const struct sp_introspection *introspection);
	json_t *(*status_new)(const struct sp_introspection *introspection);

	/* Visits every value of every metric, those of one metric in a row, until visit answers false. What it is
	 * handed is borrowed until it returns. Takes time in proportion to the number of values. */
	void (*each_sample)(const struct sp_introspection *introspection,
		bool (*visit)(void *user, const struct sp_metric *metric, const struct sp_sample *sample), void *user);
};
SP_CONTRACT(sp_introspection, "signalpy.introspection", 1);

#ifdef __cplusplus
}
#endif
#endif
