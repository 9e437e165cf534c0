/* options.c: the command line of signalpyd. */
#define _GNU_SOURCE
#include "options.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
	"usage: signalpyd [-c FILE] [--set KEY=VALUE]... [--plugin-dir DIR]... [--state-dir DIR] [--runtime-dir DIR]\n"
	"                 [--ready-fd N] [--check] [--help] [--version]\n"
	"\n"
	"Loads components from plugins and serves them. It stays in the foreground and logs to stderr.\n"
	"\n"
	"  -c, --config FILE    the main configuration file; conf.d/*.json beside it is read after it\n"
	"      --set KEY=VALUE  sets one key of the configuration; VALUE is JSON, or else text\n"
	"      --plugin-dir DIR watches DIR for plugins, instead of plugins.dirs; may be repeated\n"
	"      --state-dir DIR  keeps what must survive a restart in DIR\n"
	"      --runtime-dir DIR  puts the control socket into DIR\n"
	"      --ready-fd N     writes one line of JSON to descriptor N once everything is up\n"
	"      --check          judges the configuration and the plugins, says what is wrong, and exits\n"
	"      --help           prints this, and exits\n"
	"      --version        prints the version, and exits\n"
	"\n"
	"See signalpyd(8) and signalpyd.conf(5).\n";

const char *options_help(void)
{
	return help;
}

static sp_status add_set(struct options *options, const char *text)
{
	char **wider = realloc(options->sets, (options->set_count + 2) * sizeof *wider);

	if (!wider)
		return SP_NO_MEMORY;
	options->sets = wider;
	wider[options->set_count] = strdup(text);
	if (!wider[options->set_count])
		return SP_NO_MEMORY;
	wider[++options->set_count] = NULL;
	return SP_OK;
}

/* A socket's address must be absolute, and what is told of a place is read elsewhere; NULL without memory. */
static char *absolute_new(const char *path)
{
	char here[PATH_MAX], *whole;

	if (*path == '/')
		return strdup(path);
	return getcwd(here, sizeof here) && asprintf(&whole, "%s/%s", here, path) >= 0 ? whole : NULL;
}

/* --plugin-dir is a way to write --set plugins.dirs=[...]. */
static sp_status set_plugin_dirs(struct options *options, const json_t *directories)
{
	char *list, *text = NULL;
	sp_status status = SP_NO_MEMORY;

	if (json_array_size(directories) == 0)
		return SP_OK;
	list = json_dumps(directories, JSON_COMPACT);
	if (list && asprintf(&text, "plugins.dirs=%s", list) > 0)
		status = add_set(options, text);
	free(text);
	free(list);
	return status;
}

static sp_status refuse_set(const char *text, struct sp_error *error)
{
	return sp_error_set(error, SP_INVALID, "--set %s: write --set KEY=VALUE", text);
}

static sp_status take_number(const char *text, int *ret_number, struct sp_error *error)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	if (errno || end == text || *end || number < 0 || number > INT_MAX)
		return sp_error_set(error, SP_INVALID, "--ready-fd takes a descriptor's number, not '%s'", text);
	if (fcntl((int)number, F_GETFD) < 0)
		return sp_error_set(error, SP_INVALID, "--ready-fd %s: no such descriptor is open", text);
	*ret_number = (int)number;
	return SP_OK;
}

static sp_status take_text(char **place, const char *text)
{
	free(*place);
	*place = strdup(text);
	return *place ? SP_OK : SP_NO_MEMORY;
}

static sp_status take_directory(char **place, const char *text, const char *name, struct sp_error *error)
{
	if (!*text)
		return sp_error_set(error, SP_INVALID, "%s takes a directory, not ''; see signalpyd --help", name);
	free(*place);
	*place = absolute_new(text);
	return *place ? SP_OK : SP_NO_MEMORY;
}

static sp_status take_plugin_dir(json_t *directories, const char *text, struct sp_error *error)
{
	char *path = NULL;
	sp_status status = take_directory(&path, text, "--plugin-dir", error);

	if (status == SP_OK && json_array_append_new(directories, json_string(path)))
		status = SP_NO_MEMORY;
	free(path);
	return status;
}

enum { SET = 256, PLUGIN_DIR, STATE_DIR, RUNTIME_DIR, READY_FD, CHECK, HELP, VERSION };

