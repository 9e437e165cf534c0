/* fuzz_mcp.c: any text as what clients of MCP send besides JSON: header values, URIs, sealed states, event ids; and any JSON
 * as a message. The first byte chooses.
 * links: plugins/mcp/message.c plugins/mcp/headers.c plugins/mcp/template.c plugins/mcp/seal.c -lcrypto */
#include "../plugins/mcp/headers.h"
#include "../plugins/mcp/seal.h"
#include "../plugins/mcp/template.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth)
{
	if (!truth)
		abort();
}

/* A message belongs to an era, or there is a fault to tell; then its headers are compared with it. */
static const char *the_header;

static const char *header(const struct sp_http_exchange *exchange SP_UNUSED, const char *name SP_UNUSED)
{
	return the_header;
}

static void read_message(const char *text)
{
	static const struct sp_http_exchange_ops ops = { .struct_size = sizeof ops, .header = header };
	static const struct sp_http_exchange exchange = { .struct_size = sizeof exchange, .ops = &ops };
	json_t *message = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	struct mcp_fault fault = { .http = 0 };

	the_header = "2026-07-28";
	if (!message)
		return;
	switch (mcp_message_era(message, the_header, &fault)) {
	case MCP_FAULTY:
		require(fault.http == 400 && fault.code < 0 && fault.message && !fault.data);
		break;
	case MCP_OLDER:
		break;
	case MCP_MODERN:
		if (mcp_message_kind(message) == MCP_REQUEST && !mcp_headers_agree(&exchange, message, &fault)) {
			require(fault.code == MCP_HEADER_MISMATCH);
			json_decref(fault.data);
		}
	}
	json_decref(message);
}

/* A decoded value is text without a zero byte. */
static void read_header(const char *text)
{
	json_t *value = mcp_header_value_new(text);

	require(!value || strlen(json_string_value(value)) == json_string_length(value));
	json_decref(value);
}

/* The first line is a template, the second a URI. */
static void match(char *text)
{
	char *uri = strchr(text, '\n');
	json_t *values;

	if (!uri)
		return;
	*uri++ = '\0';
	if (!mcp_template_match(text, uri, &values))
		return;
	require(json_is_object(values));
	json_decref(values);
	if (!strchr(text, '{') && !strchr(text, '}'))
		require(strcmp(text, uri) == 0);
}

/* Whatever is sealed is opened again, and nothing else is. */
static void open_seal(const char *text)
{
	struct mcp_key key = { .bytes = { 1 } };
	json_t *value = json_string(text), *sealed = value ? mcp_seal_new(&key, value) : NULL, *opened;

	require(mcp_unseal_new(&key, text) == NULL);
	if (sealed) {
		opened = mcp_unseal_new(&key, json_string_value(sealed));
		require(json_equal(opened, value));
		json_decref(opened);
	}
	if (mcp_key_read(&key, text))
		require(strlen(text) == 2 * sizeof key.bytes);
	json_decref(sealed);
	json_decref(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = size ? malloc(size) : NULL;

	if (!text)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if (data[0] % 4 == 0)
		read_message(text);
	else if (data[0] % 4 == 1)
		read_header(text);
	else if (data[0] % 4 == 2)
		match(text);
	else
		open_seal(text);
	free(text);
	return 0;
}
