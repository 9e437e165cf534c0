/*
 * e2e_tls_live.c: a real daemon that serves HTTPS, with curl and OpenSSL as clients: moved, renewed, replaced, live.
 * links: signalpy -lssl -lcrypto */
#include <check.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon_kit.h"
#include "daemon_kit_clients.h"
#include "runner.h"
#include "shell_kit.h"

static struct test_daemon served;

/* A certificate for a test, as the README has it made. */
static void make_pair(const char *name)
{
	shell(0,
		"cd %s && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=%s "
		"-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout new.key -out new.pem && "
		"mv new.key key.pem && mv new.pem cert.pem",
		served.dir, name);
}

static void configure(const char *listen, const char *more, bool starts)
{
	char text[1024];

	snprintf(text, sizeof text,
		"{\"http\": {\"listen\": [%s], \"limits\": {\"header_ms\": 1000}}, \"log\": {\"level\": \"debug\"}, "
		"\"tls\": {\"certificate\": \"%s/cert.pem\", \"key\": \"%s/key.pem\"}%s}",
		listen, served.dir, served.dir, more);
	test_daemon_configure(&served, text, starts);
}

static void begin(void)
{
	test_daemon_prepare(&served, NULL);
	test_daemon_drop(&served, "greeter", "greeter", 0);
	make_pair("first");
}

static void end(void)
{
	if (served.pid)
		test_daemon_stop(&served);
	test_daemon_clean(&served);
}

static void start(const char *listen, const char *more)
{
	configure(listen, more, true);
	test_daemon_start(&served);
}

/* The port of the first address that begins with start; 0 when there is none. */
static int port_of(const char *start)
{
	json_t *status = test_control(&served, "kernel.status", NULL, NULL), *address;
	const json_t *bound = json_object_get(json_object_get(status, "bound"), "http");
	size_t i;
	int port = 0;

	json_array_foreach(bound, i, address)
		if (!port && strncmp(json_string_value(address), start, strlen(start)) == 0)
			port = (int)strtol(strrchr(json_string_value(address), ':') + 1, NULL, 10);
	json_decref(status);
	return port;
}

static bool is_listening(const struct test_daemon *daemon, const void *address)
{
	(void)daemon;
	return port_of(address) != 0;
}

static bool is_not_listening(const struct test_daemon *daemon, const void *address)
{
	return !is_listening(daemon, address);
}

/* What curl gets of https://localhost:PORT and what follows; its exit status must be status. */
static const char *curl(int status, const char *options, const char *path)
{
	return shell(status, "curl -sS -m 20 --cacert %s/cert.pem %s 'https://localhost:%d%s'", served.dir, options,
		port_of("tls:"), path);
}

static void says(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "'%s' is not in: %s", part, text);
}

/* ---- one connection that is kept --------------------------------------------------------------------------------- */

struct client {
	SSL_CTX *context;
	SSL *ssl;
	int fd;
	char got[8192];
};

static void client_init(struct client *client, int port)
{
	client->context = SSL_CTX_new(TLS_client_method());
	client->ssl = SSL_new(client->context);
	client->fd = test_connect_port(port);
	ck_assert_int_ge(client->fd, 0);
	SSL_set_fd(client->ssl, client->fd);
	ck_assert_int_eq(SSL_connect(client->ssl), 1);
}

static void client_finish(struct client *client)
{
	SSL_shutdown(client->ssl);
	SSL_free(client->ssl);
	SSL_CTX_free(client->context);
	close(client->fd);
}

static void client_say(struct client *client, const char *text)
{
	ck_assert_int_eq(SSL_write(client->ssl, text, (int)strlen(text)), (int)strlen(text));
}

/* Reads one answer of the greeter. */
static const char *client_hear(struct client *client)
{
	size_t size = 0;
	int got = 1;

	client->got[0] = '\0';
	while (got > 0 && !strstr(client->got, "}}")) {
		got = SSL_read(client->ssl, client->got + size, (int)(sizeof client->got - 1 - size));
		size += got > 0 ? (size_t)got : 0;
		client->got[size] = '\0';
	}
	return client->got;
}

#define CALL_BEGINS \
	"POST /api/v1/greeter/greet HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" \
	"Content-Length: 14\r\n\r\n{\"name\":"
