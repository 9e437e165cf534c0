/* A route's handler takes no exchange. */
#include <signalpy/component.h>
#include <signalpy/http.h>

SP_COMPONENT(page, (about, "Shows one page."), (route, show, "GET", "/page"));

static sp_status page_show(struct page *self)
{
	return sp_fail(self->rt, SP_FAILED, "there is nobody to show it to");
}

SP_PLUGIN(page, "1.0.0", page);
