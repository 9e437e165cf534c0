/* template.h: URI templates of level 1 (RFC 6570): text with {variables}. */
#ifndef MCP_TEMPLATE_H
#define MCP_TEMPLATE_H

#include <jansson.h>
#include <stdbool.h>

/* Whether a URI matches a template; *ret_values is then a new object of the decoded values. A variable matches
 * everything but a slash, at least one character. False without memory too. */
bool mcp_template_match(const char *uri_template, const char *uri, json_t **ret_values);

#endif
