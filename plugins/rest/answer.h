/* answer.h: renders what a call came to as the JSON that REST answers. */
#ifndef REST_ANSWER_H
#define REST_ANSWER_H

#include <signalpy/gateway.h>

/* A text that is used again and again; begins as all zeroes. */
struct rest_text {
	char *data;
	size_t size, capacity;
};

/* Adds to the text; SP_NO_MEMORY. */
sp_status rest_text_append(struct rest_text *text, const char *piece);
sp_status rest_text_append_bytes(struct rest_text *text, sp_bytes bytes);
sp_status rest_text_append_json(struct rest_text *text, const json_t *json);

/* Adds {"ok":true,"data":...} or {"ok":false,"error":{"code","message","details"?,"trace_id"?}}, with "content" when
 * the runnable has attached any; SP_NO_MEMORY. */
sp_status rest_text_append_answer(struct rest_text *text, const struct sp_answer *answer);

/* Replaces the text by that; SP_NO_MEMORY. */
sp_status rest_text_render(struct rest_text *text, const struct sp_answer *answer);

/* The same for an error without an answer. */
sp_status rest_text_render_error(struct rest_text *text, const char *code, const char *message);

/* Frees the text. */
void rest_text_finish(struct rest_text *text);

#endif
