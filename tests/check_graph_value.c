/* check_graph_value.c: how nodes keep values of every kind, and share them with other threads. */
#include "alloc.h"
#include "graph_kit.h"

#include <pthread.h>
#include <sched.h>
#include <signalpy/value.h>
#include <stdio.h>
#include <string.h>

/* A value too large for a node: a name that is copied, and counted in live_names. */
struct badge {
	int64_t number, grade;
	char *name;
};

static int live_names;

static bool badge_equal(SP_UNUSED const struct sp_value_type *type, const void *left, const void *right)
{
	const struct badge *one = left, *other = right;

	return one->number == other->number && one->grade == other->grade;
}

static sp_status badge_keep(SP_UNUSED const struct sp_value_type *type, void *to, const void *from)
{
	struct badge copy = *(const struct badge *)from;

	copy.name = sp_strdup(copy.name != NULL ? copy.name : "");
	if (copy.name == NULL)
		return SP_NO_MEMORY;
	live_names++;
	*(struct badge *)to = copy;
	return SP_OK;
}

static void badge_release(SP_UNUSED const struct sp_value_type *type, void *value)
{
	struct badge *badge = value;

	live_names--;
	sp_free(badge->name);
}

static const struct sp_value_type badge_type = {
	.struct_size = sizeof(struct sp_value_type),
	.size = sizeof(struct badge),
	.equal = badge_equal,
	.keep = badge_keep,
	.release = badge_release,
};

static const struct badge *get_badge(sp_node *node)
{
	return sp_node_get(node);
}

START_TEST(large_value_is_kept_and_released) /* R-RX-2 */
{
	struct kit kit;
	char name[] = "Ada";
	struct badge badge = { 1, 2, name };
	sp_node *signal;

	kit_open(&kit);
	signal = sp_signal_create(kit.graph, &badge_type, &badge);
	name[0] = 'X';
	ck_assert_str_eq(get_badge(signal)->name, "Ada");
	ck_assert_int_eq(sp_node_write(signal, &badge), SP_OK);
	ck_assert_str_eq(get_badge(signal)->name, "Ada");
	badge.number = 9;
	ck_assert_int_eq(sp_node_write(signal, &badge), SP_OK);
	ck_assert_str_eq(get_badge(signal)->name, "Xda");
	ck_assert_int_eq(live_names, 1);
	kit_close(&kit);
	ck_assert_int_eq(live_names, 0);
}
END_TEST

static sp_status award(void *user, void *ret_value, struct sp_error *error)
{
	sp_node *source = user;
	struct badge *badge = ret_value;

	ck_assert_int_eq(badge->number, 0);
	*badge = *get_badge(source);
	badge->grade *= 10;
	return badge->grade < 0 ? sp_error_set(error, SP_INVALID, "no such grade") : SP_OK;
}

START_TEST(large_value_of_a_computed)
{
	struct kit kit;
	struct badge badge = { 1, 2, "Ada" };
	sp_node *signal, *computed;

	kit_open(&kit);
	signal = sp_signal_create(kit.graph, &badge_type, &badge);
	computed = sp_computed_create(kit.graph, &badge_type, award, signal);
	ck_assert_int_eq(get_badge(computed)->grade, 20);
	badge.grade = -1;
	sp_node_write(signal, &badge);
	ck_assert_int_eq(get_badge(computed)->grade, 0);
	ck_assert_ptr_null(get_badge(computed)->name);
	ck_assert_int_eq(live_names, 1);
	badge.grade = 3;
	sp_node_write(signal, &badge);
	ck_assert_int_eq(get_badge(computed)->grade, 30);
	ck_assert_int_eq(live_names, 2);
	sp_node_dispose(computed);
	ck_assert_int_eq(live_names, 1);
	kit_close(&kit);
	ck_assert_int_eq(live_names, 0);
}
END_TEST

