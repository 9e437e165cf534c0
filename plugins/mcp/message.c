/* message.c: reads envelopes, tells the eras apart, and makes answers. */
#include "message.h"

#include <stdio.h>
#include <string.h>

/* The newest first. */
static const struct version {
	const char *text;
	enum mcp_era era;
} versions[] = {
	{ "2026-07-28", MCP_MODERN },
	{ "2025-11-25", MCP_OLDER },
	{ "2025-06-18", MCP_OLDER },
	{ "2025-03-26", MCP_OLDER },
};

enum { VERSIONS = sizeof versions / sizeof versions[0] };

/* ---- versions --------------------------------------------------------------------------------------------------- */

bool mcp_version_is_spoken(enum mcp_era era, const char *text)
{
	for (size_t i = 0; i < VERSIONS; i++)
		if (versions[i].era == era && strcmp(versions[i].text, text) == 0)
			return true;
	return false;
}

const char *mcp_version_newest(enum mcp_era era)
{
	return versions[era == MCP_MODERN ? 0 : 1].text;
}

json_t *mcp_versions_new(void)
{
	json_t *list = json_array();

	for (size_t i = 0; i < VERSIONS; i++)
		if (json_array_append_new(list, json_string(versions[i].text)) != 0)
			break;
	return list;
}

/* Versions are dates, so that their order is that of their text. */
static bool is_modern_version(const char *text)
{
	return text && strlen(text) == strlen(versions[0].text) && text[4] == '-' && text[7] == '-' &&
		strcmp(text, mcp_version_newest(MCP_MODERN)) >= 0;
}

/* ---- envelopes -------------------------------------------------------------------------------------------------- */

static bool is_id(const json_t *id)
{
	return json_is_string(id) || json_is_integer(id);
}

static bool has_params(const json_t *message)
{
	const json_t *params = json_object_get(message, "params");

	return !params || json_is_object(params);
}

/* Who could not read a request does not know its id: an error may have none (JSON-RPC 2.0, 5). */
static bool answers(const json_t *id, bool has_error)
{
	return is_id(id) || (has_error && (!id || json_is_null(id)));
}

json_t *mcp_message_read_new(const char *text, size_t size, struct mcp_unread *ret_why)
{
	json_error_t wrong;
	json_t *message = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &wrong);

	if (!message)
		snprintf(ret_why->text, sizeof ret_why->text, "this cannot be read as JSON: look at line %d, column %d",
			wrong.line, wrong.column);
	return message;
}

enum mcp_kind mcp_message_kind(const json_t *message)
{
	const char *version = json_string_value(json_object_get(message, "jsonrpc"));
	const json_t *method = json_object_get(message, "method"), *id = json_object_get(message, "id");
	bool has_result = json_object_get(message, "result") != NULL;
	bool has_error = json_is_object(json_object_get(message, "error"));

	if (!version || strcmp(version, "2.0") != 0 || !has_params(message))
		return MCP_MALFORMED;
	if (json_is_string(method) && !has_result && !has_error && (!id || is_id(id)))
		return id ? MCP_REQUEST : MCP_NOTIFICATION;
	if (!method && has_result != has_error && answers(id, has_error))
		return MCP_RESPONSE;
	return MCP_MALFORMED;
}

json_t *mcp_message_meta(const json_t *message, const char *member)
{
	json_t *meta = json_object_get(json_object_get(message, "params"), "_meta");

	return member ? json_object_get(meta, member) : meta;
}

bool mcp_message_is_initialize(const json_t *message)
{
	const char *method = json_string_value(json_object_get(message, "method"));

	return mcp_message_kind(message) == MCP_REQUEST && strcmp(method, "initialize") == 0;
}

const json_t *mcp_message_cancelled(const json_t *message)
{
	const char *method = json_string_value(json_object_get(message, "method"));

	if (mcp_message_kind(message) != MCP_NOTIFICATION || strcmp(method, "notifications/cancelled") != 0)
		return NULL;
	return json_object_get(json_object_get(message, "params"), "requestId");
}

/* ---- eras ------------------------------------------------------------------------------------------------------- */

static enum mcp_era refuse(struct mcp_fault *fault, int code, const char *message)
{
	*fault = (struct mcp_fault){ 400, code, message, NULL };
	return MCP_FAULTY;
}

static enum mcp_era era_of_batch(const json_t *batch, struct mcp_fault *fault)
{
	size_t i;
	json_t *item;

	json_array_foreach(batch, i, item) {
		if (mcp_message_kind(item) == MCP_MALFORMED)
			return refuse(fault, MCP_INVALID_REQUEST, "an element of the batch is no JSON-RPC message");
		if (mcp_message_meta(item, MCP_META_VERSION))
			return refuse(fault, MCP_INVALID_REQUEST, "there are no batches in this version of MCP");
	}
	if (i == 0)
		return refuse(fault, MCP_INVALID_REQUEST, "the batch is empty");
	return MCP_OLDER;
}

/* An older client begins with initialize; a modern one has no use for it, and is answered as such. */
static bool begins_session(const json_t *message)
{
	return mcp_message_is_initialize(message) &&
		!is_modern_version(json_string_value(mcp_message_meta(message, MCP_META_VERSION)));
}

enum mcp_era mcp_message_era(const json_t *message, const char *version, struct mcp_fault *fault)
{
	enum mcp_kind kind = mcp_message_kind(message);
	const json_t *key = mcp_message_meta(message, MCP_META_VERSION);
	bool header_is_modern = is_modern_version(version);

	if (json_is_array(message))
		return era_of_batch(message, fault);
	if (kind == MCP_MALFORMED)
		return refuse(fault, MCP_INVALID_REQUEST, "this is no JSON-RPC 2.0 message");
	if (begins_session(message))
		return header_is_modern ? refuse(fault, MCP_HEADER_MISMATCH,
						  "the MCP-Protocol-Version header is not that of initialize")
					: MCP_OLDER;
	if (key && !json_is_string(key))
		return refuse(fault, MCP_INVALID_PARAMS, "_meta's " MCP_META_VERSION " is not a string");
	if (key)
		return MCP_MODERN;
	if (kind != MCP_REQUEST)
		return header_is_modern ? MCP_MODERN : MCP_OLDER;
	if (header_is_modern)
		return refuse(fault, MCP_INVALID_PARAMS, "params._meta has no " MCP_META_VERSION);
	return MCP_OLDER;
}

/* ---- answers ---------------------------------------------------------------------------------------------------- */

json_t *mcp_result_new(const json_t *id, json_t *result)
{
	return json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", id, "result", result);
}

json_t *mcp_error_new(const json_t *id, int code, const char *text, json_t *data)
{
	json_t *error = json_pack("{s:i, s:s, s:o*}", "code", code, "message", text, "data", data);

	return json_pack("{s:s, s:O*, s:o}", "jsonrpc", "2.0", "id", id, "error", error);
}

json_t *mcp_notification_new(const char *method, json_t *params)
{
	return json_pack("{s:s, s:s, s:o*}", "jsonrpc", "2.0", "method", method, "params", params);
}
