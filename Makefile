# Guestpass. `make help` lists the targets; README.md says what to install first.

VERSION      := 0.1.0
prefix       ?= /usr
sysconfdir   ?= /etc
localstatedir ?= /var
MULTIARCH    := $(shell $(CC) -print-multiarch 2>/dev/null)
LIBDIR       ?= $(prefix)/lib/$(MULTIARCH)
SBINDIR      ?= $(prefix)/sbin
BINDIR       ?= $(prefix)/bin
LIBEXECDIR   ?= $(prefix)/libexec/guestpass
DATADIR      ?= $(prefix)/share
PAMDIR       ?= $(LIBDIR)/security
UNITDIR      ?= $(prefix)/lib/systemd/system
SYSUSERSDIR  ?= $(prefix)/lib/sysusers.d
TMPFILESDIR  ?= $(prefix)/lib/tmpfiles.d
MANDIR       ?= $(DATADIR)/man
# The two modules take their paths from here and from nowhere else.
RUNDIR       ?= /run/guestpass
STATEDIR     ?= $(localstatedir)/lib/guestpass
PUBLISHEDDIR ?= $(localstatedir)/lib/guestpass-published
CONFDIR      ?= $(sysconfdir)/guestpass
DESTDIR      ?=
PYTHON       ?= /usr/bin/python3
SAN          ?= 0
FUZZ         ?= 0
WERROR       ?= 0
V            ?= 0
FUZZ_SECONDS ?= 30
FUZZ_TARGET  ?=
COVERAGE     ?= 0
CAMPAIGN_KILLS ?= 1000
CAMPAIGN_SEED  ?=
STAGE        ?=
WEATHER_JOBS ?= 4
TENANT_OPTIONS ?=

ifeq ($(SAN),1)
B ?= build-asan
else
B ?= build
endif

Q := $(if $(filter 1,$(V)),,@)
say = @$(if $(filter 1,$(V)),:,printf '  %-5s %s\n' '$(1)' '$(2)')
MAKEFLAGS += --no-print-directory

IS_CLANG := $(findstring clang,$(shell $(CC) --version 2>/dev/null | head -n 1))
PKGS     := libsystemd libcurl openssl json-c ini_config sqlite3 smartcols libqrencode glib-2.0
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)

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

ifeq ($(FUZZ),1)
HARDEN  := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -U_FORTIFY_SOURCE
LDHARD  := -fsanitize=address,undefined
ifeq ($(COVERAGE),1)
HARDEN  += -fprofile-instr-generate -fcoverage-mapping
LDHARD  += -fprofile-instr-generate
endif
else ifeq ($(SAN),1)
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
	-DGP_LIBEXECDIR='"$(LIBEXECDIR)"' -DGP_VERSION='"$(VERSION)"'
# Tests find the modules and programs of their own build here.
$(B)/tests/%.o: PATHDEFS += -DGP_BUILDDIR='"$(abspath $(B))"'

objs = $(patsubst %.c,$(B)/%.o,$(1))

