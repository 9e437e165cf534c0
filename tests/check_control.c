/* check_control.c: the control socket of a real kernel and loop, over a real socket. links: daemon signalpy */
#include "control.h"
#include "control_peer.h"
#include "runner.h"
#include "temporary_directory.h"

#include <check.h>
#include <pthread.h>
#include <signalpy/component.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_SIZE = 65536, LOOK = 1000000 };

/* ---- a component to call ----------------------------------------------------------------------------------------- */

SP_RECORD(word, (string, word, .required = true, .max_length = 8));

/* wait ends when nobody waits for it any more. */
SP_COMPONENT(parrot,
	(member,   sp_call *, waiting),
	(timer,    look),
	(runnable, say, word, word, .about = "Says it back."),
	(blocking, think, word, word),
	(later,    wait, word, word));

static sp_status parrot_say(struct parrot *self, const struct word *in, struct word *out)
{
	(void)self;
	out->word = in->word;
	return SP_OK;
}

static sp_status parrot_think(const struct parrot *self, sp_call *call, const struct word *in, struct word *out)
{
	(void)self;
	sp_progress(call, 1, 2, "half");
	out->word = in->word;
	return SP_OK;
}

static sp_status parrot_look(struct parrot *self)
{
	sp_call *call = self->waiting;

	if (!sp_is_cancelled(call))
		return sp_timer_start(self->look, 1);
	self->waiting = NULL;
	sp_finish(call, SP_CANCELLED);
	return SP_OK;
}

static sp_status parrot_wait(struct parrot *self, sp_call *call, const struct word *in, struct word *out)
{
	(void)in;
	(void)out;
	self->waiting = call;
	sp_timer_start(self->look, 1);
	return SP_LATER;
}

SP_PLUGIN(parrot, "1.0.0", parrot);

/* ---- the daemon -------------------------------------------------------------------------------------------------- */

static struct {
	struct temporary_directory directory;
	struct sp_event_loop *loop;
	struct log *log;
	sp_kernel *kernel;
	struct plugins *plugins;
	struct configuration *configuration;
	struct control *control;
	struct control_options options;
	void *timer;
	pthread_t client;
	const char *lines; /* what the client sends */
	unsigned expected; /* how many lines it waits for */
	char answer[ANSWER_SIZE];
	atomic_bool answered;
	bool shut_down;
} kit;

static void shut_down(void *user)
{
	(void)user;
	kit.shut_down = true;
}

static void log_nothing(void *user, enum sp_level level, const char *instance, const char *message)
{
	(void)user;
	(void)level;
	(void)instance;
	(void)message;
}

static void make_kernel(void)
{
	const struct sp_kernel_options options = { .struct_size = sizeof options,
		.ops = sp_event_loop_ops(),
		.loop = kit.loop,
		.log = log_nothing };
	const struct sp_plugin_origin origin = { .struct_size = sizeof origin, .path = "check_control" };
	struct sp_error error = { 0 };
	sp_plugin_handle *plugin;

	kit.kernel = sp_kernel_create(&options, &error);
	ck_assert_msg(kit.kernel != NULL, "%s", error.message);
	sp_kernel_boot(kit.kernel);
	ck_assert_msg(sp_kernel_add(kit.kernel, &signalpy_plugin, &origin, &plugin, &error) == SP_OK, "%s",
		error.message);
}

static void make_daemon(void)
{
	const struct configuration_options configuration = { .file = temporary_write(&kit.directory, "main.json", "{}"),
		.state_dir = kit.directory.path };
	struct sp_error error = { 0 };

	kit.configuration = configuration_create(&configuration, &error);
	ck_assert_msg(kit.configuration != NULL, "%s", error.message);
	ck_assert_int_eq(configuration_attach(kit.configuration, kit.kernel, kit.log, &error), SP_OK);
	kit.plugins =
		plugins_create(&(struct plugins_options){ kit.kernel, kit.loop, kit.log, kit.directory.path }, &error);
	ck_assert_msg(kit.plugins != NULL, "%s", error.message);
}

static void open_daemon(void)
{
	static const struct control_limits limits = { 64, 1024, 1048576, 1000, 4194304, 64, 262144, 4194304 };

	memset(&kit, 0, sizeof kit);
	temporary_directory_init(&kit.directory);
	kit.loop = sp_event_loop_create(NULL, 1, NULL);
	kit.log = log_create(STDERR_FILENO);
	log_set_level(kit.log, SP_ERROR);
	make_kernel();
	make_daemon();
	kit.options = (struct control_options){ .kernel = kit.kernel,
		.limits = &limits,
		.loop = kit.loop,
		.plugins = kit.plugins,
		.configuration = kit.configuration,
		.log = kit.log,
		.gateway = sp_kernel_gateway(kit.kernel),
		.socket = temporary_path(&kit.directory, "socket"),
		.shutdown = shut_down };
	kit.control = control_create(&kit.options, NULL);
	ck_assert_ptr_nonnull(kit.control);
}

static void stopped(void *user)
{
	(void)user;
	sp_event_loop_quit(kit.loop);
}

