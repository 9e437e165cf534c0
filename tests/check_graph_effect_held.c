/* check_graph_effect_held.c: effects that are held, as their work goes on after they returned (R-RX-7). */
#include "graph_kit.h"

struct holder {
	struct kit *kit;
	sp_node *effect, *input;
	bool held, writes;
};

static void note_release(void *user)
{
	kit_note(user, 'c');
}

/* Its work goes on after it returned, until the test releases it. */
static sp_status run_holder(void *user, SP_UNUSED struct sp_error *error)
{
	struct holder *holder = user;

	if (holder->held) {
		kit_note(holder->kit, 's');
		if (holder->writes)
			kit_set(holder->input, kit_get(holder->input) + 1);
		return SP_FAILED; /* is not looked at */
	}
	kit_note(holder->kit, 'r');
	kit_get(holder->input);
	ck_assert_int_eq(sp_effect_cleanup(holder->kit->graph, note_release, holder->kit), SP_OK);
	holder->held = true;
	sp_effect_hold(holder->effect);
	return SP_OK;
}

static void open_holder(struct kit *kit, struct holder *holder)
{
	kit_open(kit);
	*holder = (struct holder){ .kit = kit, .input = kit_signal(kit, 0) };
	holder->effect = sp_effect_create(kit->graph, run_holder, holder, SP_EFFECT_ASLEEP);
	sp_effect_wake(holder->effect);
}

static void release_holder(struct holder *holder, const struct sp_error *failure, bool again)
{
	holder->held = false;
	sp_effect_release(holder->effect, failure, again);
}

START_TEST(held_effect_is_told_once_and_runs_once_afterwards) /* R-RX-7 */
{
	struct sp_node_info info = { .struct_size = sizeof info };
	struct kit kit;
	struct holder holder;

	open_holder(&kit, &holder);
	kit_set(holder.input, 1);
	kit_set(holder.input, 2);
	ck_assert_str_eq(kit.diary, "rs");
	sp_node_inspect(holder.effect, &info);
	ck_assert(info.held && info.stale);
	release_holder(&holder, NULL, false);
	ck_assert_str_eq(kit.diary, "rscr");
	release_holder(&holder, NULL, false);
	kit_set(holder.input, 3);
	ck_assert_str_eq(kit.diary, "rscrcr");
	release_holder(&holder, NULL, true);
	ck_assert_str_eq(kit.diary, "rscrcrcr");
	kit_close(&kit);
}
END_TEST

START_TEST(held_effect_may_write_what_it_reads_when_told)
{
	struct kit kit;
	struct holder holder;

	open_holder(&kit, &holder);
	holder.writes = true;
	kit_set(holder.input, 1);
	ck_assert_str_eq(kit.diary, "rs");
	ck_assert(kit_get(holder.input) == 2);
	sp_node_dispose(holder.effect);
	ck_assert_str_eq(kit.diary, "rsc");
	kit_close(&kit);
}
END_TEST

START_TEST(held_effect_that_sleeps_does_not_run_when_released)
{
	struct kit kit;
	struct holder holder;

	open_holder(&kit, &holder);
	sp_effect_sleep(holder.effect);
	kit_set(holder.input, 1);
	release_holder(&holder, NULL, true);
	ck_assert_str_eq(kit.diary, "r");
	sp_effect_wake(holder.effect);
	ck_assert_str_eq(kit.diary, "rcr");
	kit_close(&kit);
}
END_TEST

START_TEST(held_effect_tells_how_it_ended)
{
	const struct sp_error failure = { .code = SP_FAILED, .message = "gone wrong" };
	const struct sp_error memory = { .code = SP_NO_MEMORY, .message = "no memory" };
	struct sp_node_info info = { .struct_size = sizeof info };
	struct kit kit;
	struct holder holder;

	open_holder(&kit, &holder);
	release_holder(&holder, &failure, false);
	sp_node_inspect(holder.effect, &info);
	ck_assert(info.failed && !info.stale && !info.held);
	kit_set(holder.input, 1);
	release_holder(&holder, &memory, false);
	sp_node_inspect(holder.effect, &info);
	ck_assert(info.failed && info.stale);
	ck_assert_str_eq(kit.diary, "rcr");
	sp_batch_begin(kit.graph);
	sp_effect_wake(holder.effect);
	kit_set(holder.input, 2); /* reaches it while it is queued */
	sp_batch_end(kit.graph);
	ck_assert_str_eq(kit.diary, "rcrcr");
	release_holder(&holder, NULL, false);
	sp_node_inspect(holder.effect, &info);
	ck_assert(!info.failed);
	kit_close(&kit);
}
END_TEST

KIT_MAIN("graph_effect_held", held_effect_is_told_once_and_runs_once_afterwards,
	held_effect_may_write_what_it_reads_when_told, held_effect_that_sleeps_does_not_run_when_released,
	held_effect_tells_how_it_ended)
