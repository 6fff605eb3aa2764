# Makefile - builds, runs and tests fastim. `make help` lists what it can do.

VERSION = 0.1.0
CC = gcc
PREFIX = /usr/local

# Objects of each variant stand in a folder of their own, so that flags never mix.
BUILD = build
OBJ = $(BUILD)/obj
GEN = $(BUILD)/gen

LIBS_LIB = json-c yaml-0.1 hiredis libcrypto libutf8proc libcurl
LIBS_API = liburiparser
LIBS_PUSHD = libmd libuv

OPTIMIZE = -O2 -g
WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
ifeq ($(WERROR),1)
WARNINGS += -Werror
endif
CFLAGS = $(OPTIMIZE)
# Of these flags the compiler has those that it takes in silence; make asks it once.
takes = $(shell printf '\043include <stdio.h>\nint main(void) { return 0; }\n' | \
  $(CC) -O2 -Werror $(1) -x c -c -o /dev/null - 2>/dev/null && echo '$(1)')
HARDEN := $(foreach flag,-fstack-protector-strong -fstack-clash-protection -fcf-protection,$(call takes,$(flag)))
FORTIFY := $(or $(call takes,-D_FORTIFY_SOURCE=3),-D_FORTIFY_SOURCE=2)
CPPFLAGS = $(FORTIFY)
CPPFLAGS_ALL = -I. -D_GNU_SOURCE -DFASTIM_VERSION='"$(VERSION)"' $(CPPFLAGS)
CFLAGS_ALL = -std=c11 $(HARDEN) -fPIE -MMD -MP $(WARNINGS) $(CFLAGS) $(SANITIZE)
LDFLAGS_ALL = -pie -Wl,-z,relro,-z,now,--as-needed $(LDFLAGS) $(SANITIZE)

SRC_LIB = $(shell find lib -name '*.c')
SRC_API = $(shell find fcgi-api -name '*.c' ! -path 'fcgi-api/cgi/*' ! -path 'fcgi-api/ctl/*')
SRC_CTL = $(wildcard fcgi-api/ctl/*.c)
SRC_PUSHD = $(shell find push-daemon -name '*.c')
SRC_CGI = $(wildcard fcgi-api/cgi/*.c) fcgi-api/http/body.c fcgi-api/http/request.c lib/log.c lib/mem.c lib/text.c
LUA = $(filter-out $(wildcard lib/scripts/prelude_*.lua),$(wildcard lib/scripts/*.lua))

OBJ_LIB = $(SRC_LIB:%.c=$(OBJ)/%.o) $(OBJ)/gen/scripts_data.o
# libapr lies in a folder of its own, and pkg-config names libraries of LDAP that we do not need.
$(OBJ)/fcgi-api/login/htpasswd.o $(OBJ)/tests/unit/fcgi-api/login/test_hashkinds.o: CPPFLAGS_ALL += $$(pkg-config --cflags apr-1)
OBJ_API = $(SRC_API:%.c=$(OBJ)/%.o) $(OBJ)/gen/www_data.o
OBJ_CTL = $(SRC_CTL:%.c=$(OBJ)/%.o)
OBJ_PUSHD = $(SRC_PUSHD:%.c=$(OBJ)/%.o)
OBJ_CGI = $(SRC_CGI:%.c=$(OBJ)/cgi/%.o)
# fastim-cgi lives for a millisecond or less, so what counts is how it starts: with one file to map, and without the
# many CPUIDs of glibc's start, each of which is dear on a virtual machine. Not where another compiler is to judge it.
CC_CGI = $(if $(SANITIZE)$(filter-out gcc,$(CC)),$(CC),musl-gcc)
# musl-gcc knows no -static-pie, but musl has what such a program begins with: rcrt1.o, which relocates it.
MUSL = $(dir $(shell musl-gcc -\#\#\# -x c /dev/null 2>&1 | grep -o '/[^ ]*/Scrt1\.o'))
ifeq ($(CC_CGI),musl-gcc)
CGI_BEGIN = $(addprefix $(MUSL),rcrt1.o crti.o)
CGI_END = $(MUSL)crtn.o
LDFLAGS_CGI = -static -nostartfiles -Wl,-pie,--no-dynamic-linker,-z,text,-z,relro,-z,now,--build-id $(LDFLAGS)
else
LDFLAGS_CGI = $(LDFLAGS_ALL)
endif

Q = $(if $(V),,@)
comma = ,
say = $(if $(V),,@echo "  $(1)";)

.PHONY: all
all: $(BUILD)/fastim-api $(BUILD)/fastim-cgi $(BUILD)/fastimctl $(BUILD)/fastim-pushd $(BUILD)/example-module.so

$(BUILD)/fastim-api: $(OBJ_API) $(OBJ_LIB)
	$(call say,LINK  $@)$(CC) $(LDFLAGS_ALL) -o $@ $^ -lfcgi -laprutil-1 -lapr-1 $$(pkg-config --libs $(LIBS_API) $(LIBS_LIB)) -lm

# It calls the endpoints of fastim-api itself, without the part that serves the web.
$(BUILD)/fastimctl: $(OBJ_CTL) $(filter-out %/main.o,$(OBJ_API)) $(OBJ_LIB)
	$(call say,LINK  $@)$(CC) $(LDFLAGS_ALL) -o $@ $^ -lfcgi -laprutil-1 -lapr-1 $$(pkg-config --libs $(LIBS_API) $(LIBS_LIB)) -lm

$(BUILD)/fastim-cgi: $(OBJ_CGI)
	$(call say,LINK  $@)$(CC_CGI) $(LDFLAGS_CGI) -o $@ $(CGI_BEGIN) $^ $(CGI_END)

$(BUILD)/fastim-pushd: $(OBJ_PUSHD) $(OBJ_LIB)
	$(call say,LINK  $@)$(CC) $(LDFLAGS_ALL) -o $@ $^ $$(pkg-config --libs $(LIBS_PUSHD) $(LIBS_LIB)) -lm

# As a site builds it, with the header where it is installed.
$(BUILD)/example-module.so: conf/example-module.c fcgi-api/login/fastim_module.h
	@mkdir -p $(OBJ)/include/fastim && cp fcgi-api/login/fastim_module.h $(OBJ)/include/fastim/
	$(call say,LINK  $@)$(CC) $(WARNINGS) $(CFLAGS) $(LDFLAGS) -I$(OBJ)/include -shared -fPIC -o $@ $<

$(OBJ)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC    $<)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c -o $@ $<

