/* check_shared.c: handles on signals, and functions that other threads have run on the loop (R-RX-8). */
#include "alloc.h"
#include "kernel_kit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
SP_RECORD(kept, (integer, count));

SP_COMPONENT(ticker,
	(signal, integer, count),
	(signal, number, ratio),
	(signal, string, note, .otherwise = "quiet"),
	(signal, bytes, load),
	(signal, any, table),
	(signal, pointer(int), where),
	(computed, integer, twice),
	(signal, integer, published),
	(member, SP_SHARED(integer), shared),
	(effect, publish),
	(effect, tell),
	(posted, char, hear),
	(posted, void, fall),
	(runnable, point, nothing, nothing),
	(runnable, lack, nothing, nothing),
	(state, kept, 1),
	(activate),
	(deactivate));
/* clang-format on */

KIT_PLUGIN(ticker, &ticker_component);
KIT_VERSION(ticker_two, ticker, "2.0.0", &ticker_component);

/* What the test, as the threads of the component, holds; and what the component shall do. */
static struct {
	SP_SHARED(integer) count;
	SP_SHARED(number) ratio;
	SP_SHARED(string) note;
	SP_SHARED(bytes) load;
	SP_SHARED(any) table;
	SP_SHARED(integer) published;
	SP_SHARED(integer) forgotten;
	sp_runtime *rt;
	bool silent, forgets, posts_early, fails, posts_late;
	int line; /* where the handle that is forgotten was shared */
} held;

static int64_t ticker_twice(const struct ticker *self)
{
	return 2 * sp_get(self->count);
}

static sp_status ticker_publish(struct ticker *self)
{
	return sp_set(self->published, sp_get(self->twice));
}

static sp_status ticker_tell(struct ticker *self)
{
	int count = (int)sp_get(self->count);
	const char *note = sp_get(self->note);

	if (!held.silent)
		diary_add("%d:%s", count, note ? note : "none");
	return SP_OK;
}

static sp_status ticker_hear(struct ticker *self, char *text)
{
	sp_set(self->note, "between");
	sp_set(self->note, sp_format(self->rt, "heard %s", text));
	free(text);
	return SP_OK;
}

static sp_status ticker_fall(struct ticker *self, void *object SP_UNUSED)
{
	return sp_fail(self->rt, SP_FAILED, "fell at %d", (int)sp_get(self->count));
}

static sp_status ticker_point(struct ticker *self)
{
	SP_SHARED(pointer(int)) handle = { NULL };

	return sp_share(self->rt, &handle, self->where);
}

static sp_status ticker_lack(struct ticker *self)
{
	SP_SHARED(integer) handle = { NULL };
	sp_status status;

	sp_alloc_fail_after(0);
	status = sp_share(self->rt, &handle, self->count);
	sp_alloc_fail_after(-1);
	return status;
}

static sp_status ticker_snapshot(struct ticker *self, struct kept *out)
{
	out->count = sp_peek(self->count);
	return SP_OK;
}

static sp_status ticker_restore(struct ticker *self, const struct kept *in)
{
	return sp_set(self->count, in->count);
}

static void drop_text(void *text)
{
	diary_add("dropped:%s", (char *)text);
	free(text);
}

static sp_status post_text(sp_runtime *rt, const char *text)
{
	return sp_post(rt, ticker, hear, strdup(text), drop_text);
}

static sp_status ticker_activate(struct ticker *self)
{
	held.rt = self->rt;
	held.line = __LINE__ + 1;
	if (held.forgets && sp_share(self->rt, &held.forgotten, self->count) != SP_OK)
		return SP_NO_MEMORY;
	if (sp_share(self->rt, &self->shared, self->count) != SP_OK ||
		sp_share(self->rt, &held.ratio, self->ratio) != SP_OK ||
		sp_share(self->rt, &held.note, self->note) != SP_OK ||
		sp_share(self->rt, &held.load, self->load) != SP_OK ||
		sp_share(self->rt, &held.table, self->table) != SP_OK ||
		sp_share(self->rt, &held.published, self->published) != SP_OK)
		return SP_NO_MEMORY;
	held.count.shared = self->shared.shared;
	if (held.posts_early)
		post_text(self->rt, "early");
	return held.fails ? SP_FAILED : SP_OK;
}

static sp_status ticker_deactivate(struct ticker *self)
{
	if (held.posts_late)
		ck_assert_int_eq(post_text(self->rt, "late"), SP_OK);
	return SP_OK;
}

static void release_all(void)
{
	sp_shared_release(held.count.shared);
	sp_shared_release(held.ratio.shared);
	sp_shared_release(held.note.shared);
	sp_shared_release(held.load.shared);
	sp_shared_release(held.table.shared);
	sp_shared_release(held.published.shared);
}

