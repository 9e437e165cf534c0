/* dictionary-fr: knows a few French words, and those that its configuration adds. */
#include <examples/dictionary.h>
#include <signalpy/component.h>
#include <string.h>

SP_RECORD(dictionary_settings,
	(array(string), words, .about = "words to know beside its own"));

SP_COMPONENT(dictionary_fr,
	(about,    "Knows French words.", .name_space = "examples"),
	(settings, dictionary_settings, settings),
	(property, string, language, .otherwise = "FR", .about = "of the words"),
	(provide,  dictionary));

static const char *const own_words[] = { "bonjour", "bon", "ceci", "est", "le", "monde", "mot", "un" };

static bool lists(const char *const *words, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

/* Read inside a consumer's effect, the settings are that effect's dependencies too. */
static bool dictionary_fr_knows(const struct dictionary *dictionary, const char *word)
{
	const struct dictionary_fr *self = sp_self(dictionary_fr, dictionary);

	return lists(own_words, sizeof own_words / sizeof own_words[0], word) ||
		lists(sp_get(self->settings.words).items, sp_get(self->settings.words).count, word);
}

SP_SERVICE(dictionary_fr, dictionary, .knows = dictionary_fr_knows);

SP_PLUGIN(dictionary_fr, "1.0.0", dictionary_fr);
