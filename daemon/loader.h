/*
 * loader.h: opens a plugin's private copy and finds its descriptor. The only part of the daemon that maps code.
 */
#ifndef DAEMON_LOADER_H
#define DAEMON_LOADER_H

#include "elf_note.h"

struct loaded;

/* Opens the library at path, whose file said what note tells. NULL and error, which keeps the system's reason, when it
 * cannot be opened or its descriptor is not what the note promised; then it is closed again. */
struct loaded *loader_open(const char *path, const struct elf_note *note, struct sp_error *error);

/* The descriptor; borrowed until loader_close. */
const struct sp_plugin *loader_descriptor(const struct loaded *loaded);

/*
 * Closes the library, and looks whether it is gone. LOADER_KEPT: the program was told to keep everything mapped
 * (SIGNALPYD_KEEP_MAPPED=1, debug builds); LOADER_RESIDENT: something in it or in the C library holds it. In both cases
 * the mapping stays for the life of the process, and its file must stay too if it is in memory.
 */
enum loader_end { LOADER_UNMAPPED, LOADER_RESIDENT, LOADER_KEPT };
enum loader_end loader_close(struct loaded *loaded);

/* Leaves the library mapped for the life of the process, since something still refers to it, and frees what is kept of
 * it. */
void loader_forget(struct loaded *loaded);

#endif
