/* private_copy.c: private copies of plugin files, on disk or in memory. */
#define _GNU_SOURCE /* memfd_create, scandirat */
#include "private_copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER_SIZE = 128 << 10 };

struct private_copies {
	char *directory; /* absolute */
	int directory_fd;
	pid_t process;
	unsigned long long started; /* of this process: its number is used again, the two together are not */
	unsigned long long counter;
	bool in_memory;
	char buffer[BUFFER_SIZE];
};

/* When a process began, in clock ticks since the machine did; 0 when there is none of that number. */
static unsigned long long start_time(pid_t process)
{
	char path[40], text[1024];
	const char *at;
	ssize_t size;
	int fd, field;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)process);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	size = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[size > 0 ? size : 0] = '\0';
	at = strrchr(text, ')'); /* the name of the program may hold anything */
	for (field = 2; at != NULL && field < 22; field++)
		at = strchr(at + 1, ' ');
	return at == NULL ? 0 : strtoull(at, NULL, 10);
}

/* ---- the directory ---- */

/* Whether the process that made a copy, as its name tells, lives. */
static bool is_in_use(const char *name)
{
	unsigned long long started;
	int process, length = 0;

	/* NOLINTNEXTLINE(cert-err34-c): a number out of range names no process */
	if (sscanf(name, "%d-%llu-%n", &process, &started, &length) != 2 || length == 0)
		return false;
	return process > 0 && started != 0 && start_time(process) == started;
}

static int is_leftover(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && !is_in_use(entry->d_name);
}

static void sweep(const struct private_copies *copies)
{
	struct dirent **entries = NULL;
	int i, count = scandirat(copies->directory_fd, ".", &entries, is_leftover, NULL);

	for (i = 0; i < count; i++) {
		unlinkat(copies->directory_fd, entries[i]->d_name, 0);
		free(entries[i]);
	}
	free(entries);
}

/* Says no where the directory is mounted noexec, and where a policy forbids it. */
static bool can_be_mapped(int fd)
{
	void *mapped;

	if (ftruncate(fd, 1) != 0)
		return false;
	mapped = mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	if (mapped == MAP_FAILED)
		return false;
	munmap(mapped, 1);
	return true;
}

