/* prober: finds out whether something listens on a TCP port of this machine, without ever waiting for it. */
#include <arpa/inet.h>
#include <errno.h>
#include <signalpy/component.h>
#include <unistd.h>

SP_RECORD(prober_settings,
	(integer, port, .otherwise = 80, .min = 1, .max = 65535, .about = "which port to try"));

SP_RECORD(probed,
	(boolean, listens, .about = "whether a connection was accepted"));

SP_COMPONENT(prober,
	(about,        "Tries a TCP port of this machine.", .name_space = "examples"),
	(settings,     prober_settings, settings),
	(signal,       boolean, listens),
	(member,       sp_run *, run), /* in flight */
	(member,       int, fd),
	(watch,        connected),
	(timer,        too_late),
	(async_effect, probe, .cancel_on_supersede = true),
	(runnable,     show, nothing, probed, .read_only = true, .about = "Tells what was found."));

static void end(struct prober *self, sp_status status)
{
	sp_watch_stop(self->connected);
	sp_timer_stop(self->too_late);
	close(self->fd);
	sp_finish(self->run, status);
}

static sp_status prober_probe(struct prober *self, sp_run *run)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	to.sin_port = htons((uint16_t)sp_get(self->settings.port)); /* a new port makes a new run */
	self->run = run;
	self->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (self->fd < 0)
		return sp_fail(run, SP_FAILED, "no socket");
	if (connect(self->fd, (const struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS) {
		close(self->fd); /* refused at once */
		return sp_set(self->listens, false);
	}
	sp_timer_start(self->too_late, 1000);
	sp_watch_start(self->connected, self->fd, SP_WRITABLE);
	return SP_LATER;
}

static sp_status prober_connected(struct prober *self, int fd, SP_UNUSED unsigned events)
{
	int error = 0;
	socklen_t size = sizeof error;

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
	end(self, SP_OK);
	return sp_set(self->listens, error == 0);
}

static sp_status prober_too_late(struct prober *self)
{
	end(self, SP_OK);
	return sp_set(self->listens, false);
}

static void prober_probe_cancel(struct prober *self, SP_UNUSED sp_run *run)
{
	end(self, SP_CANCELLED);
}

static sp_status prober_show(struct prober *self, struct probed *out)
{
	out->listens = sp_get(self->listens);
	return SP_OK;
}

SP_PLUGIN(prober, "1.0.0", prober);