$(OBJ)/cgi/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC    $< (for fastim-cgi))$(CC_CGI) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c -o $@ $<

$(OBJ)/gen/%.o: $(GEN)/%.c
	@mkdir -p $(@D)
	$(call say,CC    $<)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c -o $@ $<

$(GEN)/scripts_data.c: lib/scripts/embed.sh $(wildcard lib/scripts/*.lua)
	@mkdir -p $(@D)
	$(call say,EMBED $@)sh lib/scripts/embed.sh $(LUA) >$@.new && mv $@.new $@

# The files that fastim-api serves, NAME=FILE: it knows each as www_file_NAME.
WWW = fastim=www/fastim.js sse=www/fastim-sse.js global=$(BUILD)/fastim.global.js test=www/test.html \
  room=$(BUILD)/fastim-room.js chat=www/chat.html admin=www/admin.html admin_script=$(BUILD)/fastim-admin.js

$(GEN)/www_data.c: www/embed.sh $(foreach pair,$(WWW),$(lastword $(subst =, ,$(pair)))) Makefile
	@mkdir -p $(@D)
	$(call say,EMBED $@)sh www/embed.sh $(WWW) >$@.new && mv $@.new $@

$(BUILD)/fastim.global.js: www/global.sh www/fastim.js
	@mkdir -p $(@D)
	$(call say,MAKE  $@)sh www/global.sh <www/fastim.js >$@.new && mv $@.new $@

$(BUILD)/fastim-%.js: www/build.sh $(wildcard www/*/*.js) www/elements.js
	@mkdir -p $(@D)
	$(call say,MAKE  $@)sh www/build.sh $* >$@.new && mv $@.new $@

# ---- unit tests: each file is a program. It is linked with archives of its side, so that a part of which the test
# brings a fake of its own is left out. ----

UNIT_SRC = $(shell find tests/unit -name 'test_*.c')
UNIT = $(UNIT_SRC:tests/unit/%.c=$(BUILD)/unit/%)
UNIT_OBJ = $(UNIT_SRC:%.c=$(OBJ)/%.o)
OBJ_RECORDS = $(OBJ)/fcgi-api/cgi/records.o
AR_LIB = $(OBJ)/lib.a
AR_API = $(OBJ)/fcgi-api.a
AR_PUSHD = $(OBJ)/push-daemon.a
.SECONDARY: $(UNIT_OBJ) $(OBJ_RECORDS)
# The tests themselves run for a moment, and are compiled more often than that.
$(UNIT_OBJ): OPTIMIZE = -O1 -g

