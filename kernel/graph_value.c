/* graph_value.c: how values are kept in nodes. A box holds the value, a place to make the next one in, and for a
 * computed a place for its run to write to. */
#include "alloc.h"
#include "graph.h"

#include <string.h>

static size_t box_stride(const struct sp_value_type *type)
{
	return (type->size + 15U) & ~(size_t)15U;
}

static void *box_spare(const sp_node *node)
{
	return (char *)node->value.box + box_stride(node->type);
}

static uint8_t form_of(const struct sp_value_type *type)
{
	if (type == &sp_type_number)
		return FORM_NUMBER;
	if (type->size > sizeof(union sp_value_cell) || type->equal != NULL || type->keep != NULL ||
		type->release != NULL)
		return FORM_TYPED;
	return FORM_BITS;
}

static void lock_if_shared(sp_node *node)
{
	if (node->form == FORM_SHARED)
		pthread_mutex_lock(&node->graph->lock);
}

static void unlock_if_shared(sp_node *node)
{
	if (node->form == FORM_SHARED)
		pthread_mutex_unlock(&node->graph->lock);
}

sp_status sp_value_init(sp_node *node, const struct sp_value_type *type)
{
	size_t places = node->kind == SP_NODE_COMPUTED ? 3 : 2;

	node->type = type;
	node->form = form_of(type);
	node->value.bits = 0;
	if (type->size <= sizeof(node->value))
		return SP_OK;
	sp_state_add(node, STATE_BOXED);
	node->value.box = sp_calloc(places, box_stride(type));
	return node->value.box != NULL ? SP_OK : SP_NO_MEMORY;
}

static void release(const struct sp_value_type *type, void *value)
{
	if (type->release != NULL)
		type->release(type, value);
}

void sp_value_finish(sp_node *node, bool held)
{
	if (held)
		release(node->type, sp_value_place(node));
	if (sp_state_has(node, STATE_BOXED))
		sp_free(node->value.box);
}

bool sp_value_equal(const sp_node *node, const void *value)
{
	const struct sp_value_type *type = node->type;

	if (sp_value_is_plain(node))
		return sp_value_equal_plain(node, (union sp_value_cell){ .bits = sp_value_bits(type, value) });
	if (type->equal != NULL)
		return type->equal(type, sp_value_place(node), value);
	return memcmp(sp_value_place(node), value, type->size) == 0;
}

/* Makes what is to be stored in spare, which has room for it. */
static sp_status keep(const struct sp_value_type *type, void *spare, const void *value)
{
	if (type->keep != NULL)
		return type->keep(type, spare, value);
	memcpy(spare, value, type->size);
	return SP_OK;
}

void sp_value_exchange(sp_node *node, void *value)
{
	unsigned char *left = sp_value_place(node), *right = value;
	size_t i;

	lock_if_shared(node);
	for (i = 0; i < node->type->size; i++) {
		unsigned char byte = left[i];

		left[i] = right[i];
		right[i] = byte;
	}
	unlock_if_shared(node);
	sp_value_remember(node);
}

sp_status sp_value_store(sp_node *node, const void *value, bool held)
{
	const struct sp_value_type *type = node->type;
	union sp_value_cell cell;
	void *spare = &cell;
	sp_status status;

	if (sp_value_is_plain(node)) {
		node->value.bits = sp_value_bits(type, value);
		return SP_OK;
	}
	if (sp_state_has(node, STATE_BOXED))
		spare = box_spare(node);
	status = keep(type, spare, value);
	if (status != SP_OK)
		return status;
	sp_value_exchange(node, spare);
	if (held)
		release(type, spare);
	return SP_OK;
}

void sp_value_clear(sp_node *node, bool held)
{
	union sp_value_cell cell = { 0 };
	void *spare = sp_state_has(node, STATE_BOXED) ? box_spare(node) : &cell;

	memset(spare, 0, node->type->size);
	sp_value_exchange(node, spare);
	if (held)
		release(node->type, spare);
}

void sp_value_discard(const struct sp_value_type *type, const void *value)
{
	if (type->steals)
		release(type, (void *)value);
}

void *sp_value_boxed_result(const sp_node *computed)
{
	return memset((char *)box_spare(computed) + box_stride(computed->type), 0, computed->type->size);
}

/* ---- sharing ----------------------------------------------------------------------------------------------------- */

void sp_node_share(sp_node *node)
{
	sp_graph_check_thread(node->graph);
	node->form = FORM_SHARED;
}

/* The state is not looked at: it is the loop thread's, and changes under the reader's hands. */
sp_status sp_node_read(sp_node *node, void *ret_value)
{
	const struct sp_value_type *type = node->type;
	const void *place = &node->value;
	sp_status status = SP_OK;

	if (node->form != FORM_SHARED || type == NULL || (type->release != NULL && type->clone == NULL))
		return SP_CONFLICT;
	if (type->size > sizeof(node->value))
		place = node->value.box;
	pthread_mutex_lock(&node->graph->lock);
	if (type->clone != NULL)
		status = type->clone(type, ret_value, place);
	else
		memcpy(ret_value, place, type->size);
	pthread_mutex_unlock(&node->graph->lock);
	return status;
}

/* ---- debug builds ------------------------------------------------------------------------------------------------ */

#ifdef SIGNALPY_DEBUG
static int hash_text(const char *text, size_t size, void *user)
{
	uint64_t *hash = user;
	size_t i;

	for (i = 0; i < size; i++)
		*hash = (*hash ^ (unsigned char)text[i]) * 1099511628211U;
	return 0;
}

/* A number that changes with the content of a json value; 0 if there is none, or no memory to look. */
static uint64_t fingerprint(const json_t *value)
{
	uint64_t hash = 14695981039346656037U;

	if (value == NULL || json_dump_callback(value, hash_text, &hash, JSON_ENCODE_ANY) != 0)
		return 0;
	return hash;
}

void sp_value_remember(sp_node *node)
{
	struct sp_sidecar *sidecar;

	if (node->type != &sp_type_json)
		return;
	sidecar = sp_node_sidecar(node);
	if (sidecar != NULL)
		sidecar->fingerprint = fingerprint(node->value.box);
}

void sp_value_verify(sp_node *node)
{
	sp_graph *graph = node->graph;
	uint64_t now;

	if (node->type != &sp_type_json || node->sidecar == NULL || node->sidecar->fingerprint == 0)
		return;
	now = fingerprint(node->value.box);
	if (now == 0 || now == node->sidecar->fingerprint)
		return;
	node->sidecar->fingerprint = now;
	if (graph->hooks.mutated != NULL)
		graph->hooks.mutated(graph->hooks.user, node);
}
#endif
