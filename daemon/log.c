/* log.c: the daemon's own log: one record a line, as text or JSON, never waiting for whoever reads it. */
#define _GNU_SOURCE /* vasprintf */
#include "log.h"

#include "log_tail.h"
#include "log_text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SHORT_MESSAGE = 512 };

/* How a descriptor is kept from blocking: its flags are shared with other programs, and are not ours to change. */
enum log_way {
	LOG_TO_FILE, /* a file does not block */
	LOG_TO_SOCKET, /* each call says that it will not wait */
	LOG_TO_OWN_OPENING, /* a pipe or terminal, opened once more for ourselves */
	LOG_AFTER_POLL /* one that cannot be opened again is asked first */
};

struct log {
	int fd; /* borrowed */
	int own; /* opened once more, or -1 */
	char *path; /* of a file; NULL: it is none, or has no name any more */
	enum log_way way;
	atomic_int level, format;
	atomic_int least; /* of level, and of those that instances have of their own */
	pthread_mutex_t lock;
	json_t *levels; /* of instances, by name; NULL: none has one of its own */
	unsigned long long dropped;
	bool is_cut; /* the last record was taken in part */
	struct sp_logger logger;
	struct log_tail tail;
	int bell; /* an eventfd, or -1 */
};

/* ---- the descriptor ---- */

/* The name that a file had when the log was made: later it may be called something else. */
static void find_path(struct log *log, const struct stat *found)
{
	char link[40], path[PATH_MAX];
	struct stat named;
	ssize_t size;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", log->fd);
	size = readlink(link, path, sizeof(path) - 1);
	if (size <= 0)
		return;
	path[size] = '\0';
	if (stat(path, &named) == 0 && named.st_ino == found->st_ino && named.st_dev == found->st_dev)
		log->path = strdup(path);
}

