/* rate.c: buckets of calls. */
#include "rate.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"

struct bucket {
	struct table_link by_key;
	struct list used; /* the one used longest ago is the first */
	double calls; /* that may still be made */
	int64_t filled; /* when calls was worked out, in nanoseconds */
	char key[];
};

void rates_init(struct rates *rates)
{
	table_init(&rates->buckets);
	list_init(&rates->used);
}

static void forget(struct rates *rates, struct bucket *bucket)
{
	table_remove(&rates->buckets, &bucket->by_key);
	list_remove(&bucket->used);
	sp_free(bucket);
}

void rates_finish(struct rates *rates)
{
	struct bucket *bucket;

	list_each(bucket, &rates->used, used)
		forget(rates, bucket);
	table_finish(&rates->buckets);
}

/* ---- limits ----------------------------------------------------------------------------------------------------- */

static bool is_amount(const json_t *value)
{
	return json_is_integer(value) && json_integer_value(value) > 0 && json_integer_value(value) <= 1000000000;
}

static bool is_limit(const json_t *limit)
{
	return json_object_size(limit) == 2 && is_amount(json_object_get(limit, "calls")) &&
		is_amount(json_object_get(limit, "within_ms"));
}

const char *rate_fault(const json_t *limits)
{
	const char *runnable;
	json_t *limit;

	if (!json_is_object(limits))
		return "must be an object: a limit for each runnable by its name, or * for all";
	json_object_foreach((json_t *)limits, runnable, limit)
		if (!is_limit(limit))
			return "a limit is {\"calls\": 10, \"within_ms\": 1000}, both above 0";
	return NULL;
}

static const json_t *limit_of(const struct sp_kernel *kernel, const char *instance, const char *runnable)
{
	const json_t *policy = json_object_get(json_object_get(kernel->configuration, "policy"), instance);
	const json_t *limits = json_object_get(policy, "limits"), *own = json_object_get(limits, runnable);

	return own ? own : json_object_get(limits, "*");
}

/* ---- buckets ---------------------------------------------------------------------------------------------------- */

static struct bucket *bucket_create(struct rates *rates, const char *key, size_t size)
{
	struct bucket *bucket;

	if (rates->buckets.count >= RATE_BUCKETS_MOST)
		forget(rates, container_of(rates->used.next, struct bucket, used));
	bucket = sp_malloc(sizeof *bucket + size + 1);
	if (!bucket)
		return NULL;
	memcpy(bucket->key, key, size + 1);
	table_insert(&rates->buckets, &bucket->by_key, bucket->key);
	list_add(&rates->used, &bucket->used);
	return bucket;
}

/* By the runnable's address and the caller's name, of which neither has a space. */
static struct bucket *bucket_of(const struct asking *asking, double calls, int64_t now)
{
	struct rates *rates = &asking->kernel->rates;
	char key[512];
	int length = snprintf(key, sizeof key, "%s %s", asking->demand.address, asking->caller->name);
	size_t size = length < (int)sizeof key ? (size_t)length : sizeof key - 1;
	struct table_link *link = table_find(&rates->buckets, key, size);
	struct bucket *bucket;

	if (!link) {
		bucket = bucket_create(rates, key, size);
		if (bucket) {
			bucket->calls = calls;
			bucket->filled = now;
		}
		return bucket;
	}
	bucket = container_of(link, struct bucket, by_key);
	list_remove(&bucket->used);
	list_add(&rates->used, &bucket->used);
	return bucket;
}

sp_status rate_take(const struct asking *asking, int64_t *ret_retry_ms, struct sp_error *error)
{
	const struct sp_kernel *kernel = asking->kernel;
	const json_t *limit = limit_of(kernel, asking->instance, asking->name);
	double calls = (double)json_integer_value(json_object_get(limit, "calls"));
	double within = (double)json_integer_value(json_object_get(limit, "within_ms")) * 1e6;
	int64_t now = kernel->ops->now(kernel->loop);
	struct bucket *bucket;

	if (!limit)
		return SP_OK;
	bucket = bucket_of(asking, calls, now);
	if (!bucket)
		return sp_error_set(error, SP_NO_MEMORY, "out of memory");
	bucket->calls = fmin(calls, bucket->calls + (double)(now - bucket->filled) * calls / within);
	bucket->filled = now;
	if (bucket->calls < 1) {
		*ret_retry_ms = (int64_t)ceil((1 - bucket->calls) * within / calls / 1e6);
		return sp_error_set(error, SP_TOO_MANY, "%s was called too often; try again in %" PRId64 " ms",
			asking->demand.address, *ret_retry_ms);
	}
	bucket->calls -= 1;
	return SP_OK;
}
