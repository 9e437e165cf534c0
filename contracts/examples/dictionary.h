/* dictionary.h: the contract between dictionaries and spell checkers: one header, and nothing else, ties two
 * plugins. */
#ifndef EXAMPLES_DICTIONARY_H
#define EXAMPLES_DICTIONARY_H

#include <signalpy/value.h>

/* A provider also has a property language ("EN"). */
struct dictionary {
	struct sp_service service;

	/* Whether the dictionary knows a word, in lower case. [loop] */
	bool (*knows)(const struct dictionary *dictionary, const char *word);
};
SP_CONTRACT(dictionary, "IDictionary", 1);

#endif
