/* elf_note.c: what a plugin's file says of itself, read before its code is mapped. */
#include "elf_note.h"

#include "elf_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- notes ---- */

/* One note of a segment; owner and content are pieces of it. */
struct note {
	uint32_t type;
	const unsigned char *owner, *content;
	size_t owner_size, content_size;
};

static size_t padded(size_t size, size_t alignment)
{
	return (size + alignment - 1) & ~(alignment - 1);
}

/* Reads the note at *at and moves behind it; false at the end, or when a length does not fit. */
static bool next_note(const struct elf_piece *piece, size_t alignment, size_t *at, struct note *ret_note)
{
	uint32_t head[3]; /* owner_size, content_size, type */
	size_t left = piece->size - *at, owner, whole;

	if (left < sizeof(head))
		return false;
	memcpy(head, piece->data + *at, sizeof(head));
	if (head[0] > left || head[1] > left)
		return false;
	owner = padded(sizeof(head) + head[0], alignment);
	whole = owner + head[1];
	if (whole > left)
		return false;
	ret_note->type = head[2];
	ret_note->owner = piece->data + *at + sizeof(head);
	ret_note->owner_size = head[0];
	ret_note->content = piece->data + *at + owner;
	ret_note->content_size = head[1];
	*at += padded(whole, alignment);
	if (*at > piece->size)
		*at = piece->size;
	return true;
}

static bool is_note(const struct note *note, const char *owner, uint32_t type)
{
	size_t size = strlen(owner) + 1;

	return note->type == type && note->owner_size == size && memcmp(note->owner, owner, size) == 0;
}

/* Where the two notes that matter are kept while the others are looked through. */
struct findings {
	struct elf_note *note;
	bool is_found, is_short;
};

static void take_build_id(const struct note *note, struct elf_note *result)
{
	size_t i;

	for (i = 0; i < note->content_size && 2 * i + 2 < sizeof(result->build_id); i++)
		snprintf(result->build_id + 2 * i, 3, "%02x", note->content[i]);
}

static void take_plugin(const struct note *note, struct findings *findings)
{
	struct elf_note *result = findings->note;
	struct sp_note content;

	findings->is_found = true;
	findings->is_short = note->content_size < sizeof(content);
	if (findings->is_short)
		return;
	memcpy(&content, note->content, sizeof(content));
	result->abi_major = content.abi_major;
	result->abi_minor = content.abi_minor;
	memcpy(result->identifier, content.name, sizeof(result->identifier));
	memcpy(result->version, content.version, sizeof(result->version));
}

static void look_through_notes(const struct elf_piece *piece, size_t alignment, struct findings *findings)
{
	struct note note;
	size_t at = 0;

	while (next_note(piece, alignment, &at, &note)) {
		if (is_note(&note, "GNU", NT_GNU_BUILD_ID))
			take_build_id(&note, findings->note);
		else if (is_note(&note, SP_NOTE_OWNER, SP_NOTE_TYPE) && !findings->is_found)
			take_plugin(&note, findings);
	}
}

static sp_status find_notes(const struct elf_file *file, struct findings *findings, struct sp_error *error)
{
	const ElfW(Phdr) * segment;
	struct elf_piece piece;
	sp_status status;
	unsigned i;

	for (i = 0; i < file->segment_count; i++) {
		segment = &file->segments[i];
		if (segment->p_type != PT_NOTE)
			continue;
		status = elf_file_read(file, segment->p_offset, segment->p_filesz, &piece, error);
		if (status != SP_OK)
			return status;
		look_through_notes(&piece, segment->p_align == 8 ? 8 : 4, findings);
		free(piece.data);
	}
	if (!findings->is_found)
		return sp_error_set(error, SP_INVALID,
			"the file has no signalpy note; a plugin ends with SP_PLUGIN(...)");
	if (findings->is_short)
		return sp_error_set(error, SP_INVALID, "the signalpy note is malformed");
	return SP_OK;
}

/* ---- what the note says ---- */

static bool is_name(const char *text, size_t size)
{
	size_t i, length = strnlen(text, size);

	if (length == 0 || length > 31 || text[0] < 'a' || text[0] > 'z')
		return false;
	for (i = 0; i < length; i++) {
		if ((text[i] < 'a' || text[i] > 'z') && (text[i] < '0' || text[i] > '9') && text[i] != '_')
			return false;
	}
	return true;
}

