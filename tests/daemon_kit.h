/*
 * daemon_kit.h: a daemon of its own for an end-to-end test: temporary directories, ports that the system chooses, and
 * small clients for HTTP and the control socket. Whatever fails fails the test.
 */
#ifndef TESTS_DAEMON_KIT_H
#define TESTS_DAEMON_KIT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct test_daemon {
	pid_t pid;
	char dir[64]; /* everything of the test's; removed at the end */
	char plugins[80]; /* watched */
	char configuration[96];
	char control[96];
	char log[80];
	int port; /* of HTTP on 127.0.0.1; 0: none */
	const char *credentials; /* header lines that MCP's clients send; NULL: none */
	void (*before)(void); /* runs in its process before it does; NULL: nothing */
};

/* Makes the directories and writes the configuration (JSON; NULL: {}), http.listen on any port included. */
void test_daemon_prepare(struct test_daemon *daemon, const char *configuration);

/* Starts it with the shipped plugins and the watched directory, and waits until it is ready. */
void test_daemon_start(struct test_daemon *daemon);

/* Ends it with SIGTERM and expects exit status 0, or with SIGKILL. */
void test_daemon_stop(struct test_daemon *daemon);
void test_daemon_kill(struct test_daemon *daemon);

/* Removes the directories. */
void test_daemon_clean(struct test_daemon *daemon);

/* Copies the example (or, with fixture, the test plugin) NAME.so into the plugin directory as TO.so, in one rename;
 * extra bytes behind its end make it another version to the daemon without changing what it does. */
void test_daemon_drop(struct test_daemon *daemon, const char *name, const char *to, unsigned extra);
void test_daemon_drop_fixture(struct test_daemon *daemon, const char *name, const char *to);
void test_daemon_cut_off(struct test_daemon *daemon, const char *name, off_t size);
void test_daemon_take_away(struct test_daemon *daemon, const char *name);

/* Replaces the configuration file, by rename, or in place. */
void test_daemon_configure(struct test_daemon *daemon, const char *configuration, bool in_place);

/* POSTs a JSON text to /api/v1/PATH on a connection of its own; the HTTP status, and the answer's body (the caller
 * frees it; NULL if there was none). */
int test_http_call(const struct test_daemon *daemon, const char *path, const char *body, json_t **ret_body);

/* One request on the control socket: the result (the caller's), or NULL and *ret_code is the error's word, in a static
 * place. */
json_t *test_control(const struct test_daemon *daemon, const char *method, const char *params, const char **ret_code);

/* Runs signalctl with up to eight arguments, NULL ends them; its exit status; what it printed is kept until the next
 * run. */
int test_signalctl(const struct test_daemon *daemon, const char *arguments[]);
const char *test_signalctl_output(void);

/* Begins signalctl with its output going to a file; the caller waits for its end. */
pid_t test_signalctl_begin(const struct test_daemon *daemon, const char *arguments[], const char *path);

/* Calls ask(daemon, user) until it answers true; fails the test after some seconds. Answers the milliseconds it
 * took. */
int64_t test_wait_until(const struct test_daemon *daemon,
	bool (*ask)(const struct test_daemon *daemon, const void *user), const void *user);

/* Whether POST /api/v1/PATH with {} answers 200 (user is the path), and the opposite of 200. */
bool test_is_callable(const struct test_daemon *daemon, const void *path);
bool test_is_not_callable(const struct test_daemon *daemon, const void *path);

/* Whether the daemon's log holds a text, and how often. */
bool test_log_says(const struct test_daemon *daemon, const void *text);
unsigned test_log_count(const struct test_daemon *daemon, const char *text);

/* Milliseconds of a clock that never goes back. */
int64_t test_now_ms(void);

#endif
