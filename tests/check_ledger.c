/* check_ledger.c: what an instance registers beyond its rows: leases, cleanups, entries of the host's services
 * (R-CM-9). */
#include "alloc.h"
#include "kernel_kit.h"
#include "ledger.h"
#include "voices.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

VOICE(anna, 10, "en");

/* clang-format off */
SP_COMPONENT(keeper,
	(optional, voice, teacher),
	(member, const struct voice *, kept),
	(runnable, keep, nothing, nothing),
	(runnable, ask, nothing, words),
	(runnable, give_back, nothing, nothing),
	(runnable, keep_without_memory, nothing, nothing));

SP_COMPONENT(hoarder, (one, voice, teacher), (activate), (deactivate));

SP_COMPONENT(tidy,
	(signal, integer, round),
	(effect, work),
	(activate),
	(runnable, note, nothing, nothing),
	(runnable, next, nothing, nothing));

SP_COMPONENT(lender, (provide, voice));
SP_COMPONENT(borrower, (one, voice, from), (signal, integer, round), (effect, work),
	(runnable, next, nothing, nothing));
/* clang-format on */

static sp_status keeper_keep(struct keeper *self)
{
	self->kept = sp_lease(self->rt, sp_get(self->teacher));
	return self->kept ? SP_OK : SP_NO_MEMORY;
}

static sp_status keeper_ask(struct keeper *self, struct words *out)
{
	out->text = self->kept->say(self->kept);
	return SP_OK;
}

static sp_status keeper_give_back(struct keeper *self)
{
	sp_lease_release(self->rt, self->kept);
	self->kept = NULL;
	return SP_OK;
}

static sp_status keeper_keep_without_memory(struct keeper *self)
{
	const struct voice *lease;

	sp_alloc_fail_after(0);
	lease = sp_lease(self->rt, sp_get(self->teacher));
	sp_alloc_fail_after(-1);
	return lease ? SP_OK : SP_NO_MEMORY;
}

static int lease_line;

static sp_status hoarder_activate(struct hoarder *self)
{
	lease_line = __LINE__ + 1;
	return sp_lease(self->rt, sp_get(self->teacher)) ? SP_OK : SP_NO_MEMORY;
}

static sp_status hoarder_deactivate(SP_UNUSED struct hoarder *self)
{
	diary_add("-hoarder");
	return SP_OK;
}

static void add_word(void *word)
{
	diary_add("~%s", (const char *)word);
}

enum { FIRST, SECOND, NOTE, ACTIVATE, LENT };

static sp_status clean_up(sp_runtime *rt, size_t which)
{
	static char cleanups[][12] = { "first", "second", "note", "activate", "lent" };

	return sp_cleanup(rt, add_word, cleanups[which]);
}

static sp_status tidy_activate(struct tidy *self)
{
	return clean_up(self->rt, ACTIVATE);
}

static sp_status tidy_work(struct tidy *self)
{
	clean_up(self->rt, FIRST);
	clean_up(self->rt, SECOND);
	diary_add("work:%d", (int)sp_get(self->round));
	return SP_OK;
}

static sp_status tidy_note(struct tidy *self)
{
	return clean_up(self->rt, NOTE);
}

static sp_status tidy_next(struct tidy *self)
{
	return sp_set(self->round, sp_get(self->round) + 1);
}

static const char *lender_say(const struct voice *service)
{
	clean_up(sp_self(lender, service)->rt, LENT);
	return "lender";
}
SP_SERVICE(lender, voice, .say = lender_say);

static sp_status borrower_work(struct borrower *self)
{
	const struct voice *from = sp_get(self->from);

	diary_add("%s:%d", from->say(from), (int)sp_get(self->round));
	return SP_OK;
}

static sp_status borrower_next(struct borrower *self)
{
	return sp_set(self->round, sp_get(self->round) + 1);
}

