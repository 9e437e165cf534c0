/* session.c: a stream of bytes in the clear on top of one that is encrypted. */
#include "session.h"

#include <openssl/err.h>
#include <signalpy/kernel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD_SIZE = 16384, SOON = 1 };

/*
 * What is handed out as a struct sp_stream. It is freed when its owner has closed it and none of its callbacks runs.
 *
 * Bytes that the owner has not consumed are given again, with more behind them, or when it resumes. The stream below
 * does the same; so one byte that was read already is left with it while there are such bytes, and brings them after
 * resuming.
 */
struct session {
	struct sp_ledger_entry entry;
	const struct session_host *host;
	const struct sp_loop *loop;
	struct sp_stream *below; /* NULL when it was closed */
	sp_runtime *consumer;
	SSL *ssl;
	const struct sp_stream_events *events;
	void *user;
	const char *input; /* what has come and was not read, while readable runs */
	size_t input_size;
	char *kept; /* in the clear, not consumed */
	size_t kept_size;
	unsigned visits; /* callbacks that run now */
	bool agreed; /* the handshake is done */
	bool failed; /* OpenSSL must not be called any more */
	bool told; /* of its end */
	bool paused, again; /* does not read; has just resumed */
	bool holds_back; /* the byte that is left with the stream below */
	bool ended; /* by its owner */
	char peer[64];
};

static struct session *session_of(const struct sp_stream *stream)
{
	return (struct session *)(void *)stream;
}

static struct sp_stream *stream_of(struct session *session)
{
	return (struct sp_stream *)(void *)session;
}

/* ---- what OpenSSL reads and writes ------------------------------------------------------------------------------- */

static int read_below(BIO *bio, char *into, int room)
{
	struct session *session = BIO_get_data(bio);
	size_t size = session->input_size < (size_t)room ? session->input_size : (size_t)room;

	BIO_clear_retry_flags(bio);
	if (!size) {
		BIO_set_retry_read(bio);
		return -1;
	}
	memcpy(into, session->input, size);
	session->input += size;
	session->input_size -= size;
	return (int)size;
}

static int write_below(BIO *bio, const char *data, int size)
{
	struct session *session = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	if (!session->below || session->loop->write(session->loop, session->below, data, (size_t)size) != SP_OK)
		return -1;
	return size;
}

static long control(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	return command == BIO_CTRL_FLUSH;
}

/* OpenSSL has few numbers for kinds of BIOs and gives none back, while plugins come and go: nobody asks for the
 * kind. */
sp_status session_host_init(struct session_host *host)
{
	host->method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "stream");
	if (!host->method)
		return SP_NO_MEMORY;
	BIO_meth_set_read(host->method, read_below);
	BIO_meth_set_write(host->method, write_below);
	BIO_meth_set_ctrl(host->method, control);
	return SP_OK;
}

void session_host_finish(struct session_host *host)
{
	BIO_meth_free(host->method);
	host->method = NULL;
}

/* ---- the end ---------------------------------------------------------------------------------------------------- */

static void session_free(struct session *session)
{
	SSL_free(session->ssl);
	ERR_clear_error();
	free(session->kept);
	free(session);
}

static void leave(struct session *session)
{
	if (--session->visits == 0 && session->ended)
		session_free(session);
}

/* Its owner wants to hear nothing more. */
static void part_from_owner(struct session *session)
{
	if (session->entry.next)
		sp_ledger_remove(&session->entry);
	session->ended = true;
}

static void tell_closed(struct session *session, sp_status why)
{
	if (session->told || session->ended)
		return;
	session->told = true;
	session->events->closed(session->user, stream_of(session), why);
}

/* What was written, an alert too, is still sent. */
static void fail(struct session *session)
{
	session->failed = true;
	if (session->below)
		session->loop->close(session->loop, session->below);
	session->below = NULL;
	tell_closed(session, SP_FAILED);
}

/* Inside a call of the owner's, which must hear of it later. */
static void fail_soon(struct session *session)
{
	session->failed = true;
	if (session->below)
		session->loop->deadline(session->loop, session->below, SOON);
}

static void end(struct session *session, bool abort)
{
	const struct sp_loop *loop = session->loop;

	if (session->ended)
		return;
	part_from_owner(session);
	session->visits++;
	if (session->agreed && !session->failed && !abort)
		SSL_shutdown(session->ssl);
	ERR_clear_error();
	if (session->below && abort)
		loop->abort(loop, session->below);
	else if (session->below)
		loop->close(loop, session->below);
	session->below = NULL;
	leave(session);
}

