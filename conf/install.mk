# install.mk - make install, uninstall, deb, and the proofs of the package.
#
#   make install                             as root: below /usr/local, the settings in /etc/fastim
#   make install PREFIX=/usr DESTDIR=/tmp/tree
#   make uninstall                           with the same variables
#
# What goes where stands in install.sh.

SYSCONFDIR = /etc
UNITDIR = $(PREFIX)/lib/systemd/system
WEB_GROUP = www-data
INSTALLED_CONFIG = $(SYSCONFDIR)/fastim/fastim.yml

# The programs look there where nobody names a file. The object is made anew when that changes.
$(OBJ)/lib/config/config.o: CPPFLAGS_ALL += -DFASTIM_INSTALLED_CONFIG='"$(INSTALLED_CONFIG)"'
$(OBJ)/lib/config/config.o: $(OBJ)/installed-config
$(OBJ)/installed-config: always
	@mkdir -p $(@D)
	@echo '$(INSTALLED_CONFIG)' | cmp -s - $@ || echo '$(INSTALLED_CONFIG)' >$@

run_install = BUILD='$(BUILD)' VERSION='$(VERSION)' DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' UNITDIR='$(UNITDIR)' \
  CONFIG='$(INSTALLED_CONFIG)' WEB_GROUP='$(WEB_GROUP)' bash conf/install.sh

.PHONY: always install uninstall
install: all
	@$(run_install) install

uninstall:
	@$(run_install) uninstall

# ---- the Debian package ----

.PHONY: deb deb-deps image try-image check-install try-deb try-systemd try-debian13
deb: deb-deps
	@BUILD='$(BUILD)' env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u MAKEOVERRIDES bash conf/debian/assemble.sh deb $(DEB_VERSION)

deb-deps:
	@bash tests/tools/deps.sh deb

# Quick, a part of `make test`.
check-install: all
	@BUILD='$(BUILD)' bash tests/package/check-install.sh

# An OCI image of the package, of this machine's Debian; as root. `docker load <build/image/fastim-*.tar`, or podman.
image: deb
	@bash tests/tools/deps.sh image
	@BUILD='$(BUILD)' bash conf/image/build.sh

# These want root and some minutes.
try-image: image
	@bash tests/tools/deps.sh try-image
	@BUILD='$(BUILD)' bash tests/package/try-image.sh

try-deb: deb-deps
	@BUILD='$(BUILD)' bash tests/package/try-deb.sh

try-systemd: deb-deps
	@BUILD='$(BUILD)' bash tests/package/try-systemd.sh

try-debian13: deb-deps
	@BUILD='$(BUILD)' bash tests/package/try-debian13.sh