# Rooms. A file called main.c holds a program's main() and is in no archive.
ROOMS := base config doctor http entra graph signin policy identity directory session store ipc
contract_SRC := $(wildcard provider/contract/*.c)
provider_SRC := $(filter-out %/main.c,$(foreach r,$(ROOMS),$(wildcard provider/$(r)/*.c)))
daemon_SRC   := $(wildcard provider/daemon/*.c)
publish_SRC  := $(wildcard provider/publish/*.c)
cli_SRC      := $(wildcard provider/cli/*.c)
pam_SRC      := $(wildcard pam_module/*.c)
nss_SRC      := $(wildcard nss_module/*.c)

provider_LIBS = $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lm

PROGRAMS := $(if $(daemon_SRC),$(B)/guestpassd) $(if $(cli_SRC),$(B)/guestpass) \
	$(if $(publish_SRC),$(B)/guestpass-publish)
MODULES  := $(if $(pam_SRC),$(B)/pam_guestpass.so) $(if $(nss_SRC),$(B)/libnss_guestpass.so.2)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.PHONY: all help deps check weather tenant demo bench campaign fuzz fuzz-minimise lint format install uninstall clean \
	unit unit-build replay-build sweep-build enomem-preload clock-preload differential-build \
	fuzz-build objects

all: $(PROGRAMS) $(MODULES) ## build the daemon, the command, the publisher and the two modules

$(B)/libcontract.a: $(call objs,$(contract_SRC))
$(B)/libprovider.a: $(call objs,$(provider_SRC))
$(B)/%.a:
	$(call say,AR,$@)
	$(Q)mkdir -p $(@D); rm -f $@; $(AR) rcs $@ $^

$(B)/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D); $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Unit tests load the modules as they are shipped but for their RUNDIR ("run", below whatever
# directory the test works in) and for who may own the directory file: the tester.
$(B)/testmod/%.o: override RUNDIR := run
$(B)/testmod/%.o: PATHDEFS += -DGP_TRUSTED_UID=$(shell id -u)
$(B)/testmod/%.o: %.c
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
MODULE_LDFLAGS = $(ALL_LDFLAGS) -shared $(if $(filter 1,$(SAN) $(FUZZ)),,-Wl,-z,defs) -Wl,-z,nodelete

# Every process that starts maps it: two parts fewer to map.
NSS_LAYOUT := -Wl,-z,noseparate-code

$(B)/testmod/libcontract.a: $(contract_SRC:%.c=$(B)/testmod/%.o)
$(B)/pam_guestpass.so: $(call objs,$(pam_SRC)) $(B)/libcontract.a
$(B)/testmod/pam_guestpass.so: $(pam_SRC:%.c=$(B)/testmod/%.o) $(B)/testmod/libcontract.a
$(B)/pam_guestpass.so $(B)/testmod/pam_guestpass.so: pam_module/pam_guestpass.map
	$(call say,LINK,$@)
	$(Q)$(CC) $(MODULE_LDFLAGS) -Wl,--version-script=pam_module/pam_guestpass.map -o $@ \
		$(filter %.o,$^) $(filter %.a,$^) -lpam

$(B)/libnss_guestpass.so.2: $(call objs,$(nss_SRC)) $(B)/libcontract.a nss_module/nss_guestpass.map
	$(call say,LINK,$@)
	$(Q)$(CC) $(MODULE_LDFLAGS) -Wl,--version-script=nss_module/nss_guestpass.map \
		-Wl,-soname,libnss_guestpass.so.2 $(NSS_LAYOUT) -o $@ $(filter %.o %.a,$^)

# Unit tests: one program a source, tests/unit/<room>/<unit>_test.c, linked with everything but
# main(). Tests of a room that is in no archive are linked with the objects of that room too.
unit_SRC := $(wildcard tests/unit/*/*_test.c)
unit_BIN := $(patsubst tests/unit/%.c,$(B)/unit/%,$(unit_SRC))
unit_SUPPORT := $(call objs,$(wildcard tests/unit/support/*.c))
own_objs = $(call objs,$(filter-out %/main.c,$(1)))
$(filter $(B)/unit/pam_module/%,$(unit_BIN)): $(call own_objs,$(pam_SRC)) $(B)/testmod/pam_guestpass.so \
	$(call objs,$(wildcard tests/unit/pam_module/*_rig.c))
$(filter $(B)/unit/daemon/%,$(unit_BIN)): $(call own_objs,$(daemon_SRC))
$(filter $(B)/unit/cli/%,$(unit_BIN)): $(call own_objs,$(cli_SRC))

$(unit_BIN): $(B)/unit/%: $(B)/tests/unit/%.o $(unit_SUPPORT) $(B)/libprovider.a $(B)/libcontract.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D); $(CC) $(ALL_LDFLAGS) -pie -o $@ $(filter %.o,$^) $(filter %.a,$^) \
		-lcmocka -lpam $(provider_LIBS)

unit-build: all $(unit_BIN)
unit: unit-build ## build and run the unit tests, with their output
	$(Q)set -e; for t in $(unit_BIN); do echo "== $$t"; $$t; done

# Fuzzing. A harness tests/fuzz/<name>_fuzz.c has its seeds in tests/fuzz/corpus/<name>/.
fuzz_SRC    := $(wildcard tests/fuzz/*_fuzz.c)
fuzz_NAMES  := $(patsubst tests/fuzz/%_fuzz.c,%,$(fuzz_SRC))
replay_BIN  := $(fuzz_NAMES:%=$(B)/fuzz/%_replay)
fuzz_BIN    := $(fuzz_NAMES:%=$(B)/fuzz/%_fuzz)

# What a harness is linked with beyond the provider: rooms that are in no archive, parts of unit
# tests, and the sources of its own, tests/fuzz/<name>/.
fuzz_support := $(call objs,$(wildcard tests/fuzz/support/*.c))
fuzz_OBJS_accounts   := $(call objs,provider/publish/local.c provider/publish/files.c \
	tests/unit/support/directory_sample.c)
fuzz_OBJS_credential := $(call objs,tests/unit/support/jwt_maker.c)
fuzz_OBJS_daemon     := $(call objs,tests/unit/support/jwt_maker.c tests/unit/support/test_clock.c \
	provider/cli/report.c)
fuzz_OBJS_module     := $(pam_SRC:%.c=$(B)/testmod/%.o) $(B)/testmod/provider/contract/directory_open.o \
	$(call objs,tests/unit/support/directory_sample.c)
fuzz_OBJS_nss        := $(call objs,$(filter-out %/mapping.c %/knock.c,$(nss_SRC)))
fuzz_OBJS_options    := $(call objs,pam_module/options.c pam_module/caller.c)
fuzz_OBJS_plan       := $(call objs,provider/publish/local.c provider/publish/files.c)
fuzz_OBJS_publisher  := $(patsubst %.c,$(B)/testmod/%.o,$(filter-out %/main.c %/confine.c,$(publish_SRC)) \
	provider/contract/ids_conf_load.c)
fuzz_OBJS_report     := $(call objs,provider/cli/report.c provider/cli/show.c provider/cli/cell.c)
define fuzz_links
$(B)/fuzz/$(1)_replay $(B)/fuzz/$(1)_fuzz: $(fuzz_OBJS_$(1)) $(call objs,$(wildcard tests/fuzz/$(1)/*.c)) \
	$(fuzz_support)
endef
$(foreach n,$(fuzz_NAMES),$(eval $(call fuzz_links,$(n))))

$(replay_BIN): $(B)/fuzz/%_replay: $(B)/tests/fuzz/%_fuzz.o $(B)/tests/fuzz/replay_main.o \
		$(B)/libprovider.a $(B)/libcontract.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D); $(CC) $(ALL_LDFLAGS) -pie -o $@ $(filter %.o,$^) $(filter %.a,$^) $(provider_LIBS)

$(fuzz_BIN): $(B)/fuzz/%_fuzz: $(B)/tests/fuzz/%_fuzz.o $(B)/libprovider.a $(B)/libcontract.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D); $(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -pie -o $@ $(filter %.o,$^) \
		$(filter %.a,$^) $(provider_LIBS)

# The same harnesses with memory that runs out: only the product's calls are renamed, in copies.
# (The publisher asks the kernel for its memory.)
sweep_NAMES := $(filter-out publisher,$(fuzz_NAMES))
sweep_BIN   := $(sweep_NAMES:%=$(B)/enomem/%_sweep)
sweep_CALLS := malloc calloc realloc reallocarray strdup asprintf
$(B)/enomem/lib%.a: $(B)/lib%.a
	$(Q)mkdir -p $(@D); objcopy $(foreach f,$(sweep_CALLS),--redefine-sym $(f)=failing_$(f)) $< $@

define sweep_links
$(B)/enomem/$(1)_sweep: $(fuzz_OBJS_$(1)) $(call objs,$(wildcard tests/fuzz/$(1)/*.c)) $(fuzz_support)
endef
$(foreach n,$(sweep_NAMES),$(eval $(call sweep_links,$(n))))

# These have rules that only memory lets hold; their abort() ends a run. Who may come in is none of them.
sweep_LENIENT := accounts audit_line credential exchange facts json plan report screen
$(B)/enomem/%_fuzz.o: $(B)/tests/fuzz/%_fuzz.o
	$(Q)mkdir -p $(@D); objcopy $(if $(filter $*,$(sweep_LENIENT)),--redefine-sym abort=sweep_abort) $< $@

$(sweep_BIN): $(B)/enomem/%_sweep: $(B)/enomem/%_fuzz.o $(B)/tests/enomem/sweep_main.o \
		$(B)/tests/enomem/failing.o $(B)/enomem/libprovider.a $(B)/enomem/libcontract.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D); $(CC) $(ALL_LDFLAGS) -pie -o $@ $(filter %.o,$^) $(filter %.a,$^) $(provider_LIBS)

# For the whole daemon, with all its libraries.
$(B)/enomem/failing.so: $(B)/tests/enomem/preload.o $(B)/libcontract.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D); $(CC) $(ALL_LDFLAGS) -shared -o $@ $^

enomem-preload: $(B)/enomem/failing.so

# Its wall clock is the test's.
$(B)/clock/moved.so: $(B)/tests/clock/preload.o
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D); $(CC) $(ALL_LDFLAGS) -shared -o $@ $^

clock-preload: $(B)/clock/moved.so

# Our evaluation of policies, for the tenant's tests, which have one of their own.
$(B)/differential/conditional_access: $(B)/tests/differential/conditional_access.o $(B)/libprovider.a \
		$(B)/libcontract.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D); $(CC) $(ALL_LDFLAGS) -pie -o $@ $^ $(provider_LIBS)

differential-build: $(B)/differential/conditional_access
sweep-build: $(sweep_BIN)
replay-build: $(replay_BIN)
fuzz-build: $(fuzz_BIN)
campaign = $(Q)MAKE='$(MAKE)' $(PYTHON) -B tests/fuzz/campaign $(1) $(if $(FUZZ_TARGET),--target $(FUZZ_TARGET))
fuzz: ## fuzz each parser for FUZZ_SECONDS (30), or FUZZ_TARGET alone; add to tests/fuzz/REPORT.md
	$(Q)tests/bed/deps build check
	$(Q)$(MAKE) B=build-fuzz CC=clang FUZZ=1 fuzz-build
	$(call campaign,run --seconds $(FUZZ_SECONDS))

fuzz-minimise: ## merge what make fuzz found into tests/fuzz/corpus, which make check replays
	$(Q)$(MAKE) B=build-fuzz CC=clang FUZZ=1 fuzz-build
	$(call campaign,minimise)

# Every object there is, also of programs and tests: what lint compiles with -Werror.
objects: $(sort $(call objs,$(contract_SRC) $(provider_SRC) $(daemon_SRC) $(publish_SRC) $(cli_SRC) \
	$(pam_SRC) $(nss_SRC) $(wildcard tests/*/*.c tests/unit/*/*.c tests/fuzz/*/*.c)))

