/*
 * links: daemon kernel -rdynamic -Wl,--disable-new-dtags
 * links: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup,--wrap=free
 *
 * check_total_unload.c: after any sequence of loading, updating, unloading, calling, configuring and publishing, with the
 * shipped plugins and the examples as files, removing everything leaves the process as it was before the first load:
 * descriptors, mappings, nodes and registrations at once; memory and threads, of which some are kept to be used again, as
 * they were after the same sequences (R-CM-9, R-PL-3, R-PL-7).
 */
#include <pthread.h>
#include <signalpy/gateway.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "call.h"
#include "counted_memory.h"
#include "event_loop.h"
#include "file_kit.h"
#include "graph_kit.h"
#include "kernel.h"
#include "log_tail.h"
#include "plugins.h"

enum { SEQUENCES = 40, SLOW_SEQUENCES = 6, SEQUENCE = 60, STEP_MS = 2000, DESCRIPTORS_MOST = 256, WORKERS = 1 };
enum { BLOCKS_OF_SLACK = 8, BYTES_OF_SLACK = 8192 };

static const char *const names[] = { "http", "rest", "counter", "greeter", "dictionary-en", "dictionary-fr",
	"spell-checker" };
static const char *const files[] = { "plugins/http", "plugins/rest", "examples/counter", "examples/greeter",
	"examples/dictionary-en", "examples/dictionary-fr", "examples/spell-checker" };
enum { PLUGINS = sizeof names / sizeof names[0] };

static const struct {
	const char *address, *params;
} calls[] = { { "counter.increment", "{\"by\": 3}" }, { "counter.increment_later", "{\"by\": 1, \"after_ms\": 3}" },
	{ "counter.increment_in_worker", "{\"after_ms\": 1}" }, { "counter.get", "{\"wrong\": 1}" },
	{ "greeter.greet", "{\"name\": \"Ada\"}" }, { "spell-checker.check", "{\"text\": \"bonjour my world\"}" } };
enum { CALLS = sizeof calls / sizeof calls[0] };

static const char *const settings[] = { "{}", "{\"components\": {\"greeter\": {\"greeting\": \"Hi\"}}}",
	"{\"components\": {\"dictionary-en\": {\"words\": [\"my\"]}}, \"http\": {\"listen\": [\"127.0.0.1:0\"]}}",
	"{\"components\": {\"greeter\": {\"greeting\": 5}}}" };
enum { SETTINGS = sizeof settings / sizeof settings[0] };

static struct {
	struct sp_event_loop *loop;
	sp_kernel *kernel;
	struct log *log;
	struct plugins *set;
	unsigned open; /* requests and calls that are not answered */
	unsigned loads, answers; /* of those, that succeeded */
} stage;

/* What the process holds. */
struct holdings {
	unsigned descriptors, mappings, threads;
	size_t registrations;
	uint64_t nodes;
	struct counted_memory memory;
};

/* ---- the stage --------------------------------------------------------------------------------------------------- */

static void *do_nothing(SP_UNUSED void *user)
{
	return NULL;
}

/* ThreadSanitizer starts a thread of its own with the first of a process, which is none that the daemon keeps. */
static void start_first_thread(void)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, do_nothing, NULL), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

static void stage_open(void)
{
	struct sp_kernel_options kernel = { .struct_size = sizeof kernel, .ops = sp_event_loop_ops() };
	struct plugins_options plugins = { .kernel = NULL };

	start_first_thread();
	kit_make_directory();
	plugins.state_dir = kit_directory;
	kernel.loop = plugins.loop = stage.loop = sp_event_loop_create(NULL, WORKERS, NULL);
	plugins.kernel = stage.kernel = sp_kernel_create(&kernel, NULL);
	plugins.log = stage.log = log_create(open("/dev/null", O_WRONLY | O_CLOEXEC));
	ck_assert_int_eq(log_provide(stage.log, stage.kernel), SP_OK);
	stage.set = plugins_create(&plugins, NULL);
	ck_assert_ptr_nonnull(stage.set);
	plugins_allow_untrusted(stage.set, true);
	ck_assert_int_eq(sp_event_loop_provide(stage.loop, stage.kernel), SP_OK);
	sp_kernel_boot(stage.kernel);
}

