/* elf_file.c: reads pieces of an ELF file, and refuses what is cut off or made for another machine. */
#include "elf_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE_MAX = 16 << 20 };

/* Our own head, as the linker made it: what a plugin's must equal. */
extern const ElfW(Ehdr) __ehdr_start SP_HIDDEN;

static const struct {
	unsigned number;
	const char *name;
} machines[] = {
	{ EM_X86_64, "x86-64" },
	{ EM_AARCH64, "arm64" },
	{ EM_386, "x86" },
	{ EM_ARM, "arm" },
	{ EM_RISCV, "RISC-V" },
	{ EM_PPC64, "ppc64" },
	{ EM_S390, "s390" },
	{ EM_LOONGARCH, "LoongArch" },
};

static const char *machine_name(unsigned number)
{
	size_t i;

	for (i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		if (machines[i].number == number)
			return machines[i].name;
	}
	return "an unknown machine";
}

/* The file may shrink while it is read. */
static sp_status read_exactly(const struct elf_file *file, void *into, size_t size, uint64_t offset)
{
	size_t at = 0;
	ssize_t got;

	while (at < size) {
		got = pread(file->fd, (char *)into + at, size - at, (off_t)(offset + at));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return SP_UNAVAILABLE;
		at += (size_t)got;
	}
	return SP_OK;
}

static bool is_inside(const struct elf_file *file, uint64_t offset, uint64_t size)
{
	return offset <= file->size && size <= file->size - offset;
}

static sp_status cut_off(const struct elf_file *file, struct sp_error *error)
{
	return sp_error_set(error, SP_UNAVAILABLE, "the file is cut off after %llu bytes",
		(unsigned long long)file->size);
}

sp_status elf_file_read(const struct elf_file *file, uint64_t offset, uint64_t size, struct elf_piece *ret_piece,
	struct sp_error *error)
{
	struct elf_piece piece;

	if (!is_inside(file, offset, size))
		return cut_off(file, error);
	if (size > PIECE_MAX)
		return sp_error_set(error, SP_INVALID, "a table of %llu bytes is too large", (unsigned long long)size);
	piece.size = (size_t)size;
	piece.data = malloc(piece.size + 1);
	if (piece.data == NULL)
		return sp_error_set(error, SP_NO_MEMORY, "no memory to read the file");
	piece.data[piece.size] = '\0';
	if (read_exactly(file, piece.data, piece.size, offset) != SP_OK) {
		free(piece.data);
		return cut_off(file, error);
	}
	*ret_piece = piece;
	return SP_OK;
}

bool elf_file_locate(const struct elf_file *file, uint64_t address, uint64_t *ret_offset, uint64_t *ret_size)
{
	const ElfW(Phdr) * segment;
	uint64_t into;
	unsigned i;

	for (i = 0; i < file->segment_count; i++) {
		segment = &file->segments[i];
		into = address - segment->p_vaddr;
		if (segment->p_type != PT_LOAD || address < segment->p_vaddr || into >= segment->p_filesz)
			continue;
		*ret_offset = segment->p_offset + into;
		*ret_size = segment->p_filesz - into;
		return true;
	}
	return false;
}

/* A file that does not even begin as ELF is not one that is being written. */
static sp_status read_head(const struct elf_file *file, ElfW(Ehdr) * head, struct sp_error *error)
{
	size_t size = file->size < sizeof(*head) ? (size_t)file->size : sizeof(*head);

	memset(head, 0, sizeof(*head));
	if (read_exactly(file, head, size, 0) != SP_OK)
		return cut_off(file, error);
	if (memcmp(head->e_ident, ELFMAG, size < SELFMAG ? size : SELFMAG) != 0)
		return sp_error_set(error, SP_INVALID, "this is no ELF file; a plugin is a shared library");
	return size < sizeof(*head) ? cut_off(file, error) : SP_OK;
}

static sp_status judge_head(const ElfW(Ehdr) * head, struct sp_error *error)
{
	const ElfW(Ehdr) *own = &__ehdr_start;

	if (head->e_ident[EI_CLASS] != own->e_ident[EI_CLASS])
		return sp_error_set(error, SP_INVALID, "the file is %s, the daemon is %s",
			head->e_ident[EI_CLASS] == ELFCLASS64 ? "64-bit" : "32-bit",
			own->e_ident[EI_CLASS] == ELFCLASS64 ? "64-bit" : "32-bit");
	if (head->e_ident[EI_DATA] != own->e_ident[EI_DATA])
		return sp_error_set(error, SP_INVALID, "the file is %s, the daemon is %s",
			head->e_ident[EI_DATA] == ELFDATA2MSB ? "big-endian" : "little-endian",
			own->e_ident[EI_DATA] == ELFDATA2MSB ? "big-endian" : "little-endian");
	if (head->e_machine != own->e_machine)
		return sp_error_set(error, SP_INVALID, "the file is for %s, the daemon is for %s",
			machine_name(head->e_machine), machine_name(own->e_machine));
	if (head->e_type != ET_DYN)
		return sp_error_set(error, SP_INVALID,
			"the file is an object or a program; a plugin is linked with -shared");
	if (head->e_phentsize != sizeof(ElfW(Phdr)) || head->e_phnum > ELF_SEGMENTS_MAX)
		return sp_error_set(error, SP_INVALID, "the file's segment table is malformed");
	return SP_OK;
}

/* A file that is being written lacks its end, and there stand the sections. */
static sp_status judge_extent(const struct elf_file *file, const ElfW(Ehdr) * head, struct sp_error *error)
{
	const ElfW(Phdr) * segment;
	unsigned i;

	if (head->e_shoff != 0 && !is_inside(file, head->e_shoff, (uint64_t)head->e_shnum * head->e_shentsize))
		return cut_off(file, error);
	for (i = 0; i < file->segment_count; i++) {
		segment = &file->segments[i];
		if (segment->p_type != PT_NULL && !is_inside(file, segment->p_offset, segment->p_filesz))
			return cut_off(file, error);
	}
	return SP_OK;
}

sp_status elf_file_open(struct elf_file *file, int fd, struct sp_error *error)
{
	ElfW(Ehdr) head;
	struct stat found;
	sp_status status;

	*file = (struct elf_file){ .fd = fd };
	if (fstat(fd, &found) != 0)
		return sp_error_set(error, SP_FAILED, "the file cannot be read: %s", strerror(errno));
	if (!S_ISREG(found.st_mode))
		return sp_error_set(error, SP_INVALID, "this is no regular file");
	file->size = (uint64_t)found.st_size;
	status = read_head(file, &head, error);
	if (status == SP_OK)
		status = judge_head(&head, error);
	if (status != SP_OK)
		return status;
	file->section_offset = head.e_shoff;
	file->section_count = head.e_shentsize == sizeof(ElfW(Shdr)) ? head.e_shnum : 0;
	file->segment_count = head.e_phnum;
	if (!is_inside(file, head.e_phoff, (uint64_t)head.e_phnum * sizeof(ElfW(Phdr))) ||
		read_exactly(file, file->segments, head.e_phnum * sizeof(ElfW(Phdr)), head.e_phoff) != SP_OK)
		return cut_off(file, error);
	return judge_extent(file, &head, error);
}
