/* check_webhook.c: the example's routes, asked without a server. */
#include <check.h>
#include <signalpy/component.h>
#include <signalpy/testing.h>
#include <stdlib.h>
#include <string.h>

extern const struct sp_plugin signalpy_plugin;

static sp_testing *testing;

static void set_up(void)
{
	testing = sp_testing_create("{\"components\":{\"webhook\":{\"token\":\"s3cret\"}}}");
	ck_assert_ptr_nonnull(testing);
	ck_assert_ptr_nonnull(sp_testing_add(testing, &signalpy_plugin, NULL));
}

static void tear_down(void)
{
	sp_testing_destroy(testing);
}

/* The status that a sender is answered. */
static int send_to(const char *topic, const char *token, const char *body)
{
	const char *const parts[] = { "topic", topic, NULL }, *const fields[] = { "Webhook-Token", token, NULL };
	const struct sp_testing_request request = { .struct_size = sizeof request,
		.parts = parts,
		.fields = token ? fields : NULL,
		.body = { body, strlen(body) } };
	json_t *answer = sp_testing_request_new(testing, "webhook.take", &request);
	int status = (int)json_integer_value(json_object_get(answer, "status"));

	json_decref(answer);
	return status;
}

START_TEST(what_is_sent_becomes_an_event)
{
	const struct sp_testing_request request = { .struct_size = sizeof request };
	json_t *answer;

	ck_assert_int_eq(send_to("pushed", "s3cret", "{\"ref\":\"main\"}"), 202);
	ck_assert_str_eq(strstr(sp_testing_events(testing, false), "webhook.pushed"),
		"webhook.pushed {\"ref\":\"main\"}\n");
	answer = sp_testing_request_new(testing, "webhook.count", &request);
	ck_assert_str_eq(json_string_value(json_object_get(answer, "body")), "1\n");
	json_decref(answer);
}
END_TEST

static const struct {
	const char *topic, *token, *body;
	int status;
} wrong[] = {
	{ "pushed", NULL, "{}", 403 },
	{ "pushed", "", "{}", 403 },
	{ "pushed", "s3cre", "{}", 403 },
	{ "pushed", "s3crets3cret", "{}", 403 },
	{ "pushed", "S3cret", "{}", 403 },
	{ "Pushed.x", "s3cret", "{}", 404 },
	{ "pushed", "s3cret", "", 400 },
	{ "pushed", "s3cret", "[]", 400 },
	{ "pushed", "s3cret", "{", 400 },
};

START_TEST(what_is_wrong_is_refused)
{
	ck_assert_int_eq(send_to(wrong[_i].topic, wrong[_i].token, wrong[_i].body), wrong[_i].status);
	ck_assert_ptr_null(strstr(sp_testing_events(testing, false), "webhook."));
	ck_assert_ptr_null(strstr(sp_testing_log(testing, false), "s3cret"));
}
END_TEST

START_TEST(without_a_token_nobody_is_believed)
{
	ck_assert_int_eq(sp_testing_set(testing, "components.webhook.token", "null"), SP_OK);
	ck_assert_int_eq(send_to("pushed", "", "{}"), 403);
	ck_assert_int_eq(send_to("pushed", NULL, "{}"), 403);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("webhook");
	SRunner *runner = srunner_create(suite);
	TCase *tests = tcase_create("webhook");
	int failed;

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, what_is_sent_becomes_an_event);
	tcase_add_loop_test(tests, what_is_wrong_is_refused, 0, (int)(sizeof wrong / sizeof *wrong));
	tcase_add_test(tests, without_a_token_nobody_is_believed);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
