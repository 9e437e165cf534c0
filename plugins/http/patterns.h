/*
 * patterns.h: paths as they are mounted. {name} stands for one segment that is not empty; a path that ends with a slash
 * stands for all below it, any other for itself.
 */
#ifndef HTTP_PATTERNS_H
#define HTTP_PATTERNS_H

#include <signalpy/value.h>

/* Whether a text is such a path: from a slash on, with parts that are whole segments. */
bool http_is_pattern(const char *pattern);

bool http_pattern_fits(const char *pattern, const char *path);

/* Whether they stand for the same paths: the same whatever the parts are called. */
bool http_same_pattern(const char *left, const char *right);

/* Of two that fit, the heavier serves. What counts is how many characters have to be there as they are: they tell more
 * than parts. Among equals one that stands for all below it is the last. */
size_t http_pattern_weight(const char *pattern);

/* What stands in a path that fits where the pattern has {name}; no data when there is no such part. */
sp_bytes http_path_part(const char *pattern, const char *path, const char *name);

#endif
