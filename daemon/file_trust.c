/* file_trust.c: whose files are loaded. */
#include "file_trust.h"

#include <unistd.h>

sp_status file_trust_judge(const struct stat *found, const char *path, struct sp_error *error)
{
	if (found->st_uid != 0 && found->st_uid != geteuid())
		return sp_error_set(error, SP_FORBIDDEN,
			"%s belongs to user %u; it must be root's or the daemon's (user %u)", path,
			(unsigned)found->st_uid, (unsigned)geteuid());
	if (found->st_mode & S_IWOTH)
		return sp_error_set(error, SP_FORBIDDEN, "%s is writable by everybody; use chmod o-w", path);
	if ((found->st_mode & S_IWGRP) && found->st_gid != getegid())
		return sp_error_set(error, SP_FORBIDDEN, "%s is writable by group %u; use chmod g-w", path,
			(unsigned)found->st_gid);
	return SP_OK;
}
