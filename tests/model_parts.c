/* model_parts.c: the components of the model-based test. What they share stands in macros, so that the rows, which are
 * all that the model knows of them, differ and nothing else does. */
#include "model_parts.h"

#include <stdio.h>
#include <string.h>

#include "calls_kit.h"

const char *const instance_names[NAMES] = { "anna", "bert", "carl", "dora", "emil", "fred", "gina", "hugo", "ivo" };
const char *const plugin_names[PLUGINS] = { "anna", "bert", "carl", "dora", "emil", "fred", "gina", "duo" };

const struct version versions[PLUGINS][VERSIONS] = {
	[ANNA] = { { { SPEAKER, KINDS } }, { { SPEAKER, KINDS } }, { { MUTE, KINDS } } },
	[BERT] = { { { SCRIBE, KINDS } }, { { CLERK, KINDS } }, { { SCRIBE, KINDS } } },
	[CARL] = { { { APPRENTICE, KINDS } }, { { JOURNEYMAN, KINDS } }, { { APPRENTICE, KINDS } } },
	[DORA] = { { { SMITH, KINDS } }, { { FOUNDER, KINDS } }, { { SMITH, KINDS } } },
	[EMIL] = { { { LISTENER, KINDS } }, { { READER, KINDS } }, { { LISTENER, KINDS } } },
	[FRED] = { { { CRIER, KINDS } }, { { CRIER, KINDS } }, { { CRIER, KINDS } } },
	[GINA] = { { { BUYER, KINDS } }, { { BUYER, KINDS } }, { { BUYER, KINDS } } },
	[DUO] = { { { HOST, GUEST } }, { { HOST, GUEST } }, { { HOST, KINDS } } },
};

struct parts parts;

/* ---- what they share --------------------------------------------------------------------------------------------- */

struct word {
	struct sp_service service;
	const struct told *(*who)(const struct word *word);
};
SP_CONTRACT(word, "IWord", 1);

struct tool {
	struct sp_service service;
	const struct told *(*who)(const struct tool *tool);
};
SP_CONTRACT(tool, "ITool", 1);

/* clang-format off */
SP_RECORD(conduct, (integer, limit, .otherwise = 5, .min = 0, .max = 100), (choice(fault), fault));
SP_RECORD(number, (integer, value));
SP_RECORD(text, (string, value));
SP_RECORD(remembered, (integer, count), (string, language));

#define COMMON_ROWS \
	(member, struct told, told), \
	(settings, conduct, conduct), \
	(check, conduct), \
	(activate), \
	(deactivate), \
	(health), \
	(signal, integer, count), \
	(effect, follow_values), \
	(runnable, count_on, number, number)
/* clang-format on */

unsigned name_index(const char *name)
{
	unsigned index = 0;

	while (index < NAMES && strcmp(instance_names[index], name) != 0)
		index++;
	return index;
}

static void forget_cleanup(void *count)
{
	--*(unsigned *)count;
}

static sp_status refuse_if(sp_runtime *rt, bool must)
{
	return must ? sp_fail(rt, SP_FAILED, "deliberate") : SP_OK;
}

static sp_status begin(sp_runtime *rt, struct told *told, enum fault fault)
{
	told->name = name_index(sp_name(rt));
	told->generation = ++parts.activations[told->name];
	parts.cleanups++;
	if (sp_cleanup(rt, forget_cleanup, &parts.cleanups) != SP_OK)
		return SP_NO_MEMORY;
	if (fault == fault_activate)
		return refuse_if(rt, true);
	told->next = parts.living;
	parts.living = told;
	return SP_OK;
}

static sp_status end(struct told *told)
{
	struct told **at = &parts.living;

	while (*at != told)
		at = &(*at)->next;
	*at = told->next;
	return SP_OK;
}

static sp_status judge(sp_runtime *rt, const struct conduct *next)
{
	return next->limit == UNLUCKY ? sp_fail(rt, SP_INVALID, "unlucky") : SP_OK;
}

static void note_values(struct told *told, const struct conduct_slots *conduct, int64_t count)
{
	snprintf(told->values, sizeof told->values, "%d %s %d", (int)sp_get(conduct->limit),
		fault_choices[sp_get(conduct->fault)], (int)count);
}

