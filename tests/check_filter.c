/* check_filter.c: filters over service properties (R-CM-4). */
#include <check.h>
#include <string.h>

#include "alloc.h"
#include "filter.h"
#include "runner.h"

static const char properties_text[] =
	"{\"language\": \"EN\", \"version\": 2, \"load\": 0.5, \"big\": 9007199254740993, \"beta\": true, \"old\": false,"
	"\"tags\": [\"fast\", \"small\", 7], \"name\": \"Ann Lee (1)*\", \"none\": null, \"deep\": {\"a\": 1},"
	"\"service.ranking\": -3, \"empty\": \"\", \"ten\": \"10\"}";

static const struct {
	const char *filter;
	bool matches;
} filters[] = {
	{ "(language=EN)", true },
	{ "(language=en)", false },
	{ "(language=E)", false },
	{ "(language=)", false },
	{ "(empty=)", true },
	{ "(absent=EN)", false },
	{ "(&(language=EN)(version>=2))", true },
	{ "(&(language=EN)(version>=3))", false },
	{ " ( & (language=EN) \n (version>=2) ) ", true },
	{ "(|(language=DE)(version<=2))", true },
	{ "(|(language=DE)(version<=1))", false },
	{ "(!(language=DE))", true },
	{ "(!(language=EN))", false },
	{ "(!(absent=1))", true },
	{ "(&(|(language=DE)(language=EN))(!(|(version=1)(version=3))))", true },
	{ "(language=*)", true },
	{ "(none=*)", false },
	{ "(absent=*)", false },
	{ "(deep=*)", true },
	{ "(deep=1)", false },
	{ "(version=2)", true },
	{ "(version=2.0)", true },
	{ "(version=+2)", true },
	{ "(version=0x2)", false },
	{ "(version=two)", false },
	{ "(version=)", false },
	{ "(version=-)", false },
	{ "(version>=1e0)", true },
	{ "(version<=-1)", false },
	{ "(version~=2)", true },
	{ "(version=2*)", false },
	{ "(load<=0.5)", true },
	{ "(load>=1)", false },
	{ "(big=9007199254740993)", true },
	{ "(big=9007199254740992)", false },
	{ "(big<=99999999999999999999)", true },
	{ "(service.ranking<=-3)", true },
	{ "(beta=true)", true },
	{ "(beta~=TRUE)", true },
	{ "(beta=false)", false },
	{ "(beta>=a)", false },
	{ "(old=false)", true },
	{ "(ten>=2)", false },
	{ "(ten=10)", true },
	{ "(language>=EM)", true },
	{ "(language<=EM)", false },
	{ "(tags=small)", true },
	{ "(tags=s*)", true },
	{ "(tags>=7)", true },
	{ "(tags=large)", false },
	{ "(name=Ann*)", true },
	{ "(name=*Lee*)", true },
	{ "(name=*\\2a)", true },
	{ "(name=A*n*L*)", true },
	{ "(name=A*Lee)", false },
	{ "(name=*L*Ann*)", false },
	{ "(name=Ann Lee \\281\\29\\2A)", true },
	{ "(name~=annlee\\281\\29 \\2a)", true },
	{ "(name~=ann)", false },
	{ "(language=E*N)", true },
	{ "(language=EN*N)", false },
	{ "(language=EN*)", true },
	{ "(language=**)", true },
};

static const struct {
	const char *filter;
	unsigned column;
	const char *message;
} wrong[] = {
	{ "", 1, "filter, column 1: expected (: " },
	{ "a=b", 1, "filter, column 1: expected (: a=b" },
	{ "(", 2, "filter, column 2: expected &, |, ! or a property's name: (" },
	{ "()", 2, "filter, column 2: expected &, |, ! or a property's name: ()" },
	{ "(a", 3, "filter, column 3: expected =, >=, <= or ~=: (a" },
	{ "(a>b)", 3, "filter, column 3: expected =, >=, <= or ~=: (a>b)" },
	{ "(a:=b)", 3, "filter, column 3: expected =, >=, <= or ~=: (a:=b)" },
	{ "(a b=c)", 3, "filter, column 3: expected =, >=, <= or ~=: (a b=c)" },
	{ "(a=b", 5, "filter, column 5: expected ): (a=b" },
	{ "(a=(b))", 4, "filter, column 4: in a value, ( is written \\28: (a=(b))" },
	{ "(a>=b*)", 6, "filter, column 6: in this value, * is written \\2a: (a>=b*)" },
	{ "(a=\\2)", 4, "filter, column 4: expected two hexadecimal digits after \\: (a=\\2)" },
	{ "(a=\\", 4, "filter, column 4: expected two hexadecimal digits after \\: (a=\\" },
	{ "(a=\\zz)", 4, "filter, column 4: expected two hexadecimal digits after \\: (a=\\zz)" },
	{ "(a=\\00)", 4, "filter, column 4: a value cannot have a zero byte: (a=\\00)" },
	{ "(a=b)(c=d)", 6, "filter, column 6: expected the end: (a=b)(c=d)" },
	{ "(&)", 3, "filter, column 3: expected a filter: (&)" },
	{ "(!)", 3, "filter, column 3: expected a filter: (!)" },
	{ "(&(a=b)", 8, "filter, column 8: expected ( or ): (&(a=b)" },
	{ "(&(a=b)c)", 8, "filter, column 8: expected ( or ): (&(a=b)c)" },
	{ "(!(a=b)(c=d))", 8, "filter, column 8: ! takes one filter; expected ): (!(a=b)(c=d))" },
};

