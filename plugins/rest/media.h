/* media.h: reads Content-Type. */
#ifndef REST_MEDIA_H
#define REST_MEDIA_H

#include <stdbool.h>

/* Whether a Content-Type is application/json, with whatever parameters ("; charset=utf-8"). NULL is not. */
bool rest_is_json(const char *type);

#endif
