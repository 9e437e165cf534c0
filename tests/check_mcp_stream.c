/* check_mcp_stream.c: streams of events of a session: kept alive, come back for, and cut off when nobody reads them.
 * links: signalpy plugins/mcp/about.c plugins/mcp/asks.c plugins/mcp/batch.c plugins/mcp/built_in.c
 * links: plugins/mcp/caller.c plugins/mcp/catalogue.c plugins/mcp/changes.c plugins/mcp/completion.c
 * links: plugins/mcp/headers.c plugins/mcp/lines.c plugins/mcp/http_reply.c plugins/mcp/message.c plugins/mcp/methods.c
 * links: plugins/mcp/modern.c plugins/mcp/names.c plugins/mcp/older.c plugins/mcp/prompts.c plugins/mcp/request.c
 * links: plugins/mcp/resources.c plugins/mcp/runs.c plugins/mcp/seal.c plugins/mcp/session.c plugins/mcp/stream.c
 * links: plugins/mcp/task_calls.c plugins/mcp/task_methods.c plugins/mcp/task_rounds.c plugins/mcp/tasks.c
 * links: plugins/mcp/template.c plugins/mcp/tools.c -lcrypto */
#include "../plugins/mcp/session.h"
#include "runner.h"

#include <stdio.h>
#include <string.h>

/* One connection of a client, whose end the test is. */
struct connection {
	struct sp_http_exchange exchange; /* the first member */
	char sent[4096];
	size_t unread; /* what the client has not taken */
	bool begun, ended;
};

static struct {
	struct mcp_kept kept;
	struct mcp_server server;
	struct mcp_session *session;
	int64_t now;
} kit;

/* ---- a connection -------------------------------------------------------------------------------------------------- */

static struct connection *of(struct sp_http_exchange *exchange)
{
	return (struct connection *)exchange;
}

static const char *no_header(const struct sp_http_exchange *exchange SP_UNUSED, const char *name SP_UNUSED)
{
	return NULL;
}

static void on_gone(struct sp_http_exchange *exchange SP_UNUSED, void (*gone)(void *user) SP_UNUSED,
	void *user SP_UNUSED)
{
}

static void on_stream(struct sp_http_exchange *exchange SP_UNUSED, const struct sp_http_stream_events *events SP_UNUSED,
	void *user SP_UNUSED)
{
}

static void begin(struct sp_http_exchange *exchange, int status, const char *type,
	const struct sp_http_field *fields SP_UNUSED)
{
	ck_assert_int_eq(status, 200);
	ck_assert_str_eq(type, "text/event-stream");
	of(exchange)->begun = true;
}

static size_t send(struct sp_http_exchange *exchange, sp_bytes piece)
{
	struct connection *connection = of(exchange);
	size_t used = strlen(connection->sent);

	ck_assert(connection->begun && !connection->ended);
	snprintf(connection->sent + used, sizeof connection->sent - used, "%.*s", (int)piece.size,
		(const char *)piece.data);
	return connection->unread;
}

static void end(struct sp_http_exchange *exchange)
{
	of(exchange)->ended = true;
}

static void reply(struct sp_http_exchange *exchange, int status SP_UNUSED, const char *type SP_UNUSED,
	const struct sp_http_field *fields SP_UNUSED, sp_bytes body SP_UNUSED)
{
	of(exchange)->ended = true;
}

static const struct sp_http_exchange_ops exchange_ops = { .struct_size = sizeof exchange_ops,
	.header = no_header,
	.reply = reply,
	.on_gone = on_gone,
	.begin = begin,
	.send = send,
	.end = end,
	.on_stream = on_stream };

static void open_connection(struct connection *connection)
{
	*connection =
		(struct connection){ .exchange = { .struct_size = sizeof connection->exchange, .ops = &exchange_ops } };
}

/* What was sent since the last time. */
static void was_sent(struct connection *connection, const char *text)
{
	ck_assert_str_eq(connection->sent, text);
	connection->sent[0] = '\0';
}

static struct mcp_stream *stream_on(struct connection *connection, bool listens)
{
	struct mcp_stream *stream;

	open_connection(connection);
	stream = mcp_stream_create(kit.session, &connection->exchange);
	ck_assert_ptr_nonnull(stream);
	if (listens)
		mcp_stream_listen(stream);
	return stream;
}

/* ---- the server ---------------------------------------------------------------------------------------------------- */

