/*
 * words.h: for each word that begins a row, what it becomes: SP_MEMBER_OF_word (a member of the instance),
 * SP_HANDLER_OF_word (the handler's prototype, and a thunk that the kernel can call) and SP_ROW_OF_word (the const
 * row). The words themselves stand in one header per family.
 */
#ifndef SIGNALPY_WORDS_H
#define SIGNALPY_WORDS_H

#include <signalpy/rows.h>
#include <signalpy/words_calls.h>
#include <signalpy/words_life.h>
#include <signalpy/words_services.h>
#include <signalpy/words_values.h>

/* The words a row may begin with; a word that is none of these is the first error the compiler reports. */
enum {
	SP_ROW_WORD_about,
	SP_ROW_WORD_settings,
	SP_ROW_WORD_properties,
	SP_ROW_WORD_property,
	SP_ROW_WORD_signal,
	SP_ROW_WORD_member,
	SP_ROW_WORD_computed,
	SP_ROW_WORD_effect,
	SP_ROW_WORD_async_effect,
	SP_ROW_WORD_one,
	SP_ROW_WORD_optional,
	SP_ROW_WORD_all,
	SP_ROW_WORD_map,
	SP_ROW_WORD_provide,
	SP_ROW_WORD_provide_each,
	SP_ROW_WORD_subscribe,
	SP_ROW_WORD_runnable,
	SP_ROW_WORD_blocking,
	SP_ROW_WORD_later,
	SP_ROW_WORD_activate,
	SP_ROW_WORD_deactivate,
	SP_ROW_WORD_activate_later,
	SP_ROW_WORD_deactivate_later,
	SP_ROW_WORD_health,
	SP_ROW_WORD_health_later,
	SP_ROW_WORD_check,
	SP_ROW_WORD_state,
	SP_ROW_WORD_old_state,
	SP_ROW_WORD_supervise,
	SP_ROW_WORD_timer,
	SP_ROW_WORD_watch,
	SP_ROW_WORD_route,
	SP_ROW_WORD_kind,
	SP_ROW_WORD_skill,
	SP_ROW_WORD_rest,
	SP_ROW_WORD_cli,
	SP_ROW_WORD_mcp,
	SP_ROW_WORD_posted
};
#define SP__WORD(C, row) SP__WORD_(C, SP__OPEN row, )
#define SP__WORD_(...) SP__WORD__(__VA_ARGS__)
#define SP__WORD__(C, word, ...) +0 * SP_ROW_WORD_##word

/* SP__MEMBER(C, row), SP__HANDLER(C, row), SP__ROW(C, row) hand a row to the macro of its kind. */
#define SP__MEMBER(C, row) SP__MEMBER_(C, SP__OPEN row, )
#define SP__MEMBER_(...) SP__MEMBER__(__VA_ARGS__)
#define SP__MEMBER__(C, kind, ...) SP_MEMBER_OF_##kind(C, __VA_ARGS__)
#define SP__HANDLER(C, row) SP__HANDLER_(C, SP__OPEN row, )
#define SP__HANDLER_(...) SP__HANDLER__(__VA_ARGS__)
#define SP__HANDLER__(C, kind, ...) SP_HANDLER_OF_##kind(C, __VA_ARGS__)
#define SP__ROW(C, row) SP__ROW_(C, SP__OPEN row, )
#define SP__ROW_(...) SP__ROW__(__VA_ARGS__)
#define SP__ROW__(C, kind, ...) SP_ROW_OF_##kind(C, __VA_ARGS__),
#define SP__MAKE(type, kind, offset, label, ...) \
	&(const struct type){ .row = { kind, sizeof(struct type), (uint32_t)(offset), label }, __VA_ARGS__ }.row

#endif
