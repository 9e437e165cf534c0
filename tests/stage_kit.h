/*
 * stage_kit.h: a kernel with bell, gong and town on which a scenario is played while memory runs out, and what must
 * hold afterwards. For check_allocation.c.
 */
#ifndef TESTS_STAGE_KIT_H
#define TESTS_STAGE_KIT_H

#include "town_kit.h"

enum { STAGE_CALLS = 5 };

/* What the kernel has of each. */
enum census_of {
	OF_PLUGINS,
	OF_FACTORIES,
	OF_INSTANCES,
	OF_BODIES,
	OF_SERVICES,
	OF_ADDRESSES,
	OF_PATHS,
	OF_NODES,
	CENSUS
};
struct census {
	uint64_t of[CENSUS];
};

/* A call, and what became of it; noting it takes no memory. */
struct asked {
	unsigned times;
	sp_status status;
	char text[TOWN_TEXT]; /* of the result, or the error's message */
};

struct stage {
	long count; /* how many allocations succeed before one fails; below 0 none fails */
	bool lasting; /* all that follow fail too */
	sp_testing *world;
	sp_kernel *kernel;
	sp_plugin_handle *bell, *gong, *town;
	unsigned bell_gone, gong_gone, town_gone;
	struct census before;
	sp_status status; /* of what the scenario did */
	struct asked asked[STAGE_CALLS];
	json_t *tree, *faults; /* of a configuration: stolen; destroyed with the stage */
	sp_node *setting;
	unsigned accepted; /* events */
	unsigned done, refused; /* how often the end, and the gone of a refused plugin, were told */
	sp_status replaced;
};

/* What happens before memory runs out, while it does, and when it is back. */
struct scenario {
	void (*prepare)(struct stage *stage);
	void (*act)(struct stage *stage);
	void (*judge)(struct stage *stage);
};

/* Plays a scenario with every single allocation failing in turn, and with all failing from each of them on; first with
 * none, to know how it must end. */
void stage_sweep(const struct scenario *scenario);

/* Fails the test unless it holds; tells which allocation failed. */
void stage_expect(const struct stage *stage, bool holds, const char *what);
void stage_expect_text(const struct stage *stage, const char *is, const char *should);

/* Counts, and compares: with a census, or with what there is at the end when nothing fails. */
struct census stage_count(const struct stage *stage);
void stage_expect_census(const struct stage *stage, const struct census *should);
void stage_expect_after(const struct stage *stage);

/* Adds a plugin and turns; its handle, and the count of its gone. */
sp_status stage_add(struct stage *stage, const struct sp_plugin *plugin, sp_plugin_handle **ret_plugin, unsigned *gone);

/* Adds what must be accepted: bell; and town; and gong. */
void stage_settle_bell(struct stage *stage);
void stage_settle_town(struct stage *stage);
void stage_settle_gong(struct stage *stage);

/* Begins a call. */
void stage_ask(struct stage *stage, struct asked *asked, const char *address, const char *params);

/* Calls, turns and answers the text, until the next; the call must succeed. */
const char *stage_tell(struct stage *stage, const char *address, const char *params);

/* What is errored is tried again, and what could not follow has had its second. */
void stage_recover(struct stage *stage);

/* Recovers; then everything must work, town describe itself by sign, rest and voices, and its effects have seen sign
 * and voices. */
void stage_expect_whole(struct stage *stage, const char *sign, const char *rest, const char *voices);

#endif
