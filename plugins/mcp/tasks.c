/* tasks.c: the records of tasks. */
#include "tasks.h"

#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PAGE = 50 };

static const char cursor_mark[] = "after:";

static struct mcp_kept *kept_of(const struct mcp_server *server)
{
	return server->owner.kept(server->owner.user);
}

static int64_t now(const struct mcp_server *server)
{
	return server->owner.now(server->owner.user);
}

static int64_t number(const json_t *record, const char *member)
{
	return json_integer_value(json_object_get(record, member));
}

const char *mcp_record_text(const json_t *record, const char *member)
{
	return json_string_value(json_object_get(record, member));
}

/* ---- whose they are --------------------------------------------------------------------------------------------- */

json_t *mcp_task_owner_new(const struct mcp_session *session, const struct sp_identity *identity)
{
	if (identity && identity->name && *identity->name)
		return json_sprintf("caller:%s", identity->name);
	return session ? json_sprintf("session:%s", session->id) : json_string("nobody");
}

json_t *mcp_tasks_of(const struct mcp_server *server, const json_t *owner)
{
	return json_object_get(kept_of(server)->tasks, json_string_value(owner));
}

static bool is_over(const json_t *record, int64_t at)
{
	int64_t expires = number(record, "expires");

	return expires && at >= expires;
}

json_t *mcp_task_find(const struct mcp_server *server, const json_t *owner, const char *id)
{
	json_t *record = json_object_get(mcp_tasks_of(server, owner), id);

	return record && !is_over(record, now(server)) ? record : NULL;
}

void mcp_task_forget(const struct mcp_server *server, const json_t *record)
{
	json_t *owner = json_incref(json_object_get(record, "owner")), *tasks = mcp_tasks_of(server, owner);

	json_object_del(tasks, mcp_record_text(record, "id"));
	if (json_object_size(tasks) == 0)
		json_object_del(kept_of(server)->tasks, json_string_value(owner));
	json_decref(owner);
}

void mcp_tasks_expire(const struct mcp_server *server)
{
	json_t *all = kept_of(server)->tasks, *tasks, *record;
	const char *owner, *id;
	void *next_owner, *next;

	json_object_foreach_safe(all, next_owner, owner, tasks) {
		json_object_foreach_safe(tasks, next, id, record)
			if (is_over(record, now(server)))
				json_object_del(tasks, id);
		if (json_object_size(tasks) == 0)
			json_object_del(all, owner);
	}
}

/* ---- making one ------------------------------------------------------------------------------------------------- */

static bool has_room_now(const struct mcp_server *server, const json_t *owner)
{
	size_t count = 0;
	const char *key;
	json_t *tasks;

	json_object_foreach(kept_of(server)->tasks, key, tasks)
		count += json_object_size(tasks);
	return (int64_t)count < server->settings.tasks &&
		(int64_t)json_object_size(mcp_tasks_of(server, owner)) < server->settings.tasks_per_caller;
}

static bool has_room(const struct mcp_server *server, const json_t *owner)
{
	if (has_room_now(server, owner))
		return true;
	mcp_tasks_expire(server);
	return has_room_now(server, owner);
}

static json_t *record_new(const struct mcp_request *request, json_t *owner, const char *id, int64_t granted_ms)
{
	const struct mcp_server *server = request->server;
	const struct mcp_session *session = request->origin.session;
	json_int_t wall = server->owner.wall_time(server->owner.user);

	return json_pack("{s:O, s:s, s:I, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:O, s:i, s:s*, s:i, s:i}", "owner", owner,
		"id", id, "number", (json_int_t)++kept_of(server)->tasks_made, "status", "working", "created", wall,
		"updated", wall, "since", (json_int_t)now(server), "expires", (json_int_t)0, "granted",
		(json_int_t)granted_ms, "ttl", (json_int_t)granted_ms, "message", request->message, "asks",
		(int)request->origin.can_ask, "session", session ? session->id : NULL, "round", 0, "told", 0);
}

/* Where an owner's tasks are put. */
static json_t *place_of(const struct mcp_server *server, const json_t *owner)
{
	json_t *tasks = mcp_tasks_of(server, owner);

	if (!tasks && json_object_set_new(kept_of(server)->tasks, json_string_value(owner), json_object()) == 0)
		tasks = mcp_tasks_of(server, owner);
	return tasks;
}

json_t *mcp_task_create(const struct mcp_request *request, int64_t granted_ms)
{
	const struct mcp_server *server = request->server;
	json_t *owner = mcp_task_owner_new(request->origin.session, request->origin.identity), *record = NULL;
	char id[33];

	if (owner && has_room(server, owner) && mcp_name_make(id))
		record = record_new(request, owner, id, granted_ms);
	if (record && json_object_set_new(place_of(server, owner), id, record) != 0)
		record = NULL;
	json_decref(owner);
	return record;
}

