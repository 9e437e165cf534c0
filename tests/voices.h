/* voices.h: components that offer IVoice/1: VOICE(anna, 10, "en") speaks English and ranks at 10; its language and its
 * rank are set at run time with the runnables speak and rank. Each is a plugin of its own: anna_plugin. */
#ifndef TESTS_VOICES_H
#define TESTS_VOICES_H

#include "kernel_kit.h"

SP_RECORD(words, (string, text));
SP_RECORD(number, (integer, value));

#define VOICE(C, rank_, language_) \
	VOICE_DECLARED(C, rank_, language_) \
	VOICE_DEFINED(C) \
	KIT_PLUGIN(C, &C##_component)

/* clang-format off */
#define VOICE_DECLARED(C, rank_, language_) \
	SP_COMPONENT(C, \
		(provide, voice, .ranking = rank_), \
		(property, string, language, .otherwise = language_), \
		(property, integer, service_ranking, .otherwise = rank_), \
		(activate), \
		(deactivate), \
		(runnable, speak, words, nothing), \
		(runnable, rank, number, nothing));
/* clang-format on */

#define VOICE_DEFINED(C) \
	static const char *C##_say(const struct voice *service) \
	{ \
		return sp_name(sp_self(C, service)->rt); \
	} \
	VOICE_KEPT(C)

#define VOICE_KEPT(C) \
	SP_SERVICE(C, voice, .say = C##_say); \
	static sp_status C##_activate(SP_UNUSED struct C *self) \
	{ \
		diary_add("+" #C); \
		return SP_OK; \
	} \
	static sp_status C##_deactivate(SP_UNUSED struct C *self) \
	{ \
		diary_add("-" #C); \
		return SP_OK; \
	} \
	static sp_status C##_speak(struct C *self, const struct words *in) \
	{ \
		return sp_set(self->language, in->text); \
	} \
	static sp_status C##_rank(struct C *self, const struct number *in) \
	{ \
		return sp_set(self->service_ranking, in->value); \
	}

#endif
