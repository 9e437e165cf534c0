/* check_audit.c: who was let in, and who was not, is told (R-PR-4). */
#include "audit.h"
#include "calls_kit.h"
#include "runner.h"

#include <signalpy/auth.h>
#include <string.h>

#define TRACE "0af7651916cd43dd8448eb211c80319c"

SP_COMPONENT(vault,
	(runnable, look, nothing, nothing, .action = "vault.look"),
	(runnable, ring, nothing, nothing));

SP_COMPONENT(guard, (provide, sp_auth));

static sp_status vault_look(struct vault *self SP_UNUSED)
{
	return SP_OK;
}

static sp_status vault_ring(struct vault *self)
{
	return sp_fail(self->rt, SP_FORBIDDEN, "not now");
}

static sp_status authenticate(const struct sp_auth *auth SP_UNUSED, const char *token SP_UNUSED,
	const struct sp_identity **ret_identity SP_UNUSED, struct sp_error *error)
{
	return sp_error_set(error, SP_UNAUTHENTICATED, "nobody is known");
}

static sp_status authorize(const struct sp_auth *auth SP_UNUSED, const struct sp_identity *identity,
	const struct sp_demand *demand SP_UNUSED, struct sp_error *error)
{
	if (strcmp(identity->name, "ada") == 0)
		return SP_OK;
	return sp_error_set(error, *identity->name ? SP_FORBIDDEN : SP_UNAUTHENTICATED, "no");
}

SP_SERVICE(guard, sp_auth, .authenticate = authenticate, .authorize = authorize);

static struct built built_vault, built_guard;
static sp_testing *testing;

static void open_with(const char *configuration)
{
	testing = sp_testing_create(configuration);
	ck_assert_ptr_nonnull(testing);
	built_load(&built_guard, testing, &guard_component, NULL);
	built_load(&built_vault, testing, &vault_component, NULL);
	sp_testing_events(testing, true);
	sp_testing_log(testing, true);
}

static void tear_down(void)
{
	sp_testing_destroy(testing);
}

static void call_as(const char *name, unsigned transport, const char *address)
{
	struct sp_identity identity = { .struct_size = sizeof identity, .name = name };
	struct called called;

	called_with(&called, testing,
		&(struct sp_request){ .struct_size = sizeof(struct sp_request),
			.address = address,
			.transport = transport,
			.identity = name ? &identity : NULL,
			.traceparent = "00-" TRACE "-b7ad6b7169203331-00" });
	sp_testing_turn(testing);
	called_finish(&called);
}

static void denied(const char *address, const char *caller, const char *transport, const char *code)
{
	const char *const words[] = { "call.denied", address, caller, transport, code };
	const char *told = sp_testing_events(testing, false);

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		ck_assert_msg(strstr(told, words[i]) != NULL, "%s is not in %s", words[i], told);
	sp_testing_events(testing, true);
}

START_TEST(a_denied_call_is_an_event)
{
	open_with("{\"policy\":{\"vault\":{\"limits\":{\"look\":{\"calls\":1,\"within_ms\":1000}}}}}");
	call_as("bob", SP_REST, "vault.look");
	denied("\"address\":\"vault.look\"", "\"caller\":\"bob\"", "\"transport\":\"rest\"", "\"code\":\"forbidden\"");
	call_as(NULL, SP_MCP, "vault.look");
	denied("\"address\":\"vault.look\"", "\"caller\":\"\"", "\"transport\":\"mcp\"",
		"\"code\":\"unauthenticated\"");
	call_as("ada", SP_CLI, "vault.look");
	ck_assert_str_eq(sp_testing_events(testing, true), "");
	call_as("ada", SP_CLI, "vault.look");
	denied("vault.look", "\"caller\":\"ada\"", "\"transport\":\"cli\"", "\"code\":\"too_many_requests\"");
	ck_assert_str_eq(sp_testing_log(testing, false), "");
}
END_TEST

/* A runnable's own refusal, and a call of what is not there, are no denials. */
START_TEST(other_failures_are_not)
{
	open_with("{\"policy\":{\"vault\":{\"audit\":true}}}");
	call_as("bob", SP_REST, "vault.ring");
	call_as("bob", SP_REST, "vault.gone");
	ck_assert_str_eq(sp_testing_events(testing, true), "");
	ck_assert_ptr_null(strstr(sp_testing_log(testing, false), "audit"));
}
END_TEST

START_TEST(an_audited_instance_keeps_a_record)
{
	open_with("{\"policy\":{\"vault\":{\"audit\":true}}}");
	call_as("ada", SP_REST, "vault.look");
	call_as("bob", SP_REST, "vault.look");
	ck_assert_str_eq(sp_testing_log(testing, true),
		"info vault: audit: call caller=ada outcome=allowed address=vault.look transport=rest trace_id=" TRACE
		"\n"
		"info vault: audit: call caller=bob outcome=forbidden address=vault.look transport=rest trace_id=" TRACE
		"\n");
	ck_assert_int_eq(sp_testing_set(testing, "policy.vault.audit", "false"), SP_OK);
	call_as("ada", SP_REST, "vault.look");
	ck_assert_str_eq(sp_testing_log(testing, true), "");
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_denied_call_is_an_event), TEST(other_failures_are_not),
		TEST(an_audited_instance_keeps_a_record) };

	return run_suite(&SUITE(cases, "audit", .tear_down = tear_down));
}
