/* A misspelt attribute. */
#include <signalpy/component.h>

SP_RECORD(lamp_settings, (integer, watts, .otherwise = 40, .min = 1), (string, colour, .otherwise = "white"));
SP_RECORD(turn, (boolean, on, .requried = true));
SP_RECORD(lamp_state, (boolean, on), (string, colour));

SP_COMPONENT(lamp, (settings, lamp_settings, settings), (signal, boolean, on), (computed, integer, watts),
	(runnable, turn, turn, lamp_state));

static int64_t lamp_watts(const struct lamp *self)
{
	return sp_get(self->on) ? sp_get(self->settings.watts) : 0;
}

static sp_status lamp_turn(struct lamp *self, const struct turn *in, struct lamp_state *out)
{
	sp_set(self->on, in->on);
	out->on = sp_get(self->on);
	out->colour = sp_format(self->rt, "%s", sp_get(self->settings.colour));
	return SP_OK;
}

SP_PLUGIN(lamp, "1.0.0", lamp);
