/* base64.h: RFC 4648, the alphabet with + and /, padded. Any thread. */
#ifndef KERNEL_BASE64_H
#define KERNEL_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/* How many characters size bytes become. */
size_t sp_base64_length(size_t size);

/* Writes sp_base64_length(size) characters to ret_text, without a zero byte after them. */
void sp_base64_encode(const void *data, size_t size, char *ret_text);

/*
 * Decodes length characters and stores how many bytes they are in *ret_size; ret_data has room for length / 4 * 3. With
 * ret_data NULL it only judges and counts. false if the text is not canonical base64: another character, missing
 * padding, or bits that padding should leave zero.
 */
bool sp_base64_decode(const char *text, size_t length, void *ret_data, size_t *ret_size);

#endif