KIT_PLUGIN(keeper, &keeper_component);
KIT_PLUGIN(hoarder, &hoarder_component);
KIT_PLUGIN(tidy, &tidy_component);
KIT_PLUGIN(lender, &lender_component);
KIT_PLUGIN(borrower, &borrower_component);

/* R-CM-4, R-PL-7: a lease keeps the provider, its plugin and the service usable, though nobody new finds it. */
START_TEST(a_lease_keeps_its_provider)
{
	sp_testing *world = world_open(NULL);
	int gone = 0;
	sp_plugin_handle *anna = world_add_counted(world, &anna_plugin, &gone);
	json_t *seen;

	world_add(world, &keeper_plugin);
	world_call(world, "keeper.keep", NULL);
	ck_assert_uint_eq(world_size(world, "keeper", "ledger"), 1);
	sp_testing_remove(world, anna);
	sp_testing_advance(world, 60000);
	ck_assert_int_eq(gone, 0);
	ck_assert_str_eq(diary_take(), "+anna");
	ck_assert_str_eq(world_call(world, "keeper.ask", NULL), "anna");
	seen = sp_plugin_inspect_new(anna);
	ck_assert_str_eq(json_string_value(json_object_get(seen, "state")), "leaving");
	ck_assert_str_eq(json_string_value(json_array_get(json_object_get(seen, "holders"), 0)),
		"anna: 0 calls, 1 leases, 1 bindings");
	json_decref(seen);
	world_call(world, "keeper.give_back", NULL);
	ck_assert_int_eq(gone, 1);
	ck_assert_str_eq(diary_take(), "-anna");
	ck_assert_uint_eq(world_size(world, "keeper", "ledger"), 0);
	ck_assert_str_eq(sp_testing_log(world, true), "");
	sp_testing_destroy(world);
}
END_TEST

START_TEST(releasing_no_lease_does_nothing)
{
	sp_testing *world = world_open(NULL);

	world_add(world, &keeper_plugin);
	world_call(world, "keeper.give_back", NULL);
	ck_assert_str_eq(sp_testing_log(world, true), "");
	sp_testing_destroy(world);
}
END_TEST

/* What was forgotten is reported with its place, and released. */
START_TEST(a_forgotten_lease_is_reported)
{
	sp_testing *world = world_open(NULL);
	int gone = 0;
	sp_plugin_handle *anna = world_add_counted(world, &anna_plugin, &gone);
	char expected[256];

	world_add(world, &hoarder_plugin);
	sp_testing_log(world, true);
	sp_testing_remove(world, anna);
	ck_assert_int_eq(gone, 1);
	ck_assert_str_eq(diary_take(), "+anna -hoarder -anna");
	snprintf(expected, sizeof expected,
		"warning hoarder: stopped without releasing the lease on IVoice/1 taken at %s:%d\n", __FILE__,
		lease_line);
	ck_assert_ptr_nonnull(strstr(sp_testing_log(world, true), expected));
	sp_testing_destroy(world);
}
END_TEST

START_TEST(a_lease_may_find_no_memory)
{
	sp_testing *world = world_open(NULL);
	int gone = 0;
	sp_plugin_handle *anna = world_add_counted(world, &anna_plugin, &gone);

	world_add(world, &keeper_plugin);
	ck_assert_str_eq(world_call_fails(world, "keeper.keep_without_memory", "failed"), "out of memory");
	sp_testing_remove(world, anna);
	ck_assert_int_eq(gone, 1);
	sp_testing_destroy(world);
}
END_TEST

START_TEST(a_lease_ends_with_its_holder)
{
	sp_testing *world = world_open(NULL);
	int gone = 0;
	sp_plugin_handle *keeper = world_add_counted(world, &keeper_plugin, &gone);

	world_add(world, &anna_plugin);
	world_call(world, "keeper.keep", NULL);
	sp_testing_remove(world, keeper);
	ck_assert_int_eq(gone, 1);
	ck_assert_uint_eq(times_in(sp_testing_log(world, true), "without releasing the lease"), 1);
	sp_testing_destroy(world);
	ck_assert_str_eq(diary_take(), "+anna -anna");
}
END_TEST