START_TEST(value_without_memory_is_not_replaced)
{
	struct kit kit;
	struct badge badge = { 1, 2, "Ada" };
	struct sp_node_info info = { .struct_size = sizeof(info) };
	sp_node *signal, *computed;

	kit_open(&kit);
	signal = sp_signal_create(kit.graph, &badge_type, &badge);
	computed = sp_computed_create(kit.graph, &badge_type, award, signal);
	badge.number = 2;
	sp_alloc_fail_after(0);
	ck_assert_int_eq(sp_node_write(signal, &badge), SP_NO_MEMORY);
	ck_assert_int_eq(get_badge(signal)->number, 1);
	sp_node_get(computed);
	sp_node_write(signal, &badge);
	sp_alloc_fail_after(0);
	ck_assert_int_eq(get_badge(computed)->number, 0);
	sp_node_inspect(computed, &info);
	ck_assert(info.failed);
	ck_assert_int_eq(get_badge(computed)->number, 2);
	kit_close(&kit);
	ck_assert_int_eq(live_names, 0);
}
END_TEST

START_TEST(node_without_memory_is_not_made)
{
	struct kit kit;
	struct badge badge = { 1, 2, "Ada" };
	json_t *value = json_array();
	long i;

	kit_open(&kit);
	kit_signal(&kit, 0);
	for (i = 0; i < 2; i++) {
		sp_alloc_fail_after(i);
		ck_assert_ptr_null(sp_signal_create(kit.graph, &badge_type, &badge));
	}
	sp_alloc_fail_after(1);
	ck_assert_ptr_null(sp_computed_create(kit.graph, &badge_type, award, NULL));
	kit_close(&kit);
	kit_open(&kit);
	sp_alloc_fail_after(0);
	ck_assert_ptr_null(sp_signal_create(kit.graph, &sp_type_json, &value)); /* which takes it all the same */
	sp_alloc_fail_after(0);
	ck_assert_ptr_null(sp_effect_create(kit.graph, NULL, NULL, 0));
	ck_assert_uint_eq(kit_counts(&kit).nodes, 0);
	kit_close(&kit);
	sp_alloc_fail_after(0);
	ck_assert_ptr_null(sp_graph_create(NULL));
	ck_assert_int_eq(live_names, 0);
}
END_TEST

/* ---- a pointer that carries its release (R-RX-2) ----------------------------------------------------------------- */

static void note_release(SP_UNUSED const struct sp_value_type *type, void *value)
{
	struct kit *kit = *(struct kit **)value;

	kit_note(kit, 'r');
}

static const struct sp_value_type owned_type = {
	.struct_size = sizeof(struct sp_value_type),
	.size = sizeof(void *),
	.release = note_release,
};

START_TEST(pointer_is_released_when_replaced_and_at_the_end)
{
	struct kit kit, other = { 0 }, *at = &kit;
	sp_node *signal;

	kit_open(&kit);
	signal = sp_signal_create(kit.graph, &owned_type, &at);
	ck_assert_int_eq(sp_node_write(signal, &at), SP_OK);
	ck_assert_str_eq(kit.diary, "");
	at = &other;
	ck_assert_int_eq(sp_node_write(signal, &at), SP_OK);
	ck_assert_str_eq(kit.diary, "r");
	sp_node_dispose(signal);
	ck_assert_str_eq(other.diary, "r");
	ck_assert_int_eq(sp_node_read(kit_signal(&kit, 0), &at), SP_CONFLICT);
	kit_close(&kit);
}
END_TEST

/* ---- json -------------------------------------------------------------------------------------------------------- */

START_TEST(json_is_stolen_and_compares_by_identity) /* R-RX-2 */
{
	struct kit kit;
	json_t *first = json_pack("{s:i}", "a", 1), *second = json_pack("{s:i}", "a", 1);
	sp_node *signal;

	kit_open(&kit);
	signal = sp_signal_create(kit.graph, &sp_type_json, &first);
	json_incref(first);
	ck_assert_int_eq(sp_node_write(signal, &first), SP_OK); /* equal: the reference is given back */
	ck_assert_uint_eq(first->refcount, 1);
	json_incref(first);
	json_incref(second);
	ck_assert_int_eq(sp_node_write(signal, &second), SP_OK);
	ck_assert_uint_eq(first->refcount, 1);
	ck_assert_uint_eq(second->refcount, 2);
	ck_assert_ptr_eq(*(json_t *const *)sp_node_get(signal), second);
	kit_close(&kit);
	ck_assert_uint_eq(second->refcount, 1);
	json_decref(first);
	json_decref(second);
}
END_TEST

