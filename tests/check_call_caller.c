/* check_call_caller.c: calls that components make: in whose name, told where, and how they end. links: kernel */
#include "calls_kit.h"

#include <signalpy/component.h>
#include <string.h>

/* clang-format off */
SP_RECORD(said, (string, text));

SP_COMPONENT(desk,
	(signal, integer, total),
	(runnable, count, nothing, nothing),
	(later, linger, nothing, nothing),
	(later, who, nothing, said));
/* clang-format on */

/* The calls of linger that are under way. */
static sp_call *waiting[10];
static size_t waiting_count;

/* Reads and writes what it counts with. */
static sp_status desk_count(struct desk *self)
{
	return sp_set(self->total, sp_get(self->total) + 1);
}

static sp_status desk_linger(struct desk *self SP_UNUSED, sp_call *call)
{
	waiting[waiting_count++] = call;
	return SP_LATER;
}

static sp_status desk_who(struct desk *self SP_UNUSED, sp_call *call, struct said *out)
{
	out->text = sp_format(call, "%s", sp_caller(call));
	sp_finish(call, SP_OK);
	return SP_LATER;
}

/* A desk that calls another one. */
/* clang-format off */
SP_COMPONENT(clerk,
	(one, sp_gateway, gateway),
	(signal, integer, bell),
	(effect, act),
	(later, ask, nothing, said),
	(later, pass, said, said),
	(later, go_on, nothing, nothing),
	(member, sp_call *, going_on),
	(runnable, ring, nothing, nothing),
	(runnable, hold, nothing, nothing),
	(effect, count));
/* clang-format on */

static char answers[CALLED_TEXT];

/* What a clerk waits for: the desk's answer to who. */
static void take_answer(void *user, const struct sp_answer *answer)
{
	struct clerk *self = user;
	const char *text = json_string_value(json_object_get(answer->data, "text"));
	const char *kept = sp_format(self->rt, "<%s>", answer->status == SP_OK && text ? text : answer->code);

	strncat(answers, kept, sizeof(answers) - strlen(answers) - 1);
}

static void ask_who(struct clerk *self, const struct sp_identity *identity, sp_call **ret_call)
{
	const struct sp_gateway *gateway = sp_peek(self->gateway);

	gateway->call(gateway,
		&(struct sp_request){ .struct_size = sizeof(struct sp_request),
			.address = "desk.who",
			.identity = identity,
			.done = take_answer,
			.user = self },
		ret_call);
}

static void ignore_answer(void *user SP_UNUSED, const struct sp_answer *answer SP_UNUSED)
{
}

static sp_status clerk_act(struct clerk *self)
{
	if (sp_get(self->bell) > 0)
		ask_who(self, NULL, NULL);
	return SP_OK;
}

static sp_status clerk_ask(struct clerk *self, sp_call *call, struct said *out)
{
	ask_who(self, NULL, NULL);
	out->text = "asked";
	sp_finish(call, SP_OK);
	return SP_LATER;
}

static sp_status clerk_pass(struct clerk *self, sp_call *call, const struct said *in, struct said *out)
{
	ask_who(self, &(struct sp_identity){ .struct_size = sizeof(struct sp_identity), .name = in->text }, NULL);
	out->text = "passed";
	sp_finish(call, SP_OK);
	return SP_LATER;
}

static void end_go_on(void *user, const struct sp_answer *answer)
{
	struct clerk *self = user;

	sp_finish(self->going_on, answer->status);
}

/* The first answer is there; the second call still belongs to the call that is served. */
static void take_first_answer(void *user, const struct sp_answer *answer SP_UNUSED)
{
	struct clerk *self = user;
	const struct sp_gateway *gateway = sp_peek(self->gateway);

	gateway->call(gateway,
		&(struct sp_request){ .struct_size = sizeof(struct sp_request),
			.address = "desk.count",
			.done = end_go_on,
			.user = self },
		NULL);
}

static sp_status clerk_go_on(struct clerk *self, sp_call *call)
{
	const struct sp_gateway *gateway = sp_peek(self->gateway);

	self->going_on = call;
	gateway->call(gateway,
		&(struct sp_request){ .struct_size = sizeof(struct sp_request),
			.address = "desk.linger",
			.done = take_first_answer,
			.user = self },
		NULL);
	return SP_LATER;
}

