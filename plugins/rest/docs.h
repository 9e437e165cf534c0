/* docs.h: GET /docs: a page on which a person reads what can be called, and calls it. */
#ifndef REST_DOCS_H
#define REST_DOCS_H

#include "site.h"

/* user is the site. */
void rest_on_docs(void *user, struct sp_http_exchange *exchange);

#endif
