# attack.mk - what one client can cost all the others (included by the Makefile).
#
#   make attack                                    the table; fails if a bound is exceeded
#   make attack SECONDS=3 ATTACKS="silent churn"   shorter, and some of them

SECONDS = 10
ATTACKS =

.PHONY: attack
attack: test-deps
	@$(MAKE) --no-print-directory all
	@BUILD=$(BUILD) /usr/bin/python3 tests/attack/attack.py --seconds $(SECONDS) --only "$(ATTACKS)"