static bool is_version(const char *text, size_t size)
{
	size_t i, length = strnlen(text, size);

	for (i = 0; i < length; i++) {
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	}
	return length > 0 && length < size;
}

static sp_status judge_note(struct elf_note *note, struct sp_error *error)
{
	char *letter;

	if (note->abi_major != SP_ABI_MAJOR || note->abi_minor > SP_ABI_MINOR)
		return sp_error_set(error, SP_INVALID, "the plugin was built for ABI %u.%u, the daemon has %d.%d; %s",
			note->abi_major, note->abi_minor, SP_ABI_MAJOR, SP_ABI_MINOR,
			note->abi_major < SP_ABI_MAJOR ? "build it anew" : "it needs a newer signalpyd");
	if (!is_name(note->identifier, sizeof(note->identifier)))
		return sp_error_set(error, SP_INVALID,
			"the plugin's name in the note is not of the form [a-z][a-z0-9_]{0,30}");
	if (!is_version(note->version, sizeof(note->version)))
		return sp_error_set(error, SP_INVALID, "%s: the version in the note is malformed", note->identifier);
	memcpy(note->name, note->identifier, sizeof(note->name));
	for (letter = note->name; *letter != '\0'; letter++) {
		if (*letter == '_')
			*letter = '-';
	}
	return SP_OK;
}

/* ---- the dynamic section ---- */

/* The entries that matter; 0 where there is none. */
struct dynamic {
	uint64_t strings, strings_size, runpath, rpath, flags;
};

static void take_dynamic(const ElfW(Dyn) * entry, struct dynamic *dynamic)
{
	const struct {
		int64_t tag;
		uint64_t *value;
	} wanted[] = {
		{ DT_STRTAB, &dynamic->strings },
		{ DT_STRSZ, &dynamic->strings_size },
		{ DT_RUNPATH, &dynamic->runpath },
		{ DT_RPATH, &dynamic->rpath },
		{ DT_FLAGS_1, &dynamic->flags },
	};
	size_t i;

	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (wanted[i].tag == (int64_t)entry->d_tag)
			*wanted[i].value = entry->d_un.d_val;
	}
}

static sp_status read_dynamic(const struct elf_file *file, struct dynamic *ret_dynamic, struct sp_error *error)
{
	struct dynamic dynamic = { .strings = 0 };
	struct elf_piece piece = { .size = 0 };
	sp_status status = SP_OK;
	ElfW(Dyn) entry;
	size_t at;
	unsigned i;

	for (i = 0; i < file->segment_count && file->segments[i].p_type != PT_DYNAMIC; i++)
		;
	if (i == file->segment_count)
		return sp_error_set(error, SP_INVALID,
			"the file has no dynamic section; a plugin is linked with -shared");
	status = elf_file_read(file, file->segments[i].p_offset, file->segments[i].p_filesz, &piece, error);
	if (status != SP_OK)
		return status;
	for (at = 0; at + sizeof(entry) <= piece.size; at += sizeof(entry)) {
		memcpy(&entry, piece.data + at, sizeof(entry));
		if (entry.d_tag == DT_NULL)
			break;
		take_dynamic(&entry, &dynamic);
	}
	free(piece.data);
	*ret_dynamic = dynamic;
	return SP_OK;
}

/* The plugin is mapped from a private copy: what lies beside the original does not lie beside that. */
static sp_status judge_search_path(const struct elf_file *file, const struct dynamic *dynamic, uint64_t at,
	struct sp_error *error)
{
	struct elf_piece strings;
	uint64_t offset, size;
	sp_status status = SP_OK;

	if (at == 0)
		return SP_OK;
	if (!elf_file_locate(file, dynamic->strings, &offset, &size) || at >= dynamic->strings_size)
		return sp_error_set(error, SP_INVALID, "the file's dynamic section is malformed");
	status = elf_file_read(file, offset, dynamic->strings_size, &strings, error);
	if (status != SP_OK)
		return status;
	if (strstr((const char *)strings.data + at, "$ORIGIN") || strstr((const char *)strings.data + at, "${ORIGIN}"))
		status = sp_error_set(error, SP_INVALID,
			"the RUNPATH %.60s cannot work, for a private copy is mapped; link with an absolute -rpath, or none",
			(const char *)strings.data + at);
	free(strings.data);
	return status;
}

