/* fuzz_elf_note.c: any bytes as a plugin's file. links: daemon/elf_note.c daemon/elf_file.c kernel/error.c */
#define _GNU_SOURCE /* memfd_create */
#include "elf_note.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf_note note;
	struct sp_error error;
	int fd = memfd_create("plugin", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	if (elf_note_read(fd, &note, &error) != SP_OK && error.code == SP_OK)
		abort();
	close(fd);
	return 0;
}
