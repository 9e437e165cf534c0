/* check_auth_plugin.c: the plugin auth: who bears a token, and what roles may do (R-PR-4). links: signalpy */
#include "runner.h"
#include "temporary_directory.h"

#include <dlfcn.h>
#include <signalpy/auth.h>
#include <signalpy/component.h>
#include <signalpy/testing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* clang-format off */
SP_RECORD(visit, (string, token), (string, action), (string, role));
SP_COMPONENT(door,
	(one, sp_auth, auth),
	(runnable, enter, visit, nothing));
/* clang-format on */

static const char *given(const char *text)
{
	return text && *text ? text : NULL;
}

static sp_status door_enter(struct door *self, const struct visit *in)
{
	static const struct sp_identity nobody = { .struct_size = sizeof nobody, .name = "" };
	const struct sp_demand demand = { sizeof demand, "vault.open", given(in->action), given(in->role) };
	const struct sp_auth *auth = sp_peek(self->auth);
	const struct sp_identity *identity = &nobody;
	struct sp_error error = { 0 };
	sp_status status = SP_OK;

	if (given(in->token))
		status = auth->authenticate(auth, in->token, &identity, &error);
	if (status == SP_OK && (demand.action || demand.role))
		status = auth->authorize(auth, identity, &demand, &error);
	return status == SP_OK ? SP_OK : sp_fail(self->rt, status, "%s", error.message);
}

static const struct sp_plugin house = { { SP_ABI_MAJOR, sizeof(struct sp_plugin) }, "house", "1.0.0",
	(const struct sp_component *const[]){ &door_component, NULL } };

/* SHA-256 of "swordfish". */
#define SWORDFISH "b9f195c5cc7ef6afadbfbc42892ad47d3b24c6bc94bb510c4564a90a14e8b799"

static sp_testing *testing;
static sp_plugin_handle *auth;

static const struct sp_plugin *auth_plugin(void)
{
	void *library = dlopen(TEST_BUILD_DIR "/lib/signalpy/plugins/auth.so", RTLD_NOW | RTLD_LOCAL);

	ck_assert_msg(library != NULL, "%s", dlerror());
	return dlsym(library, "signalpy_plugin");
}

static void set_up(void)
{
	testing = sp_testing_create(
		"{\"auth\":{\"tokens\":{\"ada\":{\"sha256\":\"" SWORDFISH "\",\"roles\":[\"editor\",\"keeper\"]}},"
		"\"roles\":{\"editor\":[\"orders.*\"],\"admin\":[\"*\"]}}}");
	ck_assert_ptr_nonnull(testing);
	auth = sp_testing_add(testing, auth_plugin(), NULL);
	ck_assert_ptr_nonnull(auth);
	ck_assert_ptr_nonnull(sp_testing_add(testing, &house, NULL));
	ck_assert_str_eq(sp_testing_state(testing, "door"), "active");
}

static void tear_down(void)
{
	sp_testing_destroy(testing);
}

/* "ok", or the word of the error; until the next. */
static const char *enter(const char *token, const char *action, const char *role)
{
	static char code[64];
	json_t *params = json_pack("{s:s, s:s, s:s}", "token", token, "action", action, "role", role);
	char *text = json_dumps(params, 0);
	json_t *answer = sp_testing_call_new(testing, "door.enter", text);
	const json_t *word = json_object_get(json_object_get(answer, "error"), "code");

	snprintf(code, sizeof code, "%s", word ? json_string_value(word) : "ok");
	json_decref(answer);
	json_decref(params);
	free(text);
	return code;
}

static const struct {
	const char *token, *action, *role, *outcome;
} visits[] = {
	{ "swordfish", "", "", "ok" },
	{ "", "", "", "ok" },
	{ "sword", "", "", "unauthenticated" },
	{ "swordfish2", "", "", "unauthenticated" },
	{ SWORDFISH, "", "", "unauthenticated" },
	{ "a.b.c", "", "", "unauthenticated" },
	{ "swordfish", "orders.read", "", "ok" },
	{ "swordfish", "orders", "", "forbidden" },
	{ "swordfish", "users.read", "", "forbidden" },
	{ "swordfish", "", "keeper", "ok" },
	{ "swordfish", "", "admin", "forbidden" },
	{ "swordfish", "orders.read", "admin", "forbidden" },
	{ "swordfish", "users.read", "keeper", "forbidden" },
	{ "", "orders.read", "", "unauthenticated" },
};