$(AR_LIB): $(OBJ_LIB)
$(AR_API): $(filter-out %/main.o,$(OBJ_API) $(OBJ_CTL)) $(OBJ_RECORDS)
$(AR_PUSHD): $(filter-out %/main.o,$(OBJ_PUSHD))
$(AR_LIB) $(AR_API) $(AR_PUSHD):
	@rm -f $@
	$(call say,AR    $@)$(AR) rcs $@ $^

$(BUILD)/unit/lib/%: $(OBJ)/tests/unit/lib/%.o $(AR_LIB)
	@mkdir -p $(@D)
	$(call say,LINK  $@)$(CC) $(LDFLAGS_ALL) -o $@ $^ -lcmocka $$(pkg-config --libs $(LIBS_LIB)) -lm

$(BUILD)/unit/fcgi-api/%: $(OBJ)/tests/unit/fcgi-api/%.o $(AR_API) $(AR_LIB)
	@mkdir -p $(@D)
	$(call say,LINK  $@)$(CC) $(LDFLAGS_ALL) -o $@ $^ -lcmocka -lfcgi -laprutil-1 -lapr-1 $$(pkg-config --libs $(LIBS_API) $(LIBS_LIB)) -lm

$(BUILD)/unit/push-daemon/%: $(OBJ)/tests/unit/push-daemon/%.o $(AR_PUSHD) $(AR_LIB)
	@mkdir -p $(@D)
	$(call say,LINK  $@)$(CC) $(LDFLAGS_ALL) -o $@ $^ -lcmocka $$(pkg-config --libs $(LIBS_PUSHD) $(LIBS_LIB)) -lm

.PHONY: unit unit-programs client
unit: $(UNIT)
	@sh tests/tools/run-unit.sh $(UNIT)

unit-programs: $(UNIT)
	@:

# The JavaScript client against a server that is cut off at any byte; SEEDS=20000 for more than 1,000 sessions. In
# seconds: cuts at the first and the last byte of each frame alone, and 100 sessions.
client:
	@SEEDS=$(SEEDS) CUTS=$(CUTS) sh tests/tools/run-client.sh tests/client/test_*.js
CLIENT_IN_SECONDS = client SEEDS=$(or $(SEEDS),100) CUTS=$(or $(CUTS),frames)

# ---- what people call ----

.PHONY: run quick test e2e pictures check check-format check-layers asan coverage deps test-deps clean help
run:
	@bash tests/tools/deps.sh run "$(WEB)"
	@$(MAKE) --no-print-directory all
	@CONF="$(CONF)" BUILD="$(BUILD)" WEB="$(WEB)" LISTEN="$(LISTEN)" RUN_AS="$(RUN_AS)" exec bash conf/run.sh

# As many compilers as there are cores, unless somebody has said how many.
PARALLEL = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

# Each test once, and behind each web server what that can spoil; tests/e2e/rounds.py says which. The runner of the
# end-to-end tests has the last word.
test: test-deps
	@$(MAKE) --no-print-directory $(PARALLEL) all unit-programs
	@$(MAKE) --no-print-directory $(PARALLEL) -Otarget unit check-layers check-install $(CLIENT_IN_SECONDS)
	@$(MAKE) --no-print-directory e2e

# In less than a minute: what is broken altogether.
quick: test-deps
	@$(MAKE) --no-print-directory $(PARALLEL) all unit-programs
	@$(MAKE) --no-print-directory $(PARALLEL) -Otarget unit check-layers $(CLIENT_IN_SECONDS)
	@WEB=lighttpd $(MAKE) --no-print-directory e2e TESTS="-m smoke -n 3"

e2e: all
	@BUILD=$(BUILD) /usr/bin/python3 -m pytest -q -n auto tests/e2e $(TESTS) $(PYTEST)

# The pictures of README.md, from a host that runs, by Chromium; PICTURES_TO=folder instead of www.
pictures: test-deps
	@$(MAKE) --no-print-directory all
	@BUILD=$(BUILD) /usr/bin/python3 tests/e2e/pictures.py $(PICTURES_TO)

check-layers: all
	@/usr/bin/python3 tests/tools/test_check_layers.py
	@/usr/bin/python3 tests/tools/check-layers.py --build $(BUILD)
	@/usr/bin/python3 tests/tools/test_check_docs.py
	@/usr/bin/python3 tests/tools/check-docs.py
	@BUILD=$(BUILD) sh tests/tools/check-settings.sh

check-format:
	@sh tests/tools/check-format.sh

# All there is: the format, then the tests, behind each web server whatever can be, warnings being errors.
check: check-format
	@$(MAKE) --no-print-directory test WERROR=1 TESTS=--everywhere