static sp_status wrap_json(void *user, void *ret_value, SP_UNUSED struct sp_error *error)
{
	double value = kit_get(user);

	*(json_t **)ret_value = json_real(value);
	return value < 0 ? SP_FAILED : SP_OK;
}

START_TEST(json_of_a_computed_is_stolen_even_when_it_fails)
{
	struct kit kit;
	sp_node *signal, *computed;

	kit_open(&kit);
	signal = kit_signal(&kit, 1);
	computed = sp_computed_create(kit.graph, &sp_type_json, wrap_json, signal);
	ck_assert_double_eq(json_real_value(*(json_t *const *)sp_node_get(computed)), 1);
	kit_set(signal, -1);
	ck_assert_ptr_null(*(json_t *const *)sp_node_get(computed));
	kit_set(signal, 2);
	ck_assert_double_eq(json_real_value(*(json_t *const *)sp_node_get(computed)), 2);
	kit_close(&kit);
}
END_TEST

START_TEST(refused_write_takes_a_stolen_value)
{
	struct kit kit;
	json_t *value = json_integer(1);
	sp_node *signal, *computed;

	kit_open(&kit);
	signal = kit_signal(&kit, 1);
	computed = sp_computed_create(kit.graph, &sp_type_json, wrap_json, signal);
	ck_assert_int_eq(sp_node_write(computed, &value), SP_CONFLICT);
	kit_close(&kit);
}
END_TEST

START_TEST(changed_json_is_told) /* R-RX-2 */
{
	struct kit kit;
	json_t *value = json_object();
	sp_node *signal;

	kit_open(&kit);
	signal = sp_signal_create(kit.graph, &sp_type_json, &value);
	kit_name(signal, "settings");
	sp_node_get(signal);
	ck_assert_str_eq(kit.problems, "");
	json_object_set_new(value, "sneaky", json_true());
	sp_node_peek(signal);
	sp_node_get(signal);
	ck_assert_str_eq(kit.problems, IN_DEBUG_BUILDS("mutated: settings\n"));
	kit_close(&kit);
}
END_TEST

/* ---- other threads ----------------------------------------------------------------------------------------------- */

struct sharing {
	struct kit kit;
	sp_node *number, *text, *tree;
	unsigned wrong;
};

/* Reads until the number is below zero. */
static void *read_shared(void *user)
{
	struct sharing *sharing = user;
	double number = 0;

	while (number >= 0) {
		char *text = NULL;
		json_t *tree = NULL;

		if (sp_node_read(sharing->number, &number) != SP_OK || sp_node_read(sharing->text, &text) != SP_OK ||
			sp_node_read(sharing->tree, &tree) != SP_OK)
			sharing->wrong++;
		sharing->wrong += text == NULL || strncmp(text, "text ", 5) != 0;
		sharing->wrong += !json_is_object(tree);
		sp_type_string.release(&sp_type_string, &text);
		sp_type_json.release(&sp_type_json, &tree);
		sched_yield();
	}
	return NULL;
}

static void write_all(struct sharing *sharing, double i)
{
	char text[32], *at = text;
	json_t *tree = json_pack("{s:f, s:[i]}", "i", i, "list", 1);

	snprintf(text, sizeof(text), "text %g", i);
	kit_set(sharing->number, i);
	ck_assert_int_eq(sp_node_write(sharing->text, &at), SP_OK);
	ck_assert_int_eq(sp_node_write(sharing->tree, &tree), SP_OK);
}

START_TEST(shared_values_are_read_on_other_threads) /* R-RX-8 */
{
	struct sharing sharing = { 0 };
	pthread_t thread;
	int i;

	kit_open(&sharing.kit);
	sharing.number = kit_signal(&sharing.kit, 0);
	sharing.text = sp_signal_create(sharing.kit.graph, &sp_type_string, NULL);
	sharing.tree = sp_signal_create(sharing.kit.graph, &sp_type_json, NULL);
	write_all(&sharing, 0);
	sp_node_share(sharing.number);
	sp_node_share(sharing.text);
	sp_node_share(sharing.tree);
	ck_assert_int_eq(pthread_create(&thread, NULL, read_shared, &sharing), 0);
	for (i = 1; i < 2000; i++)
		write_all(&sharing, i);
	kit_set(sharing.number, -1);
	pthread_join(thread, NULL);
	ck_assert_uint_eq(sharing.wrong, 0);
	kit_close(&sharing.kit);
}
END_TEST

