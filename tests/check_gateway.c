/* check_gateway.c: the services that the kernel itself offers: gateway and configuration. */
#include "calls_kit.h"

#include <signalpy/component.h>
#include <signalpy/config.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
SP_COMPONENT(shop,
	(runnable, sell, nothing, nothing),
	(runnable, buy, nothing, nothing),
	(runnable, hide, nothing, nothing, .transports = SP_NATIVE_ONLY),
	(runnable, type, nothing, nothing, .transports = SP_CLI));

SP_COMPONENT(depot,
	(runnable, fetch, nothing, nothing));

SP_COMPONENT(mirror,
	(one, sp_gateway, gateway),
	(one, sp_config, config),
	(effect, list_all),
	(effect, read_one),
	(effect, read_object),
	(runnable, ask, nothing, nothing));

SP_RECORD(parcel, (string, to));

SP_COMPONENT(teacher,
	(kind,  parcel, .about = "What is sent.", .version = "2"),
	(skill, packing, "Fold first.", .about = "How to pack.", .takes = &parcel_record, .triggers = SP_NAMES("pack")),
	(skill, sending, "Then send."));

SP_COMPONENT(pupil,
	(one,    sp_gateway, gateway),
	(effect, learn));

SP_COMPONENT(own_gate,
	(provide, sp_gateway));
/* clang-format on */

#define HANDLER(component, name) \
	static sp_status component##_##name(struct component *self SP_UNUSED) \
	{ \
		return SP_OK; \
	}
HANDLER(shop, sell)
HANDLER(shop, buy)
HANDLER(shop, hide)
HANDLER(shop, type)
HANDLER(depot, fetch)

SP_SERVICE(own_gate, sp_gateway, .call = NULL);

static char listed[CALLED_TEXT];
static unsigned list_runs, one_runs, object_runs;
static char one_read[CALLED_TEXT];
static const struct sp_gateway *asked;

static bool note(void *user, const struct sp_exposed *exposed)
{
	char *text = user;

	strncat(text, exposed->address, CALLED_TEXT - strlen(text) - 1);
	strncat(text, " ", CALLED_TEXT - strlen(text) - 1);
	return true;
}

static sp_status mirror_list_all(struct mirror *self)
{
	const struct sp_gateway *gateway = sp_get(self->gateway);

	list_runs++;
	listed[0] = '\0';
	if (gateway->each)
		gateway->each(gateway, SP_REST | SP_MCP, note, listed);
	return SP_OK;
}

static sp_status mirror_read_one(struct mirror *self)
{
	const struct sp_config *config = sp_peek(self->config);
	const json_t *value = config->get(config, "db.url");

	one_runs++;
	snprintf(one_read, sizeof(one_read), "%s", value ? json_string_value(value) : "-");
	return SP_OK;
}

static sp_status mirror_read_object(struct mirror *self)
{
	const struct sp_config *config = sp_peek(self->config);

	object_runs++;
	config->get(config, "db");
	return SP_OK;
}

static sp_status mirror_ask(struct mirror *self)
{
	asked = sp_peek(self->gateway);
	ck_assert_ptr_eq(asked->service.consumer, self->rt);
	return SP_OK;
}

static struct built built_shop, built_depot, built_mirror, built_gate;

START_TEST(each_visits_in_order_until_told_to_stop) /* R-RN-6 */
{
	sp_testing *testing = sp_testing_create(NULL);
	const struct sp_gateway *gateway = sp_kernel_gateway(sp_testing_kernel(testing));
	char text[CALLED_TEXT] = "";

	gateway->each(gateway, 0, note, text);
	ck_assert_str_eq(text, "");
	built_load(&built_shop, testing, &shop_component, NULL);
	built_load(&built_depot, testing, &depot_component, NULL);
	gateway->each(gateway, 0, note, text);
	ck_assert_str_eq(text, "depot.fetch shop.buy shop.hide shop.sell shop.type ");
	text[0] = '\0';
	gateway->each(gateway, SP_CLI, note, text);
	ck_assert_str_eq(text, "depot.fetch shop.buy shop.sell shop.type ");
	sp_testing_destroy(testing);
}
END_TEST

