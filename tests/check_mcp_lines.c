/* check_mcp_lines.c: MCP by lines, when the client goes, does not read, or speaks to the next instance.
 * links: signalpy -lcrypto plugins/mcp/lines.c plugins/mcp/batch.c plugins/mcp/request.c plugins/mcp/session.c
 * links: plugins/mcp/stream.c plugins/mcp/http_reply.c plugins/mcp/caller.c plugins/mcp/changes.c
 * links: plugins/mcp/catalogue.c plugins/mcp/names.c plugins/mcp/built_in.c plugins/mcp/template.c
 * links: plugins/mcp/message.c plugins/mcp/methods.c plugins/mcp/modern.c plugins/mcp/older.c plugins/mcp/headers.c
 * links: plugins/mcp/asks.c plugins/mcp/seal.c plugins/mcp/about.c plugins/mcp/tools.c plugins/mcp/prompts.c
 * links: plugins/mcp/resources.c plugins/mcp/completion.c plugins/mcp/runs.c plugins/mcp/tasks.c
 * links: plugins/mcp/task_calls.c plugins/mcp/task_methods.c plugins/mcp/task_rounds.c */
#include "../plugins/mcp/lines.h"

#include "../plugins/mcp/changes.h"
#include "../plugins/mcp/session.h"
#include "mcp_kit.h"
#include "runner.h"

#include <signalpy/caller.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CALLS_MAX = 2048, MEBIBYTE = 1024 * 1024 };

/* ---- a gateway that answers when it is told to ------------------------------------------------------------------- */

struct sp_call {
	struct sp_request request;
	bool cancelled;
};

static struct {
	struct sp_call calls[CALLS_MAX];
	size_t call_count, cancelled;
	char caller[32];
	struct mcp_kept kept;
	struct mcp_server server, next; /* the next instance */
	int working;
	int64_t wall_time;
	struct sp_conversation conversation;
	char written[8192], remembered[512], closed[128];
	size_t unread; /* what the client has not taken */
	unsigned closes;
	struct mcp_lines *lines;
} kit;

static const struct sp_exposed sell = { .struct_size = sizeof sell,
	.address = "shop.sell",
	.instance = "shop",
	.component = "shop",
	.runnable = "sell",
	.transports = SP_MCP };

static void call(const struct sp_gateway *gateway SP_UNUSED, const struct sp_request *request, sp_call **ret_call)
{
	struct sp_call *made = &kit.calls[kit.call_count++];

	made->request = *request;
	snprintf(kit.caller, sizeof kit.caller, "%s%s", request->identity->name,
		request->identity->privileged ? ", privileged" : "");
	*ret_call = made;
}

static void cancel(const struct sp_gateway *gateway SP_UNUSED, sp_call *made)
{
	ck_assert(!made->cancelled);
	made->cancelled = true;
	kit.cancelled++;
}

static const struct sp_exposed *find(const struct sp_gateway *gateway SP_UNUSED, const char *address)
{
	return strcmp(address, sell.address) == 0 ? &sell : NULL;
}

static void each(const struct sp_gateway *gateway SP_UNUSED, unsigned transports SP_UNUSED,
	bool (*visit)(void *user, const struct sp_exposed *exposed), void *user)
{
	visit(user, &sell);
}

static void each_skill(const struct sp_gateway *gateway SP_UNUSED,
	bool (*visit)(void *user, const struct sp_exposed_skill *skill) SP_UNUSED, void *user SP_UNUSED)
{
}

static void each_kind(const struct sp_gateway *gateway SP_UNUSED,
	bool (*visit)(void *user, const struct sp_exposed_kind *kind) SP_UNUSED, void *user SP_UNUSED)
{
}

static int64_t revision(const struct sp_gateway *gateway SP_UNUSED)
{
	return 1;
}

static void each_of(const struct sp_gateway *gateway SP_UNUSED, const char *instance SP_UNUSED,
	const struct sp_exposed_visitor *visitor, void *user)
{
	if (visitor->runnable)
		visitor->runnable(user, &sell);
}

