/* audit.c: tells what became of judging a call. */
#include "audit.h"

#include "bus.h"
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

void audit_tell(const struct asking *asking, sp_status status)
{
	const char *transport = transport_word(asking->transport), *address = asking->demand.address;
	bool denied = is_denial(status);
	char trace[TRACE_ID_SIZE] = "";
	json_t *data;

	if (!denied && (status != SP_OK || (!asking->demand.action && !asking->demand.role)))
		return;
	if (asking->trace)
		trace_context_write_id(asking->trace, trace);
	if (policy_audits(asking->kernel, asking->instance))
		kernel_log(asking->kernel, SP_INFO, asking->instance,
			"audit: call caller=%s outcome=%s address=%s transport=%s%s%s", asking->caller->name,
			denied ? sp_status_word(status) : "allowed", address, transport, *trace ? " trace_id=" : "",
			trace);
	if (!denied)
		return;
	data = json_pack("{s:s, s:s, s:s, s:s, s:s*}", "address", address, "caller", asking->caller->name, "transport",
		transport, "code", sp_status_word(status), "trace_id", *trace ? trace : NULL);
	if (data) /* bounded like what others publish: callers decide how many there are */
		bus_publish(asking->kernel, "", "call.denied", data);
}
