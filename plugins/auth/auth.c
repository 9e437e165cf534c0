/* auth: knows callers by static tokens and JSON Web Tokens, and what their roles may do. */
#include "jwt.h"
#include "roles.h"
#include "tokens.h"

#include <signalpy/component.h>
#include <signalpy/logger.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

SP_RECORD(auth_jwt,
	(string,  issuer, .about = "what the claim iss must be"),
	(string,  audience, .about = "what the claim aud must be, or hold"),
	(integer, leeway_s, .otherwise = 60, .min = 0, .max = 600, .about = "by how many seconds clocks may differ"),
	(string,  roles_claim, .otherwise = "roles", .about = "the claim with the roles: a list, or text with spaces"),
	(any,     keys, .about = "a key for each name (kid): {algorithm, and key, secret or file}"));

SP_RECORD(auth_local,
	(any,     users, .about = "for each user of this system a list of roles"),
	(any,     groups, .about = "for each group of this system a list of roles"));

SP_RECORD(auth_settings,
	(boolean, required, .about = "whether every call from outside needs an identity"),
	(any,     tokens, .about = "a token for each name: {sha256, roles}; signalctl token new makes one"),
	(any,     roles, .about = "for each role a list of the actions that it may do, with wildcards"),
	(record(auth_local), local),
	(record(auth_jwt), jwt));

SP_RECORD(token_wish,
	(string,  name, .required = true, .max_length = 64, .pattern = "^[a-z][a-z0-9_-]*$", .about = "whose token it is"),
	(array(string), role, .max_items = 64, .about = "a role that its bearer has"));

SP_RECORD(token_made,
	(string,  token, .about = "the token; it is shown this once, and kept nowhere"),
	(string,  configure, .about = "the command that makes it valid"));

SP_COMPONENT(auth,
	(about,    "Knows callers by tokens, and what they may do."),
	(settings, auth_settings, settings, .at = "auth"),
	(optional, sp_logger, log),
	(member,   struct keys *, keys),
	(member,   bool, lacks_keys), /* and nothing else is wrong */
	(member,   time_t, looked),
	(signal,   integer, mended, .about = "counts how often files of keys were there that had been missing"),
	(deactivate),
	(check,    auth_settings),
	(effect,   read_settings),
	(cli,      .prefix = "token"),
	(runnable, new, token_wish, token_made, .about = "Makes a token.", .transports = SP_CLI),
	(provide,  sp_auth));

/* ---- settings --------------------------------------------------------------------------------------------------- */

static sp_status judge(const struct auth_settings *settings, struct sp_error *error)
{
	const struct auth_jwt *jwt = &settings->jwt;
	sp_status status = tokens_check(settings->tokens, error);

	if (status == SP_OK)
		status = roles_check(settings->roles, error);
	if (status == SP_OK)
		status = roles_check_local("users", settings->local.users, error);
	if (status == SP_OK)
		status = roles_check_local("groups", settings->local.groups, error);
	if (status == SP_OK && json_object_size(jwt->keys) > 0 && (!jwt->issuer || !*jwt->issuer))
		status = sp_error_set(error, SP_INVALID,
			"auth.jwt.issuer is missing, and keys are of no use without it");
	if (status == SP_OK && json_object_size(jwt->keys) > 0 && (!jwt->audience || !*jwt->audience))
		status = sp_error_set(error, SP_INVALID,
			"auth.jwt.audience is missing, and keys are of no use without it");
	return status;
}

static sp_status make_keys(const json_t *section, struct keys **ret_keys, struct sp_error *error)
{
	return keys_create(section, getenv("CREDENTIALS_DIRECTORY"), ret_keys, error);
}

static sp_status auth_check(const struct auth *self, const struct auth_settings *next)
{
	struct sp_error error = { 0 };
	struct keys *keys = NULL;
	sp_status status = judge(next, &error);

	if (status == SP_OK)
		status = make_keys(next->jwt.keys, &keys, &error);
	keys_destroy(keys);
	return status == SP_OK ? SP_OK : sp_fail(self->rt, status, "%s", error.message);
}

/* Keys of a file are read again with every change of the section, and of the file, see look_at_files. While the section
 * is not right there are no keys, and nobody is let in. */
