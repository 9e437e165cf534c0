/*
 * links: kernel -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup,--wrap=free
 *
 * check_model.c: 100,000 operations in random sequences, against a model (model_expected.h). After each operation what can
 * be seen of the kernel and what the model expects must be the same, line by line; after each sequence everything is
 * removed, and nothing may be left. A sequence that fails is shrunk to those operations that it takes, and printed with
 * its seed, which MODEL_SEED=... runs again; MODEL_SEQUENCES=... runs that many from there on, for which
 * CK_TIMEOUT_MULTIPLIER=... may give more time.
 *
 * R-CM-2 to R-CM-6, R-CM-9, R-CM-10, R-BUS-1 to R-BUS-4, R-PL-5 to R-PL-7, R-PL-10, R-CF-3, R-RN-4.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "alloc.h"
#include "graph_kit.h"
#include "model_live.h"

/* Each sequence is run twice. */
enum { SEQUENCE = 150, SEQUENCES = 334, SLOW_SEQUENCES = 12 };
enum { BYTES_OF_SLACK = 1024, TROUBLE = 2000, MEMORY_MOST = 1 << 29 };
enum { SEQUENCE_SECONDS = 10, SHRINK_SECONDS = 25, ALL_SECONDS = 60 };

struct sequence {
	uint64_t seed;
	size_t count;
	struct operation operations[SEQUENCE];
};

static char trouble[TROUBLE]; /* with the latest sequence; "": none */
static struct model model;
static struct live live;
static struct picture expected, found;

/* ---- one sequence ------------------------------------------------------------------------------------------------ */

static bool perform(const struct operation *operation)
{
	model_perform(&model, operation);
	live_perform(&live, operation);
	model_picture(&model, &expected);
	live_picture(&live, &model, &found);
	return picture_equals(&expected, &found, trouble, sizeof trouble);
}

static bool perform_all(const struct sequence *sequence)
{
	for (size_t i = 0; i < sequence->count; i++)
		if (!perform(&sequence->operations[i]))
			return false;
	return true;
}

/* What is open is ended, and what was held until then; and every plugin is removed. */
static bool unload(void)
{
	for (unsigned i = 0; i < 2 * CALLS_MOST; i++)
		if (!perform(&(struct operation){ ANSWER, i % CALLS_MOST, 0 }))
			return false;
	for (unsigned i = 0; i < PLUGINS; i++)
		if (!perform(&(struct operation){ REMOVE, i, 0 }))
			return false;
	return true;
}

static bool is_as_before(const char *what, size_t before, size_t now)
{
	if (before == now)
		return true;
	snprintf(trouble, sizeof trouble, "  after total unload: %zu %s, before there were %zu\n", now, what, before);
	return false;
}

/* R-CM-9, R-PL-7: nothing in the process refers to what was removed. */
static bool is_empty_again(const struct holdings *now)
{
	const struct holdings *before = &live.empty;

	return is_as_before("nodes", before->nodes, now->nodes) && is_as_before("edges", before->edges, now->edges) &&
		is_as_before("instances", before->instances, now->instances) &&
		is_as_before("services", before->services, now->services) &&
		is_as_before("open descriptors", before->descriptors, now->descriptors) &&
		is_as_before("living bodies", 0, parts.living != NULL);
}

/* The kernel keeps some memory to use it again, so a second round is compared with the first. The allocator may round
 * up the same block to more, hence the slack in bytes. */
static bool is_memory_as_after(const struct counted_memory *first, const struct counted_memory *now)
{
	return is_as_before("blocks of memory", first->blocks, now->blocks) &&
		(now->bytes < first->bytes + BYTES_OF_SLACK || is_as_before("bytes", first->bytes, now->bytes));
}

static bool run_round(const struct sequence *sequence, struct holdings *ret_holdings)
{
	model_begin(&model);
	if (!perform_all(sequence) || !unload())
		return false;
	live_restart(&live);
	live_hold(&live, ret_holdings);
	return is_empty_again(ret_holdings);
}

static bool run(const struct sequence *sequence)
{
	struct holdings first, second;
	size_t before = counted_memory().blocks;

	live_begin(&live);
	if (!run_round(sequence, &first) || !run_round(sequence, &second) ||
		!is_memory_as_after(&first.memory, &second.memory))
		return false;
	live_end(&live);
	return is_as_before("blocks of memory", before, counted_memory().blocks);
}

/* Whoever never ends must not take the machine along. A sanitizer's shadow is larger than any limit. */
static void limit_resources(void)
{
	const struct rlimit most = { MEMORY_MOST, MEMORY_MOST };

	alarm(SEQUENCE_SECONDS);
	if (!getenv("TEST_SLOW"))
		setrlimit(RLIMIT_AS, &most);
}

