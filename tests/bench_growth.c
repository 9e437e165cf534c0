/*
 * bench_growth.c: what a call, a wave and a load cost beside 10, 1,000 and 100,000 instances, each with three
 * runnables, a property that an effect follows, and a service: none of it may grow with them. scripts/bench-growth
 * prints the table.
 */
#include <signalpy/component.h>
#include <signalpy/gateway.h>
#include <signalpy/testing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MEASURED = 2000, LOADS = 50, STRIDE = 7919 };

/* clang-format off */
SP_RECORD(number, (integer, value));

SP_COMPONENT(cell,
	(property, integer, level),
	(signal, integer, seen),
	(effect, follow),
	(runnable, get, nothing, number),
	(runnable, add, number, number),
	(runnable, clear, nothing, nothing));

SP_COMPONENT(guest, (property, integer, level), (runnable, get, nothing, number));
/* clang-format on */

static unsigned long runs;

static sp_status cell_follow(struct cell *self)
{
	runs++;
	return sp_set(self->seen, sp_get(self->level));
}

static sp_status cell_get(struct cell *self, struct number *out)
{
	out->value = sp_peek(self->seen);
	return SP_OK;
}

static sp_status cell_add(struct cell *self, const struct number *in, struct number *out)
{
	out->value = sp_peek(self->seen) + in->value;
	return sp_set(self->level, out->value);
}

static sp_status cell_clear(struct cell *self)
{
	return sp_set(self->level, 0);
}

static sp_status guest_get(struct guest *self, struct number *out)
{
	out->value = sp_peek(self->level);
	return SP_OK;
}

#define PLUGIN(P) \
	static const struct sp_plugin P##_plugin = { { SP_ABI_MAJOR, sizeof(struct sp_plugin) }, #P, "1.0.0", \
		(const struct sp_component *const[]){ &P##_component, NULL } }
PLUGIN(cell);
PLUGIN(guest);

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void must(sp_status status, const char *what)
{
	if (status == SP_OK)
		return;
	fprintf(stderr, "bench_growth: %s: %s\n", what, sp_status_word(status));
	exit(EXIT_FAILURE);
}

static void grow(sp_testing *testing, size_t count)
{
	char name[32];

	for (size_t i = 0; i < count; i++) {
		snprintf(name, sizeof name, "cell-%zu", i);
		must(sp_kernel_instantiate(sp_testing_kernel(testing),
			     &(struct sp_instance_options){ .struct_size = sizeof(struct sp_instance_options),
				     .component = "cell",
				     .name = name },
			     NULL),
			"instantiate");
	}
	sp_testing_turn(testing);
	sp_testing_events(testing, true);
	sp_testing_log(testing, true);
}

static void note_answer(void *user, const struct sp_answer *answer)
{
	must(answer->status, "call");
	++*(size_t *)user;
}

static double call_cost(sp_testing *testing, size_t count)
{
	const struct sp_gateway *gateway = sp_kernel_gateway(sp_testing_kernel(testing));
	size_t answers = 0;
	double began = now_us();
	char address[48];

	for (size_t i = 0; i < MEASURED; i++) {
		snprintf(address, sizeof address, "cell-%zu.get", i * STRIDE % count);
		gateway->call(gateway,
			&(struct sp_request){ .struct_size = sizeof(struct sp_request),
				.address = address,
				.params = { "{}", 2 },
				.done = note_answer,
				.user = &answers },
			NULL);
	}
	must(answers == MEASURED ? SP_OK : SP_FAILED, "answers");
	return (now_us() - began) / MEASURED;
}

static double wave_cost(sp_testing *testing, size_t count)
{
	unsigned long before = runs;
	double began = now_us();
	char name[32];

	for (size_t i = 0; i < MEASURED; i++) {
		json_t *patch = json_pack("{s:i}", "level", (int)i + 1);

		snprintf(name, sizeof name, "cell-%zu", i * STRIDE % count);
		must(sp_kernel_set_properties(sp_testing_kernel(testing), name, patch, NULL), "set");
		json_decref(patch);
	}
	must(runs == before + MEASURED ? SP_OK : SP_FAILED, "one effect for each change");
	return (now_us() - began) / MEASURED;
}

static double load_cost(sp_testing *testing)
{
	double began = now_us();

	for (size_t i = 0; i < LOADS; i++) {
		sp_plugin_handle *guest = sp_testing_add(testing, &guest_plugin, NULL);

		must(guest ? SP_OK : SP_FAILED, "load");
		sp_testing_remove(testing, guest);
	}
	sp_testing_events(testing, true);
	return (now_us() - began) / LOADS;
}

int main(int count, char **arguments)
{
	for (int i = 1; i < count; i++) {
		size_t size = strtoul(arguments[i], NULL, 10);
		sp_testing *testing = sp_testing_create(NULL);
		double began, made, call, wave, load;

		sp_testing_add(testing, &cell_plugin, NULL);
		began = now_us();
		grow(testing, size);
		made = (now_us() - began) / (double)size;
		call_cost(testing, size); /* the allocator puts in order what was freed before */
		call = call_cost(testing, size);
		wave = wave_cost(testing, size);
		load = load_cost(testing);
		printf("{\"instances\":%zu,\"make_us\":%.2f,\"call_us\":%.2f,\"wave_us\":%.2f,\"load_us\":%.2f}\n",
			size, made, call, wave, load);
		fflush(stdout);
		sp_testing_destroy(testing);
	}
	return EXIT_SUCCESS;
}
