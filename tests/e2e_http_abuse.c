/*
 * e2e_http_abuse.c: the table of hostile requests over real sockets: the daemon's loop, a kernel, and the plugin http as
 * it is shipped. The client runs in a thread of its own.
 * links: daemon signalpy */
#include "event_loop.h"
#include "http_answers.h"
#include "http_cases.h"
#include "runner.h"

#include <arpa/inet.h>
#include <check.h>
#include <dlfcn.h>
#include <pthread.h>
#include <signalpy/component.h>
#include <signalpy/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct scene;

static void begin_client(struct scene *scene, const char *address);
static struct scene *the_scene;

/* clang-format off */
SP_COMPONENT(mirror,
	(about, "Answers every request with its body."),
	(one, sp_http, http),
	(effect, mount),
	(effect, watch));
/* clang-format on */

static void reflect(void *user SP_UNUSED, struct sp_http_exchange *exchange)
{
	exchange->ops->reply(exchange, 200, "text/plain", NULL, exchange->body);
}

static sp_status mirror_mount(struct mirror *self)
{
	const struct sp_http *http = sp_get(self->http);

	return http->mount(http, "/", reflect, self);
}

static sp_status mirror_watch(struct mirror *self)
{
	const struct sp_http *http = sp_get(self->http);
	size_t count;
	const char *const *addresses = http->addresses(http, &count);

	if (count)
		begin_client(the_scene, addresses[0]);
	return SP_OK;
}

SP_PLUGIN(mirror, "1.0.0", mirror);

/* ---- the scene --------------------------------------------------------------------------------------------------- */

struct scene {
	struct sp_task done; /* first, so that the task is the scene */
	const struct http_case *row;
	struct sp_event_loop *loop;
	sp_kernel *kernel;
	pthread_t thread;
	bool begun;
	int port;
	char *answer;
	size_t answer_size;
};

static void on_stopped(void *user)
{
	struct scene *scene = user;

	sp_event_loop_quit(scene->loop);
}

static void on_done(struct sp_task *task)
{
	struct scene *scene = (struct scene *)(void *)task;

	sp_kernel_stop(scene->kernel, on_stopped, scene);
}

static int connect_to(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct timeval patience = { .tv_sec = 20 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
		abort();
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	return fd;
}

/* Sends as much as the server takes. */
static void send_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		data += sent;
		size -= (size_t)sent;
	}
}

static void send_row(int fd, const struct http_case *row)
{
	char fill[1024];
	size_t left;

	memset(fill, 'a', sizeof fill);
	send_all(fd, row->input, row->size);
	for (left = row->fill; left > sizeof fill; left -= sizeof fill)
		send_all(fd, fill, sizeof fill);
	send_all(fd, fill, left);
	if (row->rest)
		send_all(fd, row->rest, strlen(row->rest));
	shutdown(fd, SHUT_WR);
}

/* Sends the row, ends its side, and reads to the server's end. */
static void *client(void *user)
{
	struct scene *scene = user;
	size_t room = 65536;
	int fd = connect_to(scene->port);
	ssize_t got;

	scene->answer = calloc(1, room);
	if (!scene->answer)
		abort();
	send_row(fd, scene->row);
	while ((got = recv(fd, scene->answer + scene->answer_size, room - 1 - scene->answer_size, 0)) > 0)
		scene->answer_size += (size_t)got;
	close(fd);
	sp_event_loop_ops()->post(scene->loop, &scene->done);
	return NULL;
}

static void begin_client(struct scene *scene, const char *address)
{
	if (scene->begun)
		return;
	scene->begun = true;
	scene->port = (int)strtol(strrchr(address, ':') + 1, NULL, 10);
	if (pthread_create(&scene->thread, NULL, client, scene) != 0)
		abort();
}

static const struct sp_plugin *http_plugin(void)
{
	void *library = dlopen(TEST_BUILD_DIR "/lib/signalpy/plugins/http.so", RTLD_NOW | RTLD_LOCAL);

	ck_assert_msg(library != NULL, "%s", dlerror());
	return dlsym(library, "signalpy_plugin");
}

static json_t *configuration_new(void)
{
	const struct http_limits *limits = &http_case_limits;

	return json_pack("{s:{s:[s], s:{s:I, s:I, s:I, s:I}}}", "http", "listen", "127.0.0.1:0", "limits", "line",
		(json_int_t)limits->line, "header_bytes", (json_int_t)limits->header_bytes, "header_count",
		(json_int_t)limits->header_count, "body", (json_int_t)limits->body);
}

static void play(struct scene *scene)
{
	struct sp_kernel_options options = { .struct_size = sizeof options, .ops = sp_event_loop_ops() };
	struct sp_plugin_origin origin = { .struct_size = sizeof origin };
	sp_plugin_handle *handle;
	json_t *faults = json_array();

	scene->done.run = on_done;
	scene->loop = options.loop = sp_event_loop_create(NULL, 1, NULL);
	ck_assert_ptr_nonnull(scene->loop);
	scene->kernel = sp_kernel_create(&options, NULL);
	ck_assert_ptr_nonnull(scene->kernel);
	ck_assert_int_eq(sp_event_loop_provide(scene->loop, scene->kernel), SP_OK);
	ck_assert_int_eq(sp_kernel_configure(scene->kernel, configuration_new(), faults), SP_OK);
	ck_assert_int_eq(sp_kernel_add(scene->kernel, http_plugin(), &origin, &handle, NULL), SP_OK);
	ck_assert_int_eq(sp_kernel_add(scene->kernel, &signalpy_plugin, &origin, &handle, NULL), SP_OK);
	sp_kernel_boot(scene->kernel);
	sp_event_loop_run(scene->loop);
	pthread_join(scene->thread, NULL);
	sp_kernel_destroy(scene->kernel);
	sp_event_loop_destroy(scene->loop);
	json_decref(faults);
}

/* What must come back when the client ends its side: a request that is not complete is answered 400. */
static void expected_statuses(const struct http_case *row, char statuses[static 64])
{
	bool half = !row->closes && (!*row->statuses || strcmp(row->statuses, "100") == 0);

	snprintf(statuses, 64, "%s%s%s", row->statuses, half && *row->statuses ? " " : "", half ? "400" : "");
}

START_TEST(over_a_socket)
{
	struct scene scene = { .row = &http_cases[_i] };
	char expected[64];
	bool said, shall;

	the_scene = &scene;
	play(&scene);
	expected_statuses(scene.row, expected);
	ck_assert_msg(strcmp(http_statuses(scene.answer, scene.answer_size), expected) == 0, "%s: %s instead of %s",
		scene.row->name, http_statuses(scene.answer, scene.answer_size), expected);
	said = strstr(scene.answer, "\r\nConnection: close\r\n") != NULL;
	shall = scene.row->closes || strcmp(expected, scene.row->statuses) != 0;
	ck_assert_msg(said == shall, "%s: %s", scene.row->name, said ? "closes" : "does not close");
	free(scene.answer);
}
END_TEST

static size_t count_cases(void)
{
	size_t count = 0;

	while (http_cases[count].name)
		count++;
	return count;
}

int main(void)
{
	const struct test_case cases[] = { TEST(over_a_socket, .times = count_cases()) };

	return run_suite(&SUITE(cases, "http abuse"));
}
