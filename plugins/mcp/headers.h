/* headers.h: what the headers of a modern request must say: the same as its body. No input or output. */
#ifndef MCP_HEADERS_H
#define MCP_HEADERS_H

#include "message.h"

#include <signalpy/http.h>

/* Decodes a header's value: surrounding blanks do not count, =?base64?...?= is base64 of UTF-8 text, strictly. A new
 * string; NULL when it cannot be decoded, or without memory. */
json_t *mcp_header_value_new(const char *value);

/* Whether the headers of a request agree with its body: version, method, and name or uri. On false *fault says why. */
bool mcp_headers_agree(const struct sp_http_exchange *exchange, const json_t *message, struct mcp_fault *fault);

/* Whether the Mcp-Param headers agree with the arguments, for each property of the tool's schema that asks for one with
 * "x-mcp-header". On false *fault says why. */
bool mcp_param_headers_agree(const struct sp_http_exchange *exchange, const json_t *schema, const json_t *arguments,
	struct mcp_fault *fault);

#endif
