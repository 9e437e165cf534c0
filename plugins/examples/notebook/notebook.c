/* notebook: notes that outlive the daemon, kept by whoever provides storage. Each instance has its own. */
#include <signalpy/component.h>
#include <signalpy/storage.h>
#include <string.h>

SP_RECORD(notebook_note,
	(string, title, .required = true, .min_length = 1, .max_length = 80, .about = "under which the note is kept"),
	(string, text, .otherwise = "", .max_length = 100000));

SP_RECORD(notebook_title,
	(string, title, .required = true, .min_length = 1, .max_length = 80));

SP_RECORD(notebook_start,
	(string, start, .otherwise = "", .max_length = 80, .about = "only titles that begin with this"));

SP_RECORD(notebook_titles,
	(array(string), titles));

SP_COMPONENT(notebook,
	(about,    "Keeps notes.", .name_space = "examples", .target_property = "owner"),
	(property, string, owner, .otherwise = "everybody", .about = "whose notes; a target picks the notebook by it"),
	(one,      sp_storage, storage),
	(later,    write,  notebook_note,  nothing, .idempotent = true, .about = "Keeps a note; it is safe when this answers."),
	(later,    read,   notebook_title, notebook_note, .read_only = true, .about = "Tells a note."),
	(later,    list,   notebook_start, notebook_titles, .read_only = true, .about = "Tells the titles."),
	(later,    remove, notebook_title, nothing, .idempotent = true, .about = "Forgets a note."));

/* A call that waits for the storage, and where its answer goes; it lives as long as the call. */
struct asked {
	sp_call *call;
	void *out;
};

static struct asked *ask(sp_call *call, void *out)
{
	struct {
		struct asked *items;
		size_t count;
	} asked = { NULL, 0 };

	sp_append(call, &asked, (struct asked){ call, out });
	return asked.items;
}

static sp_status begun(sp_call *call, sp_status status)
{
	return status == SP_OK ? SP_LATER : sp_fail(call, status, "the storage takes no request now");
}

static void finish(const struct asked *asked, const struct sp_stored *stored)
{
	if (stored->status != SP_OK)
		sp_fail(asked->call, stored->status, "%s", stored->message);
	sp_finish(asked->call, stored->status);
}

static void told(void *user, const struct sp_stored *stored)
{
	finish(user, stored);
}

static void told_text(void *user, const struct sp_stored *stored)
{
	const struct asked *asked = user;
	struct notebook_note *note = asked->out;

	if (stored->status == SP_OK)
		note->text = sp_format(asked->call, "%.*s", (int)stored->value.size, (const char *)stored->value.data);
	finish(asked, stored);
}

static void told_titles(void *user, const struct sp_stored *stored)
{
	const struct asked *asked = user;
	struct notebook_titles *out = asked->out;

	for (size_t i = 0; i < stored->count; i++)
		sp_append(asked->call, &out->titles, sp_format(asked->call, "%s", stored->keys[i]));
	finish(asked, stored);
}

static sp_status notebook_write(struct notebook *self, sp_call *call, const struct notebook_note *in)
{
	const struct sp_storage *storage = sp_get(self->storage);
	struct asked *asked = ask(call, NULL);

	if (!asked)
		return SP_NO_MEMORY;
	return begun(call, storage->put(storage, in->title, (sp_bytes){ in->text, strlen(in->text) }, told, asked));
}

static sp_status notebook_read(struct notebook *self, sp_call *call, const struct notebook_title *in,
	struct notebook_note *out)
{
	const struct sp_storage *storage = sp_get(self->storage);
	struct asked *asked = ask(call, out);

	if (!asked)
		return SP_NO_MEMORY;
	out->title = sp_format(call, "%s", in->title);
	return begun(call, storage->get(storage, in->title, told_text, asked));
}

static sp_status notebook_list(struct notebook *self, sp_call *call, const struct notebook_start *in,
	struct notebook_titles *out)
{
	const struct sp_storage *storage = sp_get(self->storage);
	struct asked *asked = ask(call, out);

	if (!asked)
		return SP_NO_MEMORY;
	return begun(call, storage->list(storage, in->start, told_titles, asked));
}

static sp_status notebook_remove(struct notebook *self, sp_call *call, const struct notebook_title *in)
{
	const struct sp_storage *storage = sp_get(self->storage);
	struct asked *asked = ask(call, NULL);

	if (!asked)
		return SP_NO_MEMORY;
	return begun(call, storage->remove(storage, in->title, told, asked));
}

SP_PLUGIN(notebook, "1.0.0", notebook);
