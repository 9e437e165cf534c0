/* check_call_trace.c: every call belongs to a trace, which goes along to the calls that it makes (R-PR-5). */
#include "call_trace.h"
#include "kernel_kit.h"
#include "runner.h"

#include <signalpy/caller.h>
#include <string.h>

#define ID "0af7651916cd43dd8448eb211c80319c"
#define PARENT "00-" ID "-b7ad6b7169203331-01"

SP_RECORD(seen, (string, parent), (string, state));

/* clang-format off */
SP_COMPONENT(page,
	(one, sp_gateway, gateway),
	(runnable, look, nothing, seen),
	(runnable, ask, nothing, seen),
	(runnable, fail, nothing, nothing),
	(runnable, guard, nothing, nothing, .action = "page.guard"),
	(runnable, tell, nothing, nothing),
	(blocking, work, nothing, seen),
	(later, wait, nothing, seen),
	(member, sp_call *, waiting),
	(member, struct seen *, out));
/* clang-format on */

static struct page *the_page;
static char log_id[33];

static sp_status page_look(struct page *self, struct seen *out)
{
	out->parent = sp_traceparent(self->rt);
	out->state = sp_tracestate(self->rt);
	ck_assert(sp_trace_id(log_id));
	return SP_OK;
}

static void note(void *user, const struct sp_answer *answer)
{
	struct seen *out = user;

	out->parent = sp_format(the_page->rt, "%s", json_string_value(json_object_get(answer->data, "parent")));
	out->state = sp_format(the_page->rt, "%s", json_string_value(json_object_get(answer->data, "state")));
	ck_assert_ptr_null(answer->trace_id);
}

static sp_status page_ask(struct page *self, struct seen *out)
{
	const struct sp_gateway *gateway = sp_get(self->gateway);
	const struct sp_request request = { .struct_size = sizeof request,
		.address = "page.look",
		.done = note,
		.user = out };
	char inner[33];

	the_page = self;
	gateway->call(gateway, &request, NULL);
	memcpy(inner, log_id, sizeof inner);
	ck_assert(sp_trace_id(log_id));
	ck_assert_str_eq(log_id, inner);
	return strcmp(out->parent, sp_traceparent(self->rt)) != 0 ? SP_OK : SP_FAILED;
}

static sp_status page_fail(struct page *self)
{
	return sp_fail(self->rt, SP_CONFLICT, "not now");
}

static sp_status page_guard(struct page *self SP_UNUSED)
{
	return SP_OK;
}

static sp_status page_tell(struct page *self)
{
	return sp_publish(self->rt, "page.told", NULL);
}

static sp_status page_work(const struct page *self SP_UNUSED, sp_call *call, struct seen *out)
{
	out->parent = sp_traceparent(call);
	out->state = sp_tracestate(call);
	return sp_trace_id(log_id) ? SP_OK : SP_FAILED;
}

static sp_status page_wait(struct page *self, sp_call *call, struct seen *out)
{
	the_page = self;
	self->waiting = call;
	self->out = out;
	return SP_LATER;
}

SP_PLUGIN(page, "1.0.0", page);

static sp_testing *testing;

static void set_up(void)
{
	testing = sp_testing_create(NULL);
	ck_assert_ptr_nonnull(testing);
	ck_assert_ptr_nonnull(sp_testing_add(testing, &signalpy_plugin, NULL));
}

static void tear_down(void)
{
	sp_testing_destroy(testing);
}

/* What a call was answered. */
static struct {
	sp_status status;
	char id[40], parent[60], seen[60], state[80];
} came;

static void keep(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%s", text ? text : "");
}

static void done(void *user SP_UNUSED, const struct sp_answer *answer)
{
	came.status = answer->status;
	keep(came.id, sizeof came.id, answer->trace_id);
	keep(came.parent, sizeof came.parent, answer->traceparent);
	keep(came.seen, sizeof came.seen, json_string_value(json_object_get(answer->data, "parent")));
	keep(came.state, sizeof came.state, json_string_value(json_object_get(answer->data, "state")));
}

static void call(const char *address, const char *parent, const char *state)
{
	const struct sp_gateway *gateway = sp_kernel_gateway(sp_testing_kernel(testing));
	const struct sp_request request = { .struct_size = sizeof request,
		.address = address,
		.transport = SP_REST,
		.done = done,
		.traceparent = parent,
		.tracestate = state };

	memset(&came, 0, sizeof came);
	gateway->call(gateway, &request, NULL);
	sp_testing_turn(testing);
}

START_TEST(a_call_takes_the_trace_of_its_request)
{
	call("page.look", PARENT, "rojo=1");
	ck_assert_int_eq(came.status, SP_OK);
	ck_assert_int_eq(strncmp(came.seen, PARENT, 36), 0);
	ck_assert_str_ne(came.seen, PARENT);
	ck_assert_str_eq(came.seen + 52, "-01");
	ck_assert_str_eq(came.parent, came.seen);
	ck_assert_str_eq(came.id, ID);
	ck_assert_str_eq(log_id, ID);
	ck_assert_str_eq(came.state, "rojo=1");
	ck_assert(!sp_trace_id(log_id));
}
END_TEST

