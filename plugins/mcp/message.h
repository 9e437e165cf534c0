/* message.h: one JSON-RPC message of MCP's, and which era of the protocol it belongs to. No input or output. */
#ifndef MCP_MESSAGE_H
#define MCP_MESSAGE_H

#include <jansson.h>
#include <stdbool.h>

/* The codes of JSON-RPC, and those that MCP adds. */
enum mcp_code {
	MCP_PARSE_ERROR = -32700,
	MCP_INVALID_REQUEST = -32600,
	MCP_METHOD_NOT_FOUND = -32601,
	MCP_INVALID_PARAMS = -32602,
	MCP_INTERNAL_ERROR = -32603,
	MCP_TOO_MANY = -32000, /* the same may be asked for again later */
	MCP_SESSION_NOT_FOUND = -32001,
	MCP_RESOURCE_NOT_FOUND = -32002, /* older era */
	MCP_HEADER_MISMATCH = -32020,
	MCP_CAPABILITY_MISSING = -32021,
	MCP_VERSION_UNSUPPORTED = -32022
};

/* Why a message is refused. data is the holder's to release; NULL: none. */
struct mcp_fault {
	int http, code;
	const char *message; /* borrowed until it is told */
	json_t *data;
};

enum mcp_kind { MCP_REQUEST, MCP_NOTIFICATION, MCP_RESPONSE, MCP_MALFORMED };

/* The older era has sessions and ends with 2025-11-25; the modern one has none and begins with 2026-07-28. */
enum mcp_era { MCP_OLDER, MCP_MODERN, MCP_FAULTY };

/* Why text is no message. */
struct mcp_unread {
	char text[96];
};

/* Reads any JSON value, which need not be a message; NULL: *ret_why says where it cannot be read. */
json_t *mcp_message_read_new(const char *text, size_t size, struct mcp_unread *ret_why);

/* What a message is, by its envelope. */
enum mcp_kind mcp_message_kind(const json_t *message);

/* Which era a POST belongs to: the body decides, version, the MCP-Protocol-Version header or NULL, only cross-checks.
 * message is one message or a batch. MCP_FAULTY: it is to be refused with *fault. */
enum mcp_era mcp_message_era(const json_t *message, const char *version, struct mcp_fault *fault);

/* Whether text is a version of the protocol that this server speaks in that era, and all of them, the newest first. */
bool mcp_version_is_spoken(enum mcp_era era, const char *text);
json_t *mcp_versions_new(void);

/* The newest version of an era; static. */
const char *mcp_version_newest(enum mcp_era era);

/* Whether a message is a request that begins a session; and the id of the request that a message cancels, NULL when it
 * does no such thing. */
bool mcp_message_is_initialize(const json_t *message);
const json_t *mcp_message_cancelled(const json_t *message);

/* params._meta of a message, or a member of it; NULL when there is none. */
json_t *mcp_message_meta(const json_t *message, const char *member);

/* New messages; id is referenced, result, data and params are stolen, NULL without memory. */
json_t *mcp_result_new(const json_t *id, json_t *result);
json_t *mcp_error_new(const json_t *id, int code, const char *text, json_t *data);
json_t *mcp_notification_new(const char *method, json_t *params);

/* What requests of the modern era say in their _meta. */
#define MCP_META_VERSION "io.modelcontextprotocol/protocolVersion"
#define MCP_META_CAPABILITIES "io.modelcontextprotocol/clientCapabilities"
#define MCP_META_CLIENT "io.modelcontextprotocol/clientInfo"
#define MCP_META_LOG_LEVEL "io.modelcontextprotocol/logLevel"
#define MCP_META_TARGET "signalpy/target" /* in both eras; this server's own */
#define MCP_META_SUBSCRIPTION "io.modelcontextprotocol/subscriptionId"

#endif
