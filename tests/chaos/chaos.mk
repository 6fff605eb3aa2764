# chaos.mk - faults strike two hosts under load; a checker compares all that was seen (included by the Makefile).

DURATION = 60
SEED =
FAULTS =
SCENES =
CHAOS = BUILD=$(BUILD) /usr/bin/python3 tests/chaos/chaos.py --seed "$(SEED)" --faults "$(FAULTS)" --scenes "$(SCENES)"

.PHONY: chaos chaos-each
chaos: test-deps
	@$(MAKE) --no-print-directory all
	@$(CHAOS) --duration $(DURATION)

chaos-each: test-deps
	@$(MAKE) --no-print-directory all
	@$(CHAOS) --each
