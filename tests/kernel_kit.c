/* kernel_kit.c: short words for the suites of the component model. */
#include "kernel_kit.h"

#include <signalpy/gateway.h>
#include <stdio.h>
#include <string.h>

enum { DIARY = 4096, TEXT = 1024 };

static char diary[DIARY], taken[DIARY], text_kept[TEXT];

void diary_add(const char *format, ...)
{
	size_t used = strlen(diary);
	va_list arguments;

	ck_assert_uint_lt(used + 2, sizeof diary);
	if (used > 0)
		diary[used++] = ' ';
	va_start(arguments, format);
	vsnprintf(diary + used, sizeof diary - used, format, arguments);
	va_end(arguments);
}

const char *diary_take(void)
{
	memcpy(taken, diary, sizeof taken);
	diary[0] = '\0';
	return taken;
}

static const char *keep(const char *text)
{
	snprintf(text_kept, sizeof text_kept, "%s", text ? text : "");
	return text_kept;
}

sp_testing *world_open(const char *configuration)
{
	sp_testing *world = sp_testing_create(configuration);

	ck_assert_ptr_nonnull(world);
	return world;
}

sp_plugin_handle *world_add(sp_testing *world, const struct sp_plugin *plugin)
{
	struct sp_error error = { 0 };
	sp_plugin_handle *handle = sp_testing_add(world, plugin, &error);

	ck_assert_msg(handle != NULL, "%s was refused: %s", plugin->name, error.message);
	return handle;
}

static void count_gone(void *user)
{
	++*(int *)user;
}

sp_plugin_handle *world_add_counted(sp_testing *world, const struct sp_plugin *plugin, int *gone)
{
	struct sp_plugin_origin origin = { .struct_size = sizeof origin,
		.path = "/somewhere/it.so",
		.gone = count_gone };
	sp_plugin_handle *handle = NULL;

	origin.user = gone;
	ck_assert_int_eq(sp_kernel_add(sp_testing_kernel(world), plugin, &origin, &handle, NULL), SP_OK);
	sp_testing_turn(world);
	return handle;
}

const char *world_refusal(sp_testing *world, const struct sp_plugin *plugin, sp_status *ret_status)
{
	struct sp_error error = { 0 };
	sp_status status = sp_kernel_add(sp_testing_kernel(world), plugin, NULL, NULL, &error);

	ck_assert_int_ne(status, SP_OK);
	ck_assert_int_eq(error.code, status);
	if (ret_status)
		*ret_status = status;
	return keep(error.message);
}

const char *world_call(sp_testing *world, const char *address, const char *params)
{
	json_t *answer = sp_testing_call_new(world, address, params);
	const json_t *error = json_object_get(answer, "error");

	ck_assert_msg(json_is_true(json_object_get(answer, "ok")), "%s: %s", address,
		answer ? json_string_value(json_object_get(error, "message")) : "no answer");
	keep(json_string_value(json_object_get(json_object_get(answer, "data"), "text")));
	json_decref(answer);
	return text_kept;
}

const char *world_call_fails(sp_testing *world, const char *address, const char *code)
{
	json_t *answer = sp_testing_call_new(world, address, NULL);
	const json_t *error = json_object_get(answer, "error");

	ck_assert_msg(error != NULL, "%s did not fail", address);
	ck_assert_str_eq(json_string_value(json_object_get(error, "code")), code);
	keep(json_string_value(json_object_get(error, "message")));
	json_decref(answer);
	return text_kept;
}

static void note_answer(SP_UNUSED void *user, const struct sp_answer *answer)
{
	diary_add("%s", answer->status == SP_OK ? "answered" : answer->message);
}

sp_call *kernel_begin(sp_kernel *kernel, const char *address)
{
	const struct sp_gateway *gateway = sp_kernel_gateway(kernel);
	const struct sp_request request = { .struct_size = sizeof request, .address = address, .done = note_answer };
	sp_call *call = NULL;

	gateway->call(gateway, &request, &call);
	ck_assert_ptr_nonnull(call);
	return call;
}

sp_call *world_begin(sp_testing *world, const char *address)
{
	return kernel_begin(sp_testing_kernel(world), address);
}

static json_t *member_new(sp_testing *world, const char *instance, const char *member)
{
	json_t *component = sp_kernel_component_new(sp_testing_kernel(world), instance);
	json_t *value = json_incref(json_object_get(component, member));

	ck_assert_msg(component != NULL, "there is no %s", instance);
	json_decref(component);
	return value;
}

const char *world_text(sp_testing *world, const char *instance, const char *member)
{
	json_t *value = member_new(world, instance, member);

	keep(json_string_value(value));
	json_decref(value);
	return text_kept;
}

size_t world_size(sp_testing *world, const char *instance, const char *member)
{
	json_t *value = member_new(world, instance, member);
	size_t size = json_is_object(value) ? json_object_size(value) : json_array_size(value);

	json_decref(value);
	return size;
}

uint64_t world_nodes(sp_testing *world)
{
	struct sp_graph_counts counts;

	sp_graph_count(sp_kernel_graph(sp_testing_kernel(world)), &counts);
	return counts.nodes;
}

size_t times_in(const char *lines, const char *text)
{
	size_t times = 0;

	for (const char *at = strstr(lines, text); at; at = strstr(at + 1, text))
		times++;
	return times;
}
