/* check_policy.c: what an instance may publish (R-BUS-4). */
#include "bus.h"
#include "kernel_kit.h"
#include "policy.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
SP_RECORD(cried, (string, type, .required = true));
SP_COMPONENT(crier, (runnable, cry, cried, nothing));
/* clang-format on */

static sp_status crier_cry(struct crier *self, const struct cried *in)
{
	diary_add("%s", sp_status_word(sp_publish(self->rt, in->type, NULL)));
	return SP_OK;
}

KIT_PLUGIN(crier, &crier_component);

/* What comes of it when the component publishes that type; until the next call. */
static const char *cry(sp_testing *world, const char *type)
{
	char params[64];

	snprintf(params, sizeof params, "{\"type\":\"%s\"}", type);
	world_call(world, "crier.cry", params);
	return diary_take();
}

/* ---- publishing -------------------------------------------------------------------------------------------------- */

static const struct {
	const char *configuration, *type, *outcome;
} policies[] = {
	{ "{}", "news", "ok" },
	{ "{\"policy\":{}}", "news", "ok" },
	{ "{\"policy\":{\"crier\":{}}}", "news", "ok" },
	{ "{\"policy\":{\"crier\":{\"audit\":true}}}", "news", "ok" },
	{ "{\"policy\":{\"other\":{\"publish\":[]}}}", "news", "ok" },
	{ "{\"policy\":{\"crier\":{\"publish\":[]}}}", "news", "forbidden" },
	{ "{\"policy\":{\"crier\":{\"publish\":[\"news\"]}}}", "news", "ok" },
	{ "{\"policy\":{\"crier\":{\"publish\":[\"news\"]}}}", "news.bad", "forbidden" },
	{ "{\"policy\":{\"crier\":{\"publish\":[\"x\",\"news.*\"]}}}", "news.bad", "ok" },
	{ "{\"policy\":{\"crier\":{\"publish\":[\"x\",\"news.*\"]}}}", "news", "forbidden" },
	{ "{\"policy\":{\"crier\":{\"publish\":[\"*\"]}}}", "a/b", "ok" },
	{ "{\"policy\":{\"crier\":{\"publish\":[\"*\"]}}}", "__dead_letter__", "forbidden" },
	{ "{\"policy\":{\"crier\":{\"publish\":[\"__dead_letter__\"]}}}", "__dead_letter__", "forbidden" },
};

/* R-BUS-4: which types it may publish, by patterns; R-BUS-3: never the reserved one. */
START_TEST(an_instance_publishes_what_it_may)
{
	for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
		sp_testing *world = world_open(policies[i].configuration);
		char line[64];

		world_add(world, &crier_plugin);
		sp_testing_events(world, true);
		ck_assert_msg(strcmp(cry(world, policies[i].type), policies[i].outcome) == 0, "%s: %s",
			policies[i].configuration, policies[i].type);
		snprintf(line, sizeof line, "%s {}\n", policies[i].type);
		ck_assert_uint_eq(times_in(sp_testing_events(world, false), line),
			strcmp(policies[i].outcome, "ok") == 0);
		sp_testing_destroy(world);
	}
}
END_TEST

/* R-BUS-4: a policy changes live, and one that is refused leaves the one before. */
START_TEST(a_policy_changes_live)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &crier_plugin);
	ck_assert_str_eq(cry(world, "news"), "ok");
	ck_assert_int_eq(sp_testing_set(world, "policy.crier.publish", "[\"weather\"]"), SP_OK);
	ck_assert_str_eq(cry(world, "news"), "forbidden");
	ck_assert_str_eq(cry(world, "weather"), "ok");
	ck_assert_int_eq(sp_testing_set(world, "policy.crier.publish", "\"news\""), SP_INVALID);
	ck_assert_str_eq(cry(world, "news"), "forbidden");
	ck_assert_int_eq(sp_testing_set(world, "policy.crier", "{}"), SP_OK);
	ck_assert_str_eq(cry(world, "news"), "ok");
	sp_testing_destroy(world);
}
END_TEST

static void *publish_elsewhere(void *user)
{
	ck_assert_int_eq(sp_publish(user, "news", NULL), SP_OK);
	return NULL;
}

/* What another thread publishes is judged when it comes to the loop. */
START_TEST(another_thread_is_judged_too)
{
	sp_testing *world = world_open("{\"policy\":{\"crier\":{\"publish\":[]}}}");
	struct sp_runtime *rt;
	pthread_t thread;

	world_add(world, &crier_plugin);
	rt = container_of(sp_testing_kernel(world)->instances.next, struct instance, link)->body;
	sp_testing_events(world, true);
	ck_assert_int_eq(pthread_create(&thread, NULL, publish_elsewhere, rt), 0);
	pthread_join(thread, NULL);
	sp_testing_turn(world);
	ck_assert_uint_eq(times_in(sp_testing_events(world, false), "news {}\n"), 0);
	ck_assert_uint_eq(times_in(sp_testing_events(world, false), "\"reason\":\"denied\""), 1);
	sp_testing_destroy(world);
}
END_TEST

