/* shared.c: handles on signals, and what threads post through them. Who counts: whoever retained a handle; the last
 * release goes to the loop, which takes the handle off the ledger, or off the plugin that it holds. */
#include "shared.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "frame.h"
#include "ledger.h"
#include "mailbox.h"
#include "plugin.h"

/* A value on its way to its signal. */
struct value_letter {
	struct letter letter;
	sp_node *node;
	const struct sp_value_type *type;
	_Alignas(max_align_t) char value[];
};

/* A function on its way to the loop. */
struct function_letter {
	struct letter letter;
	sp_posted_run run;
	const char *name; /* the plugin's: it is delivered or dropped before that goes */
	void *object;
	void (*release)(void *object);
};

static void free_shared(struct sp_shared *shared)
{
	mailbox_release(shared->mailbox);
	sp_free(shared);
}

/* On the loop, after the last release. */
static void end_shared(struct sp_task *task)
{
	struct sp_shared *shared = container_of(task, struct sp_shared, task);
	struct sp_plugin_handle *plugin = shared->plugin;

	sp_ledger_remove(&shared->entry);
	list_remove(&shared->link);
	free_shared(shared);
	if (plugin)
		plugin_due(plugin);
}

/* R-PL-7: as long as somebody holds a handle, code of the plugin may be about to use it. */
static void sweep_shared(struct sp_ledger_entry *entry)
{
	struct sp_shared *shared = container_of(entry, struct sp_shared, entry);
	struct sp_runtime *rt = shared->rt;

	shared->rt = NULL;
	if (atomic_load(&shared->references) == 0)
		return;
	kernel_log(rt->kernel, SP_WARNING, rt->name,
		"stopped without releasing the handle on %s shared at %s:%d; plugin %s stays loaded until it is",
		shared->name, entry->file, entry->line, rt->factory->plugin->name);
	shared->plugin = rt->factory->plugin;
	list_add(&shared->plugin->handles, &shared->link);
}

/* Without a kernel a handle is freed by the thread that releases it, so that those of one body are let go together. */
static void forget_mailbox(struct sp_plugin_handle *plugin, struct mailbox *mailbox)
{
	struct sp_shared *shared;

	pthread_mutex_lock(&mailbox->lock);
	list_each(shared, &plugin->handles, link) {
		if (shared->mailbox != mailbox)
			continue;
		list_remove(&shared->link);
		shared->plugin = NULL;
	}
	mailbox->kernel = NULL;
	pthread_mutex_unlock(&mailbox->lock);
	mailbox_release(mailbox);
}

void shared_forget(struct sp_plugin_handle *plugin)
{
	while (!list_is_empty(&plugin->handles))
		forget_mailbox(plugin,
			mailbox_keep(container_of(plugin->handles.next, struct sp_shared, link)->mailbox));
}

static struct sp_shared *shared_new(struct sp_runtime *rt, sp_node *slot)
{
	struct sp_node_info info = { .struct_size = sizeof info };
	struct sp_shared *shared;
	size_t size;

	sp_node_inspect(slot, &info);
	size = strlen(rt->name) + strlen(info.name ? info.name : "?") + 2;
	shared = sp_calloc(1, sizeof *shared + size);
	if (!shared)
		return NULL;
	snprintf(shared->name, size, "%s.%s", rt->name, info.name ? info.name : "?");
	list_init(&shared->link);
	shared->task.run = end_shared;
	shared->references = 1;
	shared->mailbox = mailbox_keep(rt->mailbox);
	shared->rt = rt;
	shared->node = slot;
	shared->type = sp_node_type(slot);
	return shared;
}

sp_status sp_runtime_share(sp_runtime *rt, sp_shared **ret_shared, sp_node *slot, const char *file, int line)
{
	struct sp_shared *shared;

	if (sp_node_type(slot) == &sp_type_pointer)
		return sp_runtime_fail(rt, SP_INVALID, "%s:%d: a signal that holds a pointer cannot be shared", file,
			line);
	shared = shared_new(rt, slot);
	if (!shared)
		return sp_runtime_fail(rt, SP_NO_MEMORY, "out of memory");
	shared->entry =
		(struct sp_ledger_entry){ .kind = "handle", .file = file, .line = line, .release = sweep_shared };
	sp_node_share(slot);
	sp_ledger_add(rt, &shared->entry);
	*ret_shared = shared;
	return SP_OK;
}

