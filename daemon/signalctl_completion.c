/*
 * signalctl_completion.c: the scripts that make a shell ask signalctl how a word goes on.
 */
#include "signalctl.h"

#include <string.h>

const char *const completion_shells[] = { "bash", "zsh", "fish", NULL };

/* What has no candidate may be a file. */
static const char *const scripts[] = {
	"# Completion of signalctl for bash.\n"
	"_signalctl()\n"
	"{\n"
	"\tlocal word about\n"
	"\tCOMPREPLY=()\n"
	"\twhile IFS=$'\\t' read -r word about; do\n"
	"\t\tprintf -v word %q \"$word\"\n"
	"\t\tCOMPREPLY+=(\"$word\")\n"
	"\tdone < <(\"$1\" complete -- \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null)\n"
	"}\n"
	"complete -o default -F _signalctl signalctl\n",

	"#compdef signalctl\n"
	"# Completion of signalctl for zsh.\n"
	"_signalctl()\n"
	"{\n"
	"\tlocal -a found\n"
	"\tfound=(\"${(@f)$($words[1] complete -- \"${(@)words[2,CURRENT]}\" 2>/dev/null)}\")\n"
	"\tfound=(\"${(@)found:#}\")\n"
	"\tif (( ${#found} == 0 )); then\n"
	"\t\t_files\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tfound=(\"${(@)found//:/\\\\:}\")\n"
	"\tfound=(\"${(@)found/$'\\t'/:}\")\n"
	"\t_describe signalctl found\n"
	"}\n"
	"if [ \"$funcstack[1]\" = _signalctl ]; then\n"
	"\t_signalctl \"$@\"\n"
	"else\n"
	"\tcompdef _signalctl signalctl\n"
	"fi\n",

	"# Completion of signalctl for fish.\n"
	"function __signalctl_complete\n"
	"\tset -l words (commandline -opc)\n"
	"\tset -l word (commandline -ct)\n"
	"\tset -l program $words[1]\n"
	"\tset -e words[1]\n"
	"\tset -l found ($program complete -- $words \"$word\" 2>/dev/null)\n"
	"\tif test (count $found) -eq 0\n"
	"\t\t__fish_complete_path \"$word\"\n"
	"\telse\n"
	"\t\tprintf '%s\\n' $found\n"
	"\tend\n"
	"end\n"
	"complete -c signalctl -f -a '(__signalctl_complete)'\n",
};

enum exit_code run_completion(struct invocation *invocation)
{
	const char *shell = invocation->arguments[0];

	for (size_t i = 0; completion_shells[i]; i++) {
		if (strcmp(completion_shells[i], shell) == 0) {
			fputs(scripts[i], stdout);
			return EXIT_DONE;
		}
	}
	return complain_usage(invocation, "there is no completion for %s: choose bash, zsh or fish", shell);
}
