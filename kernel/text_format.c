/* text_format.c: hostname, ipv4, ipv6, uri, email, date, date-time and uuid, each as its RFC says. */
#include <arpa/inet.h>
#include <string.h>

#include "text_format.h"

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* RFC 1123: labels of 1 to 63 letters, digits and inner hyphens, 253 characters in all. */
static bool holds_hostname(const char *text)
{
	const char *label = text;
	const char *at = text;

	for (;; at++) {
		if (is_letter(*at) || is_digit(*at) || (*at == '-' && at > label))
			continue;
		if (at == label || at - label > 63 || at[-1] == '-')
			return false;
		if (*at != '.')
			break;
		label = at + 1;
	}
	return *at == '\0' && at - text <= 253;
}

static bool holds_ipv4(const char *text)
{
	struct in_addr address;

	return inet_pton(AF_INET, text, &address) == 1;
}

static bool holds_ipv6(const char *text)
{
	struct in6_addr address;

	return inet_pton(AF_INET6, text, &address) == 1;
}

/* The characters of RFC 3986 after a scheme, with escapes that are whole and at most one fragment. */
static bool is_uri_rest(const char *at)
{
	bool fragment = false;

	for (; *at; at++) {
		if (*at == '%') {
			if (!is_hex(at[1]) || !is_hex(at[2]))
				return false;
			at += 2;
		} else if (*at == '#') {
			if (fragment)
				return false;
			fragment = true;
		} else if (!is_letter(*at) && !is_digit(*at) && !is_one_of(*at, "-._~:/?[]@!$&'()*+,;=")) {
			return false;
		}
	}
	return true;
}

static bool holds_uri(const char *text)
{
	const char *at = text;

	if (!is_letter(*at))
		return false;
	while (is_letter(*at) || is_digit(*at) || is_one_of(*at, "+-."))
		at++;
	return *at == ':' && is_uri_rest(at + 1);
}

/* RFC 5321: words joined by dots, 64 characters in all, then @ and a host; neither quoted words nor addresses. */
static bool holds_email(const char *text)
{
	const char *at = text;
	bool in_word = false;

	for (; *at && *at != '@'; at++) {
		if (*at == '.' && !in_word)
			return false;
		if (*at != '.' && !is_letter(*at) && !is_digit(*at) && !is_one_of(*at, "!#$%&'*+-/=?^_`{|}~"))
			return false;
		in_word = *at != '.';
	}
	return in_word && *at == '@' && at - text <= 64 && holds_hostname(at + 1);
}

/* Reads count digits; -1 if there are fewer. */
static int digits(const char *text, int count)
{
	int value = 0;

	for (int i = 0; i < count; i++) {
		if (!is_digit(text[i]))
			return -1;
		value = 10 * value + (text[i] - '0');
	}
	return value;
}

static int days_of(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* Whether text begins with a date; ten characters are one. */
static bool begins_with_date(const char *text)
{
	int year = digits(text, 4);
	int month, day;

	if (year < 0 || text[4] != '-')
		return false;
	month = digits(text + 5, 2);
	if (month < 1 || month > 12 || text[7] != '-')
		return false;
	day = digits(text + 8, 2);
	return day >= 1 && day <= days_of(year, month);
}

static bool holds_date(const char *text)
{
	return begins_with_date(text) && text[10] == '\0';
}

/* Reads HH:MM into *ret_minutes, of a day. */
static bool read_minutes(const char *text, int *ret_minutes)
{
	int hour = digits(text, 2);
	int minute;

	if (hour < 0 || hour > 23 || text[2] != ':')
		return false;
	minute = digits(text + 3, 2);
	if (minute < 0 || minute > 59)
		return false;
	*ret_minutes = 60 * hour + minute;
	return true;
}

/* Reads Z or +HH:MM, with which the text must end, into *ret_minutes east of Greenwich. */
static bool read_offset(const char *text, int *ret_minutes)
{
	int minutes;

	if ((*text == 'Z' || *text == 'z') && text[1] == '\0') {
		*ret_minutes = 0;
		return true;
	}
	if (!is_one_of(*text, "+-") || !read_minutes(text + 1, &minutes) || text[6] != '\0')
		return false;
	*ret_minutes = *text == '-' ? -minutes : minutes;
	return true;
}

/* RFC 3339. A second of 60 is a leap second, which comes at the end of a day in Greenwich alone. */
static bool holds_date_time(const char *text)
{
	int minutes, seconds, offset;

	if (!begins_with_date(text) || !is_one_of(text[10], "Tt"))
		return false;
	text += 11;
	if (!read_minutes(text, &minutes) || text[5] != ':')
		return false;
	seconds = digits(text + 6, 2);
	if (seconds < 0 || seconds > 60)
		return false;
	text += 8;
	if (*text == '.') {
		if (!is_digit(*++text))
			return false;
		while (is_digit(*text))
			text++;
	}
	if (!read_offset(text, &offset))
		return false;
	return seconds < 60 || (minutes - offset + 2 * 1440) % 1440 == 1439;
}

static bool holds_uuid(const char *text)
{
	size_t at = 0;

	for (; text[at]; at++) {
		bool hyphen = at == 8 || at == 13 || at == 18 || at == 23;

		if (hyphen ? text[at] != '-' : !is_hex(text[at]))
			return false;
	}
	return at == 36;
}

const struct sp_text_format *sp_text_format_find(const char *name)
{
	static const struct sp_text_format formats[] = {
		{ "hostname", "the name of a host", holds_hostname },
		{ "ipv4", "an IPv4 address such as 192.0.2.1", holds_ipv4 },
		{ "ipv6", "an IPv6 address such as 2001:db8::1", holds_ipv6 },
		{ "uri", "a URI such as https://example.org/", holds_uri },
		{ "email", "an e-mail address such as ann@example.org", holds_email },
		{ "date", "a date such as 2024-02-29", holds_date },
		{ "date-time", "a date and time such as 2024-02-29T12:00:00Z", holds_date_time },
		{ "uuid", "a UUID such as 123e4567-e89b-12d3-a456-426614174000", holds_uuid },
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}
