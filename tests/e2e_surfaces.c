/*
 * e2e_surfaces.c: the four answer alike: every code of the table of errors over REST, with its status and header
 * fields, and the same call over REST, MCP, the control socket and signalctl with the same code (R-RN-7, R-PR-4).
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon_kit_clients.h"
#include "mcp_kit.h"
#include "mcp_transcript.h"
#include "runner.h"

static struct test_daemon served;

static void begin(void)
{
	test_daemon_prepare(&served,
		"{\"plugins\":{\"disabled\":[\"auth\"]},\"http\":{\"limits\":{\"body\":1000}},"
		"\"policy\":{\"codes\":{\"limits\":{\"limit\":{\"calls\":1,\"within_ms\":3600000}}}}}");
	test_daemon_drop_fixture(&served, "codes", "codes");
	test_daemon_start(&served);
	test_wait_until(&served, test_is_callable, "codes/succeed");
}

static void end(void)
{
	test_daemon_stop(&served);
	test_daemon_clean(&served);
}

/* ---- REST -------------------------------------------------------------------------------------------------------- */

static char answer[8192]; /* the latest, head and body */

static void ask(const char *line, const char *fields, const char *body)
{
	char request[4096];
	int fd = test_connect_port(served.port), size;
	ssize_t count;
	size_t come = 0;

	size = snprintf(request, sizeof request,
		"%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%sContent-Length: %zu\r\n\r\n%s", line, fields,
		strlen(body), body);
	ck_assert_int_lt(size, sizeof request);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, request, (size_t)size), size);
	while (come < sizeof answer - 1 && (count = read(fd, answer + come, sizeof answer - 1 - come)) > 0)
		come += (size_t)count;
	answer[come] = '\0';
	close(fd);
}

static void answered(const char *status, const char *code, const char *field)
{
	char word[64];

	snprintf(word, sizeof word, "{\"ok\":false,\"error\":{\"code\":\"%s\",", code);
	ck_assert_msg(strncmp(answer + strlen("HTTP/1.1 "), status, 3) == 0, "%s: %s", code, answer);
	ck_assert_msg(strstr(answer, word) != NULL, "%s: %s", code, answer);
	ck_assert_msg(strstr(answer, field) != NULL, "%s: %s", code, answer);
}

#define JSON "Content-Type: application/json\r\n"
#define SUCCEED "POST /api/v1/codes/succeed"

/* What is REST's own to refuse. */
static const struct {
	const char *line, *fields, *body, *status, *code, *field;
} requests[] = {
	{ SUCCEED, JSON, "{", "400", "bad_request", "" },
	{ SUCCEED "\x01", JSON, "{}", "400", "bad_request", "" },
	{ SUCCEED, JSON "Authorization: Bearer wrong\r\n", "{}", "401", "unauthenticated",
		"\r\nWWW-Authenticate: Bearer" },
	{ "POST /api/v1/codes/nothing", JSON, "{}", "404", "not_found", "" },
	{ "POST /nothing", JSON, "{}", "404", "not_found", "" },
	{ "PUT /api/v1/codes/succeed", JSON, "{}", "405", "method_not_allowed", "\r\nAllow: POST\r\n" },
	{ "POST /health", JSON, "{}", "405", "method_not_allowed", "\r\nAllow: GET, HEAD\r\n" },
	{ SUCCEED, "Content-Type: text/plain\r\n", "{}", "415", "unsupported_media_type", "" },
};

START_TEST(rest_refuses_with_the_codes_of_the_table)
{
	char large[2000] = "";

	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		ask(requests[i].line, requests[i].fields, requests[i].body);
		answered(requests[i].status, requests[i].code, requests[i].field);
	}
	memset(large, ' ', sizeof large - 1);
	ask(SUCCEED, JSON, large);
	answered("413", "payload_too_large", "");
}
END_TEST

/* ---- the four ---------------------------------------------------------------------------------------------------- */

/* What the gateway or the runnable refuses; status is REST's, exits signalctl's. */
static const struct call {
	const char *runnable, *code, *status, *field;
	int exits;
} calls[] = {
	{ "nothing", "not_found", "404", "", 5 },
	{ "ask", "invalid_params", "422", "\"details\":[{\"pointer\":\"/number\",\"rule\":\"required\"", 6 },
	{ "guard", "forbidden", "403", "", 4 },
	{ "conflict", "conflict", "409", "", 1 },
	{ "fail", "failed", "500", "", 1 },
	{ "rest", "unavailable", "503", "\r\nRetry-After: 1\r\n", 1 },
	{ "limit", "too_many_requests", "429", "\r\nRetry-After: 3", 1 }, /* 3600, less as time goes by */
	{ "wait", "timeout", "504", "", 7 },
};