#define CALL_ENDS "\"Ada\"}"

#define TOOL_CALL \
	"-H 'MCP-Protocol-Version: 2026-07-28' -H 'Mcp-Method: tools/call' -H 'Mcp-Name: greeter_greet' --json " \
	"'{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"greeter_greet\"," \
	"\"arguments\":{\"name\":\"Ada\"},\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"," \
	"\"io.modelcontextprotocol/clientCapabilities\":{}}}}'"

/* ---- the tests --------------------------------------------------------------------------------------------------- */

START_TEST(calls_come_over_tls_and_all_else_at_once)
{
	char listen[256];

	snprintf(listen, sizeof listen, "\"127.0.0.1:0\", \"tls:127.0.0.1:0\", \"unix:%s/http.sock\"", served.dir);
	start(listen, "");
	says(curl(0, "--tlsv1.3 --json '{\"name\":\"Ada\"}'", "/api/v1/greeter/greet"), "Hello, Ada!");
	says(curl(0, "--tlsv1.2 --tls-max 1.2 --json '{\"name\":\"Bob\"}'", "/api/v1/greeter/greet"), "Hello, Bob!");
	says(curl(0, "-o /dev/null -w '%{http_version} %{ssl_verify_result}'", "/openapi.json"), "1.1 0");
	curl(35, "--tls-max 1.1", "/health");
	ck_assert(test_is_callable(&served, "greeter/greet"));
	says(shell(0, "curl -sS --unix-socket %s/http.sock http://localhost/health", served.dir), "\"ok\"");
	shell(52, "curl -sS http://localhost:%d/health", port_of("tls:"));
	test_wait_until(&served, test_log_says, "it speaks HTTP without TLS");
	says(curl(0, "-H 'Origin: https://localhost:1' --json '{}'", "/api/v1/greeter/greet"), "\"ok\":true");
}
END_TEST

START_TEST(streams_and_models_come_over_tls)
{
	start("\"tls:127.0.0.1:0\"",
		", \"mcp\": {\"authorization_servers\": [\"https://id.example\"]}, \"auth\": {\"required\": true}");
	says(curl(0, "-D - " TOOL_CALL, "/mcp"), "resource_metadata=\"https://localhost:");
	says(curl(0, "", "/.well-known/oauth-protected-resource/mcp"), "\"https://localhost:");
	configure("\"tls:127.0.0.1:0\"", "", false);
	test_wait_until(&served, test_log_says, "configuration");
	says(curl(0, "--retry 20 --retry-all-errors -f -N -H 'Accept: text/event-stream' --json '{\"name\":\"Ada\"}'",
		     "/api/v1/greeter/greet"),
		"Hello, Ada!");
	says(curl(0, TOOL_CALL, "/mcp"), "Hello, Ada!");
}
END_TEST

/* The new address comes first; who is connected to the former one stays, in the middle of a call. */
START_TEST(a_listener_moves_under_a_call)
{
	struct client client;
	int former;

	start("\"tls:127.0.0.1:0\"", "");
	former = port_of("tls:127.0.0.1:");
	client_init(&client, former);
	client_say(&client, CALL_BEGINS);
	configure("\"tls:localhost:0\"", "", false);
	test_wait_until(&served, test_log_says, "no longer listening on tls:127.0.0.1:");
	ck_assert_int_ne(port_of("tls:"), former);
	ck_assert_int_lt(test_connect_port(former), 0);
	client_say(&client, CALL_ENDS);
	says(client_hear(&client), "Hello, Ada!");
	client_say(&client, CALL_BEGINS CALL_ENDS);
	says(client_hear(&client), "Hello, Ada!");
	client_finish(&client);
	says(curl(0, "--json '{}'", "/api/v1/greeter/greet"), "Hello");
}
END_TEST

