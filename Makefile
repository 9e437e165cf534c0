# signalpyd. `make` builds it in build/, `make run` starts it, `make check` proves it, `make help` lists the rest.
#
# A new file needs no edit here. Kernel and daemon are every .c in their folder; every folder in plugins/,
# plugins/examples/ and tests/fixtures/plugins/ is one plugin; every tests/check_*.c is one program, and so on. A plugin
# that needs a library of its own has a file `libs` beside its sources: one line of pkg-config names and flags.

VERSION = 0.1.0
SOVERSION = 1

PREFIX = /usr/local
BINDIR = $(PREFIX)/bin
SBINDIR = $(PREFIX)/sbin
LIBDIR = $(PREFIX)/lib
INCLUDEDIR = $(PREFIX)/include/signalpy-$(SOVERSION)
MANDIR = $(PREFIX)/share/man
UNITDIR = $(PREFIX)/lib/systemd/system
BASHDIR = $(PREFIX)/share/bash-completion/completions
ZSHDIR = $(PREFIX)/share/zsh/site-functions
FISHDIR = $(PREFIX)/share/fish/vendor_completions.d
PLUGINDIR = $(LIBDIR)/signalpy/plugins
EXAMPLEDIR = $(LIBDIR)/signalpy/examples
# What is installed below /usr is configured in /etc, anything else in its own prefix.
SYSCONFDIR = $(if $(filter /usr /usr/%,$(PREFIX)),/etc,$(PREFIX)/etc)
CONFDIR = $(SYSCONFDIR)/signalpy

# A variant is the same tree built with other flags, in a directory of its own: build, build/asan, build/tsan ...
VARIANT = release
B = build$(if $(filter-out release,$(VARIANT)),/$(VARIANT))

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Werror
HARDENING = -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection $(X86_HARDENING)
X86_HARDENING = $(if $(filter x86_64,$(shell uname -m)),-fcf-protection)
SANITIZED = -O1 -g -DSIGNALPY_DEBUG=1 -fno-omit-frame-pointer -fno-sanitize-recover=all

# Without -fno-plt every read of a slot would jump twice; the addresses are bound at the start anyway (-z now).
CFLAGS_release = -O2 -g -fno-plt $(HARDENING)
CFLAGS_clang = $(CFLAGS_release)
CFLAGS_deb = $(CFLAGS_release)
CFLAGS_debug = -O0 -g -DSIGNALPY_DEBUG=1
CFLAGS_cover = -O0 -g -DSIGNALPY_DEBUG=1 --coverage
CFLAGS_asan = $(SANITIZED) -fsanitize=address,undefined
CFLAGS_tsan = $(SANITIZED) -fsanitize=thread
CFLAGS_fuzz = $(SANITIZED) -fsanitize=address,undefined,fuzzer-no-link

LDFLAGS_release = -Wl,-z,defs
LDFLAGS_clang = -Wl,-z,defs
LDFLAGS_deb = -Wl,-z,defs
LDFLAGS_debug = -Wl,-z,defs
LDFLAGS_cover = --coverage
LDFLAGS_asan = -fsanitize=address,undefined
LDFLAGS_tsan = -fsanitize=thread
LDFLAGS_fuzz = -fsanitize=address,undefined

# Slow variants get more time, and a test that sees TEST_SLOW may do with smaller numbers.
TEST_WITH_asan = TEST_SLOW=1 CK_TIMEOUT_MULTIPLIER=10 TEST_SECONDS=600
TEST_WITH_tsan = TEST_SLOW=1 CK_TIMEOUT_MULTIPLIER=10 TEST_SECONDS=600 TEST_FIXED_ADDRESSES=1
TEST_WITH_debug = TEST_SLOW=1 CK_TIMEOUT_MULTIPLIER=50 TEST_SECONDS=900
FUZZ_SECONDS ?= 20

