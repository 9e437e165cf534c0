/* A handle on a number is shared on a signal that holds text. */
#include <signalpy/component.h>

SP_COMPONENT(clock, (signal, string, words), (member, SP_SHARED(integer), shared), (activate));

static sp_status clock_activate(struct clock *self)
{
	return sp_share(self->rt, &self->shared, self->words);
}

SP_PLUGIN(clock, "1.0.0", clock);
