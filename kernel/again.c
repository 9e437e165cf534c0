/* again.c: tries again what could not be done for want of memory. */
#include "again.h"

#include "body.h"
#include "body_acts.h"
#include "children.h"
#include "lifecycle.h"
#include "registry.h"

static const int64_t LATER = 1000000000; /* nanoseconds */

void kernel_again(struct sp_kernel *kernel)
{
	if (kernel->again)
		return;
	kernel->again = true;
	kernel->ops->timer_start(kernel->again_timer, LATER);
}

void kernel_try_again(void *user)
{
	struct sp_kernel *kernel = user;

	kernel->again = false;
	kernel->cycles_due = true;
	kernel_due(kernel);
	sp_batch_begin(kernel->graph);
	for (struct sp_runtime *rt = body_first(kernel); rt; rt = body_after(rt)) {
		needs_again(rt);
		acts_again(rt);
		children_again(rt);
	}
	sp_batch_end(kernel->graph);
}
