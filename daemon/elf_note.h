/*
 * elf_note.h: judges a plugin's file before any of its code is mapped. Nothing that stands in the file is trusted:
 * every offset and length is checked against the file's size.
 */
#ifndef DAEMON_ELF_NOTE_H
#define DAEMON_ELF_NOTE_H

#include <signalpy/component.h>

/* What a plugin's file says of itself. */
struct elf_note {
	uint32_t abi_major, abi_minor;
	char identifier[64]; /* as in the note: spell_checker */
	char name[64]; /* as people write it: spell-checker */
	char version[32];
	char build_id[65]; /* hexadecimal; empty when there is none */
	const char *resident; /* why it can never be unmapped, static text; NULL when it can */
};

/*
 * Reads the file fd (borrowed; its position does not matter). SP_UNAVAILABLE: it is cut off, maybe since it is still
 * being written. SP_INVALID: no plugin, or not one for this daemon; error says why, naming both sides.
 */
sp_status elf_note_read(int fd, struct elf_note *ret_note, struct sp_error *error);

#endif
