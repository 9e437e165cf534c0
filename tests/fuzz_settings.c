/* fuzz_settings.c: any text as a setting of the command line or the environment, as a path into the configuration, and as an
 * address to listen on.
 * links: daemon kernel */
#include "configuration_layers.h"
#include "configuration_path.h"
#include "stream_address.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth)
{
	if (!truth)
		abort();
}

/* What was set is there, and gone when it is unset. */
static void follow_path(const char *path)
{
	json_t *tree = json_object();
	struct sp_error error = { .message = "" };

	if (configuration_path_check(path, &error) != SP_OK) {
		require(error.message[0]);
	} else if (configuration_path_set(tree, path, json_integer(7), &error) == SP_OK) {
		require(json_integer_value(configuration_path_get(tree, path)) == 7);
		require(configuration_path_unset(tree, path) && json_object_size(tree) == 0);
	}
	configuration_path_get(tree, path);
	json_decref(tree);
}

/* An address that was read is written, and read as the same again. */
static void read_address(const char *text)
{
	struct stream_address address = { .size = 0 }, again = { .size = 0 };
	struct sp_error error = { .message = "" };
	char written[ADDRESS_TEXT_SIZE], rewritten[ADDRESS_TEXT_SIZE];

	if (stream_address_parse(text, &address, &error) != SP_OK) {
		require(error.message[0]);
		return;
	}
	stream_address_format(&address, written);
	require(stream_address_parse(written, &again, &error) == SP_OK);
	stream_address_format(&again, rewritten);
	require(strcmp(written, rewritten) == 0);
}

static void set(char *text)
{
	struct configuration_layers *layers = configuration_layers_create();
	json_t *faults = json_array();
	size_t size = strlen(text) + sizeof "SIGNALPY_CFG_";
	char *variable = malloc(size), *environment[] = { variable, NULL };
	char *sets[] = { text, NULL };

	require(variable != NULL);
	memcpy(variable, "SIGNALPY_CFG_", sizeof "SIGNALPY_CFG_" - 1);
	memcpy(variable + sizeof "SIGNALPY_CFG_" - 1, text, strlen(text) + 1);
	if (strchr(text, '='))
		require(configuration_environment_add(layers, environment, faults) == SP_OK);
	require(configuration_arguments_add(layers, sets, faults) == SP_OK);
	require(layers->count + json_array_size(faults) > 0);
	free(variable);
	json_decref(faults);
	configuration_layers_destroy(layers);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(1, size + 1);

	if (!text)
		abort();
	memcpy(text, data, size);
	follow_path(text);
	read_address(text);
	set(text);
	free(text);
	return 0;
}