static void close_daemon(void)
{
	sp_kernel_stop(kit.kernel, stopped, NULL);
	sp_event_loop_run(kit.loop);
	control_destroy(kit.control);
	configuration_destroy(kit.configuration);
	sp_kernel_destroy(kit.kernel);
	plugins_destroy(kit.plugins);
	sp_event_loop_destroy(kit.loop);
	log_destroy(kit.log);
	temporary_directory_finish(&kit.directory);
}

/* ---- a client ---------------------------------------------------------------------------------------------------- */

static int connect_client(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%.90s/socket", kit.directory.path);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	close(fd);
	return -1;
}

static unsigned count_lines(const char *text, size_t size)
{
	unsigned lines = 0;

	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	return lines;
}

static void *talk(void *unused)
{
	int fd = connect_client();
	size_t size = 0, length = strlen(kit.lines);
	ssize_t got = 1;

	(void)unused;
	if (fd >= 0 && send(fd, kit.lines, length, MSG_NOSIGNAL) == (ssize_t)length) {
		while (count_lines(kit.answer, size) < kit.expected && got > 0) {
			got = recv(fd, kit.answer + size, ANSWER_SIZE - 1 - size, 0);
			size += got > 0 ? (size_t)got : 0;
		}
	}
	kit.answer[size] = '\0';
	if (fd >= 0)
		close(fd);
	atomic_store(&kit.answered, true);
	return NULL;
}

static void look(void *user)
{
	(void)user;
	if (atomic_load(&kit.answered))
		sp_event_loop_quit(kit.loop);
	else
		sp_event_loop_ops()->timer_start(kit.timer, LOOK);
}

/* Sends lines from another thread and turns until so many lines have come back. */
static const char *ask(const char *lines, unsigned expected)
{
	kit.lines = lines;
	kit.expected = expected;
	atomic_store(&kit.answered, false);
	kit.timer = sp_event_loop_ops()->timer_create(kit.loop, look, NULL);
	sp_event_loop_ops()->timer_start(kit.timer, LOOK);
	ck_assert_int_eq(pthread_create(&kit.client, NULL, talk, NULL), 0);
	sp_event_loop_run(kit.loop);
	pthread_join(kit.client, NULL);
	sp_event_loop_ops()->timer_destroy(kit.timer);
	return kit.answer;
}

#define CALL(id, address, more) \
	"{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"runnable.call\",\"params\":{\"address\":\"" address "\"" more \
	"}}\n"
#define SAID(id) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"result\":{\"data\":{\"word\":\"hi\"}}}\n"

/* ---- tests ------------------------------------------------------------------------------------------------------- */

START_TEST(a_runnable_is_called)
{
	ck_assert_str_eq(ask(CALL("1", "parrot.say", ",\"params\":{\"word\":\"hi\"}"), 1), SAID("1"));
}
END_TEST

START_TEST(calls_are_answered_in_one_go)
{
	const char *line = CALL("7", "parrot.say", ",\"params\":{\"word\":\"hi\"}");
	char *lines = calloc(500, strlen(line) + 1);
	char *end = lines;

	ck_assert_ptr_nonnull(lines);
	for (int i = 0; i < 500; i++)
		end = stpcpy(end, line);
	ask(lines, 500);
	ck_assert_uint_eq(count_lines(kit.answer, strlen(kit.answer)), 500);
	ck_assert_int_eq(strncmp(kit.answer, SAID("7"), strlen(SAID("7"))), 0);
	free(lines);
}
END_TEST

/* R-RN-2, R-RN-3, R-RN-4 */
START_TEST(calls_fail_as_the_gateway_says)
{
	ask(CALL("1", "parrot.say", ",\"params\":{\"word\":\"far too long\"}"), 1);
	ck_assert_ptr_nonnull(strstr(kit.answer, "\"code\":-32602"));
	ck_assert_ptr_nonnull(strstr(kit.answer, "\"code\":\"invalid_params\",\"details\":[{\"pointer\":\"/word\""));
	ask(CALL("1", "parrot.sing", ""), 1);
	ck_assert_ptr_nonnull(strstr(kit.answer, "\"code\":\"not_found\""));
	ask(CALL("1", "parrot.wait", ",\"params\":{\"word\":\"hi\"},\"timeout_ms\":5"), 1);
	ck_assert_ptr_nonnull(strstr(kit.answer, "\"code\":\"timeout\""));
}
END_TEST

START_TEST(a_worker_answers_after_its_progress)
{
	ask(CALL("1", "parrot.think", ",\"params\":{\"word\":\"hi\"},\"progress\":true"), 2);
	ck_assert_ptr_nonnull(strstr(kit.answer,
		"\"method\":\"progress\",\"params\":{\"done\":1,\"total\":2,\"note\":\"half\",\"id\":1}"));
	ck_assert_ptr_nonnull(strstr(kit.answer, SAID("1")));
}
END_TEST

