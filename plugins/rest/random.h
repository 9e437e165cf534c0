/* random.h: words that nobody can guess. */
#ifndef REST_RANDOM_H
#define REST_RANDOM_H

#include <stdbool.h>
#include <stddef.h>

/* Fills a text of size (odd, at most 65) with hexadecimal digits, 4 random bits each; false when the system has
 * none. */
bool rest_random(char *text, size_t size);

#endif
