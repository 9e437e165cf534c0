/*
 * papers.h: IPad/1, of which every consumer has a sheet of its own, and who offers and uses it. stationer (ranking 10)
 * and bureau (20) offer it; archive, in two versions, too, and carries state over. ada needs one, bob has every shape,
 * cyd wants white paper or none, eve lists, gus leases, hal reads in a worker. left and right are bound to each other.
 * The diary has "stationer>ada" when a sheet is made, and "stationer<ada" when it is released.
 */
#ifndef TESTS_PAPERS_H
#define TESTS_PAPERS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "voices.h"

/* What a consumer writes in a sheet of its own. */
struct pad {
	struct sp_service service;
	void (*write)(const struct pad *pad, const char *text);
	const char *(*read)(const struct pad *pad);
};
SP_CONTRACT(pad, "IPad", 1);

struct sheet {
	char owner[32], text[64];
};

/* Whom the providers refuse, and how; what is in use. */
enum refusal { REFUSED, WITHOUT_WORDS, NOTHING_MADE, LATER, COMPUTED_FAILS, NO_MEMORY };
static struct {
	const char *whom, *by;
	enum refusal how;
	int in_use;
} fault;

/* clang-format off */
#define STATIONER_DECLARED(C, rank_, ...) \
	SP_COMPONENT(C, \
		(provide_each, pad, sheet, .ranking = rank_), \
		(property, string, paper, .otherwise = "white"), \
		(signal, integer, made), \
		(computed, integer, torn), \
		(activate), \
		(deactivate), \
		(runnable, recolour, words, nothing), \
		(runnable, count, nothing, number), __VA_ARGS__)
STATIONER_DECLARED(stationer, 10, (member, int, unused));
STATIONER_DECLARED(bureau, 20, (member, int, unused));
STATIONER_DECLARED(archive_one, 10, (state, number, 1));
STATIONER_DECLARED(archive_two, 10, (state, number, 1));

#define CLERK_DECLARED(C, ...) \
	SP_COMPONENT(C, __VA_ARGS__, \
		(activate), (deactivate), (runnable, write, words, nothing), (runnable, read, nothing, words))
CLERK_DECLARED(ada, (one, pad, pad));
CLERK_DECLARED(bob, (one, pad, pad), (optional, pad, maybe), (all, pad, pads), (map, pad, papers, .by = "paper"));
CLERK_DECLARED(cyd, (optional, pad, pad, .filter = "(paper=white)"));
SP_COMPONENT(eve, (all, pad, pads), (effect, look));
SP_COMPONENT(gus,
	(optional, pad, pad, .filter = "(paper=white)"),
	(member, const struct pad *, kept),
	(runnable, keep, nothing, words),
	(runnable, read, nothing, words),
	(runnable, give_back, nothing, nothing));
SP_COMPONENT(hal, (one, pad, pad), (blocking, read, nothing, words));
SP_COMPONENT(left, (provide_each, pad, sheet), (optional, pad, other), (activate), (deactivate));
SP_COMPONENT(right, (provide_each, pad, sheet), (optional, pad, other), (activate), (deactivate));
/* clang-format on */

static sp_status refuse(sp_runtime *rt, int64_t torn, struct sheet **ret_sheet)
{
	switch (fault.how) {
	case REFUSED:
		return sp_fail(rt, SP_CONFLICT, "no paper for %s", sp_format(rt, "%s", fault.whom));
	case WITHOUT_WORDS:
		return SP_FAILED;
	case NOTHING_MADE:
		return SP_OK;
	case NO_MEMORY:
		return SP_NO_MEMORY;
	default:
		fault.in_use++;
		*ret_sheet = calloc(1, sizeof **ret_sheet);
		return fault.how == LATER ? SP_LATER : torn ? SP_FAILED : SP_OK;
	}
}

static sp_status take_sheet(const char *provider, const char *consumer, struct sheet **ret_sheet)
{
	*ret_sheet = calloc(1, sizeof **ret_sheet);
	ck_assert_ptr_nonnull(*ret_sheet);
	snprintf((*ret_sheet)->owner, sizeof(*ret_sheet)->owner, "%s", consumer);
	fault.in_use++;
	diary_add("%s>%s", provider, consumer);
	return SP_OK;
}

static void end_sheet(const char *provider, struct sheet *sheet)
{
	if (sheet->owner[0])
		diary_add("%s<%s", provider, sheet->owner);
	fault.in_use--;
	free(sheet);
}

