/*
 * signalctl_trace.c: what happened in the graph, and why an effect ran.
 */
#include "signalctl.h"
#include "signalctl_client.h"
#include "signalctl_output.h"
#include "signalctl_width.h"

#include <stdlib.h>
#include <string.h>

enum { CLOCK_WIDTH = 12 };

/* ---- one line ---------------------------------------------------------------------------------------------------- */

/* "14:05:09.120   computed greeter.greeting changed, 3.2 µs"; further in, the further from the write. */
static void print_record(const json_t *record, int depth)
{
	const char *owner = member_text(record, "owner"), *outcome = member_text(record, "outcome");
	const char *node = member_text(record, "node"), *by = member_text(record, "by");
	size_t indent = CLOCK_WIDTH + 1 + 2 * (size_t)depth;
	json_t *took = duration_new(json_object_get(record, "duration_ns"));

	output_clock(stdout, json_object_get(record, "time_ms"));
	printf("%*s", 2 * depth + 1, "");
	output_coloured(stdout, COLOUR_DIM, member_text(record, "kind"));
	putchar(' ');
	output_text(stdout, owner);
	fputs(*owner ? "." : "", stdout);
	output_text(stdout, node);
	if (strcmp(member_text(record, "kind"), "write") != 0) {
		fputs(*outcome ? " " : "", stdout);
		output_coloured(stdout, state_colour(outcome), outcome);
		printf(", %s", json_string_value(took));
		putchar('\n');
	} else if (*by) {
		fputs(" by ", stdout);
		output_paragraph(stdout, by, indent + strlen("write .  by ") + width_of(owner) + width_of(node),
			indent + 2);
	} else {
		putchar('\n');
	}
	json_decref(took);
}

/* ---- why --------------------------------------------------------------------------------------------------------- */

void print_why(const struct invocation *invocation, const json_t *result)
{
	const json_t *chain = json_object_get(result, "chain"), *step, *first = json_array_get(chain, 0);
	const char *reason = member_text(result, "reason");
	json_int_t runs = json_integer_value(json_object_get(result, "runs"));
	size_t i;

	(void)invocation;
	output_coloured(stdout, COLOUR_BOLD, member_text(result, "effect"));
	if (runs == 1)
		fputs(" ran once", stdout);
	else
		printf(" ran %lld times", (long long)runs);
	printf("%s%s%s\n", json_is_true(json_object_get(result, "failed")) ? ", and failed last" : "",
		*reason ? "; last: " : "", reason);
	json_array_foreach(chain, i, step)
		print_record(step, (int)i);
	if (first && !*reason && !*member_text(first, "by"))
		puts("who wrote that is not known: it is when a trace is kept, see signalctl trace start");
}

/* ---- the trace --------------------------------------------------------------------------------------------------- */

/* Records that follow each other, as a tree: what was caused stands below its cause. Each place is 1 + an index, 0:
 * none. */
struct tree {
	const json_t *records;
	size_t count;
	size_t *first_child, *next_sibling;
	size_t roots;
};

/* Where its cause stands; 0 when it has none, or none that is there. */
static size_t cause_of(const struct tree *tree, size_t index)
{
	json_int_t first = json_integer_value(json_object_get(json_array_get(tree->records, 0), "number"));
	json_int_t cause = json_integer_value(json_object_get(json_array_get(tree->records, index), "cause"));

	return cause >= first && (size_t)(cause - first) < index ? (size_t)(cause - first) + 1 : 0;
}

static void tree_grow(struct tree *tree)
{
	for (size_t index = tree->count; index-- > 0;) {
		size_t cause = cause_of(tree, index);
		size_t *list = cause ? &tree->first_child[cause - 1] : &tree->roots;

		tree->next_sibling[index] = *list;
		*list = index + 1;
	}
}

static void tree_print(const struct tree *tree, size_t list, int depth)
{
	for (; list; list = tree->next_sibling[list - 1]) {
		print_record(json_array_get(tree->records, list - 1), depth);
		tree_print(tree, tree->first_child[list - 1], depth + 1);
	}
}

static void print_records(const json_t *records)
{
	struct tree tree = { .records = records, .count = json_array_size(records) };

	tree.first_child = calloc(tree.count + 1, sizeof *tree.first_child);
	tree.next_sibling = calloc(tree.count + 1, sizeof *tree.next_sibling);
	if (!tree.first_child || !tree.next_sibling)
		out_of_memory();
	tree_grow(&tree);
	tree_print(&tree, tree.roots, 0);
	free(tree.first_child);
	free(tree.next_sibling);
}

static void print_missed(const json_t *message)
{
	json_int_t missed = json_integer_value(json_object_get(message, "missed"));

	if (missed)
		printf("%lld earlier records are not kept any more\n", (long long)missed);
}

/* With --json and --follow each record is a document of its own, on a line. */
static void show_message(const struct invocation *invocation, const json_t *message)
{
	const json_t *records = json_object_get(message, "records"), *record;
	size_t i;

	if (!invocation->json) {
		print_missed(message);
		print_records(records);
	} else {
		json_array_foreach(records, i, record) {
			json_dumpf(record, stdout, JSON_COMPACT);
			putchar('\n');
		}
	}
	fflush(stdout);
}

static void notified(void *user, const char *method, const json_t *params)
{
	if (strcmp(method, "trace") == 0)
		show_message(user, params);
}

static enum exit_code follow(struct invocation *invocation)
{
	const struct listener listener = { notified, invocation };
	json_t *result, *message;
	enum exit_code code = ask_listening(invocation, "graph.watch", NULL, &listener, &result);

	if (code != EXIT_DONE)
		return code;
	json_decref(result);
	while (!ferror(stdout) && (message = client_receive(invocation->client)) != NULL) {
		notified(invocation, member_text(message, "method"), json_object_get(message, "params"));
		json_decref(message);
	}
	if (ferror(stdout))
		return EXIT_DONE;
	return complain(invocation, EXIT_UNREACHABLE, "unavailable", NULL, "signalpyd ended the connection");
}

static void print_trace(const json_t *trace)
{
	const json_t *records = json_object_get(trace, "records");

	if (!json_is_true(json_object_get(trace, "on"))) {
		puts("no trace is kept: signalctl trace start keeps one, signalctl trace --follow does while it runs");
		return;
	}
	print_missed(trace);
	print_records(records);
	if (json_array_size(records) == 0)
		puts("nothing has happened since the trace is kept");
}

enum exit_code run_trace(struct invocation *invocation)
{
	enum exit_code code;
	json_t *trace;

	if (option_value(invocation, "follow"))
		return follow(invocation);
	code = ask(invocation, "graph.trace", NULL, &trace);
	if (code != EXIT_DONE)
		return code;
	if (invocation->json)
		output_json(stdout, trace);
	else
		print_trace(trace);
	json_decref(trace);
	return EXIT_DONE;
}
