/*
 * check_storage_database.c: the file of the plugin storage (R-PR-1, R-PR-3).
 * links: plugins/storage/database.c kernel/error.c -lsqlite3 */
#include "../plugins/storage/database.h"
#include "runner.h"
#include "temporary_directory.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

static struct temporary_directory directory;
static struct database *database;
static struct sp_error error;

static const char *path_of_file(void)
{
	return temporary_path(&directory, "storage.db");
}

static void begin(void)
{
	temporary_directory_init(&directory);
	database = database_open(path_of_file(), &error);
	ck_assert_msg(database != NULL, "%s", error.message);
}

static void end(void)
{
	database_close(database);
	temporary_directory_finish(&directory);
}

static struct storage_request put(const char *instance, const char *key, const char *value)
{
	return (struct storage_request){ .kind = STORAGE_PUT,
		.instance = instance,
		.key = key,
		.value = { value, strlen(value) } };
}

static struct storage_request ask(enum storage_kind kind, const char *instance, const char *key)
{
	return (struct storage_request){ .kind = kind, .instance = instance, .key = key };
}

static void forget(struct storage_request *request)
{
	free(request->found);
	free(request->keys);
}

static sp_status keep(const char *instance, const char *key, const char *value)
{
	struct storage_request request = put(instance, key, value);

	database_carry_out(database, &request);
	return request.status;
}

/* The value, until the next. */
static const char *value_of(const char *instance, const char *key)
{
	static char text[64];
	struct storage_request request = ask(STORAGE_GET, instance, key);

	database_carry_out(database, &request);
	snprintf(text, sizeof text, "%.60s", request.status == SP_OK ? (const char *)request.found : request.message);
	forget(&request);
	return text;
}

/* The keys that begin with prefix, each with a comma behind it. */
static const char *keys_of(const char *instance, const char *prefix)
{
	static char text[128];
	struct storage_request request = ask(STORAGE_LIST, instance, prefix);
	size_t used = 0;

	database_carry_out(database, &request);
	ck_assert_int_eq(request.status, SP_OK);
	ck_assert_ptr_null(request.keys[request.count]);
	text[0] = '\0';
	for (size_t i = 0; i < request.count; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "%s,", request.keys[i]);
	forget(&request);
	return text;
}

static void open_again(void)
{
	database_close(database);
	database = database_open(path_of_file(), &error);
	ck_assert_msg(database != NULL, "%s", error.message);
}

START_TEST(what_is_put_is_there_when_it_is_opened_again) /* R-PR-3 */
{
	struct stat about;

	ck_assert_int_eq(keep("ann", "milk", "two"), SP_OK);
	ck_assert_int_eq(keep("ann", "milk", "three"), SP_OK);
	ck_assert_int_eq(keep("ann", "none", ""), SP_OK);
	open_again();
	ck_assert_str_eq(value_of("ann", "milk"), "three");
	ck_assert_str_eq(value_of("ann", "none"), "");
	ck_assert_str_eq(value_of("ann", "bread"), "nothing is stored under this key");
	ck_assert_int_eq(stat(path_of_file(), &about), 0);
	ck_assert_uint_eq(about.st_mode & 0777, 0600);
}
END_TEST

START_TEST(an_instance_has_its_own) /* R-PR-1 */
{
	struct storage_request remove = ask(STORAGE_REMOVE, "ann", "milk");

	keep("ann", "milk", "mine");
	keep("ben", "milk", "his");
	database_carry_out(database, &remove);
	ck_assert_int_eq(remove.status, SP_OK);
	ck_assert_str_eq(value_of("ben", "milk"), "his");
	ck_assert_str_eq(keys_of("ann", ""), "");
	database_carry_out(database, &remove);
	ck_assert_int_eq(remove.status, SP_OK);
}
END_TEST

START_TEST(keys_are_listed_in_the_order_of_their_bytes)
{
	static const char *const keys[] = { "b", "a%", "a_", "a", "ab", "B", "a\xff", "\xc3\xa4" };

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		keep("ann", keys[i], "");
	ck_assert_str_eq(keys_of("ann", ""), "B,a,a%,a_,ab,a\xff,b,\xc3\xa4,");
	ck_assert_str_eq(keys_of("ann", "a"), "a,a%,a_,ab,a\xff,");
	ck_assert_str_eq(keys_of("ann", "a%"), "a%,");
	ck_assert_str_eq(keys_of("ann", "z"), "");
}
END_TEST

