/* desk.h: a component whose signals are written in every way there is, with one chain: setting motto (secret: key) ->
 * computed title -> effect print. */
#ifndef TESTS_DESK_H
#define TESTS_DESK_H

#include "voices.h"

/* clang-format off */
SP_RECORD(desk_lamp, (integer, watts, .otherwise = 40));
SP_RECORD(desk_settings,
	(string, motto, .otherwise = "none"),
	(string, key, .otherwise = "hunter2", .secret = true),
	(record(desk_lamp), lamp));
SP_COMPONENT(desk,
	(settings, desk_settings, settings),
	(optional, voice, critic),
	(property, string, place, .otherwise = "here"),
	(signal, integer, count),
	(signal, integer, copy),
	(computed, string, title),
	(effect, print),
	(effect, unlock),
	(effect, follow),
	(effect, heed),
	(timer, tick),
	(subscribe, note, "desk.noted"),
	(activate),
	(runnable, set, number, nothing),
	(runnable, wait, nothing, nothing));
/* clang-format on */

static const char *desk_title(const struct desk *self)
{
	return sp_get(self->settings.motto);
}

static sp_status desk_print(struct desk *self)
{
	diary_add("%s", sp_get(self->title));
	return SP_OK;
}

static sp_status desk_unlock(struct desk *self)
{
	return *sp_get(self->settings.key) && sp_get(self->settings.lamp.watts) ? SP_OK : SP_FAILED;
}

static sp_status desk_follow(struct desk *self)
{
	return sp_set(self->copy, sp_get(self->count));
}

static sp_status desk_heed(struct desk *self)
{
	(void)sp_get(self->critic);
	return SP_OK;
}

static sp_status desk_tick(struct desk *self)
{
	return sp_set(self->count, 100);
}

static sp_status desk_note(struct desk *self, SP_UNUSED const sp_event *event)
{
	return sp_set(self->count, 200);
}

static sp_status desk_activate(struct desk *self)
{
	return sp_set(self->count, 300);
}

static sp_status desk_set(struct desk *self, const struct number *in)
{
	return sp_set(self->count, in->value);
}

static sp_status desk_wait(struct desk *self)
{
	return sp_timer_start(self->tick, 5);
}

KIT_PLUGIN(desk, &desk_component);

#endif
