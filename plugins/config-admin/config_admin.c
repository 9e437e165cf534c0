/* config-admin: configurations by PID, on top of the contract over the whole configuration. */
#include <fnmatch.h>
#include <signalpy/component.h>
#include <signalpy/config.h>
#include <signalpy/config_admin.h>
#include <stdio.h>
#include <string.h>

SP_COMPONENT(config_admin,
	(about,   "Configurations by PID, for components that administer others."),
	(one,     sp_config, config),
	(provide, sp_config_admin));

enum { NAME_SIZE = 32, PATH_SIZE = 64 };

/* What a PID means. */
struct pid {
	char factory[NAME_SIZE]; /* "": a managed service */
	char settings[PATH_SIZE], instance[PATH_SIZE]; /* paths in the configuration */
	const char *name;
};

static bool is_name(const char *text, size_t length)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	return length > 0 && length < NAME_SIZE && text[0] >= 'a' && text[0] <= 'z' && strspn(text, letters) >= length;
}

static sp_status read_pid(const char *text, struct pid *ret_pid, struct sp_error *error)
{
	const char *tilde = strchr(text, '~'), *name = tilde ? tilde + 1 : text;
	size_t length = tilde ? (size_t)(tilde - text) : 0;

	if ((tilde && !is_name(text, length)) || !is_name(name, strlen(name)))
		return sp_error_set(error, SP_INVALID,
			"%.80s is no PID: those are an instance, or a component, ~ and an instance", text);
	*ret_pid = (struct pid){ .name = name };
	memcpy(ret_pid->factory, text, length);
	snprintf(ret_pid->settings, sizeof ret_pid->settings, "components.%s", name);
	snprintf(ret_pid->instance, sizeof ret_pid->instance, "instances.%s", name);
	return SP_OK;
}

static const struct sp_config *config_of(const struct sp_config_admin *admin)
{
	return sp_get(sp_self(config_admin, admin)->config);
}

/* Of which component the configuration asks for an instance; NULL: it asks for none. */
static const char *component_of(const struct sp_config *config, const struct pid *pid)
{
	const json_t *entry = config->get(config, pid->instance);
	const char *component = json_string_value(json_object_get(entry, "component"));

	return json_is_object(entry) ? component ? component : pid->name : NULL;
}

static bool is_of_factory(const struct sp_config *config, const struct pid *pid)
{
	const char *component = component_of(config, pid);

	return component && strcmp(component, pid->factory) == 0;
}

/* The policy of whoever asks; the policy of this component is judged by the configuration itself. */
static sp_status ask_policy(const struct sp_config_admin *admin, const char *path, struct sp_error *error)
{
	const struct sp_config *config = config_of(admin);
	const char *consumer = sp_name(admin->service.consumer);
	char policy[PATH_SIZE + NAME_SIZE];
	const json_t *pattern;
	size_t i;

	snprintf(policy, sizeof policy, "policy.%s.configure", consumer);
	json_array_foreach(config->get(config, policy), i, pattern)
		if (json_is_string(pattern) && fnmatch(json_string_value(pattern), path, 0) == 0)
			return SP_OK;
	return sp_error_set(error, SP_FORBIDDEN, "%s does not allow %s", policy, path);
}

static sp_status may_change(const struct sp_config_admin *admin, const struct pid *pid, struct sp_error *error)
{
	sp_status status = ask_policy(admin, pid->settings, error);

	return status == SP_OK && *pid->factory ? ask_policy(admin, pid->instance, error) : status;
}

/* changes is stolen; it may be NULL, without memory. */
static sp_status change(const struct sp_config *config, json_t *changes, struct sp_error *error)
{
	sp_status status;

	if (!changes)
		status = sp_error_set(error, SP_NO_MEMORY, "out of memory");
	else if (!sp_has(config, change))
		status = sp_error_set(error, SP_UNAVAILABLE, "the configuration that is offered cannot be changed");
	else
		status = config->change(config, changes, error);
	json_decref(changes);
	return status;
}

static const json_t *admin_get(const struct sp_config_admin *admin, const char *text)
{
	const struct sp_config *config = config_of(admin);
	struct pid pid = { .name = NULL };

	if (read_pid(text, &pid, NULL) != SP_OK || (*pid.factory && !is_of_factory(config, &pid)))
		return NULL;
	return config->get(config, pid.settings);
}

static sp_status admin_update(const struct sp_config_admin *admin, const char *text, const json_t *settings,
	struct sp_error *error)
{
	const struct sp_config *config = config_of(admin);
	const char *component;
	struct pid pid = { .name = NULL };
	sp_status status = read_pid(text, &pid, error);

	if (status == SP_OK)
		status = may_change(admin, &pid, error);
	if (status != SP_OK)
		return status;
	if (!json_is_object(settings))
		return sp_error_set(error, SP_INVALID, "the settings of %s must be an object", text);
	if (!*pid.factory || is_of_factory(config, &pid))
		return change(config, json_pack("{s:O}", pid.settings, settings), error);
	component = component_of(config, &pid);
	if (component)
		return sp_error_set(error, SP_CONFLICT, "conflict: %s is an instance of %s", pid.name, component);
	return change(config,
		json_pack("{s:O, s:{s:s}}", pid.settings, settings, pid.instance, "component", pid.factory), error);
}

static sp_status remove_factory_pid(const struct sp_config *config, const struct pid *pid, struct sp_error *error)
{
	sp_status status;

	if (!is_of_factory(config, pid))
		return sp_error_set(error, SP_NOT_FOUND, "there is no configuration %s~%s", pid->factory, pid->name);
	status = change(config, json_pack("{s:n, s:n}", pid->settings, pid->instance), error);
	if (status != SP_OK || !is_of_factory(config, pid))
		return status;
	return change(config, json_pack("{s:b}", pid->instance, 0), error); /* a file asks for it too */
}

static sp_status admin_remove(const struct sp_config_admin *admin, const char *text, struct sp_error *error)
{
	const struct sp_config *config = config_of(admin);
	struct pid pid = { .name = NULL };
	sp_status status = read_pid(text, &pid, error);

	if (status == SP_OK)
		status = may_change(admin, &pid, error);
	if (status != SP_OK)
		return status;
	if (*pid.factory)
		return remove_factory_pid(config, &pid, error);
	if (!config->get(config, pid.settings))
		return sp_error_set(error, SP_NOT_FOUND, "there is no configuration %s", text);
	return change(config, json_pack("{s:n}", pid.settings), error);
}

/* pid is stolen; it may be NULL, without memory. */
static json_t *append(json_t *list, json_t *pid)
{
	if (!list)
		json_decref(pid);
	else if (json_array_append_new(list, pid) == 0)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *admin_list(const struct sp_config_admin *admin, const char *factory)
{
	const struct sp_config *config = config_of(admin);
	json_t *list = json_array(), *entry;
	const char *name;

	json_object_foreach((json_t *)config->get(config, "instances"), name, entry) {
		const char *component = json_string_value(json_object_get(entry, "component"));

		if (component && (!factory || strcmp(component, factory) == 0))
			list = append(list, json_sprintf("%s~%s", component, name));
	}
	json_object_foreach((json_t *)config->get(config, "components"), name, entry) {
		const json_t *instance = json_object_get(config->get(config, "instances"), name);

		if (!factory && !json_object_get(instance, "component"))
			list = append(list, json_string(name));
	}
	return list;
}

SP_SERVICE(config_admin, sp_config_admin, .get = admin_get, .update = admin_update, .remove = admin_remove,
	.list = admin_list);

SP_PLUGIN(config_admin, "1.0.0", config_admin);
