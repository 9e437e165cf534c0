/* metrics.h: GET /metrics, in the text format of OpenMetrics 1.0. */
#ifndef REST_METRICS_H
#define REST_METRICS_H

#include "site.h"

/* user is the site. */
void rest_on_metrics(void *user, struct sp_http_exchange *exchange);

#endif
