/*
 * check_conversations.c: servers that come and go, and the conversations that stay.
 * links: daemon/conversations.c daemon/shared_jsonrpc.c daemon/shared_text.c daemon/shared_span.c kernel/error.c */
#include "conversations.h"
#include "fake_runtime.h"
#include "runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a loop, a client, and servers that note what they are told -------------------------------------------------- */

static struct {
	struct conversations *all;
	struct sp_conversations table;
	struct sp_task *deferred;
	struct conversation *conversation;
	char written[512], told[512], closed[64];
	unsigned closes;
} kit;

/* A component that serves: an instance, and what it has opened. */
struct speaker {
	sp_runtime runtime;
	struct sp_conversation *conversation;
	char remembered[32];
	bool poor; /* it has no memory */
};

static void defer(void *loop, struct sp_task *task)
{
	(void)loop;
	ck_assert_ptr_null(kit.deferred);
	kit.deferred = task;
}

static const struct sp_loop_ops loop_ops = { .struct_size = sizeof loop_ops, .defer = defer };

static void turn(void)
{
	struct sp_task *task = kit.deferred;

	kit.deferred = NULL;
	if (task)
		task->run(task);
}

static void note(char *to, size_t room, const char *who, const char *what, size_t size)
{
	size_t used = strlen(to);

	snprintf(to + used, room - used, "%s:%.*s\n", who, (int)size, what);
}

static void *on_open(void *user, struct sp_conversation *conversation)
{
	struct speaker *speaker = user;

	ck_assert_int_eq(speaker->runtime.depth, 1);
	if (speaker->poor)
		return NULL;
	speaker->conversation = conversation;
	snprintf(speaker->remembered, sizeof speaker->remembered, "%s",
		conversation->remembered ? conversation->remembered : "-");
	return speaker;
}

static void tell(const struct speaker *speaker, const char *what, size_t size)
{
	ck_assert_int_eq(speaker->runtime.depth, 1);
	note(kit.told, sizeof kit.told, speaker->runtime.name, what, size);
}

static void on_line(void *opened, const char *line, size_t size)
{
	tell(opened, line ? line : "too long", line ? size : strlen("too long"));
}

static void on_ending(void *opened)
{
	tell(opened, "ending", strlen("ending"));
}

static void on_gone(void *opened)
{
	tell(opened, "gone", strlen("gone"));
}

static const struct sp_conversation_events events = { sizeof events, on_open, on_line, on_ending, on_gone };

static sp_status serve(struct speaker *speaker, const char *instance)
{
	*speaker = (struct speaker){ .poor = speaker->poor };
	fake_runtime_init(&speaker->runtime, instance);
	kit.table.service.consumer = &speaker->runtime;
	return kit.table.serve(&kit.table, "tongue", &events, speaker);
}

static size_t on_write(void *user, const char *line, size_t size)
{
	ck_assert_ptr_eq(user, &kit);
	note(kit.written, sizeof kit.written, "client", line, size);
	return strlen(kit.written);
}

static void on_close(void *user, const char *why)
{
	ck_assert_ptr_eq(user, &kit);
	kit.closes++;
	snprintf(kit.closed, sizeof kit.closed, "%s", why ? why : "-");
}

static void open_conversation(const char *name, struct sp_error *error)
{
	static const struct sp_identity identity = { .struct_size = sizeof identity, .name = "ada" };
	const struct conversation_carrier carrier = { name, &identity, on_write, on_close, &kit };

	kit.conversation = conversation_create(kit.all, &carrier, error);
}

static void say(const char *line)
{
	conversation_take(kit.conversation, (struct span){ line, strlen(line) });
}

static void was_told(const char *text)
{
	ck_assert_str_eq(kit.told, text);
	kit.told[0] = '\0';
}

static void set_up(void)
{
	kit.all = conversations_create(&loop_ops, NULL);
	kit.table = *conversations_table(kit.all);
	kit.table.service.self = kit.all;
}