static sp_testing *ticker_open(sp_plugin_handle **ret_plugin, int *gone)
{
	sp_testing *world;

	memset(&held, 0, sizeof(held));
	world = world_open(NULL);
	*ret_plugin = world_add_counted(world, &ticker_plugin, gone);
	ck_assert_str_eq(diary_take(), "0:quiet");
	return world;
}

/* Removes the plugin; its handles, which hold it, are released by the test. */
static void ticker_close(sp_testing *world, sp_plugin_handle *plugin)
{
	sp_testing_remove(world, plugin);
	release_all();
	sp_testing_destroy(world);
}

START_TEST(a_post_sets_the_signal) /* R-RX-8 */
{
	sp_plugin_handle *plugin;
	int gone = 0;
	sp_testing *world = ticker_open(&plugin, &gone);
	char text[8] = "loud";

	ck_assert_int_eq(sp_shared_post(held.count, 1), SP_OK);
	ck_assert_int_eq(sp_shared_post(held.note, text), SP_OK);
	text[0] = 'c'; /* it was copied */
	ck_assert_int_eq(sp_shared_post(held.count, 2), SP_OK);
	ck_assert_int_eq(sp_shared_post(held.count, 2), SP_OK);
	ck_assert_int_eq(sp_shared_post(held.note, NULL), SP_OK);
	ck_assert_int_eq(sp_shared_post(held.note, "end"), SP_OK);
	ck_assert_str_eq(diary_take(), "");
	sp_testing_turn(world);
	ck_assert_str_eq(diary_take(), "1:quiet 1:loud 2:loud 2:none 2:end");
	ticker_close(world, plugin);
}
END_TEST

START_TEST(any_thread_reads) /* R-RX-8: numbers by value, text copied, json copied deeply */
{
	sp_plugin_handle *plugin;
	int gone = 0;
	sp_testing *world = ticker_open(&plugin, &gone);
	json_t *table = json_pack("{s:[i]}", "items", 7), *items = json_object_get(table, "items"), *read = NULL;
	sp_bytes load = { "ab", 2 };
	const char *note = NULL;
	double ratio = 0;
	int64_t twice = 0;

	json_incref(table);
	ck_assert_int_eq(sp_shared_post(held.table, table), SP_OK);
	ck_assert_uint_eq(table->refcount, 1);
	json_array_append_new(items, json_integer(8)); /* ours alone */
	json_decref(table);
	sp_shared_post(held.count, 21);
	sp_shared_post(held.ratio, 0.5);
	sp_shared_post(held.load, load);
	sp_testing_turn(world);
	ck_assert_int_eq(sp_shared_read(held.note, &note), SP_OK);
	ck_assert_int_eq(sp_shared_read(held.table, &read), SP_OK);
	ck_assert_int_eq(sp_shared_read(held.ratio, &ratio), SP_OK);
	ck_assert_int_eq(sp_shared_read(held.published, &twice), SP_OK);
	load = (sp_bytes){ NULL, 0 };
	ck_assert_int_eq(sp_shared_read(held.load, &load), SP_OK);
	ck_assert_str_eq(note, "quiet");
	ck_assert_uint_eq(json_array_size(json_object_get(read, "items")), 1);
	ck_assert_uint_eq(read->refcount, 1);
	ck_assert(ratio == 0.5);
	ck_assert_int_eq(twice, 42); /* a computed, through an effect */
	ck_assert_mem_eq(load.data, "ab", 2);
	sp_shared_free(held.note, &note);
	sp_shared_free(held.table, &read);
	sp_shared_free(held.load, &load);
	ticker_close(world, plugin);
}
END_TEST

START_TEST(pointers_are_refused) /* R-RX-8 */
{
	sp_plugin_handle *plugin;
	int gone = 0;
	sp_testing *world = ticker_open(&plugin, &gone);

	ck_assert_ptr_nonnull(
		strstr(world_call_fails(world, "ticker.point", "invalid_params"), "pointer cannot be shared"));
	ticker_close(world, plugin);
}
END_TEST

START_TEST(a_posted_function_is_an_entry) /* R-RX-5, R-RX-8: a batch; a failure is told */
{
	sp_plugin_handle *plugin;
	int gone = 0;
	sp_testing *world = ticker_open(&plugin, &gone);

	sp_testing_log(world, true);
	ck_assert_int_eq(post_text(held.rt, "one"), SP_OK);
	sp_shared_post(held.count, 3);
	ck_assert_int_eq(sp_post(held.count.shared, ticker, hear, strdup("two"), drop_text), SP_OK);
	ck_assert_int_eq(sp_post(held.rt, ticker, fall, NULL, NULL), SP_OK);
	sp_testing_turn(world);
	ck_assert_str_eq(diary_take(), "0:heard one 3:heard one 3:heard two");
	ck_assert_str_eq(sp_testing_log(world, true), "error ticker: posted function fall failed: fell at 3\n");
	ticker_close(world, plugin);
}
END_TEST

