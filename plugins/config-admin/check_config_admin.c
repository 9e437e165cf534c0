/* check_config_admin.c: configurations by PID are pushed, kept, guarded, and make and end instances (R-CF-5). */
#include <check.h>
#include <signalpy/component.h>
#include <signalpy/config_admin.h>
#include <signalpy/testing.h>
#include <stdlib.h>
#include <string.h>

/* The plugin under test; those of this file are put together below. */
extern const struct sp_plugin signalpy_plugin;

/* clang-format off */
SP_RECORD(mail, (integer, port, .otherwise = 25, .max = 65535));
SP_RECORD(seen, (integer, port), (integer, runs));
SP_COMPONENT(mailer,
	(about, "delivers", .on_demand = true),
	(settings, mail, settings),
	(member, int, runs),
	(effect, follow),
	(runnable, look, nothing, seen));
SP_COMPONENT(clerk, (settings, mail, settings), (effect, follow), (member, int, runs), (runnable, look, nothing, seen));

SP_RECORD(order, (string, pid, .otherwise = ""), (any, settings), (string, factory));
SP_RECORD(outcome, (any, value), (integer, status), (string, message), (string, pointer));
SP_COMPONENT(janitor,
	(one, sp_config_admin, admin),
	(runnable, update, order, outcome),
	(runnable, remove, order, outcome),
	(runnable, get, order, outcome),
	(runnable, list, order, outcome));
/* clang-format on */

static sp_status mailer_follow(struct mailer *self)
{
	self->runs++;
	return sp_get(self->settings.port) ? SP_OK : SP_FAILED;
}

static sp_status mailer_look(struct mailer *self, struct seen *out)
{
	*out = (struct seen){ .port = sp_get(self->settings.port), .runs = self->runs };
	return SP_OK;
}

static sp_status clerk_follow(struct clerk *self)
{
	self->runs++;
	return sp_get(self->settings.port) ? SP_OK : SP_FAILED;
}

static sp_status clerk_look(struct clerk *self, struct seen *out)
{
	*out = (struct seen){ .port = sp_get(self->settings.port), .runs = self->runs };
	return SP_OK;
}

static sp_status told(struct janitor *self, struct outcome *out, sp_status status, const struct sp_error *error)
{
	out->status = status;
	out->message = status == SP_OK ? "" : sp_format(self->rt, "%s", error->message);
	out->pointer = status == SP_OK ? "" : sp_format(self->rt, "%s", error->pointer);
	return SP_OK;
}

static sp_status janitor_update(struct janitor *self, const struct order *in, struct outcome *out)
{
	const struct sp_config_admin *admin = sp_get(self->admin);
	struct sp_error error = { 0 };

	return told(self, out, admin->update(admin, in->pid, in->settings, &error), &error);
}

static sp_status janitor_remove(struct janitor *self, const struct order *in, struct outcome *out)
{
	const struct sp_config_admin *admin = sp_get(self->admin);
	struct sp_error error = { 0 };

	return told(self, out, admin->remove(admin, in->pid, &error), &error);
}

static sp_status janitor_get(struct janitor *self, const struct order *in, struct outcome *out)
{
	const struct sp_config_admin *admin = sp_get(self->admin);

	out->value = json_incref((json_t *)admin->get(admin, in->pid));
	return SP_OK;
}

static sp_status janitor_list(struct janitor *self, const struct order *in, struct outcome *out)
{
	const struct sp_config_admin *admin = sp_get(self->admin);

	out->value = admin->list(admin, in->factory);
	return SP_OK;
}

static const struct sp_plugin office = { { SP_ABI_MAJOR, sizeof(struct sp_plugin) }, "office", "1.0.0",
	(const struct sp_component *const[]){ &mailer_component, &clerk_component, &janitor_component, NULL } };

static const char allowed[] =
	"{\"policy\": {\"config-admin\": {\"configure\": [\"components.*\", \"instances.*\"]}, \"janitor\": {\"configure\": "
	"[\"components.*\", \"instances.*\"]}}}";

static sp_testing *begin(const char *configuration)
{
	sp_testing *testing = sp_testing_create(configuration);

	ck_assert_ptr_nonnull(testing);
	ck_assert_ptr_nonnull(sp_testing_add(testing, &signalpy_plugin, NULL));
	ck_assert_ptr_nonnull(sp_testing_add(testing, &office, NULL));
	return testing;
}

/* Has the janitor do something; one member of what came of it as text, until the next. */
static const char *ask(sp_testing *testing, const char *address, const char *params, const char *member)
{
	static char text[512];
	json_t *answer = sp_testing_call_new(testing, address, params);
	const json_t *value = json_object_get(json_object_get(answer, "data"), member);
	char *written = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS) : NULL;

	ck_assert_msg(json_is_true(json_object_get(answer, "ok")), "%s failed", address);
	snprintf(text, sizeof text, "%s", written ? written : "");
	free(written);
	json_decref(answer);
	return text;
}

static const char *update(sp_testing *testing, const char *params)
{
	return ask(testing, "janitor.update", params, "message");
}

