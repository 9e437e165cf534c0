/* answer.c: the envelope around results and errors. jansson writes straight into the text. */
#include "answer.h"

#include <stdlib.h>
#include <string.h>

static sp_status reserve(struct rest_text *text, size_t more)
{
	size_t capacity = text->capacity ? text->capacity : 1024;
	char *data;

	if (text->capacity - text->size >= more)
		return SP_OK;
	while (capacity - text->size < more)
		capacity *= 2;
	data = realloc(text->data, capacity);
	if (!data)
		return SP_NO_MEMORY;
	text->data = data;
	text->capacity = capacity;
	return SP_OK;
}

static sp_status append(struct rest_text *text, const char *piece)
{
	size_t size = strlen(piece);

	if (reserve(text, size) != SP_OK)
		return SP_NO_MEMORY;
	memcpy(text->data + text->size, piece, size);
	text->size += size;
	return SP_OK;
}

static sp_status append_json(struct rest_text *text, const json_t *json)
{
	const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
	size_t room, size;

	if (reserve(text, 256) != SP_OK)
		return SP_NO_MEMORY;
	room = text->capacity - text->size;
	size = json_dumpb(json, text->data + text->size, room, flags);
	if (size > room) {
		if (reserve(text, size) != SP_OK)
			return SP_NO_MEMORY;
		size = json_dumpb(json, text->data + text->size, size, flags);
	}
	text->size += size;
	return size ? SP_OK : SP_NO_MEMORY;
}

/* A message that is not UTF-8 cannot be told. */
static sp_status append_string(struct rest_text *text, const char *string)
{
	json_t *json = json_string(string);
	sp_status status = json ? append_json(text, json) : append(text, "\"\"");

	json_decref(json);
	return status;
}

static sp_status append_error(struct rest_text *text, const char *code, const char *message, const json_t *details)
{
	if (append(text, "{\"ok\":false,\"error\":{\"code\":") != SP_OK || append_string(text, code) != SP_OK ||
		append(text, ",\"message\":") != SP_OK || append_string(text, message ? message : "") != SP_OK)
		return SP_NO_MEMORY;
	if (details && (append(text, ",\"details\":") != SP_OK || append_json(text, details) != SP_OK))
		return SP_NO_MEMORY;
	return append(text, "}}");
}

static sp_status append_data(struct rest_text *text, const json_t *data)
{
	if (append(text, "{\"ok\":true,\"data\":") != SP_OK)
		return SP_NO_MEMORY;
	if ((data ? append_json(text, data) : append(text, "{}")) != SP_OK)
		return SP_NO_MEMORY;
	return append(text, "}");
}

sp_status rest_text_render(struct rest_text *text, const struct sp_answer *answer)
{
	text->size = 0;
	if (answer->status == SP_OK)
		return append_data(text, answer->data);
	return append_error(text, answer->code ? answer->code : sp_status_word(answer->status), answer->message,
		answer->details);
}

sp_status rest_text_render_error(struct rest_text *text, const char *code, const char *message)
{
	text->size = 0;
	return append_error(text, code, message, NULL);
}

void rest_text_finish(struct rest_text *text)
{
	free(text->data);
	*text = (struct rest_text){ NULL, 0, 0 };
}
