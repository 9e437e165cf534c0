/* check_call_run.c: runnables that answer at once, later and from a worker, and what becomes of their results. */
#include "calls_kit.h"

#include <pthread.h>
#include <signalpy/component.h>
#include <string.h>

#include "alloc.h"

/* clang-format off */
SP_RECORD(number, (integer, value));
SP_RECORD(said, (string, text));
SP_RECORD(holder,
	(any, value),
	(array(any), values),
	(array(record(said)), lines));
SP_RECORD(mime_settings,
	(string, word, .otherwise = "hush"),
	(any, json),
	(array(string), words));

struct speech {
	struct sp_service service;
	int64_t (*rank)(const struct speech *speech);
};
SP_CONTRACT(speech, "ISpeech", 1);

SP_COMPONENT(speaker, (provide, speech), (member, int64_t, unused));
SP_COMPONENT(loud, (provide, speech, .ranking = -1));

SP_COMPONENT(mime,
	(settings, mime_settings, settings),
	(signal, string, note, .otherwise = "first"),
	(signal, integer, odd, .otherwise = 1),
	(computed, string, both),
	(computed, integer, fragile),
	(one, speech, speech),
	(all, speech, speeches),
	(runnable, put_off, nothing, nothing),
	(runnable, set_note, said, nothing),
	(runnable, set_odd, number, nothing),
	(runnable, wrap, nothing, holder),
	(runnable, wrap_badly, nothing, holder),
	(runnable, garble, nothing, said),
	(runnable, anything_goes, nothing, anything),
	(later, answer_twice, said, said),
	(later, at_once, said, said),
	(later, run_dry, nothing, said),
	(later, threaded, nothing, said),
	(blocking, toil, nothing, said),
	(blocking, ask, nothing, number),
	(blocking, trip, number, nothing),
	(blocking, slow, nothing, said),
	(blocking, stare, nothing, number),
	(blocking, lean, nothing, number));
/* clang-format on */

static int64_t speaker_rank(const struct speech *speech SP_UNUSED)
{
	return 1;
}

static int64_t loud_rank(const struct speech *speech SP_UNUSED)
{
	return 2;
}

SP_SERVICE(speaker, speech, .rank = speaker_rank);
SP_SERVICE(loud, speech, .rank = loud_rank);

static const char *mime_both(const struct mime *self)
{
	return sp_format(self->rt, "%s %s", sp_get(self->settings.word), sp_get(self->note));
}

static int64_t mime_fragile(const struct mime *self)
{
	int64_t odd = sp_get(self->odd);

	if (odd % 2 == 0)
		sp_fail(self->rt, SP_FAILED, "%d is even", (int)odd);
	return odd;
}

static sp_status mime_put_off(struct mime *self SP_UNUSED)
{
	return SP_LATER;
}

static sp_status mime_set_note(struct mime *self, const struct said *in)
{
	return sp_set(self->note, in->text);
}

static sp_status mime_set_odd(struct mime *self, const struct number *in)
{
	return sp_set(self->odd, in->value);
}

static void fill_holder(struct mime *self, struct holder *out)
{
	out->value = json_pack("{s:i}", "a", 1);
	sp_append(self->rt, &out->values, json_string("three"));
	sp_append(self->rt, &out->values, json_integer(4));
	sp_append(self->rt, &out->lines, (struct said){ "five" });
}

static sp_status mime_wrap(struct mime *self, struct holder *out)
{
	fill_holder(self, out);
	return SP_OK;
}

static sp_status mime_wrap_badly(struct mime *self, struct holder *out)
{
	fill_holder(self, out);
	return sp_fail(self->rt, SP_FAILED, "torn");
}

static sp_status mime_garble(struct mime *self SP_UNUSED, struct said *out)
{
	out->text = "\xff\xfe";
	return SP_OK;
}

static sp_status mime_anything_goes(struct mime *self SP_UNUSED, struct anything *out)
{
	out->json = json_pack("{s:b}", "free", 1);
	return SP_OK;
}

/* Wrong: it tells its end twice. */
static sp_status mime_answer_twice(struct mime *self SP_UNUSED, sp_call *call, const struct said *in, struct said *out)
{
	out->text = sp_format(call, "%s again", in->text);
	sp_finish(call, SP_OK);
	return in->text[0] == 'f' ? sp_fail(call, SP_FAILED, "no") : SP_OK;
}

static sp_status mime_at_once(struct mime *self SP_UNUSED, sp_call *call, const struct said *in, struct said *out)
{
	out->text = sp_format(call, "%s now", in->text);
	return in->text[0] == 'f' ? SP_CONFLICT : SP_OK;
}

static sp_call *dry_call;

