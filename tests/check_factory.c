/* check_factory.c: a component's rows are judged before any of its code runs (R-CM-1). */
#include "alloc.h"
#include "kernel_kit.h"
#include "model.h"

#include <stdio.h>
#include <string.h>

enum { INSTANCE_SIZE = 64, ROWS_TEST = 5000 };

SP_RECORD(things, (integer, count, .otherwise = 3), (string, label, .otherwise = "none"));
static const struct voice a_table = { .service = { .size = sizeof(struct voice) } };
static const struct voice headless;

static sp_status make_nothing(SP_UNUSED void *self, SP_UNUSED const char *consumer, SP_UNUSED void **ret_object)
{
	return SP_FAILED;
}
static const struct sp_contract nameless_size = { sizeof(struct sp_contract), 1, "ITooLong", 8 };

static sp_status run_nothing(SP_UNUSED void *self, SP_UNUSED sp_call *call, SP_UNUSED const void *in,
	SP_UNUSED void *out)
{
	return SP_OK;
}

static struct sp_error refusal;

/* Makes a factory of rows, ended by NULL; NULL and the refusal's words when it is refused. */
static struct factory *judge(const char *name, const struct sp_row *const *rows)
{
	static struct sp_plugin_handle plugin = { .name = "tested", .version = "7.0" };
	struct sp_component component = { { SP_ABI_MAJOR, sizeof component }, name, INSTANCE_SIZE, rows, __FILE__, 1 };

	memset(&refusal, 0, sizeof refusal);
	return factory_create(&plugin, &component, &refusal);
}

static void refused(const struct sp_row *const *rows, const char *why)
{
	struct factory *factory = judge("it", rows);

	ck_assert_msg(factory == NULL, "was not refused: %s", why);
	ck_assert_str_eq(refusal.message, why);
	ck_assert_int_eq(refusal.code, SP_INVALID);
}

#define REFUSED(why, ...) refused((const struct sp_row *const[]){ __VA_ARGS__, NULL }, (why))
#define ROW(type, kind, label, ...) \
	(&(const struct type){ .row = { kind, sizeof(struct type), 8, label }, __VA_ARGS__ }.row)
#define RUNNABLE(...) RUNNABLE_OF(__VA_ARGS__, .run = run_nothing)
#define RUNNABLE_OF(label, ...) ROW(sp_runnable, SP_ROW_RUNNABLE, label, __VA_ARGS__)

static const struct sp_boolean_field wrong_field = { .field = { SP_BOOLEAN, sizeof wrong_field, 0, 0, "a-b" } };
static const struct sp_boolean_field flag_field = { .field = { SP_BOOLEAN, sizeof flag_field, 0, 0, "flag" } };
#define CELL(label, of) ROW(sp_cell, SP_ROW_SIGNAL, label, .field = &(of).field)

START_TEST(names_have_a_form)
{
	static const char *const wrong[] = { "", "Greeter", "9lives", "a-b", "a b", "_a",
		"a_name_that_is_32_characters_long" };
	static const struct sp_row *const none[] = { NULL };
	struct factory *factory;

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		ck_assert_ptr_null(judge(wrong[i], none));
		ck_assert_ptr_nonnull(strstr(refusal.message, ": a name is [a-z][a-z0-9-]{0,30}"));
	}
	factory = judge("spell_checker_2", none);
	ck_assert_ptr_nonnull(factory);
	ck_assert_str_eq(factory->name, "spell-checker-2");
	ck_assert_str_eq(factory->version, "7.0");
	ck_assert_str_eq(factory->about, "");
	ck_assert_str_eq(factory->name_space, "");
	factory_destroy(factory);
	factory_destroy(NULL);
}
END_TEST

/* R-CM-12 */
START_TEST(rows_have_names_of_a_form)
{
	REFUSED("component it, row Greet: a runnable's name is [a-z][a-z0-9_]{0,30}", RUNNABLE("Greet"));
	REFUSED("component it, row ?: a runnable's name is [a-z][a-z0-9_]{0,30}", RUNNABLE(NULL));
	REFUSED("component it, row a-b: a name is [a-z][a-z0-9_]{0,30}", CELL("a-b", wrong_field));
}
END_TEST

static sp_verdict decide(SP_UNUSED void *self, SP_UNUSED sp_failure *failure)
{
	return SP_RESTART;
}

