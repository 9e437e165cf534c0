/* check_identity.c: in whose name a call is made, and whether it may be (R-RN-7, R-PR-4). */
#include "calls_kit.h"
#include "runner.h"

#include <signalpy/auth.h>
#include <stdio.h>
#include <string.h>

SP_COMPONENT(vault,
	(runnable, look, nothing, nothing, .action = "vault.look"),
	(later,    enter, nothing, nothing, .role = "keeper"),
	(runnable, ring, nothing, nothing));

SP_COMPONENT(visitor,
	(one,      sp_gateway, gateway),
	(later,    visit, nothing, nothing),
	(timer,    stroll, .every_ms = 1000));

SP_COMPONENT(guard,
	(provide, sp_auth));

static char seen[256];

static void note_outcome(void *user, const struct sp_answer *answer)
{
	if (user)
		sp_finish((sp_call *)user, answer->status);
	else
		snprintf(seen, sizeof seen, "%s", answer->code ? answer->code : "ok");
}

static void look(struct visitor *self, sp_call *call)
{
	const struct sp_gateway *gateway = sp_peek(self->gateway);
	struct sp_request request = { .struct_size = sizeof request,
		.address = "vault.look",
		.done = note_outcome,
		.user = call };

	gateway->call(gateway, &request, NULL);
}

static sp_status visitor_visit(struct visitor *self, sp_call *call)
{
	look(self, call);
	return SP_LATER;
}

static sp_status visitor_stroll(struct visitor *self)
{
	look(self, NULL);
	return SP_OK;
}

static sp_status vault_look(struct vault *self SP_UNUSED)
{
	return SP_OK;
}

static sp_status vault_enter(struct vault *self SP_UNUSED, sp_call *call)
{
	snprintf(seen, sizeof seen, "%s", sp_caller(call));
	return SP_OK;
}

static sp_status vault_ring(struct vault *self SP_UNUSED)
{
	return SP_OK;
}

static sp_status authenticate(const struct sp_auth *auth SP_UNUSED, const char *token SP_UNUSED,
	const struct sp_identity **ret_identity SP_UNUSED, struct sp_error *error)
{
	return sp_error_set(error, SP_UNAUTHENTICATED, "nobody is known");
}

/* Whoever has the role may do anything; the demand and the caller are noted. */
static sp_status authorize(const struct sp_auth *auth, const struct sp_identity *identity,
	const struct sp_demand *demand, struct sp_error *error)
{
	ck_assert_ptr_nonnull(auth->service.self);
	snprintf(seen, sizeof seen, "%s %s %s %s", identity->name, demand->address,
		demand->action ? demand->action : "-", demand->role ? demand->role : "-");
	if (!identity->name[0])
		return sp_error_set(error, SP_UNAUTHENTICATED, "who are you?");
	for (const char *const *role = identity->roles; role && *role; role++)
		if (strcmp(*role, "keeper") == 0)
			return SP_OK;
	return sp_error_set(error, SP_FORBIDDEN, "%s is no keeper", identity->name);
}

SP_SERVICE(guard, sp_auth, .authenticate = authenticate, .authorize = authorize);

static struct built built_vault, built_guard, built_visitor;
static sp_testing *testing;

static void set_up(void)
{
	testing = sp_testing_create(NULL);
	built_load(&built_vault, testing, &vault_component, NULL);
	seen[0] = '\0';
}

static void tear_down(void)
{
	sp_testing_destroy(testing);
}

static const char *call_as(const char *name, const char *role, const char *address)
{
	static struct called called;
	const char *roles[] = { role, NULL };
	struct sp_identity identity = { .struct_size = sizeof identity, .name = name, .roles = roles };

	called_with(&called, testing,
		&(struct sp_request){ .struct_size = sizeof(struct sp_request),
			.address = address,
			.transport = SP_REST,
			.identity = name ? &identity : NULL });
	memset(roles, 0, sizeof roles); /* what stays was copied */
	sp_testing_turn(testing);
	called_finish(&called);
	return called.status == SP_OK ? "ok" : called.code;
}

START_TEST(without_a_provider_nobody_may) /* R-PR-4 */
{
	ck_assert_str_eq(call_as("ada", "keeper", "vault.look"), "forbidden");
	ck_assert_str_eq(call_as("ada", "keeper", "vault.enter"), "forbidden");
	ck_assert_str_eq(call_as("ada", "keeper", "vault.ring"), "ok");
}
END_TEST