static sp_status mime_run_dry(struct mime *self SP_UNUSED, sp_call *call, struct said *out SP_UNUSED)
{
	dry_call = call;
	sp_alloc_fail_after(0);
	sp_format(call, "%5000d", 1);
	sp_alloc_fail_after(-1);
	return SP_LATER;
}

static pthread_t thread;

static void *finish_in_thread(void *call_at)
{
	sp_call *call = call_at;

	sp_finish(call, sp_fail(call, SP_UNAVAILABLE, "from %s", "afar"));
	return NULL;
}

static sp_status mime_threaded(struct mime *self SP_UNUSED, sp_call *call, struct said *out SP_UNUSED)
{
	return pthread_create(&thread, NULL, finish_in_thread, call) ? SP_FAILED : SP_LATER;
}

/* Everything a worker may read. */
static sp_status mime_toil(const struct mime *self, sp_call *call, struct said *out)
{
	const json_t *json = sp_peek(self->settings.json);
	const char *word = sp_peek(self->settings.words).count ? sp_peek(self->settings.words).items[0] : "-";

	out->text = sp_format(call, "%s|%s|%s|%d|%s|%s", sp_peek(self->settings.word), sp_peek(self->note),
		sp_peek(self->both), (int)json_integer_value(json), word, sp_caller(call));
	return SP_OK;
}

static sp_status mime_ask(const struct mime *self, sp_call *call SP_UNUSED, struct number *out)
{
	const struct speech *speech = sp_peek(self->speech);
	const struct speech *const *all = sp_peek(self->speeches);

	out->value = speech->rank(speech);
	for (; *all; all++)
		out->value += 10 * (*all)->rank(*all);
	return SP_OK;
}

static sp_status mime_trip(const struct mime *self SP_UNUSED, sp_call *call, const struct number *in)
{
	return in->value ? sp_fail(call, (sp_status)in->value, "fell") : SP_LATER;
}

static sp_status mime_slow(const struct mime *self, sp_call *call, struct said *out)
{
	const char *before = sp_peek(self->note);

	out->text = sp_is_cancelled(call) ? "cancelled" : before;
	return SP_OK;
}

/* Gives how many places its looks were kept at. */
static sp_status mime_stare(const struct mime *self, sp_call *call SP_UNUSED, struct number *out)
{
	const char *note = NULL;
	const json_t *json = NULL;

	for (size_t i = 0; i < 10000; i++) {
		out->value += note != sp_peek(self->note);
		note = sp_peek(self->note);
		out->value += json != sp_peek(self->settings.json);
		json = sp_peek(self->settings.json);
		out->value += sp_peek(self->settings.words).count != 1;
		out->value += sp_peek(self->odd) != 1;
	}
	return SP_OK;
}

static sp_status mime_lean(const struct mime *self, sp_call *call SP_UNUSED, struct number *out)
{
	out->value = sp_peek(self->fragile);
	return SP_OK;
}

static struct built built_speaker, built_mime, built_loud;

static sp_testing *open_mime(const char *configuration)
{
	sp_testing *testing = sp_testing_create(configuration);

	built_load(&built_speaker, testing, &speaker_component, NULL);
	built_load(&built_mime, testing, &mime_component, NULL);
	ck_assert_str_eq(sp_testing_state(testing, "mime"), "active");
	return testing;
}

/* The text that a call gives; static. */
static const char *text_of(struct called *called)
{
	static char text[CALLED_TEXT];

	ck_assert_uint_eq(called->times, 1);
	ck_assert_msg(called->status == SP_OK, "%s: %s", called->code, called->message);
	strncpy(text, json_string_value(json_object_get(called->data, "text")), sizeof(text) - 1);
	called_finish(called);
	return text;
}

static const char *call_text(sp_testing *testing, const char *address, const char *params)
{
	struct called called;

	called_begin(&called, testing, address, params);
	sp_testing_turn(testing);
	return text_of(&called);
}

