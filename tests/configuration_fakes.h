/*
 * configuration_fakes.h: what the configuration needs of the other rooms, made of nothing: a kernel that knows one
 * component, a log that is a text, a loop whose clock the test moves. Included once in a program.
 */
#ifndef TESTS_CONFIGURATION_FAKES_H
#define TESTS_CONFIGURATION_FAKES_H

#include "event_loop.h"
#include "log.h"

#include <check.h>
#include <jansson.h>
#include <poll.h>
#include <signalpy/runtime.h>
#include <stdio.h>
#include <string.h>

struct sp_kernel {
	unsigned checked, committed;
	json_t *tree;
	void (*committing)(void *user); /* called inside a commit, if not NULL */
	void *user;
};

struct log {
	char text[16384];
};

struct sp_event_loop {
	int64_t now, due; /* due: of the timer; 0: it does not run */
	void (*fire)(void *user);
	void *timer_user;
	void (*ready)(void *user, int fd, unsigned events);
	void *ready_user;
	int fd;
	unsigned open; /* timers and watches that were not destroyed */
};

static inline void add_fault(json_t *faults, const char *path, const char *rule, const char *message)
{
	json_array_append_new(faults,
		json_pack("{s:s, s:s, s:s, s:s}", "path", path, "rule", rule, "message", message, "pointer", ""));
}

/* The greeter's section may have a greeting, which is a text. */
static inline sp_status judge(const json_t *tree, json_t *faults)
{
	const json_t *section = json_object_get(json_object_get(tree, "components"), "greeter");
	const json_t *greeting = json_object_get(section, "greeting");
	const char *name;
	json_t *value;

	if (greeting && !json_is_string(greeting))
		add_fault(faults, "components.greeter.greeting", "type", "must be a text");
	json_object_foreach((json_t *)section, name, value) {
		char path[100];

		snprintf(path, sizeof(path), "components.greeter.%s", name);
		if (strcmp(name, "api_token") == 0 && !json_is_string(value))
			add_fault(faults, path, "type", "must be a text, is 4711");
		else if (strcmp(name, "api_token") != 0 && strcmp(name, "greeting") != 0)
			add_fault(faults, path, "unknown", "is unknown");
	}
	return json_array_size(faults) == 0 ? SP_OK : SP_INVALID;
}

sp_status sp_kernel_check(sp_kernel *kernel, const json_t *tree, json_t *faults)
{
	kernel->checked++;
	return judge(tree, faults);
}

sp_status sp_kernel_configure(sp_kernel *kernel, json_t *tree, json_t *faults)
{
	sp_status status = judge(tree, faults);

	if (status != SP_OK) {
		json_decref(tree);
		return status;
	}
	kernel->committed++;
	json_decref(kernel->tree);
	kernel->tree = tree;
	if (kernel->committing)
		kernel->committing(kernel->user);
	return SP_OK;
}

void log_write(struct log *log, enum sp_level level, const char *instance, const char *message)
{
	static const char *const words[] = { "debug", "info", "warning", "error" };
	size_t length = strlen(log->text);

	snprintf(log->text + length, sizeof(log->text) - length, "%s%s: %s\n", words[level], instance, message);
}

static inline int64_t fake_now(void *loop)
{
	return ((struct sp_event_loop *)loop)->now;
}

static inline void *fake_timer_create(void *user, void (*fire)(void *user), void *timer_user)
{
	struct sp_event_loop *loop = user;

	loop->fire = fire;
	loop->timer_user = timer_user;
	loop->open++;
	return loop;
}

static inline void fake_timer_start(void *timer, int64_t nanoseconds)
{
	struct sp_event_loop *loop = timer;

	loop->due = loop->now + nanoseconds;
}

static inline void fake_timer_stop(void *timer)
{
	((struct sp_event_loop *)timer)->due = 0;
}

static inline void fake_destroy(void *thing)
{
	((struct sp_event_loop *)thing)->open--;
}

static inline void *fake_watch_create(void *user, void (*ready)(void *user, int fd, unsigned events), void *ready_user)
{
	struct sp_event_loop *loop = user;

	loop->ready = ready;
	loop->ready_user = ready_user;
	loop->open++;
	return loop;
}

static inline sp_status fake_watch_start(void *watch, int fd, unsigned events)
{
	ck_assert_uint_eq(events, SP_READABLE);
	((struct sp_event_loop *)watch)->fd = fd;
	return SP_OK;
}

static inline void fake_watch_stop(void *watch)
{
	((struct sp_event_loop *)watch)->fd = -1;
}

const struct sp_loop_ops *sp_event_loop_ops(void)
{
	static const struct sp_loop_ops ops = {
		.struct_size = sizeof(ops),
		.now = fake_now,
		.timer_create = fake_timer_create,
		.timer_start = fake_timer_start,
		.timer_stop = fake_timer_stop,
		.timer_destroy = fake_destroy,
		.watch_create = fake_watch_create,
		.watch_start = fake_watch_start,
		.watch_stop = fake_watch_stop,
		.watch_destroy = fake_destroy,
	};

	return &ops;
}

/* Hands over what the system has to tell; then moves the clock and fires the timer when it is due. */
static inline void turn(struct sp_event_loop *loop, int64_t milliseconds)
{
	struct pollfd readable = { loop->fd, POLLIN, 0 };

	if (poll(&readable, 1, 0) > 0)
		loop->ready(loop->ready_user, loop->fd, SP_READABLE);
	loop->now += milliseconds * 1000000;
	if (loop->due == 0 || loop->now < loop->due)
		return;
	loop->due = 0;
	loop->fire(loop->timer_user);
}

#endif