static const struct sp_gateway gateway = { .call = call,
	.revision = revision,
	.each_of = each_of,
	.cancel = cancel,
	.find = find,
	.each = each,
	.each_skill = each_skill,
	.each_kind = each_kind };

/* The latest call ends. */
static void answer(void)
{
	const struct sp_call *made = &kit.calls[kit.call_count - 1];
	json_t *data = json_pack("{s:i}", "price", 7);
	const struct sp_answer given = { .struct_size = sizeof given, .status = SP_OK, .data = data };

	made->request.done(made->request.user, &given);
	json_decref(data);
}

/* The latest call asks its caller. */
static void ask(void)
{
	const struct sp_call *made = &kit.calls[kit.call_count - 1];
	json_t *questions = json_pack("{s:{s:s}}", "who", "method", "elicitation/create");
	const struct sp_answer given = { .struct_size = sizeof given,
		.status = SP_INPUT_REQUIRED,
		.code = "input_required",
		.message = "asked",
		.questions = questions };

	made->request.done(made->request.user, &given);
	json_decref(questions);
}

/* ---- a conversation that is kept as text ------------------------------------------------------------------------- */

static size_t on_write(struct sp_conversation *conversation SP_UNUSED, const char *line, size_t size)
{
	size_t used = strlen(kit.written);

	ck_assert_ptr_null(memchr(line, '\n', size));
	snprintf(kit.written + used, sizeof kit.written - used, "%.*s\n", (int)size, line);
	return kit.unread;
}

static void on_close(struct sp_conversation *conversation SP_UNUSED, const char *why)
{
	kit.closes++;
	snprintf(kit.closed, sizeof kit.closed, "%s", why ? why : "-");
}

static sp_status on_remember(struct sp_conversation *conversation SP_UNUSED, const char *text)
{
	snprintf(kit.remembered, sizeof kit.remembered, "%s", text);
	return SP_OK;
}

static const struct sp_conversation_ops ops = { sizeof ops, on_write, on_close, on_remember };

static const struct sp_identity ada = { .struct_size = sizeof ada, .name = "ada", .privileged = true };

static void take(const char *line)
{
	mcp_lines_take(kit.lines, line, strlen(line));
}

#define REQUEST(id, method, params) \
	"{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"" method "\",\"params\":{" params "}}"
#define META \
	"\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"," \
	"\"io.modelcontextprotocol/clientCapabilities\":{}}"
#define CALL(id) REQUEST(id, "tools/call", "\"name\":\"shop_sell\",\"_meta\":{\"progressToken\":1}")
#define MODERN_CALL(id) REQUEST(id, "tools/call", "\"name\":\"shop_sell\"," META)

/* Exactly this was written since the last time, NULL: whatever it was. */
static void wrote(const char *text)
{
	if (text)
		ck_assert_str_eq(kit.written, text);
	kit.written[0] = '\0';
}

static void begin(const char *version)
{
	char line[256];

	snprintf(line, sizeof line,
		REQUEST("0", "initialize", "\"protocolVersion\":\"%s\",\"capabilities\":{\"elicitation\":{}}"),
		version);
	take(line);
	ck_assert_ptr_nonnull(strstr(kit.written, version));
	wrote(NULL);
}

/* ---- the server -------------------------------------------------------------------------------------------------- */

static const struct sp_gateway *the_gateway(void *user SP_UNUSED)
{
	return &gateway;
}

static struct mcp_kept *the_kept(void *user SP_UNUSED)
{
	return &kit.kept;
}

static int64_t no_time(void *user SP_UNUSED)
{
	return 0;
}

static int64_t wall_time(void *user SP_UNUSED)
{
	return kit.wall_time;
}

static const struct sp_auth *no_auth(void *user SP_UNUSED)
{
	return NULL;
}

static void work(void *user SP_UNUSED, bool begins)
{
	kit.working += begins ? 1 : -1;
}

static void no_wake(void *user SP_UNUSED, int64_t milliseconds SP_UNUSED)
{
}

static void no_heir(void *user SP_UNUSED, const json_t *record SP_UNUSED)
{
}

