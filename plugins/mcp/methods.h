/* methods.h: what the methods share. */
#ifndef MCP_METHODS_H
#define MCP_METHODS_H

#include "catalogue.h"
#include "server.h"

/* Refuses a request's parameters (-32602), with data, which is stolen (NULL: none). message is static. */
void mcp_refuse(struct mcp_request *request, const char *message, json_t *data);

/* Fails a request as its runnable failed. */
void mcp_refuse_answer(struct mcp_request *request, const struct sp_answer *answer);

/* Answers a list, from the cursor of the request on. */
void mcp_answer_list(struct mcp_request *request, enum mcp_list list);

/* If the runnable asks its caller something, answers with the questions, or asks them of an older client, and says
 * so. */
bool mcp_answer_asks(struct mcp_request *request, const struct sp_answer *answer);

/* Asks an older client, through the stream of its request; the method is run again when all has been answered. False:
 * the client cannot be asked. */
bool mcp_session_ask(struct mcp_request *request, const json_t *questions);

/* The level of a name of syslog's; false when there is none. */
bool mcp_level_of(const char *name, enum sp_level *ret_level);

/* Says in a result of the modern era how long it may be kept, and by whom; result may be NULL. */
void mcp_mark_cacheable(const struct mcp_request *request, json_t *result);

#endif
