/*
 * check_log.c: the daemon's own log.
 * links: daemon/log.c daemon/log_tail.c daemon/log_text.c kernel/error.c
 */
#define _GNU_SOURCE /* pipe2, F_SETPIPE_SZ */
#include "log.h"

#include "fake_runtime.h"
#include "runner.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static struct log *written;
static int ends[2]; /* read, write */

static void set_up(void)
{
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	written = log_create(ends[1]);
	ck_assert_ptr_nonnull(written);
}

static void tear_down(void)
{
	log_destroy(written);
	close(ends[0]);
	close(ends[1]);
}

/* What was written since the last look. */
static const char *look(void)
{
	static char text[1 << 17];
	ssize_t size;

	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	size = read(ends[0], text, sizeof(text) - 1);
	text[size > 0 ? size : 0] = '\0';
	return text;
}

/* Whether a line is 2026-11-22T17:20:51.123Z and then the rest. */
static void check_line(const char *line, const char *rest)
{
	static const char digits[] = "dddd-dd-ddTdd:dd:dd.dddZ";
	size_t i;

	for (i = 0; digits[i] != '\0'; i++)
		ck_assert_msg(digits[i] == 'd' ? line[i] >= '0' && line[i] <= '9' : line[i] == digits[i], "%s", line);
	ck_assert_str_eq(line + i, rest);
}

START_TEST(a_record_is_one_line_of_text)
{
	log_write(written, SP_INFO, "greeter", "hello");
	check_line(look(), " info  greeter: hello\n");
	log_printf(written, SP_WARNING, "%d of %s", 2, "them");
	check_line(look(), " warn  2 of them\n");
}
END_TEST

START_TEST(a_record_is_one_line_of_json)
{
	json_t *line;
	char *dumped;

	log_set_format(written, LOG_JSON);
	log_write(written, SP_ERROR, "greeter", "say \"hello\"\nto \\ \x1b[31mred\xff and \xc3\xa4");
	line = json_loads(look(), 0, NULL);
	ck_assert_ptr_nonnull(line);
	ck_assert_str_eq(json_string_value(json_object_get(line, "level")), "error");
	ck_assert_str_eq(json_string_value(json_object_get(line, "instance")), "greeter");
	ck_assert_str_eq(json_string_value(json_object_get(line, "message")),
		"say \"hello\"\nto \\ \x1b[31mred\xef\xbf\xbd and \xc3\xa4");
	dumped = json_dumps(json_object_get(line, "time"), JSON_ENCODE_ANY);
	ck_assert_uint_eq(strlen(dumped), 26);
	free(dumped);
	json_decref(line);
}
END_TEST