/* ---- giving what has come ---------------------------------------------------------------------------------------- */

/* Keeps what the owner has not consumed; data may be a part of what is kept. */
static void keep(struct session *session, const char *data, size_t size)
{
	if (!size) {
		free(session->kept);
		session->kept = NULL;
	} else if (session->kept) {
		memmove(session->kept, data, size);
	} else {
		session->kept = malloc(size);
		if (session->kept)
			memcpy(session->kept, data, size);
	}
	session->kept_size = session->kept ? size : 0;
	if (size && !session->kept)
		fail(session);
}

static void give(struct session *session, const char *data, size_t size)
{
	size_t used = session->events->readable(session->user, stream_of(session), data, size);

	if (session->ended)
		used = size;
	keep(session, data + used, size - used);
}

/* Gives a record, behind what is kept. */
static void give_record(struct session *session, const char *data, size_t size)
{
	size_t before = session->kept_size;
	char *grown;

	if (!before) {
		give(session, data, size);
		return;
	}
	grown = realloc(session->kept, before + size);
	if (!grown) {
		fail(session);
		return;
	}
	memcpy(grown + before, data, size);
	session->kept = grown;
	session->kept_size = before + size;
	give(session, grown, before + size);
}

/* What a function of OpenSSL answered that is no success: whether there is nothing but to wait for more. */
static void find_out(struct session *session, int answer)
{
	int why = SSL_get_error(session->ssl, answer);
	const char *reason;

	if (why == SSL_ERROR_WANT_READ)
		return;
	if (why == SSL_ERROR_ZERO_RETURN) {
		tell_closed(session, SP_OK);
		return;
	}
	reason = ERR_reason_error_string(ERR_peek_error());
	if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST)
		reason = "it speaks HTTP without TLS";
	if (!session->agreed)
		session->host->tell(session->host->user, session->peer, reason ? reason : "the connection broke");
	fail(session);
}

static bool take_record(struct session *session)
{
	char record[RECORD_SIZE];
	int size = SSL_read(session->ssl, record, sizeof record);

	if (size > 0)
		give_record(session, record, (size_t)size);
	else
		find_out(session, size);
	return size > 0;
}

static bool agree(struct session *session)
{
	int answer = SSL_accept(session->ssl);

	session->agreed = answer == 1;
	if (!session->agreed)
		find_out(session, answer);
	return session->agreed;
}

static bool goes_on(const struct session *session)
{
	return !session->ended && !session->failed && !session->told && !session->paused;
}

static void read_all(struct session *session)
{
	bool more = true, again = session->again;

	session->again = false; /* the owner may resume anew, while it is given */
	if (again && session->kept_size && goes_on(session))
		give(session, session->kept, session->kept_size);
	while (more && goes_on(session)) {
		ERR_clear_error();
		more = session->agreed ? take_record(session) : agree(session);
	}
	ERR_clear_error();
}

/* ---- what the stream below tells -------------------------------------------------------------------------------- */

static size_t on_readable(void *user, struct sp_stream *below, const char *data, size_t size)
{
	struct session *session = user;
	size_t known = session->holds_back ? 1 : 0, left;

	(void)below;
	session->visits++;
	session->input = data + known;
	session->input_size = size - known;
	read_all(session);
	left = session->told || session->failed ? 0 : session->input_size;
	session->input_size = 0;
	session->holds_back = !left && session->kept_size && !session->ended;
	if (session->holds_back)
		left = 1;
	leave(session);
	return size - left;
}

static void on_drained(void *user, struct sp_stream *below)
{
	struct session *session = user;

	(void)below;
	session->visits++;
	if (session->agreed && !session->failed)
		session->events->drained(session->user, stream_of(session));
	leave(session);
}

static void on_timed_out(void *user, struct sp_stream *below)
{
	struct session *session = user;

	(void)below;
	session->visits++;
	if (session->failed)
		fail(session);
	else
		session->events->timed_out(session->user, stream_of(session));
	leave(session);
}

static void on_closed(void *user, struct sp_stream *below, sp_status why)
{
	struct session *session = user;

	(void)below;
	session->visits++;
	if (!session->agreed)
		session->host->tell(session->host->user, session->peer, "it went before TLS was agreed on");
	tell_closed(session, why == SP_OK && session->agreed ? SP_GONE : SP_FAILED);
	leave(session);
}

