/* process.h: what the system knows of this process, as metrics by the names that Prometheus' clients use. */
#ifndef REST_PROCESS_H
#define REST_PROCESS_H

#include <signalpy/introspection.h>

/* Visits CPU time, start, memory and descriptors, until visit answers false; leaves out what cannot be read. */
void process_each_sample(bool (*visit)(void *user, const struct sp_metric *metric, const struct sp_sample *sample),
	void *user);

#endif
