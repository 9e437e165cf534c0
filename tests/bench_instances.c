/*
 * bench_instances.c: how long many instances of one factory take: to activate, to follow a change of the configuration
 * that touches ten of them, and to go. One line of JSON: milliseconds, and the effects that the change has run.
 */
#include <signalpy/component.h>
#include <signalpy/testing.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { INSTANCES = 10000, TOUCHED = 10 };

struct work {
	struct sp_service service;
	int64_t (*done)(const struct work *work);
};
SP_CONTRACT(work, "IWork", 1);

/* clang-format off */
SP_RECORD(bee_settings, (integer, load, .otherwise = 1));
SP_RECORD(bee_told, (string, field));
SP_COMPONENT(bee,
	(about, "works on a field", .on_demand = true),
	(settings, bee_settings, settings),
	(property, string, field, .otherwise = "clover"),
	(provide, work),
	(computed, integer, burden),
	(activate),
	(effect, follow),
	(runnable, tell, nothing, bee_told));
SP_PLUGIN(hive, "1.0.0", bee);
/* clang-format on */

static unsigned active, runs;

static int64_t bee_done(const struct work *work)
{
	return sp_get(sp_self(bee, work)->burden);
}
SP_SERVICE(bee, work, .done = bee_done);

static int64_t bee_burden(const struct bee *self)
{
	return sp_get(self->settings.load) * 2;
}

static sp_status bee_activate(SP_UNUSED struct bee *self)
{
	active++;
	return SP_OK;
}

static sp_status bee_follow(struct bee *self)
{
	(void)sp_get(self->field);
	runs++;
	return sp_get(self->burden) > 0 ? SP_OK : SP_FAILED;
}

static sp_status bee_tell(struct bee *self, struct bee_told *out)
{
	out->field = sp_get(self->field);
	return SP_OK;
}

static json_t *tree_new(int touched)
{
	json_t *wishes = json_object();
	char name[32];

	for (int i = 0; i < INSTANCES; i++) {
		snprintf(name, sizeof name, "bee-%d", i);
		json_object_set_new(wishes, name,
			json_pack("{s:s, s:{s:s}}", "component", "bee", "properties", "field",
				i < touched ? "heather" : "thyme"));
	}
	return json_pack("{s:o}", "instances", wishes);
}

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Milliseconds from a tree to everything that follows from it. */
static double follow(sp_testing *testing, json_t *tree)
{
	double began = now_ms();

	if (sp_kernel_configure(sp_testing_kernel(testing), tree, NULL) != SP_OK)
		exit(EXIT_FAILURE);
	sp_testing_turn(testing);
	return now_ms() - began;
}

int main(void)
{
	sp_testing *testing = sp_testing_create(NULL);
	double activated, changed, gone;
	unsigned woken;

	if (!testing || !sp_testing_add(testing, &signalpy_plugin, NULL))
		return EXIT_FAILURE;
	activated = follow(testing, tree_new(0));
	if (active != INSTANCES)
		return EXIT_FAILURE;
	runs = 0;
	changed = follow(testing, tree_new(TOUCHED));
	woken = runs;
	gone = follow(testing, json_object());
	printf("{\"instances\":%d,\"active_ms\":%.2f,\"touched\":%d,\"change_ms\":%.2f,\"woken\":%u,\"gone_ms\":%.2f}\n",
		INSTANCES, activated, TOUCHED, changed, woken, gone);
	sp_testing_destroy(testing);
	return EXIT_SUCCESS;
}