/* R-SUP-1: the row is judged, and what it does not say is filled in. */
START_TEST(supervision_is_judged)
{
	const struct sp_row *right =
		ROW(sp_supervise, SP_ROW_SUPERVISE, "watch_over", .decide = decide, .max_restarts = 3);
	struct factory *factory = judge("it", (const struct sp_row *const[]){ right, NULL });

	ck_assert_ptr_nonnull(factory);
	ck_assert_int_eq(factory_supervision(factory)->max_restarts, 3);
	ck_assert_int_eq(factory_supervision(factory)->max_failures, 5);
	factory_destroy(factory);
	REFUSED("component it, row watch_over: .max_restarts is 300: it must be from 1 to 100, or 0 for 5",
		ROW(sp_supervise, SP_ROW_SUPERVISE, "watch_over", .decide = decide, .max_restarts = 300));
	REFUSED("component it: more than one supervise row", right,
		ROW(sp_supervise, SP_ROW_SUPERVISE, "watch_too", .decide = decide));
}
END_TEST

START_TEST(a_row_of_a_newer_kernel_is_refused)
{
	REFUSED("component it, row novelty: a kind of row that this signalpyd does not know; update signalpyd",
		ROW(sp_about, 99, "novelty", .version = NULL));
	REFUSED("component it, row nothing: a kind of row that this signalpyd does not know; update signalpyd",
		ROW(sp_about, 0, "nothing", .version = NULL));
}
END_TEST

START_TEST(requirements_and_services_are_judged)
{
	REFUSED("component it, row who: unknown shape of requirement",
		ROW(sp_need, SP_ROW_NEED, "who", .contract = &voice_contract, .shape = (enum sp_shape)9));
	REFUSED("component it, row who: a map requirement says .by = \"property\"",
		ROW(sp_need, SP_ROW_NEED, "who", .contract = &voice_contract, .shape = SP_SHAPE_MAP));
	REFUSED("component it, row voice: the service's table does not say its size; use SP_SERVICE",
		ROW(sp_provide, SP_ROW_PROVIDE, "voice", .contract = &voice_contract, .table = &headless));
	REFUSED("component it, row voice: the service's table does not say its size; use SP_SERVICE",
		ROW(sp_provide, SP_ROW_PROVIDE, "voice", .contract = &voice_contract));
	REFUSED("component it, row voice: create and release go together; use provide_each",
		ROW(sp_provide, SP_ROW_PROVIDE, "voice", .contract = &voice_contract, .table = &a_table,
			.create = make_nothing));
	ck_assert_ptr_null(judge("it",
		(const struct sp_row *const[]){
			ROW(sp_need, SP_ROW_NEED, "who", .contract = &voice_contract, .filter = "(language="), NULL }));
	ck_assert_int_eq(refusal.code, SP_INVALID);
	ck_assert_str_ne(refusal.message, "");
}
END_TEST

START_TEST(what_ends_later_is_judged)
{
	REFUSED("component it, row fetch: cancel_on_supersede needs a cancel function",
		ROW(sp_effect, SP_ROW_EFFECT, "fetch", .asynchronous = true, .cancel_on_supersede = true));
	REFUSED("component it, row activate: there is no function",
		ROW(sp_hook, SP_ROW_HOOK, "activate", .hook = SP_HOOK_ACTIVATE));
}
END_TEST

START_TEST(runnables_are_judged)
{
	REFUSED("component it, row go: unknown mode, or a timeout below 0", RUNNABLE("go", .mode = (enum sp_mode)7));
	REFUSED("component it, row go: unknown mode, or a timeout below 0", RUNNABLE("go", .timeout_ms = -1));
	REFUSED("component it, row go: there are two runnable rows of this name", RUNNABLE("go"), RUNNABLE("other"),
		RUNNABLE("go"));
}
END_TEST

SP_RECORD(note_of, (string, id));

START_TEST(appearances_are_judged)
{
	REFUSED("component it, row show: the resource's URI has no scheme", RUNNABLE("show", .resource = "notes"));
	REFUSED("component it, row show: what completes its parameters is no runnable of the component",
		RUNNABLE("show", .completes = "suggest"));
}
END_TEST