static sp_status auth_read_settings(struct auth *self)
{
	const struct auth_settings settings = {
		.tokens = sp_get(self->settings.tokens),
		.roles = sp_get(self->settings.roles),
		.local = { sp_get(self->settings.local.users), sp_get(self->settings.local.groups) },
		.jwt = { .issuer = sp_get(self->settings.jwt.issuer),
			.audience = sp_get(self->settings.jwt.audience),
			.keys = sp_get(self->settings.jwt.keys) },
	};
	struct sp_error error = { 0 };
	sp_status status = judge(&settings, &error);

	(void)sp_get(self->mended);
	(void)sp_get(self->settings.required);
	keys_destroy(self->keys);
	self->keys = NULL;
	self->lacks_keys = status == SP_OK;
	if (status == SP_OK)
		status = make_keys(settings.jwt.keys, &self->keys, &error);
	sp_publish(self->rt, "auth.changed", json_object());
	return status == SP_OK ? SP_OK : sp_fail(self->rt, status, "%s", error.message);
}

static sp_status auth_deactivate(struct auth *self)
{
	keys_destroy(self->keys);
	self->keys = NULL;
	return SP_OK;
}

/* ---- who it is -------------------------------------------------------------------------------------------------- */

/* What is found out about a caller lives as long as the handler that asks. */
struct texts {
	const char *const *items;
	size_t count;
};
struct identities {
	const struct sp_identity *items;
	size_t count;
};

static void add_role(struct auth *self, struct texts *roles, const char *role, size_t length)
{
	if (length)
		sp_append(self->rt, roles, sp_format(self->rt, "%.*s", (int)length, role));
}

/* A list of texts, or, as OAuth writes scopes, one text with spaces. */
static void add_roles(struct auth *self, struct texts *roles, const json_t *list)
{
	const char *text = json_string_value(list);
	const json_t *role;
	size_t i;

	json_array_foreach(list, i, role)
		if (json_is_string(role))
			add_role(self, roles, json_string_value(role), json_string_length(role));
	while (text && *text) {
		size_t length = strcspn(text, " ");

		add_role(self, roles, text, length);
		text += length + strspn(text + length, " ");
	}
}

static sp_status identify(struct auth *self, const char *name, const json_t *list,
	const struct sp_identity **ret_identity)
{
	struct texts roles = { NULL, 0 };
	struct identities kept = { NULL, 0 };

	add_roles(self, &roles, list);
	sp_append(self->rt, &roles, NULL);
	sp_append(self->rt, &kept,
		{ .struct_size = sizeof(struct sp_identity),
			.name = sp_format(self->rt, "%s", name),
			.roles = roles.items });
	if (!kept.count || !*kept.items->name)
		return SP_NO_MEMORY;
	*ret_identity = kept.items;
	return SP_OK;
}

/* Files of keys are looked at when a token comes, once a second. Those that are no keys any more change nothing; those
 * that were none from the beginning may have been mended. */
static void look_at_files(struct auth *self)
{
	bool lacked = !self->keys;
	time_t now = time(NULL);
	struct sp_error error = { 0 };
	struct keys *keys = NULL;

	if (now == self->looked)
		return;
	self->looked = now;
	if (lacked ? !self->lacks_keys : !keys_have_changed(self->keys))
		return;
	if (make_keys(sp_peek(self->settings.jwt.keys), &keys, &error) != SP_OK) {
		if (!lacked)
			sp_warning(self->log, "a file of keys has changed, and is not used: %s", error.message);
		return;
	}
	keys_destroy(self->keys);
	self->keys = keys;
	sp_info(self->log, "a file of keys has changed, and was read again");
	sp_publish(self->rt, "auth.changed", json_object());
	if (lacked)
		sp_set(self->mended, sp_peek(self->mended) + 1);
}

static sp_status judge_jwt(struct auth *self, const char *token, const struct sp_identity **ret_identity,
	struct sp_error *error)
{
	const struct jwt_rules rules = { .keys = self->keys,
		.issuer = sp_peek(self->settings.jwt.issuer),
		.audience = sp_peek(self->settings.jwt.audience),
		.leeway = sp_peek(self->settings.jwt.leeway_s),
		.now = time(NULL) };
	json_t *claims = jwt_claims_new(&rules, token, error);
	sp_status status;

