/* identity.h: who asks, by the header Authorization, and whether it may. */
#ifndef REST_IDENTITY_H
#define REST_IDENTITY_H

#include "site.h"

/* Who asks; NULL for nobody. Whoever presents credentials that are wrong is answered, also where none were needed:
 * false. */
bool rest_identify(struct rest_site *site, struct sp_http_exchange *exchange, const struct sp_identity **ret_identity);

/* Whether whoever asks may have what is no runnable; answers when it may not. Where nothing is said of auth everybody
 * may who reaches the server. */
bool rest_may(struct rest_site *site, struct sp_http_exchange *exchange, const struct sp_demand *demand);

/* Whether it still may, while it is answered. */
bool rest_may_still(const struct rest_site *site, struct sp_http_exchange *exchange, const struct sp_demand *demand);

/* What 401 asks for (RFC 6750, 3). */
#define REST_CHALLENGE "Bearer realm=\"signalpyd\""

/* 401 with WWW-Authenticate (RFC 6750, 3); invalid: credentials were presented, and are wrong. */
void rest_refuse_stranger(struct rest_site *site, struct sp_http_exchange *exchange, const char *message, bool invalid);

#endif