START_TEST(a_token_has_a_name_and_roles)
{
	ck_assert_str_eq(enter(visits[_i].token, visits[_i].action, visits[_i].role), visits[_i].outcome);
}
END_TEST

START_TEST(settings_work_at_once)
{
	ck_assert_str_eq(enter("swordfish", "users.read", ""), "forbidden");
	ck_assert_int_eq(sp_testing_set(testing, "auth.roles.keeper", "[\"users.read\"]"), SP_OK);
	ck_assert_str_eq(enter("swordfish", "users.read", ""), "ok");
	ck_assert_int_eq(sp_testing_set(testing, "auth.tokens.ada", "null"), SP_OK);
	ck_assert_str_eq(enter("swordfish", "", ""), "unauthenticated");
}
END_TEST

static const struct {
	const char *path, *value;
} wrong[] = {
	{ "auth.tokens", "[]" },
	{ "auth.tokens.bob", "\"swordfish\"" },
	{ "auth.tokens.bob", "{\"sha256\":\"swordfish\"}" },
	{ "auth.tokens.bob", "{\"sha256\":\"" SWORDFISH "0\"}" },
	{ "auth.tokens.bob", "{\"sha256\":\"" SWORDFISH "\",\"role\":[]}" },
	{ "auth.tokens.bob", "{\"sha256\":\"" SWORDFISH "\",\"roles\":\"admin\"}" },
	{ "auth.tokens.bob", "{\"sha256\":\"" SWORDFISH "\",\"roles\":[\"the admin\"]}" },
	{ "auth.tokens", "{\"\":{\"sha256\":\"" SWORDFISH "\"}}" },
	{ "auth.tokens", "{\"instance:door\":{\"sha256\":\"" SWORDFISH "\"}}" },
	{ "auth.tokens", "{\"the bob\":{\"sha256\":\"" SWORDFISH "\"}}" },
	{ "auth.local.users", "[]" },
	{ "auth.local.users.ada", "\"editor\"" },
	{ "auth.local.groups.ops", "{\"editor\":true}" },
	{ "auth.local.people", "{}" },
	{ "auth.roles", "7" },
	{ "auth.roles.admin", "\"*\"" },
	{ "auth.roles.admin", "[7]" },
	{ "auth.jwt.keys", "{\"a\":{\"algorithm\":\"none\"}}" },
	{ "auth.jwt", "{\"keys\":{\"a\":{\"algorithm\":\"HS256\",\"secret\":\"0123456789abcdef0123456789abcdef\"}}}" },
	{ "auth.jwt",
		"{\"issuer\":\"i\",\"keys\":{\"a\":{\"algorithm\":\"HS256\",\"secret\":"
		"\"0123456789abcdef0123456789abcdef\"}}}" },
	{ "auth.jwt.leeway_s", "601" },
	{ "auth.required", "1" },
};

/* R-CF-3: what is wrong is refused, and what was before stays. */
START_TEST(wrong_settings_are_refused)
{
	ck_assert_int_eq(sp_testing_set(testing, wrong[_i].path, wrong[_i].value), SP_INVALID);
	ck_assert_str_eq(enter("swordfish", "orders.read", ""), "ok");
	ck_assert_str_eq(sp_testing_state(testing, "auth"), "active");
}
END_TEST

/* The claims are signed with HS256 by the secret in the test below, and expire in 2100. */
START_TEST(a_jwt_brings_its_roles)
{
	static const char token[] =
		"eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkIiwiYXVkIjoiYXBpIiwic3ViIjoiYm9iIiwiZXhwIjo0MTAyNDQ0ODAwLCJzY29wZSI6InJlYWRlciBlZGl0b3IifQ.QK7A3QY2sMZvoCbCF9cWUaaRkk4coRJswxQ8ChGQmxA";

	ck_assert_str_eq(enter(token, "orders.read", ""), "unauthenticated");
	ck_assert_int_eq(
		sp_testing_set(testing, "auth.jwt",
			"{\"issuer\":\"https://id\",\"audience\":\"api\",\"roles_claim\":\"scope\",\"keys\":{\"a\":{"
			"\"algorithm\":\"HS256\",\"secret\":\"0123456789abcdef0123456789abcdef\"}}}"),
		SP_OK);
	ck_assert_str_eq(enter(token, "orders.read", ""), "ok");
	ck_assert_str_eq(enter(token, "", "reader"), "ok");
	ck_assert_str_eq(enter(token, "", "admin"), "forbidden");
	ck_assert_int_eq(sp_testing_set(testing, "auth.jwt.audience", "\"web\""), SP_OK);
	ck_assert_str_eq(enter(token, "orders.read", ""), "unauthenticated");
}
END_TEST

