/* chunks.h: takes a chunked body apart (RFC 9112, 7.1). No I/O, no allocation. */
#ifndef HTTP_CHUNKS_H
#define HTTP_CHUNKS_H

#include "parse.h"

enum http_chunk_state { HTTP_CHUNK_SIZE, HTTP_CHUNK_DATA, HTTP_CHUNK_END, HTTP_CHUNK_TRAILERS };

/* Where the reader is; begins as all zeroes. */
struct http_chunks {
	enum http_chunk_state state;
	uint64_t left; /* bytes of this chunk that have not come */
	uint64_t total; /* bytes announced by all chunks so far */
	uint64_t overhead; /* bytes of extensions and trailers so far */
	uint32_t trailers;
	uint32_t searched; /* of the line that is read */
	struct http_fault fault;
};

/*
 * Reads on; data is what has come and was not used before. *ret_used bytes are used up, and the part *ret_content of
 * them belongs to the body (maybe nothing). HTTP_MORE with *ret_used of 0: there is nothing to read before more has
 * come; else it wants to be called again. HTTP_DONE: the body is complete. HTTP_WRONG: see fault; the connection must
 * be closed.
 */
enum http_progress http_chunks_read(struct http_chunks *chunks, const struct http_limits *limits, sp_bytes data,
	size_t *ret_used, sp_bytes *ret_content);

#endif