deps: ## install missing build dependencies (Debian; elsewhere say what to install)
	$(Q)tests/bed/deps build check demo

check: ## every test and lint; STAGE=name runs one stage (see tests/run --list)
	$(Q)tests/bed/deps build check
	$(Q)MAKE='$(MAKE)' $(PYTHON) tests/run --build '$(B)-check' $(STAGE)

weather: ## every weather at every point of a login, and every spoilt token (an hour); WEATHER_JOBS=n
	$(Q)tests/bed/deps build check
	$(Q)$(MAKE) all
	$(Q)tests/e2e/weather/run --jobs '$(WEATHER_JOBS)' '$(B)'

lint: ## formatting, static analysis, dependency direction, exports, man pages
	$(Q)tests/bed/deps build check
	$(Q)MAKE='$(MAKE)' $(PYTHON) tests/run --build '$(B)-check' --show lint

tenant: ## start the rehearsal tenant and print its admin page; TENANT_OPTIONS="--scale 1000"
	$(Q)tests/bed/deps demo
	$(Q)exec $(PYTHON) -B tests/tenant $(TENANT_OPTIONS)

demo: ## a rehearsal of a guest's login on a throw-away copy of this machine
	$(Q)tests/bed/deps build demo
	$(Q)$(MAKE) all
	$(Q)tests/demo/run '$(B)'

