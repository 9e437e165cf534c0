/* loader.c: the only file that maps code. */
#define _GNU_SOURCE /* dlinfo, dl_iterate_phdr */
#include "loader.h"

#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

struct loaded {
	void *handle;
	ElfW(Addr) base;
	const struct sp_plugin *descriptor;
};

/* The system's message begins with the private path, which means nothing to a reader. */
static sp_status explain(const char *path, struct sp_error *error)
{
	const char *why = dlerror();
	size_t length = strlen(path);

	if (why == NULL)
		why = "for an unknown reason";
	if (strncmp(why, path, length) == 0 && strncmp(why + length, ": ", 2) == 0)
		why += length + 2;
	return sp_error_set(error, SP_INVALID, "the plugin cannot be opened: %s", why);
}

static sp_status judge_descriptor(const struct sp_plugin *descriptor, const struct elf_note *note,
	struct sp_error *error)
{
	if (descriptor == NULL)
		return sp_error_set(error, SP_INVALID,
			"%s has a note, but no symbol signalpy_plugin; end it with SP_PLUGIN(...)", note->name);
	if (descriptor->head.abi_major != note->abi_major)
		return sp_error_set(error, SP_INVALID, "%s: the descriptor is of ABI %u, the note says %u", note->name,
			descriptor->head.abi_major, note->abi_major);
	if (descriptor->head.struct_size < sizeof(*descriptor))
		return sp_error_set(error, SP_INVALID, "%s: the descriptor is cut off", note->name);
	if (descriptor->name == NULL || strcmp(descriptor->name, note->identifier) != 0)
		return sp_error_set(error, SP_INVALID, "the note says %s, the descriptor %.64s", note->identifier,
			descriptor->name == NULL ? "nothing" : descriptor->name);
	if (descriptor->version == NULL || strcmp(descriptor->version, note->version) != 0)
		return sp_error_set(error, SP_INVALID, "%s: the note says version %s, the descriptor %.32s", note->name,
			note->version, descriptor->version == NULL ? "nothing" : descriptor->version);
	return SP_OK;
}

static sp_status open_library(struct loaded *loaded, const char *path, const struct elf_note *note,
	struct sp_error *error)
{
	struct link_map *map;

	loaded->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (loaded->handle == NULL)
		return explain(path, error);
	if (dlinfo(loaded->handle, RTLD_DI_LINKMAP, &map) != 0)
		return explain(path, error);
	loaded->base = map->l_addr;
	loaded->descriptor = dlsym(loaded->handle, "signalpy_plugin");
	return judge_descriptor(loaded->descriptor, note, error);
}

struct loaded *loader_open(const char *path, const struct elf_note *note, struct sp_error *error)
{
	struct loaded *loaded = calloc(1, sizeof(*loaded));

	if (loaded == NULL) {
		sp_error_set(error, SP_NO_MEMORY, "no memory to open %s", note->name);
		return NULL;
	}
	if (open_library(loaded, path, note, error) == SP_OK)
		return loaded;
	if (loaded->handle != NULL)
		dlclose(loaded->handle);
	free(loaded);
	return NULL;
}

const struct sp_plugin *loader_descriptor(const struct loaded *loaded)
{
	return loaded->descriptor;
}

static int is_mapped_at(struct dl_phdr_info *info, size_t size, void *base)
{
	(void)size;
	return info->dlpi_addr == *(const ElfW(Addr) *)base;
}

/* A leak report can name functions only while their library is mapped. */
static bool keeps_mapped(void)
{
#ifdef SIGNALPY_DEBUG
	const char *asked = getenv("SIGNALPYD_KEEP_MAPPED");

	return asked != NULL && strcmp(asked, "1") == 0;
#else
	return false;
#endif
}

enum loader_end loader_close(struct loaded *loaded)
{
	ElfW(Addr) base = loaded->base;
	void *handle = loaded->handle;

	free(loaded);
	if (keeps_mapped())
		return LOADER_KEPT;
	dlclose(handle);
	return dl_iterate_phdr(is_mapped_at, &base) != 0 ? LOADER_RESIDENT : LOADER_UNMAPPED;
}

void loader_forget(struct loaded *loaded)
{
	free(loaded);
}
