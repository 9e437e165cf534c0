/* A service is provided and not defined. */
#include <signalpy/component.h>

struct gate {
	struct sp_service service;
	bool (*is_open)(const struct gate *gate);
};
SP_CONTRACT(gate, "gate", 1);
struct bell {
	struct sp_service service;
	void (*ring)(const struct bell *bell);
};
SP_CONTRACT(bell, "bell", 1);

SP_COMPONENT(fence, (signal, boolean, open), (provide, gate));

static bool fence_is_open(const struct gate *gate)
{
	struct fence *self = sp_self(fence, gate);

	return sp_get(self->open);
}

SP_PLUGIN(fence, "1.0.0", fence);
