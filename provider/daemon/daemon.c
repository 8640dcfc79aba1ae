/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/log.h"
#include "ipc/admin.h"
#include "ipc/knock.h"
#include "ipc/login.h"
#include "signin/policies.h"
#include "signin/rehearsal.h"

#include "contract/ban.h"

struct daemon {
	const char *config_file;
	struct gp_sockets sockets;
	struct gp_ids_rules *rules;
	char host_name[256];
	char publish_socket[GP_CONFIG_PATH + 16];
	sd_event *event;
	struct gp_tenant *tenant;
	struct gp_store *store;
	struct gp_audit *audit;
	struct gp_sync *sync;
	struct gp_policies *policies;
	struct gp_signins *signins;
	struct gp_rehearsal *rehearsal;
	struct gp_registry *registry;
	struct gp_login_service *login;
	struct gp_admin *admin;
	struct gp_knock_service *knock;
	sd_event_source *signals[3];
	sd_event_source *publisher;
	sd_event_source *tick; /* of the audit */
};

#define TICK_US 30000000

enum gp_status gp_sockets_from_systemd(struct gp_sockets *out, struct gp_error *err)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(1, &names);
	for (int i = 0; i < n; i++) {
		int fd = SD_LISTEN_FDS_START + i;
		if (strcmp(names[i], "login") == 0 && out->login < 0)
			out->login = fd;
		else if (strcmp(names[i], "admin") == 0 && out->admin < 0)
			out->admin = fd;
		else if (strcmp(names[i], "knock") == 0 && out->knock < 0)
			out->knock = fd;
		else
			close(fd);
		free(names[i]);
	}
	free(names);
	if (out->login >= 0)
		return GP_ST_OK;
	return gp_fail(err, GP_ST_NOT_FOUND,
		       "systemd passed no socket called 'login': start guestpassd.service, or use "
		       "--foreground");
}

static void set_host_name(struct daemon *d, const struct gp_config *config)
{
	if (config->host_name[0] != '\0' &&
	    gp_copy(d->host_name, sizeof(d->host_name), gp_str_from(config->host_name)) == GP_ST_OK)
		return;
	if (gethostname(d->host_name, sizeof(d->host_name) - 1) != 0)
		d->host_name[0] = '\0';
	d->host_name[sizeof(d->host_name) - 1] = '\0';
}

static void on_synced(void *arg, enum gp_status status)
{
	struct daemon *d = arg;
	struct gp_sync_stats stats;
	gp_sync_get_stats(d->sync, &stats);
	gp_signins_read(d->signins);
	gp_rehearsal_read(d->rehearsal, d->tenant);
	(void)sd_notifyf(0, "STATUS=%zu guests, last read %s", stats.guests,
			 gp_status_name(status));
}

/* A reload makes everything that comes from the configuration anew; sign-ins in flight keep the
 * old. */
static enum gp_status reload(struct daemon *d, struct gp_error *err)
{
	struct gp_config *config = NULL;
	struct gp_tenant *fresh = NULL;
	enum gp_status st = gp_config_load(d->config_file, -1, &config, err);
	if (st == GP_ST_OK)
		st = gp_tenant_new(d->event, gp_clock_system(), config, &fresh, err);
	if (st != GP_ST_OK)
		return st;
	gp_log_set_level(fresh->config->log_level);
	set_host_name(d, fresh->config);
	gp_sync_reload(d->sync, fresh->config, fresh->graph);
	gp_policies_use(d->policies, fresh);
	gp_login_service_reload(d->login, fresh);
	if (d->admin != NULL)
		gp_admin_reload(d->admin, fresh);
	struct gp_tenant *old = d->tenant;
	d->tenant = fresh;
	gp_tenant_unref(old);
	return GP_ST_OK;
}

static void record_config(struct daemon *d, const char *by)
{
	gp_daemon_record_config(d->store, d->audit, d->tenant->config->digest, by,
				gp_clock_wall_s(gp_clock_system()));
}

static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *info, void *arg)
{
	(void)source;
	struct daemon *d = arg;
	struct gp_error err = {0};
	char by[GP_WHO_TEXT];
	(void)sd_notify(0, "RELOADING=1");
	if (reload(d, &err) == GP_ST_OK) {
		gp_log(GP_LOG_INFO, "reloaded", "file=%s", d->config_file);
		gp_process_who((pid_t)info->ssi_pid, info->ssi_uid, by);
		record_config(d, by);
	} else {
		gp_log(GP_LOG_ERROR, "reload-failed", "error=%s (the old configuration stays)",
		       err.text);
	}
	(void)sd_notify(0, "READY=1");
	return 0;
}

