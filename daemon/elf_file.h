/*
 * elf_file.h: bounded reading of an ELF file of our own kind.
 */
#ifndef DAEMON_ELF_FILE_H
#define DAEMON_ELF_FILE_H

#include <link.h>
#include <signalpy/status.h>

enum { ELF_SEGMENTS_MAX = 128 };

/* An open file whose head was found good. */
struct elf_file {
	int fd; /* borrowed */
	uint64_t size;
	ElfW(Phdr) segments[ELF_SEGMENTS_MAX];
	unsigned segment_count;
	uint64_t section_offset;
	unsigned section_count; /* 0: the file has none, or none that can be read */
};

/* A piece of the file in memory, freed by the caller. */
struct elf_piece {
	unsigned char *data;
	size_t size;
};

/* Reads head and segments; SP_UNAVAILABLE when the file is cut off, SP_INVALID when it is no shared library for this
 * machine. */
sp_status elf_file_open(struct elf_file *file, int fd, struct sp_error *error);

/* Reads size bytes at offset, at most limit. SP_UNAVAILABLE, SP_INVALID (beyond the limit), SP_NO_MEMORY. */
sp_status elf_file_read(const struct elf_file *file, uint64_t offset, uint64_t size, struct elf_piece *ret_piece,
	struct sp_error *error);

/* Where the byte that will be mapped at address stands in the file, and how many of its segment follow; false when it
 * is in no segment. */
bool elf_file_locate(const struct elf_file *file, uint64_t address, uint64_t *ret_offset, uint64_t *ret_size);

#endif
