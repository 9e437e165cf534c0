/* calls_kit.c: plugins put together by a test, calls and replacements that are watched. */
#include "calls_kit.h"

#include <stdio.h>
#include <string.h>

void built_begin(struct built *built, const char *name, const char *version)
{
	*built = (struct built){ .plugin = { { SP_ABI_MAJOR, sizeof(struct sp_plugin) }, name, version, built->list } };
}

void built_add(struct built *built, const struct sp_component *component, const char *name)
{
	struct sp_component *mine = &built->components[built->count];

	*mine = *component;
	mine->name = name ? name : component->name;
	built->list[built->count++] = mine;
}

sp_plugin_handle *built_load(struct built *built, sp_testing *testing, const struct sp_component *component,
	const char *name)
{
	struct sp_error error = { 0 };
	sp_plugin_handle *plugin;

	built_begin(built, name ? name : component->name, "1");
	built_add(built, component, name);
	plugin = sp_testing_add(testing, &built->plugin, &error);
	ck_assert_msg(plugin != NULL, "%s", error.message);
	return plugin;
}

static void count_gone(void *user)
{
	++*(unsigned *)user;
}

sp_plugin_handle *built_load_counted(struct built *built, sp_testing *testing, const struct sp_component *component,
	unsigned *gone)
{
	const struct sp_plugin_origin origin = { .struct_size = sizeof(origin), .gone = count_gone, .user = gone };
	sp_plugin_handle *plugin = NULL;

	*gone = 0;
	built_begin(built, component->name, "1");
	built_add(built, component, NULL);
	ck_assert_int_eq(sp_kernel_add(sp_testing_kernel(testing), &built->plugin, &origin, &plugin, NULL), SP_OK);
	sp_testing_turn(testing);
	return plugin;
}

static void note_answer(void *user, const struct sp_answer *answer)
{
	struct called *called = user;

	called->times++;
	called->ticket = NULL;
	called->status = answer->status;
	snprintf(called->code, sizeof(called->code), "%s", answer->code ? answer->code : "ok");
	snprintf(called->message, sizeof(called->message), "%s", answer->message ? answer->message : "");
	json_decref(called->data);
	json_decref(called->details);
	called->data = json_deep_copy(answer->data);
	called->details = json_deep_copy(answer->details);
}

static void note_progress(void *user, int64_t done, int64_t total, const char *note)
{
	struct called *called = user;
	size_t used = strlen(called->progress);

	snprintf(called->progress + used, sizeof(called->progress) - used, "%lld/%lld %s;", (long long)done,
		(long long)total, note ? note : "-");
}

void called_with(struct called *called, sp_testing *testing, const struct sp_request *request)
{
	struct sp_request mine = *request;

	*called = (struct called){ .gateway = sp_kernel_gateway(sp_testing_kernel(testing)) };
	mine.struct_size = sizeof(mine);
	mine.done = note_answer;
	mine.progress = note_progress;
	mine.user = called;
	called->gateway->call(called->gateway, &mine, &called->ticket);
	if (called->times)
		ck_assert_ptr_null(called->ticket);
	else
		ck_assert_ptr_nonnull(called->ticket);
}

void called_begin(struct called *called, sp_testing *testing, const char *address, const char *params)
{
	called_with(called, testing,
		&(struct sp_request){ .address = address, .params = { params, params ? strlen(params) : 0 } });
}

void called_cancel(struct called *called)
{
	called->gateway->cancel(called->gateway, called->ticket);
	called->ticket = NULL;
}

void called_finish(struct called *called)
{
	json_decref(called->data);
	json_decref(called->details);
	called->data = called->details = NULL;
}

int64_t called_integer(const struct called *called, const char *member)
{
	ck_assert_uint_eq(called->times, 1);
	ck_assert_msg(called->status == SP_OK, "%s: %s", called->code, called->message);
	ck_assert(json_is_integer(json_object_get(called->data, member)));
	return json_integer_value(json_object_get(called->data, member));
}

static void call_and_turn(struct called *called, sp_testing *testing, const char *address, const char *params)
{
	called_begin(called, testing, address, params);
	sp_testing_turn(testing);
	ck_assert_msg(called->times == 1, "%s was answered %u times", address, called->times);
}

const char *call_code(sp_testing *testing, const char *address, const char *params)
{
	static char code[sizeof(((struct called *)0)->code)];
	struct called called;

	call_and_turn(&called, testing, address, params);
	memcpy(code, called.code, sizeof(code));
	called_finish(&called);
	return code;
}

const char *call_message(sp_testing *testing, const char *address, const char *params)
{
	static char message[CALLED_TEXT];
	struct called called;

	call_and_turn(&called, testing, address, params);
	ck_assert_int_ne(called.status, SP_OK);
	memcpy(message, called.message, sizeof(message));
	called_finish(&called);
	return message;
}

int64_t call_integer(sp_testing *testing, const char *address, const char *params, const char *member)
{
	struct called called;
	int64_t value;

	call_and_turn(&called, testing, address, params);
	value = called_integer(&called, member);
	called_finish(&called);
	return value;
}

static void note_replaced(void *user, sp_status status, const struct sp_error *error, sp_plugin_handle *now)
{
	struct replaced *replaced = user;

	replaced->times++;
	replaced->status = status;
	replaced->now = now;
	ck_assert((status == SP_OK) == (error == NULL));
	if (error)
		replaced->error = *error;
}

static void note_gone(void *user)
{
	struct replaced *replaced = user;

	replaced->gone++;
}

sp_status replaced_begin(struct replaced *replaced, sp_plugin_handle *old, const struct built *next,
	struct sp_error *error)
{
	struct sp_replacement how = { .struct_size = sizeof(how),
		.descriptor = &next->plugin,
		.done = note_replaced,
		.user = replaced,
		.origin = { .gone = note_gone, .user = replaced } };

	*replaced = (struct replaced){ 0 };
	return sp_kernel_replace(old, &how, error);
}

struct sp_graph_counts kernel_counts(sp_testing *testing)
{
	struct sp_graph_counts counts;

	sp_graph_count(sp_kernel_graph(sp_testing_kernel(testing)), &counts);
	return counts;
}