# The wall between the rooms: what each of them can include. What a path cannot say, scripts/layers checks.
ROOM_kernel = -I contracts -I kernel -DSIGNALPY_VERSION='"$(VERSION)"'
ROOM_daemon = -I contracts -I daemon -DSIGNALPY_VERSION='"$(VERSION)"' \
	-DSIGNALPY_CONFDIR='"$(CONFDIR)"' -DSIGNALPY_PLUGINDIR='"$(PLUGINDIR)"'
ROOM_plugins = -I contracts
ROOM_fixtures = -I contracts
ROOM_tests = -I contracts -I kernel -I daemon -I tests -I . \
	-DTEST_BUILD_DIR='"$(CURDIR)/$(B)"' -DTEST_SOURCE_DIR='"$(CURDIR)"'
room = $(if $(filter tests/fixtures/%,$1),fixtures,$(firstword $(subst /, ,$1)))

# $(call libs_cflags,FILE), $(call libs_ldflags,FILE): what the file `libs` beside FILE asks for.
libs = $(file <$(dir $1)libs)
libs_names = $(filter-out -% '-%,$(libs))
libs_cflags = $(filter -D% -I%,$(libs)) $(if $(libs_names),$(shell pkg-config --cflags $(libs_names)))
libs_ldflags = $(filter-out -D% -I% $(libs_names),$(libs)) $(if $(libs_names),$(shell pkg-config --libs $(libs_names)))

ALL_CFLAGS = -std=gnu11 $(WARNINGS) -fPIC -fvisibility=hidden -pthread $(CFLAGS_$(VARIANT)) $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS = -pthread -Wl,-z,relro,-z,now -Wl,--as-needed $(LDFLAGS_$(VARIANT)) $(LDFLAGS)
COMPILE = $(CC) $(ALL_CFLAGS) $(ROOM_$(call room,$1)) $(call libs_cflags,$1)

# ---- what there is ---------------------------------------------------------------------------------------------------

objects = $(patsubst %.c,$(B)/obj/%.o,$1)
folders = $(patsubst %/,%,$(sort $(dir $(wildcard $1/*/*.c))))
tests_named = $(foreach kind,$1,$(wildcard tests/$(kind)_*.c plugins/*/$(kind)_*.c plugins/examples/*/$(kind)_*.c))
plugin_sources = $(filter-out $(call tests_named,check fuzz bench),$(wildcard $1/*.c))

KERNEL = $(wildcard kernel/*.c)
DAEMON = $(filter-out daemon/signalctl%,$(wildcard daemon/*.c))
CTL = $(wildcard daemon/signalctl*.c daemon/shared_*.c)
CONTRACT_FOLDERS = $(patsubst %/,%,$(sort $(dir $(wildcard contracts/*/*.h))))
HELPERS = $(filter-out $(call tests_named,check e2e bench fuzz) $(LACKING:plugins/%=tests/%_kit.c),$(wildcard tests/*.c))

LIB = $(B)/lib/libsignalpy.so
LOOP = daemon/loop_libevent.c daemon/workers.c $(wildcard daemon/stream_*.c)
LOOP_LIB = $(B)/lib/libsignalpy-event-loop.so
LIBS = $(LIB) $(LOOP_LIB)
PROGRAMS = $(if $(DAEMON),$(B)/bin/signalpyd) $(if $(CTL),$(B)/bin/signalctl)
# A plugin whose library is not installed is left out; scripts/deps installs them all.
lacking = $(strip $(foreach folder,$1,$(if $(wildcard $(folder)/libs),$(shell pkg-config --exists \
	$(filter-out -%,$(file <$(folder)/libs)) || echo $(folder)))))
LACKING := $(call lacking,$(call folders,plugins) $(call folders,plugins/examples))
LEFT_OUT = $(foreach name,$(notdir $(LACKING)),$(B)/tests/check_$(name)_% $(B)/tests/e2e_$(name)_% \
	$(B)/plugins/$(name)/% $(B)/plugins/examples/$(name)/%)
$(if $(LACKING),$(info left out, since a library is not installed: $(LACKING)))
PLUGINS = $(patsubst plugins/%,$(B)/lib/signalpy/plugins/%.so,$(filter-out plugins/examples $(LACKING),$(call folders,plugins)))
EXAMPLES = $(patsubst plugins/examples/%,$(B)/lib/signalpy/examples/%.so,$(filter-out $(LACKING),$(call folders,plugins/examples)))
FIXTURES = $(patsubst tests/fixtures/plugins/%,$(B)/tests/fixtures/%.so,$(call folders,tests/fixtures/plugins))
PKGCONFIG = $(patsubst contracts/%.in,$(B)/lib/pkgconfig/%,$(wildcard contracts/*.pc.in))

CHECKS = $(filter-out $(LEFT_OUT),$(patsubst %.c,$(B)/%,$(call tests_named,check)))
E2E = $(filter-out $(LEFT_OUT),$(patsubst %.c,$(B)/%,$(call tests_named,e2e)))
BENCHES = $(patsubst %.c,$(B)/%,$(call tests_named,bench))
FUZZERS = $(patsubst %.c,$(B)/%,$(call tests_named,fuzz))
KERNEL_CHECKS = $(filter $(KERNEL:kernel/%.c=$(B)/tests/check_%),$(CHECKS))

.SECONDEXPANSION:
.DELETE_ON_ERROR:
.PHONY: FORCE all prune tests

#: all             the daemon, signalctl, the libraries and the plugins, in build/
all: $(LIBS) $(PROGRAMS) $(PLUGINS) $(EXAMPLES) $(PKGCONFIG) prune
#: tests           all of that, and the test programs
tests: all $(CHECKS) $(E2E) $(BENCHES) $(FIXTURES)

# ---- how it is built (V= shows the commands) -------------------------------------------------------------------------

V = @

$(B)/obj/%.o: %.c $(B)/flags
	@mkdir -p $(@D) && echo '  CC      $@'
	$(V)$(call COMPILE,$<) -MMD -MP -c $< -o $@

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)

# Changes when the flags do, and then everything is compiled again.
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(foreach name,kernel daemon tests,$(ROOM_$(name))))' >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

$(LIBS): %: %.$(SOVERSION)
	@ln -sf $(<F) $@

$(LIB).$(SOVERSION): $(call objects,$(KERNEL)) kernel/libsignalpy.map
	@mkdir -p $(@D) && echo '  LINK    $@'
	$(V)$(CC) -shared -Wl,-soname,$(@F) -Wl,--version-script=kernel/libsignalpy.map $(ALL_LDFLAGS) \
		$(filter %.o,$^) -ljansson -lm -o $@

# For programs that embed the kernel; the daemon has the same objects in itself.
$(LOOP_LIB).$(SOVERSION): $(call objects,$(LOOP)) $(LIB) daemon/libsignalpy-event-loop.map
	@mkdir -p $(@D) && echo '  LINK    $@'
	$(V)$(CC) -shared -Wl,-soname,$(@F) -Wl,--version-script=daemon/libsignalpy-event-loop.map \
		-Wl,-rpath,'$$ORIGIN' $(ALL_LDFLAGS) $(filter %.o,$^) $(LIB) -levent_core -o $@

# The daemon finds the library beside it, in the build tree and wherever it is installed; signalctl does without.
$(B)/bin/signalpyd: BESIDE = -Wl,-rpath,'$$ORIGIN/../lib'
$(B)/bin/signalpyd: $(call objects,$(DAEMON)) $(LIB)
$(B)/bin/signalctl: $(call objects,$(CTL))
$(PROGRAMS):
	@mkdir -p $(@D) && echo '  LINK    $@'
	$(V)$(CC) -pie $(BESIDE) $(ALL_LDFLAGS) $^ -levent_pthreads -levent -ljansson -o $@

# Plugins do not: whoever loads them has the library already.
$(PLUGINS): $(B)/lib/signalpy/plugins/%.so: $$(call objects,$$(call plugin_sources,plugins/$$*)) $(LIB)
$(EXAMPLES): $(B)/lib/signalpy/examples/%.so: $$(call objects,$$(call plugin_sources,plugins/examples/$$*)) $(LIB)
$(FIXTURES): $(B)/tests/fixtures/%.so: $$(call objects,$$(call plugin_sources,tests/fixtures/plugins/$$*)) $(LIB)
$(PLUGINS) $(EXAMPLES) $(FIXTURES):
	@mkdir -p $(@D) && echo '  PLUGIN  $@'
	$(V)$(CC) -shared $(ALL_LDFLAGS) $^ -ljansson $(call libs_ldflags,$(<:$(B)/obj/%=%)) -o $@

# What it has in itself besides code.
$(B)/obj/plugins/rest/assets.o: plugins/rest/openapi.json plugins/rest/docs.html
$(B)/obj/daemon/control_methods_rpc.o: daemon/control_results.json

# A plugin whose folder is gone must not be loaded from an old build.
prune:
	@rm -f $(filter-out $(PLUGINS) $(EXAMPLES),$(wildcard $(B)/lib/signalpy/*/*.so))

# $(call pkgconfig,PREFIX,LIBDIR,INCLUDEDIR,PLUGINDIR)
pkgconfig = sed -e 's|@PREFIX@|$1|' -e 's|@LIBDIR@|$2|' -e 's|@INCLUDEDIR@|$3|' -e 's|@PLUGINDIR@|$4|' \
	-e 's|@VERSION@|$(VERSION)|'

$(PKGCONFIG): $(B)/lib/pkgconfig/%: contracts/%.in $(B)/flags
	@mkdir -p $(@D)
	@$(call pkgconfig,$(CURDIR)/$(B),$(CURDIR)/$(B)/lib,$(CURDIR)/contracts,$(CURDIR)/$(B)/lib/signalpy/plugins) $< >$@

# A test says in its first lines what it is linked with, `links: kernel plugins/http/parse.c -lm`: the whole of a room
# (kernel, daemon), the shared library (signalpy), sources, flags. If it does not say, a suite that mirrors daemon/x.c
# gets `daemon signalpy`, one in a plugin's folder that plugin and `signalpy`, an end-to-end test or a benchmark
# `signalpy`, and any other `kernel`. The other files of tests/ are at hand for all of them.
links = $(or $(strip $(shell sed -n '1,8s/.*links: *\([^*]*\).*/\1/p' $1.c)),$(call usual_links,$1))
usual_links = $(or $(if $(wildcard daemon/$(patsubst check_%,%,$(notdir $1)).c),daemon signalpy),$(strip \
	$(if $(filter plugins/%,$1),$(call plugin_sources,$(patsubst %/,%,$(dir $1))) signalpy)),$(strip \
	$(if $(filter e2e_% bench_%,$(notdir $1)),signalpy)),kernel)
linked = $(call objects,$(filter %.c,$1)) $(B)/obj/tests.a \
	$(patsubst %,$(B)/obj/%.a,$(filter daemon kernel,$1)) $(if $(filter signalpy,$1),$(LIB))
TEST_LIBS = -levent_pthreads -levent -ljansson -lm $(shell pkg-config --libs check)

$(FUZZERS): LDFLAGS_fuzz += -fsanitize=fuzzer
$(CHECKS) $(E2E) $(BENCHES) $(FUZZERS): $(B)/%: $(B)/obj/%.o $$(call linked,$$(call links,$$*))
	@mkdir -p $(@D) && echo '  LINK    $@'
	$(V)$(CC) -pie -Wl,-rpath,$(CURDIR)/$(B)/lib $(ALL_LDFLAGS) $^ \
		$(filter -%,$(call links,$*)) $(call libs_ldflags,$*) $(TEST_LIBS) -o $@

$(B)/obj/kernel.a: $(call objects,$(KERNEL))
$(B)/obj/daemon.a: $(call objects,$(wildcard daemon/*.c))
$(B)/obj/tests.a: $(call objects,$(HELPERS))
$(B)/obj/kernel.a $(B)/obj/daemon.a $(B)/obj/tests.a:
	@mkdir -p $(@D) && rm -f $@
	$(V)$(AR) rcs $@ $^

# ---- what is done with it --------------------------------------------------------------------------------------------

ACTIONS = run check test mapped asan tsan clang debug valgrind under-valgrind fuzz fuzzers bench conformance openapi-lint cover mistakes \
	lint format format-check layers install deb clean help
.PHONY: $(ACTIONS)

#: run             installs what is missing, builds, and starts the daemon with all plugins (and the options ARGS)
run:
	scripts/deps
	$(MAKE) -j "$$(nproc)" all
	scripts/run $(ARGS)

#: check           everything below up to `fuzz`, as the build machine does
check:
	scripts/deps --check
	scripts/check format-check layers lint mistakes test clang asan tsan valgrind fuzz

#: format-check    was `make format` applied?
format-check:
	scripts/format --check

#: layers          does a room include what it must not, is a function or file too long, does a header stand alone?
layers:
	scripts/layers
	scripts/sizes

#: lint            clang-tidy, cppcheck, shellcheck, and mandoc on the manual
lint: $(B)/compile_commands.json
	scripts/lint

#: mistakes        is every file of tests/mistakes refused by the compilers?
mistakes:
	scripts/mistakes

#: test            the suites, in the variant VARIANT=release, asan, tsan, debug, clang or cover
test: tests
	$(TEST_WITH_$(VARIANT)) scripts/run-tests $(CHECKS) $(E2E)

#: clang           builds everything with clang
clang:
	$(MAKE) VARIANT=clang CC=clang tests

#: asan tsan       the suites under ASan and UBSan, or TSan
asan:
	$(MAKE) VARIANT=asan test mapped
tsan:
	$(MAKE) VARIANT=tsan test

# What a plugin leaks has a name only while the plugin is mapped.
mapped: test
	SIGNALPYD_KEEP_MAPPED=1 $(TEST_WITH_$(VARIANT)) scripts/run-tests $(E2E)

#: valgrind        the kernel's suites under valgrind
valgrind:
	$(MAKE) VARIANT=debug under-valgrind
under-valgrind: $(KERNEL_CHECKS)
	$(TEST_WITH_$(VARIANT)) scripts/run-tests -u 'valgrind -q --leak-check=full --error-exitcode=99' $^

#: fuzz            every fuzz target for FUZZ_SECONDS=20, starting from its seeds
fuzz:
	$(MAKE) VARIANT=fuzz CC=clang fuzzers
fuzzers: $(FUZZERS)
	scripts/run-tests -u 'scripts/fuzz $(FUZZ_SECONDS)' $^

#: debug           builds everything with -O0 and the kernel's own assertions
debug:
	$(MAKE) VARIANT=debug tests

#: cover           the suites, and the share of lines that they run
cover:
	$(MAKE) VARIANT=cover test
	scripts/cover build/cover

#: bench           the benchmarks; build/bench.json has what they print
bench: all $(BENCHES) $(FIXTURES) $(B)/tests/e2e_rounds
	scripts/deps --bench
	for bench in scripts/bench-*; do $$bench || exit; done
	node tests/bench/gather.mjs $(B)/bench $(B)/bench.json

#: conformance     the official conformance tool of MCP, from npm, against a daemon
conformance: all $(FIXTURES)
	scripts/conformance

#: openapi-lint    redocly and spectral, from npm, on /openapi.json of a daemon with all plugins and examples
openapi-lint: all
	scripts/openapi-lint

#: format          clang-format for every source
format:
	scripts/format

# For clang-tidy and editors.
SOURCES = $(wildcard kernel/*.c daemon/*.c plugins/*/*.c plugins/examples/*/*.c tests/*.c tests/fixtures/plugins/*/*.c)
comma = ,
compile_command = { "directory": "$(CURDIR)", "file": "$1", "command": "$(subst ",\",$(call COMPILE,$1)) -c $1" }
$(B)/compile_commands.json: FORCE
	@: $(shell mkdir -p $(@D)) $(file >$@,[ $(call compile_command,$(firstword $(SOURCES)))) \
		$(foreach source,$(wordlist 2,9999,$(SOURCES)),$(file >>$@,$(comma) $(call compile_command,$(source)))) \
		$(file >>$@,])

#: install         under PREFIX=/usr/local, staged in DESTDIR; a configuration that is there already is kept
INTO = $(DESTDIR)
install: all
	install -d $(INTO)$(BINDIR) $(INTO)$(SBINDIR) $(INTO)$(PLUGINDIR) $(INTO)$(EXAMPLEDIR) $(INTO)$(LIBDIR)/pkgconfig
	install -d $(INTO)$(UNITDIR) $(INTO)$(CONFDIR)/conf.d $(CONTRACT_FOLDERS:contracts/%=$(INTO)$(INCLUDEDIR)/%)
	install -d $(addprefix $(INTO)$(MANDIR)/man,1 3 5 7 8)
	install $(B)/bin/signalpyd $(INTO)$(SBINDIR)
	install $(B)/bin/signalctl $(INTO)$(BINDIR)
	install -d $(addprefix $(INTO),$(BASHDIR) $(ZSHDIR) $(FISHDIR))
	$(B)/bin/signalctl completion bash | install -m 644 /dev/stdin $(INTO)$(BASHDIR)/signalctl
	$(B)/bin/signalctl completion zsh | install -m 644 /dev/stdin $(INTO)$(ZSHDIR)/_signalctl
	$(B)/bin/signalctl completion fish | install -m 644 /dev/stdin $(INTO)$(FISHDIR)/signalctl.fish
	install -m 644 $(LIBS:=.$(SOVERSION)) $(INTO)$(LIBDIR)
	for library in $(notdir $(LIBS)); do ln -sf $$library.$(SOVERSION) $(INTO)$(LIBDIR)/$$library || exit; done
	install -m 644 $(PLUGINS) $(INTO)$(PLUGINDIR)
	install -m 644 $(EXAMPLES) $(INTO)$(EXAMPLEDIR)
	for folder in $(CONTRACT_FOLDERS:contracts/%=%); do \
		install -m 644 contracts/$$folder/*.h $(INTO)$(INCLUDEDIR)/$$folder || exit; done
	for file in $(notdir $(PKGCONFIG)); do $(call pkgconfig,$(PREFIX),$(LIBDIR),$(INCLUDEDIR),$(PLUGINDIR)) \
		contracts/$$file.in >$(INTO)$(LIBDIR)/pkgconfig/$$file || exit; done
	for page in man/*.[1-9]; do install -m 644 $$page $(INTO)$(MANDIR)/man$${page##*.} || exit; done
	for unit in signalpyd.service signalpyd.socket; do sed -e 's|@SBINDIR@|$(SBINDIR)|' -e 's|@BINDIR@|$(BINDIR)|' \
		-e 's|@CONFDIR@|$(CONFDIR)|' conf/$$unit >$(INTO)$(UNITDIR)/$$unit || exit; done
	test -e $(INTO)$(CONFDIR)/signalpyd.json || install -m 644 conf/signalpyd.json $(INTO)$(CONFDIR)
	test -n "$(DESTDIR)" || test "$$(id -u)" != 0 || ldconfig

#: deb             a Debian package of it, build/signalpy_VERSION_ARCHITECTURE.deb
deb:
	scripts/deps --deb
	rm -rf build/deb/root
	$(MAKE) VARIANT=deb PREFIX=/usr DESTDIR=$(CURDIR)/build/deb/root install
	scripts/deb build/deb/root $(VERSION)

#: clean           removes build/
clean:
	rm -rf build

help:
	@sed -n 's/^#: /make /p' Makefile
