/* http_answers.c: see http_answers.h. */
#define _GNU_SOURCE /* memmem */
#include "http_answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void http_say(struct sp_stream *stream, const char *text)
{
	fake_send(stream, text, strlen(text));
}

/* The size of the body of which a head tells the length; the answer of HEAD has none. */
static size_t body_size(const char *told, const char *body, size_t size)
{
	size_t length = strtoul(told, NULL, 10);

	return !size || (size > 9 && memcmp(body, "HTTP/1.1 ", 9) == 0) ? 0 : length;
}

/* The size of the answer at the start of text; 0 when it is none. */
static size_t answer_size(const char *text, size_t size)
{
	static const char length_name[] = "Content-Length: ";
	const char *end = memmem(text, size, "\r\n\r\n", 4), *length;
	size_t head, body = 0;

	if (!end || size < 15 || memcmp(text, "HTTP/1.1 ", 9) != 0 || text[12] != ' ')
		return 0;
	head = (size_t)(end - text) + 4;
	if (memcmp(text + 9, "100", 3) == 0)
		return head;
	length = memmem(text, head, length_name, sizeof length_name - 1);
	if (length)
		body = body_size(length + sizeof length_name - 1, text + head, size - head);
	if (!memmem(text, head, "\r\nDate: ", 8) || body > size - head)
		return 0;
	return head + body;
}

const char *http_statuses(const char *text, size_t size)
{
	static char statuses[256];
	size_t at = 0, answer;

	statuses[0] = '\0';
	while (size && at < sizeof statuses - 8) {
		answer = answer_size(text, size);
		at += (size_t)snprintf(statuses + at, 8, "%s%.3s", at ? " " : "", answer ? text + 9 : "?");
		if (!answer)
			break;
		text += answer;
		size -= answer;
	}
	return statuses;
}