static void add_who(char *text, const struct told *who)
{
	size_t used = strlen(text);

	if (who)
		snprintf(text + used, TOLD_MOST - used, "%s#%u ", instance_names[who->name], who->generation);
	else
		snprintf(text + used, TOLD_MOST - used, "- ");
}

static const struct told *of_word(const struct word *word)
{
	return word ? word->who(word) : NULL;
}

static const struct told *of_tool(const struct tool *tool)
{
	return tool ? tool->who(tool) : NULL;
}

static sp_status hear(sp_runtime *rt, const char *handler, const sp_event *event, enum fault fault)
{
	char *heard = parts.heard[name_index(sp_name(rt))];
	size_t used = strlen(heard);

	snprintf(heard + used, HEARD_MOST - used, "%s:%s#%d ", handler, event->type,
		(int)json_integer_value(json_object_get(event->data, "number")));
	return refuse_if(rt, fault == fault_handler);
}

static sp_status wait_for_answer(sp_call *call, const struct number *in, struct number *out)
{
	parts.waiting[in->value] = call;
	out->value = in->value;
	return SP_LATER;
}

/* What every component does. */
#define PART(C) \
	static sp_status C##_activate(struct C *self) \
	{ \
		return begin(self->rt, &self->told, sp_peek(self->conduct.fault)); \
	} \
	static sp_status C##_deactivate(struct C *self) \
	{ \
		return end(&self->told); \
	} \
	static sp_status C##_health(struct C *self) \
	{ \
		return refuse_if(self->rt, sp_peek(self->conduct.fault) == fault_health); \
	} \
	static sp_status C##_check(const struct C *self, const struct conduct *next) \
	{ \
		return judge(self->rt, next); \
	} \
	static sp_status C##_follow_values(struct C *self) \
	{ \
		note_values(&self->told, &self->conduct, sp_get(self->count)); \
		return refuse_if(self->rt, sp_get(self->conduct.fault) == fault_effect); \
	} \
	static sp_status C##_count_on(struct C *self, const struct number *in, struct number *out) \
	{ \
		out->value = sp_peek(self->count) + in->value; \
		return sp_set(self->count, out->value); \
	}

#define PROVIDES(C, T) \
	static const struct told *C##_who_##T(const struct T *service) \
	{ \
		return &sp_self(C, service)->told; \
	} \
	SP_SERVICE(C, T, .who = C##_who_##T);

#define WAITS(C) \
	static sp_status C##_wait(SP_UNUSED struct C *self, sp_call *call, const struct number *in, \
		struct number *out) \
	{ \
		return wait_for_answer(call, in, out); \
	}

#define SPEAKS(C) \
	static sp_status C##_speak(struct C *self, const struct text *in) \
	{ \
		return sp_set(self->language, in->value); \
	}

#define RANKS(C) \
	static sp_status C##_rank(struct C *self, const struct number *in) \
	{ \
		return sp_set(self->service_ranking, in->value); \
	}