#define SHEETS_DEFINED(C) \
	static void C##_pad_release(SP_UNUSED struct C *self, struct sheet *object) \
	{ \
		end_sheet(#C, object); \
	} \
	static void C##_write(const struct pad *pad, const char *text) \
	{ \
		struct sheet *sheet = C##_pad_object(pad); \
\
		snprintf(sheet->text, sizeof sheet->text, "%s", text); \
	} \
	static const char *C##_read(const struct pad *pad) \
	{ \
		return C##_pad_object(pad)->text; \
	} \
	SP_SERVICE(C, pad, .write = C##_write, .read = C##_read); \
	static sp_status C##_activate(SP_UNUSED struct C *self) \
	{ \
		diary_add("+" #C); \
		return SP_OK; \
	} \
	static sp_status C##_deactivate(SP_UNUSED struct C *self) \
	{ \
		diary_add("-" #C); \
		return SP_OK; \
	}

#define STATIONER_DEFINED(C) \
	static sp_status C##_pad_create(struct C *self, const char *consumer, struct sheet **ret_object) \
	{ \
		bool refused = fault.whom && strcmp(fault.whom, consumer) == 0; \
\
		if (refused && (!fault.by || strcmp(fault.by, #C) == 0)) \
			return refuse(self->rt, fault.how == COMPUTED_FAILS ? sp_get(self->torn) : 0, ret_object); \
		sp_set(self->made, sp_get(self->made) + 1); \
		return take_sheet(#C, consumer, ret_object); \
	} \
	SHEETS_DEFINED(C) \
	static int64_t C##_torn(const struct C *self) \
	{ \
		return sp_fail(self->rt, SP_FAILED, "torn"); \
	} \
	static sp_status C##_recolour(struct C *self, const struct words *in) \
	{ \
		return sp_set(self->paper, in->text); \
	} \
	static sp_status C##_count(struct C *self, struct number *out) \
	{ \
		out->value = sp_get(self->made); \
		return SP_OK; \
	}

#define ARCHIVE_DEFINED(C) \
	static sp_status C##_snapshot(struct C *self, struct number *out) \
	{ \
		out->value = sp_peek(self->made); \
		return SP_OK; \
	} \
	static sp_status C##_restore(struct C *self, const struct number *in) \
	{ \
		diary_add("restore"); \
		return sp_set(self->made, in->value); \
	}

#define CLERK_DEFINED(C) \
	static sp_status C##_activate(struct C *self) \
	{ \
		diary_add("+" #C); \
		if (sp_get(self->pad)) \
			sp_get(self->pad)->write(sp_get(self->pad), #C); \
		return SP_OK; \
	} \
	static sp_status C##_deactivate(struct C *self) \
	{ \
		diary_add("-" #C "%s", sp_get(self->pad) ? sp_get(self->pad)->read(sp_get(self->pad)) : ""); \
		return SP_OK; \
	} \
	static sp_status C##_write(struct C *self, const struct words *in) \
	{ \
		sp_get(self->pad)->write(sp_get(self->pad), in->text); \
		return SP_OK; \
	} \
	static sp_status C##_read(struct C *self, struct words *out) \
	{ \
		out->text = sp_get(self->pad) ? sp_get(self->pad)->read(sp_get(self->pad)) : "nothing"; \
		return SP_OK; \
	}

#define PEER_DEFINED(C) \
	static sp_status C##_pad_create(SP_UNUSED struct C *self, const char *consumer, struct sheet **ret_object) \
	{ \
		return take_sheet(#C, consumer, ret_object); \
	} \
	SHEETS_DEFINED(C)

STATIONER_DEFINED(stationer)
STATIONER_DEFINED(bureau)
STATIONER_DEFINED(archive_one)
STATIONER_DEFINED(archive_two)
ARCHIVE_DEFINED(archive_one)
ARCHIVE_DEFINED(archive_two)
CLERK_DEFINED(ada)
CLERK_DEFINED(bob)
CLERK_DEFINED(cyd)
PEER_DEFINED(left)
PEER_DEFINED(right)

static sp_status eve_look(struct eve *self)
{
	size_t count = 0;

	sp_each(pad, pad, self->pads)
		count++;
	diary_add("eve:%zu", count);
	return SP_OK;
}

static sp_status gus_keep(struct gus *self, struct words *out)
{
	sp_get(self->pad)->write(sp_get(self->pad), "kept");
	self->kept = sp_lease(self->rt, sp_get(self->pad));
	out->text = self->kept->read(self->kept);
	return SP_OK;
}

static sp_status gus_read(struct gus *self, struct words *out)
{
	out->text = self->kept->read(self->kept);
	return SP_OK;
}

static sp_status gus_give_back(struct gus *self)
{
	sp_lease_release(self->rt, self->kept);
	return SP_OK;
}

static sp_status hal_read(const struct hal *self, SP_UNUSED sp_call *call, struct words *out)
{
	sp_peek(self->pad)->write(sp_peek(self->pad), "worker");
	out->text = sp_peek(self->pad)->read(sp_peek(self->pad));
	return SP_OK;
}

KIT_PLUGIN(stationer, &stationer_component);
KIT_VERSION(stationer_again, stationer, "2.0.0", &stationer_component);
KIT_PLUGIN(bureau, &bureau_component);
KIT_PLUGIN(ada, &ada_component);
KIT_VERSION(ada_again, ada, "2.0.0", &ada_component);
KIT_PLUGIN(bob, &bob_component);
KIT_PLUGIN(cyd, &cyd_component);
KIT_PLUGIN(eve, &eve_component);
KIT_PLUGIN(gus, &gus_component);
KIT_PLUGIN(hal, &hal_component);
KIT_PLUGIN(left, &left_component);
KIT_PLUGIN(right, &right_component);
KIT_PLUGIN(office, &ada_component, &stationer_component);
KIT_VERSION(office_again, office, "2.0.0", &ada_component, &stationer_component);

static struct sp_component archive, next_archive; /* archive_one and archive_two under one name */
KIT_PLUGIN(archive, &archive);
KIT_VERSION(archive_again, archive, "2.0.0", &next_archive);

#endif