START_TEST(a_filter_matches_or_not)
{
	json_t *properties = json_loads(properties_text, 0, NULL);
	struct sp_error error = { .message = "" };
	struct sp_filter *filter = sp_filter_create(filters[_i].filter, &error);

	ck_assert_msg(filter != NULL, "%s", error.message);
	sp_alloc_fail_after(0);
	ck_assert_msg(sp_filter_matches(filter, properties) == filters[_i].matches, "%s", filters[_i].filter);
	ck_assert(!sp_alloc_has_failed());
	sp_alloc_fail_after(-1);
	sp_filter_destroy(filter);
	json_decref(properties);
}
END_TEST

START_TEST(a_mistake_is_told_with_its_column)
{
	struct sp_error error = { .message = "" };

	ck_assert_ptr_null(sp_filter_create(wrong[_i].filter, &error));
	ck_assert_str_eq(error.message, wrong[_i].message);
	ck_assert_int_eq(error.code, SP_INVALID);
	ck_assert_uint_eq(error.column, wrong[_i].column);
	ck_assert_ptr_null(sp_filter_create(wrong[_i].filter, NULL));
}
END_TEST

START_TEST(no_filter_matches_everything)
{
	ck_assert(sp_filter_matches(NULL, NULL));
	sp_filter_destroy(NULL);
}
END_TEST

START_TEST(no_properties_match_nothing)
{
	struct sp_filter *filter = sp_filter_create("(a=*)", NULL);

	ck_assert(!sp_filter_matches(filter, NULL));
	sp_filter_destroy(filter);
}
END_TEST

static struct sp_filter *nested(int depth, struct sp_error *error)
{
	char text[4 * 40];
	char *end = text;

	for (int i = 0; i < depth; i++)
		end = stpcpy(end, "(!");
	end = stpcpy(end, "(a=b)");
	for (int i = 0; i < depth; i++)
		end = stpcpy(end, ")");
	return sp_filter_create(text, error);
}

/* A filter comes from a plugin or a person; nesting must not eat the stack. */
START_TEST(nesting_has_an_end)
{
	struct sp_error error = { .message = "" };
	struct sp_filter *filter = nested(32, NULL);

	ck_assert_ptr_nonnull(filter);
	ck_assert(!sp_filter_matches(filter, NULL));
	sp_filter_destroy(filter);
	ck_assert_ptr_null(nested(33, &error));
	ck_assert_uint_eq(error.column, 67);
}
END_TEST

START_TEST(each_allocation_may_fail)
{
	struct sp_error error;
	struct sp_filter *filter;
	long count = 0;

	do {
		sp_alloc_fail_after(count++);
		filter = sp_filter_create("(&(a=b)(c=d))", &error);
		sp_alloc_fail_after(-1);
		ck_assert(filter || error.code == SP_NO_MEMORY);
	} while (!filter);
	ck_assert_int_eq(count, 3);
	sp_filter_destroy(filter);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_filter_matches_or_not, .times = sizeof(filters) / sizeof(filters[0])),
		TEST(a_mistake_is_told_with_its_column, .times = sizeof(wrong) / sizeof(wrong[0])),
		TEST(no_filter_matches_everything), TEST(no_properties_match_nothing), TEST(nesting_has_an_end),
		TEST(each_allocation_may_fail) };

	sp_alloc_install();
	return run_suite(&SUITE(cases, "filter"));
}
