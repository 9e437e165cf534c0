/* check_testing_storage.c: the storage contract (R-PR-1, R-PR-3) as the testing kit provides it. */
#include "alloc.h"
#include "kernel_kit.h"
#include "runner.h"

#include <signalpy/storage.h>
#include <stdlib.h>
#include <string.h>

SP_RECORD(note, (string, key, .otherwise = "a"), (string, text, .otherwise = ""));
SP_RECORD(names, (array(string), names));

/* A call, and where its answer goes. */
struct asked {
	sp_call *call;
	void *out;
};

/* clang-format off */
SP_COMPONENT(keeper,
	(one, sp_storage, storage),
	(member, struct asked, asked),
	(later, save, note, nothing),
	(later, load, note, note),
	(later, erase, note, nothing),
	(later, list, note, names),
	(runnable, save_quietly, note, nothing),
	(deactivate));
SP_COMPONENT(other, (one, sp_storage, storage), (later, load, note, note), (member, struct asked, asked));
/* clang-format on */

static void told(void *user, const struct sp_stored *stored)
{
	const struct asked *asked = user;

	if (stored->status != SP_OK)
		sp_fail(asked->call, stored->status, "%s", stored->message);
	sp_finish(asked->call, stored->status);
}

static void told_value(void *user, const struct sp_stored *stored)
{
	const struct asked *asked = user;
	struct note *out = asked->out;

	if (stored->status == SP_OK)
		out->text = sp_format(asked->call, "%.*s", (int)stored->value.size, (const char *)stored->value.data);
	told(user, stored);
}

static void told_keys(void *user, const struct sp_stored *stored)
{
	const struct asked *asked = user;
	struct names *out = asked->out;

	for (const char *const *key = stored->keys; stored->count && *key; key++)
		sp_append(asked->call, &out->names, *key);
	told(user, stored);
}

static sp_bytes bytes_of(const char *text)
{
	return (sp_bytes){ text, strlen(text) };
}

static sp_status begun(struct keeper *self, sp_status status)
{
	return status == SP_OK ? SP_LATER : sp_fail(self->asked.call, status, "refused");
}

static sp_status keeper_save(struct keeper *self, sp_call *call, const struct note *in)
{
	const struct sp_storage *storage = sp_get(self->storage);

	self->asked = (struct asked){ .call = call };
	return begun(self, storage->put(storage, in->key, bytes_of(in->text), told, &self->asked));
}

static sp_status keeper_load(struct keeper *self, sp_call *call, const struct note *in, struct note *out)
{
	const struct sp_storage *storage = sp_get(self->storage);

	self->asked = (struct asked){ call, out };
	return begun(self, storage->get(storage, in->key, told_value, &self->asked));
}

static sp_status other_load(struct other *self, sp_call *call, const struct note *in, struct note *out)
{
	const struct sp_storage *storage = sp_get(self->storage);

	self->asked = (struct asked){ call, out };
	return storage->get(storage, in->key, told_value, &self->asked) == SP_OK ? SP_LATER : SP_FAILED;
}

static sp_status keeper_erase(struct keeper *self, sp_call *call, const struct note *in)
{
	const struct sp_storage *storage = sp_get(self->storage);

	self->asked = (struct asked){ .call = call };
	return begun(self, storage->remove(storage, in->key, told, &self->asked));
}

static sp_status keeper_list(struct keeper *self, sp_call *call, const struct note *in, struct names *out)
{
	const struct sp_storage *storage = sp_get(self->storage);

	self->asked = (struct asked){ call, out };
	return begun(self, storage->list(storage, in->key, told_keys, &self->asked));
}

static sp_status keeper_save_quietly(struct keeper *self, const struct note *in)
{
	const struct sp_storage *storage = sp_get(self->storage);

	return storage->put(storage, in->key, bytes_of(in->text), NULL, NULL);
}

static void told_in_vain(SP_UNUSED void *user, SP_UNUSED const struct sp_stored *stored)
{
	diary_add("told");
}

static sp_status keeper_deactivate(struct keeper *self)
{
	const struct sp_storage *storage = sp_peek(self->storage);

	return storage->put(storage, "last", bytes_of("words"), told_in_vain, self);
}

KIT_PLUGIN(keeping, &keeper_component, &other_component);

static sp_testing *world;
static sp_plugin_handle *plugin;

static void begin(void)
{
	world = world_open(NULL);
	plugin = world_add(world, &keeping_plugin);
}

static void end(void)
{
	sp_testing_destroy(world);
	diary_take();
}

START_TEST(what_is_put_is_got_until_it_is_deleted)
{
	world_call(world, "keeper.save", "{\"key\":\"a\",\"text\":\"one\"}");
	ck_assert_str_eq(world_call(world, "keeper.load", NULL), "one");
	world_call(world, "keeper.save", "{\"key\":\"a\",\"text\":\"two\"}");
	ck_assert_str_eq(world_call(world, "keeper.load", NULL), "two");
	world_call(world, "keeper.erase", NULL);
	world_call(world, "keeper.erase", NULL);
	ck_assert_str_eq(world_call_fails(world, "keeper.load", "not_found"), "nothing is stored under this key");
}
END_TEST

