/*
 * control_fakes.h: the gateway, kernel, plugins and configuration of control_kit.h, which includes it.
 */
#ifndef TESTS_CONTROL_FAKES_H
#define TESTS_CONTROL_FAKES_H

/* ---- the gateway ------------------------------------------------------------------------------------------------- */

static inline void kit_answer(struct sp_call *call, sp_status status, const char *data)
{
	json_t *json = data ? json_loads(data, 0, NULL) : NULL;
	json_t *details = json_pack("[{s:s, s:s}]", "pointer", "/name", "message", "is missing");
	const struct sp_answer answer = {
		.struct_size = sizeof answer,
		.status = status,
		.code = status == SP_OK ? NULL : sp_status_word(status),
		.data = json,
		.message = status == SP_OK ? NULL : "it was told to fail",
		.details = status == SP_INVALID ? details : NULL,
	};

	call->request.done(call->request.user, &answer);
	json_decref(json);
	json_decref(details);
}

static void kit_call(const struct sp_gateway *gateway, const struct sp_request *request, sp_call **ret_call)
{
	struct sp_call *call = &kit.calls[kit.calls_made++ % KIT_CALLS];

	(void)gateway;
	call->request = *request;
	call->cancelled = false;
	ck_assert_uint_eq(request->transport, SP_CLI);
	snprintf(call->address, sizeof call->address, "%s", request->address);
	snprintf(call->target, sizeof call->target, "%s", request->target ? request->target : "");
	snprintf(call->params, sizeof call->params, "%.*s", (int)request->params.size,
		(const char *)request->params.data);
	snprintf(call->caller, sizeof call->caller, "%s%s", request->identity->name,
		request->identity->privileged ? " privileged" : "");
	call->roles[0] = '\0';
	for (const char *const *role = request->identity->roles; role && *role; role++)
		snprintf(call->roles + strlen(call->roles), sizeof call->roles - strlen(call->roles), "%s ", *role);
	if (kit.later)
		*ret_call = call;
	else if (strcmp(request->address, "greeter.greet") == 0)
		kit_answer(call, SP_OK, "{\"message\":\"Hello\"}");
	else
		kit_answer(call, strcmp(request->address, "greeter.invalid") == 0 ? SP_INVALID : SP_NOT_FOUND, NULL);
}

static void kit_cancel(const struct sp_gateway *gateway, sp_call *call)
{
	(void)gateway;
	ck_assert(!call->cancelled);
	call->cancelled = true;
}

SP_RECORD(kit_greet, (string, name, .otherwise = "world", .about = "whom"));

static const struct sp_exposed kit_exposed = { .struct_size = sizeof kit_exposed,
	.address = "greeter.greet",
	.instance = "greeter",
	.component = "greeter",
	.runnable = "greet",
	.about = "Greets",
	.rest_path = "v1/greeter/greet",
	.takes = &kit_greet_record,
	.transports = SP_REST | SP_CLI,
	.destructive = true,
	.timeout_ms = 5000 };

static const struct sp_exposed *kit_find(const struct sp_gateway *gateway, const char *address)
{
	(void)gateway;
	return strcmp(address, kit_exposed.address) == 0 ? &kit_exposed : NULL;
}

static const struct sp_exposed *kit_find_target(const struct sp_gateway *gateway, const char *address,
	const char *target, struct sp_error *error)
{
	if (strcmp(target, "eu") == 0)
		return kit_find(gateway, address);
	sp_error_set(error, SP_NOT_FOUND, "nobody has %s", target);
	return NULL;
}

static void kit_each(const struct sp_gateway *gateway, unsigned transports,
	bool (*visit)(void *user, const struct sp_exposed *exposed), void *user)
{
	(void)gateway;
	if (transports & kit_exposed.transports)
		visit(user, &kit_exposed);
}

static const struct sp_gateway kit_gateway = { .call = kit_call,
	.cancel = kit_cancel,
	.find = kit_find,
	.each = kit_each,
	.find_target = kit_find_target };

/* ---- the kernel -------------------------------------------------------------------------------------------------- */

json_t *sp_kernel_health_new(sp_kernel *kernel)
{
	(void)kernel;
	return json_pack("{s:b, s:s, s:[s]}", "healthy", 0, "state", "degraded", "reasons", "dictionary is errored");
}

json_t *sp_kernel_status_new(sp_kernel *kernel)
{
	(void)kernel;
	return json_pack("{s:s, s:[s], s:[]}", "state", "degraded", "reasons", "dictionary is errored", "components");
}

