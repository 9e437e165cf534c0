/* check_mcp_stream.c: streams of events of a session: kept alive, come back for, and cut off when nobody reads them.
 * links: signalpy plugins/mcp/about.c plugins/mcp/asks.c plugins/mcp/batch.c plugins/mcp/built_in.c
 * links: plugins/mcp/caller.c plugins/mcp/catalogue.c plugins/mcp/changes.c plugins/mcp/completion.c
 * links: plugins/mcp/headers.c plugins/mcp/lines.c plugins/mcp/http_reply.c plugins/mcp/message.c plugins/mcp/methods.c
 * links: plugins/mcp/modern.c plugins/mcp/names.c plugins/mcp/older.c plugins/mcp/prompts.c plugins/mcp/request.c
 * links: plugins/mcp/resources.c plugins/mcp/runs.c plugins/mcp/seal.c plugins/mcp/session.c plugins/mcp/stream.c
 * links: plugins/mcp/task_calls.c plugins/mcp/task_methods.c plugins/mcp/task_rounds.c plugins/mcp/tasks.c
 * links: plugins/mcp/template.c plugins/mcp/tools.c -lcrypto */
#include "../plugins/mcp/session.h"
#include "fake_exchange.h"
#include "runner.h"

#include <stdio.h>
#include <string.h>

static struct {
	struct mcp_kept kept;
	struct mcp_server server;
	struct mcp_session *session;
	int64_t now;
} kit;

static struct mcp_stream *stream_on(struct fake_exchange *connection, bool listens)
{
	struct mcp_stream *stream;

	fake_exchange_init(connection, "POST", NULL, NULL);
	stream = mcp_stream_create(kit.session, &connection->exchange);
	ck_assert_ptr_nonnull(stream);
	if (listens)
		mcp_stream_listen(stream);
	return stream;
}

/* ---- the server -------------------------------------------------------------------------------------------------- */

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

/* ---- tests ------------------------------------------------------------------------------------------------------- */

/* Whatever stands between sees that a connection lives, though nothing is said; an answer that takes longer than from
 * one time to the next begins for that. A session whose client listens is used. */
START_TEST(connections_are_kept_alive)
{
	static struct fake_exchange listening, calling; /* until the session is torn down */
	json_t *message = json_object();
	struct mcp_stream *call;

	stream_on(&listening, true);
	call = stream_on(&calling, false);
	fake_exchange_was_sent(&listening, "");
	kit.now = 15000;
	mcp_sessions_tend(&kit.server);
	fake_exchange_was_sent(&listening, ": keepalive\n\n");
	fake_exchange_was_sent(&calling, "");
	mcp_sessions_tend(&kit.server);
	fake_exchange_was_sent(&calling, ": keepalive\n\n");
	mcp_sessions_tell(&kit.server, "notifications/tools/list_changed");
	fake_exchange_was_told(&listening, "list_changed");
	call->reply.ops->send(&call->reply, message);
	json_decref(message);
	calling.sent[0] = '\0';
	call->reply.ops->keep_alive(&call->reply);
	fake_exchange_was_sent(&calling, ": keepalive\n\n");
	ck_assert_uint_eq(kit.server.session_count, 1);
}
END_TEST

/* A client of 2025-11-25 is given an id before the first event, which no other event has; who comes back has one, and
 * is not led past what was kept. */
START_TEST(the_first_id_is_no_other_events)
{
	static struct fake_exchange lost, again; /* until the session is torn down */
	json_t *message = json_object();
	struct mcp_stream *stream;
	char text[192], last[48];

	kit.session->version = "2025-11-25";
	stream = stream_on(&lost, false);
	mcp_stream_push(stream, message);
	snprintf(last, sizeof last, "%llu", (unsigned long long)stream->number);
	snprintf(text, sizeof text, "id: %s-0\nretry: 1000\ndata: \n\nid: %s-1\nevent: message\ndata: {}\n\n", last,
		last);
	fake_exchange_was_sent(&lost, text);
	mcp_stream_push(stream, message);
	json_decref(message);
	fake_exchange_init(&again, "GET", NULL, NULL);
	snprintf(text, sizeof text, "%s-1", last);
	ck_assert(mcp_stream_resume(kit.session, &again.exchange, text));
	snprintf(text, sizeof text, "id: %s-2\nevent: message\ndata: {}\n\n", last);
	fake_exchange_was_sent(&again, text);
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
	static struct fake_exchange slow, again; /* until the session is torn down */
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
	fake_exchange_init(&again, "GET", NULL, NULL);
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
	const struct test_case cases[] = { TEST(connections_are_kept_alive), TEST(the_first_id_is_no_other_events),
		TEST(a_session_that_nobody_uses_ends), TEST(who_does_not_read_comes_back) };

	return run_suite(&SUITE(cases, "mcp streams", .set_up = set_up, .tear_down = tear_down));
}
