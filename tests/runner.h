/*
 * runner.h: Check's runner, once for all suites. A suite is a table of its tests:
 *
 *	int main(void)
 *	{
 *		const struct test_case cases[] = { TEST(it_works), TEST(it_fails_well, .times = 3) };
 *
 *		return run_suite(&SUITE(cases, "thing", .set_up = begin, .tear_down = end));
 *	}
 */
#ifndef TESTS_RUNNER_H
#define TESTS_RUNNER_H

#include <check.h>
#include <stddef.h>

/* A test; times: how often it runs, with _i counting from 0 (0: once). */
struct test_case {
	const TTest *test;
	size_t times;
};

#define TEST(...) \
	{ \
		.test = __VA_ARGS__ \
	}

/* set_up and tear_down stand around each test, in its own process; they and timeout may be left out. */
struct test_suite {
	const char *name;
	const struct test_case *cases;
	size_t count;
	void (*set_up)(void);
	void (*tear_down)(void);
	double timeout; /* seconds that one test may take; 0: 30 */
};

#define SUITE(cases_, ...) \
	(struct test_suite) \
	{ \
		.cases = (cases_), .count = sizeof(cases_) / sizeof((cases_)[0]), .name = __VA_ARGS__ \
	}

/* Runs the tests of a suite as a program; answers what main is to answer. */
int run_suite(const struct test_suite *suite);

#endif
