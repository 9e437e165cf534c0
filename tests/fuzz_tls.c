/*
 * fuzz_tls.c: any bytes as what a stranger sends where TLS is awaited; and a client that has agreed, whose bytes are cut
 * anywhere, while the owner of the stream consumes, pauses and resumes as it likes: it must be given all that was said, in
 * order. The first byte chooses.
 * links: plugins/tls/session.c signalpy -lssl -lcrypto */
#include "../plugins/tls/session.h"
#include "tls_kit.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ACTS = 64, MOST_SAID = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A client, the stream that it talks to, and its owner. */
struct talk {
	struct fake_streams fake;
	struct sp_stream *below, *stream;
	struct tls_client client;
	char said[MOST_SAID + 1]; /* by the client */
	size_t said_size, heard; /* heard: what the owner has consumed */
	size_t leaves; /* bytes that it does not consume */
	char *late; /* what is on its way */
	size_t late_size;
	unsigned closed;
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

static size_t on_readable(void *user, struct sp_stream *stream, const char *data, size_t size)
{
	struct talk *talk = user;
	size_t used = size > talk->leaves ? size - talk->leaves : 0;

	require(stream == talk->stream && !talk->closed);
	require(size && size <= talk->said_size - talk->heard);
	require(memcmp(data, talk->said + talk->heard, size) == 0);
	talk->heard += used;
	return used;
}

static void hear_nothing(void *user, struct sp_stream *stream)
{
	(void)user;
	(void)stream;
}

static void on_closed(void *user, struct sp_stream *stream, sp_status why)
{
	struct talk *talk = user;

	(void)stream;
	(void)why;
	require(!talk->closed++);
}

static void tell(void *user, const char *peer, const char *why)
{
	(void)user;
	require(*peer && *why);
}

/* One for all. */
static SSL_CTX *context_new(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = tls_kit_certificate_new(key, (struct tls_kit_pair){ "A1", -1, 30 });
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	require(context && SSL_CTX_use_certificate(context, certificate) == 1);
	require(SSL_CTX_use_PrivateKey(context, key) == 1);
	X509_free(certificate);
	EVP_PKEY_free(key);
	return context;
}

static void talk_begin(struct talk *talk, const struct session_host *host)
{
	static const struct sp_stream_events events = { sizeof events, on_readable, hear_nothing, hear_nothing,
		on_closed };
	static SSL_CTX *context;
	struct session_below on = { &talk->fake.loop, NULL, "127.0.0.1:4711", NULL };

	if (!context)
		context = context_new();
	fake_streams_init(&talk->fake);
	on.stream = talk->below = fake_stream_create(&talk->fake);
	require(session_create(host, context, &on, &talk->stream) == SP_OK);
	session_functions.adopt(&session_functions, talk->stream, &events, talk);
	tls_client_init(&talk->client, talk->below, 0, NULL);
}

static void talk_end(struct talk *talk)
{
	session_functions.close(&session_functions, talk->stream);
	tls_client_finish(&talk->client);
	fake_streams_finish(&talk->fake);
	free(talk->late);
}

/* Has so many bytes of what is on its way arrive. */
static void arrive(struct talk *talk, size_t size)
{
	if (size > talk->late_size)
		size = talk->late_size;
	if (size)
		fake_send(talk->below, talk->late, size);
	talk->late_size -= size;
	if (talk->late)
		memmove(talk->late, talk->late + size, talk->late_size);
}

static void say(struct talk *talk, size_t size)
{
	char *text = talk->said + talk->said_size, *sealed;
	size_t sealed_size;

	if (talk->said_size + size > MOST_SAID)
		return;
	for (size_t i = 0; i < size; i++)
		text[i] = (char)('a' + (talk->said_size + i) % 23);
	text[size] = '\0';
	talk->said_size += size;
	sealed = tls_client_seal(&talk->client, text, &sealed_size);
	talk->late = realloc(talk->late, talk->late_size + sealed_size);
	require(talk->late != NULL);
	memcpy(talk->late + talk->late_size, sealed, sealed_size);
	talk->late_size += sealed_size;
	free(sealed);
}

static void act(struct talk *talk, uint8_t what)
{
	size_t size = (what >> 3) + 1U;

	switch (what & 7) {
	case 0:
		session_functions.pause(&session_functions, talk->stream);
		break;
	case 1:
		session_functions.resume(&session_functions, talk->stream);
		break;
	case 2:
		talk->leaves = size - 1;
		break;
	case 3:
	case 4:
		say(talk, size);
		break;
	case 5:
		arrive(talk, SIZE_MAX);
		break;
	default:
		arrive(talk, size);
	}
}

/* Whatever was done before, who wants to hear all of it does. */
static void check_peer(struct talk *talk, const uint8_t *acts, size_t size)
{
	require(tls_client_turn(&talk->client));
	for (size_t i = 0; i < size && i < MOST_ACTS; i++)
		act(talk, acts[i]);
	talk->leaves = 0;
	session_functions.resume(&session_functions, talk->stream);
	say(talk, 1);
	arrive(talk, SIZE_MAX);
	require(talk->heard == talk->said_size && !talk->closed && !talk->below->input_size);
}

/* It never gets so far as to say something, and is let go at the latest when it goes. */
static void check_stranger(struct talk *talk, const uint8_t *data, size_t size, size_t step)
{
	for (size_t at = 0; at < size && talk->below->open; at += step)
		fake_send(talk->below, (const char *)data + at, size - at < step ? size - at : step);
	require(!session_version(talk->stream) && !talk->heard);
	if (talk->below->open)
		fake_close(talk->below, SP_OK);
	require(talk->closed == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct talk talk;
	struct session_host host = { .tell = tell };

	if (!size)
		return 0;
	memset(&talk, 0, sizeof talk);
	require(session_host_init(&host) == SP_OK);
	talk_begin(&talk, &host);
	if (data[0] & 1)
		check_peer(&talk, data + 1, size - 1);
	else
		check_stranger(&talk, data + 1, size - 1, (size_t)(data[0] >> 1) + 1);
	talk_end(&talk);
	session_host_finish(&host);
	return 0;
}