#define HEARS(C, handler) \
	static sp_status C##_##handler(struct C *self, const sp_event *event) \
	{ \
		return hear(self->rt, #handler, event, sp_peek(self->conduct.fault)); \
	}

#define REMEMBERS(C, language_, take) \
	static sp_status C##_snapshot(struct C *self, struct remembered *out) \
	{ \
		*out = (struct remembered){ sp_peek(self->count), language_ }; \
		return refuse_if(self->rt, sp_peek(self->conduct.fault) == fault_snapshot); \
	} \
	static sp_status C##_restore(struct C *self, const struct remembered *in) \
	{ \
		sp_set(self->count, in->count); \
		take; \
		return refuse_if(self->rt, sp_peek(self->conduct.fault) == fault_restore); \
	}

/* A lease is not given back at the end: the ledger has to. */
#define LEASES(C) \
	static sp_status C##_keep(struct C *self) \
	{ \
		if (!self->kept) \
			self->kept = sp_lease(self->rt, sp_peek(self->tool)); \
		return SP_OK; \
	} \
	static sp_status C##_drop(struct C *self) \
	{ \
		sp_lease_release(self->rt, self->kept); \
		self->kept = NULL; \
		return SP_OK; \
	}

/* The effect that notes which services are shown: what follows the name writes them to seen. */
#define FOLLOWS(C, ...) \
	static sp_status C##_follow_services(struct C *self) \
	{ \
		char *seen = self->told.services; \
\
		seen[0] = '\0'; \
		__VA_ARGS__ \
		return SP_OK; \
	}
#define SEES_ONE(T, slot) add_who(seen, of_##T(sp_get(slot)));
#define SEES_AT(T, slot, key) add_who(seen, of_##T(sp_at(slot, key)));
#define SEES_ALL(T, slot) \
	sp_each(T, each_##T, slot) { \
		add_who(seen, of_##T(each_##T)); \
	}

/* ---- the kinds --------------------------------------------------------------------------------------------------- */

/* clang-format off */
SP_COMPONENT(speaker, COMMON_ROWS,
	(provide, word),
	(property, integer, service_ranking, .otherwise = 10),
	(property, string, language, .otherwise = "en"),
	(runnable, rank, number, nothing),
	(runnable, speak, text, nothing));

SP_COMPONENT(mute, COMMON_ROWS);

SP_COMPONENT(scribe, COMMON_ROWS,
	(provide, word, .ranking = 20),
	(property, string, language, .otherwise = "fr"),
	(optional, tool, tool),
	(effect, follow_services),
	(state, remembered, 1),
	(subscribe, hear, "job.*"),
	(runnable, speak, text, nothing),
	(later, wait, number, number));

SP_COMPONENT(clerk, COMMON_ROWS,
	(provide, word, .ranking = 20),
	(property, string, language, .otherwise = "fr"),
	(all, tool, tools),
	(effect, follow_services),
	(state, remembered, 1),
	(subscribe, late, "*.done"),
	(subscribe, hear, "job.*"),
	(runnable, speak, text, nothing),
	(later, wait, number, number));

SP_COMPONENT(apprentice, COMMON_ROWS,
	(provide, word, .ranking = 30),
	(one, tool, tool),
	(effect, follow_services),
	(state, remembered, 1),
	(member, const struct tool *, kept),
	(runnable, keep, nothing, nothing),
	(runnable, drop, nothing, nothing),
	(later, wait, number, number));

SP_COMPONENT(journeyman, COMMON_ROWS,
	(provide, word, .ranking = 30),
	(optional, tool, tool),
	(effect, follow_services),
	(later, wait, number, number));

SP_COMPONENT(smith, COMMON_ROWS,
	(provide, tool, .ranking = 20),
	(one, word, word, .filter = "(language=en)"),
	(effect, follow_services),
	(later, wait, number, number));

SP_COMPONENT(founder, COMMON_ROWS,
	(provide, tool, .ranking = 20),
	(all, tool, others),
	(one, word, word),
	(effect, follow_services),
	(later, wait, number, number));

SP_COMPONENT(listener, COMMON_ROWS,
	(all, word, words),
	(map, word, languages, .by = "language"),
	(optional, tool, tool),
	(computed, integer, crowd),
	(effect, follow_services),
	(subscribe, echo, "echo.*"),
	(later, wait, number, number));

SP_COMPONENT(reader, COMMON_ROWS,
	(all, word, words, .filter = "(language=fr)"),
	(effect, follow_services),
	(subscribe, echo, "echo.*"),
	(later, wait, number, number));

SP_COMPONENT(crier, COMMON_ROWS,
	(provide, tool),
	(property, integer, service_ranking, .otherwise = 15),
	(state, remembered, 1),
	(subscribe, job, "job.*"),
	(subscribe, done, "*.done"),
	(subscribe, echo, "echo.?"),
	(runnable, rank, number, nothing));

SP_COMPONENT(buyer, COMMON_ROWS,
	(one, tool, tool),
	(one, word, word, .filter = "(language=fr)"),
	(effect, follow_services),
	(member, const struct tool *, kept),
	(runnable, keep, nothing, nothing),
	(runnable, drop, nothing, nothing),
	(later, wait, number, number));

SP_COMPONENT(host, COMMON_ROWS,
	(provide, word, .ranking = 25),
	(state, remembered, 1));

SP_COMPONENT(guest, COMMON_ROWS,
	(one, word, word),
	(effect, follow_services),
	(later, wait, number, number));
/* clang-format on */

PART(speaker)
PROVIDES(speaker, word)
RANKS(speaker)
SPEAKS(speaker)

PART(mute)

PART(scribe)
PROVIDES(scribe, word)
SPEAKS(scribe)
WAITS(scribe)
HEARS(scribe, hear)
REMEMBERS(scribe, sp_peek(self->language), sp_set(self->language, in->language))
FOLLOWS(scribe, SEES_ONE(tool, self->tool))

PART(clerk)
PROVIDES(clerk, word)
SPEAKS(clerk)
WAITS(clerk)
HEARS(clerk, hear)
HEARS(clerk, late)
REMEMBERS(clerk, sp_peek(self->language), sp_set(self->language, in->language))
FOLLOWS(clerk, SEES_ALL(tool, self->tools))

PART(apprentice)
PROVIDES(apprentice, word)
WAITS(apprentice)
LEASES(apprentice)
REMEMBERS(apprentice, NULL, )
FOLLOWS(apprentice, SEES_ONE(tool, self->tool))

PART(journeyman)
PROVIDES(journeyman, word)
WAITS(journeyman)
FOLLOWS(journeyman, SEES_ONE(tool, self->tool))

PART(smith)
PROVIDES(smith, tool)
WAITS(smith)
FOLLOWS(smith, SEES_ONE(word, self->word))

PART(founder)
PROVIDES(founder, tool)
WAITS(founder)
FOLLOWS(founder, SEES_ALL(tool, self->others) SEES_ONE(word, self->word))

PART(listener)
WAITS(listener)
HEARS(listener, echo)

static int64_t listener_crowd(const struct listener *self)
{
	int64_t crowd = 0;

	sp_each(word, word, self->words)
		crowd++;
	return crowd;
}

static void add_crowd(char *seen, int64_t crowd)
{
	size_t used = strlen(seen);

	snprintf(seen + used, TOLD_MOST - used, "of %d ", (int)crowd);
}

FOLLOWS(listener, SEES_ALL(word, self->words) add_crowd(seen, sp_get(self->crowd));
	SEES_AT(word, self->languages, "en") SEES_AT(word, self->languages, "fr") SEES_ONE(tool, self->tool))

PART(reader)
WAITS(reader)
HEARS(reader, echo)
FOLLOWS(reader, SEES_ALL(word, self->words))

PART(crier)
PROVIDES(crier, tool)
RANKS(crier)
HEARS(crier, done)
HEARS(crier, echo)
REMEMBERS(crier, NULL, )

static sp_status crier_job(struct crier *self, const sp_event *event)
{
	sp_publish(self->rt, "echo.a", json_deep_copy(event->data));
	sp_set(self->count, sp_peek(self->count) + 1);
	return hear(self->rt, "job", event, sp_peek(self->conduct.fault));
}

PART(buyer)
WAITS(buyer)
LEASES(buyer)
FOLLOWS(buyer, SEES_ONE(tool, self->tool) SEES_ONE(word, self->word))

PART(host)
PROVIDES(host, word)
REMEMBERS(host, NULL, )

PART(guest)
WAITS(guest)
FOLLOWS(guest, SEES_ONE(word, self->word))

/* ---- the plugins ------------------------------------------------------------------------------------------------- */

static const struct sp_component *const components[KINDS] = { [SPEAKER] = &speaker_component,
	[MUTE] = &mute_component,
	[SCRIBE] = &scribe_component,
	[CLERK] = &clerk_component,
	[APPRENTICE] = &apprentice_component,
	[JOURNEYMAN] = &journeyman_component,
	[SMITH] = &smith_component,
	[FOUNDER] = &founder_component,
	[LISTENER] = &listener_component,
	[READER] = &reader_component,
	[CRIER] = &crier_component,
	[BUYER] = &buyer_component,
	[HOST] = &host_component,
	[GUEST] = &guest_component };

const struct sp_plugin *version_plugin(unsigned plugin, unsigned version)
{
	static const char *const words[VERSIONS] = { "1", "2", "3" };
	static struct built built[PLUGINS][VERSIONS];
	struct built *it = &built[plugin][version];

	if (it->count)
		return &it->plugin;
	built_begin(it, plugin_names[plugin], words[version]);
	for (unsigned i = 0; i < PARTS_MOST; i++)
		if (versions[plugin][version].kinds[i] != KINDS)
			built_add(it, components[versions[plugin][version].kinds[i]], instance_names[plugin + i]);
	return &it->plugin;
}