START_TEST(prompts_and_resources_are_shown_over_mcp_alone)
{
	const struct sp_row *const rows[] = { RUNNABLE("ask", .prompt = true, .takes = &note_of_record),
		RUNNABLE("note", .resource = "notes://{id}", .takes = &note_of_record),
		RUNNABLE("free", .schema = "{\"type\":\"object\"}", .takes = &anything_record, .completes = "ask"),
		NULL };
	struct factory *factory = judge("it", rows);
	const struct runnable_plan *plans;

	ck_assert_msg(factory != NULL, "%s", refusal.message);
	plans = factory->runnables.items;
	ck_assert_uint_eq(factory_exposure(factory, &plans[0]), SP_MCP);
	ck_assert_uint_eq(factory_exposure(factory, &plans[1]), SP_MCP);
	ck_assert_uint_eq(factory_exposure(factory, &plans[2]), SP_REST | SP_MCP | SP_CLI);
	factory_destroy(factory);
}
END_TEST

START_TEST(skills_use_what_is_there)
{
	REFUSED("component it, row tour: the skill uses a runnable that is not there", RUNNABLE("go"),
		ROW(sp_skill, SP_ROW_SKILL, "tour", .text = "Go, then come.", .uses = SP_NAMES("go", "come")));
	REFUSED("component it, row tour: there are two skill rows of this name",
		ROW(sp_skill, SP_ROW_SKILL, "tour", .text = "Go."),
		ROW(sp_skill, SP_ROW_SKILL, "tour", .text = "Stay."));
	REFUSED("component it, row things: there are two kind rows of this name",
		ROW(sp_kind, SP_ROW_KIND, "things", .record = &things_record),
		ROW(sp_kind, SP_ROW_KIND, "things", .record = &things_record));
}
END_TEST

START_TEST(one_section_of_each)
{
	REFUSED("component it: more than one settings row",
		ROW(sp_settings, SP_ROW_SETTINGS, "first", .record = &things_record),
		ROW(sp_settings, SP_ROW_SETTINGS, "second", .record = &things_record));
}
END_TEST

START_TEST(rows_lie_inside_the_instance)
{
	static const char why[] =
		"component it, row far: the row is shorter than the first version of the ABI, or lies "
		"outside";
	struct sp_cell cell = { .row = { SP_ROW_SIGNAL, sizeof cell, INSTANCE_SIZE, "far" } };
	struct sp_row short_row = { SP_ROW_SIGNAL, sizeof short_row, 8, "far" };

	REFUSED(why, &cell.row);
	cell.row.member = INSTANCE_SIZE - 4;
	REFUSED(why, &cell.row);
	cell.row.member = UINT32_MAX;
	REFUSED(why, &cell.row);
	REFUSED(why, &short_row);
}
END_TEST

START_TEST(there_is_a_limit_of_rows)
{
	static const struct sp_row about = { SP_ROW_ABOUT, sizeof about, 0, "many" };
	static const struct sp_row *rows[ROWS_TEST];

	for (size_t i = 0; i + 1 < ROWS_TEST; i++)
		rows[i] = &about;
	refused(rows, "component it, row many: more than 4096 rows");
}
END_TEST

/* R-CM-1: rows of an older plugin are shorter, those of a newer one longer; what is not there is zero. */
START_TEST(rows_of_any_age_are_read)
{
	struct {
		struct sp_runnable row;
		const char *novelty;
	} newer = { { { SP_ROW_RUNNABLE, sizeof newer, 0, "newer" }, .run = run_nothing, .role = "boss" }, "unknown" };
	struct sp_runnable older = { { SP_ROW_RUNNABLE, offsetof(struct sp_runnable, about), 0, "older" },
		.run = run_nothing, .about = "beyond the end", .role = "beyond the end" };
	struct factory *factory = judge("it", (const struct sp_row *const[]){ &newer.row.row, &older.row, NULL });
	const struct runnable_plan *plans;

	ck_assert_ptr_nonnull(factory);
	ck_assert_uint_eq(factory->runnables.count, 2);
	plans = factory->runnables.items;
	ck_assert_str_eq(plans[0].row.role, "boss");
	ck_assert(plans[1].row.run == run_nothing);
	ck_assert_ptr_null(plans[1].row.about);
	ck_assert_ptr_null(plans[1].row.role);
	factory_destroy(factory);
}
END_TEST

