/* base64url.c: base64 without padding. */
#include "base64url.h"

#include <string.h>

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

bool base64url_decode(const char *text, size_t size, unsigned char *out, size_t *ret_size)
{
	unsigned bits = 0, held = 0;
	size_t count = 0;

	for (size_t i = 0; i < size; i++) {
		const char *letter = text[i] ? strchr(letters, text[i]) : NULL;

		if (!letter)
			return false;
		bits = (bits << 6 | (unsigned)(letter - letters)) & 0x3fff;
		held += 6;
		if (held >= 8) {
			held -= 8;
			out[count++] = (unsigned char)(bits >> held);
		}
	}
	if (held == 6 || (bits & ((1U << held) - 1)) != 0)
		return false;
	*ret_size = count;
	return true;
}

void base64url_encode(const unsigned char *bytes, size_t size, char *out)
{
	unsigned bits = 0, held = 0;

	for (size_t i = 0; i < size; i++) {
		bits = (bits << 8 | bytes[i]) & 0x3fff;
		for (held += 8; held >= 6; held -= 6)
			*out++ = letters[bits >> (held - 6) & 63];
	}
	if (held)
		*out++ = letters[bits << (6 - held) & 63];
	*out = '\0';
}
