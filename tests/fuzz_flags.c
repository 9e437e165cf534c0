/* fuzz_flags.c: any schema of parameters, in the first line, and any words of a command line, a line each, as flags; and any
 * text on its way to a terminal.
 * links: daemon kernel */
#include "signalctl_flags.h"
#include "signalctl_output.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth)
{
	if (!truth)
		abort();
}

/* Splits text at its ends of lines; the list ends with NULL. */
static void split(char *text, char *words[static WORDS_MAX + 1])
{
	size_t count = 0;

	while (text && count < WORDS_MAX)
		words[count++] = strsep(&text, "\n");
	words[count] = NULL;
}

/* Whatever is taken moves on, and can be sent; whatever is not has its reason. */
static void take_flags(const json_t *schema, char *const *words)
{
	json_t *params = json_object();
	enum flag_outcome outcome = FLAG_TAKEN;
	char message[256], *dumped;

	while (*words && outcome == FLAG_TAKEN) {
		char *const *before = words;

		message[0] = '\0';
		outcome = flags_take(schema, params, &words, message, sizeof message);
		require(outcome == FLAG_TAKEN ? words > before : outcome == FLAG_UNKNOWN || message[0] != '\0');
	}
	dumped = json_dumps(params, 0);
	require(dumped);
	free(dumped);
	json_decref(params);
}

/* No text makes the terminal do anything, or begins a line of its own. */
static void print_text(const char *text)
{
	char *shown = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&shown, &size);

	require(out);
	output_text(out, text);
	fclose(out);
	for (size_t i = 0; i < size; i++)
		require((unsigned char)shown[i] >= 0x20 && shown[i] != 0x7f);
	free(shown);
}

static void print_help(const json_t *schema)
{
	char *shown = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&shown, &size);

	require(out);
	flags_print_help(schema, out);
	fclose(out);
	free(shown);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(1, size + 1), *words[WORDS_MAX + 1];
	json_t *schema;

	require(text);
	memcpy(text, data, size);
	print_text(text);
	split(text, words);
	schema = json_loads(words[0], JSON_DECODE_ANY, NULL);
	print_help(schema);
	take_flags(schema, words + 1);
	json_decref(schema);
	free(text);
	return 0;
}