START_TEST(only_shared_nodes_and_safe_types_are_read)
{
	struct kit kit;
	const void *at = &kit;
	sp_node *pointer, *owned;

	kit_open(&kit);
	ck_assert_int_eq(sp_node_read(kit_signal(&kit, 1), &at), SP_CONFLICT);
	pointer = sp_signal_create(kit.graph, &sp_type_pointer, &at);
	owned = sp_signal_create(kit.graph, &owned_type, &at);
	sp_node_share(pointer);
	sp_node_share(owned);
	ck_assert_int_eq(sp_node_read(pointer, &at), SP_CONFLICT);
	ck_assert_int_eq(sp_node_read(owned, &at), SP_CONFLICT);
	kit_close(&kit);
}
END_TEST

static sp_status exchange_inside(void *user, SP_UNUSED void *ret_value, SP_UNUSED struct sp_error *error)
{
	double value = 2;

	return sp_node_exchange(user, &value);
}

static sp_status count_run(void *user, SP_UNUSED struct sp_error *error)
{
	struct sum *follower = user;

	follower->runs++;
	sp_node_get(follower->inputs[0]);
	return SP_OK;
}

/* What was kept beforehand is written without memory; what was there is the caller's. */
START_TEST(kept_value_is_exchanged)
{
	struct kit kit;
	struct badge badge = { 1, 2, "Ada" }, next = { 3, 4, "Bob" }, same = { 3, 4, "Bob" };
	struct sum follower = { 0 };

	kit_open(&kit);
	follower.inputs[0] = sp_signal_create(kit.graph, &badge_type, &badge);
	kit_effect(&kit, count_run, &follower);
	badge_keep(&badge_type, &next, &next);
	badge_keep(&badge_type, &same, &same);
	sp_alloc_fail_from(0);
	ck_assert_int_eq(sp_node_exchange(follower.inputs[0], &next), SP_OK);
	ck_assert_str_eq(get_badge(follower.inputs[0])->name, "Bob");
	ck_assert_str_eq(next.name, "Ada");
	ck_assert_uint_eq(follower.runs, 2);
	ck_assert_int_eq(sp_node_exchange(follower.inputs[0], &same), SP_OK);
	ck_assert_uint_eq(follower.runs, 2);
	ck_assert(!sp_alloc_has_failed());
	sp_alloc_fail_from(-1);
	badge_release(&badge_type, &next);
	badge_release(&badge_type, &same);
	kit_close(&kit);
	ck_assert_int_eq(live_names, 0);
}
END_TEST

START_TEST(only_a_signal_is_exchanged)
{
	struct kit kit;
	double value = 2;
	sp_node *signal, *computed;

	kit_open(&kit);
	signal = kit_signal(&kit, 1);
	computed = kit_computed(&kit, exchange_inside, signal);
	ck_assert_int_eq(sp_node_exchange(signal, &value), SP_OK);
	ck_assert_double_eq(value, 1);
	ck_assert_double_eq(kit_get(signal), 2);
	ck_assert_int_eq(sp_node_exchange(computed, &value), SP_CONFLICT);
	ck_assert_int_eq(sp_node_error(computed)->code, SP_CONFLICT);
	kit_close(&kit);
}
END_TEST

KIT_MAIN("graph_value", large_value_is_kept_and_released, large_value_of_a_computed,
	value_without_memory_is_not_replaced, node_without_memory_is_not_made,
	pointer_is_released_when_replaced_and_at_the_end, json_is_stolen_and_compares_by_identity,
	json_of_a_computed_is_stolen_even_when_it_fails, refused_write_takes_a_stolen_value, changed_json_is_told,
	shared_values_are_read_on_other_threads, only_shared_nodes_and_safe_types_are_read, kept_value_is_exchanged,
	only_a_signal_is_exchanged)
