# fuzz.mk - what looks for faults that no test names: fuzzing, valgrind, static analysis (included by the Makefile).
#
# A target is one file, tests/fuzz/SIDE/NAME.c; its seeds lie in tests/fuzz/corpus/NAME. It is linked with the
# objects of its side, all by clang in a folder of their own.

FUZZ_SECONDS = 60
FUZZ_SRC = $(wildcard tests/fuzz/lib/*.c tests/fuzz/fcgi-api/*.c tests/fuzz/push-daemon/*.c)
FUZZ_TARGETS = $(FUZZ_SRC:tests/fuzz/%.c=$(BUILD)/targets/%)
FUZZ_BUILD = BUILD=build/fuzz CC=clang CPPFLAGS= OPTIMIZE='-O1 -g' \
  SANITIZE='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer'
.SECONDARY: $(FUZZ_SRC:%.c=$(OBJ)/%.o)

.PHONY: fuzz fuzz-targets fuzz-daemon fuzz-api valgrind analyze
# FUZZ="route peer" for some of them.
fuzz: test-deps
	@$(MAKE) --no-print-directory $(FUZZ_BUILD) fuzz-targets
	@FUZZ_SECONDS=$(FUZZ_SECONDS) bash tests/fuzz/run.sh build/fuzz $(FUZZ)

fuzz-targets: $(FUZZ_TARGETS)

# The daemon under the sanitizers, a real Redis, and a client that breaks every rule; SEED=number repeats a run.
fuzz-daemon: test-deps
	@$(MAKE) --no-print-directory $(ASAN) all
	@BUILD=build/asan FUZZ_SECONDS=$(FUZZ_SECONDS) SEED=$(SEED) /usr/bin/python3 tests/fuzz/daemon.py

# The HTTP API by requests that are made up from openapi.yaml; EXAMPLES=number of each operation, SEED=number.
fuzz-api:
	@bash tests/tools/deps.sh fuzz
	@$(MAKE) --no-print-directory all
	@BUILD=$(BUILD) EXAMPLES=$(EXAMPLES) SEED=$(SEED) /usr/bin/python3 tests/fuzz/api.py

# Not those tests in which time is measured, or processes are known by their names.
VALGRIND_TESTS = $(addprefix tests/e2e/test_,chat.py messages.py group_list.py history.py recall.py users.py login.py)
valgrind:
	@bash tests/tools/deps.sh test
	@bash tests/tools/deps.sh valgrind
	@$(MAKE) --no-print-directory all unit
	@bash tests/tools/valgrind.sh $(BUILD) $(VALGRIND_TESTS)

analyze:
	@bash tests/tools/deps.sh analyze
	@$(MAKE) --no-print-directory all
	@bash tests/tools/analyze.sh

LINK_FUZZ = mkdir -p $(@D) && $(CC) $(LDFLAGS_ALL) -fsanitize=fuzzer -o $@ $^

$(BUILD)/targets/lib/%: $(OBJ)/tests/fuzz/lib/%.o $(OBJ_LIB)
	$(call say,LINK  $@)$(LINK_FUZZ) $$(pkg-config --libs $(LIBS_LIB)) -lm

$(BUILD)/targets/fcgi-api/%: $(OBJ)/tests/fuzz/fcgi-api/%.o $(filter-out %/main.o,$(OBJ_API) $(OBJ_CTL)) $(OBJ_RECORDS) $(OBJ_LIB)
	$(call say,LINK  $@)$(LINK_FUZZ) -lfcgi -laprutil-1 -lapr-1 $$(pkg-config --libs $(LIBS_API) $(LIBS_LIB)) -lm

$(BUILD)/targets/push-daemon/%: $(OBJ)/tests/fuzz/push-daemon/%.o $(filter-out %/main.o,$(OBJ_PUSHD)) $(OBJ_LIB)
	$(call say,LINK  $@)$(LINK_FUZZ) $$(pkg-config --libs $(LIBS_PUSHD) $(LIBS_LIB)) -lm

-include $(FUZZ_SRC:%.c=$(OBJ)/%.d)