$(B)/bench/directory_bench: $(B)/tests/bench/directory_bench.o $(B)/libprovider.a $(B)/libcontract.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D); $(CC) $(ALL_LDFLAGS) -pie -o $@ $^ $(provider_LIBS)

$(B)/bench/policy_bench: $(B)/tests/bench/policy_bench.o $(B)/libprovider.a $(B)/libcontract.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D); $(CC) $(ALL_LDFLAGS) -pie -o $@ $(filter %.o,$^) $(filter %.a,$^) $(provider_LIBS)

$(B)/bench/peer_bench: $(B)/tests/bench/peer_bench.o $(B)/tests/bench/peer_make.o \
		$(B)/tests/unit/support/directory_sample.o $(B)/libcontract.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D); $(CC) $(ALL_LDFLAGS) -pie -o $@ $^ -lpthread

$(B)/bench/libnss_reference.so.2: $(B)/tests/bench/reference.o
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D); $(CC) $(ALL_LDFLAGS) -shared -Wl,-soname,libnss_reference.so.2 -o $@ $^

bench: ## measure: name lookups beside other services, many guests, sign-ins in flight
	$(Q)tests/bed/deps build check
	$(Q)$(MAKE) all $(B)/bench/directory_bench $(B)/bench/policy_bench $(B)/bench/peer_bench $(B)/bench/libnss_reference.so.2
	$(Q)tests/bench/run '$(B)'

campaign: ## kill each process at random, CAMPAIGN_KILLS (1000) times, during logins and reads
	$(Q)tests/bed/deps build check
	$(Q)$(MAKE) all
	$(Q)tests/campaign/run '$(B)' '$(CAMPAIGN_KILLS)' '$(CAMPAIGN_SEED)'

