/*
 * logger.h: the logger contract. A component asks for it with (one, sp_logger, log); the instance's name stands in
 * every record, because the service knows its consumer.
 */
#ifndef SIGNALPY_LOGGER_H
#define SIGNALPY_LOGGER_H

#include <signalpy/value.h>

enum sp_level { SP_DEBUG, SP_INFO, SP_WARNING, SP_ERROR };

/* write: one record; format and arguments as vprintf's, copied. Never blocks. [any] */
struct sp_logger {
	struct sp_service service;
	void (*write)(const struct sp_logger *logger, enum sp_level level, const char *format, va_list arguments)
		SP_FORMAT(3, 0);
};
SP_CONTRACT(sp_logger, "signalpy.logger", 1);

/* Writes one record; does nothing when logger is NULL. Always SP_OK, so that an effect may end with it. [any] */
static inline SP_FORMAT(3, 4) sp_status
	sp_log(const struct sp_logger *logger, enum sp_level level, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (logger)
		logger->write(logger, level, format, arguments);
	va_end(arguments);
	return SP_OK;
}

/* sp_info(self->log, "format", ...): writes one record through the logger in the slot, without tracking it. [loop], and
 * inside a blocking handler */
#define sp_debug(slot, ...) sp_log(sp_peek(slot), SP_DEBUG, __VA_ARGS__)
#define sp_info(slot, ...) sp_log(sp_peek(slot), SP_INFO, __VA_ARGS__)
#define sp_warning(slot, ...) sp_log(sp_peek(slot), SP_WARNING, __VA_ARGS__)
#define sp_error(slot, ...) sp_log(sp_peek(slot), SP_ERROR, __VA_ARGS__)

#endif
