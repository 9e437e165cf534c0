/* stage_kit.c: plays a scenario while memory runs out. */
#include "stage_kit.h"

#include <signalpy/gateway.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "lifecycle.h"

void stage_expect(const struct stage *stage, bool holds, const char *what)
{
	ck_assert_msg(holds, "%s, without allocation %ld%s; the log:\n%s", what, stage->count,
		stage->lasting ? " and those that follow" : "", sp_testing_log(stage->world, false));
}

void stage_expect_text(const struct stage *stage, const char *is, const char *should)
{
	char what[1200];

	snprintf(what, sizeof what, "expected '%s', is '%s'", should, is);
	stage_expect(stage, strcmp(is, should) == 0, what);
}

static size_t length_of(const struct list *list)
{
	size_t length = 0;

	for (const struct list *at = list->next; at != list; at = at->next)
		length++;
	return length;
}

static size_t count_services(const struct table *table)
{
	size_t count = 0;

	for (size_t i = 0; i < table->size; i++)
		for (struct table_link *link = table->buckets ? table->buckets[i] : table->first; link;
			link = link->next)
			count += length_of(&container_of(link, struct contract, link)->services);
	return count;
}

struct census stage_count(const struct stage *stage)
{
	const struct sp_kernel *kernel = stage->kernel;
	const struct sp_plugin_handle *plugin;
	size_t bodies = 0;

	list_each(plugin, &kernel->plugins, link)
		bodies += length_of(&plugin->bodies);
	return (struct census){ { [OF_PLUGINS] = length_of(&kernel->plugins),
		[OF_FACTORIES] = kernel->factories.count,
		[OF_INSTANCES] = length_of(&kernel->instances),
		[OF_BODIES] = bodies,
		[OF_SERVICES] = count_services(&kernel->contracts),
		[OF_ADDRESSES] = kernel->addresses.count,
		[OF_PATHS] = kernel->rest_paths.count,
		[OF_NODES] = world_nodes(stage->world) } };
}

void stage_expect_census(const struct stage *stage, const struct census *should)
{
	static const char *const words[] = { "plugins", "factories", "instances", "bodies", "services", "addresses",
		"paths", "nodes" };
	struct census is = stage_count(stage);
	char what[80];

	for (size_t i = 0; i < CENSUS; i++) {
		snprintf(what, sizeof what, "expected %d %s, there are %d", (int)should->of[i], words[i],
			(int)is.of[i]);
		stage_expect(stage, is.of[i] == should->of[i], what);
	}
}

static void count_gone(void *user)
{
	++*(unsigned *)user;
}

sp_status stage_add(struct stage *stage, const struct sp_plugin *plugin, sp_plugin_handle **ret_plugin, unsigned *gone)
{
	struct sp_plugin_origin origin = { .struct_size = sizeof origin,
		.path = "/somewhere/it.so",
		.gone = count_gone };
	sp_status status;

	origin.user = gone;
	status = sp_kernel_add(stage->kernel, plugin, &origin, ret_plugin, NULL);
	sp_testing_turn(stage->world);
	return status;
}

void stage_settle_bell(struct stage *stage)
{
	ck_assert_int_eq(stage_add(stage, plugin_of_bell, &stage->bell, &stage->bell_gone), SP_OK);
}

void stage_settle_town(struct stage *stage)
{
	stage_settle_bell(stage);
	ck_assert_int_eq(stage_add(stage, plugin_of_town, &stage->town, &stage->town_gone), SP_OK);
	ck_assert_str_eq(sp_testing_state(stage->world, "town"), "active");
}

void stage_settle_gong(struct stage *stage)
{
	stage_settle_town(stage);
	ck_assert_int_eq(stage_add(stage, plugin_of_gong, &stage->gong, &stage->gong_gone), SP_OK);
}

static void note_asked(void *user, const struct sp_answer *answer)
{
	struct asked *asked = user;
	const char *text = json_string_value(json_object_get(answer->data, "text"));

	asked->times++;
	asked->status = answer->status;
	snprintf(asked->text, sizeof asked->text, "%s", text ? text : answer->message ? answer->message : "");
}

