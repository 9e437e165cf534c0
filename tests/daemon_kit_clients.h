/* daemon_kit_clients.h: what the two halves of daemon_kit share. */
#ifndef TESTS_DAEMON_KIT_CLIENTS_H
#define TESTS_DAEMON_KIT_CLIENTS_H

/* The whole of a file as text, NULL if it cannot be read; the caller frees it. */
char *test_file_new(const char *path);

/* A blocking connection to 127.0.0.1:port, or to the unix socket at path; -1 if refused. */
int test_connect_port(int port);
int test_connect_path(const char *path);

#endif
