/* webhook: what other services tell by HTTP becomes events. Two routes of its own, beside the runnables that all
 * have. */
#include <signalpy/component.h>
#include <signalpy/http.h>
#include <signalpy/logger.h>
#include <string.h>

SP_RECORD(webhook_settings,
	(string, token, .otherwise = "", .secret = true, .about = "what senders put into the header Webhook-Token; without one "
		"nobody is believed"));

SP_COMPONENT(webhook,
	(about,    "Makes events of what other services tell by HTTP."),
	(settings, webhook_settings, settings),
	(optional, sp_logger, log),
	(signal,   integer, taken),
	(route,    take, "POST", "/webhooks/{topic}", .open = true, .max_body = 65536),
	(route,    count, "GET", "/webhooks", .action = "webhook.count"));

/* In a time that does not tell how much of it is right. */
static bool is_same(const char *secret, const char *given)
{
	size_t size = strlen(secret), given_size = strlen(given);
	unsigned char differs = size != given_size || !size;

	for (size_t i = 0; i < given_size; i++)
		differs |= (unsigned char)(given[i] ^ secret[size ? i % size : 0]);
	return !differs;
}

static sp_status webhook_take(struct webhook *self, struct sp_http_exchange *exchange)
{
	const char *topic = exchange->ops->part(exchange, "topic"),
		   *token = exchange->ops->header(exchange, "Webhook-Token");
	const char *type = sp_format(self->rt, "webhook.%s", topic);
	json_t *told;
	sp_status status;

	if (!is_same(sp_get(self->settings.token), token ? token : ""))
		return sp_fail(self->rt, SP_FORBIDDEN,
			"the header Webhook-Token is not the token of components.webhook.token");
	if (topic[strspn(topic, "abcdefghijklmnopqrstuvwxyz0123456789_")])
		return sp_fail(self->rt, SP_NOT_FOUND, "%s is no topic: small letters, digits and _", topic);
	told = json_loadb(exchange->body.data, exchange->body.size, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(told)) {
		json_decref(told);
		return sp_fail(self->rt, SP_BAD_REQUEST, "the body is not a JSON object");
	}
	status = sp_publish(self->rt, type, told);
	if (status != SP_OK)
		return sp_fail(self->rt, status, "the event %s cannot be published now", type);
	sp_set(self->taken, sp_get(self->taken) + 1);
	exchange->ops->reply(exchange, 202, NULL, NULL, (sp_bytes){ NULL, 0 });
	return SP_OK;
}

static sp_status webhook_count(struct webhook *self, struct sp_http_exchange *exchange)
{
	const char *text = sp_format(self->rt, "%lld\n", (long long)sp_get(self->taken));

	exchange->ops->reply(exchange, 200, "text/plain", NULL, (sp_bytes){ text, strlen(text) });
	return sp_debug(self->log, "%s asked how many there were", exchange->ops->caller(exchange));
}

SP_PLUGIN(webhook, "1.0.0", webhook);
