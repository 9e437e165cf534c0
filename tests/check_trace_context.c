/* check_trace_context.c: traceparent and tracestate are read as W3C Trace Context, level 1, has it (R-PR-5). */
#include "runner.h"
#include "trace_context.h"

#include <stdio.h>
#include <string.h>

#define ID "0af7651916cd43dd8448eb211c80319c"
#define SPAN "b7ad6b7169203331"

static const struct {
	const char *text;
	bool right;
	unsigned flags;
} parents[] = {
	{ "00-" ID "-" SPAN "-01", true, 1 },
	{ "00-" ID "-" SPAN "-00", true, 0 },
	{ "00-" ID "-" SPAN "-ff", true, 1 },
	{ "00-" ID "-" SPAN "-02", true, 0 },
	{ "cc-" ID "-" SPAN "-01", true, 1 },
	{ "cc-" ID "-" SPAN "-01-what-comes", true, 1 },
	{ "cc-" ID "-" SPAN "-01.what", false, 0 },
	{ "ff-" ID "-" SPAN "-01", false, 0 },
	{ "00-" ID "-" SPAN "-01-what", false, 0 },
	{ "00-" ID "-" SPAN "-01 ", false, 0 },
	{ " 00-" ID "-" SPAN "-01", false, 0 },
	{ "00-" ID "-" SPAN "-1", false, 0 },
	{ "00-" ID "-" SPAN "-0x", false, 0 },
	{ "00-" ID "-" SPAN "_01", false, 0 },
	{ "00-" ID "_" SPAN "-01", false, 0 },
	{ "00_" ID "-" SPAN "-01", false, 0 },
	{ "0A-" ID "-" SPAN "-01", false, 0 },
	{ "0g-" ID "-" SPAN "-01", false, 0 },
	{ "00-0AF7651916CD43DD8448EB211C80319C-" SPAN "-01", false, 0 },
	{ "00-" ID "-B7AD6B7169203331-01", false, 0 },
	{ "00-00000000000000000000000000000000-" SPAN "-01", false, 0 },
	{ "00-" ID "-0000000000000000-01", false, 0 },
	{ "00-0af7651916cd43dd8448eb211c80319-" SPAN "-01", false, 0 },
	{ "00-" ID "-b7ad6b716920333-01", false, 0 },
	{ "00-" ID "-" SPAN "-01, 00-" ID "-" SPAN "-01", false, 0 },
	{ "", false, 0 },
	{ "00", false, 0 },
};

START_TEST(a_traceparent_is_read_strictly)
{
	struct trace_context context = { .span = 7 };
	char id[TRACE_ID_SIZE];

	ck_assert_msg(trace_context_parse(parents[_i].text, &context) == parents[_i].right, "%s", parents[_i].text);
	if (!parents[_i].right) {
		ck_assert_uint_eq(context.span, 7);
		return;
	}
	trace_context_write_id(&context, id);
	ck_assert_str_eq(id, ID);
	ck_assert_uint_eq(context.span, UINT64_C(0xb7ad6b7169203331));
	ck_assert_uint_eq(context.flags, parents[_i].flags);
	ck_assert(context.given && !context.state);
}
END_TEST

static const struct {
	const char *text;
	bool right;
} states[] = {
	{ "rojo=00f067aa0ba902b7", true },
	{ "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", true },
	{ "rojo=1 , congo=2", true },
	{ " rojo=1\t,\tcongo=2 ", true },
	{ "rojo=1,,congo=2,", true },
	{ "a-b_c*d/9=x y!", true },
	{ "fw529a3039@dt=F", true },
	{ "0tenant@system=1", true },
	{ "", false },
	{ " ", false },
	{ ",", false },
	{ "rojo", false },
	{ "rojo=", false },
	{ "=1", false },
	{ "Rojo=1", false },
	{ "0rojo=1", false },
	{ "ro jo=1", false },
	{ "rojo =1", false },
	{ "rojo=1=2", false },
	{ "rojo=\x1f", false },
	{ "rojo=\xc3\xa4", false },
	{ "rojo=1 congo=2\x7f", false },
	{ "rojo=1,rojo=2", false },
	{ "rojo=1,congo=2,rojo=3", false },
	{ "tenant@=1", false },
	{ "@system=1", false },
	{ "tenant@0system=1", false },
	{ "tenant@fifteen_letters=1", false },
};

START_TEST(a_tracestate_is_read_strictly)
{
	ck_assert_msg(trace_state_is_valid(states[_i].text) == states[_i].right, "'%s'", states[_i].text);
}
END_TEST

/* A text of size characters: before, as many of c as there is room for, after. */
static const char *filled(const char *before, char c, const char *after, size_t size)
{
	static char text[1024];
	size_t first = strlen(before), last = strlen(after);

	ck_assert_uint_lt(size, sizeof text);
	snprintf(text, sizeof text, "%s", before);
	memset(text + first, c, size - first - last);
	snprintf(text + size - last, last + 1, "%s", after);
	return text;
}

START_TEST(a_tracestate_has_limits)
{
	char members[512] = "";

	ck_assert(trace_state_is_valid(filled("a", 'a', "=1", 256 + 2)));
	ck_assert(!trace_state_is_valid(filled("a", 'a', "=1", 257 + 2)));
	ck_assert(trace_state_is_valid(filled("0", 'a', "@dt=1", 241 + 5)));
	ck_assert(!trace_state_is_valid(filled("0", 'a', "@dt=1", 242 + 5)));
	ck_assert(trace_state_is_valid(filled("a=", 'v', "", 256 + 2)));
	ck_assert(!trace_state_is_valid(filled("a=", 'v', "", 257 + 2)));
	ck_assert(!trace_state_is_valid(filled("a=1,b=2", ',', "", TRACESTATE_MOST + 1)));
	for (unsigned i = 0; i < 33; i++) {
		snprintf(members + strlen(members), sizeof members - strlen(members), "%sk%u=v", i ? "," : "", i);
		ck_assert(trace_state_is_valid(members) == (i < 32));
	}
}
END_TEST

START_TEST(what_is_sent_on_is_ours)
{
	struct trace_context context;
	char text[TRACEPARENT_SIZE];

	ck_assert(trace_context_parse("cc-" ID "-" SPAN "-03-more", &context));
	trace_context_write(&context, text);
	ck_assert_str_eq(text, "00-" ID "-" SPAN "-01");
}
END_TEST

START_TEST(ids_differ)
{
	struct trace_source source, other;
	struct trace_context one, two, third;

	trace_source_init(&source);
	trace_source_init(&other);
	trace_context_begin(&one, &source);
	trace_context_begin(&two, &source);
	trace_context_begin(&third, &other);
	ck_assert(one.id[0] != two.id[0] && one.id[1] != two.id[1] && one.span != two.span);
	ck_assert(one.id[0] != third.id[0]);
	ck_assert(one.span && !one.flags && !one.given && !one.state);
	two = one;
	trace_context_span(&two, &source);
	ck_assert(two.id[0] == one.id[0] && two.id[1] == one.id[1] && two.span != one.span);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_traceparent_is_read_strictly,
						   .times = sizeof parents / sizeof *parents),
		TEST(a_tracestate_is_read_strictly, .times = sizeof states / sizeof *states),
		TEST(a_tracestate_has_limits), TEST(what_is_sent_on_is_ours), TEST(ids_differ) };

	return run_suite(&SUITE(cases, "trace context"));
}
