/* spell-checker: checks words with every dictionary there is, or with the one of a language. */
#include <examples/dictionary.h>
#include <signalpy/component.h>
#include <signalpy/logger.h>

SP_RECORD(text,
	(array(string), words, .required = true, .max_items = 1000, .about = "what to check"),
	(string, language, .pattern = "^[A-Z][A-Z]$", .example = "\"EN\"", .about = "of one dictionary; all when absent"));

SP_RECORD(mistakes,
	(array(string), unknown, .about = "the words that no dictionary knows"));

SP_COMPONENT(spell_checker,
	(about,    "Checks spelling.", .name_space = "examples"),
	(one,      dictionary, first),
	(all,      dictionary, dictionaries),
	(map,      dictionary, by_language, .by = "language"),
	(optional, sp_logger,  log),
	(computed, integer,    count),
	(effect,   announce),
	(runnable, check, text, mistakes, .read_only = true, .about = "Finds the words that are misspelt."));

static int64_t spell_checker_count(const struct spell_checker *self)
{
	int64_t count = 0;

	sp_each(dictionary, d, self->dictionaries)
		count++;
	return count;
}

static sp_status spell_checker_announce(struct spell_checker *self)
{
	return sp_info(self->log, "dictionaries: %d", (int)sp_get(self->count));
}

static bool is_known(struct spell_checker *self, const char *word)
{
	sp_each(dictionary, d, self->dictionaries)
		if (d->knows(d, word))
			return true;
	return false;
}

static sp_status spell_checker_check(struct spell_checker *self, const struct text *in, struct mistakes *out)
{
	const struct dictionary *one = in->language ? sp_at(self->by_language, in->language) : NULL;

	if (in->language && !one)
		return sp_fail(self->rt, SP_NOT_FOUND, "no dictionary for %s", in->language);
	for (size_t i = 0; i < in->words.count; i++) {
		const char *word = in->words.items[i];

		if (one ? !one->knows(one, word) : !is_known(self, word))
			sp_append(self->rt, &out->unknown, word);
	}
	return SP_OK;
}

SP_PLUGIN(spell_checker, "1.0.0", spell_checker);
