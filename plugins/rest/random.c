/* random.c: asks the system. */
#include "random.h"

#include <stdio.h>
#include <sys/random.h>

bool rest_random(char *text, size_t size)
{
	unsigned char bytes[32];
	size_t count = size / 2;

	if (count > sizeof bytes || getrandom(bytes, count, 0) != (ssize_t)count)
		return false;
	for (size_t i = 0; i < count; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return true;
}
