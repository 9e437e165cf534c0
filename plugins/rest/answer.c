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

sp_status rest_text_append_bytes(struct rest_text *text, sp_bytes bytes)
{
	if (!bytes.size)
		return SP_OK;
	if (reserve(text, bytes.size) != SP_OK)
		return SP_NO_MEMORY;
	memcpy(text->data + text->size, bytes.data, bytes.size);
	text->size += bytes.size;
	return SP_OK;
}

sp_status rest_text_append(struct rest_text *text, const char *piece)
{
	return rest_text_append_bytes(text, (sp_bytes){ piece, strlen(piece) });
}

sp_status rest_text_append_json(struct rest_text *text, const json_t *json)
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
	sp_status status = json ? rest_text_append_json(text, json) : rest_text_append(text, "\"\"");

	json_decref(json);
	return status;
}

static sp_status append_member(struct rest_text *text, const char *name, const json_t *value)
{
	if (!value)
		return SP_OK;
	if (rest_text_append(text, name) != SP_OK)
		return SP_NO_MEMORY;
	return rest_text_append_json(text, value);
}

static sp_status append_trace(struct rest_text *text, const char *trace)
{
	if (!trace)
		return SP_OK;
	if (rest_text_append(text, ",\"trace_id\":\"") != SP_OK || rest_text_append(text, trace) != SP_OK)
		return SP_NO_MEMORY;
	return rest_text_append(text, "\"");
}

static sp_status append_error(struct rest_text *text, const char *code, const char *message, const json_t *details,
	const char *trace)
{
	if (rest_text_append(text, "{\"ok\":false,\"error\":{\"code\":") != SP_OK ||
		append_string(text, code) != SP_OK || rest_text_append(text, ",\"message\":") != SP_OK ||
		append_string(text, message ? message : "") != SP_OK ||
		append_member(text, ",\"details\":", details) != SP_OK || append_trace(text, trace) != SP_OK)
		return SP_NO_MEMORY;
	return rest_text_append(text, "}");
}

static sp_status append_data(struct rest_text *text, const json_t *data)
{
	if (rest_text_append(text, "{\"ok\":true,\"data\":") != SP_OK)
		return SP_NO_MEMORY;
	return data ? rest_text_append_json(text, data) : rest_text_append(text, "{}");
}

sp_status rest_text_append_answer(struct rest_text *text, const struct sp_answer *answer)
{
	const char *code = answer->code ? answer->code : sp_status_word(answer->status);
	sp_status status = answer->status == SP_OK
		? append_data(text, answer->data)
		: append_error(text, code, answer->message, answer->details, answer->trace_id);

	if (status != SP_OK || append_member(text, ",\"content\":", answer->content) != SP_OK)
		return SP_NO_MEMORY;
	return rest_text_append(text, "}");
}

sp_status rest_text_render(struct rest_text *text, const struct sp_answer *answer)
{
	text->size = 0;
	return rest_text_append_answer(text, answer);
}

sp_status rest_text_render_error(struct rest_text *text, const char *code, const char *message)
{
	text->size = 0;
	if (append_error(text, code, message, NULL, NULL) != SP_OK)
		return SP_NO_MEMORY;
	return rest_text_append(text, "}");
}

void rest_text_finish(struct rest_text *text)
{
	free(text->data);
	*text = (struct rest_text){ NULL, 0, 0 };
}
