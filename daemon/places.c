/* places.c: the directories that a daemon has to itself. */
#define _GNU_SOURCE
#include "places.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_MOST = 4096 };

/* As mkdir -p. */
static sp_status make_directory(const char *path, struct sp_error *error)
{
	char part[PATH_MOST];

	for (const char *at = path + 1;; at++) {
		if (*at && *at != '/')
			continue;
		snprintf(part, sizeof part, "%.*s", (int)(at - path), path);
		if (mkdir(part, 0755) && errno != EEXIST)
			return sp_error_set(error, SP_FAILED, "cannot make the directory %s: %s", part,
				strerror(errno));
		if (!*at)
			return SP_OK;
	}
}

static sp_status lock_state(struct places *places, const char *state_dir, struct sp_error *error)
{
	char path[PATH_MOST];

	snprintf(path, sizeof path, "%s/lock", state_dir);
	places->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (places->lock < 0)
		return sp_error_set(error, SP_FAILED, "cannot write %s: %s", path, strerror(errno));
	if (flock(places->lock, LOCK_EX | LOCK_NB) == 0)
		return SP_OK;
	return sp_error_set(error, SP_CONFLICT, "another signalpyd uses %s; give this one a --state-dir of its own",
		state_dir);
}

sp_status places_take(struct places *places, const struct options *options, struct sp_error *error)
{
	sp_status status = make_directory(options->state_dir, error);

	if (status == SP_OK)
		status = make_directory(options->runtime_dir, error);
	return status == SP_OK ? lock_state(places, options->state_dir, error) : status;
}

sp_status places_take_scratch(struct places *places, struct options *options, struct sp_error *error)
{
	free(options->state_dir);
	options->state_dir = NULL;
	snprintf(places->scratch, sizeof places->scratch, "/tmp/signalpyd-check-XXXXXX");
	if (!mkdtemp(places->scratch)) {
		places->scratch[0] = '\0';
		return sp_error_set(error, SP_FAILED, "cannot make a directory in /tmp: %s", strerror(errno));
	}
	options->state_dir = strdup(places->scratch);
	return options->state_dir ? SP_OK : sp_error_set(error, SP_NO_MEMORY, "out of memory");
}

static const char *state_of(const struct sp_places *service)
{
	const struct places *places = service->service.self;

	return places->state;
}

sp_status places_provide(struct places *places, const struct options *options, sp_kernel *kernel)
{
	places->state = realpath(options->state_dir, NULL);
	if (!places->state)
		return SP_NO_MEMORY;
	places->table = (struct sp_places){ .service = { .size = sizeof places->table }, .state = state_of };
	return sp_kernel_provide(kernel, &sp_places_contract, &places->table, places, 1000);
}

static int remove_entry(const char *path, const struct stat *about, int type, struct FTW *place)
{
	(void)about;
	(void)type;
	(void)place;
	return remove(path);
}

void places_leave(struct places *places)
{
	if (places->lock >= 0)
		close(places->lock);
	places->lock = -1;
	free(places->state);
	places->state = NULL;
	if (places->scratch[0])
		nftw(places->scratch, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	places->scratch[0] = '\0';
}
