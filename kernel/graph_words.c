/* graph_words.c: what the engine has to say, with the names of the nodes it concerns. */
#include "graph.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CHAIN_BYTES = 192, NAMES_BYTES = 512 };

#define ARROW " \xe2\x86\x92 "
#define ELLIPSIS "\xe2\x80\xa6"

const char *sp_node_label(const sp_node *node, char buffer[SP_NODE_LABEL])
{
	static const char *const kinds[] = { "node", "signal", "computed", "effect" };

	if (node->sidecar != NULL && node->sidecar->name != NULL)
		snprintf(buffer, SP_NODE_LABEL, "%s", node->sidecar->name);
	else
		snprintf(buffer, SP_NODE_LABEL, "%s %" PRIu64, kinds[node->kind & 3], node->sequence);
	return buffer;
}

/* ---- chains ------------------------------------------------------------------------------------------------------ */

/* Who brings whom up to date, from the innermost run outwards. */
struct chain {
	const struct sp_frame *frame;
	const struct sp_reader *reader;
};

static void to_running(struct chain *chain)
{
	while (chain->frame != NULL && chain->frame->reader == NULL)
		chain->frame = chain->frame->outer;
	chain->reader = chain->frame != NULL ? chain->frame->reader : NULL;
}

static void to_outer(struct chain *chain)
{
	const struct sp_reader *reader = chain->reader;

	if (reader->node.kind == SP_NODE_COMPUTED && reader->link.via != NULL) {
		chain->reader = reader->link.via->target;
		return;
	}
	chain->frame = chain->frame->outer;
	to_running(chain);
}

/* Puts text before what already stands at *start; false if there is no room between buffer and there. */
static bool prepend(const char *buffer, char **start, const char *text)
{
	size_t length = strlen(text);

	if ((size_t)(*start - buffer) < length)
		return false;
	*start -= length;
	memcpy(*start, text, length);
	return true;
}

/* Writes "a -> b -> c" to buffer: who reads whom, from last (NULL: the outermost) to the run under way. Where it is too
 * long, the beginning is left out. Answers where it starts. */
static const char *write_chain(const sp_graph *graph, const sp_node *last, char buffer[CHAIN_BYTES])
{
	struct chain chain = { graph->frame, NULL };
	const char *room = buffer + strlen(ELLIPSIS ARROW);
	char *start = buffer + CHAIN_BYTES - 1, label[SP_NODE_LABEL];

	*start = '\0';
	for (to_running(&chain); chain.reader != NULL; to_outer(&chain)) {
		const sp_node *node = &chain.reader->node;

		if ((*start != '\0' && !prepend(room, &start, ARROW)) ||
			!prepend(room, &start, sp_node_label(node, label))) {
			prepend(buffer, &start, *start == ' ' ? ELLIPSIS : ELLIPSIS ARROW);
			break;
		}
		if (node == last)
			break;
	}
	return start;
}

void sp_fail_loop(sp_node *node)
{
	char buffer[CHAIN_BYTES], label[SP_NODE_LABEL];

	sp_graph_fail(node->graph, SP_CONFLICT, "a loop: %s" ARROW "%s", write_chain(node->graph, node, buffer),
		sp_node_label(node, label));
}

sp_status sp_error_set_stack(struct sp_error *error, const sp_node *computed)
{
	char buffer[CHAIN_BYTES], label[SP_NODE_LABEL];
	const char *chain = write_chain(computed->graph, NULL, buffer);

	return sp_error_set(error, SP_FAILED, "too deep for the stack: %s%s%s", chain, chain[0] != '\0' ? ARROW : "",
		sp_node_label(computed, label));
}

/* ---- writes in computeds, and waves without end ------------------------------------------------------------------ */

void sp_fail_write(sp_node *signal)
{
	struct chain chain = { signal->graph->frame, NULL };
	char written[SP_NODE_LABEL], writer[SP_NODE_LABEL];

	to_running(&chain);
	if (chain.reader == NULL)
		return;
	sp_graph_fail(signal->graph, SP_CONFLICT, "%s cannot be set by %s: a computed only reads; set it in an effect",
		sp_node_label(signal, written), sp_node_label(&chain.reader->node, writer));
}

struct names {
	uint32_t since, now;
	size_t used;
	char text[NAMES_BYTES];
};

static void add_name(struct names *names, const char *name)
{
	const char *comma = names->used > 0 ? ", " : "";
	size_t room = sizeof(names->text) - names->used;

	if (strlen(comma) + strlen(name) + sizeof(", " ELLIPSIS) <= room) {
		names->used += (size_t)snprintf(names->text + names->used, room, "%s%s", comma, name);
		return;
	}
	snprintf(names->text + names->used, room, "%s" ELLIPSIS, comma);
	names->used = sizeof(names->text);
}

static void name_if_writer(void *user, void *object)
{
	struct names *names = user;
	const sp_node *node = object;
	char label[SP_NODE_LABEL];

	if (node->kind != SP_NODE_EFFECT || sp_state_has(node, STATE_GONE) || names->used == sizeof(names->text))
		return;
	if (node->cycle > names->since && node->cycle <= names->now)
		add_name(names, sp_node_label(node, label));
}

void sp_tell_runaway(const sp_graph *graph, uint32_t since)
{
	struct names names = { .since = since, .now = graph->last_cycle };

	if (graph->hooks.runaway == NULL)
		return;
	sp_slab_each(&graph->readers, name_if_writer, &names);
	graph->hooks.runaway(graph->hooks.user, names.text);
}
