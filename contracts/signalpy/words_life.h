/*
 * words_life.h: the words of an instance's life: activate, activate_later, deactivate, deactivate_later, health,
 * health_later, check, state, old_state, supervise, timer, watch, posted. Included by words.h.
 */
#ifndef SIGNALPY_WORDS_LIFE_H
#define SIGNALPY_WORDS_LIFE_H

#include <signalpy/rows.h>

/* (activate), (deactivate), (health, .every_ms = ...): sp_status C_activate(struct C *self) ...; health answers whether
 * the instance works. (check, record): sp_status C_check(const struct C *self, const struct record *next) judges
 * settings that are about to be committed; record is the one of the settings row. */
#define SP_MEMBER_OF_activate(C, ...)
#define SP_HANDLER_OF_activate(C, ...) SP__HOOK(C, activate)
#define SP_ROW_OF_activate(C, ...) SP__HOOK_ROW(C, activate, SP_HOOK_ACTIVATE, __VA_ARGS__)
#define SP_MEMBER_OF_deactivate(C, ...)
#define SP_HANDLER_OF_deactivate(C, ...) SP__HOOK(C, deactivate)
#define SP_ROW_OF_deactivate(C, ...) SP__HOOK_ROW(C, deactivate, SP_HOOK_DEACTIVATE, __VA_ARGS__)

/* (activate_later, .timeout_ms = ...), (deactivate_later, .timeout_ms = ...), instead of the former: sp_status
 * C_activate(struct C *self, sp_run *run) may answer SP_LATER and end with sp_finish(run, status). Until then the
 * instance is activating and serves nobody, or deactivating and has nobody left to serve. Its timers and watches work;
 * when deactivation begins they have been stopped, and the hook starts those that it needs. After timeout_ms (default
 * 30,000) activation has failed, and deactivation goes on without it; sp_is_stale(run) tells the hook, as it does when
 * the instance is removed meanwhile. The run must still be finished: until then the instance's memory and the plugin's
 * code stay. An activation that finishes too late with SP_OK is followed by deactivation. */
#define SP_MEMBER_OF_activate_later(C, ...)
#define SP_HANDLER_OF_activate_later(C, ...) SP__HOOK_LATER(C, activate)
#define SP_ROW_OF_activate_later(C, ...) SP__HOOK_LATER_ROW(C, activate, SP_HOOK_ACTIVATE, __VA_ARGS__)
#define SP_MEMBER_OF_deactivate_later(C, ...)
#define SP_HANDLER_OF_deactivate_later(C, ...) SP__HOOK_LATER(C, deactivate)
#define SP_ROW_OF_deactivate_later(C, ...) SP__HOOK_LATER_ROW(C, deactivate, SP_HOOK_DEACTIVATE, __VA_ARGS__)
#define SP__HOOK_LATER(C, name) \
	static sp_status C##_##name(struct C *self, sp_run *run); \
	static sp_status C##__##name(void *self, sp_run *run) \
	{ \
		return C##_##name(self, run); \
	}
