/* check_mcp.c: the plugin mcp by a clock that the test moves: what it tells of itself, and when; and what it does without a
 * server of HTTP. links: signalpy */
#include "fake_exchange.h"
#include "runner.h"

#include <dlfcn.h>
#include <signalpy/component.h>
#include <signalpy/conversations.h>
#include <signalpy/testing.h>
#include <stdio.h>
#include <string.h>

/* ---- a tool that takes its time, and one that comes and goes ----------------------------------------------------- */

/* clang-format off */
SP_CHOICE(pace, slowly, steadily, fast);
SP_RECORD(walked, (choice(pace), pace, .required = true), (string, where));
SP_COMPONENT(slow,
	(about,    "Works until it is let go."),
	(skill,    walk, "Walk {pace} to {where}.", .about = "How to walk.", .takes = &walked_record),
	(later,    work, nothing, nothing, .timeout_ms = 600000),
	(runnable, let_go, nothing, nothing),
	(member,   sp_call *, call));
SP_COMPONENT(brief,
	(about,    "Is there now and then."),
	(runnable, nod, nothing, nothing));
/* clang-format on */

static sp_status slow_work(struct slow *self, sp_call *call)
{
	self->call = call;
	return SP_LATER;
}

static sp_status slow_let_go(struct slow *self)
{
	sp_finish(self->call, SP_OK);
	return SP_OK;
}

static sp_status brief_nod(struct brief *self SP_UNUSED)
{
	return SP_OK;
}

static const struct sp_plugin slow_plugin = { { SP_ABI_MAJOR, sizeof(struct sp_plugin) }, "slow", "1.0.0",
	(const struct sp_component *const[]){ &slow_component, NULL } };
static const struct sp_plugin brief_plugin = { { SP_ABI_MAJOR, sizeof(struct sp_plugin) }, "brief", "1.0.0",
	(const struct sp_component *const[]){ &brief_component, NULL } };

/* ---- a host ------------------------------------------------------------------------------------------------------ */

static struct {
	sp_testing *testing;
	sp_http_handler handler; /* of /mcp */
	void *handler_user;
	const struct sp_conversation_events *speaker;
	void *speaker_user;
	char line[512]; /* the latest of the conversation */
} kit;

static sp_status mount(const struct sp_http *http SP_UNUSED, const char *prefix, sp_http_handler handler, void *user)
{
	if (strcmp(prefix, "/mcp") == 0) {
		kit.handler = handler;
		kit.handler_user = user;
	}
	return SP_OK;
}

static sp_status serve(const struct sp_conversations *service SP_UNUSED, const char *name,
	const struct sp_conversation_events *events, void *user)
{
	ck_assert_str_eq(name, "mcp");
	kit.speaker = events;
	kit.speaker_user = user;
	return SP_OK;
}

static const struct sp_http http = { .service = { .size = sizeof http }, .mount = mount };
static const struct sp_conversations conversations = { .service = { .size = sizeof conversations }, .serve = serve };

static void set_up(void)
{
	void *library = dlopen(TEST_BUILD_DIR "/lib/signalpy/plugins/mcp.so", RTLD_NOW | RTLD_LOCAL);

	ck_assert_msg(library != NULL, "%s", dlerror());
	memset(&kit, 0, sizeof kit);
	kit.testing = sp_testing_create(NULL);
	ck_assert_ptr_nonnull(kit.testing);
	ck_assert_int_eq(sp_kernel_provide(sp_testing_kernel(kit.testing), &sp_conversations_contract, &conversations,
				 NULL, 0),
		SP_OK);
	ck_assert_ptr_nonnull(sp_testing_add(kit.testing, &slow_plugin, NULL));
	ck_assert_ptr_nonnull(sp_testing_add(kit.testing, dlsym(library, "signalpy_plugin"), NULL));
	ck_assert_str_eq(sp_testing_state(kit.testing, "mcp"), "active");
}

static void tear_down(void)
{
	sp_testing_destroy(kit.testing);
}

static void bring_http(void)
{
	ck_assert_int_eq(sp_kernel_provide(sp_testing_kernel(kit.testing), &sp_http_contract, &http, NULL, 0), SP_OK);
	sp_testing_turn(kit.testing);
	ck_assert(kit.handler != NULL);
}

/* ---- clients ----------------------------------------------------------------------------------------------------- */

#define TYPES "Content-Type", "application/json", "Accept", "application/json, text/event-stream"

/* Sends a request of the modern era, whose answer may come later. */
static void ask(struct fake_exchange *fake, const char *method, const char *name, const char *params)
{
	const char *const fields[] = { TYPES, "MCP-Protocol-Version", "2026-07-28", "Mcp-Method", method,
		name ? "Mcp-Name" : NULL, name, NULL };
	char body[512];

	snprintf(body, sizeof body,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":{%s\"_meta\":{"
		"\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
		"\"io.modelcontextprotocol/clientCapabilities\":{}}}}",
		method, params);
	fake_exchange_init(fake, "POST", fields, body);
	kit.handler(kit.handler_user, &fake->exchange);
	fake->fields = NULL;
	sp_testing_turn(kit.testing);
}

static void listen(struct fake_exchange *fake)
{
	ask(fake, "subscriptions/listen", NULL, "\"notifications\":{\"toolsListChanged\":true},");
	fake_exchange_was_told(fake, "acknowledged");
}

static const char keepalive[] = ": keepalive\n\n";

/* ---- when -------------------------------------------------------------------------------------------------------- */

