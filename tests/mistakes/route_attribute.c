/* A route has an attribute that only runnables have. */
#include <signalpy/component.h>
#include <signalpy/http.h>

SP_COMPONENT(page, (about, "Shows one page."), (route, show, "GET", "/page", .destructive = true));

static sp_status page_show(struct page *self, struct sp_http_exchange *exchange)
{
	exchange->ops->reply(exchange, 200, "text/plain", NULL, (sp_bytes){ sp_name(self->rt), 4 });
	return SP_OK;
}

SP_PLUGIN(page, "1.0.0", page);
