/*
 * rows.h: the const rows that a component is made of, as the kernel reads them. Plugins write them through component.h;
 * what each word of a row means is told in the words_*.h headers and in signalpy-plugin(7).
 */
#ifndef SIGNALPY_ROWS_H
#define SIGNALPY_ROWS_H

#include <signalpy/shared.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Numbers of the ABI: only ever appended to. */
enum sp_row_kind {
	SP_ROW_ABOUT = 1,
	SP_ROW_SETTINGS,
	SP_ROW_PROPERTY,
	SP_ROW_SIGNAL,
	SP_ROW_COMPUTED,
	SP_ROW_EFFECT,
	SP_ROW_NEED,
	SP_ROW_PROVIDE,
	SP_ROW_SUBSCRIBE,
	SP_ROW_RUNNABLE,
	SP_ROW_HOOK,
	SP_ROW_STATE,
	SP_ROW_SUPERVISE,
	SP_ROW_TIMER,
	SP_ROW_WATCH,
	SP_ROW_ROUTE, /* none any more: a route is a need and an effect */
	SP_ROW_KIND,
	SP_ROW_SKILL,
	SP_ROW_TRANSPORT,
	SP_ROW_PROPERTIES,
	SP_ROW_MEMBER,
	SP_ROW_CHECK,
	SP_ROW_POSTED
};
enum sp_shape { SP_SHAPE_ONE, SP_SHAPE_OPTIONAL, SP_SHAPE_ALL, SP_SHAPE_MAP };
enum sp_mode { SP_AT_ONCE, SP_IN_WORKER, SP_FINISHES_LATER };
enum sp_hook_kind { SP_HOOK_ACTIVATE = 1, SP_HOOK_DEACTIVATE, SP_HOOK_HEALTH };
enum sp_strategy { SP_ONE_FOR_ONE, SP_ONE_FOR_ALL, SP_REST_FOR_ONE };
enum sp_backoff { SP_CONSTANT, SP_LINEAR, SP_EXPONENTIAL };
enum sp_transports { SP_EVERYWHERE = 0, SP_NATIVE_ONLY = 1, SP_REST = 2, SP_MCP = 4, SP_CLI = 8 };

/* Each row begins with its kind and size and grows by appending; member is where the instance's member lies. */
struct sp_row {
	uint16_t kind, struct_size;
	uint32_t member;
	const char *name;
};

/* (about, "text"): row.name is the text. */
struct sp_about {
	struct sp_row row;
	const char *version; /* of the component; the plugin's when absent */
	const char *name_space; /* groups components in listings; may be absent */
	bool on_demand; /* no instance by itself: only those that configuration, an operator or code asks for */
	const char *target_property; /* whose value, given as a target, picks an instance; may be absent */
};
struct sp_settings {
	struct sp_row row;
	const struct sp_record *record;
	const char *at; /* the section's dotted path; components.<instance> when absent */
};
struct sp_cell {
	struct sp_row row;
	const struct sp_field *field;
};
struct sp_computed {
	struct sp_row row;
	const struct sp_field *field;
	void (*run)(void *self, void *ret);
	const char *about;
};
struct sp_effect {
	struct sp_row row;
	sp_status (*run)(void *self, sp_run *run);
	void (*cancel)(void *self, sp_run *run);
	bool asynchronous, cancel_on_supersede;
	const char *about;
};
struct sp_need {
	struct sp_row row;
	const struct sp_contract *contract;
	enum sp_shape shape;
	const char *filter, *by;
};
struct sp_provide {
	struct sp_row row;
	const struct sp_contract *contract;
	const void *table;
	int ranking; /* lowest wins */
	const char *native; /* the type name of the wrapped library, when there is one */
	sp_status (
		*create)(void *self, const char *consumer, void **ret_object); /* NULL: consumers share the instance */
	void (*release)(void *self, void *object);
};
struct sp_subscribe {
	struct sp_row row;
	const char *pattern;
	sp_status (*run)(void *self, const sp_event *event);
};
struct sp_runnable {
	struct sp_row row;
	const struct sp_record *takes, *gives; /* NULL for nothing */
	enum sp_mode mode;
	sp_status (*run)(void *self, sp_call *call, const void *in, void *out);
	const char *about;
	int64_t timeout_ms; /* 0: the kernel's default */
	bool destructive, read_only, idempotent;
	unsigned transports; /* enum sp_transports, or-ed */
	const char *action, *role;
	bool prompt; /* appears as a prompt, not as a tool */
	const char *resource, *mime_type; /* appears as a resource of that URI, or of that template */
	const char *completes; /* the runnable that suggests values of its parameters */
	const char *schema; /* JSON: of a runnable that takes anything */
	bool as_task; /* on MCP it is called as a task only */
};
struct sp_hook {
	struct sp_row row;
	enum sp_hook_kind hook; /* 0 in a timer row */
	sp_status (*run)(void *self);
	int64_t every_ms;
	sp_status (*later)(void *self, sp_run *run); /* instead of run: ends with sp_finish */
	int64_t timeout_ms; /* of later; 0: 30 s */
};
struct sp_check {
	struct sp_row row;
	const struct sp_record *record; /* the settings' */
	sp_status (*run)(const void *self, const void *next);
};
struct sp_state {
	struct sp_row row;
	const struct sp_record *record;
	unsigned version;
	sp_status (*snapshot)(void *self, void *out); /* NULL for a former version */
	sp_status (*restore)(void *self, const void *in);
};
struct sp_supervise {
	struct sp_row row;
	sp_verdict (*decide)(void *self, sp_failure *failure);
	enum sp_strategy strategy;
	enum sp_backoff backoff;
	int max_restarts, max_failures; /* of all children; of one child's effects and subscriptions. 0: 5 */
	int64_t within_ms, base_delay_ms; /* 0: 60000; 100 */
	int unhealthy_after; /* health checks of a child that fail in a row; 0: 3 */
};
struct sp_posted {
	struct sp_row row;
	sp_posted_run run;
	const char *about;
};
struct sp_watch_row {
	struct sp_row row;
	sp_status (*run)(void *self, int fd, unsigned events);
};
struct sp_kind {
	struct sp_row row;
	const struct sp_record *record;
	const char *about, *version;
};
struct sp_skill {
	struct sp_row row;
	const char *text, *about;
	const struct sp_record *takes;
	const char *const *triggers, *const *uses; /* each ends with NULL; uses names runnables of the component */
};
struct sp_transport {
	struct sp_row row;
	const char *prefix, *version;
	const char *const *include, *const *exclude; /* names of runnables; each ends with NULL */
};

#ifdef __cplusplus
}
#endif
#endif
