/* configuration_faults.c: faults as json, and as a line of text. */
#include "configuration_faults.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MESSAGE_SIZE = 1024 };

json_t *configuration_text_new(const char *bytes)
{
	char copy[MESSAGE_SIZE];
	json_t *text = json_string(bytes);

	if (text)
		return text;
	snprintf(copy, sizeof(copy), "%s", bytes);
	for (char *at = copy; *at; at++)
		*at = *at & (char)0x80 ? '?' : *at;
	return json_string(copy);
}

static sp_status append(json_t *faults, json_t *fault)
{
	return json_array_append_new(faults, fault) == 0 ? SP_OK : SP_NO_MEMORY;
}

static json_t *message_new(const char *format, va_list arguments)
{
	char message[MESSAGE_SIZE];

	vsnprintf(message, sizeof(message), format, arguments);
	return configuration_text_new(message);
}

sp_status configuration_fault_add(json_t *faults, const struct configuration_place *place, const char *format, ...)
{
	va_list arguments;
	json_t *fault;

	va_start(arguments, format);
	fault = json_pack("{s:o, s:o, s:o}", place->is_file ? "file" : "layer", configuration_text_new(place->origin),
		"path", configuration_text_new(place->path ? place->path : ""), "message",
		message_new(format, arguments));
	va_end(arguments);
	if (fault && place->position.line > 0 &&
		(json_object_set_new(fault, "line", json_integer(place->position.line)) != 0 ||
			json_object_set_new(fault, "column", json_integer(place->position.column)) != 0)) {
		json_decref(fault);
		return SP_NO_MEMORY;
	}
	return append(faults, fault);
}

sp_status configuration_fault_find(json_t *faults, const char *path, const char *rule, const char *format, ...)
{
	va_list arguments;
	json_t *fault;

	va_start(arguments, format);
	fault = json_pack("{s:o, s:s, s:o}", "path", configuration_text_new(path), "rule", rule, "message",
		message_new(format, arguments));
	va_end(arguments);
	return append(faults, fault);
}

const char *configuration_fault_text(const json_t *fault, const char *name)
{
	const char *text = json_string_value(json_object_get(fault, name));

	return text ? text : "";
}

void configuration_fault_write(const json_t *fault, char *text, size_t size)
{
	const char *file = configuration_fault_text(fault, "file"), *path = configuration_fault_text(fault, "path");
	long long line = json_integer_value(json_object_get(fault, "line"));
	long long column = json_integer_value(json_object_get(fault, "column"));
	char place[48] = "";

	if (line > 0)
		snprintf(place, sizeof(place), ":%lld:%lld", line, column);
	snprintf(text, size, "%s%s: %s%s%s", *file ? file : configuration_fault_text(fault, "layer"), place, path,
		*path ? ": " : "", configuration_fault_text(fault, "message"));
}

sp_status configuration_fault_error(const json_t *faults, struct sp_error *error)
{
	const json_t *fault = json_array_get(faults, 0);
	size_t more = json_array_size(faults) - 1;
	char text[MESSAGE_SIZE];

	if (!error)
		return SP_INVALID;
	configuration_fault_write(fault, text, sizeof(text));
	if (more > 0)
		sp_error_set(error, SP_INVALID, "%.200s (and %zu more)", text, more);
	else
		sp_error_set(error, SP_INVALID, "%s", text);
	snprintf(error->pointer, sizeof(error->pointer), "%s", configuration_fault_text(fault, "path"));
	error->line = (unsigned)json_integer_value(json_object_get(fault, "line"));
	error->column = (unsigned)json_integer_value(json_object_get(fault, "column"));
	return SP_INVALID;
}