START_TEST(a_managed_service_is_configured)
{
	sp_testing *testing = begin(allowed);

	ck_assert_str_eq(ask(testing, "clerk.look", NULL, "port"), "25"); /* pushed at registration */
	ck_assert_str_eq(ask(testing, "janitor.get", "{\"pid\": \"clerk\"}", "value"), "");
	ck_assert_str_eq(update(testing, "{\"pid\": \"clerk\", \"settings\": {\"port\": 7}}"), "\"\"");
	ck_assert_str_eq(ask(testing, "clerk.look", NULL, "port"), "7");
	ck_assert_str_eq(ask(testing, "clerk.look", NULL, "runs"), "2");
	ck_assert_str_eq(ask(testing, "janitor.get", "{\"pid\": \"clerk\"}", "value"), "{\"port\":7}");
	ck_assert_str_eq(ask(testing, "janitor.list", "{}", "value"), "[\"clerk\"]");
	ck_assert_str_eq(ask(testing, "janitor.remove", "{\"pid\": \"clerk\"}", "status"), "0");
	ck_assert_str_eq(ask(testing, "clerk.look", NULL, "port"), "25"); /* and on deletion */
	ck_assert_str_eq(ask(testing, "janitor.remove", "{\"pid\": \"clerk\"}", "message"),
		"\"there is no configuration clerk\"");
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(a_factory_has_an_instance_for_each_pid)
{
	sp_testing *testing = begin(allowed);

	ck_assert_str_eq(update(testing, "{\"pid\": \"mailer~eu\", \"settings\": {\"port\": 7}}"), "\"\"");
	ck_assert_str_eq(update(testing, "{\"pid\": \"mailer~us\", \"settings\": {}}"), "\"\"");
	ck_assert_str_eq(ask(testing, "eu.look", NULL, "port"), "7");
	ck_assert_str_eq(ask(testing, "us.look", NULL, "port"), "25");
	ck_assert_str_eq(ask(testing, "janitor.list", "{\"factory\": \"mailer\"}", "value"),
		"[\"mailer~eu\",\"mailer~us\"]");
	ck_assert_str_eq(update(testing, "{\"pid\": \"mailer~eu\", \"settings\": {\"port\": 8}}"), "\"\"");
	ck_assert_str_eq(ask(testing, "eu.look", NULL, "runs"), "2"); /* the same instance */
	ck_assert_str_eq(ask(testing, "janitor.get", "{\"pid\": \"mailer~eu\"}", "value"), "{\"port\":8}");
	ck_assert_str_eq(ask(testing, "janitor.get", "{\"pid\": \"clerk~eu\"}", "value"), "");
	ck_assert_str_eq(ask(testing, "janitor.remove", "{\"pid\": \"mailer~eu\"}", "status"), "0");
	ck_assert_str_eq(sp_testing_state(testing, "eu"), "");
	ck_assert_str_eq(sp_testing_state(testing, "us"), "active");
	ck_assert_str_eq(ask(testing, "janitor.list", "{\"factory\": \"mailer\"}", "value"), "[\"mailer~us\"]");
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(what_is_wrong_changes_nothing)
{
	sp_testing *testing = begin(allowed);

	ck_assert_ptr_nonnull(strstr(update(testing, "{\"pid\": \"clerk\", \"settings\": {\"port\": 70000}}"), "port"));
	ck_assert_ptr_nonnull(strstr(update(testing, "{\"pid\": \"mailer~eu\", \"settings\": {\"prt\": 7}}"), "prt"));
	ck_assert_str_eq(sp_testing_state(testing, "eu"), "");
	ck_assert_str_eq(update(testing, "{\"pid\": \"clerk\", \"settings\": 7}"),
		"\"the settings of clerk must be an object\"");
	ck_assert_str_eq(update(testing, "{\"pid\": \"Mail~eu\", \"settings\": {}}"),
		"\"Mail~eu is no PID: those are an instance, or a component, ~ and an instance\"");
	ck_assert_ptr_nonnull(strstr(update(testing, "{\"pid\": \"mailer~\", \"settings\": {}}"), "no PID"));
	ck_assert_ptr_nonnull(strstr(update(testing, "{\"pid\": \"a.b\", \"settings\": {}}"), "no PID"));
	ck_assert_str_eq(update(testing, "{\"pid\": \"mailer~eu\", \"settings\": {}}"), "\"\"");
	ck_assert_str_eq(update(testing, "{\"pid\": \"clerk~eu\", \"settings\": {}}"),
		"\"conflict: eu is an instance of mailer\"");
	ck_assert_str_eq(ask(testing, "janitor.remove", "{\"pid\": \"clerk~eu\"}", "status"), "-3");
	ck_assert_str_eq(ask(testing, "clerk.look", NULL, "runs"), "1");
	sp_testing_destroy(testing);
}
END_TEST

static const struct {
	const char *policy, *pid, *message;
} forbidden[] = {
	{ "{}", "clerk", "policy.janitor.configure does not allow components.clerk" },
	{ "{\"janitor\": {\"configure\": [\"components.c*\"]}}", "clerk",
		"policy.config-admin.configure does not allow components.clerk" },
	{ "{\"janitor\": {\"configure\": [\"components.*\"]}, \"config-admin\": {\"configure\": [\"*\"]}}", "mailer~eu",
		"policy.janitor.configure does not allow instances.eu" },
};

START_TEST(the_policy_is_asked)
{
	char text[256];
	sp_testing *testing;

	snprintf(text, sizeof text, "{\"policy\": %s}", forbidden[_i].policy);
	testing = begin(text);
	snprintf(text, sizeof text, "{\"pid\": \"%s\", \"settings\": {}}", forbidden[_i].pid);
	ck_assert_ptr_nonnull(strstr(update(testing, text), forbidden[_i].message));
	ck_assert_str_eq(ask(testing, "janitor.update", text, "status"), "-5");
	sp_testing_destroy(testing);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("config-admin");
	Suite *suite = suite_create("config-admin");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tests, a_managed_service_is_configured);
	tcase_add_test(tests, a_factory_has_an_instance_for_each_pid);
	tcase_add_test(tests, what_is_wrong_changes_nothing);
	tcase_add_loop_test(tests, the_policy_is_asked, 0, sizeof forbidden / sizeof forbidden[0]);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