json_t *sp_kernel_components_new(sp_kernel *kernel)
{
	(void)kernel;
	return json_pack("[{s:s}]", "name", "greeter");
}

json_t *sp_kernel_component_new(sp_kernel *kernel, const char *instance)
{
	static const char *const origins[][2] = { { "guest", "configuration" }, { "filed", "configuration" },
		{ "mailer", "default" }, { "child", "parent" } };

	(void)kernel;
	if (strcmp(instance, "greeter") == 0)
		return json_pack("{s:s}", "name", "greeter");
	for (size_t i = 0; i < sizeof origins / sizeof origins[0]; i++)
		if (strcmp(instance, origins[i][0]) == 0)
			return json_pack("{s:s, s:s, s:s}", "name", instance, "component", "mailer", "origin",
				origins[i][1]);
	return NULL;
}

void sp_kernel_each_sample(const sp_kernel *kernel,
	bool (*visit)(void *user, const struct sp_metric *metric, const struct sp_sample *sample), void *user)
{
	static const struct sp_metric calls = { sizeof calls, SP_METRIC_COUNTER, "calls", NULL, "Calls." };
	static const struct sp_metric took = { sizeof took, SP_METRIC_HISTOGRAM, "took_seconds", "seconds",
		"How long." };
	static const char *const ok[] = { "code", "ok", NULL }, *const none[] = { NULL };
	static const double bounds[] = { 0.5 };
	static const uint64_t counts[] = { 1, 2 };
	const struct sp_sample samples[] = { { .struct_size = sizeof samples[0], .labels = ok, .value = 7 },
		{ .struct_size = sizeof samples[0], .labels = none, .value = 0.5 },
		{ .struct_size = sizeof samples[0],
			.labels = none,
			.value = 4.5,
			.bounds = bounds,
			.counts = counts,
			.bound_count = 1 } };

	(void)kernel;
	if (visit(user, &calls, &samples[0]) && visit(user, &calls, &samples[1]))
		visit(user, &took, &samples[2]);
}

json_t *sp_kernel_services_new(sp_kernel *kernel)
{
	(void)kernel;
	return json_pack("[{s:s}]", "contract", "IDictionary/1");
}

json_t *sp_kernel_graph_new(sp_kernel *kernel)
{
	(void)kernel;
	return json_pack("{s:[], s:[]}", "nodes", "edges");
}

json_t *sp_kernel_why_new(sp_kernel *kernel, const char *effect, struct sp_error *error)
{
	(void)kernel;
	if (strcmp(effect, "greeter.announce") == 0)
		return json_pack("{s:s, s:[]}", "effect", effect, "chain");
	sp_error_set(error, SP_NOT_FOUND, "there is no effect %s", effect);
	return NULL;
}

/* A watch of the trace. Records are numbers alone, up to kit.traced. */
struct sp_trace_watch {
	void (*told)(void *user);
	void *user;
};

sp_trace_watch *sp_kernel_trace_watch(sp_kernel *kernel, void (*told)(void *user), void *user)
{
	struct sp_trace_watch *watch = calloc(1, sizeof *watch);
	unsigned free_place = 0;

	(void)kernel;
	ck_assert_ptr_nonnull(watch);
	*watch = (struct sp_trace_watch){ told, user };
	while (kit.trace_watches[free_place])
		free_place++;
	kit.trace_watches[free_place] = watch;
	return watch;
}

void sp_trace_watch_destroy(sp_trace_watch *watch)
{
	for (unsigned i = 0; i < KIT_SUBSCRIPTIONS; i++) {
		if (kit.trace_watches[i] == watch)
			kit.trace_watches[i] = NULL;
	}
	free(watch);
}

uint64_t sp_kernel_trace_latest(const sp_kernel *kernel)
{
	(void)kernel;
	return kit.traced;
}

json_t *sp_kernel_trace_new(sp_kernel *kernel, uint64_t after, size_t most)
{
	json_t *records = json_array();

	(void)kernel;
	while (++after <= kit.traced && json_array_size(records) < most)
		json_array_append_new(records, json_pack("{s:I}", "number", (json_int_t)after));
	return json_pack("{s:b, s:i, s:o}", "on", kit.trace_watches[0] != NULL, "missed", 0, "records", records);
}

/* Adds records and tells every watch. */
static inline void kit_trace(unsigned count)
{
	kit.traced += count;
	for (unsigned i = 0; i < KIT_SUBSCRIPTIONS; i++) {
		if (kit.trace_watches[i] && kit.trace_watches[i]->told)
			kit.trace_watches[i]->told(kit.trace_watches[i]->user);
	}
}

