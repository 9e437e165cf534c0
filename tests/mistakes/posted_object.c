/* A function is posted with an object of another type than its row says. */
#include <signalpy/component.h>

struct bell {
	int strokes;
};

SP_COMPONENT(clock, (posted, struct bell, ring), (activate));

static sp_status clock_ring(struct clock *self, struct bell *bell)
{
	return sp_publish(self->rt, "clock.rang", json_integer(bell->strokes));
}

static sp_status clock_activate(struct clock *self)
{
	int strokes = 3;

	return sp_post(self->rt, clock, ring, &strokes, NULL);
}

SP_PLUGIN(clock, "1.0.0", clock);