static sp_status take_option(struct options *options, int option, const char *option_text, json_t *directories,
	struct sp_error *error)
{
	switch (option) {
	case 'c':
		options->file_given = true;
		return take_text(&options->file, optarg);
	case SET:
		return *optarg != '=' && strchr(optarg, '=') ? add_set(options, optarg) : refuse_set(optarg, error);
	case PLUGIN_DIR:
		return take_plugin_dir(directories, optarg, error);
	case STATE_DIR:
		return take_directory(&options->state_dir, optarg, "--state-dir", error);
	case RUNTIME_DIR:
		return take_directory(&options->runtime_dir, optarg, "--runtime-dir", error);
	case READY_FD:
		return take_number(optarg, &options->ready_fd, error);
	case CHECK:
		options->action = OPTIONS_CHECK;
		return SP_OK;
	case HELP:
		options->action = OPTIONS_HELP;
		return SP_OK;
	case VERSION:
		options->action = OPTIONS_VERSION;
		return SP_OK;
	case ':':
		return sp_error_set(error, SP_INVALID, "%s needs a value; see signalpyd --help", option_text);
	default:
		return sp_error_set(error, SP_INVALID, "%s is no option; see signalpyd --help", option_text);
	}
}

static sp_status take_options(struct options *options, int count, char *const *arguments, json_t *directories,
	struct sp_error *error)
{
	static const struct option known[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "set", required_argument, NULL, SET },
		{ "plugin-dir", required_argument, NULL, PLUGIN_DIR },
		{ "state-dir", required_argument, NULL, STATE_DIR },
		{ "runtime-dir", required_argument, NULL, RUNTIME_DIR },
		{ "ready-fd", required_argument, NULL, READY_FD },
		{ "check", no_argument, NULL, CHECK },
		{ "help", no_argument, NULL, HELP },
		{ "version", no_argument, NULL, VERSION },
		{ NULL, 0, NULL, 0 },
	};
	sp_status status = SP_OK;
	int option;

	optind = 1;
	opterr = 0; /* we say ourselves what was wrong */
	while (status == SP_OK && (option = getopt_long(count, arguments, ":c:", known, NULL)) != -1)
		status = take_option(options, option, arguments[optind - 1], directories, error);
	if (status == SP_OK && optind < count)
		status = sp_error_set(error, SP_INVALID, "'%s' is no option; see signalpyd --help", arguments[optind]);
	return status;
}

/* One of the places that systemd, the system or XDG offers; fallback is below HOME. */
struct place {
	const char *given, *system, *xdg, *fallback, *leaf;
};

static sp_status complete(char **path, const struct place *place)
{
	const char *given = place->given ? getenv(place->given) : NULL;
	const char *xdg = getenv(place->xdg), *home = getenv("HOME");
	int length;

	if (*path)
		return SP_OK;
	if (given && *given)
		return take_text(path, given);
	if (geteuid() == 0)
		return take_text(path, place->system);
	if (xdg && *xdg == '/')
		length = asprintf(path, "%s/signalpy%s", xdg, place->leaf);
	else
		length = asprintf(path, "%s/%s/signalpy%s", home ? home : "", place->fallback, place->leaf);
	if (length >= 0)
		return SP_OK;
	*path = NULL;
	return SP_NO_MEMORY;
}

static sp_status complete_places(struct options *options)
{
	static const struct place file = { NULL, SIGNALPY_CONFDIR "/signalpyd.json", "XDG_CONFIG_HOME", ".config",
		"/signalpyd.json" };
	static const struct place state = { "STATE_DIRECTORY", "/var/lib/signalpy", "XDG_STATE_HOME", ".local/state",
		"" };
	static const struct place runtime = { "RUNTIME_DIRECTORY", "/run/signalpy", "XDG_RUNTIME_DIR", ".cache", "" };

	if (complete(&options->file, &file) != SP_OK || complete(&options->state_dir, &state) != SP_OK)
		return SP_NO_MEMORY;
	return complete(&options->runtime_dir, &runtime);
}

sp_status options_init(struct options *options, int count, char *const *arguments, struct sp_error *error)
{
	json_t *directories = json_array();
	sp_status status;

	*options = (struct options){ .ready_fd = -1, .sets = calloc(1, sizeof(char *)) };
	status = directories && options->sets ? take_options(options, count, arguments, directories, error)
					      : SP_NO_MEMORY;
	if (status == SP_OK)
		status = set_plugin_dirs(options, directories);
	if (status == SP_OK)
		status = complete_places(options);
	if (status == SP_NO_MEMORY)
		sp_error_set(error, status, "out of memory");
	json_decref(directories);
	return status;
}

void options_finish(struct options *options)
{
	for (size_t i = 0; i < options->set_count; i++)
		free(options->sets[i]);
	free(options->sets);
	free(options->file);
	free(options->state_dir);
	free(options->runtime_dir);
}