static void tear_down(void)
{
	conversation_destroy(kit.conversation);
	conversations_destroy(kit.all);
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

START_TEST(lines_go_both_ways)
{
	struct speaker first = { .poor = false };
	struct sp_error error;

	ck_assert_int_eq(serve(&first, "first"), SP_OK);
	open_conversation("tongue", &error);
	ck_assert_str_eq(first.conversation->identity->name, "ada");
	ck_assert_str_eq(first.remembered, "-");
	say("hello");
	conversation_take(kit.conversation, (struct span){ NULL, 0 });
	was_told("first:hello\nfirst:too long\n");
	ck_assert_uint_eq(first.conversation->ops->write(first.conversation, "well", 4), strlen("client:well\n"));
	ck_assert_str_eq(kit.written, "client:well\n");
	conversation_destroy(kit.conversation);
	kit.conversation = NULL;
	was_told("first:gone\n");
	fake_sweep(&first.runtime);
}
END_TEST

START_TEST(what_nobody_speaks_cannot_be_opened)
{
	struct speaker poor = { .poor = true };
	struct sp_error error;

	open_conversation("tongue", &error);
	ck_assert_ptr_null(kit.conversation);
	ck_assert_int_eq(error.code, SP_UNAVAILABLE);
	serve(&poor, "poor");
	open_conversation("tongue", &error);
	ck_assert_ptr_null(kit.conversation);
	ck_assert_int_eq(error.code, SP_NO_MEMORY);
	ck_assert_int_eq(kit.table.serve(&kit.table, "", &events, NULL), SP_INVALID);
	ck_assert_int_eq(kit.table.serve(&kit.table, "tongue", NULL, NULL), SP_INVALID);
	fake_sweep(&poor.runtime);
	ck_assert(fake_ledger_is_empty(&poor.runtime));
}
END_TEST

/* A name belongs to the component that has it first, and to what replaces that. */
START_TEST(a_name_has_one_server)
{
	struct speaker first = { .poor = false }, other = { .poor = false }, next = { .poor = false };

	ck_assert_int_eq(serve(&first, "first"), SP_OK);
	ck_assert_int_eq(serve(&other, "other"), SP_CONFLICT);
	ck_assert_int_eq(serve(&next, "first"), SP_OK);
	fake_sweep(&first.runtime);
	ck_assert_int_eq(serve(&other, "other"), SP_CONFLICT);
	fake_sweep(&next.runtime);
	turn();
	ck_assert_int_eq(serve(&other, "other"), SP_OK);
	fake_sweep(&other.runtime);
}
END_TEST

/* R-PL-5: a replacement is told the lines, and what was remembered; the former one finishes what it has. */
START_TEST(a_replacement_goes_on)
{
	struct speaker old = { .poor = false }, new = { .poor = false };

	serve(&old, "first");
	turn();
	open_conversation("tongue", NULL);
	ck_assert_int_eq(old.conversation->ops->remember(old.conversation, "one"), SP_OK);
	ck_assert_int_eq(old.conversation->ops->remember(old.conversation, "two"), SP_OK);
	serve(&new, "first");
	if (_i == 0)
		turn(); /* else the next line finds out */
	say("hello");
	was_told("first:hello\n");
	ck_assert_str_eq(new.remembered, "two");
	ck_assert_ptr_null(new.conversation->remembered);
	old.conversation->ops->write(old.conversation, "old", 3);
	new.conversation->ops->write(new.conversation, "new", 3);
	ck_assert_str_eq(kit.written, "client:old\nclient:new\n");
	if (_i > 0)
		turn();
	fake_sweep(&old.runtime);
	turn();
	say("again");
	was_told("first:again\n");
	conversation_end(kit.conversation);
	was_told("first:ending\n");
	new.conversation->ops->close(new.conversation, NULL);
	ck_assert_uint_eq(kit.closes, 1);
	conversation_destroy(kit.conversation);
	kit.conversation = NULL;
	fake_sweep(&new.runtime);
}
END_TEST

/* A replacement that fails leaves everything as it was. */
START_TEST(a_replacement_that_fails_gives_back)
{
	struct speaker old = { .poor = false }, new = { .poor = false };
	struct sp_conversation *opened;

	serve(&old, "old");
	old.runtime.name = "first";
	open_conversation("tongue", NULL);
	opened = old.conversation;
	turn();
	serve(&new, "first");
	turn();
	fake_sweep(&new.runtime);
	turn();
	old.runtime.name = "old";
	say("hello");
	was_told("old:hello\n");
	ck_assert_ptr_eq(old.conversation, opened); /* it was not opened anew */
	fake_sweep(&old.runtime);
}
END_TEST

/* While nobody serves it, who asks is refused; then it goes on. */
START_TEST(a_conversation_waits_for_a_server)
{
	struct speaker first = { .poor = false }, next = { .poor = false };

	serve(&first, "first");
	open_conversation("tongue", NULL);
	first.conversation->ops->remember(first.conversation, "all of it");
	fake_sweep(&first.runtime);
	say("{\"jsonrpc\":\"2.0\",\"method\":\"notice\"}");
	say("{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{}}");
	say("what?");
	conversation_take(kit.conversation, (struct span){ NULL, 0 });
	ck_assert_str_eq(kit.written, "");
	say("[{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ask\"}]");
	ck_assert_ptr_nonnull(strstr(kit.written, "\"id\":7,\"error\":{\"code\":-32000"));
	ck_assert_ptr_nonnull(strstr(kit.written, "\"unavailable\""));
	turn();
	serve(&next, "next");
	turn();
	ck_assert_str_eq(next.remembered, "all of it");
	fake_sweep(&next.runtime);
}
END_TEST

/* When the client says no more, it ends with the last answer: of the former server, too. */
START_TEST(the_end_waits_for_every_server)
{
	struct speaker old = { .poor = false }, new = { .poor = false };

	serve(&old, "first");
	open_conversation("tongue", NULL);
	turn();
	serve(&new, "first");
	turn();
	conversation_end(kit.conversation);
	conversation_end(kit.conversation);
	was_told("first:ending\nfirst:ending\n");
	new.conversation->ops->close(new.conversation, NULL);
	ck_assert_uint_eq(kit.closes, 0);
	if (_i == 0)
		old.conversation->ops->close(old.conversation, NULL);
	ck_assert_uint_eq(kit.closes > 0, _i == 0);
	fake_sweep(&old.runtime);
	ck_assert_uint_gt(kit.closes, 0);
	turn();
	fake_sweep(&new.runtime);
}
END_TEST

/* While the client speaks, closing is at once, with the reason; nobody to speak to is no reason to wait. */
START_TEST(an_end_may_have_a_reason)
{
	struct speaker first = { .poor = false };

	serve(&first, "first");
	open_conversation("tongue", NULL);
	first.conversation->ops->close(first.conversation, "it does not listen");
	ck_assert_str_eq(kit.closed, "it does not listen");
	conversation_destroy(kit.conversation);
	open_conversation("tongue", NULL);
	fake_sweep(&first.runtime);
	kit.closes = 0;
	conversation_end(kit.conversation);
	ck_assert_uint_eq(kit.closes, 1);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(lines_go_both_ways), TEST(what_nobody_speaks_cannot_be_opened),
		TEST(a_name_has_one_server), TEST(a_replacement_goes_on, .times = 2),
		TEST(a_replacement_that_fails_gives_back), TEST(a_conversation_waits_for_a_server),
		TEST(the_end_waits_for_every_server, .times = 2), TEST(an_end_may_have_a_reason) };

	return run_suite(&SUITE(cases, "conversations", .set_up = set_up, .tear_down = tear_down));
}
