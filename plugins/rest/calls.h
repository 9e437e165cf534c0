/* calls.h: POST /api/<version>/<instance>/<runnable>, answered at once, later, or as a stream of events. */
#ifndef REST_CALLS_H
#define REST_CALLS_H

#include "site.h"

/* Handles the requests below REST_API; user is the site. */
#define REST_API "/api/"
void rest_on_api(void *user, struct sp_http_exchange *exchange);

/* Keeps the streams alive. */
void rest_calls_beat(struct rest_site *site);

/* Answers all that wait that REST is going down, and frees what is kept. */
void rest_calls_finish(struct rest_site *site);

#endif
