/*
 * component.h: SP_COMPONENT(name, row, row, ...) declares a component; SP_PLUGIN(name, version, component, ...) ends
 * the plugin. A row is (word, ...). From the rows come struct name (one member per row that has a value, and rt), a
 * prototype name_handler for every handler, which the compiler holds the definition to, and the descriptor, const data.
 * A component is called spell-checker where its C identifier is spell_checker. The rows: see signalpy-plugin(7).
 */
#ifndef SIGNALPY_COMPONENT_H
#define SIGNALPY_COMPONENT_H

#include <signalpy/words.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The kernel loads plugins of its own major; a higher minor than its own is refused too, since rows may be unknown. */
#define SP_ABI_MAJOR 1
#define SP_ABI_MINOR 0

struct sp_component {
	struct sp_head head;
	const char *name;
	size_t instance_size; /* allocated by the kernel, zeroed, slots filled, before any handler runs */
	const struct sp_row *const *rows; /* ends with NULL */
	const char *file; /* where it was declared */
	int line;
};

struct sp_plugin {
	struct sp_head head;
	const char *name, *version;
	const struct sp_component *const *components; /* ends with NULL */
};

/* The ELF note of a plugin (section .note.signalpy, owner "signalpy", type 1): all that is read before its code is
 * mapped. Names end with a zero byte. */
#define SP_NOTE_OWNER "signalpy"
#define SP_NOTE_TYPE 1
struct sp_note {
	uint32_t abi_major, abi_minor;
	char name[64];
	char version[32];
};

#define SP_COMPONENT(C, ...) \
	enum { C##_rows = 0 SP_EACH(SP__WORD, C, __VA_ARGS__) }; \
	struct C { \
		sp_runtime *rt; \
		SP_EACH(SP__MEMBER, C, __VA_ARGS__) \
	}; \
	SP_EACH(SP__HANDLER, C, __VA_ARGS__) \
	SP__ROWS_BEGIN \
	SP_HIDDEN extern const struct sp_component C##_component; \
	const struct sp_component C##_component = { { SP_ABI_MAJOR, sizeof(struct sp_component) }, #C, \
		sizeof(struct C), (const struct sp_row *const[]){ SP_EACH(SP__ROW, C, __VA_ARGS__) NULL }, __FILE__, \
		__LINE__ }; \
	SP__ROWS_END \
	struct C

#define SP_PLUGIN(P, version_, ...) \
	SP_EACH(SP__COMPONENT_DECLARED, , __VA_ARGS__) \
	static const struct { \
		uint32_t name_size, size, type; \
		char owner[12]; \
		struct sp_note note; \
	} sp__note __attribute__((section(".note.signalpy"), used, aligned(4))) = { sizeof SP_NOTE_OWNER, \
		sizeof(struct sp_note), SP_NOTE_TYPE, SP_NOTE_OWNER, { SP_ABI_MAJOR, SP_ABI_MINOR, #P, version_ } }; \
	SP_API extern const struct sp_plugin signalpy_plugin; \
	const struct sp_plugin signalpy_plugin = { { SP_ABI_MAJOR, sizeof(struct sp_plugin) }, #P, (version_), \
		(const struct sp_component *const[]){ SP_EACH(SP__COMPONENT_LISTED, , __VA_ARGS__) NULL } }
#define SP__COMPONENT_DECLARED(unused, C) SP_HIDDEN extern const struct sp_component C##_component;
#define SP__COMPONENT_LISTED(unused, C) &C##_component,

#ifdef __cplusplus
}
#endif
#endif