struct releasing {
	sp_runtime *rt;
	const struct voice *leased;
};

static void *release_elsewhere(void *user)
{
	const struct releasing *releasing = user;

	sp_lease_release(releasing->rt, releasing->leased);
	return NULL;
}

/* R-CM-4: a lease may be released on any thread. */
START_TEST(another_thread_releases)
{
	sp_testing *world = world_open(NULL);
	int gone = 0;
	sp_plugin_handle *anna = world_add_counted(world, &anna_plugin, &gone);
	struct releasing releasing;
	struct sp_runtime *rt;
	pthread_t thread;

	world_add(world, &keeper_plugin);
	world_call(world, "keeper.keep", NULL);
	rt = container_of(sp_testing_kernel(world)->instances.previous, struct instance, link)->body;
	releasing = (struct releasing){ rt, ((struct keeper *)rt->self)->kept };
	sp_testing_remove(world, anna);
	ck_assert_int_eq(pthread_create(&thread, NULL, release_elsewhere, &releasing), 0);
	pthread_join(thread, NULL);
	ck_assert_int_eq(gone, 0);
	sp_testing_turn(world);
	ck_assert_int_eq(gone, 1);
	sp_lease_release(rt, (const struct voice *)NULL);
	sp_testing_destroy(world);
}
END_TEST

/* A lease released when its holder is about to end is not told as forgotten, and freed once. */
START_TEST(a_release_under_way_is_no_omission)
{
	sp_testing *world = world_open(NULL);
	sp_plugin_handle *keeper = world_add(world, &keeper_plugin);
	struct releasing releasing;
	struct sp_runtime *rt;
	pthread_t thread;

	world_add(world, &anna_plugin);
	world_call(world, "keeper.keep", NULL);
	rt = container_of(sp_testing_kernel(world)->instances.next, struct instance, link)->body;
	releasing = (struct releasing){ rt, ((struct keeper *)rt->self)->kept };
	sp_kernel_remove(keeper);
	ck_assert_int_eq(pthread_create(&thread, NULL, release_elsewhere, &releasing), 0);
	pthread_join(thread, NULL);
	sp_testing_turn(world);
	ck_assert_str_eq(sp_testing_state(world, "keeper"), "");
	ck_assert_ptr_null(strstr(sp_testing_log(world, true), "without releasing"));
	sp_testing_destroy(world);
}
END_TEST

/* R-RX-4, R-CM-9: of an effect, before its next run and at its end; of any other handler, at the instance's end. */
START_TEST(cleanups_run_in_reverse)
{
	sp_testing *world = world_open(NULL);
	sp_plugin_handle *tidy = world_add(world, &tidy_plugin);

	ck_assert_str_eq(diary_take(), "work:0");
	world_call(world, "tidy.next", NULL);
	ck_assert_str_eq(diary_take(), "~second ~first work:1");
	world_call(world, "tidy.note", NULL);
	ck_assert_str_eq(diary_take(), "");
	ck_assert_uint_eq(world_size(world, "tidy", "ledger"), 2);
	sp_testing_remove(world, tidy);
	ck_assert_str_eq(diary_take(), "~second ~first ~note ~activate");
	sp_testing_destroy(world);
}
END_TEST

/* A cleanup belongs to whoever asks for it, not to the effect of a consumer that happens to run. */
START_TEST(cleanups_are_their_owners)
{
	sp_testing *world = world_open(NULL);
	sp_plugin_handle *borrower;

	world_add(world, &lender_plugin);
	borrower = world_add(world, &borrower_plugin);
	ck_assert_str_eq(diary_take(), "lender:0");
	world_call(world, "borrower.next", NULL);
	ck_assert_str_eq(diary_take(), "lender:1");
	sp_testing_remove(world, borrower);
	ck_assert_str_eq(diary_take(), "");
	ck_assert_uint_eq(world_size(world, "lender", "ledger"), 2);
	sp_testing_destroy(world);
	ck_assert_str_eq(diary_take(), "~lent ~lent");
}
END_TEST

