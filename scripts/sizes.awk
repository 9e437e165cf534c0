# Measures C sources for scripts/sizes. Reads a file as tokens, without comments, strings and preprocessor lines, and keeps
# a stack of what is open: "{" a block or an initialiser, "(" parentheses, "c" a control statement.

function complain(line, text)
{
	print file ":" line ": " text
	faults++
}

function push(what)
{
	stack[++depth] = what
	if (what == "c" && ++nested > deepest)
		deepest = nested
}

function pop()
{
	if (stack[depth] == "c")
		nested--
	depth--
}

# Ends a statement, and the control statements that it was the body of. Those wait in ended[], for an else to reopen.
function end_statement()
{
	ended_count = 0
	while (depth > 0 && stack[depth] == "c") {
		ended[++ended_count] = keyword[depth]
		pop()
	}
}

# An else belongs to the innermost if that has just ended; what is around that if is open again.
function reopen_if(    i, found)
{
	for (found = 1; found < ended_count && ended[found] != "if"; found++)
		;
	for (i = ended_count; i > found; i--) {
		push("c")
		keyword[depth] = ended[i]
	}
}

# Opens a control statement; `else if` is one level, not two.
function control(word)
{
	if (word == "else")
		reopen_if()
	if (word == "if" && previous == "else")
		pop()
	push("c")
	keyword[depth] = word
	header = (word != "else" && word != "do")
	body = !header
}

function begin_function()
{
	function_line = statement_line
	function_name = called
	nested = deepest = 0
	in_function = depth
	if (arguments > most_arguments && function_name != prescribed)
		complain(function_line, function_name " takes " arguments " arguments, at most " most_arguments)
}

function end_function(    lines)
{
	lines = FNR - function_line + 1
	in_function = 0
	lengths[room, ++count[room]] = lines
	lengths["all", ++count["all"]] = lines
	if (lines > most_lines)
		complain(function_line, function_name " has " lines " lines, at most " most_lines)
	if (deepest > most_nested)
		complain(function_line, function_name " nests " deepest " deep, at most " most_nested)
}

function open_brace()
{
	push("{")
	if (body)
		owner[depth] = "control"
	else
		owner[depth] = ""
	if (depth == 1 && previous == ")" && !assigned)
		begin_function()
	body = 0
}

function close_brace(    was)
{
	while (depth > 0 && stack[depth] != "{")
		pop()
	if (depth == 0)
		return
	was = depth
	pop()
	if (owner[was] == "control")
		end_statement()
	if (in_function == was)
		end_function()
	if (depth == 0 && !assigned)
		statement_line = 0
}

# Counts the arguments of the last parentheses at file level: those of a function, when a "{" follows.
function open_parenthesis()
{
	if (depth == 0) {
		called = previous
		arguments = 0
		some = 0
	}
	push("(")
}

function close_parenthesis()
{
	while (depth > 0 && stack[depth] != "(")
		pop()
	if (depth > 0)
		pop()
	if (depth == 0 && some)
		arguments++
	if (header && depth > 0 && stack[depth] == "c") {
		header = 0
		body = 1
	}
}

function argument(token)
{
	if (token == ",") {
		arguments++
		some = 0
	} else if (token != "void" || previous != "(") {
		some = (token != "...")
	}
}

function take(token)
{
	if (statement_line == 0)
		statement_line = FNR
	if (!in_function && depth == 1 && stack[1] == "(" && token != ")")
		argument(token)
	if (token == "(") {
		open_parenthesis()
	} else if (token == ")") {
		close_parenthesis()
	} else if (token == "{") {
		open_brace()
	} else if (token == "}") {
		close_brace()
	} else {
		body = 0
		if (in_function && (token ~ /^(if|else|for|while|do|switch)$/ || token ~ loop_macro))
			control(token)
		else if (token == ";" && depth > 0 && stack[depth] == "c" && !header)
			end_statement()
	}
	if (depth == 0 && token == "=")
		assigned = 1
	if (depth == 0 && (token == ";" || token == "END_TEST"))
		statement_line = assigned = 0
	previous = token
}

# Takes the next token off the line.
function next_token(    token)
{
	if (match(line, /^[A-Za-z_][A-Za-z_0-9]*/) || match(line, /^\.\.\./))
		token = substr(line, 1, RLENGTH)
	else
		token = substr(line, 1, 1)
	line = substr(line, length(token) + 1)
	return token
}

# Removes strings, characters and comments from the line; a comment may go on in the next.
function strip(    rest, out)
{
	rest = line
	out = ""
	while (rest != "") {
		if (in_comment) {
			if (!match(rest, /\*\//))
				break
			in_comment = 0
		} else if (match(rest, /^("([^"\\]|\\.)*"|'([^'\\]|\\.)*')/)) {
			out = out "0"
		} else if (match(rest, /^\/\//)) {
			break
		} else if (match(rest, /^\/\*/)) {
			in_comment = 1
		} else {
			match(rest, /^./)
			out = out substr(rest, 1, 1)
		}
		rest = substr(rest, RSTART + RLENGTH)
	}
	line = out
}

function end_file()
{
	if (file == "")
		return
	files[room]++
	files["all"]++
	if (file_lines < 250) {
		small[room]++
		small["all"]++
	}
	if (file_lines > most_file)
		complain(file_lines, "the file has " file_lines " lines, at most " most_file)
	if (file ~ /^contracts\/.*\.h$/ && code_lines > most_contract)
		complain(file_lines, "the contract has " code_lines " lines of code, at most " most_contract)
}

function begin_file()
{
	end_file()
	file = FILENAME
	room = file
	sub(/\/.*/, "", room)
	depth = nested = in_function = statement_line = in_comment = in_macro = header = body = assigned = code_lines = 0
	ended_count = 0
	previous = ""
}

function sort_lengths(name,    i, j, value)
{
	for (i = 2; i <= count[name]; i++) {
		value = lengths[name, i]
		for (j = i - 1; j > 0 && lengths[name, j] > value; j--)
			lengths[name, j + 1] = lengths[name, j]
		lengths[name, j + 1] = value
	}
}

function print_room(name,    n)
{
	n = count[name]
	if (files[name] == 0)
		return
	sort_lengths(name)
	printf "%-10s %5d functions: median %2d, 95th percentile %2d, longest %2d lines; %4d files, %3d%% under 250 lines\n", \
		name, n, lengths[name, int((n + 1) / 2)], lengths[name, int(n * 0.95 + 0.5)], lengths[name, n], \
		files[name], 100 * small[name] / files[name]
}

BEGIN { loop_macro = "(^|_)(for)?each(_|$)|FOREACH" }

FNR == 1 { begin_file() }

{
	file_lines = FNR
	line = $0
	strip()
	if (line !~ /^[ \t]*$/)
		code_lines++
	if (in_macro || line ~ /^[ \t]*#/) {
		in_macro = (line ~ /\\$/)
		next
	}
	gsub(/extern +0 +\{/, "", line)
	while (line != "") {
		if (match(line, /^[ \t]+/))
			line = substr(line, RLENGTH + 1)
		else
			take(next_token())
	}
}

END {
	end_file()
	split("contracts kernel daemon plugins tests all", rooms, " ")
	for (i = 1; i <= 6; i++)
		print_room(rooms[i])
	if (faults) {
		print "sizes: " faults " faults"
		exit 1
	}
}
