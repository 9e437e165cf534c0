/* fuzz_filter.c: any text as a filter; what is one is evaluated, and what is none has a column inside of the text. */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char properties_text[] =
		"{\"a\": \"text\", \"b\": 2, \"c\": 0.5, \"d\": true, \"e\": [\"x\", 1, null], \"f\": {}}";
	struct sp_error error = { .message = "" };
	char *text = sp_calloc(1, size + 1);
	struct sp_filter *filter;

	if (!text)
		abort();
	memcpy(text, data, size);
	filter = sp_filter_create(text, &error);
	if (filter) {
		json_t *properties = json_loads(properties_text, 0, NULL);

		sp_filter_matches(filter, properties);
		json_decref(properties);
	} else if (error.column < 1 || error.column > strlen(text) + 1) {
		abort();
	}
	sp_filter_destroy(filter);
	sp_free(text);
	return 0;
}