/* ---- symbols ---- */

static const char *const keeps_mapped[] = { "__cxa_thread_atexit_impl", "__cxa_thread_atexit", "pthread_key_create",
	"tss_create" };

static const char *judge_symbol(const ElfW(Sym) * symbol, const struct elf_piece *names)
{
	size_t i;

	if (ELF64_ST_BIND(symbol->st_info) == STB_GNU_UNIQUE)
		return "it has unique symbols (C++; -fno-gnu-unique avoids them)";
	if (symbol->st_shndx != SHN_UNDEF || symbol->st_name >= names->size)
		return NULL;
	for (i = 0; i < sizeof(keeps_mapped) / sizeof(keeps_mapped[0]); i++) {
		if (strcmp((const char *)names->data + symbol->st_name, keeps_mapped[i]) == 0)
			return "it has destructors of threads";
	}
	return NULL;
}

static const char *judge_symbols(const struct elf_piece *symbols, const struct elf_piece *names)
{
	const char *why = NULL;
	ElfW(Sym) symbol;
	size_t at;

	for (at = 0; why == NULL && at + sizeof(symbol) <= symbols->size; at += sizeof(symbol)) {
		memcpy(&symbol, symbols->data + at, sizeof(symbol));
		why = judge_symbol(&symbol, names);
	}
	return why;
}

static bool find_section(const struct elf_piece *sections, unsigned index, unsigned type, ElfW(Shdr) * ret_section)
{
	ElfW(Shdr) section;

	if ((size_t)index * sizeof(section) >= sections->size)
		return false;
	memcpy(&section, sections->data + (size_t)index * sizeof(section), sizeof(section));
	if (section.sh_type != type)
		return false;
	*ret_section = section;
	return true;
}

/* The dynamic symbols and their names, which the caller frees. */
static bool read_symbols(const struct elf_file *file, struct elf_piece *symbols, struct elf_piece *names)
{
	struct elf_piece sections;
	ElfW(Shdr) symbol_section, name_section;
	unsigned i;
	bool is_found = false;

	if (elf_file_read(file, file->section_offset, (uint64_t)file->section_count * sizeof(ElfW(Shdr)), &sections,
		    NULL) != SP_OK)
		return false;
	for (i = 0; i < file->section_count && !is_found; i++)
		is_found = find_section(&sections, i, SHT_DYNSYM, &symbol_section) &&
			find_section(&sections, symbol_section.sh_link, SHT_STRTAB, &name_section);
	free(sections.data);
	if (!is_found || elf_file_read(file, symbol_section.sh_offset, symbol_section.sh_size, symbols, NULL) != SP_OK)
		return false;
	if (elf_file_read(file, name_section.sh_offset, name_section.sh_size, names, NULL) == SP_OK)
		return true;
	free(symbols->data);
	return false;
}

static const char *judge_residence(const struct elf_file *file, const struct dynamic *dynamic)
{
	struct elf_piece symbols, names;
	const char *why;

	if (dynamic->flags & DF_1_NODELETE)
		return "it was linked with -z nodelete";
	if (!read_symbols(file, &symbols, &names))
		return "its symbols cannot be looked through";
	why = judge_symbols(&symbols, &names);
	free(symbols.data);
	free(names.data);
	return why;
}

sp_status elf_note_read(int fd, struct elf_note *ret_note, struct sp_error *error)
{
	struct elf_note note = { .name = "" };
	struct findings findings = { .note = &note };
	struct dynamic dynamic = { .strings = 0 };
	struct elf_file file;
	sp_status status = elf_file_open(&file, fd, error);

	if (status == SP_OK)
		status = find_notes(&file, &findings, error);
	if (status == SP_OK)
		status = judge_note(&note, error);
	if (status == SP_OK)
		status = read_dynamic(&file, &dynamic, error);
	if (status == SP_OK)
		status = judge_search_path(&file, &dynamic, dynamic.runpath, error);
	if (status == SP_OK)
		status = judge_search_path(&file, &dynamic, dynamic.rpath, error);
	if (status != SP_OK)
		return status;
	note.resident = judge_residence(&file, &dynamic);
	*ret_note = note;
	return SP_OK;
}
