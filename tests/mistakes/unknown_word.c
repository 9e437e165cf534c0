/* A row that begins with a word that is none. */
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

SP_COMPONENT(guard, (one, gate, front), (all, gate, gates), (optional, bell, bell), (efect, watch));

static sp_status guard_watch(struct guard *self)
{
	const struct gate *front = sp_get(self->front);
	size_t open = front->is_open(front);

	sp_each(gate, each, self->gates)
		open += each->is_open(each);
	return open > 2 ? sp_fail(self->rt, SP_FAILED, "%zu gates are open", open) : SP_OK;
}

SP_PLUGIN(guard, "1.0.0", guard);
