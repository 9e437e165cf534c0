/* fuzz_record.c: any json against a record of every type. What was accepted is rendered, filled again, and the same. */
#include <stdlib.h>

#include "alloc.h"
#include "record.h"

SP_CHOICE(colour, red, green, blue);
SP_RECORD(point, (integer, x, .otherwise = 7), (number, y, .required = true, .min = -1e9));
SP_RECORD(everything,
	(string, text, .otherwise = "none", .min_length = 2, .max_length = 5),
	(string, code, .pattern = "^[A-Z]{2,3}(-[0-9]+)?$"),
	(string, host, .format = "hostname"),
	(string, ipv4, .format = "ipv4"),
	(string, ipv6, .format = "ipv6"),
	(string, uri, .format = "uri"),
	(string, email, .format = "email"),
	(string, date, .format = "date"),
	(string, time, .format = "date-time"),
	(string, uuid, .format = "uuid"),
	(integer, count, .otherwise = 3, .min = 1, .max = 10),
	(boolean, flag, .otherwise = true),
	(bytes, blob, .max_length = 8),
	(any, more),
	(choice(colour), colour, .otherwise = colour_green),
	(record(point), at, .required = true),
	(array(integer), numbers, .max_items = 3),
	(array(record(point)), points),
	(array(string), words, .min_items = 2));
SP_RECORD(holder, (record(everything), all));

/* Memory for one input. */
struct block {
	struct block *next;
	max_align_t data[];
};

static void *take(void *user, size_t size)
{
	struct block **blocks = user;
	struct block *block = sp_malloc(sizeof(*block) + size);

	if (!block)
		return NULL;
	block->next = *blocks;
	*blocks = block;
	return block->data;
}

static void give_back(struct block *blocks)
{
	while (blocks) {
		struct block *next = blocks->next;

		sp_free(blocks);
		blocks = next;
	}
}

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* Faults are a list of objects with three texts each. */
static void look_at_faults(json_t *faults)
{
	size_t i;
	json_t *fault;

	must(json_array_size(faults) > 0);
	json_array_foreach(faults, i, fault) {
		must(json_object_size(fault) == 3);
		must(json_is_string(json_object_get(fault, "pointer")));
	}
	json_decref(faults);
}

static void look_at_value(const struct sp_record_plan *plan, const struct sp_value_type *type,
	const struct everything *value)
{
	json_t *json = sp_record_json_new(&everything_record, value);
	struct block *blocks = NULL;
	struct sp_fill how = { take, &blocks, NULL };
	struct everything again, copy;

	must(json != NULL);
	must(sp_record_plan_fill(plan, json, &how, &again) == SP_OK);
	must(type->keep(type, &copy, value) == SP_OK);
	must(type->equal(type, &copy, value));
	type->release(type, &copy);
	give_back(blocks);
	json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *json = json_loadb((const char *)data, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	struct sp_record_plan *plan = sp_record_plan_create(&everything_record, NULL);
	const struct sp_value_type *type = sp_field_type_create(holder_record.fields[0]);
	struct block *blocks = NULL;
	json_t *faults = NULL;
	struct sp_fill how = { take, &blocks, &faults };
	struct everything value;
	sp_status status;

	must(plan && type);
	status = sp_record_plan_fill(plan, json, &how, &value);
	must(status == SP_OK || status == SP_INVALID);
	must((status == SP_INVALID) == (faults != NULL));
	if (status == SP_OK)
		look_at_value(plan, type, &value);
	else
		look_at_faults(faults);
	give_back(blocks);
	sp_field_type_destroy(type);
	sp_record_plan_destroy(plan);
	json_decref(json);
	return 0;
}