static bool stop(void *user, const struct sp_exposed *exposed)
{
	note(user, exposed);
	return false;
}

START_TEST(visitor_can_end_the_walk)
{
	sp_testing *testing = sp_testing_create(NULL);
	const struct sp_gateway *gateway = sp_kernel_gateway(sp_testing_kernel(testing));
	char text[CALLED_TEXT] = "";

	built_load(&built_shop, testing, &shop_component, NULL);
	gateway->each(gateway, SP_REST, stop, text);
	ck_assert_str_eq(text, "shop.buy ");
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(effect_that_lists_follows_every_change) /* R-RN-6 */
{
	sp_testing *testing = sp_testing_create(NULL);
	sp_plugin_handle *shop, *depot;
	struct built next;

	built_load(&built_mirror, testing, &mirror_component, NULL);
	ck_assert_str_eq(listed, "mirror.ask ");
	shop = built_load(&built_shop, testing, &shop_component, NULL);
	ck_assert_str_eq(listed, "mirror.ask shop.buy shop.sell ");
	depot = built_load(&built_depot, testing, &depot_component, NULL);
	ck_assert_str_eq(listed, "depot.fetch mirror.ask shop.buy shop.sell ");
	list_runs = 0;
	built_begin(&next, "depot", "2");
	built_add(&next, &shop_component, "depot");
	ck_assert_int_eq(sp_testing_replace(testing, &depot, &next.plugin, NULL), SP_OK);
	ck_assert_str_eq(listed, "depot.buy depot.sell mirror.ask shop.buy shop.sell ");
	ck_assert_uint_eq(list_runs, 1);
	sp_testing_remove(testing, shop);
	ck_assert_str_eq(listed, "depot.buy depot.sell mirror.ask ");
	ck_assert_uint_eq(list_runs, 2);
	sp_testing_destroy(testing);
}
END_TEST

static char learned[CALLED_TEXT];
static unsigned lessons;

static bool note_skill(void *user, const struct sp_exposed_skill *skill)
{
	char *text = user;
	size_t length = strlen(text);

	snprintf(text + length, CALLED_TEXT - length, "%s.%s: %s (%s%s%s) ", skill->instance, skill->name, skill->text,
		skill->about ? skill->about : "", skill->takes ? " takes" : "",
		skill->triggers ? skill->triggers[0] : "");
	return true;
}

static bool note_kind(void *user, const struct sp_exposed_kind *kind)
{
	char *text = user;
	size_t length = strlen(text);

	snprintf(text + length, CALLED_TEXT - length, "%s.%s %s %s", kind->instance, kind->name, kind->version,
		kind->record->name);
	return true;
}

static sp_status pupil_learn(struct pupil *self)
{
	const struct sp_gateway *gateway = sp_get(self->gateway);

	lessons++;
	learned[0] = '\0';
	gateway->each_skill(gateway, note_skill, learned);
	gateway->each_kind(gateway, note_kind, learned);
	return SP_OK;
}

START_TEST(skills_and_kinds_come_and_go) /* R-CM-1 */
{
	sp_testing *testing = sp_testing_create(NULL);
	sp_plugin_handle *teacher;
	struct built built;

	built_load(&built_mirror, testing, &pupil_component, NULL);
	ck_assert_str_eq(learned, "");
	lessons = 0;
	teacher = built_load(&built, testing, &teacher_component, NULL);
	ck_assert_str_eq(learned,
		"teacher.packing: Fold first. (How to pack. takespack) teacher.sending: Then send. () "
		"teacher.parcel 2 parcel");
	ck_assert_uint_eq(lessons, 1);
	sp_testing_remove(testing, teacher);
	ck_assert_str_eq(learned, "");
	ck_assert_uint_eq(lessons, 2);
	sp_testing_destroy(testing);
}
END_TEST

static bool only_one(void *user, const struct sp_exposed_skill *skill)
{
	note_skill(user, skill);
	return false;
}

START_TEST(visitor_of_skills_can_end_the_walk)
{
	sp_testing *testing = sp_testing_create(NULL);
	const struct sp_gateway *gateway = sp_kernel_gateway(sp_testing_kernel(testing));
	struct built built;
	char text[CALLED_TEXT] = "";

	built_load(&built, testing, &teacher_component, NULL);
	gateway->each_skill(gateway, only_one, text);
	ck_assert_str_eq(text, "teacher.packing: Fold first. (How to pack. takespack) ");
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(gateway_of_a_plugin_comes_first) /* R-CM-6 */
{
	sp_testing *testing = sp_testing_create(NULL);
	sp_plugin_handle *gate;

	built_load(&built_mirror, testing, &mirror_component, NULL);
	ck_assert_str_eq(call_code(testing, "mirror.ask", NULL), "ok");
	ck_assert(asked->each != NULL);
	gate = built_load(&built_gate, testing, &own_gate_component, NULL);
	ck_assert_str_eq(call_code(testing, "mirror.ask", NULL), "ok");
	ck_assert(asked->each == NULL);
	sp_testing_remove(testing, gate);
	ck_assert_str_eq(call_code(testing, "mirror.ask", NULL), "ok");
	ck_assert(asked->each != NULL);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(configuration_is_followed_path_by_path) /* R-CF-4 */
{
	sp_testing *testing =
		sp_testing_create("{\"db\": {\"url\": \"one\", \"pool\": 4}, \"server\": {\"port\": 80}}");

	built_load(&built_mirror, testing, &mirror_component, NULL);
	ck_assert_str_eq(one_read, "one");
	one_runs = object_runs = 0;
	ck_assert_int_eq(sp_testing_set(testing, "server.port", "81"), SP_OK);
	ck_assert_uint_eq(one_runs + object_runs, 0);
	ck_assert_int_eq(sp_testing_set(testing, "db.pool", "5"), SP_OK);
	ck_assert_uint_eq(one_runs, 0);
	ck_assert_uint_eq(object_runs, 1);
	ck_assert_int_eq(sp_testing_set(testing, "db.url", "\"two\""), SP_OK);
	ck_assert_str_eq(one_read, "two");
	ck_assert_uint_eq(one_runs, 1);
	ck_assert_uint_eq(object_runs, 2);
	ck_assert_int_eq(sp_testing_set(testing, "db.url", "\"two\""), SP_OK);
	ck_assert_uint_eq(one_runs + object_runs, 3);
	ck_assert_int_eq(sp_testing_set(testing, "db", "7"), SP_OK);
	ck_assert_str_eq(one_read, "-");
	ck_assert_uint_eq(one_runs + object_runs, 5);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(every_status_has_an_http_status) /* surfaces, error codes */
{
	static const struct {
		sp_status status;
		int http;
	} cases[] = { { SP_OK, 200 }, { SP_LATER, 202 }, { SP_BAD_REQUEST, 400 }, { SP_UNAUTHENTICATED, 401 },
		{ SP_FORBIDDEN, 403 }, { SP_NOT_FOUND, 404 }, { SP_CONFLICT, 409 }, { SP_INVALID, 422 },
		{ SP_FAILED, 500 }, { SP_NO_MEMORY, 500 }, { SP_GONE, 500 }, { SP_CANCELLED, 500 },
		{ (sp_status)-77, 500 }, { SP_TOO_MANY, 429 }, { SP_UNAVAILABLE, 503 }, { SP_TIMEOUT, 504 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_int_eq(sp_status_http(cases[i].status), cases[i].http);
}
END_TEST

KIT_MAIN("gateway", each_visits_in_order_until_told_to_stop, visitor_can_end_the_walk,
	effect_that_lists_follows_every_change, gateway_of_a_plugin_comes_first, configuration_is_followed_path_by_path,
	every_status_has_an_http_status, skills_and_kinds_come_and_go, visitor_of_skills_can_end_the_walk)
