/*
 * value.h: field types, slots and contracts.
 *
 * A slot is a member of an instance that stands for something reactive: a setting, a property, a signal, a computed, a
 * required service. It is one pointer wide and carries its C type, so that one verb reads them all, typed and in O(1).
 */
#ifndef SIGNALPY_VALUE_H
#define SIGNALPY_VALUE_H

#include <math.h>
#include <signalpy/each.h>
#include <signalpy/reactive.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sp_runtime sp_runtime; /* an instance's door to the kernel */
typedef struct sp_call sp_call; /* one call of a runnable */
typedef struct sp_timer sp_timer;
typedef struct sp_watch sp_watch;
typedef struct sp_bytes {
	const void *data;
	size_t size;
} sp_bytes;

/* Every table that crosses the plugin boundary begins so; a reader uses a member only if struct_size covers it. */
struct sp_head {
	uint32_t abi_major, struct_size;
};

/* The field types, as a row spells them, and the C type of each. */
#define SP__C_string const char *
#define SP__C_integer int64_t
#define SP__C_number double
#define SP__C_boolean bool
#define SP__C_bytes sp_bytes
#define SP__C_any json_t *
#define SP__C_choice(E) enum E
#define SP__C_record(R) struct R
#define SP__C_array(T) \
	struct { \
		SP__C_##T const *items; \
		size_t count; \
	}
#define SP__C_pointer(T) T *

enum sp_type {
	SP_STRING = 1,
	SP_INTEGER,
	SP_NUMBER,
	SP_BOOLEAN,
	SP_BYTES,
	SP_ANY,
	SP_CHOICE_TYPE,
	SP_RECORD_TYPE,
	SP_ARRAY,
	SP_POINTER
};
#define SP__T_string SP_STRING
#define SP__T_integer SP_INTEGER
#define SP__T_number SP_NUMBER
#define SP__T_boolean SP_BOOLEAN
#define SP__T_bytes SP_BYTES
#define SP__T_any SP_ANY
#define SP__T_choice(E) SP_CHOICE_TYPE
#define SP__T_record(R) SP_RECORD_TYPE
#define SP__T_array(T) SP_ARRAY
#define SP__T_pointer(T) SP_POINTER

/* The two slots. of is never read, only asked for its type; a slot without writable cannot be set. */
#define SP_READS(T) \
	union { \
		sp_node *node; \
		T const *of; \
	}
#define SP_WRITES(T) \
	union { \
		sp_node *node; \
		sp_node *writable; \
		T const *of; \
	}

/*
 * sp_get(slot): the value, typed; recorded as a dependency when a computed or an effect runs. [loop]
 * sp_peek(slot): the value, never recorded. [loop], and inside a blocking handler, where it is the value of a service
 * leased, or of a copy kept, until the handler returns.
 * sp_set(slot, value): replaces a signal's or property's value; needs an instance that is not const, which a computed
 * and a worker have not. Text and bytes are copied, a json value is stolen. Answers as sp_node_write. [loop]
 * What a pointer read from a slot points to is borrowed until the handler returns.
 */
#define sp_get(slot) (*(__typeof__((slot).of))sp_node_get((slot).node))
#define sp_peek(slot) (*(__typeof__((slot).of))sp_slot_peek((slot).node))
#define sp_set(slot, ...) sp_slot_set(&(slot).writable, (__typeof__(*(slot).of)[1]){ __VA_ARGS__ })

/* What sp_peek and sp_set call; see there. [loop], peek also in a blocking handler */
SP_API const void *sp_slot_peek(sp_node *node);
SP_API sp_status sp_slot_set(sp_node **slot, const void *value);

/*
 * A service is a table of functions that begins with this head. The kernel gives every consumer a copy of its own: self
 * is the provider's instance, consumer the runtime of the instance that required it. So a provider knows who asks, and
 * nobody can name another. Where every consumer has an object of its own (word provide_each), object_at says where in
 * the copy it lies. All three are filled by the kernel; the provider's own table leaves them NULL and 0.
 */
struct sp_service {
	uint32_t size; /* of the whole table, as the provider was compiled */
	uint32_t object_at; /* in bytes; 0: there is none */
	void *self;
	sp_runtime *consumer;
};

/*
 * Names the line that has a service make something, such as a listener, for the consumer's ledger:
 *
 *     sp_here(loop)->listen(loop, address, &acceptor, &listener, &error);
 *
 * Evaluates its argument once and answers it. Without it the ledger names the line of the component's declaration,
 * which it also does when the call is made outside the component's handlers. [loop]
 */
struct sp_source_line {
	const char *file;
	int line;
};
#define sp_here(service_) \
	(__extension__({ \
		static const struct sp_source_line sp_source_line_ = { __FILE__, __LINE__ }; \
		(__typeof__(service_))sp_runtime_here(&(service_)->service, &sp_source_line_); \
	}))
SP_API const void *sp_runtime_here(const struct sp_service *service, const struct sp_source_line *place);

/* The object of the consumer who asks, inside a service function; the word provide_each makes C_contract_object of it,
 * which is typed. Borrowed until the function returns. [any] */
static inline void *sp_service_object(const struct sp_service *service)
{
	return *(void *const *)(const void *)((const char *)service + service->object_at);
}

/* A contract: the name and major on which both sides must agree, and the size of the table. */
struct sp_contract {
	uint32_t struct_size, major;
	const char *name;
	size_t size;
};

/* SP_CONTRACT(dictionary, "IDictionary", 1) ties struct dictionary to the contract IDictionary/1. */
#define SP_CONTRACT(T, name_, major_) \
	static const struct sp_contract T##_contract SP_UNUSED = { sizeof(struct sp_contract), (major_), (name_), \
		sizeof(struct T) }

/* Whether the provider of service was compiled with member, and filled it. */
#define sp_has(service_, member) \
	((service_)->service.size > offsetof(__typeof__(*(service_)), member) && (service_)->member)

/* The provider's instance, inside a service function of component C. */
#define sp_self(C, service_) ((struct C *)(service_)->service.self)

/*
 * Slots of requirements. one and optional read as a service (optional: or NULL); all reads as a list that ends with
 * NULL, best rank first; map is asked by sp_at.
 */
#define SP_ONE(T) SP_READS(const struct T *)
#define SP_ALL(T) SP_READS(const struct T *const *)
#define SP_MAP(T) \
	union { \
		sp_node *node; \
		const struct T *const *map; \
	}

/* sp_at(slot, key): the service whose property has the value key (of those, the best), or NULL; recorded. [loop] */
#define sp_at(slot, key) ((__typeof__(*(slot).map))sp_slot_at((slot).node, (key)))
SP_API const void *sp_slot_at(sp_node *node, const char *key);

/* sp_each(dictionary, d, slot) { ... }: runs the block for each service of an all requirement; recorded. [loop] */
#define sp_each(T, item, slot) \
	for (const struct T *const *item##_at = sp_get(slot), *item = *item##_at; item != NULL; item = *++item##_at)

#ifdef __cplusplus
}
#endif
#endif
