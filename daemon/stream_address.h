/*
 * stream_address.h: addresses as people write them, and sockets that listen on them.
 */
#ifndef DAEMON_STREAM_ADDRESS_H
#define DAEMON_STREAM_ADDRESS_H

#include <netinet/in.h>
#include <signalpy/status.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { ADDRESS_TEXT_SIZE = 128 };

struct stream_address {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	};
	socklen_t size;
	bool shares_port; /* while it begins to listen, other sockets of the same user that do may have its port */
};

/* Reads "host:port" (a number, localhost, or * for every address), "[v6]:port" or "unix:/path". SP_INVALID. */
sp_status stream_address_parse(const char *text, struct stream_address *ret_address, struct sp_error *error);

/* Writes an address as it is read; a peer without a name is "unix". */
void stream_address_format(const struct stream_address *address, char text[ADDRESS_TEXT_SIZE]);

/* Writes the address of a socket's peer, "gone" when it has none any more. */
const char *stream_address_peer(int fd, char text[ADDRESS_TEXT_SIZE]);

/*
 * A non-blocking socket that listens on address; the caller closes it. text is the address as it was asked for, for
 * messages. A unix socket that nobody answers is replaced. SP_CONFLICT, SP_FORBIDDEN, SP_FAILED.
 */
sp_status stream_address_listen(const struct stream_address *address, const char *text, int *ret_fd,
	struct sp_error *error);

/* The path of a unix socket, NULL of any other. */
const char *stream_address_path(const struct stream_address *address);

#endif