/* ---- status ----------------------------------------------------------------------------------------------------- */

bool mcp_task_is(const json_t *record, const char *status)
{
	return strcmp(mcp_record_text(record, "status"), status) == 0;
}

bool mcp_task_has_ended(const json_t *record)
{
	return !mcp_task_is(record, "working") && !mcp_task_is(record, "input_required");
}

/* While it runs, the deadline of the runnable bounds it; what was granted counts from when it rests. */
void mcp_task_set_status(const struct mcp_server *server, json_t *record, const char *status)
{
	bool works = strcmp(status, "working") == 0;
	int64_t granted = number(record, "granted"), at = now(server);

	json_object_set_new(record, "status", json_string(status));
	json_object_set_new(record, "updated", json_integer(server->owner.wall_time(server->owner.user)));
	json_object_set_new(record, "expires", json_integer(works ? 0 : at + granted));
	json_object_set_new(record, "ttl", json_integer(at - number(record, "since") + granted));
	json_object_del(record, "note");
}

/* ---- as clients see them ---------------------------------------------------------------------------------------- */

static json_t *time_new(int64_t milliseconds)
{
	time_t seconds = (time_t)(milliseconds / 1000);
	struct tm parts;
	char date[32];

	gmtime_r(&seconds, &parts);
	strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
	return json_sprintf("%s.%03dZ", date, (int)(milliseconds % 1000));
}

/* In the older era a tool that reports a failure has failed; in the modern one the call of it has completed. */
static const char *status_of(const json_t *record, enum mcp_era era)
{
	bool failed = json_is_true(json_object_get(json_object_get(record, "result"), "isError"));

	return era == MCP_OLDER && failed ? "failed" : mcp_record_text(record, "status");
}

static void add_questions(const json_t *record, json_t *shown)
{
	json_t *questions = json_object(), *asked;
	const char *id;

	json_object_foreach(json_object_get(record, "asked"), id, asked)
		json_object_set(questions, id, json_object_get(asked, "question"));
	json_object_set_new(shown, "inputRequests", questions);
}

static void add_detail(const json_t *record, json_t *shown)
{
	json_t *result = json_object_get(record, "result"), *error = json_object_get(record, "error");

	if (mcp_task_is(record, "input_required"))
		add_questions(record, shown);
	else if (mcp_task_is(record, "completed"))
		json_object_set(shown, "result", result);
	else if (mcp_task_is(record, "failed"))
		json_object_set(shown, "error", error);
}

json_t *mcp_task_show_new(const struct mcp_server *server, const json_t *record, enum mcp_era era, bool detail)
{
	bool modern = era == MCP_MODERN;
	json_t *shown = json_pack("{s:O, s:s, s:s*, s:o, s:o, s:I, s:I}", "taskId", json_object_get(record, "id"),
		"status", status_of(record, era), "statusMessage", mcp_record_text(record, "note"), "createdAt",
		time_new(number(record, "created")), "lastUpdatedAt", time_new(number(record, "updated")),
		modern ? "ttlMs" : "ttl", (json_int_t)number(record, "ttl"), modern ? "pollIntervalMs" : "pollInterval",
		(json_int_t)server->settings.task_poll_ms);

	if (detail && shown)
		add_detail(record, shown);
	return shown;
}

/* ---- lists ------------------------------------------------------------------------------------------------------ */

static bool read_cursor(const struct mcp_server *server, const char *cursor, int64_t *ret_after)
{
	size_t mark = sizeof cursor_mark - 1;
	char *end;

	if (strncmp(cursor, cursor_mark, mark) != 0 || cursor[mark] < '0' || cursor[mark] > '9')
		return false;
	*ret_after = strtoll(cursor + mark, &end, 10);
	return !*end && *ret_after <= kept_of(server)->tasks_made;
}

json_t *mcp_tasks_page_new(const struct mcp_server *server, const json_t *owner, const char *cursor, bool *ret_wrong)
{
	json_t *tasks, *record;
	int64_t after = 0, last = 0;
	bool more = false;
	const char *id;

	*ret_wrong = cursor && !read_cursor(server, cursor, &after);
	if (*ret_wrong)
		return NULL;
	tasks = json_array();
	json_object_foreach(mcp_tasks_of(server, owner), id, record) {
		if (number(record, "number") <= after || is_over(record, now(server)))
			continue;
		more = json_array_size(tasks) == PAGE;
		if (more)
			break;
		last = number(record, "number");
		json_array_append_new(tasks, mcp_task_show_new(server, record, MCP_OLDER, false));
	}
	return json_pack("{s:o, s:o*}", "tasks", tasks, "nextCursor",
		more ? json_sprintf("%s%lld", cursor_mark, (long long)last) : NULL);
}
