/* audit.c: tells what became of judging a call. */
#include "audit.h"

#include "bus.h"
#include "exposure.h"
#include "frame.h"
#include "policy.h"

static bool is_denial(sp_status status)
{
	return status == SP_UNAUTHENTICATED || status == SP_FORBIDDEN || status == SP_TOO_MANY;
}

static const char *transport_word(unsigned transport)
{
	switch (transport) {
	case SP_REST:
		return "rest";
	case SP_MCP:
		return "mcp";
	case SP_CLI:
		return "cli";
	default:
		return "";
	}
}

void audit_call(struct sp_call *call, const struct exposure *exposure, sp_status status)
{
	const char *instance = exposure->instance->name, *transport = transport_word(call->transport);
	const struct sp_runnable *row = &exposure->plan->row;
	bool denied = is_denial(status);

	if (!denied && (status != SP_OK || (!row->action && !row->role)))
		return;
	if (policy_audits(call->kernel, instance))
		kernel_log(call->kernel, SP_INFO, instance, "audit: call caller=%s outcome=%s address=%s transport=%s",
			call->caller.name, denied ? sp_status_word(status) : "allowed", call->address, transport);
	if (denied)
		bus_tell(call->kernel, "call.denied",
			json_pack("{s:s, s:s, s:s, s:s}", "address", call->address, "caller", call->caller.name,
				"transport", transport, "code", sp_status_word(status)));
}