static const struct sp_stream_events events_below = {
	.struct_size = sizeof events_below,
	.readable = on_readable,
	.drained = on_drained,
	.timed_out = on_timed_out,
	.closed = on_closed,
};

/* ---- what the owner calls --------------------------------------------------------------------------------------- */

static void release_entry(struct sp_ledger_entry *entry)
{
	struct session *session = (struct session *)(void *)entry; /* its first member */

	sp_ledger_report(session->consumer, entry, session->peer);
	session->entry.next = NULL;
	end(session, false);
}

static void session_adopt(const struct sp_loop *loop, struct sp_stream *stream, const struct sp_stream_events *events,
	void *user)
{
	struct session *session = session_of(stream);

	(void)loop;
	session->events = events;
	session->user = user;
	session->loop->adopt(session->loop, session->below, &events_below, session);
	if (session->consumer && !session->entry.next)
		sp_ledger_add(session->consumer, &session->entry);
}

static sp_status session_write(const struct sp_loop *loop, struct sp_stream *stream, const void *data, size_t size)
{
	struct session *session = session_of(stream);
	size_t written;

	(void)loop;
	if (session->ended || session->failed || !session->below)
		return SP_GONE;
	if (!session->agreed)
		return SP_UNAVAILABLE;
	ERR_clear_error();
	if (!size || SSL_write_ex(session->ssl, data, size, &written) == 1)
		return SP_OK;
	ERR_clear_error();
	fail_soon(session);
	return SP_FAILED;
}

static size_t session_queued(const struct sp_loop *loop, const struct sp_stream *stream)
{
	const struct session *session = session_of(stream);

	(void)loop;
	return session->below ? session->loop->queued(session->loop, session->below) : 0;
}

static void session_pause(const struct sp_loop *loop, struct sp_stream *stream)
{
	struct session *session = session_of(stream);

	(void)loop;
	session->paused = true;
	if (session->below)
		session->loop->pause(session->loop, session->below);
}

static void session_resume(const struct sp_loop *loop, struct sp_stream *stream)
{
	struct session *session = session_of(stream);

	(void)loop;
	session->paused = false;
	session->again = true;
	if (session->below)
		session->loop->resume(session->loop, session->below);
}

static void session_deadline(const struct sp_loop *loop, struct sp_stream *stream, int64_t milliseconds)
{
	struct session *session = session_of(stream);

	(void)loop;
	if (session->below && !session->failed)
		session->loop->deadline(session->loop, session->below, milliseconds);
}

static void session_close(const struct sp_loop *loop, struct sp_stream *stream)
{
	(void)loop;
	end(session_of(stream), false);
}

static void session_abort(const struct sp_loop *loop, struct sp_stream *stream)
{
	(void)loop;
	end(session_of(stream), true);
}

const struct sp_loop session_functions = {
	.service = { .size = sizeof session_functions },
	.adopt = session_adopt,
	.write = session_write,
	.queued = session_queued,
	.pause = session_pause,
	.resume = session_resume,
	.deadline = session_deadline,
	.close = session_close,
	.abort = session_abort,
};

const char *session_version(const struct sp_stream *stream)
{
	const struct session *session = session_of(stream);

	return session->agreed ? SSL_get_version(session->ssl) : NULL;
}

/* ---- making ----------------------------------------------------------------------------------------------------- */

static bool begin(struct session *session, SSL_CTX *context)
{
	BIO *bio = BIO_new(session->host->method);

	session->ssl = bio ? SSL_new(context) : NULL;
	if (!session->ssl) {
		BIO_free(bio);
		return false;
	}
	BIO_set_data(bio, session);
	BIO_set_init(bio, 1);
	SSL_set_bio(session->ssl, bio, bio);
	return true;
}

sp_status session_create(const struct session_host *host, SSL_CTX *context, const struct session_below *below,
	struct sp_stream **ret_stream)
{
	struct session *session = calloc(1, sizeof *session);

	if (!session)
		return SP_NO_MEMORY;
	session->entry = (struct sp_ledger_entry){ .kind = "TLS stream", .release = release_entry };
	session->host = host;
	session->loop = below->loop;
	session->below = below->stream;
	session->consumer = below->consumer;
	snprintf(session->peer, sizeof session->peer, "%s", below->peer);
	if (!begin(session, context)) {
		session_free(session);
		return SP_NO_MEMORY;
	}
	*ret_stream = stream_of(session);
	return SP_OK;
}