/* Signed by the secret of the test above, and of another. */
static const char first_secret[] = "0123456789abcdef0123456789abcdef",
		  other_secret[] = "fedcba9876543210fedcba9876543210";

/* Enters until the outcome is as expected: a file is looked at once a second. */
static void enter_until(const char *token, const char *outcome)
{
	time_t end = time(NULL) + 20;

	while (strcmp(enter(token, "", ""), outcome) != 0 && time(NULL) < end)
		continue;
	ck_assert_str_eq(enter(token, "", ""), outcome);
}

/* A key that is exchanged for another works without anybody's doing; what is no key changes nothing. */
START_TEST(a_file_of_a_key_is_read_again)
{
	static const char token[] =
		"eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkIiwiYXVkIjoiYXBpIiwic3ViIjoiYm9iIiwiZXhwIjo0MTAyNDQ0ODAwLCJzY29wZSI6InJlYWRlciBlZGl0b3IifQ.QK7A3QY2sMZvoCbCF9cWUaaRkk4coRJswxQ8ChGQmxA";
	struct temporary_directory directory;
	char path[160], section[512];

	temporary_directory_init(&directory);
	snprintf(path, sizeof path, "%s/key", directory.path);
	temporary_exchange(path, first_secret);
	snprintf(section, sizeof section,
		"{\"issuer\":\"https://id\",\"audience\":\"api\",\"keys\":{\"a\":{\"algorithm\":\"HS256\",\"file\":\"%s\"}}}",
		path);
	ck_assert_int_eq(sp_testing_set(testing, "auth.jwt", section), SP_OK);
	ck_assert_str_eq(enter(token, "", ""), "ok");
	temporary_exchange(path, other_secret);
	enter_until(token, "unauthenticated");
	temporary_exchange(path, first_secret);
	enter_until(token, "ok");
	sp_testing_log(testing, true);
	temporary_exchange(path, "short");
	while (!strstr(sp_testing_log(testing, false), "is not used"))
		ck_assert_str_eq(enter(token, "", ""), "ok");
	ck_assert_ptr_null(strstr(sp_testing_log(testing, false), "0123456789"));
	temporary_directory_finish(&directory);
}
END_TEST

/* R-PR-4: with settings that are wrong from the beginning nobody is let in, be there a token that is right; they need
 * not be loaded again when they were mended, nor when a file that was missing has come. */
static const struct {
	const char *settings, *path, *mended;
} faults[] = {
	{ "\"roles\":{\"admin\":\"*\"}", "auth.roles.admin", "[\"*\"]" },
	{ "\"local\":{\"users\":[]}", "auth.local.users", "{}" },
	{ "\"jwt\":{\"keys\":{\"a\":{\"algorithm\":\"none\"}}}", "auth.jwt.keys", "{}" },
	{ "\"jwt\":{\"issuer\":\"i\",\"audience\":\"a\",\"keys\":{\"a\":{\"algorithm\":\"HS256\",\"file\":\"%s\"}}}",
		NULL, NULL },
};

static void open_anew(const char *format, const char *path)
{
	char settings[512], configuration[768];

	snprintf(settings, sizeof settings, format, path);
	snprintf(configuration, sizeof configuration,
		"{\"auth\":{\"tokens\":{\"ada\":{\"sha256\":\"" SWORDFISH "\",\"roles\":[\"keeper\"]}},%s}}", settings);
	sp_testing_destroy(testing);
	testing = sp_testing_create(configuration);
	ck_assert_ptr_nonnull(testing);
	ck_assert_ptr_nonnull(sp_testing_add(testing, auth_plugin(), NULL));
	ck_assert_ptr_nonnull(sp_testing_add(testing, &house, NULL));
}

