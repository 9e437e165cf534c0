/*
 * signalctl_client.h: a connection to the control socket that waits for its answers.
 */
#ifndef DAEMON_SIGNALCTL_CLIENT_H
#define DAEMON_SIGNALCTL_CLIENT_H

#include <jansson.h>
#include <stdbool.h>

struct client;

/* Connects; NULL with errno set when it cannot. */
struct client *client_create(const char *path);
void client_destroy(struct client *client);

/* Sends a request (params is borrowed) and answers its number, -1 with errno set when it cannot be sent. */
long long client_send(struct client *client, const char *method, const json_t *params);

/* What becomes readable when a message comes. */
int client_descriptor(const struct client *client);

/* Whether client_receive will find something, or that the connection has ended, within so many milliseconds. */
bool client_wait(struct client *client, int milliseconds);

/* Waits for the next message of the daemon, an object that the caller owns; NULL when the connection has ended, or what
 * came is no message. */
json_t *client_receive(struct client *client);

#endif
