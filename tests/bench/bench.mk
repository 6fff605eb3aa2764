# bench.mk - builds what measures and what is measured, and measures (included by the Makefile).
#
# The programs under test are built apart, so that a run measures this tree whatever else was built.

BENCH = $(BUILD)/bench
BENCH_BIN = $(BUILD)/bench-bin
BENCH_LOAD = load client judge v2 storm traffic watcher options wire
BENCH_TOOLS = $(addprefix $(BENCH_BIN)/,load bare http hello)
BENCH_NODE = $(BENCH)/node/installed

# The word filter alone; it needs neither Redis nor a load.
.PHONY: bench-filter
bench-filter: $(BENCH_BIN)/filter
	@$<

# What the review by the site costs those who are not reviewed; REVIEW_ARGS='--rounds 1 --seconds 4'.
.PHONY: bench-review
bench-review: bench-deps
	@$(MAKE) -s BUILD=$(BENCH_BIN) all
	@$(MAKE) -s $(BENCH_BIN)/load
	@/usr/bin/python3 tests/bench/review.py --build $(BENCH_BIN) --out $(BENCH) $(REVIEW_ARGS)

# fastimctl: export and import of a group of a million messages. MESSAGES=100000 for fewer.
MESSAGES = 1000000
.PHONY: bench-ctl
bench-ctl:
	@bash tests/tools/deps.sh bench
	@$(MAKE) -s BUILD=$(BENCH_BIN) all
	@/usr/bin/python3 tests/bench/ctl.py --build $(BENCH_BIN) --messages $(MESSAGES)

# fastimctl convert: 100,000 groups to plain and back. GROUPS=10000 for fewer.
GROUPS = 100000
.PHONY: bench-convert
bench-convert:
	@bash tests/tools/deps.sh bench
	@$(MAKE) -s BUILD=$(BENCH_BIN) all
	@/usr/bin/python3 tests/bench/convert.py --build $(BENCH_BIN) --groups $(GROUPS)

# What fastim costs the nodes of a Redis Cluster; CLUSTER_ARGS='--only fleet scale --rounds 1'.
.PHONY: bench-cluster
bench-cluster: bench-deps
	@$(MAKE) -s BUILD=$(BENCH_BIN) all
	@$(MAKE) -s $(BENCH_BIN)/load $(BENCH_BIN)/http
	@mkdir -p $(BENCH)
	@BUILD=$(BENCH_BIN) /usr/bin/python3 tests/bench/cluster_selftest.py
	@BUILD=$(BENCH_BIN) /usr/bin/python3 tests/bench/cluster.py --figures $(BENCH)/cluster.json $(CLUSTER_ARGS)

.PHONY: bench bench-quick bench-deps bench-programs bench-selftest
bench: bench-programs
	@/usr/bin/python3 tests/bench/bench.py --build $(BENCH_BIN) --out $(BENCH) $(BENCH_ARGS)

bench-quick: bench-programs
	@/usr/bin/python3 tests/bench/bench.py --quick --build $(BENCH_BIN) --out $(BENCH) $(BENCH_ARGS)

# The generator has to notice what a server does wrongly.
bench-selftest: $(BENCH_BIN)/load $(BENCH_BIN)/bare
	@/usr/bin/python3 tests/bench/selftest.py $(BENCH_BIN)

bench-deps:
	@bash tests/tools/deps.sh bench

bench-programs: bench-deps
	@$(MAKE) -s BUILD=$(BENCH_BIN) all
	@$(MAKE) -s bench-selftest $(BENCH_TOOLS) $(BENCH_NODE)

$(BENCH_BIN)/load: $(BENCH_LOAD:%=$(OBJ)/tests/bench/%.o)
	@mkdir -p $(@D)
	$(call say,LINK  $@)$(CC) $(LDFLAGS_ALL) -o $@ $^ -lcrypto

$(BENCH_BIN)/bare: $(OBJ)/tests/bench/bare.o $(OBJ)/tests/bench/wire.o
	@mkdir -p $(@D)
	$(call say,LINK  $@)$(CC) $(LDFLAGS_ALL) -o $@ $^ -lcrypto

$(BENCH_BIN)/http: $(OBJ)/tests/bench/http.o
	@mkdir -p $(@D)
	$(call say,LINK  $@)$(CC) $(LDFLAGS_ALL) -o $@ $^

$(BENCH_BIN)/hello: $(OBJ)/tests/bench/hello.o
	@mkdir -p $(@D)
	$(call say,LINK  $@)$(CC) $(LDFLAGS_ALL) -o $@ $^ -lfcgi $$(pkg-config --libs hiredis)

$(BENCH_BIN)/filter: $(OBJ)/tests/bench/filter.o $(OBJ_LIB)
	@mkdir -p $(@D)
	$(call say,LINK  $@)$(CC) $(LDFLAGS_ALL) -o $@ $^ $$(pkg-config --libs $(LIBS_LIB)) -lm

# A peer that cannot be installed is "not available" in the tables.
$(BENCH_NODE): $(wildcard tests/bench/peers/*.js) tests/bench/peers/package.json
	@mkdir -p $(@D)
	@cp $^ $(@D)
	@cd $(@D) && if npm install --ignore-scripts --no-audit --no-fund --loglevel=error; \
	  then touch installed; else rm -f installed; echo 'bench: no peers from npm' >&2; fi

-include $(wildcard $(OBJ)/tests/bench/*.d)
