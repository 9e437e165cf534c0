/* stock-by-signal: a stock of which something follows: when it is low, a warning is logged. */
#include <signalpy/component.h>
#include <signalpy/logger.h>

SP_RECORD(stock_settings,
	(integer, low, .otherwise = 3, .min = 0, .about = "so many are too few"));

SP_RECORD(taking,
	(integer, count, .otherwise = 1, .min = 1, .max = 1000, .about = "how many to take"));

SP_RECORD(taken,
	(integer, left, .about = "how many are left"));

SP_COMPONENT(stock_by_signal,
	(about,    "Keeps a stock, and warns when it is low.", .name_space = "examples"),
	(settings, stock_settings, settings),
	(optional, sp_logger, log),
	(signal,   integer, left, .otherwise = 10),
	(computed, boolean, is_low),
	(effect,   warn),
	(runnable, take, taking, taken, .about = "Takes some, if there are so many."));

static bool stock_by_signal_is_low(const struct stock_by_signal *self)
{
	return sp_get(self->left) <= sp_get(self->settings.low);
}

/* Runs when is_low has changed, and not whenever something is taken. */
static sp_status stock_by_signal_warn(struct stock_by_signal *self)
{
	return sp_get(self->is_low) ? sp_warning(self->log, "it is time to order more") : SP_OK;
}

static sp_status stock_by_signal_take(struct stock_by_signal *self, const struct taking *in, struct taken *out)
{
	int64_t left = sp_peek(self->left);

	if (in->count > left)
		return sp_fail(self->rt, SP_CONFLICT, "only %d are left", (int)left);
	out->left = left - in->count;
	return sp_set(self->left, out->left);
}

SP_PLUGIN(stock_by_signal, "1.0.0", stock_by_signal);
