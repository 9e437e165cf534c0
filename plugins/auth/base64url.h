/* base64url.h: base64 as RFC 7515 writes it: '-' and '_', and no padding. */
#ifndef AUTH_BASE64URL_H
#define AUTH_BASE64URL_H

#include <stdbool.h>
#include <stddef.h>

/* Decodes size letters into out, which has room for size * 3 / 4 bytes; false when they are not what an encoder writes:
 * another letter, a length that cannot be, bits left over. */
bool base64url_decode(const char *text, size_t size, unsigned char *out, size_t *ret_size);

/* Encodes into out, which has room for (size * 4 + 2) / 3 letters and a zero byte. */
void base64url_encode(const unsigned char *bytes, size_t size, char *out);

#endif
