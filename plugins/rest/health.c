/* health.c: how the process is, for whoever watches over it. */
#include "health.h"

#include <string.h>

void rest_on_health(void *user, struct sp_http_exchange *exchange)
{
	static const char alive[] = "{\"ok\":true,\"data\":{\"status\":\"alive\"}}";

	if (rest_is_get(user, exchange))
		exchange->ops->reply(exchange, 200, "application/json", NULL, (sp_bytes){ alive, sizeof alive - 1 });
}

static void answer_ready(struct rest_site *site, struct sp_http_exchange *exchange, const json_t *health)
{
	const char *state = json_string_value(json_object_get(health, "state"));
	struct sp_answer came = { .struct_size = sizeof came, .data = health };

	if (!json_is_true(json_object_get(health, "healthy"))) {
		came.status = SP_UNAVAILABLE;
		came.code = sp_status_word(SP_UNAVAILABLE);
		came.message = sp_format(site->rt, "signalpyd is %s", state ? state : "not ready");
		came.details = json_object_get(health, "reasons");
	}
	rest_answer(site, exchange, &came);
}

void rest_on_ready(void *user, struct sp_http_exchange *exchange)
{
	struct rest_site *site = user;
	json_t *health;

	if (!rest_is_get(site, exchange))
		return;
	health = site->introspection->health_new(site->introspection);
	if (health)
		answer_ready(site, exchange, health);
	else
		rest_refuse_no_memory(exchange);
	json_decref(health);
}
