/* fuzz_media.c: any text as Content-Type, Accept, If-None-Match and query of REST, and as the peer of a connection.
 * links: plugins/rest/media.c plugins/http/addresses.c */
#include "../plugins/http/addresses.h"
#include "../plugins/rest/media.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth)
{
	if (!truth)
		abort();
}

/* A value that was found fits, and is longer in the query than by itself. */
static void read_query(const char *text)
{
	char small[4], large[256];
	bool fits = rest_query(text, "pattern", small, sizeof small),
	     found = rest_query(text, "pattern", large, sizeof large);

	require(memchr(small, '\0', sizeof small) && memchr(large, '\0', sizeof large));
	require(!fits || strcmp(small, large) == 0);
	require(!found || strlen(large) <= strlen(text));
	require(found || !fits);
}

static void count(const char *peer)
{
	struct http_addresses addresses = { { NULL } };
	struct http_address *address = http_addresses_take(&addresses, peer, 1);

	require(address && !http_addresses_take(&addresses, peer, 1));
	http_addresses_give(&addresses, address);
	for (size_t i = 0; i < HTTP_ADDRESS_BUCKETS; i++)
		require(!addresses.buckets[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(1, size + 1);

	if (!text)
		abort();
	memcpy(text, data, size);
	rest_is_json(text);
	require(rest_wants(text, "text/event-stream") >= 0 && rest_wants(text, "text/event-stream") <= 1000);
	rest_matches(text, "\"tag\"");
	read_query(text);
	count(text);
	free(text);
	return 0;
}
