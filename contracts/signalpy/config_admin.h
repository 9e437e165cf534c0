/*
 * config_admin.h: configurations by PID, for a component that administers others; it asks for this with (one,
 * sp_config_admin, admin). Each PID names the settings of an instance, components.<instance>: "mailer" those of the
 * instance mailer (a managed service); "mailer~eu" those of eu, an instance of the component mailer (a factory), which
 * is there as long as its configuration is. What is given here is kept across restarts and a kill -9.
 *
 * Settings are pushed: the instance's slots show them when it is made, when they are updated, and the defaults again
 * when they are removed. Whoever updates or removes needs policy.<instance>.configure to allow components.<instance>,
 * and instances.<instance> for a factory's. Everything here is [loop].
 */
#ifndef SIGNALPY_CONFIG_ADMIN_H
#define SIGNALPY_CONFIG_ADMIN_H

#include <signalpy/value.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sp_config_admin {
	struct sp_service service;

	/* The settings that are configured under a PID, or NULL; borrowed until the handler returns. Recorded as a
	 * dependency on them. */
	const json_t *(*get)(const struct sp_config_admin *admin, const char *pid);

	/* Makes settings, an object, borrowed, those of the PID, in place of what was given here before; the instance
	 * of a factory's PID is made with the first. Judged whole: SP_INVALID (error's pointer tells where),
	 * SP_FORBIDDEN, SP_CONFLICT (the name belongs to an instance of another component), SP_UNAVAILABLE (it cannot
	 * be kept), SP_NO_MEMORY change nothing. */
	sp_status (*update)(const struct sp_config_admin *admin, const char *pid, const json_t *settings,
		struct sp_error *error);

	/* Takes back what was given; a factory's instance goes. SP_NOT_FOUND, else as update. */
	sp_status (*remove)(const struct sp_config_admin *admin, const char *pid, struct sp_error *error);

	/* The PIDs that are configured, of one factory ("mailer") or all (NULL): a new array of strings, which the
	 * caller owns; NULL without memory. Recorded as a dependency on the configuration of instances and
	 * components. */
	json_t *(*list)(const struct sp_config_admin *admin, const char *factory);
};
SP_CONTRACT(sp_config_admin, "signalpy.config-admin", 1);

#ifdef __cplusplus
}
#endif
#endif