	if (!claims)
		return SP_UNAUTHENTICATED;
	status = identify(self, json_string_value(json_object_get(claims, "sub")),
		json_object_get(claims, sp_peek(self->settings.jwt.roles_claim)), ret_identity);
	json_decref(claims);
	return status;
}

static sp_status judge_token(struct auth *self, const char *token, const struct sp_identity **ret_identity,
	struct sp_error *error)
{
	const json_t *roles = NULL;
	const char *name;

	look_at_files(self);
	if (!self->keys)
		return sp_error_set(error, SP_UNAUTHENTICATED,
			"nobody is known: something is wrong with the settings of auth, and signalctl status tells what");
	if (strchr(token, '.') && keys_exist(self->keys))
		return judge_jwt(self, token, ret_identity, error);
	name = *token ? tokens_find(sp_peek(self->settings.tokens), token, &roles) : NULL;
	if (!name)
		return sp_error_set(error, SP_UNAUTHENTICATED, "the token is not known");
	return identify(self, name, roles, ret_identity);
}

static sp_status auth_authenticate(const struct sp_auth *service, const char *token,
	const struct sp_identity **ret_identity, struct sp_error *error)
{
	struct auth *self = sp_self(auth, service);
	struct sp_error why = { 0 };
	sp_status status = judge_token(self, token, ret_identity, &why);

	if (status == SP_OK)
		return SP_OK;
	if (status == SP_UNAUTHENTICATED)
		sp_publish(self->rt, "auth.refused", json_pack("{s:s}", "reason", why.message));
	return sp_error_set(error, status, "%s", why.message);
}

/* ---- what it may do --------------------------------------------------------------------------------------------- */

static sp_status auth_authorize(const struct sp_auth *service, const struct sp_identity *identity,
	const struct sp_demand *demand, struct sp_error *error)
{
	struct auth *self = sp_self(auth, service);

	if (identity->privileged)
		return SP_OK;
	if (!identity->name || !*identity->name)
		return sp_error_set(error, SP_UNAUTHENTICATED, "%s is not for everybody: a token is needed",
			demand->address);
	if (!self->keys)
		return sp_error_set(error, SP_FORBIDDEN,
			"%s is for nobody: something is wrong with the settings of auth, and signalctl status tells what",
			demand->address);
	if (demand->role && !roles_have(identity, demand->role))
		return sp_error_set(error, SP_FORBIDDEN, "%s asks for the role %s, which %s has not", demand->address,
			demand->role, identity->name);
	if (demand->action && !roles_grant(sp_peek(self->settings.roles), identity, demand->action))
		return sp_error_set(error, SP_FORBIDDEN, "%s asks for the action %s, which no role of %s grants",
			demand->address, demand->action, identity->name);
	return SP_OK;
}

SP_SERVICE(auth, sp_auth, .authenticate = auth_authenticate, .authorize = auth_authorize);

/* ---- tokens ----------------------------------------------------------------------------------------------------- */

static json_t *list_of(const struct token_wish *in)
{
	json_t *list = json_array();

	for (size_t i = 0; i < in->role.count; i++)
		json_array_append_new(list, json_string(in->role.items[i]));
	return list;
}

static sp_status auth_new(struct auth *self, const struct token_wish *in, struct token_made *out)
{
	char token[TOKEN_SIZE], hash[TOKEN_HASH_SIZE];
	json_t *roles = list_of(in);
	char *text = roles_are_names(roles) ? json_dumps(roles, JSON_COMPACT) : NULL;

	json_decref(roles);
	if (!text)
		return sp_fail(self->rt, SP_INVALID, "a role's name has letters, digits, and _ . : - only");
	if (!token_make(token, hash)) {
		free(text);
		return sp_fail(self->rt, SP_FAILED, "the system has no random bits to give");
	}
	out->token = sp_format(self->rt, "%s", token);
	out->configure = sp_format(self->rt, "signalctl config set auth.tokens.%s '{\"sha256\":\"%s\",\"roles\":%s}'",
		in->name, hash, text);
	free(text);
	return SP_OK;
}

SP_PLUGIN(auth, "1.0.0", auth);