START_TEST(a_component_of_a_shorter_kind_is_read)
{
	static struct sp_plugin_handle plugin = { .version = "1" };
	static const struct sp_row *const none[] = { NULL };
	struct sp_component older = { { SP_ABI_MAJOR, offsetof(struct sp_component, file) }, "it", 8, none, "beyond",
		9 };
	struct factory *factory = factory_create(&plugin, &older, NULL);

	ck_assert_ptr_nonnull(factory);
	ck_assert_ptr_null(factory->component.file);
	factory_destroy(factory);
}
END_TEST

START_TEST(rows_are_completed)
{
	struct factory *factory = judge("it",
		(const struct sp_row *const[]){
			ROW(sp_about, SP_ROW_ABOUT, "What it is for.", .version = "2.1", .name_space = "examples"),
			ROW(sp_need, SP_ROW_NEED, "who", .contract = &voice_contract, .filter = "(a=b)"),
			ROW(sp_provide, SP_ROW_PROVIDE, "voice", .contract = &voice_contract, .table = &a_table),
			ROW(sp_settings, SP_ROW_SETTINGS, "settings", .record = &things_record),
			RUNNABLE("go", .takes = &things_record), NULL });

	ck_assert_ptr_nonnull(factory);
	ck_assert_str_eq(factory->about, "What it is for.");
	ck_assert_str_eq(factory->version, "2.1");
	ck_assert_str_eq(factory->name_space, "examples");
	ck_assert_str_eq(((const struct need_plan *)factory->needs.items)->contract, "IVoice/1");
	ck_assert_ptr_nonnull(((const struct need_plan *)factory->needs.items)->filter);
	ck_assert_str_eq(((const struct provide_plan *)factory->provides.items)->contract, "IVoice/1");
	ck_assert_uint_eq(((const struct provide_plan *)factory->provides.items)->table_size, sizeof(struct voice));
	ck_assert_uint_eq(((const struct section_plan *)factory->settings.items)->leaf_count, 2);
	ck_assert_ptr_nonnull(((const struct runnable_plan *)factory->runnables.items)->takes);
	ck_assert(!factory->blocking);
	factory_destroy(factory);
}
END_TEST

/* Only components with a worker pay for shared slots. */
START_TEST(blocking_runnables_are_noted)
{
	struct factory *factory = judge("it",
		(const struct sp_row *const[]){ RUNNABLE("go"), RUNNABLE("wait", .mode = SP_IN_WORKER), NULL });

	ck_assert_ptr_nonnull(factory);
	ck_assert(factory->blocking);
	factory_destroy(factory);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
	const struct sp_row *const rows[] = { ROW(sp_need, SP_ROW_NEED, "who", .contract = &nameless_size,
						      .filter = "(a=b)"),
		ROW(sp_provide, SP_ROW_PROVIDE, "voice", .contract = &voice_contract, .table = &a_table),
		ROW(sp_settings, SP_ROW_SETTINGS, "settings", .record = &things_record), CELL("flag", flag_field),
		RUNNABLE("go", .takes = &things_record, .gives = &things_record),
		ROW(sp_kind, SP_ROW_KIND, "things", .record = &things_record),
		ROW(sp_state, SP_ROW_STATE, "things", .record = &things_record, .version = 1), NULL };
	struct factory *factory = NULL;

	for (long allowed = 0; !factory; allowed++) {
		sp_alloc_fail_after(allowed);
		factory = judge("it", rows);
		if (!factory)
			ck_assert_int_eq(refusal.code, SP_NO_MEMORY);
		ck_assert_int_lt(allowed, 1000);
	}
	ck_assert(!sp_alloc_has_failed());
	sp_alloc_fail_after(-1);
	factory_destroy(factory);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { names_have_a_form, rows_have_names_of_a_form, supervision_is_judged,
		a_row_of_a_newer_kernel_is_refused, requirements_and_services_are_judged, runnables_are_judged,
		what_ends_later_is_judged, appearances_are_judged, prompts_and_resources_are_shown_over_mcp_alone,
		skills_use_what_is_there, one_section_of_each, rows_lie_inside_the_instance, there_is_a_limit_of_rows,
		rows_of_any_age_are_read, a_component_of_a_shorter_kind_is_read, rows_are_completed,
		blocking_runnables_are_noted, every_allocation_may_fail };

	return kit_run("factory", cases, sizeof cases / sizeof cases[0]);
}
