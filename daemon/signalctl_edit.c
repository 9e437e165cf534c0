/*
 * signalctl_edit.c: the configuration in an editor. What is in force is written to a file; what was changed in it is
 * set at run time, all of it or nothing, and what was taken out is taken back.
 */
#include "signalctl.h"
#include "signalctl_client.h"
#include "signalctl_output.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define HIDDEN_VALUE "********"

enum { PLACE_SIZE = 512, MESSAGE_SIZE = 768 };

struct editing {
	struct invocation *invocation;
	const char *path; /* "": everything */
	json_t *before; /* what is there */
	char place[PLACE_SIZE]; /* of the file */
};

/* ---- what is there ----------------------------------------------------------------------------------------------- */

/* The value at a dotted path, borrowed; NULL when there is none. */
static json_t *find(json_t *tree, const char *path)
{
	size_t size = strcspn(path, ".");

	if (!*path || !tree)
		return tree;
	return find(json_object_getn(tree, path, size), path + size + (path[size] == '.'));
}

static enum exit_code read_values(struct editing *editing)
{
	json_t *params = must(json_pack("{s:s}", "path", "")), *result;
	enum exit_code code;

	if (option_value(editing->invocation, "reveal"))
		json_object_set_new(params, "reveal", json_true());
	code = ask(editing->invocation, "config.get", params, &result);
	if (code != EXIT_DONE)
		return code;
	editing->before = json_incref(find(json_object_get(result, "value"), editing->path));
	if (!editing->before)
		editing->before = must(json_object());
	json_decref(result);
	return EXIT_DONE;
}

/* ---- what was changed -------------------------------------------------------------------------------------------- */

static void note(json_t *changes, const char *path, json_t *value)
{
	json_object_set(changes, path, value ? value : json_null());
}

static void compare(json_t *changes, const char *path, json_t *before, json_t *after);

static void compare_member(json_t *changes, const char *path, const char *name, json_t *const values[2])
{
	json_t *longer = must(json_sprintf("%s%s%s", path, *path ? "." : "", name));

	compare(changes, json_string_value(longer), values[0], values[1]);
	json_decref(longer);
}

/* Enters what differs by its dotted path: the new value, null for what is gone. */
static void compare(json_t *changes, const char *path, json_t *before, json_t *after)
{
	const char *name;
	json_t *value;

	if (!json_is_object(before) || !json_is_object(after)) {
		if (!before || !after || !json_equal(before, after))
			note(changes, path, after);
		return;
	}
	json_object_foreach(after, name, value)
		compare_member(changes, path, name, (json_t *const[]){ json_object_get(before, name), value });
	json_object_foreach(before, name, value) {
		if (!json_object_get(after, name))
			compare_member(changes, path, name, (json_t *const[]){ value, NULL });
	}
}

/* Whether a value has a secret in it that was hidden, and would be lost. */
static bool has_hidden(const json_t *value)
{
	const char *text = json_string_value(value), *name;
	json_t *part;
	size_t i;

	if (text)
		return strcmp(text, HIDDEN_VALUE) == 0;
	json_array_foreach(value, i, part) {
		if (has_hidden(part))
			return true;
	}
	json_object_foreach((json_t *)value, name, part) {
		if (has_hidden(part))
			return true;
	}
	return false;
}

static bool has_dotted_name(const json_t *tree)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)tree, name, value) {
		if (strchr(name, '.') || has_dotted_name(value))
			return true;
	}
	return false;
}

static enum exit_code judge(const struct editing *editing, const json_t *after, const json_t *changes)
{
	const struct invocation *invocation = editing->invocation;
	const char *path;
	json_t *value;

	if (!*editing->path && !json_is_object(after))
		return complain(invocation, EXIT_INVALID, "invalid_params", NULL, "the configuration is an object");
	json_object_foreach((json_t *)changes, path, value) {
		char message[MESSAGE_SIZE];

		snprintf(message, sizeof message,
			"%s holds a secret that is hidden: edit with --reveal, or use signalctl config set", path);
		if (has_hidden(value))
			return complain(invocation, EXIT_INVALID, "invalid_params", NULL, message);
	}
	if (has_dotted_name(after) && json_object_size(changes) > 0)
		return complain(invocation, EXIT_INVALID, "invalid_params", NULL,
			"a name has a dot in it, which can only stand in a file of the configuration");
	return EXIT_DONE;
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

static enum exit_code complain_file(const struct editing *editing, const char *what)
{
	char message[MESSAGE_SIZE];

	snprintf(message, sizeof message, "%s %s: %s", what, editing->place, strerror(errno));
	return complain(editing->invocation, EXIT_FAILED, "failed", NULL, message);
}

/* Nobody else can read the file. */
static enum exit_code write_values(struct editing *editing)
{
	const char *directory = getenv("TMPDIR");
	FILE *file;
	int fd;