START_TEST(gone_when_the_instance_ended) /* R-RX-8: the handle lives on, and says so */
{
	sp_plugin_handle *plugin;
	int gone = 0;
	sp_testing *world = ticker_open(&plugin, &gone);
	int64_t count = -1;

	held.posts_late = true;
	post_text(held.rt, "last");
	sp_shared_post(held.count, 4);
	sp_testing_remove(world, plugin);
	/* What was posted before it ended was delivered, what was posted while it ended was dropped. */
	ck_assert_str_eq(diary_take(), "0:heard last 4:heard last dropped:late");
	ck_assert_int_eq(sp_shared_post(held.count, 5), SP_GONE);
	ck_assert_int_eq(sp_shared_post(held.table, json_object()), SP_GONE);
	ck_assert_int_eq(sp_shared_read(held.count, &count), SP_GONE);
	ck_assert_int_eq(count, -1);
	ck_assert_int_eq(sp_post(held.count.shared, ticker, hear, strdup("no"), drop_text), SP_GONE);
	ck_assert_str_eq(diary_take(), "dropped:no");
	release_all();
	sp_testing_turn(world);
	ck_assert_int_eq(gone, 1);
	sp_testing_destroy(world);
}
END_TEST

static void *release_elsewhere(void *shared)
{
	sp_shared_release(shared);
	return NULL;
}

/* The holders of the plugin as one text, until the next call. */
static const char *holders(sp_plugin_handle *plugin, const char **ret_state)
{
	static char text[2000], state[32];
	json_t *inspected = sp_plugin_inspect_new(plugin), *holder;
	size_t i, length = 0;

	text[0] = '\0';
	json_array_foreach(json_object_get(inspected, "holders"), i, holder) {
		snprintf(text + length, sizeof text - length, "%s\n", json_string_value(holder));
		length = strlen(text);
	}
	snprintf(state, sizeof state, "%s", json_string_value(json_object_get(inspected, "state")));
	*ret_state = state;
	json_decref(inspected);
	return text;
}

START_TEST(what_was_not_released_holds_the_plugin) /* R-CM-9, R-PL-7: named with its line, until it is released */
{
	sp_plugin_handle *plugin;
	int gone = 0;
	sp_testing *world;
	char line[300];
	const char *state;
	pthread_t thread;

	memset(&held, 0, sizeof(held));
	held.forgets = true;
	world = world_open(NULL);
	plugin = world_add_counted(world, &ticker_plugin, &gone);
	diary_take();
	ck_assert_ptr_eq(sp_shared_retain(held.count.shared), held.count.shared);
	release_all();
	sp_shared_release(held.count.shared);
	sp_testing_turn(world);
	held.count.shared = NULL;
	sp_testing_log(world, true);
	ck_assert_uint_eq(world_size(world, "ticker", "ledger"), 1);
	sp_testing_remove(world, plugin);
	snprintf(line, sizeof(line),
		"warning ticker: stopped without releasing the handle on ticker.count shared at %s:%d; plugin ticker stays "
		"loaded until it is\n",
		__FILE__, held.line);
	ck_assert_str_eq(sp_testing_log(world, true), line);
	snprintf(line, sizeof(line), "ticker.count: a handle, shared at %s:%d\n", __FILE__, held.line);
	ck_assert_str_eq(holders(plugin, &state), line);
	ck_assert_str_eq(state, "leaving");
	ck_assert_int_eq(gone, 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, release_elsewhere, held.forgotten.shared), 0);
	pthread_join(thread, NULL);
	ck_assert_int_eq(gone, 0);
	sp_testing_turn(world);
	ck_assert_int_eq(gone, 1);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(kernel_destroyed_while_a_handle_is_held) /* R-RX-8 */
{
	sp_plugin_handle *plugin;
	int gone = 0;
	sp_testing *world = ticker_open(&plugin, &gone);
	int64_t count = 0;

	sp_shared_post(held.count, 9);
	sp_testing_destroy(world);
	ck_assert_int_eq(gone, 0);
	ck_assert_int_eq(sp_shared_post(held.count, 5), SP_GONE);
	ck_assert_int_eq(sp_shared_read(held.count, &count), SP_GONE);
	release_all();
}
END_TEST

