/* tls: TLS for those who accept connections. The pair of certificate and key is read again when its files change. */
#include "pair.h"
#include "session.h"

#include <signalpy/component.h>
#include <signalpy/logger.h>
#include <stdlib.h>

enum { LOOK_MS = 1000 };

SP_RECORD(tls_settings,
	(string, certificate, .about = "PEM file with the certificate, and behind it those between it and the root"),
	(string, key, .about = "PEM file with the certificate's private key, which no other user may read"),
	(number, min_version, .otherwise = 1.2, .min = 1.2, .max = 1.3, .about = "oldest version of TLS: 1.2 or 1.3"));

SP_COMPONENT(tls,
	(about,    "TLS for connections, with a certificate that is renewed while they are served."),
	(settings, tls_settings, settings, .at = "tls"),
	(optional, sp_logger, log),
	(signal,   integer, looks, .about = "counts how often the files were found changed"),
	(signal,   integer, changes, .about = "counts the changes of what connections are secured with"),
	(member,   struct session_host, host),
	(member,   SSL_CTX *, context),
	(member,   struct pair_stamp, stamp),
	(member,   struct sp_error, why),
	(member,   int64_t, looked_at),
	(member,   bool, was_read),
	(activate),
	(deactivate),
	(check,    tls_settings),
	(effect,   read_pair),
	(timer,    look_again),
	(provide,  sp_tls));

/* ---- life ------------------------------------------------------------------------------------------------------- */

static void tell_refused(void *user, const char *peer, const char *why)
{
	struct tls *self = user;

	sp_debug(self->log, "no TLS with %s: %s", peer, why);
}

static sp_status tls_activate(struct tls *self)
{
	self->host.tell = tell_refused;
	self->host.user = self;
	return session_host_init(&self->host) == SP_OK ? SP_OK : sp_fail(self->rt, SP_NO_MEMORY, "no memory for TLS");
}

static sp_status tls_deactivate(struct tls *self)
{
	SSL_CTX_free(self->context);
	self->context = NULL;
	session_host_finish(&self->host);
	return SP_OK;
}

/* ---- the pair --------------------------------------------------------------------------------------------------- */

static sp_status judge(const struct pair_place *place, SSL_CTX **ret_context, struct sp_error *error)
{
	bool is_named;
	sp_status status = pair_place_check(place, &is_named, error);

	*ret_context = NULL;
	return status == SP_OK && is_named ? pair_load(place, ret_context, error) : status;
}

static sp_status tls_check(const struct tls *self, const struct tls_settings *next)
{
	const struct pair_place place = { next->certificate, next->key, getenv("CREDENTIALS_DIRECTORY"),
		next->min_version };
	struct sp_error error = { 0 };
	SSL_CTX *context;
	sp_status status = judge(&place, &context, &error);

	SSL_CTX_free(context);
	return status == SP_OK ? SP_OK : sp_fail(self->rt, status, "%s", error.message);
}

static struct pair_place place_of(struct tls *self)
{
	return (struct pair_place){ sp_peek(self->settings.certificate), sp_peek(self->settings.key),
		getenv("CREDENTIALS_DIRECTORY"), sp_peek(self->settings.min_version) };
}

static void serve_with(struct tls *self, SSL_CTX *context)
{
	char date[PAIR_DATE_SIZE];

	SSL_CTX_free(self->context);
	self->context = context;
	if (!context)
		return;
	pair_end(context, date);
	sp_info(self->log, "the certificate %s is valid until %s", sp_peek(self->settings.certificate), date);
}

/* The stamp is taken before the files are read: what is written meanwhile is seen as another change. */
static void read_files(struct tls *self)
{
	const struct pair_place place = place_of(self);
	SSL_CTX *context;

	pair_look(&place, &self->stamp);
	self->why = (struct sp_error){ 0 };
	if (judge(&place, &context, &self->why) == SP_OK)
		serve_with(self, context);
}

/* Without a pair there are no connections that would have the files looked at. */
static sp_status tls_read_pair(struct tls *self)
{
	(void)sp_get(self->settings.certificate);
	(void)sp_get(self->settings.key);
	(void)sp_get(self->settings.min_version);
	(void)sp_get(self->looks);
	if (!self->was_read)
		read_files(self);
	self->was_read = false;
	sp_set(self->changes, sp_peek(self->changes) + 1);
	if (self->why.code == SP_OK)
		return SP_OK;
	if (!self->context)
		sp_timer_start(self->look_again, LOOK_MS);
	return sp_fail(self->rt, self->why.code, "%s%s", self->why.message,
		self->context ? "; the former certificate goes on serving" : "");
}

/* Reads the pair again if its files have changed: who renews certificates need not tell. It is the effect that
 * reports. */
static void look(struct tls *self)
{
	const struct pair_place place = place_of(self);
	struct pair_stamp stamp;

	self->looked_at = sp_now_ms(self->rt);
	pair_look(&place, &stamp);
	if (pair_stamp_is(&stamp, &self->stamp))
		return;
	read_files(self);
	self->was_read = true;
	sp_set(self->looks, sp_peek(self->looks) + 1);
}

static sp_status tls_look_again(struct tls *self)
{
	if (self->context || self->why.code == SP_OK)
		return SP_OK;
	look(self);
	return sp_timer_start(self->look_again, LOOK_MS);
}

/* ---- the contract ----------------------------------------------------------------------------------------------- */

static sp_status tls_ready(const struct sp_tls *service, struct sp_error *error)
{
	struct tls *self = sp_self(tls, service);

	(void)sp_get(self->changes);
	if (self->context)
		return SP_OK;
	return sp_error_set(error, SP_UNAVAILABLE, "%s",
		self->why.code ? self->why.message : "set tls.certificate and tls.key");
}

static sp_status tls_secure(const struct sp_tls *service, const struct sp_loop *loop, struct sp_stream *stream,
	const char *peer, struct sp_stream **ret_stream)
{
	struct tls *self = sp_self(tls, service);
	const struct session_below below = { loop, stream, peer, service->service.consumer };

	if (sp_now_ms(self->rt) - self->looked_at >= LOOK_MS)
		look(self);
	if (!self->context)
		return SP_UNAVAILABLE;
	return session_create(&self->host, self->context, &below, ret_stream);
}

static const struct sp_loop *tls_streams(const struct sp_tls *service SP_UNUSED)
{
	return &session_functions;
}

static const char *tls_version(const struct sp_tls *service SP_UNUSED, const struct sp_stream *stream)
{
	return session_version(stream);
}

SP_SERVICE(tls, sp_tls, .ready = tls_ready, .secure = tls_secure, .streams = tls_streams, .version = tls_version);

SP_PLUGIN(tls, "1.0.0", tls);
