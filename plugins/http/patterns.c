/* patterns.c: see patterns.h. */
#include "patterns.h"

#include <string.h>

/* Goes over a part in braces, and over the segment that it stands for. */
static bool pass_part(const char **pattern, const char **path)
{
	size_t size = strcspn(*path, "/");

	*pattern += strcspn(*pattern, "}") + 1;
	*path += size;
	return size > 0;
}

bool http_pattern_fits(const char *pattern, const char *path)
{
	const char *at = pattern;

	while (*at) {
		if (*at == '{') {
			if (!pass_part(&at, &path))
				return false;
		} else if (*at++ != *path++) {
			return false;
		}
	}
	return !*path || (at > pattern && at[-1] == '/');
}

bool http_same_pattern(const char *left, const char *right)
{
	while (*left && *left == *right) {
		if (*left == '{') {
			left += strcspn(left, "}");
			right += strcspn(right, "}");
		}
		left++;
		right++;
	}
	return *left == *right;
}

size_t http_pattern_weight(const char *pattern)
{
	size_t weight = 0;

	for (; *pattern; pattern++) {
		if (*pattern == '{')
			pattern += strcspn(pattern, "}");
		else
			weight += 2;
	}
	return pattern[-1] == '/' ? weight - 1 : weight;
}

bool http_is_pattern(const char *pattern)
{
	const char *open;

	if (pattern[0] != '/')
		return false;
	for (open = strchr(pattern, '{'); open; open = strchr(open + 1, '{')) {
		const char *close = strchr(open, '}');

		if (open[-1] != '/' || !close || close == open + 1 || (close[1] && close[1] != '/'))
			return false;
		if (memchr(open + 1, '{', (size_t)(close - open - 1)) || memchr(open, '/', (size_t)(close - open)))
			return false;
	}
	return true;
}

sp_bytes http_path_part(const char *pattern, const char *path, const char *name)
{
	size_t size = strlen(name);

	while (*pattern) {
		if (*pattern != '{') {
			pattern++;
			path++;
			continue;
		}
		if (strncmp(pattern + 1, name, size) == 0 && pattern[1 + size] == '}')
			return (sp_bytes){ path, strcspn(path, "/") };
		pass_part(&pattern, &path);
	}
	return (sp_bytes){ NULL, 0 };
}