START_TEST(a_replacement_takes_over_what_was_posted) /* R-PL-5, R-RX-8: no acknowledged change is lost; then gone */
{
	sp_plugin_handle *plugin;
	int gone = 0;
	sp_testing *world = ticker_open(&plugin, &gone);
	SP_SHARED(integer) old;
	int64_t count = 0;

	old.shared = sp_shared_retain(held.count.shared);
	release_all();
	sp_shared_post(old, 7);
	post_text(held.rt, "it");
	held.posts_early = true;
	ck_assert_int_eq(sp_testing_replace(world, &plugin, &ticker_two_plugin, NULL), SP_OK);
	/* The old one's effects have run twice, the new one's, with its state and in its own time, likewise. */
	ck_assert_str_eq(diary_take(), "7:quiet 7:heard it 7:quiet 7:heard early");
	ck_assert_int_eq(sp_shared_post(old, 8), SP_GONE);
	ck_assert_int_eq(sp_shared_read(old, &count), SP_GONE);
	ck_assert_int_eq(sp_shared_post(held.count, 8), SP_OK);
	sp_testing_turn(world);
	ck_assert_int_eq(sp_shared_read(held.count, &count), SP_OK);
	ck_assert_int_eq(count, 8);
	ck_assert_int_eq(gone, 0); /* the old handle holds it */
	sp_shared_release(old.shared);
	sp_testing_turn(world);
	ck_assert_int_eq(gone, 1);
	ticker_close(world, plugin);
}
END_TEST

START_TEST(a_failed_replacement_drops_its_own_posts) /* R-PL-5, R-CM-10 */
{
	sp_plugin_handle *plugin;
	int gone = 0;
	sp_testing *world = ticker_open(&plugin, &gone);
	SP_SHARED(integer) old;

	old.shared = sp_shared_retain(held.count.shared);
	release_all();
	held.posts_early = held.fails = true;
	ck_assert_int_ne(sp_testing_replace(world, &plugin, &ticker_two_plugin, NULL), SP_OK);
	ck_assert_str_eq(diary_take(), "dropped:early");
	release_all();
	ck_assert_int_eq(sp_shared_post(old, 8), SP_OK);
	sp_testing_turn(world);
	ck_assert_str_eq(diary_take(), "8:quiet");
	sp_shared_release(old.shared);
	memset(&held, 0, sizeof(held));
	ticker_close(world, plugin);
}
END_TEST

static size_t post_until_full(void)
{
	size_t count = 0;

	while (sp_shared_post(held.count, (int64_t)count) == SP_OK)
		count++;
	return count;
}

START_TEST(the_queue_is_bounded) /* R-RX-8 */
{
	sp_plugin_handle *plugin;
	int gone = 0;
	sp_testing *world = ticker_open(&plugin, &gone);
	int64_t count = 0;

	ck_assert_uint_eq(post_until_full(), 10000);
	ck_assert_int_eq(sp_shared_post(held.note, "no"), SP_UNAVAILABLE);
	ck_assert_int_eq(post_text(held.rt, "no"), SP_UNAVAILABLE);
	ck_assert_str_eq(diary_take(), "dropped:no");
	held.silent = true;
	sp_testing_turn(world);
	held.silent = false;
	ck_assert_int_eq(sp_shared_read(held.count, &count), SP_OK);
	ck_assert_int_eq(count, 9999);
	ck_assert_int_eq(sp_shared_post(held.note, "again"), SP_OK);
	ticker_close(world, plugin);
}
END_TEST

START_TEST(whoever_posts_is_told_of_too_little_memory) /* R-RX-8 */
{
	sp_plugin_handle *plugin;
	int gone = 0;
	sp_testing *world = ticker_open(&plugin, &gone);
	const char *note = "untouched";
	char *text = strdup("no");

	for (long i = 0; i < 2; i++) {
		sp_alloc_fail_after(i);
		ck_assert_int_eq(sp_shared_post(held.note, "long"), SP_NO_MEMORY);
	}
	sp_alloc_fail_after(0);
	ck_assert_int_eq(sp_post(held.rt, ticker, hear, text, drop_text), SP_NO_MEMORY);
	sp_alloc_fail_after(0);
	ck_assert_int_eq(sp_shared_read(held.note, &note), SP_NO_MEMORY);
	sp_alloc_fail_after(-1);
	ck_assert_str_eq(note, "untouched");
	sp_testing_turn(world);
	ck_assert_str_eq(diary_take(), "dropped:no");
	world_call_fails(world, "ticker.lack", "failed");
	ticker_close(world, plugin);
}
END_TEST

KIT_MAIN("shared", a_post_sets_the_signal, any_thread_reads, pointers_are_refused, a_posted_function_is_an_entry,
	gone_when_the_instance_ended, what_was_not_released_holds_the_plugin, kernel_destroyed_while_a_handle_is_held,
	a_replacement_takes_over_what_was_posted, a_failed_replacement_drops_its_own_posts, the_queue_is_bounded,
	whoever_posts_is_told_of_too_little_memory)
