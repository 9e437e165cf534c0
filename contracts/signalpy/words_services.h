/*
 * words_services.h: the words of services and events: one, optional, all, map, provide, subscribe. Included by words.h.
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
