/* stock-by-event: a stock that hears of what was taken and filled, and tells whoever listens when it gets low. */
#include <signalpy/component.h>

SP_RECORD(level,
	(integer, left));

enum { AT_FIRST = 10, LOW = 3 };

SP_COMPONENT(stock_by_event,
	(about,     "Keeps a stock by what it hears.", .name_space = "examples"),
	(member,    int64_t, change),
	(subscribe, taken, "stock.taken"),
	(subscribe, filled, "stock.filled"));

static sp_status move(struct stock_by_event *self, const sp_event *event, int sign)
{
	int64_t count = json_integer_value(json_object_get(event->data, "count"));
	int64_t before = AT_FIRST + self->change;

	if (count < 1 || count > INT32_MAX)
		return sp_fail(self->rt, SP_INVALID, "%s needs a count from 1 to %d", event->type, INT32_MAX);
	self->change += sign * count;
	if (before <= LOW || AT_FIRST + self->change > LOW)
		return SP_OK;
	return sp_publish(self->rt, "stock.low", SP_JSON(level, .left = AT_FIRST + self->change));
}

static sp_status stock_by_event_taken(struct stock_by_event *self, const sp_event *event)
{
	return move(self, event, -1);
}

static sp_status stock_by_event_filled(struct stock_by_event *self, const sp_event *event)
{
	return move(self, event, +1);
}

SP_PLUGIN(stock_by_event, "1.0.0", stock_by_event);