/* Who listens hears every 15 seconds that the connection lives, and not a moment before. */
START_TEST(streams_are_kept_alive_every_15_seconds)
{
	static struct fake_exchange listener; /* until the plugin ends */

	bring_http();
	listen(&listener);
	for (int i = 0; i < 3; i++) {
		sp_testing_advance(kit.testing, i ? 14999 : 0);
		fake_exchange_was_sent(&listener, "");
		sp_testing_advance(kit.testing, i ? 1 : 15000);
		fake_exchange_was_sent(&listener, keepalive);
	}
	fake_exchange_go(&listener);
	sp_testing_advance(kit.testing, 15000); /* nothing is sent to who has gone */
}
END_TEST

/* A call that takes longer than a proxy waits becomes a stream between 15 and 30 seconds behind its beginning. */
START_TEST(a_long_call_becomes_a_stream)
{
	static struct fake_exchange call; /* until the plugin ends */

	bring_http();
	ask(&call, "tools/call", "slow_work", "\"name\":\"slow_work\",");
	sp_testing_advance(kit.testing, 15000);
	ck_assert_int_eq(call.status, 0);
	sp_testing_advance(kit.testing, 15000);
	ck_assert(call.begun && !call.ended);
	fake_exchange_was_sent(&call, keepalive);
	sp_testing_advance(kit.testing, 15000);
	fake_exchange_was_sent(&call, keepalive);
	json_decref(sp_testing_call_new(kit.testing, "slow.let_go", "{}"));
	ck_assert(call.ended);
	fake_exchange_was_told(&call, "\"isError\":false");
}
END_TEST

/* R-PL-1: changes that never cease do not keep who listens from being told; and several in a row are told once. */
START_TEST(changes_are_told_while_there_are_more)
{
	static struct fake_exchange listener; /* until the plugin ends */
	sp_plugin_handle *plugin = NULL;

	bring_http();
	listen(&listener);
	for (int i = 0; i < 5; i++) {
		fake_exchange_was_sent(&listener, "");
		if (plugin)
			sp_testing_remove(kit.testing, plugin);
		plugin = plugin ? NULL : sp_testing_add(kit.testing, &brief_plugin, NULL);
		sp_testing_advance(kit.testing, i < 4 ? 2 : 3);
	}
	fake_exchange_was_told(&listener, "notifications/tools/list_changed");
}
END_TEST

/* ---- skills ------------------------------------------------------------------------------------------------------ */

#define COMPLETE(prompt, argument, value) \
	"\"ref\":{\"type\":\"ref/prompt\",\"name\":\"" prompt "\"},\"argument\":{\"name\":\"" argument \
	"\",\"value\":\"" value "\"},"

static void expect(const char *method, const char *name, const char *params, const char *text)
{
	static struct fake_exchange fake;

	ask(&fake, method, name, params);
	fake_exchange_was_told(&fake, text);
}

/* A skill is a prompt, whose arguments are filled in and completed, and a resource as it was written. */
START_TEST(skills_are_prompts_and_resources)
{
	bring_http();
	expect("prompts/list", NULL, "", "{\"name\":\"slow_walk\"");
	expect("prompts/get", "slow_walk", "\"name\":\"slow_walk\",\"arguments\":{\"pace\":\"fast\"},",
		"\"Walk fast to {where}.\"");
	expect("prompts/get", "slow_walk", "\"name\":\"slow_walk\",", "{\"argument\":\"pace\"}");
	expect("completion/complete", NULL, COMPLETE("slow_walk", "pace", "s"), "[\"slowly\",\"steadily\"]");
	expect("completion/complete", NULL, COMPLETE("slow_walk", "where", ""), "\"values\":[]");
	expect("completion/complete", NULL, COMPLETE("slow_run", "pace", ""), "-32602");
	expect("resources/read", "skill://slow/walk", "\"uri\":\"skill://slow/walk\",", "\"Walk {pace} to {where}.\"");
}
END_TEST

/* ---- without a server of HTTP ------------------------------------------------------------------------------------ */

static size_t write_line(struct sp_conversation *conversation SP_UNUSED, const char *line, size_t size)
{
	snprintf(kit.line, sizeof kit.line, "%.*s", (int)size, line);
	return 0;
}

/* Conversations by lines need none; when one comes, /mcp is there as well. */
START_TEST(lines_need_no_http)
{
	static const char ping[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";
	static const struct sp_conversation_ops ops = { .struct_size = sizeof ops, .write = write_line };
	struct sp_conversation conversation = { .struct_size = sizeof conversation, .ops = &ops };
	void *opened;

	ck_assert(kit.handler == NULL);
	opened = kit.speaker->open(kit.speaker_user, &conversation);
	ck_assert_ptr_nonnull(opened);
	kit.speaker->line(opened, ping, sizeof ping - 1);
	ck_assert_str_eq(kit.line, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
	bring_http();
	kit.line[0] = '\0';
	kit.speaker->line(opened, ping, sizeof ping - 1);
	ck_assert_str_ne(kit.line, "");
	kit.speaker->gone(opened);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(streams_are_kept_alive_every_15_seconds),
		TEST(a_long_call_becomes_a_stream), TEST(changes_are_told_while_there_are_more),
		TEST(skills_are_prompts_and_resources), TEST(lines_need_no_http) };

	return run_suite(&SUITE(cases, "the plugin mcp", .set_up = set_up, .tear_down = tear_down));
}