/* A new file for a copy; writes its name to name. */
static int create_file(struct private_copies *copies, const char *hint, char name[NAME_MAX + 1])
{
	int fd;

	do {
		snprintf(name, NAME_MAX + 1, "%d-%llu-%llu-%.100s", (int)copies->process, copies->started,
			++copies->counter, hint);
		fd = openat(copies->directory_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	} while (fd < 0 && errno == EEXIST);
	return fd;
}

static void probe(struct private_copies *copies)
{
	char name[NAME_MAX + 1];
	int fd = create_file(copies, "probe", name);

	copies->in_memory = fd < 0 || !can_be_mapped(fd);
	if (fd < 0)
		return;
	close(fd);
	unlinkat(copies->directory_fd, name, 0);
}

static sp_status open_directory(struct private_copies *copies, const char *state_dir, struct sp_error *error)
{
	char path[PATH_MAX];

	if ((size_t)snprintf(path, sizeof(path), "%s/mapped", state_dir) >= sizeof(path))
		return sp_error_set(error, SP_INVALID, "%.100s...: the path is too long", state_dir);
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return sp_error_set(error, SP_FAILED, "%s cannot be made: %s", path, strerror(errno));
	copies->directory = realpath(path, NULL);
	if (copies->directory != NULL)
		copies->directory_fd = open(copies->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (copies->directory_fd < 0 || fchmod(copies->directory_fd, 0700) != 0)
		return sp_error_set(error, SP_FAILED, "%s cannot be used: %s", path, strerror(errno));
	return SP_OK;
}

struct private_copies *private_copies_create(const char *state_dir, struct sp_error *error)
{
	struct private_copies *copies = calloc(1, sizeof(*copies));

	if (copies == NULL) {
		sp_error_set(error, SP_NO_MEMORY, "no memory for private copies");
		return NULL;
	}
	copies->directory_fd = -1;
	copies->process = getpid();
	copies->started = start_time(copies->process);
	if (open_directory(copies, state_dir, error) != SP_OK) {
		private_copies_destroy(copies);
		return NULL;
	}
	sweep(copies);
	probe(copies);
	return copies;
}

void private_copies_destroy(struct private_copies *copies)
{
	if (copies == NULL)
		return;
	if (copies->directory_fd >= 0)
		close(copies->directory_fd);
	free(copies->directory);
	free(copies);
}

bool private_copies_in_memory(const struct private_copies *copies)
{
	return copies->in_memory;
}

/* ---- one copy ---- */

/* Mixes a piece into the hash, eight bytes at a time; only equality of whole contents matters. */
static uint64_t mix(uint64_t hash, const char *data, size_t size)
{
	uint64_t word;
	size_t at, part;

	for (at = 0; at < size; at += part) {
		part = size - at < sizeof(word) ? size - at : sizeof(word);
		word = 0;
		memcpy(&word, data + at, part);
		hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
		hash ^= hash >> 32;
	}
	return hash;
}

static sp_status write_all(int fd, const char *data, size_t size)
{
	size_t at = 0;
	ssize_t put;

	while (at < size) {
		put = write(fd, data + at, size - at);
		if (put < 0 && errno != EINTR)
			return SP_FAILED;
		at += put > 0 ? (size_t)put : 0;
	}
	return SP_OK;
}

/* Fills the buffer as far as the file reaches: so the pieces that are mixed do not depend on how reads were cut. */
static ssize_t read_buffer(struct private_copies *copies, int source, uint64_t offset)
{
	size_t at = 0;
	ssize_t got = 1;

	while (at < sizeof(copies->buffer) && got > 0) {
		got = pread(source, copies->buffer + at, sizeof(copies->buffer) - at, (off_t)(offset + at));
		if (got < 0 && errno == EINTR)
			got = 1;
		else if (got < 0)
			return -1;
		else
			at += (size_t)got;
	}
	return (ssize_t)at;
}

static sp_status copy_content(struct private_copies *copies, int source, struct private_copy *copy,
	struct sp_error *error)
{
	ssize_t got;

	while ((got = read_buffer(copies, source, copy->size)) > 0) {
		if (write_all(copy->fd, copies->buffer, (size_t)got) != SP_OK)
			return sp_error_set(error, SP_FAILED, "the copy in %s cannot be written: %s", copies->directory,
				strerror(errno));
		copy->hash = mix(copy->hash, copies->buffer, (size_t)got);
		copy->size += (uint64_t)got;
	}
	if (got < 0)
		return sp_error_set(error, SP_FAILED, "the file cannot be read: %s", strerror(errno));
	return SP_OK;
}

static bool is_same_moment(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* Copies, and looks whether somebody wrote to the file meanwhile. */
static sp_status copy_quietly(struct private_copies *copies, int source, struct private_copy *copy,
	struct sp_error *error)
{
	struct stat before, after;
	sp_status status;

	if (fstat(source, &before) != 0)
		return sp_error_set(error, SP_FAILED, "the file cannot be read: %s", strerror(errno));
	if (!S_ISREG(before.st_mode))
		return sp_error_set(error, SP_INVALID, "this is no regular file");
	status = copy_content(copies, source, copy, error);
	if (status != SP_OK)
		return status;
	if (fstat(source, &after) != 0 || (uint64_t)after.st_size != copy->size || before.st_size != after.st_size ||
		!is_same_moment(&before.st_mtim, &after.st_mtim))
		return sp_error_set(error, SP_UNAVAILABLE, "the file is being written");
	return SP_OK;
}

static sp_status open_copy(struct private_copies *copies, const char *hint, struct private_copy *copy,
	struct sp_error *error)
{
	char name[NAME_MAX + 1], path[PATH_MAX];

	if (copies->in_memory) {
		copy->fd = memfd_create(hint, MFD_CLOEXEC);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", copy->fd);
	} else {
		copy->fd = create_file(copies, hint, name);
		snprintf(path, sizeof(path), "%.*s/%s", PATH_MAX - NAME_MAX - 2, copies->directory, name);
	}
	if (copy->fd < 0)
		return sp_error_set(error, SP_FAILED, "a copy in %s cannot be made: %s", copies->directory,
			strerror(errno));
	copy->in_memory = copies->in_memory;
	copy->path = strdup(path);
	return copy->path == NULL ? sp_error_set(error, SP_NO_MEMORY, "no memory for a private copy") : SP_OK;
}

sp_status private_copy_make(struct private_copies *copies, int source, const char *name, struct private_copy *ret_copy,
	struct sp_error *error)
{
	struct private_copy copy = { .fd = -1 };
	sp_status status = open_copy(copies, name, &copy, error);

	if (status == SP_OK)
		status = copy_quietly(copies, source, &copy, error);
	if (status != SP_OK) {
		private_copy_drop(&copy);
		return status;
	}
	*ret_copy = copy;
	return SP_OK;
}

void private_copy_settle(struct private_copy *copy)
{
	if (copy->in_memory || copy->fd < 0)
		return;
	close(copy->fd);
	copy->fd = -1;
}

void private_copy_drop(struct private_copy *copy)
{
	if (copy->path == NULL)
		return;
	if (!copy->in_memory)
		unlink(copy->path);
	if (copy->fd >= 0)
		close(copy->fd);
	private_copy_forget(copy);
}

void private_copy_forget(struct private_copy *copy)
{
	free(copy->path);
	*copy = (struct private_copy){ .fd = -1 };
}
