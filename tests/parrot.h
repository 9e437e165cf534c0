/*
 * parrot.h: what the suites of REST talk to: a component that says what it is told, in a kernel with the plugins http
 * and rest, over a stream in memory.
 */
#ifndef TESTS_PARROT_H
#define TESTS_PARROT_H

#include "rest_kit.h"

#include <check.h>
#include <signalpy/caller.h>
#include <signalpy/component.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
SP_RECORD(said, (string, text, .otherwise = "nothing", .max_length = 20000));
SP_RECORD(asked, (integer, number, .required = true, .min = 1));

SP_COMPONENT(parrot,
	(about, "Says what it is told.", .target_property = "colour"),
	(property, string, colour, .otherwise = "green"),
	(runnable, say, said, said),
	(runnable, ask, asked, nothing),
	(runnable, fail, nothing, nothing),
	(runnable, refuse, nothing, nothing),
	(later, show, nothing, nothing),
	(runnable, hide, nothing, nothing, .transports = SP_CLI),
	(later, wait, nothing, said, .timeout_ms = 3000),
	(member, sp_call *, waiting),
	(member, struct said *, waiting_out));
/* clang-format on */

static struct parrot *the_parrot;

static sp_status parrot_say(struct parrot *self SP_UNUSED, const struct said *in, struct said *out)
{
	out->text = in->text;
	return SP_OK;
}

static sp_status parrot_ask(struct parrot *self SP_UNUSED, const struct asked *in SP_UNUSED)
{
	return SP_OK;
}

static sp_status parrot_fail(struct parrot *self)
{
	return sp_fail(self->rt, SP_FAILED, "the parrot is \"dead\"");
}

static sp_status parrot_refuse(struct parrot *self)
{
	return sp_fail(self->rt, SP_UNAVAILABLE, "not now");
}

static sp_status parrot_show(struct parrot *self SP_UNUSED, sp_call *call)
{
	return sp_attach(call, json_pack("{s:s, s:s}", "type", "text", "text", "a feather"));
}

static sp_status parrot_hide(struct parrot *self SP_UNUSED)
{
	return SP_OK;
}

static sp_status parrot_wait(struct parrot *self, sp_call *call, struct said *out)
{
	the_parrot = self;
	self->waiting = call;
	self->waiting_out = out;
	return SP_LATER;
}

/* ---- a kernel with http, rest and the parrot --------------------------------------------------------------------- */

static struct fake_streams fake;
static sp_testing *testing;
static sp_plugin_handle *http, *rest;
static struct sp_stream *stream;

/* plugin has the parrot. */
static inline void parrot_begin(const struct sp_plugin *plugin)
{
	struct sp_error error;

	the_parrot = NULL;
	testing = rest_kit_open(&fake);
	rest = sp_testing_add(testing, rest_kit_plugin("rest"), &error);
	ck_assert_str_eq(sp_testing_state(testing, "rest"), "waiting");
	http = sp_testing_add(testing, rest_kit_plugin("http"), &error);
	ck_assert_ptr_nonnull(sp_testing_add(testing, plugin, &error));
	ck_assert_str_eq(sp_testing_state(testing, "rest"), "active");
	stream = fake_connect(&fake);
	ck_assert_ptr_nonnull(stream);
}

static inline void parrot_end(void)
{
	rest_kit_close(testing, &fake);
}

static inline void say(struct sp_stream *to, const char *text)
{
	http_say(to, text);
	sp_testing_turn(testing);
}

/* Posts JSON to a runnable of the parrot. */
static inline void post(struct sp_stream *to, const char *runnable, const char *json)
{
	char request[512];

	snprintf(request, sizeof request,
		"POST /api/v1/parrot/%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
		"Content-Length: %zu\r\n\r\n%s",
		runnable, strlen(json), json);
	say(to, request);
}

/* Ends what the parrot waits for, with a text. */
static inline void finish_waiting(const char *text)
{
	ck_assert_ptr_nonnull(the_parrot);
	the_parrot->waiting_out->text = text;
	sp_finish(the_parrot->waiting, SP_OK);
	sp_testing_turn(testing);
}

#endif
