# Makefile - builds, runs and tests fastim. `make help` lists what it can do.

VERSION = 0.1.0
CC = gcc
PREFIX = /usr/local

# Objects of each variant stand in a folder of their own, so that flags never mix.
BUILD = build
OBJ = $(BUILD)/obj
GEN = $(BUILD)/gen

LIBS_LIB = json-c yaml-0.1
LIBS_API = hiredis liburiparser
LIBS_PUSHD = libwebsockets libuv hiredis

OPTIMIZE = -O2 -g
WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
ifeq ($(WERROR),1)
WARNINGS += -Werror
endif
CFLAGS = $(OPTIMIZE)
CPPFLAGS = -D_FORTIFY_SOURCE=2
CPPFLAGS_ALL = -I. -D_GNU_SOURCE -DFASTIM_VERSION='"$(VERSION)"' $(CPPFLAGS)
CFLAGS_ALL = -std=c11 -fstack-protector-strong -fPIE -MMD -MP $(WARNINGS) $(CFLAGS) $(SANITIZE)
LDFLAGS_ALL = -pie -Wl,-z,relro,-z,now $(LDFLAGS) $(SANITIZE)

SRC_LIB = $(wildcard lib/*.c)
SRC_API = $(wildcard fcgi-api/*.c)
SRC_PUSHD = $(wildcard push-daemon/*.c)
LUA = $(filter-out $(wildcard lib/scripts/prelude_*.lua),$(wildcard lib/scripts/*.lua))

OBJ_LIB = $(SRC_LIB:%.c=$(OBJ)/%.o) $(OBJ)/gen/scripts_data.o
OBJ_API = $(SRC_API:%.c=$(OBJ)/%.o) $(OBJ)/gen/test_page_data.o
OBJ_PUSHD = $(SRC_PUSHD:%.c=$(OBJ)/%.o)

Q = $(if $(V),,@)
say = $(if $(V),,@echo "  $(1)";)

.PHONY: all
all: $(BUILD)/fastim-api $(BUILD)/fastim-pushd

$(BUILD)/fastim-api: $(OBJ_API) $(OBJ_LIB)
	$(call say,LINK  $@)$(CC) $(LDFLAGS_ALL) -o $@ $^ -lfcgi $$(pkg-config --libs $(LIBS_API) $(LIBS_LIB)) -lm

$(BUILD)/fastim-pushd: $(OBJ_PUSHD) $(OBJ_LIB)
	$(call say,LINK  $@)$(CC) $(LDFLAGS_ALL) -o $@ $^ $$(pkg-config --libs $(LIBS_PUSHD) $(LIBS_LIB)) -lm

$(OBJ)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC    $<)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c -o $@ $<

$(OBJ)/gen/%.o: $(GEN)/%.c
	@mkdir -p $(@D)
	$(call say,CC    $<)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c -o $@ $<

$(GEN)/scripts_data.c: lib/scripts/embed.sh $(wildcard lib/scripts/*.lua)
	@mkdir -p $(@D)
	$(call say,EMBED $@)sh lib/scripts/embed.sh $(LUA) >$@.new && mv $@.new $@

$(GEN)/test_page_data.c: www/test.html
	@mkdir -p $(@D)
	$(call say,EMBED $@){ echo '#include "fcgi-api/test_page.h"'; \
	  echo 'const unsigned char test_page[] = {'; \
	  od -An -v -tx1 $< | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'; \
	  echo '0}; const size_t test_page_length = sizeof(test_page) - 1;'; } >$@.new && mv $@.new $@

-include $(OBJ_LIB:.o=.d) $(OBJ_API:.o=.d) $(OBJ_PUSHD:.o=.d)
