/* model_live.h: a kernel to which the operations of the model-based test are done, and the picture that is taken of
 * it. */
#ifndef TESTS_MODEL_LIVE_H
#define TESTS_MODEL_LIVE_H

#include <signalpy/gateway.h>
#include <signalpy/testing.h>

#include "counted_memory.h"
#include "model_expected.h"

/* What became of a call. */
struct outcome {
	bool used, answered, cancelled;
	sp_status status;
	int64_t value;
	sp_call *ticket;
};

struct live_plugin {
	sp_plugin_handle *handle; /* NULL: it is not loaded */
	sp_status replaced;
};

/* What the kernel holds. */
struct holdings {
	uint64_t nodes, edges;
	size_t instances, services, descriptors;
	struct counted_memory memory;
};

struct live {
	sp_testing *testing;
	sp_kernel *kernel;
	struct holdings empty; /* before anything was loaded */
	struct live_plugin plugins[PLUGINS];
	bool gone[LOADS_MOST];
	unsigned load_count;
	struct outcome outcomes[CALLS_MOST];
	struct setting settings[NAMES];
	bool muzzled;
	int numbers;
	sp_status status;
};

void live_begin(struct live *live);
void live_end(struct live *live);

/* Forgets a sequence, after which nothing is loaded, so that another can follow in the same kernel. */
void live_restart(struct live *live);

/* Does the operation and turns the loop until it rests. */
void live_perform(struct live *live, const struct operation *operation);

/* Writes what there is to see; of bodies that the model knows to be asleep, less. */
void live_picture(struct live *live, const struct model *model, struct picture *picture);

/* What the kernel holds now; empties what the testing kit has collected. */
void live_hold(struct live *live, struct holdings *ret_holdings);

#endif
