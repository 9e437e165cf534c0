/* health.c: asks an instance, when somebody wants to know, whether it works (R-SUP-5). */
#include "body_acts.h"
#include "lifecycle.h"

sp_status sp_kernel_ask_health(sp_kernel *kernel, const char *name, struct sp_error *error)
{
	const struct instance *instance = instance_named(kernel, name);
	struct sp_error why;
	sp_status status;

	if (!instance)
		return sp_error_set(error, SP_NOT_FOUND, "no component %s; see 'signalctl component list'", name);
	if (instance->state != INSTANCE_ACTIVE)
		return sp_error_set(error, SP_UNAVAILABLE, "%s is %s", name, instance_state_word(instance->state));
	status = acts_ask_health(instance->body, &why);
	return status == SP_OK ? SP_OK : sp_error_set(error, status, "%s: health: %s", name, why.message);
}