/* The client goes while its call waits: nothing is left of it. */
START_TEST(a_client_may_leave)
{
	ask(CALL("1", "parrot.wait", ",\"params\":{\"word\":\"hi\"}"), 0);
	do
		ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"component.show\",\"params\":{\"name\":\"parrot\"}}\n",
			1);
	while (!strstr(kit.answer, "\"in_flight\":0"));
}
END_TEST

START_TEST(status_tells_of_the_kernel)
{
	json_t *answer = json_loads(ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"kernel.status\"}\n", 1), 0, NULL);
	const json_t *status = json_object_get(answer, "result");
	const char *state = json_string_value(json_object_get(status, "state"));

	ck_assert_str_eq(state, "healthy");
	ck_assert_uint_eq(json_array_size(json_object_get(status, "components")), 1);
	json_decref(answer);
}
END_TEST

START_TEST(events_are_told)
{
	ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"event.watch\",\"params\":{\"pattern\":\"a.*\"}}\n"
	    "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"event.publish\",\"params\":{\"type\":\"b.c\"}}\n"
	    "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"event.publish\",\"params\":{\"type\":\"a.b\",\"data\":{\"x\":1}}}\n",
		4);
	ck_assert_ptr_nonnull(
		strstr(kit.answer, "\"method\":\"event\",\"params\":{\"watch\":1,\"type\":\"a.b\",\"data\":{\"x\":1}"));
	ck_assert_ptr_null(strstr(kit.answer, "\"b.c\""));
}
END_TEST

START_TEST(the_daemon_is_shut_down_after_the_answer)
{
	ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"kernel.shutdown\"}\n", 1);
	ck_assert_ptr_nonnull(strstr(kit.answer, "\"draining\""));
	ck_assert(kit.shut_down);
}
END_TEST

/* ---- the socket as a file ---------------------------------------------------------------------------------------- */

START_TEST(its_group_may_open_the_socket)
{
	struct stat status;
	gid_t group;

	ck_assert_int_eq(stat(kit.options.socket, &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 0660);
	control_destroy(kit.control);
	ck_assert_int_ne(access(kit.options.socket, F_OK), 0);
	kit.options.group = "daemon";
	kit.control = control_create(&kit.options, NULL);
	if (geteuid() != 0 || peer_group("daemon", &group) != SP_OK)
		return;
	ck_assert_int_eq(stat(kit.options.socket, &status), 0);
	ck_assert_uint_eq(status.st_gid, group);
	ck_assert_uint_eq(status.st_mode & 07777, 0660);
}
END_TEST

START_TEST(a_group_must_be_there)
{
	struct sp_error error = { 0 };

	control_destroy(kit.control);
	kit.options.group = "no-such-group";
	kit.control = control_create(&kit.options, &error);
	ck_assert_ptr_null(kit.control);
	ck_assert_int_eq(error.code, SP_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(error.message, "no-such-group"));
}
END_TEST

START_TEST(a_second_daemon_is_refused)
{
	struct sp_error error = { 0 };

	ck_assert_ptr_null(control_create(&kit.options, &error));
	ck_assert_int_eq(error.code, SP_CONFLICT);
	ck_assert_ptr_nonnull(strstr(error.message, kit.options.socket));
	ck_assert_str_eq(ask(CALL("1", "parrot.say", ",\"params\":{\"word\":\"hi\"}"), 1), SAID("1"));
}
END_TEST

/* kill -9 leaves the socket and its lock behind. */
START_TEST(what_a_dead_daemon_left_is_replaced)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	control_destroy(kit.control);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", kit.options.socket);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	close(fd);
	kit.control = control_create(&kit.options, NULL);
	ck_assert_ptr_nonnull(kit.control);
	ck_assert_str_eq(ask(CALL("1", "parrot.say", ",\"params\":{\"word\":\"hi\"}"), 1), SAID("1"));
}
END_TEST

START_TEST(a_path_that_cannot_be_is_refused)
{
	char path[300];
	struct sp_error error = { 0 };

	control_destroy(kit.control);
	memset(path, 'x', sizeof path);
	memcpy(path, "/tmp/", 5);
	path[sizeof path - 1] = '\0';
	kit.options.socket = path;
	kit.control = control_create(&kit.options, &error);
	ck_assert_ptr_null(kit.control);
	kit.options.socket = "/no/such/directory/socket";
	kit.control = control_create(&kit.options, &error);
	ck_assert_ptr_null(kit.control);
	ck_assert_ptr_nonnull(strstr(error.message, "/no/such/directory/socket"));
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(a_runnable_is_called), TEST(calls_are_answered_in_one_go),
		TEST(calls_fail_as_the_gateway_says), TEST(a_worker_answers_after_its_progress),
		TEST(a_client_may_leave), TEST(status_tells_of_the_kernel), TEST(events_are_told),
		TEST(the_daemon_is_shut_down_after_the_answer), TEST(its_group_may_open_the_socket),
		TEST(a_group_must_be_there), TEST(a_second_daemon_is_refused),
		TEST(what_a_dead_daemon_left_is_replaced), TEST(a_path_that_cannot_be_is_refused) };

	return run_suite(&SUITE(cases, "control", .set_up = open_daemon, .tear_down = close_daemon));
}