static void start(struct mcp_server *server)
{
	server->owner = (struct mcp_server_owner){ the_gateway, the_kept, no_time, wall_time, no_auth, work, no_wake,
		no_heir, server };
	server->settings = (struct mcp_preferences){ .name = "test",
		.version = "1",
		.sessions = 4,
		.session_ms = 1000,
		.limits = { .requests = 2000,
			.requests_per_session = 1024,
			.batch = 3,
			.subscriptions = 9,
			.uri = 99,
			.kept_streams = 9,
			.kept_events = 9,
			.kept_bytes = MEBIBYTE,
			.unread = MEBIBYTE } };
	ck_assert(mcp_changes_take(server));
}

static void set_up(void)
{
	memset(&kit, 0, sizeof kit);
	kit.kept.generation = 1;
	kit.kept.sessions = json_object();
	ck_assert(mcp_key_make(&kit.kept.key));
	start(&kit.server);
	kit.conversation =
		(struct sp_conversation){ .struct_size = sizeof kit.conversation, .ops = &ops, .identity = &ada };
	kit.lines = mcp_lines_open(&kit.server, &kit.conversation);
	ck_assert_ptr_nonnull(kit.lines);
}

static void tear_down(void)
{
	mcp_server_close(&kit.server);
	if (kit.next.owner.work)
		mcp_server_close(&kit.next);
	ck_assert_int_eq(kit.working, 0);
	json_decref(kit.kept.sessions);
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

/* R-PR-4: the one who speaks is who calls, in both eras. */
START_TEST(the_peer_is_the_caller)
{
	take(MODERN_CALL("1"));
	ck_assert_str_eq(kit.caller, "ada, privileged");
	begin("2025-11-25");
	kit.caller[0] = '\0';
	take(CALL("2"));
	ck_assert_str_eq(kit.caller, "ada, privileged");
	ck_assert_ptr_null(kit.server.caller);
}
END_TEST

/* Who goes gives up all that was asked: in either era, and in batches. */
START_TEST(who_goes_cancels_everything)
{
	begin("2025-03-26");
	take(CALL("1"));
	take(MODERN_CALL("2"));
	take("[" CALL("3") "," REQUEST("4", "ping", "") "]");
	wrote("");
	ck_assert_uint_eq(kit.call_count, 3);
	mcp_lines_destroy(kit.lines);
	ck_assert_uint_eq(kit.cancelled, 3);
	wrote("");
	ck_assert_uint_eq(kit.server.session_count, 0);
	ck_assert_ptr_null(kit.server.requests);
}
END_TEST

START_TEST(who_cancels_is_not_answered)
{
	static const char line[] =
		"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":%d}}";
	char text[128];

	begin("2025-03-26");
	take(CALL("1"));
	take(MODERN_CALL("2"));
	take("[" CALL("3") "," REQUEST("4", "ping", "") "]");
	for (int id = 0; id < 5; id++) {
		snprintf(text, sizeof text, line, id);
		take(text);
		take(text);
	}
	ck_assert_uint_eq(kit.cancelled, 3);
	wrote("[{\"jsonrpc\":\"2.0\",\"id\":4,\"result\":{}}]\n");
}
END_TEST

/* What one client has asked is not another's to cancel, though the ids are the same. */
START_TEST(conversations_are_apart)
{
	struct sp_conversation another = kit.conversation;
	struct mcp_lines *other = mcp_lines_open(&kit.server, &another);
	static const char line[] =
		"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":1}}";

	take(MODERN_CALL("1"));
	mcp_lines_take(other, line, strlen(line));
	ck_assert_uint_eq(kit.cancelled, 0);
	mcp_lines_destroy(other);
	ck_assert_uint_eq(kit.cancelled, 0);
	answer();
	ck_assert_ptr_nonnull(strstr(kit.written, "\"price\":7"));
}
END_TEST

