/* openapi.h: GET /openapi.json: what can be called, described as OpenAPI 3.1. */
#ifndef REST_OPENAPI_H
#define REST_OPENAPI_H

#include "site.h"

/* user is the site. */
void rest_on_openapi(void *user, struct sp_http_exchange *exchange);

#endif
