// links: kernel
/* fuzz_json_load.c: JSON is read exactly as jansson reads it. */
#include <signalpy/record.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *own = sp_json_load((sp_bytes){ data, size }, JSON_REJECT_DUPLICATES, NULL);
	json_t *value = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);

	if (!own != !value || (value && !json_equal(own, value)))
		abort();
	json_decref(own);
	json_decref(value);
	return 0;
}
