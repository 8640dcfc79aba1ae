# Guestpass. `make help` lists the targets; README.md says what to install first.

prefix       ?= /usr
sysconfdir   ?= /etc
localstatedir ?= /var
MULTIARCH    := $(shell $(CC) -print-multiarch 2>/dev/null)
LIBDIR       ?= $(prefix)/lib/$(MULTIARCH)
SBINDIR      ?= $(prefix)/sbin
BINDIR       ?= $(prefix)/bin
LIBEXECDIR   ?= $(prefix)/libexec/guestpass
PAMDIR       ?= $(LIBDIR)/security
UNITDIR      ?= /lib/systemd/system
MANDIR       ?= $(prefix)/share/man
# The two modules take their paths from here and from nowhere else.
RUNDIR       ?= /run/guestpass
STATEDIR     ?= $(localstatedir)/lib/guestpass
PUBLISHEDDIR ?= $(localstatedir)/lib/guestpass-published
CONFDIR      ?= $(sysconfdir)/guestpass
DESTDIR      ?=
PYTHON       ?= /usr/bin/python3
SAN          ?= 0
WERROR       ?= 0
V            ?= 0
FUZZ_SECONDS ?= 30

ifeq ($(SAN),1)
B ?= build-asan
else
B ?= build
endif

Q := $(if $(filter 1,$(V)),,@)
say = @$(if $(filter 1,$(V)),:,printf '  %-5s %s\n' '$(1)' '$(2)')

IS_CLANG := $(findstring clang,$(shell $(CC) --version 2>/dev/null | head -n 1))
PKGS     := libsystemd libcurl openssl json-c ini_config sqlite3 smartcols libqrencode
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS) 2>/dev/null)

WARN := -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wformat=2 -Wundef -Wvla -Walloca \
	-Wcast-qual -Wwrite-strings -Wpointer-arith -Wnull-dereference -Wdouble-promotion \
	-Wimplicit-fallthrough -Wdate-time
ifeq ($(IS_CLANG),)
WARN += -Wlogical-op -Wduplicated-cond -Wjump-misses-init -Wtrampolines
endif
ifeq ($(WERROR),1)
WARN += -Werror
endif

ifeq ($(SAN),1)
HARDEN  := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -U_FORTIFY_SOURCE
LDHARD  := -fsanitize=address,undefined
else
HARDEN  := -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong \
	-fstack-clash-protection -fcf-protection \
	$(if $(IS_CLANG),,-ftrivial-auto-var-init=zero)
LDHARD  := -Wl,-z,relro,-z,now,-z,noexecstack
endif

CFLAGS   ?=
LDFLAGS  ?=
CPPFLAGS ?=
ALL_CPPFLAGS = -D_GNU_SOURCE -Iprovider -I. $(PATHDEFS) $(PKG_CFLAGS) $(CPPFLAGS)
ALL_CFLAGS   = -std=gnu17 -fPIC -fno-common -fvisibility=hidden $(HARDEN) $(WARN) $(CFLAGS)
ALL_LDFLAGS  = $(LDHARD) $(LDFLAGS)

PATHDEFS = -DGP_RUNDIR='"$(RUNDIR)"' -DGP_STATEDIR='"$(STATEDIR)"' \
	-DGP_PUBLISHEDDIR='"$(PUBLISHEDDIR)"' -DGP_CONFDIR='"$(CONFDIR)"' \
	-DGP_LIBEXECDIR='"$(LIBEXECDIR)"'

objs = $(patsubst %.c,$(B)/%.o,$(1))

# Rooms. A file called main.c holds a program's main() and is in no archive.
ROOMS := base config http entra graph signin policy identity directory session store ipc
contract_SRC := $(wildcard provider/contract/*.c)
provider_SRC := $(filter-out %/main.c,$(foreach r,$(ROOMS),$(wildcard provider/$(r)/*.c)))
daemon_SRC   := $(wildcard provider/daemon/*.c)
publish_SRC  := $(wildcard provider/publish/*.c)
cli_SRC      := $(wildcard provider/cli/*.c)
pam_SRC      := $(wildcard pam_module/*.c)
nss_SRC      := $(wildcard nss_module/*.c)

provider_LIBS = $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lm

PROGRAMS := $(B)/guestpassd $(B)/guestpass $(B)/guestpass-publish
MODULES  := $(B)/pam_guestpass.so $(B)/libnss_guestpass.so.2

.DEFAULT_GOAL := all
.PHONY: all help deps check demo bench fuzz lint format install uninstall clean unit

all: $(PROGRAMS) $(MODULES) ## build the daemon, the CLI, the publisher and the two modules

$(B)/libcontract.a: $(call objs,$(contract_SRC))
$(B)/libprovider.a: $(call objs,$(provider_SRC))
$(B)/%.a:
	$(call say,AR,$@)
	$(Q)rm -f $@; $(AR) rcs $@ $^

$(B)/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D); $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/guestpassd: $(call objs,$(daemon_SRC)) $(B)/libprovider.a $(B)/libcontract.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -pie -o $@ $^ $(provider_LIBS)

$(B)/guestpass: $(call objs,$(cli_SRC)) $(B)/libprovider.a $(B)/libcontract.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -pie -o $@ $^ $(provider_LIBS)

# Root runs it on bytes from the daemon: libc and contract only.
$(B)/guestpass-publish: $(call objs,$(publish_SRC)) $(B)/libcontract.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -pie -o $@ $^

# The modules live in other people's processes: nothing but libc (and libpam), never unloaded.
MODULE_LDFLAGS = $(ALL_LDFLAGS) -shared $(if $(filter 1,$(SAN)),,-Wl,-z,defs) -Wl,-z,nodelete

$(B)/pam_guestpass.so: $(call objs,$(pam_SRC)) $(B)/libcontract.a pam_module/pam_guestpass.map
	$(call say,LINK,$@)
	$(Q)$(CC) $(MODULE_LDFLAGS) -Wl,--version-script=pam_module/pam_guestpass.map -o $@ \
		$(filter %.o %.a,$^) -lpam

$(B)/libnss_guestpass.so.2: $(call objs,$(nss_SRC)) $(B)/libcontract.a nss_module/nss_guestpass.map
	$(call say,LINK,$@)
	$(Q)$(CC) $(MODULE_LDFLAGS) -Wl,--version-script=nss_module/nss_guestpass.map \
		-Wl,-soname,libnss_guestpass.so.2 -o $@ $(filter %.o %.a,$^)

# Unit tests: one program a source, tests/unit/<room>/<unit>_test.c, linked with everything but main().
unit_SRC := $(wildcard tests/unit/*/*_test.c)
unit_BIN := $(patsubst tests/unit/%.c,$(B)/unit/%,$(unit_SRC))

$(B)/unit/%: $(B)/tests/unit/%.o $(call objs,$(wildcard tests/unit/support/*.c)) \
		$(B)/libprovider.a $(B)/libcontract.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D); $(CC) $(ALL_LDFLAGS) -pie -o $@ $(filter %.o %.a,$^) $(unit_EXTRA) \
		-lcmocka -lpam $(provider_LIBS)

unit: $(unit_BIN) ## build and run the unit tests
	$(Q)set -e; for t in $^; do echo "== $$t"; $$t; done

help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14

clean: ## remove what was built
	rm -rf build build-asan build-*

-include $(shell find $(B) -name '*.d' 2>/dev/null)