static const struct {
	const char *message, *escaped;
} messages[] = {
	{ "two\nlines", "two\\nlines" },
	{ "a\tb\rc", "a\\tb\\rc" },
	{ "\x1b[2J", "\\x1b[2J" },
	{ "\x7f", "\\x7f" },
	{ "\xc2\x9b", "\\x9b" },
	{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
	{ "\xe2\x82\xac \xf0\x9f\x90\xa7", "\xe2\x82\xac \xf0\x9f\x90\xa7" },
	{ "\xff", "\\xff" },
	{ "\xc3", "\\xc3" },
	{ "\xc0\xaf", "\\xc0\\xaf" },
	{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf" },
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },
	{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
	{ "", "" },
};

START_TEST(a_message_cannot_break_its_line)
{
	char expected[128];

	snprintf(expected, sizeof(expected), " info  %s\n", messages[_i].escaped);
	log_write(written, SP_INFO, "", messages[_i].message);
	check_line(look(), expected);
}
END_TEST

START_TEST(what_is_below_the_level_is_not_written)
{
	log_write(written, SP_DEBUG, "", "no");
	ck_assert_str_eq(look(), "");
	log_set_level(written, SP_DEBUG);
	log_write(written, SP_DEBUG, "", "yes");
	check_line(look(), " debug yes\n");
	log_set_level(written, SP_ERROR);
	log_write(written, SP_WARNING, "", "no");
	ck_assert_str_eq(look(), "");
}
END_TEST

static void set_levels(const char *text)
{
	json_t *levels = json_loads(text, 0, NULL);

	ck_assert_int_eq(log_set_levels(written, levels), SP_OK);
	json_decref(levels);
}

START_TEST(an_instance_may_have_a_level_of_its_own) /* R-PR-2 */
{
	set_levels("{\"greeter\": \"debug\", \"counter\": \"error\"}");
	log_write(written, SP_DEBUG, "greeter", "yes");
	check_line(look(), " debug greeter: yes\n");
	log_write(written, SP_WARNING, "counter", "no");
	log_write(written, SP_DEBUG, "shop", "no");
	log_write(written, SP_DEBUG, "", "no");
	ck_assert_str_eq(look(), "");
	log_set_level(written, SP_ERROR);
	log_write(written, SP_DEBUG, "greeter", "still");
	check_line(look(), " debug greeter: still\n");
	set_levels("{\"greeter\": null}");
	log_write(written, SP_WARNING, "greeter", "no");
	ck_assert_str_eq(look(), "");
	ck_assert_int_eq(log_set_levels(written, NULL), SP_OK);
	log_write(written, SP_ERROR, "counter", "yes");
	check_line(look(), " error counter: yes\n");
}
END_TEST

START_TEST(long_messages_are_written_whole)
{
	char message[3000];

	memset(message, 'x', sizeof(message) - 1);
	message[sizeof(message) - 1] = '\0';
	log_printf(written, SP_INFO, "%s", message);
	ck_assert_uint_eq(strlen(look()), 24 + strlen(" info  \n") + sizeof(message) - 1);
}
END_TEST

static void fill(int count)
{
	char message[1000];

	memset(message, 'x', sizeof(message) - 1);
	message[sizeof(message) - 1] = '\0';
	while (count-- > 0)
		log_write(written, SP_INFO, "", message);
}

/* R-PR-2: never blocks; what a full descriptor does not take is dropped, counted, and told later. */
START_TEST(a_full_pipe_does_not_block)
{
	int flags = fcntl(ends[1], F_GETFL);
	const char *last;

	fill(200);
	ck_assert_int_eq(fcntl(ends[1], F_GETFL), flags);
	look();
	log_write(written, SP_INFO, "", "after");
	last = look();
	ck_assert_msg(strstr(last, " records were lost") != NULL, "%s", last);
	ck_assert_msg(strstr(last, " info  after\n") != NULL, "%s", last);
	log_write(written, SP_INFO, "", "again");
	check_line(look(), " info  again\n");
}
END_TEST

/* R-PR-2: of another user's pipe, as in a container, the daemon's own opening is refused; nor does it matter what
 * failed before. */
START_TEST(a_full_pipe_of_another_does_not_block)
{
	const uid_t before = geteuid(), nobody = 65534;

	log_destroy(written);
	ck_assert_int_eq(fchmod(ends[1], 0), 0);
	ck_assert_int_eq(seteuid(before == 0 ? nobody : before), 0);
	written = log_create(ends[1]);
	ck_assert_int_eq(seteuid(before), 0);
	for (int i = 0; i < 200; i++) {
		errno = EINTR;
		fill(1);
	}
	look();
	log_write(written, SP_INFO, "", "after");
	ck_assert_ptr_nonnull(strstr(look(), " records were lost"));
}
END_TEST

START_TEST(a_full_socket_does_not_block)
{
	char got[4096];
	ssize_t size, all = 0;
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	log_destroy(written);
	written = log_create(pair[1]);
	fill(2000);
	while ((size = recv(pair[0], got, sizeof(got), MSG_DONTWAIT)) > 0)
		all += size;
	ck_assert_int_gt(all, 1000);
	log_write(written, SP_INFO, "", "after");
	size = recv(pair[0], got, sizeof(got) - 1, MSG_DONTWAIT);
	ck_assert_int_gt(size, 0);
	got[size] = '\0';
	ck_assert_ptr_nonnull(strstr(got, " records were lost"));
	close(pair[0]);
	log_write(written, SP_INFO, "", "to nobody");
	close(pair[1]);
}
END_TEST

static void *write_many(void *user)
{
	int i;

	for (i = 0; i < 50; i++)
		log_write(written, SP_INFO, user, "from a thread");
	return NULL;
}

START_TEST(lines_of_threads_do_not_mix)
{
	static char names[2][8] = { "one", "two" };
	pthread_t threads[2];
	const char *text, *line;
	int count = 0, i;

	for (i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, write_many, names[i]), 0);
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	text = look();
	for (line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
		ck_assert(strncmp(line + 24, " info  one: from a thread\n", 26) == 0 ||
			strncmp(line + 24, " info  two: from a thread\n", 26) == 0);
		count++;
	}
	ck_assert_int_eq(count, 100);
}
END_TEST

/* R-PR-1: a component's records bear its name. */
START_TEST(components_are_named)
{
	struct sp_runtime consumer;
	struct sp_logger logger;

	fake_runtime_init(&consumer, "greeter");
	ck_assert_int_eq(log_provide(written, NULL), SP_OK);
	ck_assert_str_eq(fake_provided.contract->name, "signalpy.logger");
	ck_assert_int_eq(fake_provided.ranking, 1000);
	logger = *(const struct sp_logger *)fake_provided.table;
	ck_assert_uint_eq(logger.service.size, sizeof(logger));
	logger.service.self = fake_provided.self;
	logger.service.consumer = &consumer;
	ck_assert_int_eq(sp_log(&logger, SP_ERROR, "%s %d", "answer", 42), SP_OK);
	check_line(look(), " error greeter: answer 42\n");
}
END_TEST

/* The file was renamed: what comes next stands in a new one of the old name. */
START_TEST(a_file_is_opened_again)
{
	char path[] = "/tmp/signalpyd-log-XXXXXX", moved[sizeof path + 4];
	struct sp_error error = { 0 };
	struct stat found, now;
	int fd = mkstemp(path);
	struct log *log = log_create(fd);

	log_write(log, SP_INFO, "", "before");
	snprintf(moved, sizeof moved, "%s.old", path);
	ck_assert_int_eq(rename(path, moved), 0);
	ck_assert_int_eq(stat(moved, &found), 0);
	ck_assert_int_eq(log_reopen(log, &error), SP_OK);
	log_write(log, SP_INFO, "", "after");
	ck_assert_int_eq(stat(moved, &now), 0);
	ck_assert_int_eq(found.st_size, now.st_size);
	ck_assert_int_eq(stat(path, &found), 0);
	ck_assert_uint_eq(found.st_mode & 0777, 0600);
	unlink(path);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(log_reopen(log, &error), SP_FAILED);
	ck_assert_ptr_nonnull(strstr(error.message, "cannot be opened again"));
	log_destroy(log);
	close(fd);
	rmdir(path);
	unlink(moved);
}
END_TEST

START_TEST(the_last_records_are_kept)
{
	char text[32];
	json_t *records;

	log_write(written, SP_INFO, "greeter", "to \xff");
	log_write(written, SP_DEBUG, "greeter", "not wanted");
	log_write(written, SP_ERROR, "", "no");
	ck_assert_uint_eq(log_latest(written), 2);
	records = log_records_new(written, 0, SP_DEBUG);
	ck_assert_uint_eq(json_array_size(records), 2);
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(records, 0), "message")), "to \xef\xbf\xbd");
	json_decref(records);
	records = log_records_new(written, 0, SP_ERROR);
	ck_assert_uint_eq(json_array_size(records), 1);
	ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(records, 0), "number")), 2);
	json_decref(records);
	for (int i = 0; i < 600; i++) {
		snprintf(text, sizeof text, "%d", i);
		log_write(written, SP_INFO, "", text);
	}
	records = log_records_new(written, 1, SP_DEBUG);
	ck_assert_uint_eq(json_array_size(records), 512);
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(records, 511), "message")), "599");
	json_decref(records);
}
END_TEST

