/* assets.c: takes the files in as they are when the plugin is built. */
#include "assets.h"

/* Paths begin at the top of the tree, where the compiler runs. */
#define ASSET(name, path) \
	__asm__(".pushsection .rodata\n" #name "_begin:\n.incbin \"" path "\"\n" #name \
		"_end:\n.byte 0\n.popsection\n"); \
	extern const char name##_begin[] __attribute__((visibility("hidden"))); \
	extern const char name##_end[] __attribute__((visibility("hidden")))

ASSET(rest_openapi, "plugins/rest/openapi.json");
ASSET(rest_docs, "plugins/rest/docs.html");

/* By their addresses: to the language they are two objects. */
static size_t size_between(const char *begin, const char *end)
{
	return (size_t)((uintptr_t)end - (uintptr_t)begin);
}

sp_bytes rest_asset_openapi(void)
{
	return (sp_bytes){ rest_openapi_begin, size_between(rest_openapi_begin, rest_openapi_end) };
}

sp_bytes rest_asset_docs(void)
{
	return (sp_bytes){ rest_docs_begin, size_between(rest_docs_begin, rest_docs_end) };
}
