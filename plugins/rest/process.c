/* process.c: reads /proc. */
#include "process.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { STAT_FIELDS = 24, FIRST_FIELD = 3, UTIME = 14, STIME = 15, START = 22, VSIZE = 23, RSS = 24 }; /* proc(5) */

/* Numbers of /proc/self/stat from the third field on; the second, a name in parentheses, may hold anything. */
static bool read_stat(double fields[STAT_FIELDS + 1])
{
	char text[1024], *at, *end;
	FILE *file = fopen("/proc/self/stat", "re");
	size_t size = file ? fread(text, 1, sizeof text - 1, file) : 0;

	if (file)
		fclose(file);
	text[size] = '\0';
	at = strrchr(text, ')');
	if (!at || strlen(at) < 4)
		return false;
	at += 4; /* behind the state, a letter */
	for (int i = FIRST_FIELD + 1; i <= STAT_FIELDS; i++, at = end) {
		fields[i] = strtod(at, &end);
		if (end == at)
			return false;
	}
	return true;
}

/* Seconds since 1970 when the system was started; 0 when unknown. */
static double boot_time(void)
{
	char line[256];
	double seconds = 0;
	FILE *file = fopen("/proc/stat", "re");

	while (file && seconds == 0 && fgets(line, sizeof line, file))
		if (strncmp(line, "btime ", 6) == 0)
			seconds = strtod(line + 6, NULL);
	if (file)
		fclose(file);
	return seconds;
}

static int is_any(const struct dirent *entry)
{
	(void)entry;
	return 1;
}

/* The directory holds itself, its parent, and the descriptor that reads it. */
static double open_descriptors(void)
{
	struct dirent **entries;
	int count = scandir("/proc/self/fd", &entries, is_any, alphasort);

	if (count < 0)
		return -1;
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	return count - 3;
}

void process_each_sample(bool (*visit)(void *user, const struct sp_metric *metric, const struct sp_sample *sample),
	void *user)
{
	static const char *const none[] = { NULL };
	static const struct sp_metric metrics[] = {
#define METRIC(kind, name, unit, about) { sizeof(struct sp_metric), kind, "process_" name, unit, about }
		METRIC(SP_METRIC_COUNTER, "cpu_seconds", "seconds", "CPU time of the process, user and system."),
		METRIC(SP_METRIC_GAUGE, "start_time_seconds", "seconds", "When the process began, since 1970."),
		METRIC(SP_METRIC_GAUGE, "virtual_memory_bytes", "bytes", "Address space of the process."),
		METRIC(SP_METRIC_GAUGE, "resident_memory_bytes", "bytes", "Memory of the process that is resident."),
		METRIC(SP_METRIC_GAUGE, "open_fds", NULL, "Open file descriptors."),
		METRIC(SP_METRIC_GAUGE, "max_fds", NULL, "Most file descriptors that may be open."),
#undef METRIC
	};
	const double ticks = (double)sysconf(_SC_CLK_TCK), page = (double)sysconf(_SC_PAGESIZE);
	double fields[STAT_FIELDS + 1] = { 0 };
	bool known = read_stat(fields);
	struct rlimit limit = { 0 };
	bool limited = getrlimit(RLIMIT_NOFILE, &limit) == 0;
	const double values[] = { known ? (fields[UTIME] + fields[STIME]) / ticks : -1,
		known ? boot_time() + fields[START] / ticks : -1, known ? fields[VSIZE] : -1,
		known ? fields[RSS] * page : -1, open_descriptors(), limited ? (double)limit.rlim_cur : -1 };

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		const struct sp_sample sample = { .struct_size = sizeof sample, .labels = none, .value = values[i] };

		if (values[i] >= 0 && !visit(user, &metrics[i], &sample))
			return;
	}
}