/* A client that says no more gets its answers; what has no end of its own, or waits for it, ends. */
START_TEST(the_end_waits_for_answers)
{
	begin("2025-11-25");
	take(CALL("1"));
	ask();
	ck_assert_ptr_nonnull(strstr(kit.written, "elicitation/create"));
	take(REQUEST("2", "subscriptions/listen", "\"notifications\":{\"toolsListChanged\":true}," META));
	take(MODERN_CALL("3"));
	wrote(NULL);
	mcp_lines_end(kit.lines);
	ck_assert_ptr_nonnull(strstr(kit.written, "\"id\":1,\"error\""));
	ck_assert_ptr_nonnull(strstr(kit.written, "\"id\":2,\"result\""));
	ck_assert_uint_eq(kit.closes, 0);
	answer();
	ck_assert_ptr_nonnull(strstr(kit.written, "\"id\":3,\"result\""));
	ck_assert_uint_eq(kit.closes, 1);
	ck_assert_str_eq(kit.closed, "-");
}
END_TEST

START_TEST(the_end_is_at_once_when_nothing_is_asked)
{
	begin("2025-11-25");
	mcp_lines_end(kit.lines);
	ck_assert_uint_eq(kit.closes, 1);
}
END_TEST

/* Who does not read what it is told is cut off: of changes, and of progress. Answers may be as large as they are. */
START_TEST(who_does_not_read_is_cut_off)
{
	begin("2025-11-25");
	take(CALL("1"));
	kit.unread = MEBIBYTE;
	mcp_sessions_tell(&kit.server, "notifications/tools/list_changed");
	ck_assert_uint_eq(kit.closes, 0);
	kit.unread++;
	if (_i == 0)
		mcp_sessions_tell(&kit.server, "notifications/tools/list_changed");
	else if (_i == 1)
		kit.calls[0].request.progress(kit.calls[0].request.user, 1, 2, NULL);
	else
		answer();
	ck_assert_uint_eq(kit.closes, _i < 2);
	if (_i < 2)
		ck_assert_str_eq(kit.closed, "the client does not read what it is told");
}
END_TEST

START_TEST(only_so_much_may_be_under_way)
{
	char line[256];

	for (int i = 0; i < 1024; i++) {
		snprintf(line, sizeof line, MODERN_CALL("%d"), i);
		take(line);
	}
	wrote("");
	take(MODERN_CALL("\"one more\""));
	ck_assert_ptr_nonnull(strstr(kit.written, "\"id\":\"one more\",\"error\":{\"code\":"));
	wrote(NULL);
	answer();
	wrote(NULL);
	take(MODERN_CALL("\"one more\""));
	wrote("");
}
END_TEST

START_TEST(only_so_much_may_be_in_a_batch)
{
	static const char ping[] = REQUEST("1", "ping", "");
	char line[256];

	begin("2025-03-26");
	snprintf(line, sizeof line, "[%s,%s,%s]", ping, ping, ping);
	take(line);
	ck_assert_int_eq(kit.written[0], '[');
	wrote(NULL);
	snprintf(line, sizeof line, "[%s,%s,%s,%s]", ping, ping, ping, ping);
	take(line);
	ck_assert_ptr_nonnull(strstr(kit.written, "\"code\":-32600"));
}
END_TEST

/* The next instance knows the session; the former one answers what it was asked, and tells and asks nothing else. */
START_TEST(the_next_instance_goes_on)
{
	struct sp_conversation again = kit.conversation;
	struct mcp_lines *next;
	static const char ping[] = REQUEST("9", "ping", "");

	begin("2025-06-18");
	take(REQUEST("1", "logging/setLevel", "\"level\":\"error\""));
	take(REQUEST("2", "resources/subscribe", "\"uri\":\"x://y\""));
	take(CALL("3"));
	wrote(NULL);
	kit.kept.generation++;
	mcp_lines_leave(&kit.server);
	again.remembered = kit.remembered;
	start(&kit.next);
	next = mcp_lines_open(&kit.next, &again);
	ck_assert_uint_eq(kit.next.session_count, 1);
	ck_assert_str_eq(kit.next.sessions->version, "2025-06-18");
	ck_assert_int_eq(kit.next.sessions->log_level, SP_ERROR);
	ck_assert_uint_eq(kit.next.sessions->can_ask, SP_ELICITATION);
	ck_assert_ptr_nonnull(strstr(kit.written, "notifications/prompts/list_changed"));
	wrote(NULL);
	mcp_sessions_tell_resource(&kit.server, "notifications/resources/updated", "x://y");
	wrote("");
	mcp_sessions_tell_resource(&kit.next, "notifications/resources/updated", "x://y");
	ck_assert_ptr_nonnull(strstr(kit.written, "x://y"));
	wrote(NULL);
	if (_i == 0)
		answer();
	else
		ask();
	ck_assert_ptr_nonnull(strstr(kit.written, _i == 0 ? "\"price\":7" : "\"isError\":true"));
	wrote(NULL);
	mcp_lines_take(next, ping, strlen(ping));
	wrote("{\"jsonrpc\":\"2.0\",\"id\":9,\"result\":{}}\n");
}
END_TEST

