/* The objects of consumers are made as another type than the row says. */
#include <signalpy/component.h>

struct gate {
	struct sp_service service;
	bool (*is_open)(const struct gate *gate);
};
SP_CONTRACT(gate, "gate", 1);
struct key {
	bool turned;
};
struct lock {
	bool turned;
};

SP_COMPONENT(fence, (provide_each, gate, key));

static sp_status fence_gate_create(struct fence *self, const char *consumer, struct lock **ret_object)
{
	(void)self, (void)consumer, (void)ret_object;
	return SP_FAILED;
}

static void fence_gate_release(struct fence *self, struct key *object)
{
	(void)self, (void)object;
}

static bool fence_is_open(const struct gate *gate)
{
	return fence_gate_object(gate)->turned;
}

SP_SERVICE(fence, gate, .is_open = fence_is_open);

SP_PLUGIN(fence, "1.0.0", fence);
