/* asks.c: questions as results, and the state that ties the next request to them. */
#include "asks.h"

#include "methods.h"
#include "task_calls.h"

#include <string.h>

enum { STATE_LASTS_MS = 3600000 };

/* ---- capabilities ----------------------------------------------------------------------------------------------- */

static const struct capability {
	enum sp_asks asks;
	const char *name, *mode; /* mode: of elicitation */
} capabilities[] = {
	{ SP_ELICITATION, "elicitation", "form" },
	{ SP_ELICITATION_URL, "elicitation", "url" },
	{ SP_SAMPLING, "sampling", NULL },
	{ SP_ROOTS, "roots", NULL },
};

enum { CAPABILITIES = sizeof capabilities / sizeof capabilities[0] };

/* An elicitation without modes is one by forms, as before there were others. */
static bool is_offered(const struct capability *capability, const json_t *offered)
{
	const json_t *own = json_object_get(offered, capability->name);

	if (!own || !capability->mode)
		return own != NULL;
	return json_object_get(own, capability->mode) ||
		(json_object_size(own) == 0 && strcmp(capability->mode, "form") == 0);
}

unsigned mcp_asks_of(const json_t *offered)
{
	unsigned asks = 0;

	for (size_t i = 0; i < CAPABILITIES; i++)
		if (is_offered(&capabilities[i], offered))
			asks |= (unsigned)capabilities[i].asks;
	return asks;
}

/* An object as clients declare it, of what was lacking. */
static json_t *required_new(unsigned lacks)
{
	json_t *required = json_object();

	for (size_t i = 0; i < CAPABILITIES; i++) {
		json_t *own;

		if (!(lacks & (unsigned)capabilities[i].asks))
			continue;
		own = json_object_get(required, capabilities[i].name);
		if (!own && json_object_set_new(required, capabilities[i].name, json_object()) == 0)
			own = json_object_get(required, capabilities[i].name);
		if (capabilities[i].mode)
			json_object_set_new(own, capabilities[i].mode, json_object());
	}
	return required;
}

bool mcp_tasks_offered(const json_t *offered)
{
	return json_object_get(json_object_get(offered, "extensions"), MCP_TASKS_EXTENSION) != NULL;
}

json_t *mcp_tasks_required_new(void)
{
	return json_pack("{s:{s:{s:{}}}}", "requiredCapabilities", "extensions", MCP_TASKS_EXTENSION);
}

/* ---- state ------------------------------------------------------------------------------------------------------ */

/* What a state is bound to: the request, but for what changes from one round to the next, and who makes it. */
static json_t *binding_new(const json_t *message, const struct sp_identity *identity)
{
	json_t *params = json_copy(json_object_get(message, "params")), *bound, *digest;

	json_object_del(params, "_meta");
	json_object_del(params, "inputResponses");
	json_object_del(params, "requestState");
	bound = json_pack("{s:O, s:o, s:s}", "method", json_object_get(message, "method"), "params", params, "caller",
		identity && identity->name ? identity->name : "");
	digest = bound ? mcp_digest_new(bound) : NULL;
	json_decref(bound);
	return digest;
}

static json_t *state_new(struct mcp_request *request)
{
	const struct mcp_server_owner *owner = &request->server->owner;
	json_t *answers = request->origin.answers ? json_incref(request->origin.answers) : json_object();
	json_t *state = json_pack("{s:o, s:I, s:o}", "answers", answers, "until",
		(json_int_t)owner->wall_time(owner->user) + STATE_LASTS_MS, "binding",
		binding_new(request->message, request->origin.identity));
	json_t *sealed = state ? mcp_seal_new(&owner->kept(owner->user)->key, state) : NULL;

	json_decref(state);
	return sealed;
}

static bool refuse(struct mcp_fault *fault, const char *message)
{
	*fault = (struct mcp_fault){ 400, MCP_INVALID_PARAMS, message, NULL };
	return false;
}

static bool is_bound(const json_t *state, const json_t *message, const struct sp_identity *identity)
{
	json_t *binding = binding_new(message, identity);
	bool same = binding && json_equal(binding, json_object_get(state, "binding"));

	json_decref(binding);
	return same;
}

static bool take_state(const struct mcp_server *server, const json_t *message, const struct sp_identity *identity,
	json_t **ret_answers, struct mcp_fault *fault)
{
	const json_t *given = json_object_get(json_object_get(message, "params"), "requestState");
	const struct mcp_key *key = &server->owner.kept(server->owner.user)->key;
	json_t *state = given ? mcp_unseal_new(key, json_string_value(given) ? json_string_value(given) : "") : NULL;
	bool good = true;

	if (given && !state)
		good = refuse(fault, "params.requestState is none that this server gave");
	else if (given && !is_bound(state, message, identity))
		good = refuse(fault, "params.requestState belongs to another request");
	else if (given &&
		json_integer_value(json_object_get(state, "until")) < server->owner.wall_time(server->owner.user))
		good = refuse(fault, "params.requestState is too old; begin anew");
	else if (given)
		*ret_answers = json_incref(json_object_get(state, "answers"));
	json_decref(state);
	return good;
}

bool mcp_asks_take(const struct mcp_server *server, const json_t *message, const struct sp_identity *identity,
	json_t **ret_answers, struct mcp_fault *fault)
{
	json_t *latest = json_object_get(json_object_get(message, "params"), "inputResponses");

	*ret_answers = NULL;
	if (latest && !json_is_object(latest))
		return refuse(fault, "params.inputResponses is not an object");
	if (!take_state(server, message, identity, ret_answers, fault))
		return false;
	if (latest && !*ret_answers)
		*ret_answers = json_incref(latest);
	else if (latest)
		json_object_update(*ret_answers, latest);
	return true;
}

/* ---- questions -------------------------------------------------------------------------------------------------- */

static void lack(struct mcp_request *request, const struct sp_answer *answer)
{
	mcp_request_fail(request,
		&(struct mcp_fault){ .http = 400,
			.code = MCP_CAPABILITY_MISSING,
			.message = answer->message,
			.data = json_pack("{s:o}", "requiredCapabilities", required_new(answer->lacks)) });
}

bool mcp_answer_asks(struct mcp_request *request, const struct sp_answer *answer)
{
	if (answer->status == SP_OK)
		return false;
	if (answer->status == SP_INPUT_REQUIRED && request->origin.in_task) {
		mcp_task_ask(request, answer);
		return true;
	}
	if (request->origin.era == MCP_OLDER)
		return answer->status == SP_INPUT_REQUIRED && mcp_session_ask(request, answer->questions);
	if (answer->status == SP_INPUT_REQUIRED)
		mcp_request_succeed(request,
			json_pack("{s:s, s:O, s:o}", "resultType", "input_required", "inputRequests", answer->questions,
				"requestState", state_new(request)));
	else if (answer->lacks)
		lack(request, answer);
	else
		return false;
	return true;
}