sp_shared *sp_shared_retain(sp_shared *shared)
{
	atomic_fetch_add(&shared->references, 1);
	return shared;
}

void sp_shared_release(sp_shared *shared)
{
	struct mailbox *mailbox;

	if (!shared || atomic_fetch_sub(&shared->references, 1) != 1)
		return;
	mailbox = mailbox_keep(shared->mailbox); /* the loop may be done with the handle before this thread is */
	if (!mailbox_post_task(mailbox, &shared->task))
		free_shared(shared);
	mailbox_release(mailbox);
}

static void release_value(const struct sp_value_type *type, void *value)
{
	if (type->release)
		type->release(type, value);
}

static void drop_value(struct letter *at)
{
	struct value_letter *letter = container_of(at, struct value_letter, letter);

	release_value(letter->type, letter->value);
	sp_free(letter);
}

/* What the signal had goes with the letter. Nothing is allocated. */
static void deliver_value(struct letter *at, struct sp_runtime *rt)
{
	struct value_letter *letter = container_of(at, struct value_letter, letter);

	(void)rt;
	sp_node_exchange(letter->node, letter->value);
	drop_value(at);
}

static struct letter *value_letter_new(const struct sp_shared *shared, const void *value)
{
	const struct sp_value_type *type = shared->type;
	struct value_letter *letter = sp_malloc(sizeof *letter + type->size);

	if (!letter)
		return NULL;
	*letter = (struct value_letter){ { NULL, deliver_value, drop_value }, shared->node, type };
	if (!type->clone)
		memcpy(letter->value, value, type->size);
	else if (type->clone(type, letter->value, value) != SP_OK) {
		sp_free(letter);
		return NULL;
	}
	return &letter->letter;
}

sp_status sp_shared_post_value(sp_shared *shared, const void *value)
{
	struct letter *letter = value_letter_new(shared, value);

	if (shared->type->steals)
		release_value(shared->type, (void *)value);
	return letter ? mailbox_post(shared->mailbox, letter) : SP_NO_MEMORY;
}

/* The lock keeps the body, and with it the signal, from ending meanwhile. */
sp_status sp_shared_read_value(sp_shared *shared, void *ret_value)
{
	struct mailbox *mailbox = shared->mailbox;
	sp_status status = SP_GONE;

	pthread_mutex_lock(&mailbox->lock);
	if (mailbox->state != MAILBOX_CLOSED)
		status = sp_node_read(shared->node, ret_value);
	pthread_mutex_unlock(&mailbox->lock);
	return status;
}

void sp_shared_free_value(const sp_shared *shared, void *value)
{
	release_value(shared->type, value);
}

static void drop_function(struct letter *at)
{
	struct function_letter *letter = container_of(at, struct function_letter, letter);

	if (letter->release)
		letter->release(letter->object);
	sp_free(letter);
}

static void deliver_function(struct letter *at, struct sp_runtime *rt)
{
	struct function_letter *letter = container_of(at, struct function_letter, letter);
	struct entry entry;
	sp_status status;

	entry_enter(&entry, rt);
	status = frame_judge(&entry.frame, letter->run(rt->self, letter->object));
	entry_leave(&entry);
	if (status < 0)
		kernel_log(rt->kernel, SP_ERROR, rt->name, "posted function %s failed: %s", letter->name,
			entry.error.message);
	sp_free(letter);
}

static sp_status post_function(struct mailbox *mailbox, const struct function_letter *like)
{
	struct function_letter *letter = sp_malloc(sizeof *letter);

	if (!letter) {
		if (like->release)
			like->release(like->object);
		return SP_NO_MEMORY;
	}
	*letter = *like;
	return mailbox_post(mailbox, &letter->letter);
}

sp_status sp_runtime_post(sp_runtime *rt, sp_posted_run run, const char *name, void *object,
	void (*release)(void *object))
{
	return post_function(rt->mailbox,
		&(struct function_letter){ { NULL, deliver_function, drop_function }, run, name, object, release });
}

sp_status sp_shared_run(sp_shared *shared, sp_posted_run run, const char *name, void *object,
	void (*release)(void *object))
{
	return post_function(shared->mailbox,
		&(struct function_letter){ { NULL, deliver_function, drop_function }, run, name, object, release });
}