static struct mcp_kept *the_kept(void *user SP_UNUSED)
{
	return &kit.kept;
}

static int64_t now(void *user SP_UNUSED)
{
	return kit.now;
}

static void set_up(void)
{
	const struct mcp_limits limits = { .requests = 9,
		.requests_per_session = 9,
		.kept_streams = 2,
		.kept_events = 3,
		.kept_bytes = 4096,
		.unread = 100 };
	struct mcp_fault fault;
	json_t *params = json_pack("{s:s}", "protocolVersion", "2025-06-18"); /* no first event */

	memset(&kit, 0, sizeof kit);
	kit.kept.generation = 1;
	kit.kept.sessions = json_object();
	kit.server.owner = (struct mcp_server_owner){ .kept = the_kept, .now = now, .wall_time = now };
	kit.server.settings = (struct mcp_preferences){ .sessions = 9, .session_ms = 1000, .limits = limits };
	kit.session = mcp_session_create(&kit.server, NULL, params, &fault);
	ck_assert_ptr_nonnull(kit.session);
	json_decref(params);
}

static void tear_down(void)
{
	if (kit.session)
		mcp_session_destroy(kit.session);
	json_decref(kit.kept.sessions);
}

/* ---- tests --------------------------------------------------------------------------------------------------------- */

/* Whatever stands between sees that a connection lives, though nothing is said; before the first event there is none to see.
 * A session whose client listens is used. */
START_TEST(connections_are_kept_alive)
{
	static struct connection listening, calling; /* until the session is torn down */
	json_t *message = json_object();
	struct mcp_stream *call;

	stream_on(&listening, true);
	call = stream_on(&calling, false);
	was_sent(&listening, "");
	kit.now = 15000;
	mcp_sessions_tend(&kit.server);
	was_sent(&listening, ": keepalive\n\n");
	was_sent(&calling, "");
	mcp_sessions_tell(&kit.server, "notifications/tools/list_changed");
	ck_assert_ptr_nonnull(strstr(listening.sent, "list_changed"));
	call->reply.ops->send(&call->reply, message);
	json_decref(message);
	calling.sent[0] = '\0';
	call->reply.ops->keep_alive(&call->reply);
	was_sent(&calling, ": keepalive\n\n");
	ck_assert_uint_eq(kit.server.session_count, 1);
}
END_TEST

START_TEST(a_session_that_nobody_uses_ends)
{
	kit.now = 999;
	mcp_sessions_tend(&kit.server);
	ck_assert_uint_eq(kit.server.session_count, 1);
	kit.now = 1000;
	mcp_sessions_tend(&kit.server);
	ck_assert_uint_eq(kit.server.session_count, 0);
	ck_assert_uint_eq(json_object_size(kit.kept.sessions), 0);
	kit.session = NULL;
}
END_TEST

/* Who does not read is cut off, comes back, and is sent what was kept: the latest. */
START_TEST(who_does_not_read_comes_back)
{
	static struct connection slow, again; /* until the session is torn down */
	struct mcp_stream *stream = stream_on(&slow, true);
	char last[48];

	for (int i = 1; i <= 4; i++) {
		json_t *message = json_pack("{s:i}", "n", i);

		slow.unread = i == 4 ? 101 : 100;
		mcp_stream_push(stream, message);
		json_decref(message);
	}
	ck_assert(slow.ended);
	ck_assert_ptr_nonnull(strstr(slow.sent, "{\"n\":4}"));
	open_connection(&again);
	snprintf(last, sizeof last, "%llu-%d", (unsigned long long)stream->number, 0);
	ck_assert(mcp_stream_resume(kit.session, &again.exchange, last));
	ck_assert_ptr_null(strstr(again.sent, "{\"n\":1}")); /* three are kept */
	ck_assert_ptr_nonnull(strstr(again.sent, "{\"n\":2}"));
	ck_assert_ptr_nonnull(strstr(again.sent, "{\"n\":4}"));
	ck_assert(!mcp_stream_resume(kit.session, &again.exchange, "7-1"));
	ck_assert(!mcp_stream_resume(kit.session, &again.exchange, "nonsense"));
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(connections_are_kept_alive), TEST(a_session_that_nobody_uses_ends),
		TEST(who_does_not_read_comes_back) };

	return run_suite(&SUITE(cases, "mcp streams", .set_up = set_up, .tear_down = tear_down));
}
