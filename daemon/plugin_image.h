/*
 * plugin_image.h: one version of one plugin, from the reading of its file to the unmapping of its code.
 */
#ifndef DAEMON_PLUGIN_IMAGE_H
#define DAEMON_PLUGIN_IMAGE_H

#include "loader.h"
#include "private_copy.h"

#include <signalpy/kernel.h>
#include <sys/queue.h>
#include <sys/stat.h>

struct plugins;

/* What the file behind a path was when it was read; equal again, it need not be read again. */
struct file_print {
	uint64_t device, inode, size;
	struct timespec modified, changed;
};

enum image_state { IMAGE_READ, IMAGE_ACTIVE, IMAGE_LEAVING, IMAGE_RESIDENT };

struct plugin_image {
	TAILQ_ENTRY(plugin_image) link; /* in the set's images, from IMAGE_ACTIVE on */
	struct plugins *set;
	char *path; /* where it came from */
	struct elf_note note;
	struct private_copy copy;
	struct loaded *loaded;
	sp_plugin_handle *handle; /* until gone */
	enum image_state state;
	bool was_removed; /* it was taken away, not replaced by another version */
	const char *resident; /* why it is mapped for ever, static text; NULL when it is not */
};
TAILQ_HEAD(plugin_images, plugin_image);

struct file_print file_print_of(const struct stat *found);
bool file_print_equals(const struct file_print *a, const struct file_print *b);

/*
 * Reads the file at path: its owner is judged, it is copied, and the copy is judged. ret_print tells which file it was,
 * as soon as that is known, also on failure. SP_UNAVAILABLE: it is being written, or cut off. Else a reason to refuse
 * it.
 */
struct image_source {
	struct private_copies *copies;
	const char *path;
	bool trusts_all;
};
sp_status plugin_image_read(const struct image_source *source, struct file_print *ret_print,
	struct plugin_image **ret_image, struct sp_error *error);

/* Maps its code. On failure it is as before, and can only be destroyed. */
sp_status plugin_image_open(struct plugin_image *image, struct sp_error *error);

/* Unmaps its code; when it cannot be, resident tells why, and the file of its code is left alone. */
void plugin_image_close(struct plugin_image *image);

/* Frees it, and its copy if that is not mapped; NULL is accepted. */
void plugin_image_destroy(struct plugin_image *image);

#endif