static void stage_close(void)
{
	plugins_stop(stage.set);
	sp_kernel_stop(stage.kernel, NULL, NULL);
	while (sp_kernel_state(stage.kernel) != SP_KERNEL_STOPPED)
		sp_event_loop_step(stage.loop, STEP_MS);
	plugins_destroy(stage.set);
	sp_kernel_destroy(stage.kernel);
	sp_event_loop_destroy(stage.loop);
	log_destroy(stage.log);
	kit_remove_directory();
}

/* ---- what is done ------------------------------------------------------------------------------------------------ */

static unsigned chance(uint64_t *seed, size_t of)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (unsigned)((*seed >> 11) % of);
}

static void note_done(SP_UNUSED void *user, sp_status status, SP_UNUSED const json_t *result,
	SP_UNUSED const struct sp_error *error)
{
	stage.open--;
	stage.loads += status == SP_OK;
}

static void note_answer(SP_UNUSED void *user, const struct sp_answer *answer)
{
	stage.open--;
	stage.answers += answer->status == SP_OK;
}

static void change(unsigned plugin, unsigned how)
{
	char path[256];

	snprintf(path, sizeof path, TEST_BUILD_DIR "/lib/signalpy/%s.so", files[plugin]);
	stage.open++;
	if (how == 0)
		plugins_unload(stage.set, names[plugin], note_done, NULL);
	else if (how == 1)
		plugins_update(stage.set, names[plugin], path, note_done, NULL);
	else
		plugins_load(stage.set, path, note_done, NULL);
}

static void call(unsigned which)
{
	const struct sp_gateway *gateway = sp_kernel_gateway(stage.kernel);

	stage.open++;
	gateway->call(gateway,
		&(struct sp_request){ .struct_size = sizeof(struct sp_request),
			.address = calls[which].address,
			.params = { calls[which].params, strlen(calls[which].params) },
			.done = note_answer },
		NULL);
}

static void act(uint64_t *seed)
{
	switch (chance(seed, 6)) {
	case 0:
		sp_kernel_configure(stage.kernel, json_loads(settings[chance(seed, SETTINGS)], 0, NULL), NULL);
		break;
	case 1:
		sp_kernel_publish(stage.kernel, "counter.add", json_pack("{s:i}", "by", 2));
		break;
	case 2:
	case 3:
		call(chance(seed, CALLS));
		break;
	default:
		change(chance(seed, PLUGINS), chance(seed, 4));
		break;
	}
	sp_event_loop_step(stage.loop, 0);
}

static size_t count_items(json_t *list)
{
	size_t count = json_array_size(list);

	ck_assert_ptr_nonnull(list);
	json_decref(list);
	return count;
}

/* Plugins that are asked to go while they are changed stay: they are asked until none is left. */
static void remove_everything(void)
{
	bool left = true;

	while (left) {
		while (stage.open)
			sp_event_loop_step(stage.loop, STEP_MS);
		left = count_items(sp_kernel_components_new(stage.kernel)) > 0;
		for (unsigned i = 0; left && i < PLUGINS; i++)
			change(i, 0);
	}
	ck_assert_int_eq(sp_kernel_configure(stage.kernel, json_object(), NULL), SP_OK);
	sp_kernel_dead_letters_purge(stage.kernel);
	while (!list_is_empty(&stage.kernel->plugins) || stage.kernel->bus.count > 0)
		sp_event_loop_step(stage.loop, STEP_MS);
	sp_event_loop_step(stage.loop, 0);
}

/* ---- what is left ------------------------------------------------------------------------------------------------ */

static unsigned count_descriptors(void)
{
	unsigned count = 0;

	for (int i = 0; i < DESCRIPTORS_MOST; i++)
		count += fcntl(i, F_GETFD) >= 0;
	return count;
}