	snprintf(editing->place, sizeof editing->place, "%s/signalctl-XXXXXX.json",
		directory && *directory ? directory : "/tmp");
	fd = mkstemps(editing->place, (int)strlen(".json"));
	file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!file)
		return complain_file(editing, "cannot make");
	json_dumpf(editing->before, file, JSON_INDENT(2) | JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
	fputc('\n', file);
	return fclose(file) == 0 ? EXIT_DONE : complain_file(editing, "cannot write");
}

_Noreturn static void become_editor(const char *editor, const char *place)
{
	char line[PLACE_SIZE];

	snprintf(line, sizeof line, "%s \"$1\"", editor);
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	execl("/bin/sh", "sh", "-c", line, "sh", place, (char *)NULL);
	_exit(EXIT_FAILED);
}

/* What interrupts the editor does not end this program before it. */
static enum exit_code run_editor(const struct editing *editing)
{
	const char *visual = getenv("VISUAL"), *plain = getenv("EDITOR");
	const char *editor = visual && *visual ? visual : plain && *plain ? plain : "vi";
	char message[MESSAGE_SIZE];
	pid_t child;
	int status;

	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	child = fork();
	if (child == 0)
		become_editor(editor, editing->place);
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	if (child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return EXIT_DONE;
	snprintf(message, sizeof message, "%s failed, and nothing was changed; VISUAL or EDITOR names another editor",
		editor);
	return complain(editing->invocation, EXIT_FAILED, "failed", NULL, message);
}

static enum exit_code read_edited(const struct editing *editing, json_t **ret_after)
{
	char message[MESSAGE_SIZE];
	json_error_t wrong;
	json_t *after = json_load_file(editing->place, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &wrong);

	if (after) {
		*ret_after = after;
		return EXIT_DONE;
	}
	snprintf(message, sizeof message, "this is not JSON: %s (line %d, column %d)", wrong.text, wrong.line,
		wrong.column);
	return complain(editing->invocation, EXIT_INVALID, "invalid_params", NULL, message);
}

/* ---- setting it -------------------------------------------------------------------------------------------------- */

static enum exit_code print_stays(struct invocation *invocation, const char *path)
{
	json_t *shown, *entry;
	const char *name;
	enum exit_code code = ask(invocation, "config.show", must(json_pack("{s:s}", "path", path)), &shown);

	if (code != EXIT_DONE)
		return code;
	json_object_foreach(shown, name, entry) {
		output_text(stdout, name);
		fputs(" stays: it comes from ", stdout);
		output_text(stdout, member_text(entry, "origin"));
		putchar('\n');
	}
	if (json_object_size(shown) == 0)
		printf("%s is taken back\n", path);
	json_decref(shown);
	return EXIT_DONE;
}

static enum exit_code print_changes(struct invocation *invocation, json_t *changes)
{
	enum exit_code code = EXIT_DONE;
	const char *path;
	json_t *value;

	if (invocation->json) {
		output_json(stdout, changes);
		return EXIT_DONE;
	}
	if (json_object_size(changes) == 0)
		puts("nothing was changed");
	json_object_foreach(changes, path, value) {
		if (json_is_null(value)) {
			code = code == EXIT_DONE ? print_stays(invocation, path) : code;
			continue;
		}
		output_text(stdout, path);
		fputs(" = ", stdout);
		output_value(stdout, value);
		putchar('\n');
	}
	return code;
}

/* The daemon may have been started anew while somebody wrote. */
static enum exit_code apply(struct invocation *invocation, json_t *changes)
{
	enum exit_code code = EXIT_DONE;
	json_t *result;

	if (json_object_size(changes) > 0) {
		client_destroy(invocation->client);
		invocation->client = NULL;
		code = ask(invocation, "config.patch", must(json_pack("{s:O}", "values", changes)), &result);
		if (code == EXIT_DONE)
			json_decref(result);
	}
	return code == EXIT_DONE ? print_changes(invocation, changes) : code;
}

static enum exit_code edit_once(const struct editing *editing)
{
	json_t *after = NULL, *changes = must(json_object());
	enum exit_code code = run_editor(editing);

	if (code == EXIT_DONE)
		code = read_edited(editing, &after);
	if (code == EXIT_DONE) {
		compare(changes, editing->path, editing->before, after);
		code = judge(editing, after, changes);
	}
	if (code == EXIT_DONE)
		code = apply(editing->invocation, changes);
	json_decref(changes);
	json_decref(after);
	return code;
}

static bool wants_again(const struct editing *editing)
{
	char answer[16];

	if (editing->invocation->json || !isatty(STDIN_FILENO))
		return false;
	fputs("Edit again? [Y/n] ", stderr);
	return fgets(answer, sizeof answer, stdin) && answer[0] != 'n' && answer[0] != 'N';
}

enum exit_code run_config_edit(struct invocation *invocation)
{
	struct editing editing = { .invocation = invocation,
		.path = invocation->arguments[0] ? invocation->arguments[0] : "" };
	enum exit_code code = read_values(&editing);

	if (code == EXIT_DONE)
		code = write_values(&editing);
	if (code == EXIT_DONE) {
		do
			code = edit_once(&editing);
		while (code != EXIT_DONE && wants_again(&editing));
		if (code == EXIT_DONE)
			unlink(editing.place);
		else
			fprintf(stderr, "signalctl: nothing was changed; what you wrote is in %s\n", editing.place);
	}
	json_decref(editing.before);
	return code;
}
