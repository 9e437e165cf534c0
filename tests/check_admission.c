/* check_admission.c: what a transport serves that is no runnable is judged as a call is (R-PR-4). */
#include "admission.h"
#include "calls_kit.h"
#include "gateway.h"
#include "runner.h"

#include <string.h>

SP_COMPONENT(guard, (provide, sp_auth));

static sp_status authenticate(const struct sp_auth *auth SP_UNUSED, const char *token SP_UNUSED,
	const struct sp_identity **ret_identity SP_UNUSED, struct sp_error *error)
{
	return sp_error_set(error, SP_UNAUTHENTICATED, "nobody is known");
}

static sp_status authorize(const struct sp_auth *auth SP_UNUSED, const struct sp_identity *identity,
	const struct sp_demand *demand, struct sp_error *error)
{
	ck_assert_str_eq(demand->address, "page.look");
	if (strcmp(identity->name, "ada") == 0)
		return SP_OK;
	return sp_error_set(error, *identity->name ? SP_FORBIDDEN : SP_UNAUTHENTICATED, "no");
}

SP_SERVICE(guard, sp_auth, .authenticate = authenticate, .authorize = authorize);

static struct built built_guard;
static sp_testing *testing;

static void set_up(void)
{
	testing = sp_testing_create(NULL);
	ck_assert_ptr_nonnull(testing);
}

static void tear_down(void)
{
	sp_testing_destroy(testing);
}

static sp_status admit(const char *name, const char *action)
{
	const struct sp_gateway *gateway = sp_kernel_gateway(sp_testing_kernel(testing));
	const struct sp_identity identity = { .struct_size = sizeof identity, .name = name };
	const struct sp_demand demand = { .struct_size = sizeof demand, .address = "page.look", .action = action };
	sp_status status = gateway->admit(gateway, SP_REST, name ? &identity : NULL, &demand, NULL);

	sp_testing_turn(testing);
	return status;
}

START_TEST(what_demands_nothing_is_open)
{
	ck_assert_int_eq(admit(NULL, NULL), SP_OK);
	ck_assert_int_eq(sp_testing_set(testing, "auth.required", "true"), SP_OK);
	ck_assert_int_eq(admit(NULL, NULL), SP_UNAUTHENTICATED);
	ck_assert_int_eq(admit("bob", NULL), SP_OK);
}
END_TEST

/* A name that a component has when it acts by itself is nobody's who comes from outside, whoever has found it out. */
START_TEST(nobody_comes_in_the_name_of_a_component)
{
	ck_assert_int_eq(admit("instance:page", NULL), SP_UNAUTHENTICATED);
	ck_assert_ptr_nonnull(strstr(sp_testing_events(testing, true), "call.denied"));
	ck_assert_int_eq(admit("instances", NULL), SP_OK);
}
END_TEST

START_TEST(without_a_provider_what_demands_is_closed)
{
	ck_assert_int_eq(admit("ada", "page.look"), SP_FORBIDDEN);
	ck_assert_ptr_nonnull(strstr(sp_testing_events(testing, true),
		"call.denied {\"address\":\"page.look\",\"caller\":\"ada\",\"transport\":\"rest\",\"code\":\"forbidden\"}"));
}
END_TEST

START_TEST(the_provider_decides)
{
	built_load(&built_guard, testing, &guard_component, NULL);
	ck_assert_int_eq(sp_testing_set(testing, "policy.page.audit", "true"), SP_OK);
	ck_assert_int_eq(admit("ada", "page.look"), SP_OK);
	ck_assert_ptr_nonnull(strstr(sp_testing_log(testing, true),
		"info page: audit: call caller=ada outcome=allowed address=page.look transport=rest"));
	ck_assert_int_eq(admit("bob", "page.look"), SP_FORBIDDEN);
	ck_assert_int_eq(admit(NULL, "page.look"), SP_UNAUTHENTICATED);
	ck_assert_ptr_nonnull(strstr(sp_testing_log(testing, true), "outcome=unauthenticated"));
}
END_TEST

/* Who is in already is asked about without a count or a record. */
static sp_status admit_still(const char *name, const char *action)
{
	const struct sp_gateway *gateway = sp_kernel_gateway(sp_testing_kernel(testing));
	const struct sp_identity identity = { .struct_size = sizeof identity, .name = name };
	const struct sp_demand demand = { .struct_size = sizeof demand, .address = "page.look", .action = action };

	return gateway->admits_still(gateway, SP_REST, name ? &identity : NULL, &demand, NULL);
}

START_TEST(who_is_in_is_judged_again_without_a_trace)
{
	ck_assert_int_eq(sp_testing_set(testing, "policy.page",
				 "{\"audit\":true,\"limits\":{\"look\":{\"calls\":1,\"within_ms\":1000}}}"),
		SP_OK);
	ck_assert_int_eq(admit_still("ada", "page.look"), SP_FORBIDDEN);
	built_load(&built_guard, testing, &guard_component, NULL);
	sp_testing_log(testing, true);
	sp_testing_events(testing, true);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(admit_still("ada", "page.look"), SP_OK);
	ck_assert_int_eq(admit_still("bob", "page.look"), SP_FORBIDDEN);
	ck_assert_int_eq(admit_still(NULL, "page.look"), SP_UNAUTHENTICATED);
	ck_assert_int_eq(admit_still(NULL, NULL), SP_OK);
	ck_assert_int_eq(admit_still("instance:page", NULL), SP_UNAUTHENTICATED);
	sp_testing_turn(testing);
	ck_assert_str_eq(sp_testing_log(testing, false), "");
	ck_assert_str_eq(sp_testing_events(testing, false), "");
	ck_assert_int_eq(sp_testing_set(testing, "auth.required", "true"), SP_OK);
	ck_assert_int_eq(admit_still(NULL, NULL), SP_UNAUTHENTICATED);
}
END_TEST

START_TEST(who_comes_too_often_is_refused)
{
	ck_assert_int_eq(sp_testing_set(testing, "policy.page.limits", "{\"look\":{\"calls\":1,\"within_ms\":1000}}"),
		SP_OK);
	ck_assert_int_eq(admit("ada", NULL), SP_OK);
	ck_assert_int_eq(admit("bob", NULL), SP_OK);
	ck_assert_int_eq(admit("ada", NULL), SP_TOO_MANY);
	sp_testing_advance(testing, 1000);
	ck_assert_int_eq(admit("ada", NULL), SP_OK);
}
END_TEST

START_TEST(a_token_stands_behind_bearer)
{
	ck_assert_str_eq(sp_auth_token("Bearer x"), "x");
	ck_assert_str_eq(sp_auth_token("bEARER   x y"), "x y");
	ck_assert_ptr_null(sp_auth_token("Bearer"));
	ck_assert_ptr_null(sp_auth_token("Bearer  "));
	ck_assert_ptr_null(sp_auth_token("Basic YTpi"));
	ck_assert_ptr_null(sp_auth_token(""));
	ck_assert_ptr_null(sp_auth_token(NULL));
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(what_demands_nothing_is_open),
		TEST(nobody_comes_in_the_name_of_a_component), TEST(without_a_provider_what_demands_is_closed),
		TEST(the_provider_decides), TEST(who_is_in_is_judged_again_without_a_trace),
		TEST(who_comes_too_often_is_refused), TEST(a_token_stands_behind_bearer) };

	return run_suite(&SUITE(cases, "admission", .set_up = set_up, .tear_down = tear_down));
}
