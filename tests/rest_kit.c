/* rest_kit.c: the shipped plugins in a kernel of the test's own. */
#include "rest_kit.h"

#include <check.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

sp_testing *rest_kit_open(struct fake_streams *fake)
{
	sp_testing *testing = sp_testing_create(NULL);

	ck_assert_ptr_nonnull(testing);
	fake_streams_init(fake);
	fake->enter = sp_runtime_enter;
	fake->leave = sp_runtime_leave;
	sp_kernel_provide(sp_testing_kernel(testing), &sp_loop_contract, &fake->loop, fake, 0);
	return testing;
}

void rest_kit_close(sp_testing *testing, struct fake_streams *fake)
{
	sp_testing_destroy(testing);
	ck_assert_uint_eq(fake_listening(fake), 0);
	fake_streams_finish(fake);
}

const struct sp_plugin *rest_kit_plugin(const char *name)
{
	char path[512];
	void *library;

	snprintf(path, sizeof path, "%s/lib/signalpy/plugins/%s.so", TEST_BUILD_DIR, name);
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	ck_assert_msg(library != NULL, "%s", dlerror());
	return dlsym(library, "signalpy_plugin");
}

void rest_kit_sent(const struct sp_stream *from, const char *text)
{
	ck_assert_msg(from->sent && strstr(from->sent, text), "'%s' is not in '%s'", text, from->sent);
}

void rest_kit_not_sent(const struct sp_stream *from, const char *text)
{
	ck_assert_msg(!from->sent || !strstr(from->sent, text), "'%s' is in '%s'", text, from->sent);
}