START_TEST(runnable_cannot_put_off_its_answer) /* R-RN-3 */
{
	sp_testing *testing = open_mime(NULL);

	ck_assert_str_eq(call_code(testing, "mime.put_off", NULL), "failed");
	ck_assert_str_ne(call_message(testing, "mime.put_off", NULL), "");
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(later_runnable_may_answer_at_once) /* R-RN-3 */
{
	sp_testing *testing = open_mime(NULL);

	ck_assert_str_eq(call_text(testing, "mime.at_once", "{\"text\": \"here\"}"), "here now");
	ck_assert_str_eq(call_code(testing, "mime.at_once", "{\"text\": \"f\"}"), "conflict");
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(call_ends_once_however_often_it_is_told) /* R-RN-3 */
{
	sp_testing *testing = open_mime(NULL);

	ck_assert_str_eq(call_text(testing, "mime.answer_twice", "{\"text\": \"here\"}"), "here again");
	call_code(testing, "mime.answer_twice", "{\"text\": \"far\"}");
	ck_assert_str_eq(call_text(testing, "mime.answer_twice", "{\"text\": \"here\"}"), "here again");
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(memory_that_runs_out_fails_the_call_at_its_end) /* R-RN-3 */
{
	sp_testing *testing = open_mime(NULL);
	struct called called;

	called_begin(&called, testing, "mime.run_dry", NULL);
	sp_testing_turn(testing);
	ck_assert_uint_eq(called.times, 0);
	sp_finish(dry_call, SP_OK);
	sp_testing_turn(testing);
	ck_assert_str_eq(called.code, "failed");
	ck_assert_str_eq(called.message, "out of memory");
	called_finish(&called);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(json_of_the_result_belongs_to_the_call) /* R-RN-1 */
{
	sp_testing *testing = open_mime(NULL);
	struct called called;
	json_t *wanted = json_pack("{s:{s:i}, s:[s,i], s:[{s:s}]}", "value", "a", 1, "values", "three", 4, "lines",
		"text", "five");

	called_begin(&called, testing, "mime.wrap", NULL);
	ck_assert_str_eq(called.code, "ok");
	ck_assert(json_equal(called.data, wanted));
	called_finish(&called);
	json_decref(wanted);
	ck_assert_str_eq(call_code(testing, "mime.wrap_badly", NULL), "failed");
	called_begin(&called, testing, "mime.anything_goes", NULL);
	ck_assert(json_is_true(json_object_get(called.data, "free")));
	called_finish(&called);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(text_that_is_not_utf8_fails_the_call) /* R-RN-1 */
{
	sp_testing *testing = open_mime(NULL);

	ck_assert_str_eq(call_code(testing, "mime.garble", NULL), "failed");
	ck_assert_ptr_nonnull(strstr(call_message(testing, "mime.garble", NULL), "UTF-8"));
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(call_is_ended_by_another_thread) /* R-RN-3 */
{
	sp_testing *testing = open_mime(NULL);
	struct called called;

	called_begin(&called, testing, "mime.threaded", NULL);
	pthread_join(thread, NULL);
	ck_assert_uint_eq(called.times, 0);
	sp_testing_turn(testing);
	ck_assert_str_eq(called.code, "unavailable");
	ck_assert_str_eq(called.message, "from afar");
	called_finish(&called);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(worker_reads_its_slots) /* R-RN-3 */
{
	const struct sp_identity ada = { .struct_size = sizeof(ada), .name = "ada" };
	sp_testing *testing =
		open_mime("{\"components\": {\"mime\": {\"word\": \"hey\", \"json\": 5, \"words\": [\"x\", \"y\"]}}}");
	struct called called;

	called_with(&called, testing, &(struct sp_request){ .address = "mime.toil", .identity = &ada });
	ck_assert_uint_eq(called.times, 0);
	sp_testing_turn(testing);
	ck_assert_str_eq(text_of(&called), "hey|first|hey first|5|x|ada");
	ck_assert_int_eq(call_integer(testing, "mime.ask", NULL, "value"), 11);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(worker_may_look_again_and_again) /* R-RN-3 */
{
	sp_testing *testing =
		open_mime("{\"components\": {\"mime\": {\"json\": {\"a\": [1, 2]}, \"words\": [\"x\"]}}}");

	ck_assert_int_lt(call_integer(testing, "mime.stare", NULL, "value"), 20);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(worker_reads_what_is_there_when_it_runs) /* R-RN-3 */
{
	sp_testing *testing = open_mime(NULL);
	struct called called;

	sp_testing_hold_work(testing, true);
	called_begin(&called, testing, "mime.toil", NULL);
	sp_testing_turn(testing);
	ck_assert_uint_eq(called.times, 0);
	ck_assert_str_eq(call_code(testing, "mime.set_note", "{\"text\": \"second\"}"), "ok");
	ck_assert_int_eq(sp_testing_set(testing, "components.mime.word", "\"new\""), SP_OK);
	sp_testing_work(testing);
	ck_assert_ptr_nonnull(strstr(text_of(&called), "new|second|"));
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(service_that_a_worker_may_hold_stays) /* R-CM-4, R-PL-7 */
{
	sp_testing *testing = open_mime(NULL);
	sp_plugin_handle *loud = built_load(&built_loud, testing, &loud_component, NULL);
	struct called called;

	sp_testing_hold_work(testing, true);
	called_begin(&called, testing, "mime.ask", NULL);
	sp_testing_remove(testing, loud);
	sp_testing_work(testing);
	ck_assert_int_eq(called_integer(&called, "value"), 11);
	called_finish(&called);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(worker_that_fails_says_why) /* surfaces, error codes */
{
	sp_testing *testing = open_mime(NULL);

	ck_assert_str_eq(call_code(testing, "mime.trip", "{\"value\": -4}"), "conflict");
	ck_assert_str_eq(call_message(testing, "mime.trip", "{\"value\": -4}"), "fell");
	ck_assert_str_eq(call_code(testing, "mime.trip", "{\"value\": 0}"), "failed");
	ck_assert_str_ne(call_message(testing, "mime.trip", "{\"value\": 0}"), "");
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(worker_that_reads_a_failed_computed_fails) /* R-RX-3 */
{
	sp_testing *testing = open_mime(NULL);

	ck_assert_int_eq(call_integer(testing, "mime.lean", NULL, "value"), 1);
	ck_assert_str_eq(call_code(testing, "mime.set_odd", "{\"value\": 4}"), "ok");
	ck_assert_str_eq(call_message(testing, "mime.lean", NULL), "4 is even");
	ck_assert_str_eq(call_text(testing, "mime.slow", NULL), "first");
	ck_assert_str_eq(call_code(testing, "mime.set_odd", "{\"value\": 5}"), "ok");
	ck_assert_int_eq(call_integer(testing, "mime.lean", NULL, "value"), 5);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(deadline_of_work_that_waits) /* R-RN-4 */
{
	sp_testing *testing = open_mime(NULL);
	struct called called, other;

	sp_testing_hold_work(testing, true);
	called_with(&called, testing, &(struct sp_request){ .address = "mime.slow", .timeout_ms = 50 });
	called_begin(&other, testing, "mime.slow", NULL);
	called_cancel(&other);
	sp_testing_advance(testing, 50);
	ck_assert_str_eq(called.code, "timeout");
	sp_testing_work(testing);
	ck_assert_uint_eq(called.times, 1);
	ck_assert_uint_eq(other.times, 0);
	called_finish(&called);
	sp_testing_destroy(testing);
}
END_TEST

START_TEST(removed_component_waits_for_its_workers) /* R-PL-7 */
{
	sp_testing *testing = sp_testing_create(NULL);
	sp_plugin_handle *mime;
	struct called called;
	unsigned gone;

	built_load(&built_speaker, testing, &speaker_component, NULL);
	mime = built_load_counted(&built_mime, testing, &mime_component, &gone);
	sp_testing_hold_work(testing, true);
	called_begin(&called, testing, "mime.toil", NULL);
	sp_testing_remove(testing, mime);
	ck_assert_uint_eq(gone, 0);
	sp_testing_work(testing);
	ck_assert_str_eq(called.code, "ok");
	ck_assert_uint_eq(gone, 1);
	called_finish(&called);
	sp_testing_destroy(testing);
}
END_TEST

/* Calls everything with the nth allocation refused; whether there was an nth. */
static bool call_without(sp_testing *testing, long count)
{
	static const char *const calls[][2] = { { "mime.wrap", "{}" }, { "mime.at_once", "{\"text\": \"x\"}" },
		{ "mime.toil", NULL }, { "mime.ask", NULL }, { "mime.set_note", "{\"text\": \"a longer text\"}" },
		{ "mime.set_note", "{\"wrong\": 1}" }, { "mime.put_off", "{\"wrong\": 1}" } };
	bool failed = false;

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		struct called called;

		sp_alloc_fail_after(count);
		called_begin(&called, testing, calls[i][0], calls[i][1]);
		sp_testing_turn(testing);
		failed = sp_alloc_has_failed() || failed;
		sp_alloc_fail_after(-1);
		ck_assert_uint_eq(called.times, 1);
		called_finish(&called);
	}
	return failed;
}

START_TEST(any_allocation_may_fail) /* architecture: every allocation may fail */
{
	sp_testing *testing =
		open_mime("{\"components\": {\"mime\": {\"json\": {\"a\": [1]}, \"words\": [\"x\", \"y\"]}}}");
	long count = 0;

	while (call_without(testing, count))
		count++;
	ck_assert_int_gt(count, 5);
	ck_assert_str_eq(call_code(testing, "mime.toil", NULL), "ok");
	sp_testing_destroy(testing);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { runnable_cannot_put_off_its_answer, later_runnable_may_answer_at_once,
		call_ends_once_however_often_it_is_told, memory_that_runs_out_fails_the_call_at_its_end,
		json_of_the_result_belongs_to_the_call, text_that_is_not_utf8_fails_the_call,
		call_is_ended_by_another_thread, worker_reads_its_slots, worker_may_look_again_and_again,
		worker_reads_what_is_there_when_it_runs, service_that_a_worker_may_hold_stays,
		worker_that_fails_says_why, worker_that_reads_a_failed_computed_fails, deadline_of_work_that_waits,
		removed_component_waits_for_its_workers, any_allocation_may_fail };

	sp_alloc_install();
	return kit_run("call_run", cases, sizeof(cases) / sizeof(cases[0]));
}