START_TEST(each_record_rings_the_bell)
{
	int bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	eventfd_t count = 0;

	log_set_bell(written, bell);
	log_write(written, SP_INFO, "", "one");
	log_write(written, SP_INFO, "", "two");
	ck_assert_int_eq(eventfd_read(bell, &count), 0);
	ck_assert_uint_eq(count, 2);
	log_set_bell(written, -1);
	log_write(written, SP_INFO, "", "three");
	ck_assert_int_eq(eventfd_read(bell, &count), -1);
	close(bell);
}
END_TEST

/* R-PR-5 */
START_TEST(a_record_of_a_call_names_its_trace)
{
	json_t *line;

	log_set_format(written, LOG_JSON);
	fake_trace_id = "0af7651916cd43dd8448eb211c80319c";
	log_write(written, SP_INFO, "greeter", "hello");
	line = json_loads(look(), 0, NULL);
	ck_assert_str_eq(json_string_value(json_object_get(line, "trace_id")), fake_trace_id);
	json_decref(line);
	fake_trace_id = "";
	log_write(written, SP_INFO, "greeter", "hello");
	ck_assert_ptr_null(strstr(look(), "trace_id"));
}
END_TEST

START_TEST(what_is_no_file_is_left_as_it_is)
{
	ck_assert_int_eq(log_reopen(written, NULL), SP_OK);
	log_write(written, SP_INFO, "greeter", "hello");
	check_line(look(), " info  greeter: hello\n");
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_record_is_one_line_of_text), TEST(a_record_is_one_line_of_json),
		TEST(a_record_of_a_call_names_its_trace),
		TEST(a_message_cannot_break_its_line, .times = sizeof(messages) / sizeof(messages[0])),
		TEST(what_is_below_the_level_is_not_written), TEST(an_instance_may_have_a_level_of_its_own),
		TEST(long_messages_are_written_whole), TEST(a_full_pipe_does_not_block),
		TEST(a_full_pipe_of_another_does_not_block), TEST(a_full_socket_does_not_block),
		TEST(lines_of_threads_do_not_mix), TEST(components_are_named), TEST(a_file_is_opened_again),
		TEST(what_is_no_file_is_left_as_it_is), TEST(the_last_records_are_kept),
		TEST(each_record_rings_the_bell) };

	return run_suite(&SUITE(cases, "log", .set_up = set_up, .tear_down = tear_down));
}
