/* admission.c: see admission.h. */
#include "admission.h"

#include "audit.h"
#include "identity.h"
#include "rate.h"

sp_status admission_judge(const struct asking *asking, int64_t *ret_retry_ms, struct sp_error *error)
{
	sp_status status = identity_authorize(asking, error);

	if (status == SP_OK)
		status = rate_take(asking, ret_retry_ms, error);
	audit_tell(asking, status);
	return status;
}
