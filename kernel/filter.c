/* filter.c: parses filters into a list of nodes, in which a node stands before its children, and evaluates it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "filter.h"

enum { DEEPEST = 32 };

enum node_kind { AND, OR, NOT, EQUAL, PRESENT, PIECES, AT_LEAST, AT_MOST, SIMILAR };

/* A number in a filter; of an integer, real is its nearest. */
struct number {
	bool valid, is_integer;
	int64_t integer;
	double real;
};

struct node {
	enum node_kind kind;
	size_t end; /* the node after the last of its children */
	const char *name; /* of the property */
	const char *value; /* PIECES: several, one after the other */
	size_t pieces; /* what stands before, between and after asterisks; the first and last may be empty */
	struct number number; /* what value is, if it is one */
};

/* text is a copy of the filter in which names and values end with zero bytes. */
struct sp_filter {
	char *text;
	size_t count;
	struct node nodes[];
};

struct parser {
	struct sp_filter *filter;
	const char *text; /* for positions */
	char *at;
	unsigned depth;
	struct sp_error *error;
};

static sp_status SP_FORMAT(2, 3) expect(const struct parser *parser, const char *format, ...)
{
	unsigned column = (unsigned)(parser->at - parser->filter->text) + 1;
	char what[150];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	sp_error_set(parser->error, SP_INVALID, "filter, column %u: %s: %s", column, what, parser->text);
	if (parser->error) {
		parser->error->line = 1;
		parser->error->column = column;
	}
	return SP_INVALID;
}

static void skip_blanks(struct parser *parser)
{
	parser->at += strspn(parser->at, " \t\r\n");
}

static struct node *add_node(struct parser *parser, enum node_kind kind)
{
	struct node *node = &parser->filter->nodes[parser->filter->count++];

	*node = (struct node){ .kind = kind, .end = parser->filter->count };
	return node;
}

/* A name: letters, digits, '.', '_' and '-'. Answers its end, to be marked only after the operator was read; NULL if
 * there is none. */