/* No policy binds the kernel and its host, whose source is "". */
START_TEST(the_host_is_not_bound)
{
	sp_testing *world = world_open("{\"policy\":{\"\":{\"publish\":[],\"audit\":true}}}");

	ck_assert_int_eq(sp_kernel_publish(sp_testing_kernel(world), "news", NULL), SP_OK);
	ck_assert_str_eq(sp_testing_log(world, false), "");
	sp_testing_destroy(world);
}
END_TEST

/* ---- audit ------------------------------------------------------------------------------------------------------- */

/* R-BUS-4: each publish leaves a line with caller and type, whether it was allowed or not. */
START_TEST(an_audited_publish_is_logged)
{
	sp_testing *world = world_open("{\"policy\":{\"crier\":{\"publish\":[\"news\"],\"audit\":true}}}");

	world_add(world, &crier_plugin);
	sp_testing_log(world, true);
	cry(world, "news");
	cry(world, "rumours");
	cry(world, "__dead_letter__");
	ck_assert_str_eq(sp_testing_log(world, true),
		"info crier: audit: publish caller=crier outcome=allowed type=news\n"
		"info crier: audit: publish caller=crier outcome=denied type=rumours\n"
		"info crier: audit: publish caller=crier outcome=denied type=__dead_letter__\n");
	ck_assert_int_eq(sp_testing_set(world, "policy.crier.audit", "false"), SP_OK);
	cry(world, "news");
	ck_assert_str_eq(sp_testing_log(world, true), "");
	sp_testing_destroy(world);
}
END_TEST

/* ---- what a policy may be ---------------------------------------------------------------------------------------- */

#define LIST "must be a list of patterns, [\"orders.*\"]"
#define UNKNOWN "is unknown; a policy has publish, configure, audit and limits"

static const struct {
	const char *policy, *path, *rule, *message, *instance;
} wrong[] = {
	{ "7", "policy", "type", "must be an object: a policy for each instance by its name", "" },
	{ "{\"crier\":[]}", "policy.crier", "type", "must be an object with publish, configure, audit and limits",
		"crier" },
	{ "{\"crier\":{\"publish\":\"news\"}}", "policy.crier.publish", "type", LIST, "crier" },
	{ "{\"crier\":{\"publish\":null}}", "policy.crier.publish", "type", LIST, "crier" },
	{ "{\"crier\":{\"publish\":[\"a\",7]}}", "policy.crier.publish", "type", LIST, "crier" },
	{ "{\"crier\":{\"audit\":1}}", "policy.crier.audit", "type", "must be true or false", "crier" },
	{ "{\"crier\":{\"publsih\":[]}}", "policy.crier.publsih", "unknown", UNKNOWN, "crier" },
};

static json_t *check_new(const char *policy, sp_status *ret_status)
{
	sp_testing *world = world_open(NULL);
	json_t *tree = json_pack("{s:o}", "policy", json_loads(policy, JSON_DECODE_ANY, NULL)), *faults = json_array();

	ck_assert_ptr_nonnull(tree);
	*ret_status = sp_kernel_check(sp_testing_kernel(world), tree, faults);
	json_decref(tree);
	sp_testing_destroy(world);
	return faults;
}

static const char *text_of(const json_t *fault, const char *name)
{
	const char *text = json_string_value(json_object_get(fault, name));

	return text ? text : "(none)";
}

/* R-BUS-4, R-CF-3: what is wrong is refused with its path. */
START_TEST(a_wrong_policy_is_refused)
{
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		sp_status status;
		json_t *faults = check_new(wrong[i].policy, &status);
		const json_t *fault = json_array_get(faults, 0);

		ck_assert_int_eq(status, SP_INVALID);
		ck_assert_uint_eq(json_array_size(faults), 1);
		ck_assert_str_eq(text_of(fault, "path"), wrong[i].path);
		ck_assert_str_eq(text_of(fault, "rule"), wrong[i].rule);
		ck_assert_str_eq(text_of(fault, "message"), wrong[i].message);
		ck_assert_str_eq(text_of(fault, "instance"), wrong[i].instance);
		ck_assert_str_eq(text_of(fault, "pointer"), "");
		json_decref(faults);
	}
}
END_TEST

START_TEST(every_fault_is_told)
{
	sp_status status;
	json_t *faults = check_new("{\"a\":{\"publish\":7,\"audit\":7},\"b\":7,\"c\":{\"audit\":true},\"d\":{\"x\":1}}",
		&status);

	ck_assert_int_eq(status, SP_INVALID);
	ck_assert_uint_eq(json_array_size(faults), 4);
	json_decref(faults);
}
END_TEST

START_TEST(names_of_any_length_are_safe)
{
	char name[601] = "", policy[700];
	sp_status status;
	json_t *faults;

	for (size_t i = 0; i < 600; i++)
		name[i] = i % 2 == 0 ? '\xc3' : '\xa9';
	snprintf(policy, sizeof policy, "{\"%s\":7}", name);
	faults = check_new(policy, &status);
	ck_assert_int_eq(status, SP_INVALID);
	ck_assert_uint_eq(strlen(text_of(json_array_get(faults, 0), "path")), strlen("policy.") + 600);
	json_decref(faults);
}
END_TEST

KIT_MAIN("policy", an_instance_publishes_what_it_may, a_policy_changes_live, another_thread_is_judged_too,
	the_host_is_not_bound, an_audited_publish_is_logged, a_wrong_policy_is_refused, every_fault_is_told,
	names_of_any_length_are_safe)
