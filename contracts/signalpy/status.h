/*
 * status.h: what every function answers, and how a failure is described.
 *
 * The tags [loop] and [any] stand at every function of the public headers: [loop] may be called on the loop thread
 * only (a debug build checks it), [any] on any thread.
 */
#ifndef SIGNALPY_STATUS_H
#define SIGNALPY_STATUS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SP_API __attribute__((visibility("default")))
#define SP_HIDDEN __attribute__((visibility("hidden")))
#define SP_UNUSED __attribute__((unused))
#define SP_FORMAT(text, first) __attribute__((format(printf, text, first)))

/* What a function answers: 0, a promise, or a negative reason. Every surface has a word and a number for each one. */
typedef enum sp_status {
	SP_OK = 0,
	SP_LATER = 1, /* begun; the end is told by sp_finish or a callback */
	SP_FAILED = -1,
	SP_INVALID = -2,
	SP_NOT_FOUND = -3,
	SP_CONFLICT = -4,
	SP_FORBIDDEN = -5,
	SP_UNAVAILABLE = -6,
	SP_TIMEOUT = -7,
	SP_CANCELLED = -8,
	SP_NO_MEMORY = -9,
	SP_GONE = -10, /* the other side was disposed */
	SP_UNAUTHENTICATED = -11,
	SP_BAD_REQUEST = -12,
	SP_INPUT_REQUIRED = -13, /* the caller is asked something first; see caller.h */
	SP_TOO_MANY = -14 /* a limit was reached; later there is room again */
} sp_status;

/*
 * A failure in words. The caller owns it; a function that takes one accepts NULL and writes it only when it fails.
 * pointer is a JSON pointer (RFC 6901) or a dotted path to what was wrong, line and column count from 1; each is empty
 * or 0 where it does not apply.
 */
struct sp_error {
	sp_status code;
	unsigned line, column;
	char message[240];
	char pointer[128];
};

/* Writes code and the formatted message (cut to fit) to error and answers code; error may be NULL. [any] */
SP_API sp_status sp_error_set(struct sp_error *error, sp_status code, const char *format, ...) SP_FORMAT(3, 4);

/* As sp_error_set, with the arguments as a list. [any] */
SP_API sp_status sp_error_set_list(struct sp_error *error, sp_status code, const char *format, va_list arguments)
	SP_FORMAT(3, 0);

/* The word of the error table for status ("invalid_params", "not_found" ...); static, never NULL. [any] */
SP_API const char *sp_status_word(sp_status status);

#ifdef __cplusplus
}
#endif
#endif