static char *parse_name(struct parser *parser)
{
	size_t length = strspn(parser->at, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

	if (length == 0) {
		expect(parser, "expected &, |, ! or a property's name");
		return NULL;
	}
	parser->at += length;
	return parser->at;
}

static sp_status parse_operator(struct parser *parser, enum node_kind *ret_kind)
{
	static const struct {
		char text[3];
		enum node_kind kind;
	} operators[] = { { "=", EQUAL }, { ">=", AT_LEAST }, { "<=", AT_MOST }, { "~=", SIMILAR } };

	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		size_t length = strlen(operators[i].text);

		if (strncmp(parser->at, operators[i].text, length) == 0) {
			parser->at += length;
			*ret_kind = operators[i].kind;
			return SP_OK;
		}
	}
	return expect(parser, "expected =, >=, <= or ~=");
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Reads \XX, an escaped byte. */
static sp_status parse_escape(struct parser *parser, char *ret_byte)
{
	int high = hex_value(parser->at[1]);
	int low = high < 0 ? -1 : hex_value(parser->at[2]);

	if (low < 0)
		return expect(parser, "expected two hexadecimal digits after \\");
	if (high == 0 && low == 0)
		return expect(parser, "a value cannot have a zero byte");
	*ret_byte = (char)(16 * high + low);
	parser->at += 3;
	return SP_OK;
}

/* Reads a value up to its parenthesis, without its escapes and with a zero byte for each asterisk, in place. */
static sp_status parse_value(struct parser *parser, struct node *node)
{
	char *to = parser->at;

	node->value = to;
	node->pieces = 1;
	while (*parser->at != ')') {
		char byte = *parser->at;

		if (byte == '\0')
			return expect(parser, "expected )");
		if (byte == '(')
			return expect(parser, "in a value, ( is written \\28");
		if (byte == '*' && node->kind != EQUAL)
			return expect(parser, "in this value, * is written \\2a");
		if (byte == '*') {
			byte = '\0';
			node->pieces++;
		}
		if (byte != '\\')
			parser->at++;
		else if (parse_escape(parser, &byte) != SP_OK)
			return SP_INVALID;
		*to++ = byte;
	}
	parser->at++;
	*to = '\0';
	return SP_OK;
}

/* A number as json writes it; anything else, such as 0x10 or inf, is text. */
static struct number number_of(const char *text)
{
	struct number number = { .valid = false };
	size_t length = strlen(text);
	char *end;

	if (length == 0 || length > 40 || strspn(text, "+-.0123456789eE") != length)
		return number;
	number.real = strtod(text, &end);
	number.valid = *end == '\0';
	errno = 0;
	number.integer = strtoll(text, &end, 10);
	number.is_integer = *end == '\0' && errno == 0;
	return number;
}

static sp_status parse_item(struct parser *parser)
{
	struct node *node = add_node(parser, EQUAL);
	char *end;

	node->name = parser->at;
	end = parse_name(parser);
	if (!end || parse_operator(parser, &node->kind) != SP_OK)
		return SP_INVALID;
	*end = '\0';
	if (parse_value(parser, node) != SP_OK)
		return SP_INVALID;
	if (node->pieces == 2 && node->value[0] == '\0' && node->value[1] == '\0')
		node->kind = PRESENT;
	else if (node->pieces > 1)
		node->kind = PIECES;
	else
		node->number = number_of(node->value);
	return SP_OK;
}

static sp_status parse_filter(struct parser *parser);

/* Reads what stands in the parentheses of &, | or !. */
static sp_status parse_list(struct parser *parser, enum node_kind kind)
{
	size_t index = parser->filter->count;
	size_t filters = 0;

	add_node(parser, kind);
	parser->at++;
	if (++parser->depth > DEEPEST)
		return expect(parser, "filters are nested more than %d deep", DEEPEST);
	for (skip_blanks(parser); *parser->at != ')'; skip_blanks(parser), filters++) {
		if (kind == NOT && filters == 1)
			return expect(parser, "! takes one filter; expected )");
		if (parse_filter(parser) != SP_OK)
			return SP_INVALID;
	}
	if (filters == 0)
		return expect(parser, "expected a filter");
	parser->at++;
	parser->depth--;
	parser->filter->nodes[index].end = parser->filter->count;
	return SP_OK;
}

static sp_status parse_filter(struct parser *parser)
{
	skip_blanks(parser);
	if (*parser->at != '(')
		return expect(parser, parser->depth > 0 ? "expected ( or )" : "expected (");
	parser->at++;
	skip_blanks(parser);
	switch (*parser->at) {
	case '&':
		return parse_list(parser, AND);
	case '|':
		return parse_list(parser, OR);
	case '!':
		return parse_list(parser, NOT);
	default:
		return parse_item(parser);
	}
}

static sp_status parse_all(struct parser *parser)
{
	if (parse_filter(parser) != SP_OK)
		return SP_INVALID;
	skip_blanks(parser);
	return *parser->at ? expect(parser, "expected the end") : SP_OK;
}

struct sp_filter *sp_filter_create(const char *text, struct sp_error *error)
{
	size_t nodes = 0;
	struct parser parser = { .text = text, .error = error };

	for (const char *at = text; *at; at++)
		nodes += *at == '(';
	parser.filter = sp_calloc(1, sizeof(*parser.filter) + nodes * sizeof(struct node));
	if (parser.filter)
		parser.filter->text = sp_strdup(text);
	if (!parser.filter || !parser.filter->text) {
		sp_error_set(error, SP_NO_MEMORY, "no memory for a filter");
		sp_free(parser.filter);
		return NULL;
	}
	parser.at = parser.filter->text;
	if (parse_all(&parser) == SP_OK)
		return parser.filter;
	sp_filter_destroy(parser.filter);
	return NULL;
}

void sp_filter_destroy(struct sp_filter *filter)
{
	if (!filter)
		return;
	sp_free(filter->text);
	sp_free(filter);
}

/* Whether text has the pieces in their order: the first at its beginning, the last at its end. */
static bool has_pieces(const struct node *node, const char *text)
{
	const char *piece = node->value;
	size_t length = strlen(piece);
	size_t left;

	if (strncmp(text, piece, length) != 0)
		return false;
	text += length;
	for (size_t i = 1; i + 1 < node->pieces; i++) {
		piece += length + 1;
		length = strlen(piece);
		text = strstr(text, piece);
		if (!text)
			return false;
		text += length;
	}
	piece += length + 1;
	length = strlen(piece);
	left = strlen(text);
	return left >= length && strcmp(text + left - length, piece) == 0;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static char small(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

/* Whether two texts are the same but for case and blanks. */
static bool is_similar(const char *left, const char *right)
{
	for (;; left++, right++) {
		while (is_blank(*left))
			left++;
		while (is_blank(*right))
			right++;
		if (small(*left) != small(*right))
			return false;
		if (*left == '\0')
			return true;
	}
}

/* Whether a comparison, less than 0, 0 or more than 0, is what the node asks for. */
static bool is_asked(enum node_kind kind, int order)
{
	if (kind == AT_LEAST)
		return order >= 0;
	if (kind == AT_MOST)
		return order <= 0;
	return (kind == EQUAL || kind == SIMILAR) && order == 0;
}

static bool matches_text(const struct node *node, const char *text)
{
	if (node->kind == PIECES)
		return has_pieces(node, text);
	if (node->kind == SIMILAR)
		return is_similar(text, node->value);
	return is_asked(node->kind, strcmp(text, node->value));
}

static bool matches_number(const struct node *node, const json_t *json)
{
	const struct number *number = &node->number;
	int64_t integer = json_integer_value(json);
	double real = json_number_value(json);

	if (!number->valid)
		return false;
	if (json_is_integer(json) && number->is_integer)
		return is_asked(node->kind, (integer > number->integer) - (integer < number->integer));
	return is_asked(node->kind, (real > number->real) - (real < number->real));
}

static bool matches_boolean(const struct node *node, const char *word)
{
	return (node->kind == EQUAL || node->kind == SIMILAR) && matches_text(node, word);
}

static bool matches_value(const struct node *node, const json_t *json)
{
	switch (json_typeof(json)) {
	case JSON_STRING:
		return matches_text(node, json_string_value(json));
	case JSON_INTEGER:
	case JSON_REAL:
		return matches_number(node, json);
	case JSON_TRUE:
		return matches_boolean(node, "true");
	case JSON_FALSE:
		return matches_boolean(node, "false");
	default:
		return false;
	}
}

static bool matches_property(const struct node *node, const json_t *json)
{
	if (!json || json_is_null(json))
		return false;
	if (node->kind == PRESENT)
		return true;
	if (!json_is_array(json))
		return matches_value(node, json);
	for (size_t i = 0; i < json_array_size(json); i++)
		if (matches_value(node, json_array_get(json, i)))
			return true;
	return false;
}

/* Evaluates the node at index; no deeper than filters nest. */
static bool matches(const struct sp_filter *filter, size_t index, const json_t *properties)
{
	const struct node *node = &filter->nodes[index];

	if (node->kind > NOT)
		return matches_property(node, json_object_get(properties, node->name));
	for (size_t child = index + 1; child < node->end; child = filter->nodes[child].end)
		if (matches(filter, child, properties) != (node->kind == AND))
			return node->kind == OR;
	return node->kind != OR;
}

bool sp_filter_matches(const struct sp_filter *filter, const json_t *properties)
{
	return !filter || matches(filter, 0, properties);
}
