/* headers.c: compares the headers of a modern request with its body. */
#include "headers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char base64_begin[] = "=?base64?", base64_end[] = "?=";

/* ---- values ----------------------------------------------------------------------------------------------------- */

static int digit(char character)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = character ? strchr(digits, character) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* The last group of four may end with one or two "=". */
static size_t padding_of(const char *from, size_t size)
{
	if (size < 2 || from[size - 1] != '=')
		return 0;
	return from[size - 2] == '=' ? 2 : 1;
}

/* Whether what padding stands for is zero, so that a value is written in one way only, and nothing else is. */
static bool is_canonical(const char *bytes, size_t size, size_t padding)
{
	for (size_t i = 0; i < padding; i++)
		if (bytes[size - 1 - i])
			return false;
	return !memchr(bytes, '\0', size - padding);
}

static json_t *decoded_new(const char *from, size_t size)
{
	size_t padding = padding_of(from, size), length = 0;
	char *text = size % 4 ? NULL : calloc(1, size / 4 * 3 + 1);
	unsigned bits = 0;
	json_t *decoded = NULL;

	for (size_t i = 0; text && i < size; i++) {
		int value = i < size - padding ? digit(from[i]) : 0;

		if (value < 0) {
			free(text);
			return NULL;
		}
		bits = bits << 6 | (unsigned)value;
		if (i % 4 != 3)
			continue;
		text[length++] = (char)(bits >> 16 & 0xff);
		text[length++] = (char)(bits >> 8 & 0xff);
		text[length++] = (char)(bits & 0xff);
	}
	if (text && is_canonical(text, length, padding))
		decoded = json_stringn(text, length - padding);
	free(text);
	return decoded;
}

json_t *mcp_header_value_new(const char *value)
{
	size_t begin = sizeof base64_begin - 1, end = sizeof base64_end - 1, size;

	value += strspn(value, " \t");
	size = strlen(value);
	while (size && (value[size - 1] == ' ' || value[size - 1] == '\t'))
		size--;
	if (size >= begin + end && strncmp(value, base64_begin, begin) == 0 &&
		strncmp(value + size - end, base64_end, end) == 0)
		return decoded_new(value + begin, size - begin - end);
	return json_stringn(value, size);
}

/* ---- headers of every request ----------------------------------------------------------------------------------- */

/* The methods whose subject stands in Mcp-Name, and where it stands in the body. */
static const struct subject {
	const char *method, *member;
} subjects[] = {
	{ "tools/call", "name" },
	{ "prompts/get", "name" },
	{ "resources/read", "uri" },
	{ "tasks/get", "taskId" },
	{ "tasks/update", "taskId" },
	{ "tasks/cancel", "taskId" },
};

static const char *subject_of(const json_t *message)
{
	const char *method = json_string_value(json_object_get(message, "method"));
	const json_t *params = json_object_get(message, "params");

	for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++)
		if (strcmp(method, subjects[i].method) == 0)
			return json_string_value(json_object_get(params, subjects[i].member));
	return NULL;
}

static bool is_header(const struct sp_http_exchange *exchange, const char *name, const char *expected)
{
	const char *sent = exchange->ops->header(exchange, name);
	json_t *value;
	bool same;

	if (sent && strcmp(sent, expected) == 0 && strncmp(sent, base64_begin, sizeof base64_begin - 1) != 0)
		return true;
	value = sent ? mcp_header_value_new(sent) : NULL;
	same = value && strcmp(json_string_value(value), expected) == 0;
	json_decref(value);
	return same;
}

static bool differ(struct mcp_fault *fault, const char *message, const char *header)
{
	*fault = (struct mcp_fault){ 400, MCP_HEADER_MISMATCH, message, json_pack("{s:s}", "header", header) };
	return false;
}

bool mcp_headers_agree(const struct sp_http_exchange *exchange, const json_t *message, struct mcp_fault *fault)
{
	const char *version = json_string_value(mcp_message_meta(message, MCP_META_VERSION));
	const char *method = json_string_value(json_object_get(message, "method"));
	const char *subject = subject_of(message);

	if (!is_header(exchange, "MCP-Protocol-Version", version))
		return differ(fault, "the MCP-Protocol-Version header is missing, or is not what _meta says",
			"MCP-Protocol-Version");
	if (!is_header(exchange, "Mcp-Method", method))
		return differ(fault, "the Mcp-Method header is missing, or is not the method", "Mcp-Method");
	if (subject && !is_header(exchange, "Mcp-Name", subject))
		return differ(fault, "the Mcp-Name header is missing, or is not params.name, uri or taskId",
			"Mcp-Name");
	return true;
}

/* ---- headers of parameters -------------------------------------------------------------------------------------- */

/* As text, the way a header carries it. */
static bool is_value(const json_t *argument, const char *text)
{
	char number[32];

	switch (json_typeof(argument)) {
	case JSON_STRING:
		return strcmp(json_string_value(argument), text) == 0;
	case JSON_TRUE:
		return strcmp(text, "true") == 0;
	case JSON_FALSE:
		return strcmp(text, "false") == 0;
	case JSON_INTEGER:
		snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(argument));
		return strcmp(number, text) == 0;
	case JSON_REAL:
		return fabs(strtod(text, NULL) - json_real_value(argument)) < 1e-9;
	default:
		return true;
	}
}

static bool param_agrees(const struct sp_http_exchange *exchange, const char *suffix, const json_t *argument)
{
	char name[128];
	const char *sent;
	json_t *value;
	bool same;

	snprintf(name, sizeof name, "Mcp-Param-%s", suffix);
	sent = exchange->ops->header(exchange, name);
	if (!sent)
		return !argument || json_is_null(argument);
	value = mcp_header_value_new(sent);
	same = value && argument && is_value(argument, json_string_value(value));
	json_decref(value);
	return same;
}

bool mcp_param_headers_agree(const struct sp_http_exchange *exchange, const json_t *schema, const json_t *arguments,
	struct mcp_fault *fault)
{
	const char *key;
	json_t *property;

	json_object_foreach(json_object_get(schema, "properties"), key, property) {
		const char *suffix = json_string_value(json_object_get(property, "x-mcp-header"));

		if (suffix && !param_agrees(exchange, suffix, json_object_get(arguments, key)))
			return differ(fault, "an Mcp-Param header is missing, or is not the argument", suffix);
	}
	return true;
}