static void find_way(struct log *log)
{
	char path[40];
	struct stat found;

	log->way = LOG_TO_FILE;
	if (fstat(log->fd, &found) != 0)
		return;
	if (S_ISREG(found.st_mode)) {
		find_path(log, &found);
		return;
	}
	if (S_ISSOCK(found.st_mode)) {
		log->way = LOG_TO_SOCKET;
		return;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", log->fd);
	log->own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	log->way = log->own < 0 ? LOG_AFTER_POLL : LOG_TO_OWN_OPENING;
}

static bool would_take(int fd)
{
	struct pollfd asked = { .fd = fd, .events = POLLOUT };

	return poll(&asked, 1, 0) == 1 && (asked.revents & POLLOUT);
}

/* A pipe that is ready takes PIPE_BUF bytes at least; more might wait. 0 when nothing is taken now. */
static ssize_t put_some(const struct log *log, const char *data, size_t size)
{
	switch (log->way) {
	case LOG_TO_SOCKET:
		return send(log->fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	case LOG_TO_OWN_OPENING:
		return write(log->own, data, size);
	case LOG_AFTER_POLL:
		return would_take(log->fd) ? write(log->fd, data, size < PIPE_BUF ? size : PIPE_BUF) : 0;
	case LOG_TO_FILE:
	default:
		return write(log->fd, data, size);
	}
}

static size_t put(const struct log *log, const char *data, size_t size)
{
	size_t at = 0;
	ssize_t taken;

	while (at < size) {
		taken = put_some(log, data + at, size - at);
		if (taken < 0 && errno == EINTR)
			continue;
		if (taken <= 0)
			break;
		at += (size_t)taken;
	}
	return at;
}

/* Writes a whole line, or counts it; what is left of a line that was cut does not run into the next. */
static bool put_line(struct log *log, const struct log_text *line)
{
	size_t taken;

	if (line->failed || (log->is_cut && put(log, "\n", 1) != 1)) {
		log->dropped++;
		return false;
	}
	log->is_cut = false;
	taken = put(log, line->data, line->size);
	if (taken == line->size)
		return true;
	log->is_cut = taken > 0;
	log->dropped++;
	return false;
}

/* ---- records ---- */

static const char *const level_words[] = { "debug", "info", "warning", "error" };
static const char *const level_columns[] = { "debug", "info ", "warn ", "error" };

static void add_time(struct log_text *line)
{
	struct timespec now;
	struct tm utc;
	char text[40], whole[64];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(whole, sizeof(whole), "%s.%03ldZ", text, now.tv_nsec / 1000000);
	log_text_add(line, whole);
}

static void add_as_text(struct log_text *line, enum sp_level level, const char *instance, const char *message)
{
	add_time(line);
	log_text_add(line, " ");
	log_text_add(line, level_columns[level]);
	log_text_add(line, " ");
	if (instance[0] != '\0') {
		log_text_add(line, instance);
		log_text_add(line, ": ");
	}
	log_text_add_escaped(line, message, false);
	log_text_add(line, "\n");
}

static void add_as_json(struct log_text *line, enum sp_level level, const char *instance, const char *message)
{
	char trace[33];

	log_text_add(line, "{\"time\":\"");
	add_time(line);
	log_text_add(line, "\",\"level\":\"");
	log_text_add(line, level_words[level]);
	log_text_add(line, "\",\"instance\":\"");
	log_text_add_escaped(line, instance, true);
	log_text_add(line, "\",\"message\":\"");
	log_text_add_escaped(line, message, true);
	if (sp_trace_id(trace)) {
		log_text_add(line, "\",\"trace_id\":\"");
		log_text_add(line, trace);
	}
	log_text_add(line, "\"}\n");
}

/* For those who look at it while the daemon runs. */
static void keep_record(struct log *log, enum sp_level level, const char *instance, const char *message)
{
	struct log_text line = { .size = 0 };
	uint64_t once = 1;

	add_as_json(&line, level, instance, message);
	if (!line.failed)
		log_tail_add(&log->tail, level, line.data, line.size);
	log_text_finish(&line);
	if (log->bell >= 0 && write(log->bell, &once, sizeof(once)) < 0)
		return; /* it has been rung often enough */
}

static void put_record(struct log *log, enum sp_level level, const char *instance, const char *message)
{
	struct log_text line = { .size = 0 };

	if (atomic_load(&log->format) == LOG_JSON)
		add_as_json(&line, level, instance, message);
	else
		add_as_text(&line, level, instance, message);
	put_line(log, &line);
	log_text_finish(&line);
}

static void put_dropped(struct log *log)
{
	unsigned long long dropped = log->dropped;
	char message[80];

	if (dropped == 0)
		return;
	snprintf(message, sizeof(message), "%llu records were lost, for nobody read them", dropped);
	log->dropped = 0;
	put_record(log, SP_WARNING, "", message);
	log->dropped += log->dropped > 0 ? dropped - 1 : 0;
}

/* Whether anybody's records of a level are written. */
static bool may_be_wanted(const struct log *log, enum sp_level level)
{
	return (int)level >= atomic_load(&log->least) && level >= SP_DEBUG && level <= SP_ERROR;
}

/* The level that a word among levels stands for; without one, that of all. */
static int level_of(const struct log *log, const json_t *word)
{
	const char *text = json_string_value(word);
	int level = SP_ERROR;

	if (text == NULL)
		return atomic_load(&log->level);
	while (level > SP_DEBUG && strcmp(text, level_words[level]) != 0)
		level--;
	return level;
}

/* The lock is held. */
static bool is_wanted(const struct log *log, enum sp_level level, const char *instance)
{
	return (int)level >= level_of(log, json_object_get(log->levels, instance));
}

void log_write(struct log *log, enum sp_level level, const char *instance, const char *message)
{
	if (log == NULL || !may_be_wanted(log, level))
		return;
	pthread_mutex_lock(&log->lock);
	if (is_wanted(log, level, instance)) {
		put_dropped(log);
		put_record(log, level, instance, message);
		keep_record(log, level, instance, message);
	}
	pthread_mutex_unlock(&log->lock);
}

static SP_FORMAT(4, 0) void write_list(struct log *log, enum sp_level level, const char *instance, const char *format,
	va_list arguments)
{
	char brief[SHORT_MESSAGE], *whole = NULL;
	va_list again;
	int length;

	if (log == NULL || !may_be_wanted(log, level))
		return;
	va_copy(again, arguments);
	length = vsnprintf(brief, sizeof(brief), format, arguments);
	if (length >= (int)sizeof(brief) && vasprintf(&whole, format, again) < 0)
		whole = NULL;
	va_end(again);
	if (length >= 0)
		log_write(log, level, instance, whole == NULL ? brief : whole);
	free(whole);
}

void log_printf(struct log *log, enum sp_level level, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_list(log, level, "", format, arguments);
	va_end(arguments);
}

static SP_FORMAT(3, 0) void write_of_component(const struct sp_logger *logger, enum sp_level level, const char *format,
	va_list arguments)
{
	const sp_runtime *consumer = logger->service.consumer;

	write_list(logger->service.self, level, consumer == NULL ? "" : sp_name(consumer), format, arguments);
}

/* ---- the log ---- */

struct log *log_create(int fd)
{
	struct log *log = calloc(1, sizeof(*log));

	if (log == NULL)
		return NULL;
	log->fd = fd;
	log->own = -1;
	log->bell = -1;
	atomic_init(&log->level, SP_INFO);
	atomic_init(&log->least, SP_INFO);
	atomic_init(&log->format, LOG_TEXT);
	pthread_mutex_init(&log->lock, NULL);
	log->logger.service.size = sizeof(log->logger);
	log->logger.write = write_of_component;
	find_way(log);
	return log;
}

void log_destroy(struct log *log)
{
	if (log == NULL)
		return;
	if (log->own >= 0)
		close(log->own);
	pthread_mutex_destroy(&log->lock);
	json_decref(log->levels);
	free(log->path);
	log_tail_finish(&log->tail);
	free(log);
}

/* The descriptor stays the same: whatever else is written to it follows. */
sp_status log_reopen(struct log *log, struct sp_error *error)
{
	struct stat old;
	int fd, failed;

	if (log->path == NULL)
		return SP_OK;
	if (fstat(log->fd, &old) != 0)
		old.st_mode = 0600;
	fd = open(log->path, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_CLOEXEC, old.st_mode & 0666);
	if (fd < 0)
		return sp_error_set(error, SP_FAILED, "the log %s cannot be opened again: %s", log->path,
			strerror(errno));
	pthread_mutex_lock(&log->lock);
	failed = dup2(fd, log->fd) < 0;
	pthread_mutex_unlock(&log->lock);
	close(fd);
	return failed ? sp_error_set(error, SP_FAILED, "the log %s cannot be taken into use", log->path) : SP_OK;
}

enum sp_level log_level(const struct log *log)
{
	return (enum sp_level)atomic_load(&log->level);
}

json_t *log_records_new(struct log *log, uint64_t after, enum sp_level level)
{
	json_t *records;

	pthread_mutex_lock(&log->lock);
	records = log_tail_new(&log->tail, after, level);
	pthread_mutex_unlock(&log->lock);
	return records;
}

uint64_t log_latest(struct log *log)
{
	uint64_t number;

	pthread_mutex_lock(&log->lock);
	number = log->tail.number;
	pthread_mutex_unlock(&log->lock);
	return number;
}

void log_set_bell(struct log *log, int bell)
{
	pthread_mutex_lock(&log->lock);
	log->bell = bell;
	pthread_mutex_unlock(&log->lock);
}

static void settle_least(struct log *log)
{
	int least = atomic_load(&log->level), own;
	const char *name;
	json_t *word;

	json_object_foreach(log->levels, name, word) {
		own = level_of(log, word);
		least = own < least ? own : least;
	}
	atomic_store(&log->least, least);
}

void log_set_level(struct log *log, enum sp_level level)
{
	atomic_store(&log->level, (int)level);
	settle_least(log);
}

sp_status log_set_levels(struct log *log, const json_t *levels)
{
	json_t *former = log->levels, *next = json_deep_copy(levels);

	if (levels != NULL && next == NULL)
		return SP_NO_MEMORY;
	pthread_mutex_lock(&log->lock);
	log->levels = next;
	pthread_mutex_unlock(&log->lock);
	json_decref(former);
	settle_least(log);
	return SP_OK;
}

void log_set_format(struct log *log, enum log_format format)
{
	atomic_store(&log->format, (int)format);
}

sp_status log_provide(struct log *log, sp_kernel *kernel)
{
	return sp_kernel_provide(kernel, &sp_logger_contract, &log->logger, log, 1000);
}
