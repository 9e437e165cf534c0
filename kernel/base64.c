/* base64.c: bytes as text and back, strictly. */
#include <stdint.h>

#include "base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum { NO_DIGIT = 64 };

size_t sp_base64_length(size_t size)
{
	return size / 3 * 4 + (size % 3 > 0 ? 4 : 0);
}

void sp_base64_encode(const void *data, size_t size, char *ret_text)
{
	const unsigned char *bytes = data;

	for (size_t at = 0; at < size; at += 3) {
		size_t left = size - at;
		uint32_t group = (uint32_t)bytes[at] << 16;

		if (left > 1)
			group |= (uint32_t)bytes[at + 1] << 8;
		if (left > 2)
			group |= bytes[at + 2];
		*ret_text++ = alphabet[group >> 18];
		*ret_text++ = alphabet[group >> 12 & 63];
		*ret_text++ = left > 1 ? alphabet[group >> 6 & 63] : '=';
		*ret_text++ = left > 2 ? alphabet[group & 63] : '=';
	}
}

static uint32_t digit_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (uint32_t)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (uint32_t)(c - 'a' + 26);
	if (c >= '0' && c <= '9')
		return (uint32_t)(c - '0' + 52);
	if (c == '+')
		return 62;
	return c == '/' ? 63 : NO_DIGIT;
}

/* Reads the first digits characters of a group of four; false if one is no digit. */
static bool group_of(const char *text, size_t digits, uint32_t *ret_group)
{
	uint32_t group = 0;

	for (size_t i = 0; i < 4; i++) {
		uint32_t digit = i < digits ? digit_of(text[i]) : 0;

		if (digit == NO_DIGIT)
			return false;
		group = group << 6 | digit;
	}
	*ret_group = group;
	return true;
}

static void store(unsigned char *to, uint32_t group, size_t bytes)
{
	for (size_t i = 0; to && i < bytes; i++)
		to[i] = (unsigned char)(group >> (16 - 8 * i));
}

bool sp_base64_decode(const char *text, size_t length, void *ret_data, size_t *ret_size)
{
	unsigned char *to = ret_data;
	size_t size = 0;

	if (length % 4 != 0)
		return false;
	for (size_t at = 0; at < length; at += 4) {
		bool last = at + 4 == length;
		size_t padding = last && text[at + 3] == '=' ? 1U + (text[at + 2] == '=') : 0;
		uint32_t group;

		if (!group_of(text + at, 4 - padding, &group))
			return false;
		if ((group & ((1U << 8 * padding) - 1)) != 0)
			return false;
		store(to ? to + size : NULL, group, 3 - padding);
		size += 3 - padding;
	}
	*ret_size = size;
	return true;
}