/* Lines of a file that hold a text. */
static unsigned count_lines(const char *path, const char *text)
{
	char line[512];
	unsigned count = 0;
	FILE *file = fopen(path, "re");

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof line, file))
		count += strstr(line, text) != NULL;
	fclose(file);
	return count;
}

static unsigned count_threads(void)
{
	char line[512];
	unsigned count = 0;
	FILE *file = fopen("/proc/self/status", "re");

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof line, file))
		if (strncmp(line, "Threads:", 8) == 0)
			count = (unsigned)strtoul(line + 8, NULL, 10);
	fclose(file);
	return count;
}

static size_t count_links(const struct list *head)
{
	const struct list *at;
	size_t count = 0;

	for (at = head->next; at != head; at = at->next)
		count++;
	return count;
}

/* Whatever the kernel knows of somebody else. */
static size_t count_registrations(const struct sp_kernel *kernel)
{
	size_t count = kernel->addresses.count + kernel->rest_paths.count + kernel->factories.count +
		kernel->plugins_by_name.count + kernel->instances_by_name.count;

	for (size_t i = 0; i < kernel->contracts.size; i++)
		for (const struct table_link *at = kernel->contracts.buckets[i]; at; at = at->next) {
			const struct contract *contract = container_of(at, struct contract, link);

			count += count_links(&contract->services) + count_links(&contract->needs) +
				count_links(&contract->offers) + count_links(&contract->waiters);
		}
	return count + count_links(&kernel->bus.subscriptions) + count_links(&kernel->bus.events) +
		count_links(&kernel->deadlines) + count_links(&kernel->retired) + count_links(&kernel->gone) +
		count_links(&kernel->due) + count_links(&kernel->leaving_due);
}

static struct holdings take_holdings(void)
{
	struct sp_graph_counts counts;

	sp_graph_count(sp_kernel_graph(stage.kernel), &counts);
	return (struct holdings){ .descriptors = count_descriptors(),
		.mappings = count_lines("/proc/self/maps", "/"),
		.threads = count_threads(),
		.registrations = count_registrations(stage.kernel),
		.nodes = counts.nodes,
		.memory = counted_memory() };
}

/* What is kept to be used again is made alike: of calls as many as were open at once, which the machine's load decides;
 * of the log the latest records, up to a limit, as long as they happen to be. */
static void level_stocks(void)
{
	calls_finish(stage.kernel);
	for (unsigned i = 0; i < LOG_TAIL_KEPT; i++)
		log_write(stage.log, SP_ERROR, "", "filled");
}

static void play(uint64_t seed)
{
	for (unsigned i = 0; i < SEQUENCE; i++)
		act(&seed);
	remove_everything();
}

static void expect_holdings(const struct holdings *before)
{
	const struct holdings now = take_holdings();

	ck_assert_uint_eq(now.descriptors, before->descriptors);
	ck_assert_uint_eq(now.mappings, before->mappings);
	ck_assert_uint_eq(now.nodes, before->nodes);
	ck_assert_uint_eq(now.registrations, before->registrations);
}

START_TEST(total_unload_leaves_nothing)
{
	const unsigned count = getenv("TEST_SLOW") ? SLOW_SEQUENCES : SEQUENCES;
	struct holdings before, first = { 0 }, now;

	stage_open();
	remove_everything();
	before = take_holdings();
	for (unsigned i = 0; i < 2 * count; i++) {
		play(i % count + 1);
		expect_holdings(&before);
		if (i + 1 == count) {
			level_stocks();
			first = take_holdings();
		}
	}
	level_stocks();
	now = take_holdings();
	ck_assert_uint_le(now.threads, before.threads + 2 * WORKERS); /* each may have a spare */
	ck_assert_uint_le(now.memory.blocks, first.memory.blocks + BLOCKS_OF_SLACK);
	ck_assert_uint_le(now.memory.bytes, first.memory.bytes + BYTES_OF_SLACK);
	ck_assert_uint_gt(stage.loads, count);
	ck_assert_uint_gt(stage.answers, count);
	stage_close();
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { total_unload_leaves_nothing };

	sp_alloc_install();
	return kit_run("total_unload", cases, 1);
}