START_TEST(many_requests_are_carried_out_in_order)
{
	struct storage_request requests[] = { put("ann", "k", "1"), ask(STORAGE_GET, "ann", "k"), put("ann", "k", "2"),
		ask(STORAGE_REMOVE, "ann", "k"), ask(STORAGE_GET, "ann", "k"), put("ann", "k", "3") };
	size_t count = sizeof requests / sizeof requests[0];

	for (size_t i = 0; i + 1 < count; i++)
		requests[i].next = &requests[i + 1];
	database_carry_out(database, requests);
	ck_assert_str_eq(requests[1].found, "1");
	ck_assert_int_eq(requests[4].status, SP_NOT_FOUND);
	ck_assert_str_eq(value_of("ann", "k"), "3");
	forget(&requests[1]);
}
END_TEST

static void limit_files_to(rlim_t size)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Nothing that was answered is lost, what fails says why, and when there is room again all is well. */
START_TEST(a_disk_that_takes_no_more_is_told)
{
	static char large[1 << 20];
	struct storage_request requests[] = { put("ann", "small", "fits"), put("ann", "large", "") };

	memset(large, 'x', sizeof large);
	requests[0].next = &requests[1];
	requests[1].value = (sp_bytes){ large, sizeof large };
	ck_assert_int_eq(keep("ann", "first", "kept"), SP_OK);
	limit_files_to(256 << 10);
	database_carry_out(database, requests);
	ck_assert_int_eq(requests[1].status, SP_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(requests[1].message, "storage.db: "));
	ck_assert_msg(requests[0].status == SP_OK, "%s", requests[0].message); /* the failure of one is no other's */
	ck_assert_str_eq(value_of("ann", "first"), "kept");
	limit_files_to(RLIM_INFINITY);
	database_carry_out(database, &requests[1]);
	ck_assert_msg(requests[1].status == SP_OK, "%s", requests[1].message);
	open_again();
	ck_assert_str_eq(keys_of("ann", ""), "first,large,small,");
}
END_TEST

static void refuses(const char *path, sp_status status, const char *message)
{
	error = (struct sp_error){ 0 };
	ck_assert_ptr_null(database_open(path, &error));
	ck_assert_msg(strstr(error.message, message) != NULL, "%s", error.message);
	ck_assert_int_eq(error.code, status);
}

START_TEST(a_file_that_cannot_be_opened_is_named)
{
	char text[2048];
	FILE *file;

	refuses("/proc/no/such/place", SP_UNAVAILABLE, "/proc/no/such/place: unable to open database file: No such");
	refuses(temporary_mkdir(&directory, "folder"), SP_UNAVAILABLE, "folder: unable to open database file");
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	refuses(temporary_write(&directory, "novel", text), SP_FAILED,
		"novel is damaged (file is not a database): restore it from a backup, or move it away");
	file = fopen(temporary_path(&directory, "novel"), "r");
	ck_assert_int_eq(fgetc(file), 'x'); /* it is left as it is */
	fclose(file);
}
END_TEST

static void change(const char *source)
{
	sqlite3 *file;

	database_close(database);
	database = NULL;
	ck_assert_int_eq(sqlite3_open(path_of_file(), &file), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(file, source, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(file);
}

START_TEST(a_file_of_others_is_refused)
{
	change("PRAGMA user_version = 2");
	refuses(path_of_file(), SP_FAILED, "storage.db was written by a later version of storage");
	change("PRAGMA user_version = 1; PRAGMA application_id = 7");
	refuses(path_of_file(), SP_FAILED, "storage.db is a database of another program");
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(what_is_put_is_there_when_it_is_opened_again),
		TEST(an_instance_has_its_own), TEST(keys_are_listed_in_the_order_of_their_bytes),
		TEST(many_requests_are_carried_out_in_order), TEST(a_disk_that_takes_no_more_is_told),
		TEST(a_file_that_cannot_be_opened_is_named), TEST(a_file_of_others_is_refused) };

	return run_suite(&SUITE(cases, "storage_database", .set_up = begin, .tear_down = end));
}
