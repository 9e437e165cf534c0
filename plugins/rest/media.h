/* media.h: reads Content-Type, Accept and the query. */
#ifndef REST_MEDIA_H
#define REST_MEDIA_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a Content-Type is application/json, with whatever parameters ("; charset=utf-8"). NULL is not. */
bool rest_is_json(const char *type);

/* How much Accept wants a media type ("text/event-stream") that it names itself, in thousandths; 0 when it does not
 * name it, or refuses it. NULL names none. */
int rest_wants(const char *accept, const char *type);

/* Whether If-None-Match holds an entity tag (with its quotation marks), or is "*"; weak ones match as well. NULL does
 * not. */
bool rest_matches(const char *condition, const char *tag);

/* The value of a parameter of the query, decoded, in size bytes with the ending zero; "" when it is absent. False when
 * it is longer, or an escape is wrong. */
bool rest_query(const char *query, const char *name, char *ret_value, size_t size);

#endif
