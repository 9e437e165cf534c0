/* health.h: GET /health, which answers as long as the process lives, and GET /ready, which says whether it is of
 * use. */
#ifndef REST_HEALTH_H
#define REST_HEALTH_H

#include "site.h"

/* user is the site. */
void rest_on_health(void *user, struct sp_http_exchange *exchange);
void rest_on_ready(void *user, struct sp_http_exchange *exchange);

#endif
