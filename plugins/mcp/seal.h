/* seal.h: what a client is given to hand back, so that it can neither be changed nor made (HMAC-SHA-256). */
#ifndef MCP_SEAL_H
#define MCP_SEAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct mcp_key {
	unsigned char bytes[32];
};

/* Makes a random key; false when there is no randomness. */
bool mcp_key_make(struct mcp_key *key);

/* Writes a key as hexadecimal text with the zero byte, and reads it; false when text is none. */
void mcp_key_write(const struct mcp_key *key, char text[static 65]);
bool mcp_key_read(struct mcp_key *ret_key, const char *text);

/* A random name of 128 bits, visible ASCII, in 33 characters with the zero byte; false when there is no randomness. */
bool mcp_name_make(char name[static 33]);

/* Seals a JSON value, borrowed: a new string; NULL without memory. */
json_t *mcp_seal_new(const struct mcp_key *key, const json_t *value);

/* The value of a sealed text, new; NULL when it was not sealed with this key. */
json_t *mcp_unseal_new(const struct mcp_key *key, const char *sealed);

/* The SHA-256 of a JSON value's canonical text in hexadecimal, as a new string; NULL without memory. */
json_t *mcp_digest_new(const json_t *value);

#endif
