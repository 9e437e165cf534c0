/* media.c: reads Content-Type. */
#include "media.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

bool rest_is_json(const char *type)
{
	static const char json[] = "application/json";
	size_t size = sizeof json - 1;

	if (!type || strncasecmp(type, json, size) != 0)
		return false;
	type += size + strspn(type + size, " \t");
	return !*type || *type == ';';
}