START_TEST(settings_that_are_wrong_let_nobody_in)
{
	struct temporary_directory directory;
	const char *path;

	temporary_directory_init(&directory);
	path = temporary_path(&directory, "key");
	open_anew(faults[_i].settings, path);
	ck_assert_str_eq(enter("swordfish", "", ""), "unauthenticated");
	ck_assert_str_eq(enter("", "", "keeper"), "unauthenticated");
	ck_assert_ptr_nonnull(strstr(sp_testing_log(testing, true), "read_settings failed"));
	if (faults[_i].path)
		ck_assert_int_eq(sp_testing_set(testing, faults[_i].path, faults[_i].mended), SP_OK);
	else
		temporary_exchange(path, first_secret);
	enter_until("swordfish", "ok");
	ck_assert_str_eq(enter("swordfish", "", "keeper"), "ok");
	ck_assert_ptr_null(strstr(sp_testing_log(testing, true), "failed"));
	temporary_directory_finish(&directory);
}
END_TEST

/* Whoever guesses is heard of, and what is guessed is not. */
START_TEST(a_token_that_is_refused_is_an_event)
{
	sp_testing_events(testing, true);
	ck_assert_str_eq(enter("swordfish", "", ""), "ok");
	ck_assert_ptr_null(strstr(sp_testing_events(testing, false), "auth.refused"));
	ck_assert_str_eq(enter("pike", "", ""), "unauthenticated");
	ck_assert_ptr_nonnull(
		strstr(sp_testing_events(testing, false), "auth.refused {\"reason\":\"the token is not known\"}"));
	ck_assert_ptr_null(strstr(sp_testing_events(testing, true), "pike"));
}
END_TEST

/* R-PL-5: the new one serves when the old one does no more, and knows who may come. */
START_TEST(a_replacement_knows_everybody_at_once)
{
	struct sp_error error = { .message = "" };

	ck_assert_int_eq(sp_testing_replace(testing, &auth, auth_plugin(), &error), SP_OK);
	ck_assert_str_eq(enter("swordfish", "orders.read", ""), "ok");
	ck_assert_str_eq(enter("pike", "", ""), "unauthenticated");
}
END_TEST

static json_t *made_new(const char *params)
{
	json_t *answer = sp_testing_call_new(testing, "auth.new", params);
	json_t *data = json_incref(json_object_get(answer, "data"));

	json_decref(answer);
	return data;
}

/* A token is made once, works when its configuration is set, and is written nowhere. */
START_TEST(a_token_is_made)
{
	json_t *made = made_new("{\"name\":\"ci\",\"role\":[\"admin\"]}");
	json_t *other = made_new("{\"name\":\"ci\",\"role\":[\"admin\"]}");
	const char *token = json_string_value(json_object_get(made, "token"));
	const char *command = json_string_value(json_object_get(made, "configure"));
	char value[256] = "";

	ck_assert_ptr_nonnull(token);
	ck_assert_uint_eq(strlen(token), 3 + 43);
	ck_assert_str_ne(token, json_string_value(json_object_get(other, "token")));
	ck_assert_int_eq(sscanf(command, "signalctl config set auth.tokens.ci '%255[^']'", value), 1);
	ck_assert_ptr_null(strstr(command, token));
	ck_assert_str_eq(enter(token, "users.read", ""), "unauthenticated");
	ck_assert_int_eq(sp_testing_set(testing, "auth.tokens.ci", value), SP_OK);
	ck_assert_str_eq(enter(token, "users.read", ""), "ok");
	ck_assert_ptr_null(strstr(sp_testing_log(testing, false), token));
	ck_assert_ptr_null(strstr(sp_testing_events(testing, false), token));
	json_decref(made);
	json_decref(other);
}
END_TEST

START_TEST(a_token_needs_a_name_that_can_be_written)
{
	ck_assert_ptr_null(made_new("{}"));
	ck_assert_ptr_null(made_new("{\"name\":\"a.b\"}"));
	ck_assert_ptr_null(made_new("{\"name\":\"ci\",\"role\":[\"it's\"]}"));
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_token_has_a_name_and_roles, .times = sizeof visits / sizeof *visits),
		TEST(settings_work_at_once), TEST(wrong_settings_are_refused, .times = sizeof wrong / sizeof *wrong),
		TEST(a_jwt_brings_its_roles), TEST(a_file_of_a_key_is_read_again), TEST(a_token_is_made),
		TEST(settings_that_are_wrong_let_nobody_in, .times = sizeof faults / sizeof *faults),
		TEST(a_token_that_is_refused_is_an_event), TEST(a_replacement_knows_everybody_at_once),
		TEST(a_token_needs_a_name_that_can_be_written) };

	return run_suite(&SUITE(cases, "auth plugin", .set_up = set_up, .tear_down = tear_down));
}