#define SP__HOOK_LATER_ROW(C, name, hook_, ...) \
	SP__MAKE(sp_hook, SP_ROW_HOOK, 0, #name, .hook = hook_, .later = C##__##name, __VA_ARGS__)

#define SP_MEMBER_OF_health(C, ...)
#define SP_HANDLER_OF_health(C, ...) SP__HOOK(C, health)
#define SP_ROW_OF_health(C, ...) SP__HOOK_ROW(C, health, SP_HOOK_HEALTH, __VA_ARGS__)

/* (health_later, .every_ms = ..., .timeout_ms = ...), instead of health: sp_status C_health(struct C *self, sp_run
 * *run) may answer SP_LATER and end with sp_finish(run, status). One check runs at a time: the next begins every_ms
 * after the end of the former. After timeout_ms (default 30,000) the check has failed, and fails again on each interval
 * until it is finished, which it must be. sp_is_stale(run) tells it that nobody waits any more: its time has passed, or
 * the instance is removed or replaced. */
#define SP_MEMBER_OF_health_later(C, ...)
#define SP_HANDLER_OF_health_later(C, ...) SP__HOOK_LATER(C, health)
#define SP_ROW_OF_health_later(C, ...) SP__HOOK_LATER_ROW(C, health, SP_HOOK_HEALTH, __VA_ARGS__)
#define SP_MEMBER_OF_check(C, ...)
#define SP_HANDLER_OF_check(C, R, ...) \
	static sp_status C##_check(const struct C *self, const struct R *next); \
	static sp_status C##__check(const void *self, const void *next) \
	{ \
		return C##_check(self, next); \
	}
#define SP_ROW_OF_check(C, R, ...) \
	SP__MAKE(sp_check, SP_ROW_CHECK, 0, "check", .record = &R##_record, .run = C##__check, __VA_ARGS__)
#define SP__HOOK(C, name) \
	static sp_status C##_##name(struct C *self); \
	static sp_status C##__##name(void *self) \
	{ \
		return C##_##name(self); \
	}
#define SP__HOOK_ROW(C, name, hook_, ...) \
	SP__MAKE(sp_hook, SP_ROW_HOOK, 0, #name, .hook = hook_, .run = C##__##name, __VA_ARGS__)

/* (state, record, version): sp_status C_snapshot(struct C *self, struct record *out) and C_restore(struct C *self,
 * const struct record *in); (old_state, record, version): C_restore_version(struct C *self, const struct record *in) */
#define SP_MEMBER_OF_state(C, ...)
#define SP_HANDLER_OF_state(C, R, version, ...) \
	static sp_status C##_snapshot(struct C *self, struct R *out); \
	static sp_status C##_restore(struct C *self, const struct R *in); \
	static sp_status C##__snapshot(void *self, void *out) \
	{ \
		return C##_snapshot(self, out); \
	} \
	static sp_status C##__restore(void *self, const void *in) \
	{ \
		return C##_restore(self, in); \
	}
#define SP_ROW_OF_state(C, R, version_, ...) \
	SP__MAKE(sp_state, SP_ROW_STATE, 0, #R, .record = &R##_record, .version = version_, .snapshot = C##__snapshot, \
		.restore = C##__restore, __VA_ARGS__)
#define SP_MEMBER_OF_old_state(C, ...)
#define SP_HANDLER_OF_old_state(C, R, version, ...) \
	static sp_status C##_restore_##version(struct C *self, const struct R *in); \
	static sp_status C##__restore_##version(void *self, const void *in) \
	{ \
		return C##_restore_##version(self, in); \
	}
#define SP_ROW_OF_old_state(C, R, version_, ...) \
	SP__MAKE(sp_state, SP_ROW_STATE, 0, #R, .record = &R##_record, .version = version_, \
		.restore = C##__restore_##version_, __VA_ARGS__)

/* (supervise, name, .strategy = ..., ...): sp_verdict C_name(struct C *self, sp_failure *failure) */
#define SP_MEMBER_OF_supervise(C, ...)
#define SP_HANDLER_OF_supervise(C, name, ...) \
	static sp_verdict C##_##name(struct C *self, sp_failure *failure); \
	static sp_verdict C##__##name(void *self, sp_failure *failure) \
	{ \
		return C##_##name(self, failure); \
	}
#define SP_ROW_OF_supervise(C, name, ...) \
	SP__MAKE(sp_supervise, SP_ROW_SUPERVISE, 0, #name, .decide = C##__##name, __VA_ARGS__)

/* (timer, name, .every_ms = ...): sp_status C_name(struct C *self); with .every_ms it runs from activation on, else
 * after sp_timer_start. (watch, name): sp_status C_name(struct C *self, int fd, unsigned events) */
#define SP_MEMBER_OF_timer(C, name, ...) sp_timer *name;
#define SP_HANDLER_OF_timer(C, name, ...) SP__HOOK(C, name)
#define SP_ROW_OF_timer(C, name, ...) \
	SP__MAKE(sp_hook, SP_ROW_TIMER, offsetof(struct C, name), #name, .run = C##__##name, __VA_ARGS__)
#define SP_MEMBER_OF_watch(C, name, ...) sp_watch *name;
#define SP_HANDLER_OF_watch(C, name, ...) \
	static sp_status C##_##name(struct C *self, int fd, unsigned events); \
	static sp_status C##__##name(void *self, int fd, unsigned events) \
	{ \
		return C##_##name(self, fd, events); \
	}
#define SP_ROW_OF_watch(C, name, ...) \
	SP__MAKE(sp_watch_row, SP_ROW_WATCH, offsetof(struct C, name), #name, .run = C##__##name, __VA_ARGS__)

/* (posted, type, name): sp_status C_name(struct C *self, type *object), run on the loop when a thread has posted it
 * with sp_post(self->rt, C, name, object, release); see shared.h. object is then the function's to release. */
#define SP_MEMBER_OF_posted(C, ...)
#define SP_HANDLER_OF_posted(C, T, name, ...) \
	static sp_status C##_##name(struct C *self, T *object); \
	static sp_status C##__##name(void *self, void *object) \
	{ \
		return C##_##name(self, object); \
	} \
	static inline SP_UNUSED T *C##__##name##__object(T *object) \
	{ \
		return object; \
	}
#define SP_ROW_OF_posted(C, T, name, ...) SP__MAKE(sp_posted, SP_ROW_POSTED, 0, #name, .run = C##__##name, __VA_ARGS__)

#endif
