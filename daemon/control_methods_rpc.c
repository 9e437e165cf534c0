/*
 * control_methods_rpc.c: rpc.discover, which describes every method: its parameters from their record, its result as
 * control_results.json says.
 */
#include "control_methods.h"

#include <signalpy/record.h>
#include <string.h>

/* The file as it is when the daemon is built. Paths begin at the top of the tree, where the compiler runs. */
__asm__(".pushsection .rodata\n"
	"control_results_begin:\n"
	".incbin \"daemon/control_results.json\"\n"
	"control_results_end:\n"
	".popsection\n");
extern const char control_results_begin[] __attribute__((visibility("hidden")));
extern const char control_results_end[] __attribute__((visibility("hidden")));

/* The schemas of all results, and those that they share; NULL without memory. */
static json_t *results_new(void)
{
	size_t size = (size_t)((uintptr_t)control_results_end - (uintptr_t)control_results_begin);

	return json_loadb(control_results_begin, size, 0, NULL);
}

static bool is_required(const json_t *schema, const char *name)
{
	const json_t *required = json_object_get(schema, "required");
	const json_t *item;
	size_t i;

	json_array_foreach(required, i, item) {
		if (strcmp(json_string_value(item), name) == 0)
			return true;
	}
	return false;
}

/* The parameters of a method as OpenRPC's content descriptors. */
static json_t *descriptors_new(const struct sp_record *takes)
{
	json_t *schema = takes ? sp_record_schema_new(takes) : NULL;
	json_t *descriptors = json_array();
	const char *name;
	json_t *property;

	json_object_foreach(json_object_get(schema, "properties"), name, property) {
		json_array_append_new(descriptors,
			json_pack("{s:s, s:b, s:O}", "name", name, "required", is_required(schema, name), "schema",
				property));
	}
	json_decref(schema);
	return descriptors;
}

/* Both may be NULL without memory. */
struct description {
	json_t *methods;
	const json_t *results;
};

static bool describe(void *user, const struct control_method *method)
{
	struct description *description = user;
	json_t *known = json_object_get(description->results, method->name);
	json_t *result = known ? json_incref(known) : json_pack("{s:s}", "type", method->gives);

	return json_array_append_new(description->methods,
		       json_pack("{s:s, s:s, s:s, s:o, s:{s:s, s:o}, s:s}", "name", method->name, "summary",
			       method->about, "paramStructure", "by-name", "params", descriptors_new(method->takes),
			       "result", "name", "result", "schema", result, "x-for",
			       method->level == PEER_MAY_ALL ? "owner" : "group")) == 0;
}

static void rpc_discover(struct exchange *exchange, const void *params SP_UNUSED)
{
	json_t *known = results_new();
	struct description description = { json_array(), json_object_get(known, "results") };

	control_methods_each(describe, &description);
	exchange_succeed(exchange,
		json_pack("{s:s, s:{s:s, s:s}, s:o, s:{s:O}}", "openrpc", "1.3.2", "info", "title", "signalpyd",
			"version", SIGNALPY_VERSION, "methods", description.methods, "components", "schemas",
			json_object_get(known, "schemas")));
	json_decref(known);
}

const struct control_method control_methods_rpc[] = {
	{ "rpc.discover", PEER_MAY_CALL, "Describes every method (OpenRPC)", NULL, "object", rpc_discover, NULL },
	{ 0 },
};