START_TEST(the_plugin_comes_and_goes_under_a_call)
{
	struct client client;
	char path[160];

	start("\"127.0.0.1:0\", \"tls:127.0.0.1:0\"", "");
	client_init(&client, port_of("tls:"));
	client_say(&client, CALL_BEGINS);
	snprintf(path, sizeof path, "%s/next.so", served.dir);
	shell(0, "cp %s/lib/signalpy/plugins/tls.so %s && echo next >>%s", TEST_BUILD_DIR, path, path);
	ck_assert_int_eq(test_signalctl(&served, (const char *[]){ "plugin", "update", "tls", path, NULL }), 0);
	says(curl(0, "--json '{}'", "/api/v1/greeter/greet"), "Hello");
	client_say(&client, CALL_ENDS);
	says(client_hear(&client), "Hello, Ada!");
	says(client.got, "Connection: close");
	client_finish(&client);

	client_init(&client, port_of("tls:"));
	client_say(&client, CALL_BEGINS);
	ck_assert_int_eq(test_signalctl(&served, (const char *[]){ "plugin", "unload", "tls", NULL }), 0);
	test_wait_until(&served, is_not_listening, "tls:");
	client_say(&client, CALL_ENDS);
	says(client_hear(&client), "Hello, Ada!");
	client_finish(&client);
	test_wait_until(&served, test_log_says, "waits for TLS: the plugin tls is not loaded");
	ck_assert_int_eq(test_signalctl(&served, (const char *[]){ "status", NULL }), 0);
	says(test_signalctl_output(), "http: tls:127.0.0.1:0 waits for TLS: the plugin tls is not loaded");
	ck_assert(test_is_callable(&served, "greeter/greet"));
	ck_assert_msg(test_signalctl(&served, (const char *[]){ "plugin", "load", path, NULL }) == 0, "%s",
		test_signalctl_output());
	test_wait_until(&served, is_listening, "tls:");
	says(curl(0, "--json '{}'", "/api/v1/greeter/greet"), "Hello");
}
END_TEST

static bool shows_second(const struct test_daemon *daemon, const void *user)
{
	(void)user;
	return strstr(shell(0, "curl -vsk https://localhost:%d/health", port_of("tls:")), "subject: CN=second") &&
		daemon->pid;
}

START_TEST(a_certificate_is_renewed_live)
{
	char other[160];

	start("\"tls:127.0.0.1:0\"", "");
	says(curl(0, "", "/health"), "\"ok\"");
	shell(0, "cp %s/key.pem %s/other.pem", served.dir, served.dir);
	make_pair("second");
	test_wait_until(&served, shows_second, "the second certificate");
	says(curl(0, "", "/health"), "\"ok\"");
	snprintf(other, sizeof other, "%s/other.pem", served.dir);
	ck_assert_int_ne(test_signalctl(&served, (const char *[]){ "config", "set", "tls.key", other, NULL }), 0);
	says(test_signalctl_output(), "other.pem is not the key of tls.certificate");
	says(curl(0, "", "/health"), "\"ok\"");
	shell(0, "chmod 644 %s/key.pem", served.dir);
	test_wait_until(&served, test_log_says, "certificate");
	says(curl(0, "", "/health"), "\"ok\"");
}
END_TEST

/* Whoever does not get on with the handshake is cut off, and a client that is silent costs nobody else anything. */
START_TEST(a_slow_handshake_is_cut)
{
	static const char half[] = "\x16\x03\x01\x02\x00\x01\x00\x01";
	char nothing[16];
	int64_t begun;
	int fd;

	start("\"tls:127.0.0.1:0\"", "");
	fd = test_connect_port(port_of("tls:"));
	begun = test_now_ms();
	ck_assert_int_eq(write(fd, half, sizeof half - 1), (ssize_t)sizeof half - 1);
	says(curl(0, "", "/health"), "\"ok\"");
	ck_assert_int_eq(read(fd, nothing, sizeof nothing), 0);
	ck_assert_int_ge(test_now_ms() - begun, 900);
	close(fd);
}
END_TEST

int main(void)
{
	const struct test_case cases[] = { TEST(calls_come_over_tls_and_all_else_at_once),
		TEST(streams_and_models_come_over_tls), TEST(a_listener_moves_under_a_call),
		TEST(the_plugin_comes_and_goes_under_a_call), TEST(a_certificate_is_renewed_live),
		TEST(a_slow_handshake_is_cut) };

	signal(SIGPIPE, SIG_IGN);
	return run_suite(&SUITE(cases, "tls live", .set_up = begin, .tear_down = end, .timeout = 120));
}