static inline unsigned kit_trace_watch_count(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < KIT_SUBSCRIPTIONS; i++)
		count += kit.trace_watches[i] != NULL;
	return count;
}

enum sp_kernel_state sp_kernel_state(const sp_kernel *kernel)
{
	(void)kernel;
	return kit.state;
}

void sp_kernel_drain(sp_kernel *kernel)
{
	(void)kernel;
	kit_note("drain", NULL);
}

sp_status sp_kernel_retry(sp_kernel *kernel, const char *instance, struct sp_error *error)
{
	(void)kernel;
	kit_note("retry", instance);
	return kit.answer == SP_OK ? SP_OK : sp_error_set(error, kit.answer, "%s is not errored", instance);
}

void sp_kernel_ask_health(sp_kernel *kernel, const char *instance, sp_health_told told, void *user)
{
	struct sp_error error = { 0 };

	(void)kernel;
	kit_note("ask", instance);
	kit.health_told = told;
	kit.health_user = user;
	if (kit.answer != SP_OK)
		sp_error_set(&error, kit.answer, "%s feels ill", instance);
	if (!kit.later)
		told(user, instance, kit.answer, &error);
}

sp_status sp_kernel_set_properties(sp_kernel *kernel, const char *name, const json_t *patch, struct sp_error *error)
{
	(void)kernel;
	(void)patch;
	kit_note("properties", name);
	return kit.answer == SP_OK ? SP_OK : sp_error_set(error, kit.answer, "no");
}

sp_status sp_kernel_publish(sp_kernel *kernel, const char *type, json_t *data)
{
	(void)kernel;
	kit_note("publish", type);
	json_decref(data);
	return kit.answer;
}

json_t *sp_kernel_dead_letters_new(sp_kernel *kernel)
{
	(void)kernel;
	return json_pack("[{s:i, s:s}]", "id", 7, "target", "clerk.take");
}

sp_status sp_kernel_dead_letter_replay(sp_kernel *kernel, int64_t id, struct sp_error *error)
{
	char number[24];

	(void)kernel;
	snprintf(number, sizeof number, "%lld", (long long)id);
	kit_note("replay", number);
	return kit.answer == SP_OK ? SP_OK : sp_error_set(error, kit.answer, "clerk.take is not there");
}

size_t sp_kernel_dead_letters_purge(sp_kernel *kernel)
{
	(void)kernel;
	kit_note("purge", NULL);
	return 3;
}

sp_subscription *sp_kernel_subscribe(sp_kernel *kernel, const char *pattern,
	void (*receive)(void *user, const sp_event *event), void *user)
{
	struct sp_subscription *subscription = calloc(1, sizeof *subscription);
	unsigned free_place = 0;

	(void)kernel;
	ck_assert_ptr_nonnull(subscription);
	subscription->receive = receive;
	subscription->user = user;
	snprintf(subscription->pattern, sizeof subscription->pattern, "%s", pattern);
	while (kit.subscriptions[free_place])
		free_place++;
	kit.subscriptions[free_place] = subscription;
	return subscription;
}

void sp_subscription_destroy(sp_subscription *subscription)
{
	for (unsigned i = 0; i < KIT_SUBSCRIPTIONS; i++) {
		if (kit.subscriptions[i] == subscription)
			kit.subscriptions[i] = NULL;
	}
	free(subscription);
}

/* Publishes to every watch. */
static inline void kit_publish(const char *type, json_t *data)
{
	const sp_event event = { .struct_size = sizeof event,
		.type = type,
		.data = data,
		.source = "greeter",
		.time_ms = 1700000000123 };

	for (unsigned i = 0; i < KIT_SUBSCRIPTIONS; i++) {
		if (kit.subscriptions[i])
			kit.subscriptions[i]->receive(kit.subscriptions[i]->user, &event);
	}
	json_decref(data);
}

static inline unsigned kit_subscription_count(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < KIT_SUBSCRIPTIONS; i++)
		count += kit.subscriptions[i] != NULL;
	return count;
}

/* ---- plugins ----------------------------------------------------------------------------------------------------- */

static void kit_plugins(const char *what, const char *name, plugins_done done, void *user)
{
	kit_note(what, name);
	kit.plugins_done = done;
	kit.plugins_user = user;
}

