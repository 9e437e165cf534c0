/*
 * signalctl_flags.h: a runnable's parameters as command-line flags, made from their JSON Schema: --name VALUE; a
 * boolean is --flag or --no-flag; an array is its flag several times; an object, or a value of any kind, is JSON.
 */
#ifndef DAEMON_SIGNALCTL_FLAGS_H
#define DAEMON_SIGNALCTL_FLAGS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* FLAG_UNKNOWN: there is no such parameter, and nothing was taken or said. FLAG_MISSING: it needs a value, and there is
 * none. FLAG_INVALID: the value does not fit. */
enum flag_outcome { FLAG_TAKEN, FLAG_UNKNOWN, FLAG_MISSING, FLAG_INVALID };

/* Takes the flag at *arguments (and its value) into params and moves *arguments behind it. Otherwise message, of that
 * size, says what is wrong. */
enum flag_outcome flags_take(const json_t *schema, json_t *params, char *const **arguments, char *message,
	size_t message_size);

/* Prints one row for each parameter: its flag, what it is for, whether it must be there, what it is when absent. */
void flags_print_help(const json_t *schema, FILE *out);

#endif
