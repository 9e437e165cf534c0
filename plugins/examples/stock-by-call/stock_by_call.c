/* stock-by-call: a stock that answers those who take from it, and tells nobody else. */
#include <signalpy/component.h>

SP_RECORD(taking,
	(integer, count, .otherwise = 1, .min = 1, .max = 1000, .about = "how many to take"));

SP_RECORD(taken,
	(integer, left, .about = "how many are left"),
	(boolean, is_low, .about = "whether it is time to order more"));

enum { AT_FIRST = 10, LOW = 3 };

SP_COMPONENT(stock_by_call,
	(about,    "Keeps a stock; a call takes from it.", .name_space = "examples"),
	(member,   int64_t, gone),
	(runnable, take, taking, taken, .about = "Takes some, if there are so many."));

static sp_status stock_by_call_take(struct stock_by_call *self, const struct taking *in, struct taken *out)
{
	int64_t left = AT_FIRST - self->gone;

	if (in->count > left)
		return sp_fail(self->rt, SP_CONFLICT, "only %d are left", (int)left);
	self->gone += in->count;
	out->left = left - in->count;
	out->is_low = out->left <= LOW;
	return SP_OK;
}

SP_PLUGIN(stock_by_call, "1.0.0", stock_by_call);
