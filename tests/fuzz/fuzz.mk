# fuzz.mk - builds and runs the fuzz targets (included by the Makefile); clang's libFuzzer, ASan and UBSan look on.
#
#   make fuzz                       each target for 60 s, two at a time
#   make fuzz FUZZ_SECONDS=600 FUZZ="multipart message"

FUZZ_SECONDS = 60
FUZZ_SRC = $(wildcard tests/fuzz/fuzz_*.c)
FUZZ = $(FUZZ_SRC:tests/fuzz/fuzz_%.c=%)
FUZZ_BUILD = BUILD=$(BUILD)/fuzz CC=clang CPPFLAGS= OPTIMIZE='-O1 -g' \
  SANITIZE='-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all -fno-omit-frame-pointer'

.PHONY: fuzz fuzz-deps fuzz-targets
fuzz: fuzz-deps
	@$(MAKE) --no-print-directory $(FUZZ_BUILD) fuzz-targets
	@BUILD=$(BUILD)/fuzz SECONDS_EACH=$(FUZZ_SECONDS) bash tests/fuzz/run.sh $(FUZZ)

fuzz-deps:
	@bash tests/tools/deps.sh fuzz

FUZZ_OBJ = $(FUZZ_SRC:%.c=$(OBJ)/%.o)
.SECONDARY: $(FUZZ_OBJ)
fuzz-targets: $(FUZZ:%=$(BUILD)/fuzz_%)

# All of both programs but their main(): a name that both have is a name too many.
$(BUILD)/fuzz_%: $(OBJ)/tests/fuzz/fuzz_%.o $(filter-out %/main.o,$(OBJ_API)) $(OBJ_LIB) $(OBJ)/push-daemon/route.o $(OBJ)/push-daemon/peer.o
	$(call say,LINK  $@)$(CC) $(LDFLAGS_ALL) -fsanitize=fuzzer -o $@ $^ -lfcgi -laprutil-1 -lapr-1 \
	  $$(pkg-config --libs $(LIBS_API) $(LIBS_LIB)) -lm

-include $(FUZZ_OBJ:.o=.d)
