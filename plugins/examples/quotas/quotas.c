/* quotas: each component that asks for a quota has one of its own; postcards and parcels ask. */
#include <examples/quota.h>
#include <signalpy/component.h>
#include <signalpy/logger.h>
#include <stdlib.h>

enum { MINUTE = 60000 };

SP_RECORD(quotas_settings,
	(integer, per_minute, .otherwise = 3, .min = 0, .about = "how many each consumer may take"));

struct budget { /* of one consumer */
	int64_t used, since;
};

SP_COMPONENT(quotas,
	(about,        "Lets every consumer do something so many times a minute.", .name_space = "examples"),
	(settings,     quotas_settings, settings),
	(optional,     sp_logger, log),
	(provide_each, quota, budget));

static sp_status quotas_quota_create(struct quotas *self, const char *consumer, struct budget **ret_object)
{
	struct budget *budget = calloc(1, sizeof *budget);

	if (!budget)
		return sp_fail(self->rt, SP_NO_MEMORY, "out of memory");
	budget->since = sp_now_ms(self->rt);
	sp_info(self->log, "%s has a budget", consumer);
	*ret_object = budget;
	return SP_OK;
}

static void quotas_quota_release(struct quotas *self, struct budget *budget)
{
	sp_info(self->log, "a budget of which %d were used is given back", (int)budget->used);
	free(budget);
}

static int64_t quotas_left(const struct quota *quota)
{
	const struct quotas *self = sp_self(quotas, quota);
	struct budget *budget = quotas_quota_object(quota);
	int64_t now = sp_now_ms(self->rt);

	if (now - budget->since >= MINUTE)
		*budget = (struct budget){ .since = now };
	return sp_get(self->settings.per_minute) - budget->used;
}

static bool quotas_take(const struct quota *quota)
{
	bool is_left = quotas_left(quota) > 0;

	quotas_quota_object(quota)->used += is_left;
	return is_left;
}

SP_SERVICE(quotas, quota, .take = quotas_take, .left = quotas_left);

SP_RECORD(sent,
	(integer, left, .about = "how many may be sent in this minute"));

SP_COMPONENT(postcards,
	(about,    "Sends postcards.", .name_space = "examples"),
	(one,      quota, quota),
	(runnable, send, nothing, sent, .about = "Sends one postcard."));

SP_COMPONENT(parcels,
	(about,    "Sends parcels.", .name_space = "examples"),
	(one,      quota, quota),
	(runnable, send, nothing, sent, .about = "Sends one parcel."));

static sp_status send_one(sp_runtime *rt, const struct quota *quota, struct sent *out)
{
	if (!quota->take(quota))
		return sp_fail(rt, SP_UNAVAILABLE, "nothing is left of this minute's quota; try again later");
	out->left = quota->left(quota);
	return SP_OK;
}

static sp_status postcards_send(struct postcards *self, struct sent *out)
{
	return send_one(self->rt, sp_get(self->quota), out);
}

static sp_status parcels_send(struct parcels *self, struct sent *out)
{
	return send_one(self->rt, sp_get(self->quota), out);
}

SP_PLUGIN(quotas, "1.0.0", quotas, postcards, parcels);
