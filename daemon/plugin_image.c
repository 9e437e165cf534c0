/* plugin_image.c: reads, maps and unmaps one version of a plugin. */
#include "plugin_image.h"

#include "file_trust.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct file_print file_print_of(const struct stat *found)
{
	return (struct file_print){
		.device = found->st_dev,
		.inode = found->st_ino,
		.size = (uint64_t)found->st_size,
		.modified = found->st_mtim,
		.changed = found->st_ctim,
	};
}

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool file_print_equals(const struct file_print *a, const struct file_print *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
		is_same_time(&a->modified, &b->modified) && is_same_time(&a->changed, &b->changed);
}

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/* What is judged is the copy: it does not change any more. */
static sp_status read_open_file(const struct image_source *source, int fd, struct plugin_image *image,
	struct sp_error *error)
{
	struct stat found;
	sp_status status = SP_OK;

	if (fstat(fd, &found) != 0)
		return sp_error_set(error, SP_FAILED, "the file cannot be read: %s", strerror(errno));
	if (!S_ISREG(found.st_mode))
		return sp_error_set(error, SP_INVALID, "this is no regular file; a plugin is one");
	if (!source->trusts_all)
		status = file_trust_judge(&found, source->path, error);
	if (status == SP_OK)
		status = private_copy_make(source->copies, fd, name_of(source->path), &image->copy, error);
	if (status == SP_OK)
		status = elf_note_read(image->copy.fd, &image->note, error);
	image->resident = image->note.resident;
	return status;
}

sp_status plugin_image_read(const struct image_source *source, struct file_print *ret_print,
	struct plugin_image **ret_image, struct sp_error *error)
{
	/* a named pipe does not hold the daemon up */
	int fd = open(source->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct plugin_image *image;
	struct stat found;
	sp_status status;

	if (fd < 0)
		return sp_error_set(error, errno == ENOENT ? SP_NOT_FOUND : SP_FORBIDDEN,
			"the file cannot be opened: %s", strerror(errno));
	if (fstat(fd, &found) == 0)
		*ret_print = file_print_of(&found);
	image = calloc(1, sizeof(*image));
	if (image != NULL) {
		image->copy.fd = -1;
		image->path = strdup(source->path);
	}
	if (image == NULL || image->path == NULL)
		status = sp_error_set(error, SP_NO_MEMORY, "no memory to read the file");
	else
		status = read_open_file(source, fd, image, error);
	close(fd);
	if (status != SP_OK) {
		plugin_image_destroy(image);
		return status;
	}
	*ret_image = image;
	return SP_OK;
}

sp_status plugin_image_open(struct plugin_image *image, struct sp_error *error)
{
	image->loaded = loader_open(image->copy.path, &image->note, error);
	if (image->loaded == NULL) {
		if (image->copy.in_memory && image->resident != NULL)
			private_copy_forget(&image->copy); /* it may be mapped: its number must not be used again */
		return SP_INVALID;
	}
	private_copy_settle(&image->copy);
	return SP_OK;
}

void plugin_image_close(struct plugin_image *image)
{
	struct loaded *loaded = image->loaded;
	enum loader_end end;

	if (loaded == NULL)
		return;
	image->loaded = NULL;
	end = loader_close(loaded);
	if (end != LOADER_RESIDENT)
		image->resident = NULL;
	else if (image->resident == NULL)
		image->resident = "something still holds it";
	if (end == LOADER_KEPT || (end == LOADER_RESIDENT && image->copy.in_memory))
		private_copy_forget(&image->copy);
}

void plugin_image_destroy(struct plugin_image *image)
{
	if (image == NULL)
		return;
	if (image->loaded == NULL) {
		private_copy_drop(&image->copy);
	} else { /* it stays mapped, since something still refers to it */
		private_copy_forget(&image->copy);
		loader_forget(image->loaded);
	}
	free(image->path);
	free(image);
}