format: ## let clang-format 14 write the C files
	$(Q)clang-format -i $$(find pam_module nss_module provider tests -name '*.[ch]')

CONF_FILES := $(wildcard conf/*.conf)
UNIT_FILES := $(wildcard conf/systemd/*.service conf/systemd/*.socket conf/systemd/*.path \
	conf/systemd/*.timer)
PAM_CONFIGS := $(wildcard conf/pam-configs/*)
POLKIT_RULES := $(wildcard conf/polkit/*.rules)
MAN_PAGES  := $(foreach s,1 5 8,$(wildcard pam_module/*.$(s) nss_module/*.$(s) \
	provider/*/*.$(s) conf/*.$(s)))
man_dest = $(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(1)))/$(notdir $(1))
# install(1) writes a new file and renames nothing over it in place: a module that is mapped by a
# running process keeps its old bytes.
put = install -D -m $(1) $(2) $(DESTDIR)$(3)/$(notdir $(2)) &&
put_once = { [ -e $(DESTDIR)$(3)/$(notdir $(2)) ] || install -D -m $(1) $(2) $(DESTDIR)$(3)/$(notdir $(2)); } &&

install: all ## install under DESTDIR; configuration files that exist are kept
	$(Q)$(foreach f,$(filter %/guestpassd,$(PROGRAMS)),$(call put,755,$(f),$(SBINDIR))) \
	$(foreach f,$(filter %/guestpass,$(PROGRAMS)),$(call put,755,$(f),$(BINDIR))) \
	$(foreach f,$(filter %/guestpass-publish,$(PROGRAMS)),$(call put,755,$(f),$(LIBEXECDIR))) \
	$(foreach f,$(filter %/pam_guestpass.so,$(MODULES)),$(call put,644,$(f),$(PAMDIR))) \
	$(foreach f,$(filter %/libnss_guestpass.so.2,$(MODULES)),$(call put,644,$(f),$(LIBDIR))) \
	$(foreach f,$(CONF_FILES),$(call put_once,644,$(f),$(CONFDIR))) \
	$(foreach f,$(CONF_FILES),$(call put,644,$(f),$(DATADIR)/guestpass)) \
	$(foreach f,$(wildcard conf/conf.d/*),$(call put,644,$(f),$(CONFDIR)/conf.d)) \
	$(foreach f,$(wildcard conf/logrotate.d/*),$(call put_once,644,$(f),$(sysconfdir)/logrotate.d)) \
	$(foreach f,$(UNIT_FILES),$(call put,644,$(f),$(UNITDIR))) \
	$(foreach f,$(wildcard conf/sysusers.d/*.conf),$(call put,644,$(f),$(SYSUSERSDIR))) \
	$(foreach f,$(wildcard conf/tmpfiles.d/*.conf),$(call put,644,$(f),$(TMPFILESDIR))) \
	$(foreach f,$(PAM_CONFIGS),$(call put,644,$(f),$(DATADIR)/pam-configs)) \
	$(foreach f,$(wildcard conf/sshd/*),$(call put,644,$(f),$(DATADIR)/guestpass/sshd)) \
	$(foreach f,$(POLKIT_RULES),$(call put,644,$(f),$(DATADIR)/polkit-1/rules.d)) \
	$(foreach f,$(MAN_PAGES),install -D -m 644 $(f) $(call man_dest,$(f)) &&) :

uninstall: ## remove what install wrote, but not the configuration
	rm -f $(addprefix $(DESTDIR),$(SBINDIR)/guestpassd $(BINDIR)/guestpass \
		$(PAMDIR)/pam_guestpass.so $(LIBDIR)/libnss_guestpass.so.2 \
		$(addprefix $(CONFDIR)/conf.d/,$(notdir $(wildcard conf/conf.d/*))) \
		$(addprefix $(UNITDIR)/,$(notdir $(UNIT_FILES))) \
		$(addprefix $(SYSUSERSDIR)/,$(notdir $(wildcard conf/sysusers.d/*.conf))) \
		$(addprefix $(TMPFILESDIR)/,$(notdir $(wildcard conf/tmpfiles.d/*.conf))) \
		$(addprefix $(DATADIR)/polkit-1/rules.d/,$(notdir $(POLKIT_RULES))) \
		$(addprefix $(DATADIR)/pam-configs/,$(notdir $(PAM_CONFIGS)))) \
		$(foreach f,$(MAN_PAGES),$(call man_dest,$(f)))
	rm -rf $(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(DATADIR)/guestpass

help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 17

clean: ## remove what was built
	rm -rf build build-*

-include $(shell find $(B) -name '*.d' 2>/dev/null)
