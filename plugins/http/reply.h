/* reply.h: writes answers, head and body together, into a buffer. */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include "buffer.h"

#include <signalpy/http.h>
#include <time.h>

/* The Date header of one second; begins as all zeroes. */
struct http_date {
	time_t second;
	char line[40]; /* "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n" */
};

/* What is answered; all borrowed. */
struct http_reply {
	int status;
	const char *type; /* NULL: no body */
	const struct sp_http_field *fields; /* ends with a NULL name; may be NULL */
	sp_bytes body;
	bool head_only; /* the answer of HEAD: the body's length is told, the body is not sent */
	bool close; /* this is the last answer */
	bool keep_alive; /* a client of HTTP/1.0 is told that the connection stays */
	bool open; /* the body comes in pieces, and its length is not known */
	bool chunked; /* in chunks; else until the connection closes */
};

/* Appends an answer, dated now; false without memory. Fields that could break the message are left out. */
bool http_reply_write(struct http_buffer *output, const struct http_reply *reply, struct http_date *date, time_t now);

/* Appends a piece of a body as one chunk (RFC 9112, 7.1), and the end of all chunks; false without memory. */
bool http_chunk_write(struct http_buffer *output, sp_bytes piece);
bool http_chunks_end(struct http_buffer *output);

/* Writes an error as every surface tells it, {"ok":false,"error":{"code","message"}}, cut to fit; its length. The
 * message is ASCII without quotes, backslashes and control characters; what is not is written as a question mark. */
size_t http_error_json(char *json, size_t size, const char *code, const char *message);

/* The word of the error table for a status. */
const char *http_error_word(int status);

#endif
