/* log_tail.c: a ring of the last records. */
#include "log_tail.h"

#include <stdlib.h>
#include <string.h>

void log_tail_add(struct log_tail *tail, enum sp_level level, const char *line, size_t size)
{
	struct log_tail_record *record = &tail->records[++tail->number % LOG_TAIL_KEPT];

	free(record->line);
	record->level = level;
	record->line = size <= LOG_TAIL_LINE_MAX ? malloc(size + 1) : NULL;
	if (!record->line)
		return;
	memcpy(record->line, line, size);
	record->line[size] = '\0';
}

void log_tail_finish(struct log_tail *tail)
{
	for (size_t i = 0; i < LOG_TAIL_KEPT; i++)
		free(tail->records[i].line);
}

json_t *log_tail_new(const struct log_tail *tail, uint64_t after, enum sp_level level)
{
	uint64_t oldest = tail->number > LOG_TAIL_KEPT ? tail->number - LOG_TAIL_KEPT : 0;
	json_t *list = json_array();

	for (uint64_t i = (after > oldest ? after : oldest) + 1; i <= tail->number; i++) {
		const struct log_tail_record *record = &tail->records[i % LOG_TAIL_KEPT];
		json_t *json = record->line && record->level >= level ? json_loads(record->line, 0, NULL) : NULL;

		if (!json)
			continue;
		json_object_set_new(json, "number", json_integer((json_int_t)i));
		json_array_append_new(list, json);
	}
	return list;
}