START_TEST(what_is_not_valid_is_ignored)
{
	call("page.look", "00-" ID "-b7ad6b7169203331-01-x", "rojo=1");
	ck_assert_int_eq(came.status, SP_OK);
	ck_assert_str_ne(came.seen, "");
	ck_assert_ptr_null(strstr(came.seen, ID));
	ck_assert_str_eq(came.state, "");
	ck_assert_str_eq(came.parent, "");
	call("page.look", PARENT, "Rojo=1");
	ck_assert_str_eq(came.state, "");
	ck_assert_str_eq(came.id, ID);
}
END_TEST

START_TEST(a_call_without_a_trace_begins_one)
{
	char first[60];

	call("page.look", NULL, NULL);
	ck_assert_str_eq(came.id, "");
	ck_assert_str_eq(came.seen + 52, "-00");
	keep(first, sizeof first, came.seen);
	call("page.look", NULL, NULL);
	ck_assert_str_ne(came.seen, first);
}
END_TEST

START_TEST(a_call_within_a_call_belongs_to_its_trace)
{
	call("page.ask", PARENT, "rojo=1");
	ck_assert_int_eq(came.status, SP_OK);
	ck_assert_ptr_nonnull(strstr(came.seen, ID));
	ck_assert_str_ne(came.seen, came.parent);
	ck_assert_str_eq(came.state, "rojo=1");
	call("page.ask", NULL, NULL);
	ck_assert_int_eq(came.status, SP_OK);
}
END_TEST

START_TEST(a_failure_names_its_trace)
{
	call("page.fail", NULL, NULL);
	ck_assert_int_eq(came.status, SP_CONFLICT);
	ck_assert_uint_eq(strlen(came.id), 32);
	ck_assert_ptr_nonnull(strstr(came.parent, came.id));
	call("page.nothing", PARENT, NULL);
	ck_assert_int_eq(came.status, SP_NOT_FOUND);
	ck_assert_str_eq(came.id, ID);
}
END_TEST

START_TEST(a_call_that_takes_time_keeps_its_trace)
{
	char parent[] = PARENT, state[] = "rojo=1";

	call("page.wait", parent, state);
	memset(parent, 'x', sizeof parent - 1);
	memset(state, 'x', sizeof state - 1);
	the_page->out->parent = sp_traceparent(the_page->waiting);
	the_page->out->state = sp_tracestate(the_page->waiting);
	sp_finish(the_page->waiting, SP_OK);
	sp_testing_turn(testing);
	ck_assert_str_eq(came.id, ID);
	ck_assert_str_eq(came.seen, came.parent);
	ck_assert_str_eq(came.state, "rojo=1");
}
END_TEST

START_TEST(a_worker_knows_its_trace)
{
	call("page.work", PARENT, "rojo=1");
	ck_assert_int_eq(came.status, SP_OK);
	ck_assert_str_eq(came.seen, came.parent);
	ck_assert_str_eq(log_id, ID);
	ck_assert_str_eq(came.state, "rojo=1");
}
END_TEST

static char told[40];

static void take(void *user SP_UNUSED, const sp_event *event)
{
	keep(told, sizeof told, event->trace_id);
}

START_TEST(an_event_names_the_trace_of_its_call)
{
	sp_subscription *subscription = sp_kernel_subscribe(sp_testing_kernel(testing), "page.told", take, NULL);

	call("page.tell", PARENT, NULL);
	ck_assert_str_eq(told, ID);
	sp_kernel_publish(sp_testing_kernel(testing), "page.told", NULL);
	sp_testing_turn(testing);
	ck_assert_str_eq(told, "");
	sp_subscription_destroy(subscription);
}
END_TEST

START_TEST(audit_names_the_trace)
{
	ck_assert_int_eq(sp_testing_set(testing, "policy.page.audit", "true"), SP_OK);
	call("page.guard", PARENT, NULL);
	ck_assert_int_eq(came.status, SP_FORBIDDEN);
	ck_assert_ptr_nonnull(strstr(sp_testing_log(testing, true), "transport=rest trace_id=" ID "\n"));
	ck_assert_ptr_nonnull(
		strstr(sp_testing_events(testing, true), "\"code\":\"forbidden\",\"trace_id\":\"" ID "\"}"));
}
END_TEST

START_TEST(outside_a_call_there_is_none)
{
	call("page.wait", NULL, NULL);
	ck_assert_str_eq(sp_traceparent(the_page->rt), "");
	ck_assert_ptr_null(sp_tracestate(the_page->rt));
	sp_finish(the_page->waiting, SP_OK);
	sp_testing_turn(testing);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_call_takes_the_trace_of_its_request),
		TEST(what_is_not_valid_is_ignored), TEST(a_call_without_a_trace_begins_one),
		TEST(a_call_within_a_call_belongs_to_its_trace), TEST(a_failure_names_its_trace),
		TEST(a_call_that_takes_time_keeps_its_trace), TEST(a_worker_knows_its_trace),
		TEST(an_event_names_the_trace_of_its_call), TEST(audit_names_the_trace),
		TEST(outside_a_call_there_is_none) };

	return run_suite(&SUITE(cases, "call trace", .set_up = set_up, .tear_down = tear_down));
}
