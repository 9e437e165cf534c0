/* rest: every runnable as POST /api/<version>/<instance>/<runnable>, and what is to be told of the whole. */
#include "calls.h"
#include "docs.h"
#include "health.h"
#include "metrics.h"
#include "openapi.h"

enum { BEAT_MS = 15000 };

SP_RECORD(rest_settings, (record(rest_limits), limits));

SP_COMPONENT(rest,
	(about,    "Offers every runnable as POST /api/<version>/<instance>/<runnable>."),
	(one,      sp_http, http),
	(one,      sp_gateway, gateway),
	(one,      sp_introspection, introspection),
	(optional, sp_auth, auth),
	(optional, sp_config, config),
	(settings, rest_settings, settings, .at = "rest"),
	(member,   struct rest_site, site),
	(timer,    beat, .every_ms = BEAT_MS),
	(subscribe, take, "*"),
	(deactivate),
	(effect,   follow),
	(effect,   keep_limits),
	(effect,   mount));

static sp_status rest_follow(struct rest *self)
{
	self->site.rt = self->rt;
	if (!self->site.events.last)
		self->site.events.last = &self->site.events.first;
	self->site.gateway = sp_get(self->gateway);
	self->site.introspection = sp_get(self->introspection);
	self->site.auth = sp_get(self->auth);
	self->site.config = sp_get(self->config);
	self->site.openapi.made = false; /* it says whether tokens are known */
	return SP_OK;
}

static sp_status rest_keep_limits(struct rest *self)
{
	const struct rest_limits_slots *limits = &self->settings.limits;

	self->site.limits = (struct rest_limits){
		.streams = sp_get(limits->streams),
		.kept_bytes = sp_get(limits->kept_bytes),
		.event_bytes = sp_get(limits->event_bytes),
		.kept_ms = sp_get(limits->kept_ms),
		.unread = sp_get(limits->unread),
	};
	return SP_OK;
}

/* Runs again for another server. The former one keeps its mounts while it finishes what it has begun; they end with
 * it. */
static sp_status rest_mount(struct rest *self)
{
	static const struct {
		const char *prefix;
		sp_http_handler handler;
	} mounts[] = { { REST_API, rest_on_api }, { "/health", rest_on_health }, { "/ready", rest_on_ready },
		{ "/metrics", rest_on_metrics }, { "/openapi.json", rest_on_openapi }, { "/docs", rest_on_docs },
		{ "/events", rest_on_events } };
	const struct sp_http *http = sp_get(self->http);

	for (size_t i = 0; i < sizeof mounts / sizeof mounts[0]; i++) {
		sp_status status = sp_here(http)->mount(http, mounts[i].prefix, mounts[i].handler, &self->site);

		if (status != SP_OK)
			return sp_fail(self->rt, status, "%s cannot be mounted: %s", mounts[i].prefix,
				status == SP_CONFLICT ? "another component serves it" : sp_status_word(status));
	}
	return SP_OK;
}

static sp_status rest_take(struct rest *self, const sp_event *event)
{
	rest_events_take(&self->site, event);
	return SP_OK;
}

static sp_status rest_beat(struct rest *self)
{
	rest_calls_beat(&self->site);
	rest_events_beat(&self->site);
	return SP_OK;
}

static sp_status rest_deactivate(struct rest *self)
{
	rest_calls_finish(&self->site);
	rest_events_finish(&self->site);
	rest_text_finish(&self->site.text);
	rest_text_finish(&self->site.openapi.text);
	return SP_OK;
}

SP_PLUGIN(rest, "1.0.0", rest);