/* The plugins are done with what was asked last. */
static inline void kit_plugins_finish(sp_status status)
{
	json_t *result = json_pack("{s:s, s:s}", "name", "greeter", "state", "active");
	struct sp_error error = { 0 };

	if (status == SP_OK) {
		kit.plugins_done(kit.plugins_user, SP_OK, result, NULL);
	} else {
		sp_error_set(&error, status, "the file is truncated");
		kit.plugins_done(kit.plugins_user, status, NULL, &error);
	}
	json_decref(result);
}

void plugins_load(struct plugins *plugins, const char *path, plugins_done done, void *user)
{
	(void)plugins;
	kit_plugins("load", path, done, user);
}

void plugins_unload(struct plugins *plugins, const char *name, plugins_done done, void *user)
{
	(void)plugins;
	kit_plugins("unload", name, done, user);
}

void plugins_update(struct plugins *plugins, const char *name, const char *path, plugins_done done, void *user)
{
	(void)plugins;
	(void)name;
	kit_plugins("update", path, done, user);
}

void plugins_retry(struct plugins *plugins, const char *name, plugins_done done, void *user)
{
	(void)plugins;
	kit_plugins("retry", name, done, user);
}

void plugins_rescan(struct plugins *plugins)
{
	(void)plugins;
	kit.rescans++;
}

json_t *plugins_list_new(const struct plugins *plugins)
{
	(void)plugins;
	return json_pack("[{s:s, s:s}, {s:s, s:s, s:s}]", "name", "greeter", "state", "active", "path", "/x.so",
		"state", "refused", "error", "no");
}

json_t *plugins_inspect_new(const struct plugins *plugins, const char *name)
{
	(void)plugins;
	return strcmp(name, "greeter") == 0 ? json_pack("{s:s}", "name", "greeter") : NULL;
}

/* ---- configuration ----------------------------------------------------------------------------------------------- */

json_t *configuration_show_new(const struct configuration *configuration, bool reveal)
{
	(void)configuration;
	return json_pack("{s:{s:i, s:s}, s:{s:s, s:s}, s:{s:s, s:s}}", kit.renamed ? "b.port" : "a.port", "value", 1,
		"origin", "main.json", "a.token", "value", reveal ? "hunter2" : "(secret)", "origin", "run time", "ab",
		"value", "x", "origin", "default");
}

const json_t *configuration_get(const struct configuration *configuration, const char *path)
{
	static json_t *kept;

	(void)configuration;
	json_decref(kept);
	kept = NULL;
	if (strcmp(path, "a") == 0)
		kept = json_pack("{s:i, s:s}", "port", 1, "token", "hunter2");
	else if (strcmp(path, "a.token") == 0)
		kept = json_string("hunter2");
	else if (strcmp(path, "auth.local") == 0 && kit.local)
		kept = json_loads(kit.local, 0, NULL);
	return kept;
}

sp_status configuration_set(struct configuration *configuration, const char *path, json_t *value,
	struct sp_error *error)
{
	char *text = json_dumps(value, JSON_ENCODE_ANY);

	(void)configuration;
	kit_note(path, text);
	free(text);
	json_decref(value);
	if (kit.answer == SP_OK)
		return SP_OK;
	sp_error_set(error, kit.answer, "must be a number");
	strcpy(error->pointer, "/a/port");
	return kit.answer;
}

sp_status configuration_patch(struct configuration *configuration, const char *path, const json_t *patch,
	struct sp_error *error)
{
	return configuration_set(configuration, path, json_incref((json_t *)patch), error);
}

bool configuration_is_run_time(const struct configuration *configuration, const char *path)
{
	(void)configuration;
	return strcmp(path, "instances.guest") == 0;
}

sp_status configuration_unset(struct configuration *configuration, const char *path, struct sp_error *error)
{
	(void)configuration;
	kit_note("unset", path);
	return kit.answer == SP_OK ? SP_OK : sp_error_set(error, kit.answer, "%s was not set", path);
}

static sp_status kit_report(json_t **ret_report)
{
	*ret_report = json_pack("{s:b, s:[{s:s, s:s}]}", "ok", kit.answer == SP_OK, "faults", "file", "main.json",
		"message", "a comma is missing");
	return kit.answer;
}

sp_status configuration_reload(struct configuration *configuration, json_t **ret_report)
{
	(void)configuration;
	kit_note("reload", NULL);
	return kit_report(ret_report);
}

sp_status configuration_check(struct configuration *configuration, json_t **ret_report)
{
	(void)configuration;
	return kit_report(ret_report);
}

json_t *configuration_faults_new(const struct configuration *configuration)
{
	(void)configuration;
	return json_pack("[{s:s}]", "message", "a comma is missing");
}

#endif
