/* docs.c: hands out the page, with a word of its own (a nonce) without which the browser runs no script and takes no
 * style. */
#include "docs.h"

#include "assets.h"
#include "random.h"

#include <stdio.h>
#include <string.h>

enum { NONCE_SIZE = 33 };

/* The page, with the nonce in all of its places. */
static sp_status render(struct rest_text *text, const char *nonce)
{
	static const char place[] = "{nonce}";
	sp_bytes page = rest_asset_docs();
	const char *at = page.data, *end = at + page.size, *next; /* a zero byte stands at the end */
	sp_status status = SP_OK;

	text->size = 0;
	while (status == SP_OK && (next = strstr(at, place))) {
		status = rest_text_append_bytes(text, (sp_bytes){ at, (size_t)(next - at) });
		if (status == SP_OK)
			status = rest_text_append(text, nonce);
		at = next + sizeof place - 1;
	}
	return status == SP_OK ? rest_text_append_bytes(text, (sp_bytes){ at, (size_t)(end - at) }) : status;
}

void rest_on_docs(void *user, struct sp_http_exchange *exchange)
{
	struct rest_site *site = user;
	char nonce[NONCE_SIZE], policy[320];
	const struct sp_http_field fields[] = { { "Content-Security-Policy", policy }, { "Cache-Control", "no-store" },
		{ "X-Content-Type-Options", "nosniff" }, { "Referrer-Policy", "no-referrer" }, { NULL, NULL } };

	if (!rest_is_get(site, exchange))
		return;
	if (!rest_random(nonce, sizeof nonce) || render(&site->text, nonce) != SP_OK) {
		rest_refuse_no_memory(exchange);
		return;
	}
	snprintf(policy, sizeof policy,
		"default-src 'none'; script-src 'nonce-%s'; style-src 'nonce-%s'; connect-src 'self'; img-src data:; "
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		nonce, nonce);
	exchange->ops->reply(exchange, 200, "text/html; charset=utf-8", fields,
		(sp_bytes){ site->text.data, site->text.size });
}
