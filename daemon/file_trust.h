/*
 * file_trust.h: R-PL-4, whose files are loaded: code that others could have written is not.
 */
#ifndef DAEMON_FILE_TRUST_H
#define DAEMON_FILE_TRUST_H

#include <signalpy/status.h>
#include <sys/stat.h>

/* Judges a file or directory as fstat found it; path is for the message. SP_FORBIDDEN when it is owned by neither root
 * nor the daemon's user, writable by others, or writable by a group that is not the daemon's own. */
sp_status file_trust_judge(const struct stat *found, const char *path, struct sp_error *error);

#endif