START_TEST(the_provider_is_asked)
{
	built_load(&built_guard, testing, &guard_component, NULL);
	ck_assert_str_eq(call_as("ada", "keeper", "vault.look"), "ok");
	ck_assert_str_eq(seen, "ada vault.look vault.look -");
	ck_assert_str_eq(call_as("bob", "clerk", "vault.enter"), "forbidden");
	ck_assert_str_eq(seen, "bob vault.enter - keeper");
	ck_assert_str_eq(call_as(NULL, NULL, "vault.look"), "unauthenticated");
	ck_assert_str_eq(seen, " vault.look vault.look -");
	seen[0] = '\0';
	ck_assert_str_eq(call_as(NULL, NULL, "vault.ring"), "ok");
	ck_assert_str_eq(seen, "");
	ck_assert_str_eq(call_as("ada", "keeper", "vault.enter"), "ok");
	ck_assert_str_eq(seen, "ada");
}
END_TEST

START_TEST(when_the_provider_goes_nobody_may_any_more) /* R-PR-4 */
{
	sp_plugin_handle *guard = built_load(&built_guard, testing, &guard_component, NULL);

	ck_assert_str_eq(call_as("ada", "keeper", "vault.look"), "ok");
	sp_testing_remove(testing, guard);
	ck_assert_str_eq(call_as("ada", "keeper", "vault.look"), "forbidden");
}
END_TEST

START_TEST(a_call_between_components_is_made_for_the_caller) /* R-RN-7 */
{
	built_load(&built_guard, testing, &guard_component, NULL);
	built_load(&built_visitor, testing, &visitor_component, NULL);
	ck_assert_str_eq(call_as("ada", "keeper", "visitor.visit"), "ok");
	ck_assert_str_eq(seen, "ada vault.look vault.look -");
	ck_assert_str_eq(call_as("bob", "clerk", "visitor.visit"), "forbidden");
}
END_TEST

START_TEST(what_acts_by_itself_has_a_name_of_its_own) /* R-RN-7 */
{
	built_load(&built_guard, testing, &guard_component, NULL);
	built_load(&built_visitor, testing, &visitor_component, NULL);
	sp_testing_advance(testing, 1000);
	ck_assert_str_eq(seen, "forbidden");
}
END_TEST

/* Also without a provider, and whatever is written there that is not false. */
START_TEST(an_identity_may_be_required)
{
	ck_assert_int_eq(sp_testing_set(testing, "auth", "{\"required\":true}"), SP_OK);
	ck_assert_str_eq(call_as(NULL, NULL, "vault.ring"), "unauthenticated");
	ck_assert_str_eq(call_as("", NULL, "vault.ring"), "unauthenticated");
	ck_assert_str_eq(call_as("ada", NULL, "vault.ring"), "ok");
	ck_assert_str_eq(call_code(testing, "vault.ring", "{}"), "ok");
	ck_assert_int_eq(sp_testing_set(testing, "auth", "{\"required\":\"no\"}"), SP_OK);
	ck_assert_str_eq(call_as(NULL, NULL, "vault.ring"), "unauthenticated");
	ck_assert_int_eq(sp_testing_set(testing, "auth", "{\"required\":false}"), SP_OK);
	ck_assert_str_eq(call_as(NULL, NULL, "vault.ring"), "ok");
}
END_TEST

static sp_status admit(const char *name)
{
	const struct sp_gateway *gateway = sp_kernel_gateway(sp_testing_kernel(testing));
	struct sp_identity identity = { .struct_size = sizeof identity, .name = name };
	struct sp_error error = { .code = SP_OK };
	const struct sp_demand demand = { .struct_size = sizeof demand, .address = "mcp" };
	sp_status status = gateway->admit(gateway, SP_MCP, name ? &identity : NULL, &demand, &error);

	ck_assert_int_eq(error.code, status);
	return status;
}

/* Before anything is called, too: what there is is not told to everybody then. */
START_TEST(nobody_is_shown_what_there_is_when_an_identity_is_required)
{
	ck_assert_int_eq(admit(NULL), SP_OK);
	ck_assert_int_eq(sp_testing_set(testing, "auth", "{\"required\":true}"), SP_OK);
	ck_assert_int_eq(admit(NULL), SP_UNAUTHENTICATED);
	ck_assert_int_eq(admit(""), SP_UNAUTHENTICATED);
	ck_assert_int_eq(admit("ada"), SP_OK);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(without_a_provider_nobody_may), TEST(the_provider_is_asked),
		TEST(when_the_provider_goes_nobody_may_any_more),
		TEST(a_call_between_components_is_made_for_the_caller), TEST(what_acts_by_itself_has_a_name_of_its_own),
		TEST(an_identity_may_be_required), TEST(nobody_is_shown_what_there_is_when_an_identity_is_required) };

	return run_suite(&SUITE(cases, "identity", .set_up = set_up, .tear_down = tear_down));
}