/* A modern client brings the state back with its answers, within the hour; then it begins anew. */
START_TEST(a_state_lasts_an_hour)
{
	const char *state;
	json_t *asked, *again, *answered;
	char *line;

	take(REQUEST("1", "tools/call",
		"\"name\":\"shop_sell\",\"_meta\":{"
		"\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
		"\"io.modelcontextprotocol/clientCapabilities\":{\"elicitation\":{}}}"));
	ask();
	asked = json_loads(kit.written, 0, NULL);
	state = mcp_text_at(asked, "result.requestState");
	wrote(NULL);
	kit.wall_time = _i == 0 ? 3600000 : 3600001;
	again = json_loads(REQUEST("2", "tools/call", "\"name\":\"shop_sell\"," META), 0, NULL);
	json_object_set_new(json_object_get(again, "params"), "requestState", json_string(state));
	line = json_dumps(again, 0);
	take(line);
	if (_i == 0) {
		wrote(""); /* it is called again */
		ck_assert_uint_eq(kit.call_count, 2);
	} else {
		answered = json_loads(kit.written, 0, NULL);
		ck_assert_int_eq(mcp_number_at(answered, "error.code"), -32602);
		ck_assert_ptr_nonnull(strstr(mcp_text_at(answered, "error.message"), "too old"));
		json_decref(answered);
	}
	json_decref(asked);
	json_decref(again);
	free(line);
}
END_TEST

/* What cannot be read is no session. */
START_TEST(what_was_remembered_may_be_nonsense)
{
	static const char *const texts[] = { "", "{", "[]", "{\"version\":7}" };
	struct sp_conversation again = kit.conversation;
	struct mcp_lines *next;

	again.remembered = texts[_i];
	next = mcp_lines_open(&kit.server, &again);
	ck_assert_ptr_nonnull(next);
	ck_assert_uint_eq(kit.server.session_count, 0);
	wrote("");
}
END_TEST

/* A session by lines makes room for nobody, and is nobody else's. */
START_TEST(sessions_stay_while_they_are_spoken_in)
{
	struct mcp_fault fault;

	begin("2025-11-25");
	kit.server.settings.sessions = 1;
	ck_assert_ptr_null(mcp_session_create(&kit.server, NULL, NULL, &fault));
	mcp_sessions_tend(&kit.server);
	ck_assert_uint_eq(kit.server.session_count, 1);
	ck_assert_uint_eq(json_object_size(kit.kept.sessions), 0);
	begin("2025-06-18"); /* its own room */
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(the_peer_is_the_caller), TEST(who_goes_cancels_everything),
		TEST(who_cancels_is_not_answered), TEST(conversations_are_apart), TEST(the_end_waits_for_answers),
		TEST(the_end_is_at_once_when_nothing_is_asked), TEST(who_does_not_read_is_cut_off, .times = 3),
		TEST(only_so_much_may_be_under_way), TEST(only_so_much_may_be_in_a_batch),
		TEST(the_next_instance_goes_on, .times = 2), TEST(what_was_remembered_may_be_nonsense, .times = 4),
		TEST(sessions_stay_while_they_are_spoken_in), TEST(a_state_lasts_an_hour, .times = 2) };

	return run_suite(&SUITE(cases, "mcp by lines", .set_up = set_up, .tear_down = tear_down));
}
