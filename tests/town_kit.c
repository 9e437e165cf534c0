/* town_kit.c: a component that has everything a component can have. */
#include "town_kit.h"

#include <signalpy/config.h>
#include <signalpy/gateway.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "voices.h"

struct chronicle chronicle;

/* clang-format off */
SP_RECORD(tower, (integer, height, .otherwise = 10, .min = 1), (string, stone, .otherwise = "granite"));
SP_RECORD(town_settings,
	(string, name, .otherwise = "nowhere"),
	(record(tower), tower),
	(any, map),
	(array(string), streets));
SP_RECORD(town_place, (string, country, .otherwise = "plain"), (integer, people, .otherwise = 7));
SP_RECORD(remark, (string, word, .required = true, .pattern = "^[a-z. ]+$"), (array(integer), numbers));
SP_RECORD(sight, (string, text));
SP_RECORD(past, (string, motto));

struct rope {
	char puller[32];
};

/* A voice that gives everybody who asks a rope of their own. */
#define TOWER_VOICE(C, rank_, language_) \
	SP_COMPONENT(C, \
		(provide_each, voice, rope, .ranking = rank_), \
		(property, string, language, .otherwise = language_), \
		(property, integer, service_ranking, .otherwise = rank_), \
		(activate), \
		(deactivate), \
		(runnable, speak, words, nothing), \
		(runnable, rank, number, nothing)); \
	static sp_status C##_voice_create(SP_UNUSED struct C *self, const char *consumer, struct rope **ret_object) \
	{ \
		return hang_rope(consumer, ret_object); \
	} \
	static void C##_voice_release(SP_UNUSED struct C *self, struct rope *object) \
	{ \
		chronicle.ropes--; \
		sp_free(object); \
	} \
	static const char *C##_say(const struct voice *service) \
	{ \
		return strcmp(C##_voice_object(service)->puller, "town") == 0 ? #C : "a stranger"; \
	} \
	VOICE_KEPT(C) \
	KIT_PLUGIN(C, &C##_component)

struct square {
	struct sp_service service;
	void (*nothing)(void);
};
SP_CONTRACT(square, "ISquare", 1);

SP_COMPONENT(town,
	(about, "a place to live", .version = "2.0.0"),
	(settings, town_settings, settings),
	(check, town_settings),
	(properties, town_place, place),
	(property, string, tune, .otherwise = "hum"),
	(signal, string, motto, .otherwise = "onwards, whatever comes"),
	(computed, string, sign),
	(one, voice, first),
	(optional, voice, maybe, .filter = "(language=dong)"),
	(all, voice, voices),
	(map, voice, tunes, .by = "language"),
	(one, sp_config, config),
	(one, sp_gateway, gateway),
	(provide, square),
	(state, past, 1),
	(effect, follow_sign),
	(effect, follow_voices),
	(subscribe, hear, "town.*"),
	(timer, tick, .every_ms = 10),
	(timer, wake),
	(member, SP_SHARED(string), handle),
	(posted, char, recall),
	(activate),
	(deactivate),
	(health),
	(runnable, describe, nothing, sight),
	(runnable, echo, remark, sight),
	(later, wait, remark, sight),
	(blocking, toil, remark, sight),
	(runnable, look, remark, sight),
	(runnable, shout, remark, nothing),
	(runnable, praise, remark, nothing),
	(runnable, tune, remark, nothing));
/* clang-format on */

static sp_status hang_rope(const char *puller, struct rope **ret_rope)
{
	struct rope *rope = sp_calloc(1, sizeof *rope);

	if (!rope)
		return SP_NO_MEMORY;
	snprintf(rope->puller, sizeof rope->puller, "%s", puller);
	chronicle.ropes++;
	*ret_rope = rope;
	return SP_OK;
}

TOWER_VOICE(bell, 1, "ding");
TOWER_VOICE(gong, 2, "dong");
KIT_PLUGIN(town, &town_component);
KIT_VERSION(town_next, town, "2.0.0", &town_component);

const struct sp_plugin *const plugin_of_town = &town_plugin, *const plugin_of_next_town = &town_next_plugin,
			      *const plugin_of_bell = &bell_plugin, *const plugin_of_gong = &gong_plugin;

SP_SERVICE(town, square, .nothing = NULL);

static void note_swept(void *counter)
{
	++*(unsigned *)counter;
}

static sp_status town_activate(struct town *self)
{
	sp_status status = sp_cleanup(self->rt, note_swept, &chronicle.swept);

	if (status == SP_OK)
		status = sp_share(self->rt, &self->handle, self->motto);
	chronicle.activated += status == SP_OK;
	return status;
}

static sp_status town_deactivate(struct town *self)
{
	sp_shared_release(self->handle.shared);
	chronicle.deactivated++;
	return SP_OK;
}

static sp_status town_health(SP_UNUSED struct town *self)
{
	return SP_OK;
}

static sp_status town_check(const struct town *self, const struct town_settings *next)
{
	if (strcmp(next->name, "atlantis") == 0)
		return sp_fail(self->rt, SP_INVALID, "%s is under water", sp_format(self->rt, "%s", next->name));
	return SP_OK;
}

static sp_status town_snapshot(struct town *self, struct past *out)
{
	out->motto = sp_peek(self->motto);
	return SP_OK;
}

static sp_status town_restore(struct town *self, const struct past *in)
{
	return sp_set(self->motto, in->motto);
}

static sp_status town_tick(SP_UNUSED struct town *self)
{
	chronicle.ticks++;
	return SP_OK;
}

static sp_status town_wake(SP_UNUSED struct town *self)
{
	return SP_OK;
}

/* ---- what it reads ----------------------------------------------------------------------------------------------- */

static const char *who(const struct voice *voice)
{
	return voice ? voice->say(voice) : "nobody";
}

static const char *town_sign(const struct town *self)
{
	return sp_format(self->rt, "%s of %s, %s", sp_get(self->settings.name), sp_get(self->place.country),
		sp_get(self->motto));
}

static void clear_text(void *text)
{
	*(char *)text = '\0';
}

static sp_status town_follow_sign(struct town *self)
{
	const char *sign = sp_get(self->sign);
	sp_status status = sp_cleanup(self->rt, clear_text, chronicle.sign);

	if (status == SP_OK)
		snprintf(chronicle.sign, sizeof chronicle.sign, "%s", sign);
	return status;
}

static const char *list_voices(struct town *self)
{
	const char *list = "";

	sp_each(voice, voice, self->voices)
		list = sp_format(self->rt, "%s %s", list, who(voice));
	return sp_format(self->rt, "first %s, maybe %s, all%s, ding %s, dong %s", who(sp_get(self->first)),
		who(sp_get(self->maybe)), list, who(sp_at(self->tunes, "ding")), who(sp_at(self->tunes, "dong")));
}

static sp_status town_follow_voices(struct town *self)
{
	const char *voices = list_voices(self);
	sp_status status = sp_cleanup(self->rt, clear_text, chronicle.voices);

	if (status == SP_OK)
		snprintf(chronicle.voices, sizeof chronicle.voices, "%s", voices);
	return status;
}

static sp_status town_describe(struct town *self, struct sight *out)
{
	const json_t *map = sp_peek(self->settings.map);
	const char *streets = "";

	for (size_t i = 0; i < sp_peek(self->settings.streets).count; i++)
		streets = sp_format(self->rt, "%s %s", streets, sp_peek(self->settings.streets).items[i]);
	out->text = sp_format(self->rt, "%s; tower %d %s; map %d; streets%s; tune %s; %s", sp_get(self->sign),
		(int)sp_peek(self->settings.tower.height), sp_peek(self->settings.tower.stone),
		(int)json_integer_value(json_object_get(map, "scale")), streets, sp_peek(self->tune),
		list_voices(self));
	return SP_OK;
}

/* ---- what it does ------------------------------------------------------------------------------------------------ */

static sp_status town_hear(struct town *self, const sp_event *event)
{
	enum { MUCH = 1500 }; /* more than a frame has room for */
	const char *text;

	chronicle.heard++;
	text = sp_format(self->rt, "%*s", MUCH, event->type);
	chronicle.heard_well += *text != '\0';
	return SP_OK;
}

static sp_status town_echo(SP_UNUSED struct town *self, const struct remark *in, struct sight *out)
{
	out->text = in->word;
	return SP_OK;
}

static sp_status town_wait(SP_UNUSED struct town *self, sp_call *call, const struct remark *in, struct sight *out)
{
	out->text = in->word;
	chronicle.waiting = call;
	return SP_LATER;
}

static sp_status town_toil(const struct town *self, sp_call *call, const struct remark *in, struct sight *out)
{
	sp_progress(call, 1, 2, "half");
	out->text = sp_format(call, "%s in %s", in->word, sp_peek(self->settings.name));
	return SP_OK;
}

static bool count_exposed(void *user, SP_UNUSED const struct sp_exposed *exposed)
{
	++*(int *)user;
	return true;
}

static sp_status town_look(struct town *self, const struct remark *in, struct sight *out)
{
	const struct sp_config *config = sp_get(self->config);
	const struct sp_gateway *gateway = sp_get(self->gateway);
	const json_t *found = config->get(config, in->word);
	int count = 0;

	gateway->each(gateway, 0, count_exposed, &count);
	out->text = sp_format(self->rt, "%s %d", found ? json_string_value(found) : "nothing", count);
	return SP_OK;
}

static sp_status town_recall(SP_UNUSED struct town *self, SP_UNUSED char *word)
{
	return SP_OK;
}

static sp_status town_shout(struct town *self, const struct remark *in)
{
	sp_status status = sp_shared_post(self->handle, sp_peek(self->motto));

	if (status == SP_OK)
		status = sp_post(self->rt, town, recall, NULL, NULL);
	if (status != SP_OK)
		return status;
	return sp_publish(self->rt, in->word, json_pack("{s:s}", "word", in->word));
}

static sp_status town_praise(struct town *self, const struct remark *in)
{
	return sp_set(self->motto, in->word);
}

static sp_status town_tune(struct town *self, const struct remark *in)
{
	return sp_set(self->tune, in->word);
}

void town_release(sp_testing *world)
{
	sp_call *call = chronicle.waiting;

	chronicle.waiting = NULL;
	if (call)
		sp_finish(call, SP_OK);
	sp_testing_turn(world);
}
