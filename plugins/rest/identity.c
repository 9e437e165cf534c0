/* identity.c: asks the auth provider. */
#include "identity.h"

void rest_refuse_stranger(struct rest_site *site, struct sp_http_exchange *exchange, const char *message, bool invalid)
{
	static const struct sp_http_field who[] = { { "WWW-Authenticate", REST_CHALLENGE }, { NULL, NULL } };
	static const struct sp_http_field wrong[] = {
		{ "WWW-Authenticate", REST_CHALLENGE ", error=\"invalid_token\"" }, { NULL, NULL }
	};

	if (rest_text_render_error(&site->text, sp_status_word(SP_UNAUTHENTICATED), message) == SP_OK)
		rest_send(site, exchange, 401, invalid ? wrong : who);
	else
		rest_refuse_no_memory(exchange);
}

/* NULL for nobody. */
static sp_status identify(const struct rest_site *site, struct sp_http_exchange *exchange,
	const struct sp_identity **ret_identity, struct sp_error *error)
{
	const char *credentials = exchange->ops->header(exchange, "Authorization");
	const char *token = sp_auth_token(credentials);

	*ret_identity = NULL;
	if (!credentials)
		return SP_OK;
	if (!token)
		return sp_error_set(error, SP_UNAUTHENTICATED, "the header Authorization is not Bearer and a token");
	if (!site->auth)
		return sp_error_set(error, SP_UNAUTHENTICATED, "no auth provider is there to know the token");
	return site->auth->authenticate(site->auth, token, ret_identity, error);
}

bool rest_identify(struct rest_site *site, struct sp_http_exchange *exchange, const struct sp_identity **ret_identity)
{
	struct sp_error error = { .code = SP_OK };

	if (identify(site, exchange, ret_identity, &error) == SP_OK)
		return true;
	rest_refuse_stranger(site, exchange, error.message, true);
	return false;
}

/* Where there is no provider, and no word of one in the configuration. One that was meant to be there and is not,
 * because it was removed or has failed, opens nothing. */
static bool is_open(const struct rest_site *site)
{
	return !site->auth && !(site->config && json_object_size(site->config->get(site->config, "auth")) > 0);
}

bool rest_may(struct rest_site *site, struct sp_http_exchange *exchange, const struct sp_demand *demand)
{
	const struct sp_identity *identity;
	struct sp_error error = { .code = SP_OK };
	sp_status status = SP_OK;

	if (!rest_identify(site, exchange, &identity))
		return false;
	if (!is_open(site))
		status = site->gateway->admit(site->gateway, SP_REST, identity, demand, &error);
	if (status == SP_UNAUTHENTICATED)
		rest_refuse_stranger(site, exchange, error.message, false);
	else if (status != SP_OK)
		rest_refuse(site, exchange, status, error.message);
	return status == SP_OK;
}

bool rest_may_still(const struct rest_site *site, struct sp_http_exchange *exchange, const struct sp_demand *demand)
{
	const struct sp_identity *identity;

	return identify(site, exchange, &identity, NULL) == SP_OK &&
		(is_open(site) || site->gateway->admits_still(site->gateway, SP_REST, identity, demand, NULL) == SP_OK);
}
