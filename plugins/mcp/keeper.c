/* keeper.c: the component that carries sessions and tasks over. It is apart from the one that serves, since that may be
 * busy when it is replaced, and state is carried over at rest. */
#include "keeper.h"

#include <signalpy/component.h>
#include <string.h>

SP_RECORD(mcp_kept_state,
	(string,  key, .required = true),
	(integer, generation, .required = true, .min = 1),
	(any,     sessions, .required = true),
	(any,     tasks),
	(integer, tasks_made));

SP_COMPONENT(mcp_keeper,
	(about,   "Keeps the sessions and tasks of MCP clients while the plugin is replaced."),
	(provide, mcp_memory),
	(state,   mcp_kept_state, 1),
	(activate),
	(deactivate),
	(member,  struct mcp_kept, kept));

static struct mcp_kept *mcp_keeper_kept(const struct mcp_memory *memory)
{
	return &sp_self(mcp_keeper, memory)->kept;
}

SP_SERVICE(mcp_keeper, mcp_memory, .kept = mcp_keeper_kept);

static sp_status mcp_keeper_activate(struct mcp_keeper *self)
{
	self->kept.generation = 1;
	self->kept.sessions = json_object();
	self->kept.tasks = json_object();
	if (!self->kept.sessions || !self->kept.tasks)
		return sp_fail(self->rt, SP_NO_MEMORY, "out of memory");
	if (mcp_key_make(&self->kept.key))
		return SP_OK;
	return sp_fail(self->rt, SP_FAILED, "there is no randomness to be had");
}

static sp_status mcp_keeper_deactivate(struct mcp_keeper *self)
{
	json_decref(self->kept.sessions);
	json_decref(self->kept.tasks);
	return SP_OK;
}

static sp_status mcp_keeper_snapshot(struct mcp_keeper *self, struct mcp_kept_state *out)
{
	char key[2 * sizeof self->kept.key.bytes + 1];

	mcp_key_write(&self->kept.key, key);
	out->key = sp_format(self->rt, "%s", key);
	out->generation = self->kept.generation;
	out->sessions = json_deep_copy(self->kept.sessions);
	out->tasks = json_deep_copy(self->kept.tasks);
	out->tasks_made = self->kept.tasks_made;
	return out->key && out->sessions && out->tasks ? SP_OK : sp_fail(self->rt, SP_NO_MEMORY, "out of memory");
}

static sp_status mcp_keeper_restore(struct mcp_keeper *self, const struct mcp_kept_state *in)
{
	json_t *sessions = json_deep_copy(in->sessions);
	json_t *tasks = json_is_object(in->tasks) ? json_deep_copy(in->tasks) : json_object();

	if (!json_is_object(sessions) || !tasks || !mcp_key_read(&self->kept.key, in->key)) {
		json_decref(sessions);
		json_decref(tasks);
		return sp_fail(self->rt, SP_FAILED, "what was kept cannot be read");
	}
	json_decref(self->kept.sessions);
	self->kept.sessions = sessions;
	json_decref(self->kept.tasks);
	self->kept.tasks = tasks;
	self->kept.tasks_made = in->tasks_made;
	self->kept.generation = in->generation + 1;
	return SP_OK;
}
