/* check_control_roles.c: which roles users and groups of this system have. links: daemon kernel */
#include "control_roles.h"
#include "runner.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int ends[2];

static void set_up(void)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
}

static void tear_down(void)
{
	close(ends[0]);
	close(ends[1]);
}

/* The roles that ada, whose group is root's, has by a section; until the next. */
static const char *roles_by(const char *section)
{
	static char text[128];
	struct peer ada = { .uid = 12345, .gid = 0, .name = "ada" };
	json_t *local = json_loads(section, 0, NULL);
	const char **roles = control_roles_new(local, &ada, ends[0]);

	ck_assert_ptr_nonnull(roles);
	text[0] = '\0';
	for (const char **role = roles; *role; role++)
		snprintf(text + strlen(text), sizeof text - strlen(text), "%s ", *role);
	free(roles);
	json_decref(local);
	return text;
}

static const struct {
	const char *section, *roles;
} cases_of[] = {
	{ "{}", "" },
	{ "{\"users\":{\"ada\":[\"editor\",\"keeper\"],\"bob\":[\"admin\"]}}", "editor keeper " },
	{ "{\"groups\":{\"root\":[\"admin\"],\"no such group\":[\"king\"]}}", "admin " },
	{ "{\"users\":{\"ada\":[\"editor\",\"editor\"]},\"groups\":{\"root\":[\"editor\",\"admin\"]}}",
		"editor admin " },
	{ "{\"users\":{\"ada\":\"admin\"},\"groups\":[\"root\"]}", "" },
	{ "{\"users\":{\"ada\":[7,null,\"editor\"]}}", "editor " },
};

/* R-PR-4; what is written wrongly gives nothing. */
START_TEST(roles_are_those_of_the_user_and_its_groups)
{
	ck_assert_str_eq(roles_by(cases_of[_i].section), cases_of[_i].roles);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(roles_are_those_of_the_user_and_its_groups,
		.times = sizeof cases_of / sizeof cases_of[0]) };

	return run_suite(&SUITE(cases, "control_roles", .set_up = set_up, .tear_down = tear_down));
}
