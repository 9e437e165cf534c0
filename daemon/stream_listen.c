/* stream_listen.c: listening sockets: they belong to the daemon and are lent, by address, to those who listen. */
#define _GNU_SOURCE /* accept4 */
#include "loop_libevent.h"
#include "stream.h"
#include "stream_address.h"
#include "stream_inherited.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ACCEPTS_A_TURN = 64, PAUSE_WITHOUT_DESCRIPTORS = 100000000 };

/* Who listens. Of several on one socket, the old and the new of a replacement, the eldest is told of connections. */
struct sp_listener {
	TAILQ_ENTRY(sp_listener) link;
	struct lent_socket *lent;
	struct listening listening;
	struct sp_ledger_entry entry;
};

struct lent_socket {
	LIST_ENTRY(lent_socket) link;
	struct sp_event_loop *loop;
	TAILQ_HEAD(listener_list, sp_listener) listeners;
	char *asked; /* the address as it was asked for */
	char bound[ADDRESS_TEXT_SIZE]; /* the one that was found */
	char *path; /* of a unix socket */
	struct stat made; /* the file at path, as it was made */
	void *watch, *pause;
	int fd;
	bool is_busy;
	bool is_inherited; /* its path belongs to who made it */
};

struct lent_sockets {
	struct sp_event_loop *loop;
	LIST_HEAD(lent_list, lent_socket) all;
	struct inherited_sockets *inherited; /* NULL: none are looked for */
};

struct lent_sockets *lent_sockets_create(struct sp_event_loop *loop)
{
	struct lent_sockets *sockets = calloc(1, sizeof(*sockets));

	if (sockets == NULL)
		return NULL;
	sockets->loop = loop;
	LIST_INIT(&sockets->all);
	return sockets;
}

sp_status lent_sockets_inherit(struct lent_sockets *sockets)
{
	if (sockets->inherited == NULL)
		sockets->inherited = inherited_sockets_take();
	return sockets->inherited == NULL ? SP_NO_MEMORY : SP_OK;
}

/* The file of a unix socket goes with it, unless another has taken its place. */
static void remove_path(const struct lent_socket *lent)
{
	struct stat now;

	if (lent->path != NULL && lstat(lent->path, &now) == 0 && now.st_dev == lent->made.st_dev &&
		now.st_ino == lent->made.st_ino)
		unlink(lent->path);
}

static void lent_socket_free(struct lent_socket *lent)
{
	sp_event_loop_ops()->watch_destroy(lent->watch);
	sp_event_loop_ops()->timer_destroy(lent->pause);
	if (lent->fd >= 0) {
		remove_path(lent);
		close(lent->fd);
	}
	free(lent->path);
	free(lent->asked);
	free(lent);
}

static void give_back(struct lent_socket *lent)
{
	LIST_REMOVE(lent, link);
	lent_socket_free(lent);
}

void listener_destroy(struct sp_listener *listener)
{
	struct lent_socket *lent = listener->lent;

	if (listener->listening.consumer != NULL)
		sp_ledger_remove(&listener->entry);
	TAILQ_REMOVE(&lent->listeners, listener, link);
	free(listener);
	if (TAILQ_EMPTY(&lent->listeners) && !lent->is_busy)
		give_back(lent);
}

static void end_listeners(struct lent_socket *lent)
{
	struct sp_listener *listener, *next;

	lent->is_busy = true;
	for (listener = TAILQ_FIRST(&lent->listeners); listener != NULL; listener = next) {
		next = TAILQ_NEXT(listener, link);
		listener_destroy(listener);
	}
}

void lent_sockets_destroy(struct lent_sockets *sockets)
{
	struct lent_socket *lent, *next;

	if (sockets == NULL)
		return;
	for (lent = LIST_FIRST(&sockets->all); lent != NULL; lent = next) {
		next = LIST_NEXT(lent, link);
		end_listeners(lent);
		lent_socket_free(lent);
	}
	inherited_sockets_destroy(sockets->inherited);
	free(sockets);
}