void stage_ask(struct stage *stage, struct asked *asked, const char *address, const char *params)
{
	const struct sp_gateway *gateway = sp_kernel_gateway(stage->kernel);
	const struct sp_request request = { .struct_size = sizeof request,
		.address = address,
		.params = { params, params ? strlen(params) : 0 },
		.done = note_asked,
		.user = asked };
	sp_call *call;

	*asked = (struct asked){ 0 };
	gateway->call(gateway, &request, &call);
}

/* Calls and answers the text; the call must succeed. */
const char *stage_tell(struct stage *stage, const char *address, const char *params)
{
	static struct asked asked;

	stage_ask(stage, &asked, address, params);
	sp_testing_turn(stage->world);
	stage_expect(stage, asked.times == 1 && asked.status == SP_OK, asked.text);
	return asked.text;
}

/* Memory is back: what is errored is tried again, and what could not follow has had its second. */
void stage_recover(struct stage *stage)
{
	static const char *const instances[] = { "bell", "gong", "town" };

	for (size_t i = 0; i < sizeof instances / sizeof instances[0]; i++)
		if (strcmp(sp_testing_state(stage->world, instances[i]), "errored") == 0)
			sp_kernel_retry(stage->kernel, instances[i], NULL);
	sp_testing_turn(stage->world);
	sp_testing_advance(stage->world, 2000);
}

/* One of bell and one of gong, where they serve. */
static unsigned ropes_due(const struct stage *stage)
{
	return (strcmp(sp_testing_state(stage->world, "bell"), "active") == 0) +
		(unsigned)(strcmp(sp_testing_state(stage->world, "gong"), "active") == 0);
}

/* That everything works, and everybody knows what there is. */
void stage_expect_whole(struct stage *stage, const char *sign, const char *rest, const char *voices)
{
	char all[1200];

	stage_recover(stage);
	stage_expect_text(stage, sp_testing_state(stage->world, "town"), "active");
	snprintf(all, sizeof all, "%s%s%s", sign, rest, voices);
	stage_expect_text(stage, stage_tell(stage, "town.describe", NULL), all);
	stage_expect_text(stage, chronicle.sign, sign);
	stage_expect_text(stage, chronicle.voices, voices);
	stage_expect(stage, chronicle.ropes == ropes_due(stage), "a rope is missing, or left");
	stage_expect_text(stage, stage_tell(stage, "town.echo", "{\"word\": \"well\"}"), "well");
	stage_expect(stage, stage->kernel->in_flight == 0, "a call is in flight");
	stage_expect(stage, stage->kernel->errored + stage->kernel->unhealthy == 0, "something is unwell");
	stage_expect_text(stage, sp_testing_state(stage->world, "town"), "active");
}

/* What the census comes to when nothing fails; each play must end so. */
static struct census after;

void stage_expect_after(const struct stage *stage)
{
	if (stage->count < 0)
		after = stage_count(stage);
	stage_expect_census(stage, &after);
}

static bool play(const struct scenario *scenario, long count, bool lasting)
{
	struct stage stage = { .count = count, .lasting = lasting };
	bool failed;

	stage.world = world_open(NULL);
	stage.kernel = sp_testing_kernel(stage.world);
	chronicle = (struct chronicle){ 0 };
	diary_take();
	scenario->prepare(&stage);
	sp_testing_log(stage.world, true);
	stage.before = stage_count(&stage);
	if (lasting)
		sp_alloc_fail_from(count);
	else
		sp_alloc_fail_after(count);
	scenario->act(&stage);
	failed = sp_alloc_has_failed();
	sp_alloc_fail_after(-1);
	scenario->judge(&stage);
	json_decref(stage.faults);
	sp_testing_destroy(stage.world);
	stage_expect(&stage, chronicle.ropes == 0, "a rope is left");
	return failed;
}

void stage_sweep(const struct scenario *scenario)
{
	long step = getenv("TEST_SLOW") ? 3 : 1;

	sp_alloc_install();
	play(scenario, -1, false);
	for (long count = 0; play(scenario, count, false);)
		count += step;
	for (long count = 0; play(scenario, count, true);)
		count += step;
}