# The programs and unit tests with AddressSanitizer and UBSan, then the end-to-end tests and the faults against them.
ASAN = BUILD=$(BUILD)/asan CPPFLAGS= WERROR=1 OPTIMIZE='-O1 -g' \
  SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer'
asan: test-deps
	@$(MAKE) --no-print-directory $(PARALLEL) $(ASAN) all unit-programs
	@$(MAKE) --no-print-directory $(ASAN) unit e2e
	@$(MAKE) --no-print-directory $(ASAN) chaos

# What the unit tests run of the push daemon, line by line (gcov); COVER="lib fcgi-api" for others, LINES_OF=FILE for
# the lines that were not run.
COVERAGE = BUILD=$(BUILD)/coverage CC=gcc CPPFLAGS= OPTIMIZE='-O0 -g' SANITIZE=--coverage
COVER = push-daemon
coverage:
	@find $(BUILD)/coverage -name '*.gcda' -delete 2>/dev/null || :
	@$(MAKE) --no-print-directory $(COVERAGE) unit
	@/usr/bin/python3 tests/tools/coverage.py $(if $(LINES_OF),--lines $(LINES_OF)) $(BUILD)/coverage $(COVER)

deps:
	@bash tests/tools/deps.sh run

test-deps:
	@bash tests/tools/deps.sh test

clean:
	rm -rf $(BUILD)

help:
	@echo 'make              both programs, into build/'
	@echo 'make run          installs what is missing, builds, runs all of it in the foreground; CONF=FILE,'
	@echo '                  WEB=lighttpd|apache-fcgid|apache-proxy|nginx|cgi|apache-cgi|cgi-alone;'
	@echo '                  LISTEN=all|ADDRESS: for other machines too; RUN_AS=user: of all parts, if root starts it'
	@echo 'make quick        unit tests, layers, settings and the core behind lighttpd, in less than a minute'
	@echo 'make test         installs what is missing, builds, runs each test, and behind each web server what it can spoil'
	@echo 'make unit         the unit tests alone; make client: those of the JavaScript client, in full, SEEDS=20000'
	@echo 'make e2e          the end-to-end tests alone; PYTEST="-k name" for some of them'
	@echo 'make pictures     takes the pictures of README.md anew, from a running system; PICTURES_TO=folder'
	@echo 'make asan         unit tests, end-to-end tests and make chaos under AddressSanitizer and UBSan'
	@echo 'make coverage     which lines of the push daemon the unit tests run; COVER="lib", LINES_OF=FILE: those not run'
	@echo 'make fuzz         feeds each parser with made-up input; FUZZ_SECONDS=60 each, FUZZ="route peer" for some'
	@echo 'make fuzz-daemon  breaks every rule of the WebSocket at a running fastim-pushd; FUZZ_SECONDS, SEED'
	@echo 'make fuzz-api     requests made up from openapi.yaml (schemathesis, if PyPI can be reached); EXAMPLES, SEED'
	@echo 'make valgrind     unit tests and the core of the end-to-end tests under memcheck'
	@echo 'make analyze      cppcheck, clang-tidy and gcc -fanalyzer over the sources'
	@echo 'make check        format and tests, behind each web server whatever can be; WERROR=1'
	@echo 'make install      and uninstall: below PREFIX (/usr/local), settings in SYSCONFDIR (/etc); DESTDIR=folder'
	@echo 'make deb          the Debian package, into build/deb/'
	@echo 'make image        an OCI image of the package, into build/image/; make try-image runs it in containers'
	@echo 'make try-deb      installs, uses, upgrades and purges it in a fresh Debian 12'
	@echo 'make try-systemd  runs its units under a real systemd; try-debian13 builds it in a Debian 13'
	@echo 'make bench        measures fastim against a bare server and its peers; tables in build/bench/'
	@echo 'make bench-quick  the main ratios, in two minutes'
	@echo 'make chaos        faults strike two hosts on one Redis; DURATION=60 SEED= FAULTS="names"; chaos-each: one by one'
	@echo 'make attack       what one client can cost all the others; SECONDS=10 ATTACKS="names"'
	@echo 'make clean        removes build/, with the data of the private Redis'
	@echo 'Variables: V=1 shows commands, WERROR=1, CC=clang, BUILD=folder'

include conf/install.mk

include tests/bench/bench.mk

include tests/fuzz/fuzz.mk

include tests/chaos/chaos.mk

include tests/attack/attack.mk

-include $(UNIT_OBJ:.o=.d) $(OBJ_LIB:.o=.d) $(OBJ_API:.o=.d) $(OBJ_CTL:.o=.d) $(OBJ_CGI:.o=.d) $(OBJ_RECORDS:.o=.d) $(OBJ_PUSHD:.o=.d)
