/* testing_http.h: the HTTP server of a test: routes are asked by name, without any HTTP. For testing.c. */
#ifndef KERNEL_TESTING_HTTP_H
#define KERNEL_TESTING_HTTP_H

#include <signalpy/testing.h>

struct testing_http;

/* Makes a server without routes; NULL without memory. It is destroyed after the kernel that it was provided to. */
struct testing_http *testing_http_create(void);
void testing_http_destroy(struct testing_http *server);

/* Offers it to the components of a kernel. */
sp_status testing_http_provide(struct testing_http *server, sp_kernel *kernel, int ranking);

/* Hands a request to the route "instance.route"; false when there is none, or without memory. The answer comes then or
 * later. */
bool testing_http_begin(struct testing_http *server, const char *address, const struct sp_testing_request *request);

/* The answer, a new json value; NULL where none has come: who asked has gone then. */
json_t *testing_http_end_new(struct testing_http *server);

#endif
