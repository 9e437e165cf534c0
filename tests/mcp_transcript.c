/* mcp_transcript.c: a suite's transcript is a file without a name, which the processes of its tests inherit. */
#include "mcp_transcript.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static FILE *transcript; /* of this suite; NULL before it begins */

static void note(json_t *line)
{
	char *text;

	ck_assert_msg(transcript != NULL, "a suite that speaks MCP is run by mcp_run_suite");
	text = json_dumps(line, JSON_COMPACT);
	ck_assert_ptr_nonnull(text);
	fprintf(transcript, "%s\n", text);
	ck_assert_int_eq(fflush(transcript), 0);
	free(text);
	json_decref(line);
}

unsigned mcp_note_exchange(void)
{
	static unsigned latest;

	return ++latest;
}

void mcp_note_sent(unsigned exchange, const char *fields, const char *body)
{
	note(json_pack("{s:i, s:i, s:s, s:s}", "test", (int)getpid(), "exchange", (int)exchange, "fields", fields,
		"sent", body));
}

void mcp_note_status(unsigned exchange, int status)
{
	note(json_pack("{s:i, s:i, s:i}", "test", (int)getpid(), "exchange", (int)exchange, "status", status));
}

void mcp_note_received(unsigned exchange, const json_t *message)
{
	note(json_pack("{s:i, s:i, s:O}", "test", (int)getpid(), "exchange", (int)exchange, "received", message));
}

/* All that comes until the end, the caller's. */
static char *read_all(int descriptor)
{
	size_t size = 0, room = 1 << 20;
	char *text = malloc(room);
	ssize_t count;

	ck_assert_ptr_nonnull(text);
	while (size + 1 < room && (count = read(descriptor, text + size, room - 1 - size)) > 0)
		size += (size_t)count;
	text[size] = '\0';
	return text;
}

int mcp_transcript_validate(int file, char **ret_said)
{
	int ends[2], status;
	pid_t script;

	ck_assert_int_eq(lseek(file, 0, SEEK_SET), 0);
	ck_assert_int_eq(pipe(ends), 0);
	script = fork();
	if (script == 0) {
		dup2(file, 0);
		dup2(ends[1], 1);
		dup2(ends[1], 2);
		close(ends[0]);
		close(ends[1]);
		execl(TEST_SOURCE_DIR "/tests/mcp_messages.py", "mcp_messages.py", (char *)NULL);
		perror("tests/mcp_messages.py");
		_exit(127);
	}
	close(ends[1]);
	*ret_said = read_all(ends[0]);
	close(ends[0]);
	ck_assert_int_eq(waitpid(script, &status, 0), script);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

START_TEST(every_message_is_what_its_revision_publishes)
{
	char *said;
	int status = mcp_transcript_validate(fileno(transcript), &said);

	ck_assert_msg(status == 0, "%s", said);
	free(said);
}
END_TEST

/* It runs for itself: the daemon that each of the tests has is not for it. */
static int run_validation(const char *name)
{
	const struct test_case cases[] = { TEST(every_message_is_what_its_revision_publishes) };

	return run_suite(&SUITE(cases, name, .timeout = 60));
}

int mcp_run_suite(const struct test_suite *suite)
{
	char name[128];
	int status;

	transcript = tmpfile();
	if (!transcript)
		return EXIT_FAILURE;
	snprintf(name, sizeof name, "%s, its messages", suite->name);
	status = run_suite(suite);
	if (run_validation(name) != EXIT_SUCCESS)
		status = EXIT_FAILURE;
	fclose(transcript);
	return status;
}