struct thing {
	struct sp_ledger_entry entry;
	const char *word;
};

/* ---- drain ------------------------------------------------------------------------------------------------------- */

/* clang-format off */
SP_COMPONENT(busy, (provide, voice), (async_effect, dig), (deactivate), (later, wait, nothing, nothing));
/* clang-format on */

static struct {
	sp_run *run;
	sp_call *call;
} under_way;

static const char *busy_say(const struct voice *service SP_UNUSED)
{
	return "busy";
}
SP_SERVICE(busy, voice, .say = busy_say);

static sp_status busy_dig(SP_UNUSED struct busy *self, sp_run *run)
{
	under_way.run = run;
	return SP_LATER;
}

static void busy_dig_cancel(SP_UNUSED struct busy *self, sp_run *run)
{
	ck_assert(sp_is_stale(run));
	diary_add("cancelled");
}

static sp_status busy_wait(SP_UNUSED struct busy *self, sp_call *call)
{
	under_way.call = call;
	return SP_LATER;
}

static sp_status busy_deactivate(SP_UNUSED struct busy *self)
{
	diary_add("-busy");
	return SP_OK;
}

KIT_PLUGIN(busy, &busy_component);

static void expect_under_way(sp_testing *world, const sp_plugin_handle *plugin, unsigned calls, const char *holder)
{
	json_t *status = sp_kernel_status_new(sp_testing_kernel(world)), *seen = sp_plugin_inspect_new(plugin);
	const json_t *counts = json_object_get(status, "counts"), *holders = json_object_get(seen, "holders");

	ck_assert_int_eq(json_integer_value(json_object_get(counts, "in_flight")), calls);
	ck_assert_str_eq(json_string_value(json_array_get(holders, 0)), holder);
	json_decref(status);
	json_decref(seen);
}

/* R-CM-3, R-PL-7: who leaves waits for its calls, then for its asynchronous effects, then for its leases; each is
 * told. */
START_TEST(draining_counts_what_is_under_way)
{
	sp_testing *world = world_open(NULL);
	int gone = 0;
	sp_plugin_handle *busy = world_add_counted(world, &busy_plugin, &gone);

	world_add(world, &keeper_plugin);
	world_call(world, "keeper.keep", NULL);
	world_begin(world, "busy.wait");
	sp_testing_remove(world, busy);
	ck_assert_str_eq(diary_take(), "");
	expect_under_way(world, busy, 1, "busy: 2 calls, 1 leases, 1 bindings");
	sp_finish(under_way.call, SP_OK);
	sp_testing_turn(world);
	expect_under_way(world, busy, 0, "busy: 1 calls, 1 leases, 1 bindings");
	world_call(world, "keeper.give_back", NULL);
	ck_assert_str_eq(diary_take(), "answered cancelled");
	expect_under_way(world, busy, 0, "busy: 1 calls, 0 leases, 0 bindings");
	sp_finish(under_way.run, SP_CANCELLED);
	sp_testing_turn(world);
	ck_assert_str_eq(diary_take(), "-busy");
	ck_assert_int_eq(gone, 1);
	sp_testing_destroy(world);
}
END_TEST

/* ---- what a host's service makes --------------------------------------------------------------------------------- */

/* The host's: makes something that has to be given back. */
struct maker {
	struct sp_service service;
	void (*make)(const struct maker *maker, size_t which);
};
SP_CONTRACT(maker, "IMaker", 1);

static struct cup {
	struct sp_ledger_entry entry;
	sp_runtime *owner;
} cups[2];
static int cup_line;

static void report_entry(struct sp_ledger_entry *entry)
{
	diary_add("%s", entry->kind);
	sp_ledger_report(container_of(entry, struct cup, entry)->owner, entry, "tea");
}