static void rest_answers(const struct call *call)
{
	char line[80];

	snprintf(line, sizeof line, "POST /api/v1/codes/%s", call->runnable);
	ask(line, JSON, "{}");
	answered(call->status, call->code, call->field);
	if (strcmp(call->code, "not_found") != 0)
		ck_assert_ptr_nonnull(strstr(answer, "\"trace_id\":\""));
}

/* A failure is a result that says the code first; a caller that may not is refused with an error that has it as data,
 * and an unknown name is an error of the protocol. */
static void mcp_answers(const struct call *call)
{
	char params[80];
	json_t *message;
	const char *code;

	snprintf(params, sizeof params, "{\"name\":\"codes_%s\",\"arguments\":{}}", call->runnable);
	message = mcp_modern_call(&served, "tools/call", params, NULL);
	code = json_string_value(mcp_at(message, "result.content.0.text"));
	if (!code)
		code = json_string_value(mcp_at(message, "error.data.code"));
	if (code)
		ck_assert_msg(strncmp(code, call->code, strlen(call->code)) == 0, "%s: %s", call->code, code);
	else
		ck_assert_int_eq(mcp_number_at(message, "error.code"), -32602);
	json_decref(message);
}

static void control_answers(const struct call *call)
{
	char params[80];
	const char *code = "none";

	snprintf(params, sizeof params, "{\"address\":\"codes.%s\",\"params\":{}}", call->runnable);
	ck_assert_ptr_null(test_control(&served, "runnable.call", params, &code));
	ck_assert_str_eq(code, call->code);
}

static void signalctl_answers(const struct call *call)
{
	char address[40], word[64];
	const char *arguments[] = { "--json", "call", address, "--params", "{}", NULL };

	snprintf(address, sizeof address, "codes.%s", call->runnable);
	snprintf(word, sizeof word, "\"code\": \"%s\"", call->code);
	ck_assert_int_eq(test_signalctl(&served, arguments), call->exits);
	ck_assert_msg(strstr(test_signalctl_output(), word) != NULL, "%s: %s", word, test_signalctl_output());
}

/* Each caller may call it once: here nobody, and whoever runs this over the control socket. */
static void use_up_limits(void)
{
	const char *code;

	ask("POST /api/v1/codes/limit", JSON, "{}");
	json_decref(test_control(&served, "runnable.call", "{\"address\":\"codes.limit\"}", &code));
}

START_TEST(the_four_answer_alike)
{
	use_up_limits();
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		rest_answers(&calls[i]);
		mcp_answers(&calls[i]);
		control_answers(&calls[i]);
		signalctl_answers(&calls[i]);
	}
}
END_TEST

/* ---- traces ------------------------------------------------------------------------------------------------------ */

#define TRACE "0af7651916cd43dd8448eb211c80319c"
#define PARENT "00-" TRACE "-b7ad6b7169203331-01"

/* R-PR-5 */
START_TEST(the_three_take_a_trace)
{
	json_t *message;
	const char *code;

	ask("POST /api/v1/codes/fail", JSON "traceparent: " PARENT "\r\n", "{}");
	ck_assert_ptr_nonnull(strstr(answer, "\"trace_id\":\"" TRACE "\""));
	ck_assert_ptr_nonnull(strstr(answer, "\r\ntraceresponse: 00-" TRACE "-"));
	message = mcp_modern_call(&served, "tools/call", "{\"name\":\"codes_fail\",\"arguments\":{}}",
		"{\"traceparent\":\"" PARENT "\"}");
	ck_assert_ptr_nonnull(strstr(mcp_text_at(message, "result._meta.traceparent"), TRACE));
	json_decref(message);
	ck_assert_ptr_null(test_control(&served, "runnable.call",
		"{\"address\":\"codes.guard\",\"traceparent\":\"" PARENT "\"}", &code));
	ck_assert_str_eq(code, "forbidden");
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(rest_refuses_with_the_codes_of_the_table), TEST(the_four_answer_alike),
		TEST(the_three_take_a_trace) };

	return mcp_run_suite(&SUITE(cases, "surfaces", .set_up = begin, .tear_down = end));
}
