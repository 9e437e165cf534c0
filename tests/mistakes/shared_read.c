/* A shared number is read into a double. */
#include <signalpy/component.h>

SP_COMPONENT(clock, (signal, integer, ticks), (member, SP_SHARED(integer), shared), (activate));

static sp_status clock_activate(struct clock *self)
{
	double ticks = 0;

	return sp_shared_read(self->shared, &ticks);
}

SP_PLUGIN(clock, "1.0.0", clock);