static void make_cup(const struct maker *maker, size_t which)
{
	cups[which] = (struct cup){ { .kind = "cup", .release = report_entry }, maker->service.consumer };
	sp_ledger_add(maker->service.consumer, &cups[which].entry);
}

/* clang-format off */
SP_COMPONENT(guest, (one, maker, maker), (activate), (runnable, forget, nothing, nothing)); static const int guest_line = __LINE__;
/* clang-format on */

static sp_status guest_activate(struct guest *self)
{
	const struct maker *maker = sp_get(self->maker);

	cup_line = __LINE__ + 1;
	sp_here(maker)->make(maker, 0);
	maker->make(maker, 1);
	return SP_OK;
}

/* Names its line, and makes nothing there. */
static sp_status guest_forget(struct guest *self)
{
	const struct maker *maker = sp_get(self->maker);

	return sp_here(maker) ? SP_OK : SP_FAILED;
}

KIT_PLUGIN(guest, &guest_component);

static void expect_line(const char *log, int line)
{
	char expected[256];

	snprintf(expected, sizeof expected, "warning guest: stopped without giving back the cup tea of %s:%d\n",
		__FILE__, line);
	ck_assert_msg(strstr(log, expected) != NULL, "%s in %s", expected, log);
}

/* What a service makes is known by the line that asked, or else by the declaration, while it lives and when it is
 * left. */
START_TEST(a_service_tells_whose_line_made_it)
{
	static const struct maker maker = { .service = { .size = sizeof maker }, .make = make_cup };
	sp_testing *world = world_open(NULL);
	sp_plugin_handle *guest;
	json_t *seen;

	ck_assert_int_eq(sp_kernel_provide(sp_testing_kernel(world), &maker_contract, &maker, NULL, 0), SP_OK);
	guest = world_add(world, &guest_plugin);
	world_call(world, "guest.forget", NULL);
	seen = sp_kernel_component_new(sp_testing_kernel(world), "guest");
	ck_assert_int_eq(json_integer_value(
				 json_object_get(json_array_get(json_object_get(seen, "ledger"), 0), "line")),
		cup_line);
	json_decref(seen);
	sp_testing_log(world, true);
	sp_testing_remove(world, guest);
	expect_line(sp_testing_log(world, false), cup_line);
	expect_line(sp_testing_log(world, true), guest_line);
	ck_assert_str_eq(diary_take(), "cup cup");
	sp_testing_destroy(world);
}
END_TEST

static void end_thing(struct sp_ledger_entry *entry)
{
	diary_add("%s", container_of(entry, struct thing, entry)->word);
	sp_ledger_remove(entry);
}

/* Latest first; what was taken out is not released. */
START_TEST(entries_are_swept_in_reverse)
{
	struct thing things[] = { { { .line = 1, .release = end_thing }, "one" },
		{ { .line = 1, .release = end_thing }, "two" }, { { .line = 1, .release = end_thing }, "three" } };
	struct sp_runtime rt;

	memset(&rt, 0, sizeof rt);
	ledger_init(&rt.ledger);
	for (size_t i = 0; i < 3; i++)
		sp_ledger_add(&rt, &things[i].entry);
	sp_ledger_remove(&things[1].entry);
	ledger_sweep(&rt);
	ck_assert_str_eq(diary_take(), "three one");
	ledger_sweep(&rt);
	ck_assert_str_eq(diary_take(), "");
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { a_lease_keeps_its_provider, releasing_no_lease_does_nothing,
		a_forgotten_lease_is_reported, a_lease_may_find_no_memory, a_lease_ends_with_its_holder,
		another_thread_releases, a_release_under_way_is_no_omission, cleanups_run_in_reverse,
		cleanups_are_their_owners, entries_are_swept_in_reverse, a_service_tells_whose_line_made_it,
		draining_counts_what_is_under_way };

	return kit_run("ledger", cases, sizeof cases / sizeof cases[0]);
}
