/* names.c: which names could mislead who reads them. */
#include "names.h"

#include <string.h>

/* The control characters and spaces of Unicode that are not ASCII's: U+0080 to U+00A0, U+2000 to U+200F, U+2028 to
 * U+202F, U+205F to U+206F. */
static bool misleads(const unsigned char *at)
{
	if (at[0] <= ' ' || at[0] == 0x7f)
		return true;
	if (at[0] == 0xc2)
		return at[1] <= 0xa0;
	if (at[0] != 0xe2)
		return false;
	return (at[1] == 0x80 && (at[2] <= 0x8f || (at[2] >= 0xa8 && at[2] <= 0xaf))) ||
		(at[1] == 0x81 && at[2] >= 0x9f && at[2] <= 0xaf);
}

bool name_is_good(const char *name)
{
	static const char component[] = "instance:";

	if (!*name || strlen(name) > NAME_MOST || strncmp(name, component, sizeof component - 1) == 0)
		return false;
	for (; *name; name++)
		if (misleads((const unsigned char *)name))
			return false;
	return true;
}