static void tick_audit(struct daemon *d)
{
	const struct gp_clock *clock = gp_clock_system();
	gp_audit_tick(d->audit, gp_clock_wall_s(clock), gp_clock_monotonic_ms(clock));
}

static int on_tick(sd_event_source *source, uint64_t usec, void *arg)
{
	(void)usec;
	tick_audit(arg);
	/* They fail only for a source that does not exist. */
	(void)sd_event_source_set_time_relative(source, TICK_US);
	(void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

static int stop(struct daemon *d, int status)
{
	(void)sd_notify(0, "STOPPING=1");
	gp_login_service_stop(d->login);
	gp_signins_stop(d->signins);
	return sd_event_exit(d->event, status);
}

static int on_terminate(sd_event_source *source, const struct signalfd_siginfo *info, void *arg)
{
	(void)source;
	struct daemon *d = arg;
	gp_log(GP_LOG_INFO, "stopping", "signal=%u sign_ins=%zu", info->ssi_signo,
	       gp_signins_count(d->signins));
	return stop(d, EXIT_SUCCESS);
}

/* Only root could start another one, and we gave root up: whoever started us starts both again. */
static int on_publisher_end(sd_event_source *source, const siginfo_t *info, void *arg)
{
	(void)source;
	struct daemon *d = arg;
	gp_log(GP_LOG_ERROR, "publisher-ended", "%s=%d sign_ins=%zu",
	       info->si_code == CLD_EXITED ? "status" : "signal", info->si_status,
	       gp_signins_count(d->signins));
	return stop(d, EXIT_FAILURE);
}

static enum gp_status add_signals(struct daemon *d, struct gp_error *err)
{
	static const int numbers[] = {SIGHUP, SIGTERM, SIGINT};
	sigset_t set;
	(void)sigemptyset(&set);
	for (size_t i = 0; i < 3; i++)
		(void)sigaddset(&set, numbers[i]);
	(void)sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return gp_fail(err, GP_ST_INTERNAL, "sigprocmask: %s", strerror(errno));
	for (size_t i = 0; i < 3; i++)
		if (sd_event_add_signal(d->event, &d->signals[i], numbers[i],
					i == 0 ? on_hangup : on_terminate, d) < 0)
			return gp_fail(err, GP_ST_INTERNAL, "cannot watch signals");
	if (d->sockets.publisher > 0 &&
	    sd_event_add_child(d->event, &d->publisher, d->sockets.publisher, WEXITED,
			       on_publisher_end, d) < 0)
		return gp_fail(err, GP_ST_INTERNAL, "cannot watch the publisher");
	return GP_ST_OK;
}

static enum gp_status open_state(struct daemon *d, struct gp_error *err)
{
	const struct gp_config *config = d->tenant->config;
	char file[GP_CONFIG_PATH + 16];
	if (gp_format(file, sizeof(file), "%s/guests.db", config->state_directory) != GP_ST_OK ||
	    gp_format(d->publish_socket, sizeof(d->publish_socket), "%s/publish.sock",
		      config->run_directory) != GP_ST_OK)
		return gp_fail(err, GP_ST_TOO_BIG, "a configured path is too long");
	enum gp_status st = gp_store_open(file, &d->store, err);
	if (st == GP_ST_OK)
		st = gp_audit_open(config->audit_file, &d->audit, err);
	return st;
}

static enum gp_status make_services(struct daemon *d, struct gp_error *err)
{
	const struct gp_clock *clock = gp_clock_system();
	const struct gp_sync_deps sync = {d->event,         clock,    d->tenant->config, d->rules,
					  d->tenant->graph, d->store, d->publish_socket};
	enum gp_status st = gp_sync_new(&sync, &d->sync, err);
	if (st == GP_ST_OK) {
		gp_sync_set_audit(d->sync, d->audit);
		st = gp_policies_new(d->event, clock, d->store, &d->policies);
	}
	if (st == GP_ST_OK) {
		gp_policies_use(d->policies, d->tenant);
		const struct gp_signins_deps signins = {
			d->event, clock, d->sync, d->store, d->audit, d->host_name, d->policies};
		st = gp_signins_new(&signins, &d->signins);
	}
	if (st == GP_ST_OK)
		st = gp_rehearsal_new(d->sync, &d->rehearsal);
	if (st == GP_ST_OK)
		st = gp_registry_new(&d->registry);
	return st;
}

static enum gp_status open_doors(struct daemon *d, struct gp_error *err)
{
	const struct gp_clock *clock = gp_clock_system();
	const struct gp_login_deps login = {
		d->event, clock,    d->tenant, d->signins,  d->registry,
		d->sync,  d->store, d->audit,  d->policies, d->rules->sudo_group};
	const struct gp_admin_deps admin = {d->event,    clock,   d->tenant,  d->signins,
					    d->registry, d->sync, d->store,   d->audit,
					    "",          "",      d->policies};
	enum gp_status st = gp_login_service_new(&login, d->sockets.login, &d->login, err);
	d->sockets.login = -1;
	if (st == GP_ST_OK && d->sockets.admin >= 0) {
		st = gp_admin_new(&admin, d->sockets.admin, &d->admin, err);
		d->sockets.admin = -1;
	}
	if (st == GP_ST_OK && d->sockets.knock >= 0) {
		st = gp_knock_service_new(d->event, d->sockets.knock, d->sync, &d->knock, err);
		d->sockets.knock = -1;
	}
	return st;
}

static enum gp_status assemble(struct daemon *d, struct gp_config *config, struct gp_error *err)
{
	if (sd_event_new(&d->event) < 0) {
		gp_config_free(config);
		return gp_fail(err, GP_ST_NO_MEMORY, "no event loop");
	}
	set_host_name(d, config);
	enum gp_status st = gp_tenant_new(d->event, gp_clock_system(), config, &d->tenant, err);
	if (st == GP_ST_OK)
		st = open_state(d, err);
	if (st == GP_ST_OK)
		st = make_services(d, err);
	if (st == GP_ST_OK)
		st = open_doors(d, err);
	if (st == GP_ST_OK)
		st = add_signals(d, err);
	if (st == GP_ST_OK && sd_event_add_time_relative(d->event, &d->tick, CLOCK_BOOTTIME,
							 TICK_US, 0, on_tick, d) < 0)
		st = gp_fail(err, GP_ST_INTERNAL, "no timer");
	return st;
}

static void take_apart(struct daemon *d)
{
	/* Whoever holds callbacks of another goes first. */
	for (size_t i = 0; i < 3; i++)
		sd_event_source_disable_unref(d->signals[i]);
	sd_event_source_disable_unref(d->publisher);
	sd_event_source_disable_unref(d->tick);
	gp_knock_service_free(d->knock);
	gp_admin_free(d->admin);
	gp_login_service_free(d->login);
	gp_signins_free(d->signins);
	gp_policies_free(d->policies);
	gp_rehearsal_free(d->rehearsal);
	gp_sync_free(d->sync);
	gp_registry_free(d->registry);
	gp_tenant_unref(d->tenant);
	gp_audit_close(d->audit);
	gp_store_close(d->store);
	sd_event_unref(d->event);
	free(d->rules);
}

int gp_daemon_run(const struct gp_daemon_options *options, struct gp_config *config,
		  struct gp_ids_rules *rules)
{
	struct daemon d = {
		.config_file = options->config_file,
		.sockets = options->sockets,
		.rules = rules,
	};
	struct gp_error err = {0};
	int status = EXIT_FAILURE;

	if (assemble(&d, config, &err) == GP_ST_OK) {
		(void)sd_event_set_watchdog(d.event, true);
		gp_log(GP_LOG_INFO, "started", "version=%s tier=%s guests=%s", GP_VERSION,
		       d.tenant->config->tier,
		       d.tenant->config->guests == GP_GUESTS_ALLOWED ? "allowed" : "never");
		record_config(&d, "guestpassd");
		tick_audit(&d);
		gp_sync_start(d.sync, on_synced, &d);
		(void)sd_notify(0, "READY=1");
		status = sd_event_loop(d.event);
		if (status < 0) {
			gp_log(GP_LOG_ERROR, "loop-failed", "error=%s", strerror(-status));
			status = EXIT_FAILURE;
		}
	} else {
		gp_log(GP_LOG_ERROR, "start-failed", "error=%s", err.text);
	}
	take_apart(&d);
	return status;
}
