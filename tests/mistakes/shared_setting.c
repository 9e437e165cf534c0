/* A setting, which only the configuration can change, is shared. */
#include <signalpy/component.h>

SP_RECORD(clock_settings, (integer, pace));
SP_COMPONENT(clock, (settings, clock_settings, settings), (member, SP_SHARED(integer), shared), (activate));

static sp_status clock_activate(struct clock *self)
{
	return sp_share(self->rt, &self->shared, self->settings.pace);
}

SP_PLUGIN(clock, "1.0.0", clock);
