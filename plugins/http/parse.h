/*
 * parse.h: the head of an HTTP/1.1 request, from its first byte to the empty line (RFC 9110, 9112), read strictly. No
 * I/O, no allocation. It can be given the bytes that have come so far again and again: it goes on where it was, and its
 * answer does not depend on where the bytes were cut.
 */
#ifndef HTTP_PARSE_H
#define HTTP_PARSE_H

#include "limits.h"

enum http_progress { HTTP_MORE, HTTP_DONE, HTTP_WRONG };

/* Why a request is refused: the status of the answer and a message for people; static text. */
struct http_fault {
	int status;
	const char *message;
};

/* A part of the request: where it begins, counted from the first byte given, and how long it is. */
struct http_part {
	uint32_t at, size;
};

enum http_expectation { HTTP_EXPECTS_NOTHING, HTTP_EXPECTS_CONTINUE, HTTP_EXPECTS_OTHER };

/* Begins as all zeroes. The parts are told when HTTP_DONE was answered, the fault when HTTP_WRONG was. */
struct http_head {
	/* Where the parser is: the line it reads, how far that was searched for its end, what it has seen. */
	uint32_t line, searched;
	uint32_t fields_seen, hosts;
	uint16_t empty_lines;
	bool in_fields, has_codings, chunked, unknown_coding;
	struct http_fault fault;

	struct http_part method, target, path, query; /* target is path and query; path is empty in "http://host" */
	struct http_part host; /* of the target if it names one, else of the field */
	struct http_part origin;
	uint32_t fields; /* where the first field line begins */
	uint32_t size; /* of the whole head */
	uint32_t origins; /* how many Origin fields there are */
	unsigned minor; /* of the version: 0 or 1 */
	bool asks_server; /* the target is "*" */
	bool close, keep_alive; /* said in Connection */
	bool has_length;
	uint64_t length; /* Content-Length; UINT64_MAX stands for all that do not fit */
	enum http_expectation expects;
};

/*
 * Reads on in a head of which size bytes have come; data begins with its first byte, each time. HTTP_DONE: head->size
 * bytes are the head. HTTP_WRONG: the connection must be closed after an answer of head->fault.
 */
enum http_progress http_head_parse(struct http_head *head, const struct http_limits *limits, const char *data,
	size_t size);

/* Whether anything but empty lines has come. */
bool http_head_begun(const struct http_head *head, const char *data, size_t size);

/* Reads one field line (without its end) into name and value, narrowed to what is inside the white space; for heads and
 * trailers. Answers NULL, or why it is wrong. */
const char *http_field_parse(const char *line, size_t size, struct http_part *ret_name, struct http_part *ret_value);

/* Writes a fault; always HTTP_WRONG. */
enum http_progress http_wrong(struct http_fault *fault, int status, const char *message);

/* What a field that decides about the message says (fields.c); all other fields are let through. */
enum http_progress http_field_apply(struct http_head *head, const char *data, struct http_part name,
	struct http_part value);

/* What can be judged only when all fields are there: one host, one framing. */
enum http_progress http_fields_finish(struct http_head *head);

#endif
