/* check_call_threads.c: runnables in real worker threads, beside a loop that goes on. links: kernel */
#include "calls_kit.h"

#include <pthread.h>
#include <signalpy/component.h>
#include <stdatomic.h>
#include <string.h>

#include "testing_loop.h"

/* clang-format off */
SP_RECORD(number, (integer, value));
SP_RECORD(said, (string, text));

struct speech {
	struct sp_service service;
	int64_t (*rank)(const struct speech *speech);
};
SP_CONTRACT(speech, "ISpeech", 1);

SP_COMPONENT(speaker, (provide, speech), (member, int64_t, unused));
SP_COMPONENT(loud, (provide, speech, .ranking = -1));

SP_COMPONENT(mime,
	(signal, string, note, .otherwise = "first"),
	(computed, string, both),
	(one, speech, speech),
	(all, speech, speeches),
	(runnable, set_note, said, nothing),
	(blocking, trip, number, nothing),
	(blocking, hum, number, said));
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
	return sp_format(self->rt, "both %s", sp_get(self->note));
}

static sp_status mime_set_note(struct mime *self, const struct said *in)
{
	return sp_set(self->note, in->text);
}

static sp_status mime_trip(const struct mime *self SP_UNUSED, sp_call *call, const struct number *in)
{
	return sp_fail(call, (sp_status)in->value, "fell");
}

/* What all who can be seen say. */
static int64_t speech_of(const struct mime *self)
{
	const struct speech *speech = sp_peek(self->speech);
	const struct speech *const *all = sp_peek(self->speeches);
	int64_t sum = 0;

	for (; *all; all++)
		sum += 10 * (*all)->rank(*all);
	return sum + speech->rank(speech);
}

/* Reads for a while what others change meanwhile. */
static sp_status mime_hum(const struct mime *self, sp_call *call, const struct number *in, struct said *out)
{
	for (int64_t i = 0; i < in->value; i++) {
		const char *note = sp_peek(self->note);

		if (strncmp(note, "first", 5) != 0 || strstr(sp_peek(self->both), "first") == NULL)
			return sp_fail(call, SP_FAILED, "torn: %s", note);
		if (speech_of(self) == 0)
			return sp_fail(call, SP_FAILED, "nobody speaks");
	}
	out->text = "hummed";
	return SP_OK;
}

enum { CREW = 8 };

/* A kernel on the manual loop, whose work is done by threads, as many as there are jobs. */
static struct built built_speaker, built_mime, built_loud;

static struct {
	struct testing_loop *loop;
	sp_kernel *kernel;
	pthread_t threads[CREW];
	size_t count;
	bool exhausted;
	struct sp_loop_ops ops;
	atomic_uint answered;
	char code[32], message[CALLED_TEXT];
} crew;

static void *run_task(void *task_at)
{
	struct sp_task *task = task_at;

	task->run(task);
	return NULL;
}

static sp_status hire(void *loop SP_UNUSED, struct sp_task *task)
{
	if (crew.exhausted || pthread_create(&crew.threads[crew.count], NULL, run_task, task) != 0)
		return SP_UNAVAILABLE;
	crew.count++;
	return SP_OK;
}

static void crew_open(void)
{
	struct sp_kernel_options options = { .struct_size = sizeof(options), .ops = &crew.ops };

	crew.loop = testing_loop_create();
	crew.ops = *testing_loop_ops();
	crew.ops.submit = hire;
	options.loop = crew.loop;
	crew.kernel = sp_kernel_create(&options, NULL);
	built_begin(&built_mime, "mime", "1");
	built_add(&built_mime, &mime_component, NULL);
	built_begin(&built_speaker, "speaker", "1");
	built_add(&built_speaker, &speaker_component, NULL);
	ck_assert_int_eq(sp_kernel_add(crew.kernel, &built_speaker.plugin, NULL, NULL, NULL), SP_OK);
	ck_assert_int_eq(sp_kernel_add(crew.kernel, &built_mime.plugin, NULL, NULL, NULL), SP_OK);
	sp_kernel_boot(crew.kernel);
	testing_loop_turn(crew.loop);
}

static void ignore(void *user SP_UNUSED)
{
}

static void crew_close(void)
{
	sp_kernel_stop(crew.kernel, ignore, NULL);
	testing_loop_turn(crew.loop);
	sp_kernel_destroy(crew.kernel);
	testing_loop_destroy(crew.loop);
}

static void crew_note(void *user SP_UNUSED, const struct sp_answer *answer)
{
	crew.answered++;
	strncpy(crew.code, answer->code ? answer->code : "ok", sizeof(crew.code) - 1);
	strncpy(crew.message, answer->message, sizeof(crew.message) - 1);
}

static void crew_call(const char *address, const char *params, int64_t timeout_ms)
{
	const struct sp_gateway *gateway = sp_kernel_gateway(crew.kernel);

	gateway->call(gateway,
		&(struct sp_request){ .struct_size = sizeof(struct sp_request),
			.address = address,
			.params = { params, strlen(params) },
			.timeout_ms = timeout_ms,
			.done = crew_note },
		NULL);
}

/* Goes on with the loop until so many calls have been answered. */
static void crew_work(unsigned answers)
{
	while (crew.answered < answers)
		testing_loop_turn(crew.loop);
	for (size_t i = 0; i < crew.count; i++)
		pthread_join(crew.threads[i], NULL);
	testing_loop_turn(crew.loop);
	crew.count = 0;
}

START_TEST(workers_read_while_the_loop_writes) /* R-RX-8, R-RN-3 */
{
	sp_plugin_handle *loud = NULL;

	crew_open();
	built_begin(&built_loud, "loud", "1");
	built_add(&built_loud, &loud_component, NULL);
	for (size_t i = 0; i < CREW; i++)
		crew_call("mime.hum", "{\"value\": 40}", 0);
	for (size_t i = 0; i < 40; i++) {
		crew_call("mime.set_note", i % 2 ? "{\"text\": \"first again\"}" : "{\"text\": \"first once more\"}",
			0);
		if (loud)
			sp_kernel_remove(loud);
		else
			ck_assert_int_eq(sp_kernel_add(crew.kernel, &built_loud.plugin, NULL, &loud, NULL), SP_OK);
		testing_loop_turn(crew.loop);
		loud = i % 2 ? NULL : loud;
	}
	crew_work(CREW + 40);
	ck_assert_str_eq(crew.code, "ok");
	crew_close();
}
END_TEST

START_TEST(deadline_passes_while_the_worker_works) /* R-RN-4, R-RX-8 */
{
	crew_open();
	crew_call("mime.trip", "{\"value\": -4}", 1);
	testing_loop_advance(crew.loop, 2000000);
	ck_assert_uint_eq(crew.answered, 1);
	crew_work(1);
	ck_assert_uint_eq(crew.answered, 1);
	crew_close();
}
END_TEST

START_TEST(no_worker_is_unavailable) /* R-PL-7 */
{
	crew_open();
	crew.exhausted = true;
	crew_call("mime.trip", "{}", 0);
	ck_assert_uint_eq(crew.answered, 1);
	ck_assert_str_eq(crew.code, "unavailable");
	ck_assert_str_ne(crew.message, "");
	crew_close();
}
END_TEST

KIT_MAIN("call_threads", workers_read_while_the_loop_writes, deadline_passes_while_the_worker_works,
	no_worker_is_unavailable)
