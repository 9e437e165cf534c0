/* quota.h: the contract between those who may do something only so often and whoever counts it. */
#ifndef EXAMPLES_QUOTA_H
#define EXAMPLES_QUOTA_H

#include <signalpy/value.h>

/* Each consumer has a quota of its own. */
struct quota {
	struct sp_service service;

	/* Takes one, and answers whether there was one left. [loop] */
	bool (*take)(const struct quota *quota);

	/* How many are left. [loop] */
	int64_t (*left)(const struct quota *quota);
};
SP_CONTRACT(quota, "IQuota", 1);

#endif
