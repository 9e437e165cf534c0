/* error.c: failures in words. */
#include <signalpy/status.h>
#include <stdio.h>
#include <string.h>

/* How many bytes the UTF-8 character has that begins with this byte. */
static size_t character_size(unsigned char first)
{
	if (first < 0xc0)
		return 1;
	if (first < 0xe0)
		return 2;
	return first < 0xf0 ? 3 : 4;
}

/* Cuts text, whose last bytes did not fit, back to a whole UTF-8 character. */
static void cut_partial_character(char *text)
{
	size_t length = strlen(text), start = length;

	while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
		start--;
	if (start > 0 && length - (start - 1) < character_size((unsigned char)text[start - 1]))
		text[start - 1] = '\0';
}

sp_status sp_error_set_list(struct sp_error *error, sp_status code, const char *format, va_list arguments)
{
	char message[sizeof(error->message)]; /* apart, for the arguments may point into error */
	int length;

	if (error == NULL)
		return code;
	length = vsnprintf(message, sizeof(message), format, arguments);
	if (length < 0)
		message[0] = '\0';
	else if ((size_t)length >= sizeof(message))
		cut_partial_character(message);
	error->code = code;
	error->line = 0;
	error->column = 0;
	error->pointer[0] = '\0';
	memcpy(error->message, message, strlen(message) + 1);
	return code;
}

sp_status sp_error_set(struct sp_error *error, sp_status code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	sp_error_set_list(error, code, format, arguments);
	va_end(arguments);
	return code;
}

const char *sp_status_word(sp_status status)
{
	static const char *const words[] = { "ok", "failed", "invalid_params", "not_found", "conflict", "forbidden",
		"unavailable", "timeout", "cancelled", "no_memory", "gone", "unauthenticated", "bad_request",
		"input_required", "too_many_requests" };
	int row = -(int)status;

	if (row < 0)
		return "later";
	return row < (int)(sizeof(words) / sizeof(words[0])) ? words[row] : "failed";
}
