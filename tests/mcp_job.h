/* mcp_job.h: the test plugin mcp-job, whose work takes as long as a test wants, moved through the control socket. */
#ifndef TESTS_MCP_JOB_H
#define TESTS_MCP_JOB_H

#include "mcp_kit.h"

/* What clients of the modern era that take tasks say. */
#define MCP_TAKES_TASKS \
	"{\"io.modelcontextprotocol/clientCapabilities\":{\"elicitation\":{}," \
	"\"extensions\":{\"io.modelcontextprotocol/tasks\":{}}}}"

/* A task of a client, in either era. */
struct mcp_task {
	const struct test_daemon *daemon;
	struct mcp_session_client *client; /* NULL: the modern era's */
	char id[64];
};

/* A request about a task, with more members of its parameters, or ""; the answer, the caller's. */
json_t *mcp_task_about(const char *method, const struct mcp_task *task, const char *more);

/* The task is known, and has that status. */
void mcp_task_expect(const struct mcp_task *task, const char *status);

/* Waits until a task does not work any more. */
void mcp_task_await(const struct mcp_task *task);

/* Calls a runnable of the job; params is JSON text. Fails the test if that fails. */
void mcp_job(const struct test_daemon *daemon, const char *runnable, const char *params);

/* Waits until that many works are under way that nobody wants any more, and ends them. */
void mcp_job_await_cancelled(const struct test_daemon *daemon, json_int_t count);

/* Waits until that many works are under way. */
void mcp_job_await_held(const struct test_daemon *daemon, json_int_t count);

#endif