static sp_status clerk_ring(struct clerk *self)
{
	return sp_set(self->bell, sp_peek(self->bell) + 1);
}

static sp_status clerk_hold(struct clerk *self)
{
	const struct sp_gateway *gateway = sp_peek(self->gateway);

	gateway->call(gateway,
		&(struct sp_request){ .struct_size = sizeof(struct sp_request),
			.address = "desk.linger",
			.done = take_answer,
			.user = self },
		NULL);
	return SP_OK;
}

static unsigned count_runs;

/* What the runnable reads is not this effect's. */
static sp_status clerk_count(struct clerk *self)
{
	const struct sp_gateway *gateway = sp_get(self->gateway);

	count_runs++;
	gateway->call(gateway,
		&(struct sp_request){ .struct_size = sizeof(struct sp_request),
			.address = "desk.count",
			.done = ignore_answer },
		NULL);
	return SP_OK;
}

static struct built built_desk, built_clerk;
static sp_plugin_handle *the_clerk;

static sp_testing *open_both(void)
{
	sp_testing *testing = sp_testing_create(NULL);

	built_load(&built_desk, testing, &desk_component, NULL);
	the_clerk = built_load(&built_clerk, testing, &clerk_component, NULL);
	ck_assert_str_eq(sp_testing_state(testing, "clerk"), "active");
	return testing;
}

START_TEST(call_acts_in_the_name_of_the_one_it_serves) /* R-RN-7 */
{
	struct sp_identity ada = { .struct_size = sizeof(ada), .name = "ada" };
	sp_testing *testing = open_both();
	struct called called;

	called_with(&called, testing, &(struct sp_request){ .address = "desk.who", .identity = &ada });
	sp_testing_turn(testing);
	ck_assert_str_eq(json_string_value(json_object_get(called.data, "text")), "ada");
	called_finish(&called);
	called_with(&called, testing, &(struct sp_request){ .address = "clerk.ask", .identity = &ada });
	sp_testing_turn(testing);
	ck_assert_str_eq(answers, "<ada>");
	called_finish(&called);
	ck_assert_str_eq(call_code(testing, "clerk.ask", NULL), "ok");
	ck_assert_str_eq(answers, "<ada><>");
	ck_assert_str_eq(call_code(testing, "clerk.pass", "{\"text\": \"bob\"}"), "ok");
	ck_assert_str_eq(answers, "<ada><><bob>");
	ck_assert_str_eq(call_code(testing, "clerk.ring", NULL), "ok");
	ck_assert_str_eq(answers, "<ada><><bob><instance:clerk>");
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(call_ends_with_the_component_that_made_it) /* R-CM-9 */
{
	sp_testing *testing = open_both();

	ck_assert_str_eq(call_code(testing, "clerk.hold", NULL), "ok");
	ck_assert_uint_eq(waiting_count, 1);
	sp_testing_remove(testing, the_clerk);
	ck_assert_str_eq(sp_testing_state(testing, "clerk"), "");
	ck_assert(sp_is_cancelled(waiting[0]));
	sp_finish(waiting[0], SP_OK);
	sp_testing_turn(testing);
	ck_assert_str_eq(answers, "");
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(effect_does_not_follow_what_a_runnable_reads) /* R-RX-4, R-RX-6 */
{
	sp_testing *testing = open_both();

	ck_assert_uint_eq(count_runs, 1);
	ck_assert_str_eq(call_code(testing, "desk.count", NULL), "ok");
	ck_assert_uint_eq(count_runs, 1);
	ck_assert_ptr_null(strstr(sp_testing_log(testing, false), "100 rounds"));
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(call_inside_goes_on_while_draining) /* surfaces, error codes: unavailable */
{
	sp_testing *testing = open_both();
	struct called called;

	called_begin(&called, testing, "clerk.go_on", NULL);
	sp_kernel_drain(sp_testing_kernel(testing));
	sp_finish(waiting[0], SP_OK);
	sp_testing_turn(testing);
	ck_assert_msg(strcmp(called.code, "ok") == 0, "%s", called.message);
	called_finish(&called);
	sp_testing_destroy(testing);
}
END_TEST

KIT_MAIN("call_caller", call_inside_goes_on_while_draining, call_acts_in_the_name_of_the_one_it_serves,
	call_ends_with_the_component_that_made_it, effect_does_not_follow_what_a_runnable_reads)
