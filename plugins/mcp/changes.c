/* changes.c: subscriptions of the modern era, and what both eras are told. */
#include "changes.h"

#include "methods.h"
#include "session.h"
#include "task_methods.h"

#include <string.h>

/* What a client may ask to be told, by the lists behind it. */
static const struct change {
	const char *filter, *method;
	enum mcp_list lists[2];
} changes[] = {
	{ "toolsListChanged", "notifications/tools/list_changed", { MCP_TOOLS, MCP_TOOLS } },
	{ "promptsListChanged", "notifications/prompts/list_changed", { MCP_PROMPTS, MCP_PROMPTS } },
	{ "resourcesListChanged", "notifications/resources/list_changed", { MCP_RESOURCES, MCP_TEMPLATES } },
};

enum { CHANGES = sizeof changes / sizeof changes[0] };

static const char resource_updated[] = "notifications/resources/updated";

/* ---- telling ---------------------------------------------------------------------------------------------------- */

/* Every message of a subscription bears its id. */
static void notify(struct mcp_request *request, const char *method, json_t *params)
{
	json_t *meta = json_pack("{s:O}", MCP_META_SUBSCRIPTION, request->id);

	params = params ? params : json_object();
	if (json_object_set_new(params, "_meta", meta) == 0)
		mcp_request_notify(request, method, params);
	else
		json_decref(params);
}

static void tell_change(struct mcp_server *server, const struct change *change)
{
	struct mcp_request *request, *next;

	for (request = server->requests; request; request = next) {
		next = request->next; /* who does not listen is cut off, and ends */
		if (json_is_true(json_object_get(request->filter, change->filter)))
			notify(request, change->method, NULL);
	}
	mcp_sessions_tell(server, change->method);
}

/* kind: a member of the filter that lists what is meant. */
static bool wants(const struct mcp_request *request, const char *kind, const char *name)
{
	const json_t *wanted;
	size_t i;

	json_array_foreach(json_object_get(request->filter, kind), i, wanted)
		if (strcmp(json_string_value(wanted), name) == 0)
			return true;
	return false;
}

void mcp_changes_tell_resource(struct mcp_server *server, const char *uri)
{
	struct mcp_request *request, *next;

	for (request = server->requests; request; request = next) {
		next = request->next;
		if (wants(request, "resourceSubscriptions", uri))
			notify(request, resource_updated, json_pack("{s:s}", "uri", uri));
	}
	mcp_sessions_tell_resource(server, resource_updated, uri);
}

void mcp_changes_tell_task(struct mcp_server *server, const json_t *record)
{
	const char *id = json_string_value(json_object_get(record, "id"));
	struct mcp_request *request, *next;

	for (request = server->requests; request; request = next) {
		next = request->next;
		if (wants(request, "taskIds", id))
			notify(request, "notifications/tasks", mcp_task_show_new(server, record, MCP_MODERN, true));
	}
}

bool mcp_changes_take(struct mcp_server *server)
{
	const bool *changed = server->catalogue.changed;
	bool taken = mcp_catalogue_take(&server->catalogue, server->owner.gateway(server->owner.user));

	for (size_t i = 0; i < CHANGES; i++)
		if (changed[changes[i].lists[0]] || changed[changes[i].lists[1]])
			tell_change(server, &changes[i]);
	return taken;
}

/* ---- subscriptions ---------------------------------------------------------------------------------------------- */

/* What of a filter is there to be told; NULL when the filter is none, or too large. */
static json_t *filter_new(const json_t *asked, const struct mcp_limits *limits)
{
	json_t *filter = json_is_object(asked) ? json_object() : NULL, *uris, *uri;
	size_t count;

	for (size_t i = 0; filter && i < CHANGES; i++)
		if (json_is_true(json_object_get(asked, changes[i].filter)))
			json_object_set_new(filter, changes[i].filter, json_true());
	uris = json_object_get(asked, "resourceSubscriptions");
	json_array_foreach(uris, count, uri)
		if (!json_is_string(uri) || json_string_length(uri) > (size_t)limits->uri ||
			count >= (size_t)limits->subscriptions) {
			json_decref(filter);
			return NULL;
		}
	if (json_array_size(uris))
		json_object_set_new(filter, "resourceSubscriptions", json_deep_copy(uris));
	return filter;
}

static void listen(struct mcp_request *request)
{
	const struct mcp_limits *limits = &request->server->settings.limits;
	const json_t *asked = json_object_get(request->params, "notifications"),
		     *tasks = json_object_get(asked, "taskIds");

	if (tasks && !mcp_tasks_are_taken(request))
		return;
	if (json_array_size(tasks) <= (size_t)limits->subscriptions)
		request->filter = filter_new(asked, limits);
	if (!request->filter) {
		mcp_refuse(request, "params.notifications is no filter of notifications, or asks for too much", NULL);
		return;
	}
	if (tasks)
		json_object_set_new(request->filter, "taskIds", mcp_tasks_known_new(request, tasks));
	notify(request, "notifications/subscriptions/acknowledged",
		json_pack("{s:o}", "notifications", json_deep_copy(request->filter)));
}

void mcp_subscription_end(struct mcp_request *request)
{
	if (request->filter)
		mcp_request_succeed(request, json_pack("{s:{s:O}}", "_meta", MCP_META_SUBSCRIPTION, request->id));
}

void mcp_changes_end(struct mcp_server *server)
{
	struct mcp_request *request, *next;

	for (request = server->requests; request; request = next) {
		next = request->next;
		mcp_subscription_end(request);
	}
}

const struct mcp_method mcp_methods_subscriptions[] = {
	{ "subscriptions/listen", false, true, listen },
	{ NULL, false, false, NULL },
};
