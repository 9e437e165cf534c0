/*
 * filter.h: filters over service properties (RFC 4515), such as (&(language=EN)(version>=2)).
 *
 * A property that is a text is compared as text, by bytes; a number with a number, by value; true and false equal those
 * words; of an array, any item will do. What is absent, null or of another kind matches nothing, and so (!(a=b))
 * matches where there is no a. Extensible matches (:=) are not known. Blanks may stand between filters.
 */
#ifndef KERNEL_FILTER_H
#define KERNEL_FILTER_H

#include <jansson.h>
#include <signalpy/status.h>

struct sp_filter;

/* Parses a filter; text is not kept. NULL and error, whose column counts from 1: SP_INVALID with what was expected
 * there, SP_NO_MEMORY. Any thread. */
struct sp_filter *sp_filter_create(const char *text, struct sp_error *error);

/* NULL is accepted. Any thread. */
void sp_filter_destroy(struct sp_filter *filter);

/* Whether properties, a json object, match; every filter that is NULL does. Allocates nothing. Any thread. */
bool sp_filter_matches(const struct sp_filter *filter, const json_t *properties);

#endif
