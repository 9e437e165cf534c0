/* check_call.c: who is let in, what is refused and in which words, deadlines, cancellation, draining. */
#include "calls_kit.h"

#include <signalpy/component.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
SP_RECORD(number, (integer, value, .otherwise = 1, .min = 0, .max = 100));
SP_RECORD(two, (integer, first, .required = true), (string, second, .max_length = 3));
SP_RECORD(verdict, (integer, code, .required = true), (boolean, silent));

SP_COMPONENT(desk,
	(signal, integer, total),
	(effect, watch_total),
	(runnable, add, number, number),
	(runnable, take, two, nothing),
	(runnable, fail, verdict, nothing),
	(runnable, rest, nothing, nothing),
	(runnable, guarded, nothing, nothing, .action = "desk.open"),
	(runnable, reserved, nothing, nothing, .role = "clerk"),
	(runnable, hidden, nothing, nothing, .transports = SP_NATIVE_ONLY),
	(runnable, web, nothing, nothing, .transports = SP_REST),
	(later, wait, nothing, number, .timeout_ms = 3000),
	(later, linger, nothing, nothing),
	(later, forever, nothing, nothing, .timeout_ms = INT64_MAX));
/* clang-format on */

/* The calls of wait and linger that are under way, and what the effect saw. */
static sp_call *waiting[200];
static struct number *outs[200];
static size_t waiting_count;
static int64_t total_seen;

static sp_status desk_watch_total(struct desk *self)
{
	total_seen = sp_get(self->total);
	return SP_OK;
}

static sp_status desk_add(struct desk *self, const struct number *in, struct number *out)
{
	out->value = sp_peek(self->total) + in->value;
	return sp_set(self->total, out->value);
}

static sp_status desk_take(struct desk *self SP_UNUSED, const struct two *in SP_UNUSED)
{
	return SP_OK;
}

static sp_status desk_fail(struct desk *self, const struct verdict *in)
{
	return in->silent ? (sp_status)in->code : sp_fail(self->rt, (sp_status)in->code, "because of %d", 7);
}

static sp_status desk_rest(struct desk *self SP_UNUSED)
{
	return SP_OK;
}

static sp_status desk_guarded(struct desk *self SP_UNUSED)
{
	return SP_OK;
}

static sp_status desk_reserved(struct desk *self SP_UNUSED)
{
	return SP_OK;
}

static sp_status desk_hidden(struct desk *self SP_UNUSED)
{
	return SP_OK;
}

static sp_status desk_web(struct desk *self SP_UNUSED)
{
	return SP_OK;
}

static sp_status desk_wait(struct desk *self SP_UNUSED, sp_call *call, struct number *out)
{
	outs[waiting_count] = out;
	waiting[waiting_count++] = call;
	return SP_LATER;
}

static sp_status desk_linger(struct desk *self SP_UNUSED, sp_call *call)
{
	waiting[waiting_count++] = call;
	return SP_LATER;
}

static sp_status desk_forever(struct desk *self SP_UNUSED, sp_call *call)
{
	waiting[waiting_count++] = call;
	return SP_LATER;
}

/* A component that cannot be active. */
/* clang-format off */
SP_COMPONENT(broken,
	(activate),
	(runnable, go, nothing, nothing));

struct missing {
	struct sp_service service;
};
SP_CONTRACT(missing, "IMissing", 1);

SP_COMPONENT(patient,
	(one, missing, wanted),
	(runnable, go, nothing, nothing));
/* clang-format on */

static sp_status broken_activate(struct broken *self)
{
	return sp_fail(self->rt, SP_FAILED, "no luck");
}

static sp_status broken_go(struct broken *self SP_UNUSED)
{
	return SP_OK;
}

static sp_status patient_go(struct patient *self SP_UNUSED)
{
	return SP_OK;
}

static struct built built_desk;
static sp_plugin_handle *the_desk;

static sp_testing *open_desk(void)
{
	sp_testing *testing = sp_testing_create(NULL);

	the_desk = built_load(&built_desk, testing, &desk_component, NULL);
	ck_assert_str_eq(sp_testing_state(testing, "desk"), "active");
	return testing;
}

