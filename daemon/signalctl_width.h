/* signalctl_width.h: how many cells of a terminal a text takes, and what of it fits. */
#ifndef DAEMON_SIGNALCTL_WIDTH_H
#define DAEMON_SIGNALCTL_WIDTH_H

#include <stddef.h>
#include <stdio.h>

/* The cells that output_text fills with a text: none for what combines, two for what is wide in East Asia, four for a
 * control character, which is written out. */
size_t width_of(const char *text);

/* The text, if it fits into so many cells, else its beginning and an ellipsis; the caller frees it. */
char *width_clip_new(const char *text, size_t cells);

/* How many bytes of a text stand on a line of so many cells: to its end, else to a space, else as many as fit, but a
 * character at least. */
size_t width_line(const char *text, size_t cells);

/* Where a stream goes to: what is gathered in memory will go to standard output. */
int descriptor_of(FILE *out);

/* The columns and rows of the terminal that a stream goes to; SIZE_MAX when it goes to none. */
size_t width_of_terminal(FILE *out);
size_t height_of_terminal(FILE *out);

#endif
