/* work.c: what an instance does of its own accord and must finish before it is deactivated. */
#include "lifecycle.h"

void sp_work_begin(sp_runtime *rt)
{
	rt->in_flight++;
}

void sp_work_end(sp_runtime *rt)
{
	rt->in_flight--;
	if (rt->in_flight == 0 && (rt->state == BODY_LEAVING || rt->replacement || rt->withdrawn))
		body_due(rt);
}
