/*
 * words_services.h: the words of services and events: one, optional, all, map, provide, provide_each, subscribe.
 * Included by words.h.
 */
#ifndef SIGNALPY_WORDS_SERVICES_H
#define SIGNALPY_WORDS_SERVICES_H

#include <signalpy/rows.h>

/* (one, contract, member): the best-ranked provider; the component waits while there is none. (optional, ...): or NULL.
 * (all, ...): a list of all. (map, contract, member, .by = "property"): by a property's value.
 * .filter = "(&(language=EN)(version>=2))" narrows any of them (RFC 4515). */
#define SP_MEMBER_OF_one(C, T, name, ...) SP_ONE(T) name;
#define SP_HANDLER_OF_one(C, ...)
#define SP_ROW_OF_one(C, T, name, ...) SP__NEED(C, SP_SHAPE_ONE, T, name, __VA_ARGS__)
#define SP_MEMBER_OF_optional(C, T, name, ...) SP_ONE(T) name;
#define SP_HANDLER_OF_optional(C, ...)
#define SP_ROW_OF_optional(C, T, name, ...) SP__NEED(C, SP_SHAPE_OPTIONAL, T, name, __VA_ARGS__)
#define SP_MEMBER_OF_all(C, T, name, ...) SP_ALL(T) name;
#define SP_HANDLER_OF_all(C, ...)
#define SP_ROW_OF_all(C, T, name, ...) SP__NEED(C, SP_SHAPE_ALL, T, name, __VA_ARGS__)
#define SP_MEMBER_OF_map(C, T, name, ...) SP_MAP(T) name;
#define SP_HANDLER_OF_map(C, ...)
#define SP_ROW_OF_map(C, T, name, ...) SP__NEED(C, SP_SHAPE_MAP, T, name, __VA_ARGS__)
#define SP__NEED(C, shape_, T, name, ...) \
	SP__MAKE(sp_need, SP_ROW_NEED, offsetof(struct C, name), #name, .contract = &T##_contract, .shape = shape_, \
		__VA_ARGS__)

/* (provide, contract, .ranking = 10): the service that SP_SERVICE(C, contract, .function = ...) defines. Lowest ranking
 * wins, unlike OSGi, where the highest does; among equals the oldest. A component with (property, integer,
 * service_ranking) ranks by that instead, and anew whenever it is set. */
#define SP_MEMBER_OF_provide(C, ...)
#define SP_HANDLER_OF_provide(C, T, ...) SP_HIDDEN extern const struct T C##_##T;
#define SP_ROW_OF_provide(C, T, ...) \
	SP__MAKE(sp_provide, SP_ROW_PROVIDE, 0, #T, .contract = &T##_contract, .table = &C##_##T, __VA_ARGS__)

/* (provide_each, contract, object, .ranking = 10): as provide, and every consumer has a struct object of its own.
 * sp_status C_contract_create(struct C *self, const char *consumer, struct object **ret_object) makes it when the
 * consumer is first bound to the service, void C_contract_release(struct C *self, struct object *object) ends it when
 * the consumer has gone, or has another provider; struct object *C_contract_object(const struct contract *service)
 * finds it in the functions of the service. */
#define SP_MEMBER_OF_provide_each(C, ...)
#define SP_HANDLER_OF_provide_each(C, T, O, ...) \
	SP_HIDDEN extern const struct T C##_##T; \
	static sp_status C##_##T##_create(struct C *self, const char *consumer, struct O **ret_object); \
	static void C##_##T##_release(struct C *self, struct O *object); \
	static sp_status C##__##T##_create(void *self, const char *consumer, void **ret_object) \
	{ \
		struct O *object = NULL; \
		sp_status status = C##_##T##_create(self, consumer, &object); \
\
		*ret_object = object; \
		return status; \
	} \
	static void C##__##T##_release(void *self, void *object) \
	{ \
		C##_##T##_release(self, object); \
	} \
	static inline SP_UNUSED struct O *C##_##T##_object(const struct T *service) \
	{ \
		return sp_service_object(&service->service); \
	}
#define SP_ROW_OF_provide_each(C, T, O, ...) \
	SP__MAKE(sp_provide, SP_ROW_PROVIDE, 0, #T, .contract = &T##_contract, .table = &C##_##T, \
		.create = C##__##T##_create, .release = C##__##T##_release, __VA_ARGS__)
#define SP_SERVICE(C, T, ...) const struct T C##_##T = { .service = { sizeof(struct T), 0, NULL, NULL }, __VA_ARGS__ }

/* (subscribe, name, "orders.*"): sp_status C_name(struct C *self, const sp_event *event), for each event whose type
 * matches the pattern, as fnmatch(3) reads it */
#define SP_MEMBER_OF_subscribe(C, ...)
#define SP_HANDLER_OF_subscribe(C, name, ...) \
	static sp_status C##_##name(struct C *self, const sp_event *event); \
	static sp_status C##__##name(void *self, const sp_event *event) \
	{ \
		return C##_##name(self, event); \
	}
#define SP_ROW_OF_subscribe(C, name, pattern_, ...) \
	SP__MAKE(sp_subscribe, SP_ROW_SUBSCRIBE, 0, #name, .pattern = pattern_, .run = C##__##name, __VA_ARGS__)

#endif
