/* pair.h: a certificate and the key that belongs to it, read from files and judged. */
#ifndef TLS_PAIR_H
#define TLS_PAIR_H

#include <openssl/ssl.h>
#include <signalpy/status.h>
#include <stdbool.h>
#include <sys/stat.h>

/* Where a pair is, as the settings say; borrowed. directory is where relative names lie; NULL: nowhere. */
struct pair_place {
	const char *certificate, *key, *directory;
	double min_version; /* 1.2 or 1.3 */
};

/* What tells one state of the two files from another. Begins as all zeroes, which is no state of files. */
struct pair_stamp {
	struct file_stamp {
		dev_t device;
		ino_t inode;
		off_t size;
		struct timespec modified, changed;
	} certificate, key;
};

/* Looks at the files, without reading them; one that is not there leaves zeroes. */
void pair_look(const struct pair_place *place, struct pair_stamp *ret_stamp);
bool pair_stamp_is(const struct pair_stamp *one, const struct pair_stamp *other);

/* Whether the settings name a pair; SP_INVALID when they name a half of one, or a version that there is not. */
sp_status pair_place_check(const struct pair_place *place, bool *ret_named, struct sp_error *error);

/* Reads a pair and makes of it what connections of a server are made with; the caller frees it with SSL_CTX_free.
 * SP_INVALID when the pair cannot be read, does not fit, is not valid now, or the key is not kept secret;
 * SP_NO_MEMORY. */
sp_status pair_load(const struct pair_place *place, SSL_CTX **ret_context, struct sp_error *error);

/* Writes until when the certificate is valid. */
enum { PAIR_DATE_SIZE = 64 };
void pair_end(const SSL_CTX *context, char date[static PAIR_DATE_SIZE]);

#endif
