/* jwt.c: reads a token, has its signature verified, and judges what it claims. */
#include "jwt.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base64url.h"
#include "names.h"

enum { HEADER, CLAIMS, SIGNATURE, PARTS };

/* The three parts, decoded one behind the other. */
struct parts {
	sp_bytes decoded[PARTS];
	sp_bytes signed_text;
	unsigned char bytes[JWT_MOST];
};

static bool split(const char *token, struct parts *parts)
{
	unsigned char *out = parts->bytes;

	for (int i = 0; i < PARTS; i++) {
		size_t length = strcspn(token, ".");

		if (!base64url_decode(token, length, out, &parts->decoded[i].size) ||
			(token[length] == '.') != (i < SIGNATURE))
			return false;
		parts->decoded[i].data = out;
		out += parts->decoded[i].size;
		token += length + 1;
	}
	return true;
}

static json_t *object_new(sp_bytes text)
{
	json_t *json = json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES, NULL);

	if (json_is_object(json))
		return json;
	json_decref(json);
	return NULL;
}

static sp_status refuse(struct sp_error *error, const char *why)
{
	return sp_error_set(error, SP_UNAUTHENTICATED, "%s", why);
}

/* ---- the header ------------------------------------------------------------------------------------------------- */

/* Whether it is a token of the kind that is meant for servers; as a media type it may be written in full (RFC 7515,
 * 4.1.9). */
static bool is_right_type(const json_t *type)
{
	static const char prefix[] = "application/";
	const char *text = json_string_value(type);

	if (text && strncasecmp(text, prefix, sizeof prefix - 1) == 0)
		text += sizeof prefix - 1;
	return !type || (text && (strcasecmp(text, "JWT") == 0 || strcasecmp(text, "at+jwt") == 0));
}

static sp_status judge_header(const struct keys *keys, const json_t *header, const struct parts *parts,
	struct sp_error *error)
{
	const char *algorithm = json_string_value(json_object_get(header, "alg"));
	const json_t *name = json_object_get(header, "kid");
	const sp_bytes texts[2] = { parts->signed_text, parts->decoded[SIGNATURE] };

	if (!algorithm || (name && !json_is_string(name)) || !is_right_type(json_object_get(header, "typ")))
		return refuse(error, "the token's header is not right");
	if (json_object_get(header, "crit"))
		return refuse(error, "the token demands what is not known here");
	return keys_verify(keys, json_string_value(name), algorithm, texts, error);
}

/* ---- the claims ------------------------------------------------------------------------------------------------- */

static bool is_text(const json_t *value, const char *text)
{
	return json_is_string(value) && strcmp(json_string_value(value), text) == 0;
}

static bool is_for(const json_t *audience, const char *own)
{
	const json_t *item;
	size_t i;

	json_array_foreach(audience, i, item)
		if (is_text(item, own))
			return true;
	return is_text(audience, own);
}

static sp_status judge_times(const struct jwt_rules *rules, const json_t *claims, struct sp_error *error)
{
	const json_t *expiry = json_object_get(claims, "exp"), *begin = json_object_get(claims, "nbf");

	if (!json_is_number(expiry) || (begin && !json_is_number(begin)))
		return refuse(error, "the token does not say until when it is valid");
	if ((double)(rules->now - rules->leeway) >= json_number_value(expiry))
		return refuse(error, "the token has expired");
	if (begin && (double)(rules->now + rules->leeway) < json_number_value(begin))
		return refuse(error, "the token is not valid yet");
	return SP_OK;
}

static sp_status judge_claims(const struct jwt_rules *rules, const json_t *claims, struct sp_error *error)
{
	const char *subject = json_string_value(json_object_get(claims, "sub"));

	if (!is_text(json_object_get(claims, "iss"), rules->issuer))
		return refuse(error, "the token is from another issuer");
	if (!is_for(json_object_get(claims, "aud"), rules->audience))
		return refuse(error, "the token is for another audience");
	if (!subject || !*subject)
		return refuse(error, "the token does not say whose it is");
	if (!name_is_good(subject))
		return refuse(error, "the token's subject is no name that a caller may have");
	return judge_times(rules, claims, error);
}

/* ---- a token ---------------------------------------------------------------------------------------------------- */

/* The claims are not looked at before the signature is right. */
static json_t *read_claims(const struct jwt_rules *rules, const struct parts *parts, struct sp_error *error)
{
	json_t *header = object_new(parts->decoded[HEADER]), *claims = NULL;
	sp_status status = header ? judge_header(rules->keys, header, parts, error)
				  : refuse(error, "the token's header is not right");

	json_decref(header);
	if (status != SP_OK)
		return NULL;
	claims = object_new(parts->decoded[CLAIMS]);
	if (claims && judge_claims(rules, claims, error) == SP_OK)
		return claims;
	if (!claims)
		refuse(error, "the token's claims are not right");
	json_decref(claims);
	return NULL;
}

json_t *jwt_claims_new(const struct jwt_rules *rules, const char *token, struct sp_error *error)
{
	const char *last = strrchr(token, '.');
	struct parts *parts;
	json_t *claims = NULL;

	if (!last || strnlen(token, JWT_MOST + 1) > JWT_MOST) {
		refuse(error, "this is no token");
		return NULL;
	}
	parts = malloc(sizeof *parts);
	if (!parts) {
		sp_error_set(error, SP_NO_MEMORY, "out of memory");
		return NULL;
	}
	parts->signed_text = (sp_bytes){ token, (size_t)(last - token) };
	if (split(token, parts))
		claims = read_claims(rules, parts, error);
	else
		refuse(error, "this is no token");
	free(parts);
	return claims;
}
