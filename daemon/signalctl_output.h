/*
 * signalctl_output.h: text for people: tables, colours on a terminal, and nothing in it that a terminal would obey.
 */
#ifndef DAEMON_SIGNALCTL_OUTPUT_H
#define DAEMON_SIGNALCTL_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

enum colour { COLOUR_NONE, COLOUR_BOLD, COLOUR_DIM, COLOUR_RED, COLOUR_GREEN, COLOUR_YELLOW };

/* Whether colours may be used on a stream: it is a terminal, and NO_COLOR is not set. */
bool output_has_colours(FILE *out);

/* Writes text with control characters made visible; in a colour, if colours may be used. */
void output_text(FILE *out, const char *text);
void output_coloured(FILE *out, enum colour colour, const char *text);

/* Writes text that begins in a column, broken between words where the terminal ends, and further in then; ends the
 * line. */
void output_paragraph(FILE *out, const char *text, size_t at, size_t indent);

/* A value as output_value writes it; a new json string. */
json_t *text_new(const json_t *value);

/* Writes a value: a string as it is, "" for NULL and null, anything else as compact JSON. */
void output_value(FILE *out, const json_t *value);

/* Writes all of a value, a member or item a line, what is nested further in. */
void output_tree(FILE *out, const json_t *value);

/* Writes one JSON document. */
void output_json(FILE *out, const json_t *value);

/* The colour of a state of a component, plugin or kernel. */
enum colour state_colour(const char *state);

/* A member of an object as text: "" when it is not there, or no string. */
const char *member_text(const json_t *object, const char *name);

/* Writes the time of the day of a moment, given the milliseconds since 1970: 14:05:09.120, or as many spaces when there
 * is none. */
void output_clock(FILE *out, const json_t *milliseconds);

/* How long something took, given nanoseconds: 850 ns, 3.2 µs, 1.5 ms, 2.0 s; a new json string. */
json_t *duration_new(const json_t *nanoseconds);

/* How long ago, in short: 5s, 3m, 2h, 4d; a new json string. */
json_t *age_new(const json_t *milliseconds);

/* When that was, given the milliseconds since 1970: date and time here; a new json string. */
json_t *time_new(const json_t *milliseconds);

/* The strings of an array, or the member of that name of its objects, with commas between, repetitions
 * once; a new json string. */
json_t *names_new(const json_t *array, const char *member);

#endif