/* Runs the sequence, tells what was wrong, and ends the process. */
static void run_and_tell(const struct sequence *sequence, int teller)
{
	bool well;

	limit_resources();
	trouble[0] = '\0';
	well = run(sequence);
	if (write(teller, trouble, strlen(trouble)) < 0 || !well)
		_exit(EXIT_FAILURE); /* what is left is no leak */
	close(teller);
	exit(EXIT_SUCCESS);
}

/* In a child process, so that a crash, or never to end, is a trouble like any other. */
static bool fails(const struct sequence *sequence)
{
	int ends[2], status = 0;
	ssize_t length;
	pid_t child;

	fflush(NULL);
	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		run_and_tell(sequence, ends[1]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	close(ends[1]);
	length = read(ends[0], trouble, sizeof trouble - 1);
	close(ends[0]);
	trouble[length > 0 ? length : 0] = '\0';
	if (status != 0 && length <= 0)
		snprintf(trouble, sizeof trouble, "  it ended: %s\n",
			WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "see above");
	return status != 0;
}

/* ---- sequences --------------------------------------------------------------------------------------------------- */

static void make(struct sequence *sequence, uint64_t seed)
{
	uint64_t state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;

	*sequence = (struct sequence){ .seed = seed, .count = SEQUENCE };
	for (size_t i = 0; i < SEQUENCE; i++)
		sequence->operations[i] = operation_random(&state);
}

static void without(const struct sequence *whole, size_t at, size_t count, struct sequence *ret_rest)
{
	*ret_rest = (struct sequence){ .seed = whole->seed, .count = whole->count - count };
	memcpy(ret_rest->operations, whole->operations, at * sizeof whole->operations[0]);
	memcpy(ret_rest->operations + at, whole->operations + at + count,
		(ret_rest->count - at) * sizeof whole->operations[0]);
}

/* Drops operations, many at first, then one at a time, while what is left still fails. */
static void shrink(struct sequence *sequence)
{
	const time_t end = time(NULL) + SHRINK_SECONDS;

	for (size_t size = (sequence->count + 1) / 2; size > 0; size /= 2)
		for (size_t at = 0; at + size <= sequence->count && time(NULL) < end;) {
			struct sequence rest;

			without(sequence, at, size, &rest);
			if (fails(&rest))
				*sequence = rest;
			else
				at += size;
		}
}

static void print(const struct sequence *sequence)
{
	char words[80];

	fprintf(stderr, "model: MODEL_SEED=%llu, after\n", (unsigned long long)sequence->seed);
	for (size_t i = 0; i < sequence->count; i++)
		fprintf(stderr, "%4zu. %s\n", i + 1, operation_words(&sequence->operations[i], words, sizeof words));
	fprintf(stderr, "%s", trouble);
}

static void expect_no_trouble(uint64_t seed)
{
	struct sequence sequence;

	make(&sequence, seed);
	if (!fails(&sequence))
		return;
	shrink(&sequence);
	ck_assert(fails(&sequence));
	print(&sequence);
	ck_abort_msg("the kernel and the model differ: seed %llu", (unsigned long long)seed);
}

static uint64_t number_given(const char *variable, uint64_t otherwise)
{
	const char *given = getenv(variable);

	return given ? strtoull(given, NULL, 10) : otherwise;
}

/* Seeds that are always the same, as many as a busy machine has time for unless their number was given; then, unless
 * one was given, one that never is. */
START_TEST(kernel_is_as_the_model_says)
{
	const bool given = getenv("MODEL_SEED"), counted = getenv("MODEL_SEQUENCES");
	const time_t begun = time(NULL);
	const uint64_t first = number_given("MODEL_SEED", 1), chance = (uint64_t)begun;
	const uint64_t usual = given ? 1 : getenv("TEST_SLOW") ? SLOW_SEQUENCES : SEQUENCES;
	const uint64_t count = number_given("MODEL_SEQUENCES", usual);
	uint64_t done = 0;

	for (; done < count && (counted || time(NULL) - begun < ALL_SECONDS); done++)
		expect_no_trouble(first + done);
	if (done < count)
		printf("skipped: %llu of %llu sequences, for want of time\n", (unsigned long long)(count - done),
			(unsigned long long)count);
	if (!given)
		expect_no_trouble(chance);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { kernel_is_as_the_model_says };

	sp_alloc_install();
	return kit_run("model", cases, 1);
}
