/*
 * words_values.h: the words of values: about, settings, properties, property, signal, member, computed, effect,
 * async_effect, kind. Included by words.h.
 */
#ifndef SIGNALPY_WORDS_VALUES_H
#define SIGNALPY_WORDS_VALUES_H

#include <signalpy/rows.h>

/* (about, "what the component is for", .version = "1.2.0", .name_space = "examples"). A component has one instance of
 * its own name, unless it says .on_demand = true: then only those that somebody asks for. */
#define SP_MEMBER_OF_about(C, ...)
#define SP_HANDLER_OF_about(C, ...)
#define SP_ROW_OF_about(C, text, ...) SP__MAKE(sp_about, SP_ROW_ABOUT, 0, text, __VA_ARGS__)

/* (settings, record, member): the component's own configuration section, one slot per leaf, read-only. .at = "http"
 * takes that section instead of components.<instance>. */
#define SP_MEMBER_OF_settings(C, R, member, ...) struct R##_slots member;
#define SP_HANDLER_OF_settings(C, ...)
#define SP_ROW_OF_settings(C, R, name, ...) \
	SP__MAKE(sp_settings, SP_ROW_SETTINGS, offsetof(struct C, name), #name, .record = &R##_record, __VA_ARGS__)

/* (properties, record, member): as settings, but from the instance's properties. */
#define SP_MEMBER_OF_properties(C, R, member, ...) struct R##_slots member;
#define SP_HANDLER_OF_properties(C, ...)
#define SP_ROW_OF_properties(C, R, name, ...) \
	SP__MAKE(sp_settings, SP_ROW_PROPERTIES, offsetof(struct C, name), #name, .record = &R##_record, __VA_ARGS__)

/* (property, type, member, attributes): a service property of the instance, which filters and maps look at; the
 * attributes are those of a field. (signal, type, member, .otherwise = first value): a value of the instance's own.
 * (member, type, name): plain C, zeroed. */
#define SP_MEMBER_OF_property(C, type, name, ...) SP_WRITES(SP__C_##type) name;
#define SP_HANDLER_OF_property(C, ...)
#define SP_ROW_OF_property(C, type, name, ...) SP__CELL(C, SP_ROW_PROPERTY, type, name, __VA_ARGS__)
#define SP_MEMBER_OF_signal(C, type, name, ...) SP_WRITES(SP__C_##type) name;
#define SP_HANDLER_OF_signal(C, ...)
#define SP_ROW_OF_signal(C, type, name, ...) SP__CELL(C, SP_ROW_SIGNAL, type, name, __VA_ARGS__)
#define SP__CELL(C, kind, type, name, ...) \
	SP__MAKE(sp_cell, kind, offsetof(struct C, name), #name, \
		.field = SP__FIELD_ROW(type, name, 0, offsetof(struct C, name), __VA_ARGS__))
#define SP_MEMBER_OF_member(C, type, name, ...) type name;
#define SP_HANDLER_OF_member(C, ...)
#define SP_ROW_OF_member(C, type, name, ...) SP__MAKE(sp_about, SP_ROW_MEMBER, offsetof(struct C, name), #name, )

/* (computed, type, name): type C_name(const struct C *self). Text answered is copied, a json value is stolen. */
#define SP_MEMBER_OF_computed(C, type, name, ...) SP_READS(SP__C_##type) name;
#define SP_HANDLER_OF_computed(C, type, name, ...) \
	static SP__C_##type C##_##name(const struct C *self); \
	static void C##__##name(void *self, void *ret) \
	{ \
		*(SP__C_##type *)ret = C##_##name(self); \
	}
#define SP_ROW_OF_computed(C, type, name, ...) \
	SP__MAKE(sp_computed, SP_ROW_COMPUTED, offsetof(struct C, name), #name, .run = C##__##name, \
		.field = SP__FIELD_ROW(type, name, 0, offsetof(struct C, name), ), __VA_ARGS__)

/* (effect, name): sp_status C_name(struct C *self), run after activation and whenever something it read has changed */
#define SP_MEMBER_OF_effect(C, ...)
#define SP_HANDLER_OF_effect(C, name, ...) \
	static sp_status C##_##name(struct C *self); \
	static sp_status C##__##name(void *self, sp_run *run SP_UNUSED) \
	{ \
		return C##_##name(self); \
	}
#define SP_ROW_OF_effect(C, name, ...) SP__MAKE(sp_effect, SP_ROW_EFFECT, 0, #name, .run = C##__##name, __VA_ARGS__)

/* (async_effect, name): sp_status C_name(struct C *self, sp_run *run) answers SP_LATER and ends with sp_finish, or
 * answers as an effect does. What it reads before it returns decides when it runs again: after the run in flight has
 * ended, never beside it. void C_name_cancel(struct C *self, sp_run *run) [loop] is told, once and at most, when a run
 * in flight is no longer wanted: with .cancel_on_supersede = true because what it read has changed, and always when the
 * instance stops or comes to rest for a replacement. The run must still be finished; SP_CANCELLED is then no
 * failure. */
#define SP_MEMBER_OF_async_effect(C, ...)
#define SP_HANDLER_OF_async_effect(C, name, ...) \
	static sp_status C##_##name(struct C *self, sp_run *run); \
	static void C##_##name##_cancel(struct C *self, sp_run *run); \
	static sp_status C##__##name(void *self, sp_run *run) \
	{ \
		return C##_##name(self, run); \
	} \
	static void C##__##name##_cancel(void *self, sp_run *run) \
	{ \
		C##_##name##_cancel(self, run); \
	}
#define SP_ROW_OF_async_effect(C, name, ...) \
	SP__MAKE(sp_effect, SP_ROW_EFFECT, 0, #name, .run = C##__##name, .cancel = C##__##name##_cancel, \
		.asynchronous = true, __VA_ARGS__)

/* (kind, record, .about = "...", .version = "1"): a record type that the component publishes by name */
#define SP_MEMBER_OF_kind(C, ...)
#define SP_HANDLER_OF_kind(C, ...)
#define SP_ROW_OF_kind(C, R, ...) SP__MAKE(sp_kind, SP_ROW_KIND, 0, #R, .record = &R##_record, __VA_ARGS__)

#endif
