/* signalctl_width.c: cells of a terminal. */
#include "signalctl_width.h"

#include "shared_span.h"
#include "signalctl.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ELLIPSIS "\xe2\x80\xa6"

enum { ESCAPED = 4 };

/* Characters that do not take one cell; in order. */
static const struct {
	uint32_t first, last;
	unsigned char cells;
} odd[] = {
	{ 0x0300, 0x036f, 0 }, /* what combines */
	{ 0x1100, 0x115f, 2 }, /* Hangul */
	{ 0x200b, 0x200f, 0 },
	{ 0x20d0, 0x20ff, 0 },
	{ 0x2e80, 0xa4cf, 2 }, /* Chinese, Japanese */
	{ 0xac00, 0xd7a3, 2 },
	{ 0xf900, 0xfaff, 2 },
	{ 0xfe00, 0xfe0f, 0 },
	{ 0xfe20, 0xfe2f, 0 },
	{ 0xfe30, 0xfe6f, 2 },
	{ 0xff00, 0xff60, 2 },
	{ 0xffe0, 0xffe6, 2 },
	{ 0x1f300, 0x1f64f, 2 }, /* pictures */
	{ 0x1f900, 0x1f9ff, 2 },
	{ 0x20000, 0x3fffd, 2 },
};

static uint32_t decode(const unsigned char *byte, size_t size)
{
	static const unsigned char masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t character = byte[0] & masks[size];

	for (size_t i = 1; i < size; i++)
		character = character << 6 | (byte[i] & 0x3f);
	return character;
}

/* The cells of the character at text, and its bytes; see output_text. */
static size_t cells_of(const char *text, const char *end, size_t *ret_size)
{
	size_t size = span_character(text, end);
	uint32_t character = size > 0 ? decode((const unsigned char *)text, size) : 0;

	*ret_size = size > 0 ? size : 1;
	if (character < 0x20 || (character >= 0x7f && character < 0xa0))
		return ESCAPED;
	for (size_t i = 0; i < sizeof odd / sizeof odd[0] && character >= odd[i].first; i++) {
		if (character <= odd[i].last)
			return odd[i].cells;
	}
	return 1;
}

size_t width_of(const char *text)
{
	const char *end = text + strlen(text);
	size_t width = 0, size;

	for (; text < end; text += size)
		width += cells_of(text, end, &size);
	return width;
}

char *width_clip_new(const char *text, size_t cells)
{
	size_t length = strlen(text), width = 0, size = 0;
	const char *end = text + length, *at = text;
	char *clipped = malloc(length + sizeof ELLIPSIS);

	if (!clipped)
		out_of_memory();
	if (width_of(text) <= cells)
		return memcpy(clipped, text, length + 1);
	while (at < end && width + cells_of(at, end, &size) < cells) {
		width += cells_of(at, end, &size);
		at += size;
	}
	snprintf(clipped, length + sizeof ELLIPSIS, "%.*s%s", (int)(at - text), text, cells > 0 ? ELLIPSIS : "");
	return clipped;
}

size_t width_line(const char *text, size_t cells)
{
	const char *end = text + strlen(text), *at = text, *space = NULL;
	size_t width = 0, size = 0;

	while (at < end && (width += cells_of(at, end, &size)) <= cells) {
		space = *at == ' ' && at > text ? at : space;
		at += size;
	}
	if (at == end || (*at == ' ' && at > text))
		return (size_t)(at - text);
	if (space)
		return (size_t)(space - text);
	return at > text ? (size_t)(at - text) : size;
}

int descriptor_of(FILE *out)
{
	int fd = fileno(out);

	return fd >= 0 ? fd : STDOUT_FILENO;
}

size_t width_of_terminal(FILE *out)
{
	struct winsize window;

	if (!isatty(descriptor_of(out)) || ioctl(descriptor_of(out), TIOCGWINSZ, &window) != 0 || window.ws_col == 0)
		return SIZE_MAX;
	return window.ws_col;
}

size_t height_of_terminal(FILE *out)
{
	struct winsize window;

	if (!isatty(descriptor_of(out)) || ioctl(descriptor_of(out), TIOCGWINSZ, &window) != 0 || window.ws_row == 0)
		return SIZE_MAX;
	return window.ws_row;
}