/* R-PR-1: under the same key each instance has its own. */
START_TEST(an_instance_has_its_own)
{
	world_call(world, "keeper.save", "{\"text\":\"mine\"}");
	world_call_fails(world, "other.load", "not_found");
	ck_assert_int_eq(sp_testing_store(world, "other", "a", "theirs"), SP_OK);
	ck_assert_str_eq(world_call(world, "other.load", NULL), "theirs");
	ck_assert_str_eq(world_call(world, "keeper.load", NULL), "mine");
	ck_assert_str_eq(sp_testing_stored(world, "keeper", "a"), "mine");
	ck_assert_int_eq(sp_testing_store(world, "other", "a", NULL), SP_OK);
	ck_assert_ptr_null(sp_testing_stored(world, "other", "a"));
}
END_TEST

START_TEST(keys_are_listed_in_order)
{
	json_t *answer, *wanted = json_pack("{s:[s, s, s]}", "names", "n.a", "n.b", "n.c");

	sp_testing_store(world, "keeper", "n.c", "3");
	sp_testing_store(world, "keeper", "n.a", "1");
	sp_testing_store(world, "keeper", "n.b", "2");
	sp_testing_store(world, "keeper", "m", "0");
	sp_testing_store(world, "other", "n.d", "4");
	answer = sp_testing_call_new(world, "keeper.list", "{\"key\":\"n.\"}");
	ck_assert(json_equal(json_object_get(answer, "data"), wanted));
	json_decref(answer);
	answer = sp_testing_call_new(world, "keeper.list", "{\"key\":\"\"}");
	ck_assert_uint_eq(json_array_size(json_object_get(json_object_get(answer, "data"), "names")), 4);
	json_decref(answer);
	json_decref(wanted);
}
END_TEST

static bool is_refused(const char *key)
{
	json_t *params = json_pack("{s:s}", "key", key), *answer;
	char *text = json_dumps(params, 0);
	const char *code;
	bool refused;

	answer = sp_testing_call_new(world, "keeper.save", text);
	code = json_string_value(json_object_get(json_object_get(answer, "error"), "code"));
	refused = code && strcmp(code, "invalid_params") == 0;
	json_decref(params);
	json_decref(answer);
	free(text);
	return refused;
}

START_TEST(what_cannot_be_a_key_is_refused)
{
	char key[SP_STORAGE_KEY_MAX + 2];

	memset(key, 'k', sizeof key - 1);
	key[sizeof key - 1] = '\0';
	ck_assert(is_refused(key));
	key[SP_STORAGE_KEY_MAX] = '\0';
	ck_assert(!is_refused(key));
	ck_assert(is_refused(""));
}
END_TEST

START_TEST(storage_fails_when_the_test_wants_it)
{
	sp_testing_fail_storage(world, SP_UNAVAILABLE, 2);
	ck_assert_str_eq(world_call_fails(world, "keeper.save", "unavailable"), "the test wants the storage to fail");
	world_call_fails(world, "keeper.load", "unavailable");
	world_call_fails(world, "keeper.load", "not_found");
}
END_TEST

/* Requests that wait are carried out in their order; a call that waits for one is answered then. */
START_TEST(storage_waits_when_it_is_held)
{
	sp_testing_hold_storage(world, true);
	world_begin(world, "keeper.load");
	sp_testing_turn(world);
	world_call(world, "keeper.save_quietly", "{\"key\":\"b\",\"text\":\"late\"}");
	world_call(world, "keeper.save_quietly", "{\"key\":\"b\",\"text\":\"later\"}");
	ck_assert_str_eq(diary_take(), "");
	ck_assert_ptr_null(sp_testing_stored(world, "keeper", "b"));
	sp_testing_hold_storage(world, false);
	ck_assert_str_eq(diary_take(), "nothing is stored under this key");
	ck_assert_str_eq(sp_testing_stored(world, "keeper", "b"), "later");
}
END_TEST

/* What an instance puts with its last breath is kept, and it is not told. */
START_TEST(the_end_of_an_instance_loses_nothing)
{
	sp_testing_hold_storage(world, true);
	sp_testing_remove(world, plugin);
	ck_assert_str_eq(sp_testing_state(world, "keeper"), "");
	sp_testing_hold_storage(world, false);
	ck_assert_str_eq(sp_testing_stored(world, "keeper", "last"), "words");
	ck_assert_str_eq(diary_take(), "");
}
END_TEST

/* Whichever allocation fails, a call is answered, and what was kept is there still. */
START_TEST(memory_may_fail)
{
	bool failed = true;

	world_call(world, "keeper.save", "{\"text\":\"kept\"}");
	for (long allowed = 0; failed; allowed++) {
		json_t *answer;

		sp_alloc_fail_after(allowed);
		answer = sp_testing_call_new(world, "keeper.list", "{\"key\":\"\"}");
		failed = sp_alloc_has_failed();
		sp_alloc_fail_after(-1);
		json_decref(answer);
		ck_assert_str_eq(world_call(world, "keeper.load", NULL), "kept");
		ck_assert_int_lt(allowed, 500);
	}
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(what_is_put_is_got_until_it_is_deleted), TEST(an_instance_has_its_own),
		TEST(keys_are_listed_in_order), TEST(what_cannot_be_a_key_is_refused),
		TEST(storage_fails_when_the_test_wants_it), TEST(storage_waits_when_it_is_held),
		TEST(the_end_of_an_instance_loses_nothing), TEST(memory_may_fail) };

	return run_suite(&SUITE(cases, "testing_storage", .set_up = begin, .tear_down = end));
}
