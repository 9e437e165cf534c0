/* check_rate.c: how often one caller may call one runnable. */
#include "calls_kit.h"
#include "rate.h"
#include "runner.h"

#include <stdio.h>

SP_COMPONENT(till, (runnable, pay, nothing, nothing), (runnable, count, nothing, nothing));

static sp_status till_pay(struct till *self SP_UNUSED)
{
	return SP_OK;
}

static sp_status till_count(struct till *self SP_UNUSED)
{
	return SP_OK;
}

static struct built built;
static sp_testing *testing;

static void open_with(const char *limits)
{
	char configuration[256];

	snprintf(configuration, sizeof configuration, "{\"policy\":{\"till\":{\"limits\":%s}}}", limits);
	testing = sp_testing_create(configuration);
	ck_assert_ptr_nonnull(testing);
	built_load(&built, testing, &till_component, NULL);
}

static void tear_down(void)
{
	sp_testing_destroy(testing);
}

static const char *call_as(const char *name, const char *address)
{
	static struct called called;
	struct sp_identity identity = { .struct_size = sizeof identity, .name = name };

	called_with(&called, testing,
		&(struct sp_request){ .struct_size = sizeof(struct sp_request),
			.address = address,
			.transport = SP_REST,
			.identity = &identity });
	called_finish(&called);
	return called.status == SP_OK ? "ok" : called.code;
}

START_TEST(a_caller_has_so_many_calls)
{
	open_with("{\"pay\":{\"calls\":2,\"within_ms\":1000}}");
	ck_assert_str_eq(call_as("ada", "till.pay"), "ok");
	ck_assert_str_eq(call_as("ada", "till.pay"), "ok");
	ck_assert_str_eq(call_as("ada", "till.pay"), "too_many_requests");
	ck_assert_str_eq(call_as("bob", "till.pay"), "ok");
	ck_assert_str_eq(call_as("ada", "till.count"), "ok");
	sp_testing_advance(testing, 499);
	ck_assert_str_eq(call_as("ada", "till.pay"), "too_many_requests");
	sp_testing_advance(testing, 1);
	ck_assert_str_eq(call_as("ada", "till.pay"), "ok");
	ck_assert_str_eq(call_as("ada", "till.pay"), "too_many_requests");
}
END_TEST

START_TEST(the_bucket_does_not_overflow)
{
	open_with("{\"pay\":{\"calls\":2,\"within_ms\":1000}}");
	ck_assert_str_eq(call_as("ada", "till.pay"), "ok");
	sp_testing_advance(testing, 100000);
	ck_assert_str_eq(call_as("ada", "till.pay"), "ok");
	ck_assert_str_eq(call_as("ada", "till.pay"), "ok");
	ck_assert_str_eq(call_as("ada", "till.pay"), "too_many_requests");
}
END_TEST

START_TEST(a_star_is_for_all_that_have_no_limit_of_their_own)
{
	open_with("{\"*\":{\"calls\":1,\"within_ms\":1000},\"count\":{\"calls\":2,\"within_ms\":1000}}");
	ck_assert_str_eq(call_as("ada", "till.pay"), "ok");
	ck_assert_str_eq(call_as("ada", "till.pay"), "too_many_requests");
	ck_assert_str_eq(call_as("ada", "till.count"), "ok");
	ck_assert_str_eq(call_as("ada", "till.count"), "ok");
	ck_assert_str_eq(call_as("ada", "till.count"), "too_many_requests");
}
END_TEST

START_TEST(a_limit_changes_live)
{
	open_with("{\"pay\":{\"calls\":1,\"within_ms\":1000}}");
	ck_assert_str_eq(call_as("ada", "till.pay"), "ok");
	ck_assert_str_eq(call_as("ada", "till.pay"), "too_many_requests");
	ck_assert_int_eq(sp_testing_set(testing, "policy.till.limits", "{}"), SP_OK);
	ck_assert_str_eq(call_as("ada", "till.pay"), "ok");
}
END_TEST

/* However many callers come, memory is bounded; who was forgotten begins with a full bucket. */
START_TEST(the_buckets_are_bounded)
{
	char name[32];

	open_with("{\"pay\":{\"calls\":1,\"within_ms\":1000000}}");
	ck_assert_str_eq(call_as("ada", "till.pay"), "ok");
	for (int i = 0; i < RATE_BUCKETS_MOST; i++) {
		snprintf(name, sizeof name, "caller-%d", i);
		call_as(name, "till.pay");
	}
	ck_assert_str_eq(call_as(name, "till.pay"), "too_many_requests");
	ck_assert_str_eq(call_as("ada", "till.pay"), "ok");
}
END_TEST

START_TEST(limits_are_judged)
{
	static const char *const wrong[] = { "1", "{\"pay\":1}", "{\"pay\":{\"calls\":1}}",
		"{\"pay\":{\"calls\":0,\"within_ms\":1}}", "{\"pay\":{\"calls\":1,\"within_ms\":-1}}",
		"{\"pay\":{\"calls\":1.5,\"within_ms\":1}}", "{\"pay\":{\"calls\":1,\"within_ms\":1,\"x\":1}}" };

	open_with("{}");
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		ck_assert_int_eq(sp_testing_set(testing, "policy.till.limits", wrong[i]), SP_INVALID);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_caller_has_so_many_calls), TEST(the_bucket_does_not_overflow),
		TEST(a_star_is_for_all_that_have_no_limit_of_their_own), TEST(a_limit_changes_live),
		TEST(the_buckets_are_bounded), TEST(limits_are_judged) };

	return run_suite(&SUITE(cases, "rate", .tear_down = tear_down));
}