START_TEST(unknown_address_is_not_found) /* surfaces, error codes */
{
	static const char *const addresses[] = { "desk.nothing", "nobody.add", "desk", "", "desk.add.more", "desk." };
	sp_testing *testing = open_desk();

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		ck_assert_str_eq(call_code(testing, addresses[i], "{}"), "not_found");
	ck_assert_ptr_nonnull(strstr(call_message(testing, "desk.nothing", NULL), "desk.nothing"));
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(every_fault_of_the_parameters_is_told) /* R-RN-2 */
{
	sp_testing *testing = open_desk();
	struct called called;
	const json_t *fault;
	size_t i;
	char pointers[100] = "";

	called_begin(&called, testing, "desk.take", "{\"second\": \"long text\", \"third\": 1}");
	ck_assert_int_eq(called.status, SP_INVALID);
	ck_assert_str_eq(called.code, "invalid_params");
	ck_assert_uint_eq(json_array_size(called.details), 3);
	json_array_foreach(called.details, i, fault) {
		strncat(pointers, json_string_value(json_object_get(fault, "pointer")), 30);
		ck_assert_ptr_nonnull(json_string_value(json_object_get(fault, "rule")));
		ck_assert_ptr_nonnull(json_string_value(json_object_get(fault, "message")));
	}
	ck_assert_ptr_nonnull(strstr(pointers, "/first"));
	ck_assert_ptr_nonnull(strstr(pointers, "/second"));
	ck_assert_ptr_nonnull(strstr(pointers, "/third"));
	called_finish(&called);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(runnable_that_takes_nothing_lists_what_it_was_given) /* R-RN-2 */
{
	sp_testing *testing = open_desk();
	struct called called;

	ck_assert_str_eq(call_code(testing, "desk.rest", NULL), "ok");
	ck_assert_str_eq(call_code(testing, "desk.rest", " { } "), "ok");
	called_begin(&called, testing, "desk.rest", "{\"a\": 1, \"b\": 2}");
	ck_assert_str_eq(called.code, "invalid_params");
	ck_assert_uint_eq(json_array_size(called.details), 2);
	called_finish(&called);
	called_begin(&called, testing, "desk.rest", "[]");
	ck_assert_str_eq(called.code, "invalid_params");
	ck_assert_uint_eq(json_array_size(called.details), 1);
	called_finish(&called);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(what_is_not_json_is_a_bad_request) /* surfaces, error codes */
{
	static const char *const texts[] = { "{", "nonsense", "{\"value\": 1, \"value\": 2}", "{} {}", "\xff", " " };
	sp_testing *testing = open_desk();

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_str_eq(call_code(testing, "desk.add", texts[i]), "bad_request");
	ck_assert_str_eq(call_code(testing, "desk.add", "3"), "invalid_params");
	ck_assert_str_eq(call_code(testing, "desk.add", "null"), "invalid_params");
	ck_assert_int_eq(call_integer(testing, "desk.add", "", "value"), 1);
	sp_testing_destroy(testing);
}
END_TEST

/* A transport that has read its message already hands over what it read. */
START_TEST(parameters_can_be_values) /* R-RN-2 */
{
	sp_testing *testing = open_desk();
	json_t *values = json_pack("{s:i}", "value", 4), *wrong = json_pack("{s:i}", "value", -1);
	struct sp_request request = { .struct_size = sizeof request, .address = "desk.add", .values = values };
	struct called called;

	called_with(&called, testing, &request);
	ck_assert_int_eq(called_integer(&called, "value"), 4);
	called_finish(&called);
	ck_assert_uint_eq(values->refcount, 1);
	request.values = wrong;
	called_with(&called, testing, &request);
	ck_assert_str_eq(called.code, "invalid_params");
	called_finish(&called);
	ck_assert_uint_eq(wrong->refcount, 1);
	json_decref(values);
	json_decref(wrong);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(action_or_role_is_refused_without_an_auth_provider) /* R-PR-4 */
{
	static const char *const roles[] = { "clerk", NULL };
	struct sp_identity identity = { .struct_size = sizeof(identity), .name = "ada", .roles = roles };
	struct sp_identity root = { .struct_size = sizeof(root), .name = "root", .privileged = true };
	sp_testing *testing = open_desk();
	struct called called;

	ck_assert_str_eq(call_code(testing, "desk.guarded", "{}"), "forbidden");
	ck_assert_str_eq(call_message(testing, "desk.guarded", "{}"),
		"desk.guarded asks for the action desk.open, and no auth provider is there to grant it to anybody; load a "
		"plugin that provides signalpy.auth");
	called_with(&called, testing, &(struct sp_request){ .address = "desk.reserved", .identity = &identity });
	ck_assert_str_eq(called.code, "forbidden");
	called_finish(&called);
	called_with(&called, testing, &(struct sp_request){ .address = "desk.guarded", .identity = &root });
	ck_assert_str_eq(called.code, "forbidden");
	called_finish(&called);
	ck_assert_str_eq(call_code(testing, "desk.guarded", "{"), "forbidden");
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(transports_that_do_not_show_it_do_not_find_it) /* R-RN-5 */
{
	static const struct {
		const char *address;
		unsigned transport;
		const char *code;
	} cases[] = { { "desk.hidden", SP_REST, "not_found" }, { "desk.hidden", SP_MCP, "not_found" },
		{ "desk.hidden", SP_CLI, "not_found" }, { "desk.hidden", 0, "ok" }, { "desk.web", SP_REST, "ok" },
		{ "desk.web", SP_CLI, "not_found" }, { "desk.rest", SP_CLI, "ok" }, { "desk.rest", SP_MCP, "ok" } };
	sp_testing *testing = open_desk();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct called called;

		called_with(&called, testing,
			&(struct sp_request){ .address = cases[i].address, .transport = cases[i].transport });
		ck_assert_str_eq(called.code, cases[i].code);
		called_finish(&called);
	}
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(instance_that_does_not_serve_says_why) /* surfaces, error codes: unavailable */
{
	sp_testing *testing = sp_testing_create(NULL);
	struct built first, second;

	built_load(&first, testing, &broken_component, NULL);
	built_load(&second, testing, &patient_component, NULL);
	ck_assert_str_eq(call_code(testing, "broken.go", "{}"), "unavailable");
	ck_assert_ptr_nonnull(strstr(call_message(testing, "broken.go", "{}"), "no luck"));
	ck_assert_str_eq(call_code(testing, "patient.go", "{}"), "unavailable");
	ck_assert_ptr_nonnull(strstr(call_message(testing, "patient.go", "{}"), "IMissing/1"));
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(what_the_runnable_says_is_passed_on) /* surfaces, error codes: failed */
{
	static const struct {
		sp_status status;
		const char *code;
	} cases[] = { { SP_FAILED, "failed" }, { SP_INVALID, "invalid_params" }, { SP_NOT_FOUND, "not_found" },
		{ SP_CONFLICT, "conflict" }, { SP_FORBIDDEN, "forbidden" }, { SP_UNAVAILABLE, "unavailable" },
		{ SP_TIMEOUT, "timeout" }, { SP_CANCELLED, "failed" }, { SP_NO_MEMORY, "failed" },
		{ SP_GONE, "failed" }, { SP_UNAUTHENTICATED, "unauthenticated" }, { SP_BAD_REQUEST, "bad_request" },
		{ (sp_status)-99, "failed" }, { SP_LATER, "failed" } };
	sp_testing *testing = open_desk();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char params[64];

		snprintf(params, sizeof(params), "{\"code\": %d}", cases[i].status);
		ck_assert_str_eq(call_code(testing, "desk.fail", params), cases[i].code);
		ck_assert_str_eq(call_message(testing, "desk.fail", params), "because of 7");
		snprintf(params, sizeof(params), "{\"code\": %d, \"silent\": true}", cases[i].status);
		ck_assert_str_eq(call_code(testing, "desk.fail", params), cases[i].code);
		ck_assert_str_ne(call_message(testing, "desk.fail", params), "");
	}
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(answer_leaves_after_the_wave) /* R-RX-5 */
{
	sp_testing *testing = open_desk();
	struct called called;

	called_begin(&called, testing, "desk.add", "{\"value\": 5}");
	ck_assert_int_eq(called_integer(&called, "value"), 5);
	ck_assert_int_eq(total_seen, 5);
	called_finish(&called);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(deadline_answers_and_cancels) /* R-RN-4 */
{
	sp_testing *testing = open_desk();
	struct called called;

	called_begin(&called, testing, "desk.wait", NULL);
	sp_testing_advance(testing, 2999);
	ck_assert_uint_eq(called.times, 0);
	ck_assert_int_eq(sp_time_left(waiting[0]), 1);
	ck_assert(!sp_is_cancelled(waiting[0]));
	sp_testing_advance(testing, 1);
	ck_assert_uint_eq(called.times, 1);
	ck_assert_str_eq(called.code, "timeout");
	ck_assert_ptr_nonnull(strstr(called.message, "desk.wait"));
	ck_assert(sp_is_cancelled(waiting[0]));
	ck_assert_int_eq(sp_time_left(waiting[0]), 0);
	outs[0]->value = 9;
	sp_finish(waiting[0], SP_OK);
	sp_testing_turn(testing);
	ck_assert_uint_eq(called.times, 1);
	called_finish(&called);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(request_can_shorten_the_deadline_only) /* R-RN-4 */
{
	sp_testing *testing = open_desk();
	struct called called[4];
	static const int64_t wanted[] = { 100, 90000, 0, -5 };

	for (size_t i = 0; i < 4; i++)
		called_with(&called[i], testing,
			&(struct sp_request){ .address = "desk.wait", .timeout_ms = wanted[i] });
	sp_testing_advance(testing, 99);
	ck_assert_uint_eq(called[0].times, 0);
	sp_testing_advance(testing, 1);
	ck_assert_uint_eq(called[0].times, 1);
	sp_testing_advance(testing, 2899);
	ck_assert_uint_eq(called[1].times + called[2].times + called[3].times, 0);
	sp_testing_advance(testing, 1);
	ck_assert_uint_eq(called[1].times + called[2].times + called[3].times, 3);
	called_begin(&called[0], testing, "desk.linger", NULL);
	sp_testing_advance(testing, 29999);
	ck_assert_uint_eq(called[0].times, 0);
	sp_testing_advance(testing, 1);
	ck_assert_str_eq(called[0].code, "timeout");
	for (size_t i = 0; i < waiting_count; i++)
		sp_finish(waiting[i], SP_OK);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(deadline_may_be_as_far_as_can_be) /* R-RN-4 */
{
	sp_testing *testing = open_desk();
	struct called called;

	called_begin(&called, testing, "desk.forever", NULL);
	sp_testing_advance(testing, 100000000);
	ck_assert_uint_eq(called.times, 0);
	sp_finish(waiting[0], SP_OK);
	sp_testing_turn(testing);
	ck_assert_str_eq(called.code, "ok");
	called_finish(&called);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(cancelled_call_is_never_answered) /* R-RN-4 */
{
	sp_testing *testing = open_desk();
	struct called called;

	called_begin(&called, testing, "desk.wait", NULL);
	called_cancel(&called);
	ck_assert(sp_is_cancelled(waiting[0]));
	sp_testing_advance(testing, 5000);
	sp_finish(waiting[0], SP_OK);
	sp_testing_turn(testing);
	ck_assert_uint_eq(called.times, 0);
	called_begin(&called, testing, "desk.wait", NULL);
	sp_finish(waiting[1], SP_OK);
	called_cancel(&called); /* its end is under way */
	sp_testing_turn(testing);
	ck_assert_uint_eq(called.times, 0);
	sp_testing_remove(testing, the_desk);
	ck_assert_str_eq(sp_testing_state(testing, "desk"), "");
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(second_finish_changes_nothing) /* R-RN-3 */
{
	sp_testing *testing = open_desk();
	struct called called;

	called_begin(&called, testing, "desk.wait", NULL);
	outs[0]->value = 4;
	sp_finish(waiting[0], SP_OK);
	sp_finish(waiting[0], SP_FAILED);
	sp_testing_turn(testing);
	ck_assert_int_eq(called_integer(&called, "value"), 4);
	called_finish(&called);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(later_failure_has_words) /* surfaces, error codes */
{
	sp_testing *testing = open_desk();
	struct called called;

	called_begin(&called, testing, "desk.wait", NULL);
	sp_finish(waiting[0], SP_CONFLICT);
	sp_testing_turn(testing);
	ck_assert_str_eq(called.code, "conflict");
	ck_assert_str_ne(called.message, "");
	called_finish(&called);
	called_begin(&called, testing, "desk.wait", NULL);
	sp_finish(waiting[1], sp_fail(waiting[1], SP_FAILED, "the well is dry"));
	sp_testing_turn(testing);
	ck_assert_str_eq(called.message, "the well is dry");
	called_finish(&called);
	called_begin(&called, testing, "desk.wait", NULL);
	sp_finish(waiting[2], SP_LATER);
	sp_testing_turn(testing);
	ck_assert_str_eq(called.code, "failed");
	ck_assert_str_ne(called.message, "");
	called_finish(&called);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(many_calls_at_once_end_in_any_order) /* R-RN-3 */
{
	enum { MANY = 150 };
	sp_testing *testing = open_desk();
	static struct called called[MANY];

	for (size_t i = 0; i < MANY; i++)
		called_begin(&called[i], testing, "desk.wait", NULL);
	for (size_t i = 0; i < MANY; i++) {
		size_t at = (i * 77) % MANY;

		outs[at]->value = (int64_t)at;
		sp_finish(waiting[at], SP_OK);
		if (i % 20 == 0)
			sp_testing_turn(testing);
	}
	sp_testing_turn(testing);
	for (size_t i = 0; i < MANY; i++) {
		ck_assert_int_eq(called_integer(&called[i], "value"), (int64_t)i);
		called_finish(&called[i]);
	}
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(draining_refuses_what_is_new) /* surfaces, error codes: unavailable */
{
	sp_testing *testing = open_desk();
	struct called called;

	called_begin(&called, testing, "desk.wait", NULL);
	sp_kernel_drain(sp_testing_kernel(testing));
	ck_assert_str_eq(call_code(testing, "desk.add", "{}"), "unavailable");
	outs[0]->value = 2;
	sp_finish(waiting[0], SP_OK);
	sp_testing_turn(testing);
	ck_assert_int_eq(called_integer(&called, "value"), 2);
	called_finish(&called);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(stopped_component_gives_its_calls_up_in_the_end) /* R-CM-3, R-PL-7 */
{
	sp_testing *testing = sp_testing_create(NULL);
	struct called called;
	unsigned gone;

	the_desk = built_load_counted(&built_desk, testing, &desk_component, &gone);
	called_begin(&called, testing, "desk.linger", NULL);
	sp_testing_remove(testing, the_desk);
	ck_assert_str_eq(call_code(testing, "desk.add", "{}"), "not_found");
	sp_testing_advance(testing, 9999);
	ck_assert_uint_eq(called.times, 0);
	sp_testing_advance(testing, 1);
	ck_assert_str_eq(called.code, "unavailable");
	ck_assert(sp_is_cancelled(waiting[0]));
	ck_assert_uint_eq(gone, 0);
	sp_finish(waiting[0], SP_OK);
	sp_testing_turn(testing);
	ck_assert_uint_eq(gone, 1);
	ck_assert_uint_eq(called.times, 1);
	called_finish(&called);
	sp_testing_destroy(testing);
}
END_TEST

KIT_MAIN("call", unknown_address_is_not_found, every_fault_of_the_parameters_is_told,
	runnable_that_takes_nothing_lists_what_it_was_given, what_is_not_json_is_a_bad_request,
	parameters_can_be_values, action_or_role_is_refused_without_an_auth_provider,
	transports_that_do_not_show_it_do_not_find_it, instance_that_does_not_serve_says_why,
	what_the_runnable_says_is_passed_on, answer_leaves_after_the_wave, deadline_answers_and_cancels,
	request_can_shorten_the_deadline_only, deadline_may_be_as_far_as_can_be, cancelled_call_is_never_answered,
	second_finish_changes_nothing, later_failure_has_words, many_calls_at_once_end_in_any_order,
	draining_refuses_what_is_new, stopped_component_gives_its_calls_up_in_the_end)
