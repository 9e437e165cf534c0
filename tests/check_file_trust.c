/* check_file_trust.c: R-PL-4, whose files are loaded. links: daemon/file_trust.c kernel/error.c */
#include "file_trust.h"
#include "runner.h"

#include <check.h>
#include <string.h>
#include <unistd.h>

enum { NOBODY = 65534 };

static const struct {
	bool own, own_group;
	mode_t mode;
	const char *message; /* NULL: trusted */
} files[] = {
	{ true, true, 0755, NULL },
	{ true, false, 0755, NULL },
	{ true, true, 0775, NULL },
	{ true, false, 0775, "writable by group" },
	{ true, true, 0757, "writable by everybody" },
	{ false, true, 0755, "belongs to user 65534" },
};

START_TEST(a_file_is_trusted_or_not)
{
	struct stat found = { .st_mode = S_IFREG | files[_i].mode };
	struct sp_error error = { .code = SP_OK };
	sp_status status;

	found.st_uid = files[_i].own ? geteuid() : NOBODY;
	found.st_gid = files[_i].own_group ? getegid() : NOBODY;
	status = file_trust_judge(&found, "/some/plugin.so", &error);
	ck_assert_int_eq(status, files[_i].message == NULL ? SP_OK : SP_FORBIDDEN);
	if (files[_i].message == NULL)
		return;
	ck_assert_msg(strstr(error.message, files[_i].message) != NULL, "%s", error.message);
	ck_assert_ptr_nonnull(strstr(error.message, "/some/plugin.so"));
}
END_TEST

START_TEST(root_is_trusted)
{
	struct stat found = { .st_mode = S_IFDIR | 0755, .st_gid = NOBODY };

	ck_assert_int_eq(file_trust_judge(&found, "/", NULL), SP_OK);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_file_is_trusted_or_not, .times = sizeof(files) / sizeof(files[0])),
		TEST(root_is_trusted) };

	return run_suite(&SUITE(cases, "file_trust"));
}