const char *listener_address(const struct sp_loop *loop, const struct sp_listener *listener)
{
	(void)loop;
	return listener->lent->bound;
}

static void end_listener(struct sp_ledger_entry *entry)
{
	struct sp_listener *listener =
		(struct sp_listener *)(void *)((char *)entry - offsetof(struct sp_listener, entry));

	sp_ledger_report(listener->listening.consumer, entry, listener->lent->bound);
	listener_destroy(listener);
}

/* ---- accepting ---- */

/* Without descriptors or memory the connection stays in the backlog, and would wake the loop for ever. */
static void pause_accepting(struct lent_socket *lent)
{
	sp_event_loop_ops()->watch_stop(lent->watch);
	sp_event_loop_ops()->timer_start(lent->pause, PAUSE_WITHOUT_DESCRIPTORS);
}

static void on_pause_end(void *user)
{
	struct lent_socket *lent = user;

	if (sp_event_loop_ops()->watch_start(lent->watch, lent->fd, SP_READABLE) != SP_OK)
		sp_event_loop_ops()->timer_start(lent->pause, PAUSE_WITHOUT_DESCRIPTORS);
}

static bool accept_one(struct lent_socket *lent)
{
	const struct listening *listening = &TAILQ_FIRST(&lent->listeners)->listening;
	struct stream_address peer = { .size = sizeof(peer) - sizeof(peer.size) };
	char text[ADDRESS_TEXT_SIZE];
	struct connection connection = { .peer = text, .consumer = listening->consumer, .accept = listening->accept };

	connection.user = listening->user;
	peer.un.sun_path[0] = '\0';
	connection.fd = accept4(lent->fd, &peer.any, &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (connection.fd < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			pause_accepting(lent);
		return errno == ECONNABORTED || errno == EINTR;
	}
	stream_address_format(&peer, text);
	streams_offer(event_loop_streams(lent->loop), &connection);
	return true;
}

static void on_connection(void *user, int fd, unsigned events)
{
	struct lent_socket *lent = user;
	int accepted = 0;

	(void)fd;
	(void)events;
	lent->is_busy = true;
	while (!TAILQ_EMPTY(&lent->listeners) && accepted < ACCEPTS_A_TURN && accept_one(lent))
		accepted++;
	lent->is_busy = false;
	if (TAILQ_EMPTY(&lent->listeners))
		give_back(lent);
}

/* Of a socket that others go on with, who waits is theirs. */
static bool is_last(const struct sp_listener *listener)
{
	const struct lent_socket *lent = listener->lent;

	return !lent->is_inherited && !lent->is_busy && TAILQ_FIRST(&lent->listeners) == listener &&
		TAILQ_NEXT(listener, link) == NULL;
}

void listener_end(const struct sp_loop *loop, struct sp_listener *listener)
{
	struct lent_socket *lent = listener->lent;
	int accepted = 0;

	(void)loop;
	if (!is_last(listener)) {
		listener_destroy(listener);
		return;
	}
	lent->is_busy = true;
	while (!TAILQ_EMPTY(&lent->listeners) && accepted < SOMAXCONN && accept_one(lent))
		accepted++;
	lent->is_busy = false;
	if (TAILQ_EMPTY(&lent->listeners))
		give_back(lent); /* it was ended by one of those */
	else
		listener_destroy(listener);
}

/* ---- lending ---- */

static sp_status find_bound(struct lent_socket *lent, struct sp_error *error)
{
	struct stream_address bound = { .size = sizeof(bound) - sizeof(bound.size) };

	if (getsockname(lent->fd, &bound.any, &bound.size) != 0)
		return sp_error_set(error, SP_FAILED, "%s: %s", lent->asked, strerror(errno));
	stream_address_format(&bound, lent->bound);
	if (lent->is_inherited || stream_address_path(&bound) == NULL)
		return SP_OK;
	lent->path = strdup(stream_address_path(&bound));
	if (lent->path == NULL)
		return sp_error_set(error, SP_NO_MEMORY, "no memory for %s", lent->asked);
	return stat(lent->path, &lent->made) == 0 ? SP_OK : sp_error_set(error, SP_FAILED, "%s is gone", lent->bound);
}

/* Of the consumer itself, or of what it replaces. */
static bool is_of(const struct lent_socket *lent, const sp_runtime *consumer)
{
	const sp_runtime *holder = TAILQ_FIRST(&lent->listeners)->listening.consumer;

	return holder != NULL && consumer != NULL && strcmp(sp_name(holder), sp_name(consumer)) == 0;
}

static bool has_port_of(const struct lent_socket *lent, const char *address)
{
	const char *port = strrchr(lent->bound, ':'), *asked = strrchr(address, ':');

	return port != NULL && asked != NULL && strcmp(port, asked) == 0;
}

/* Whether the consumer has sockets on that port, which then let another one be bound to it, or not any more. */
static bool share_port(const struct lent_sockets *sockets, const struct listening *listening, int shared)
{
	const struct lent_socket *lent = NULL;
	bool has = false;

	LIST_FOREACH(lent, &sockets->all, link)
	{
		if (!is_of(lent, listening->consumer) || !has_port_of(lent, listening->address))
			continue;
		has = true;
		setsockopt(lent->fd, SOL_SOCKET, SO_REUSEPORT, &shared, sizeof(shared));
	}
	return has;
}

/* Who goes from 127.0.0.1:8080 to 0.0.0.0:8080 has both for a moment, which the system allows only if both agree. */
static sp_status make_socket(const struct lent_sockets *sockets, const struct listening *listening, int *ret_fd,
	struct sp_error *error)
{
	struct stream_address address;
	sp_status status = stream_address_parse(listening->address, &address, error);

	if (status == SP_OK)
		status = stream_address_listen(&address, listening->address, ret_fd, error);
	if (status != SP_CONFLICT || !share_port(sockets, listening, 1))
		return status;
	address.shares_port = true;
	status = stream_address_listen(&address, listening->address, ret_fd, error);
	share_port(sockets, listening, 0);
	return status;
}

/* Whether an address is the name of a socket that the process was started with. */
static bool is_name(const char *address)
{
	return strncmp(address, "fd:", strlen("fd:")) == 0;
}

sp_status lent_sockets_check(const struct lent_sockets *sockets, const char *address, struct sp_error *error)
{
	struct stream_address read;
	sp_status status;
	int fd;

	if (!is_name(address))
		return stream_address_parse(address, &read, error);
	status = inherited_sockets_lend(sockets->inherited, address, &fd, error);
	if (status == SP_OK)
		close(fd);
	return status == SP_NOT_FOUND ? SP_INVALID : status;
}

/* One that the process was started with, else a new one. */
static sp_status find_socket(struct lent_socket *lent, const struct lent_sockets *sockets,
	const struct listening *listening, struct sp_error *error)
{
	bool is_named = is_name(lent->asked);
	sp_status status = inherited_sockets_lend(sockets->inherited, lent->asked, &lent->fd, is_named ? error : NULL);

	lent->is_inherited = status == SP_OK;
	if (is_named || status == SP_OK)
		return status;
	return make_socket(sockets, listening, &lent->fd, error);
}

static sp_status open_socket(struct lent_socket *lent, const struct lent_sockets *sockets,
	const struct listening *listening, struct sp_error *error)
{
	sp_status status = find_socket(lent, sockets, listening, error);

	if (status == SP_OK)
		status = find_bound(lent, error);
	if (status == SP_OK && sp_event_loop_ops()->watch_start(lent->watch, lent->fd, SP_READABLE) != SP_OK)
		status = sp_error_set(error, SP_FAILED, "%s cannot be watched", lent->asked);
	return status;
}

static sp_status lend_new(struct lent_sockets *sockets, const struct listening *listening,
	struct lent_socket **ret_lent, struct sp_error *error)
{
	const char *address = listening->address;
	struct lent_socket *lent = calloc(1, sizeof(*lent));
	sp_status status;

	if (lent == NULL)
		return sp_error_set(error, SP_NO_MEMORY, "no memory for %s", address);
	lent->fd = -1;
	lent->loop = sockets->loop;
	TAILQ_INIT(&lent->listeners);
	lent->asked = strdup(address);
	lent->watch = sp_event_loop_ops()->watch_create(sockets->loop, on_connection, lent);
	lent->pause = sp_event_loop_ops()->timer_create(sockets->loop, on_pause_end, lent);
	if (lent->asked == NULL || lent->watch == NULL || lent->pause == NULL)
		status = sp_error_set(error, SP_NO_MEMORY, "no memory for %s", address);
	else
		status = open_socket(lent, sockets, listening, error);
	if (status != SP_OK) {
		lent_socket_free(lent);
		return status;
	}
	LIST_INSERT_HEAD(&sockets->all, lent, link);
	*ret_lent = lent;
	return SP_OK;
}

/* A replacement is another runtime with the same name. */
static bool replaces(const sp_runtime *consumer, const struct lent_socket *lent)
{
	const struct sp_listener *listener = NULL;

	TAILQ_FOREACH(listener, &lent->listeners, link)
	{
		const sp_runtime *holder = listener->listening.consumer;

		if (consumer == NULL || holder == NULL || holder == consumer ||
			strcmp(sp_name(holder), sp_name(consumer)) != 0)
			return false;
	}
	return true;
}

static struct lent_socket *find_shared(const struct lent_sockets *sockets, const struct listening *listening)
{
	struct lent_socket *lent = NULL;

	LIST_FOREACH(lent, &sockets->all, link)
	{
		if (strcmp(lent->asked, listening->address) == 0 && replaces(listening->consumer, lent))
			return lent;
	}
	return NULL;
}

/* Who else has an address already, among ourselves. */
static sp_status judge_free(const struct lent_sockets *sockets, const struct listening *listening,
	struct sp_error *error)
{
	const struct lent_socket *lent = NULL;
	const sp_runtime *holder;

	LIST_FOREACH(lent, &sockets->all, link)
	{
		if (strcmp(lent->bound, listening->address) != 0 || is_of(lent, listening->consumer))
			continue;
		holder = TAILQ_FIRST(&lent->listeners)->listening.consumer;
		return sp_error_set(error, SP_CONFLICT, "%s is in use by %s", listening->address,
			holder == NULL ? "the daemon itself" : sp_name(holder));
	}
	return SP_OK;
}

sp_status lent_sockets_listen(struct lent_sockets *sockets, const struct listening *listening,
	struct sp_listener **ret_listener, struct sp_error *error)
{
	struct lent_socket *lent = find_shared(sockets, listening);
	struct sp_listener *listener = calloc(1, sizeof(*listener));
	sp_status status = SP_OK;

	if (listener == NULL)
		return sp_error_set(error, SP_NO_MEMORY, "no memory for %s", listening->address);
	if (lent == NULL)
		status = judge_free(sockets, listening, error);
	if (lent == NULL && status == SP_OK)
		status = lend_new(sockets, listening, &lent, error);
	if (status != SP_OK) {
		free(listener);
		return status;
	}
	listener->lent = lent;
	listener->listening = *listening;
	listener->listening.address = lent->asked;
	TAILQ_INSERT_TAIL(&lent->listeners, listener, link);
	if (listening->consumer != NULL) {
		listener->entry.kind = "listener";
		listener->entry.release = end_listener;
		sp_ledger_add(listening->consumer, &listener->entry);
	}
	*ret_listener = listener;
	return SP_OK;
}
