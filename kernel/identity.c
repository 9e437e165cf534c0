/* identity.c: who calls, and asking the auth provider. */
#include "identity.h"

#include <string.h>
#include <strings.h>

#include "registry.h"

static const char prefix[] = "instance:";

enum { PREFIX = sizeof prefix - 1 };

static const char *name_of_actor(struct sp_call *call, const struct sp_runtime *rt)
{
	char *name = arena_allocate(&call->arena, PREFIX + sizeof rt->name);

	if (!name)
		return "";
	memcpy(name, prefix, PREFIX);
	memcpy(name + PREFIX, rt->name, sizeof rt->name);
	return name;
}

void identity_find(struct sp_call *call, const struct sp_request *request)
{
	const struct frame *frame = call->kernel->frame;
	const struct sp_runtime *actor = frame ? frame->rt : call->consumer;

	call->caller = (struct sp_identity){ .struct_size = sizeof call->caller, .name = "" };
	if (request->identity && request->identity->name)
		call->caller = *request->identity;
	else if (!request->transport && frame && frame->call)
		call->caller = frame->call->caller;
	else if (!request->transport && actor)
		call->caller.name = name_of_actor(call, actor);
}

static const char *keep_text(struct sp_call *call, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = arena_allocate(&call->arena, size);

	return copy ? memcpy(copy, text, size) : "";
}

static const char *const *keep_roles(struct sp_call *call, const char *const *roles)
{
	size_t count = 0;
	const char **kept;

	while (roles && roles[count])
		count++;
	kept = count ? arena_allocate(&call->arena, (count + 1) * sizeof *kept) : NULL;
	for (size_t i = 0; kept && i < count; i++)
		kept[i] = keep_text(call, roles[i]);
	return kept;
}

void identity_keep(struct sp_call *call)
{
	call->caller.name = keep_text(call, call->caller.name);
	call->caller.roles = keep_roles(call, call->caller.roles);
}

/* The best provider that serves; the kernel is no consumer that could be bound to it. */
static const struct service *find_provider(struct sp_kernel *kernel)
{
	const struct contract *contract = contract_of(kernel, "signalpy.auth/1");
	const struct service *service;

	if (!contract)
		return NULL;
	list_each(service, &contract->services, link)
		if (service->published && !(service->rt && service->rt->withdrawn) &&
			service->table_size >= sizeof(struct sp_auth))
			return service;
	return NULL;
}

/* What is no boolean is taken for true: nobody may judge this section when there is no provider. */
static bool is_identity_required(const struct asking *asking)
{
	const json_t *auth = json_object_get(asking->kernel->configuration, "auth");
	const json_t *required = json_object_get(auth, "required");

	return asking->transport && required && !json_is_false(required);
}

sp_status identity_authorize(const struct asking *asking, struct sp_error *error)
{
	const struct sp_demand *demand = &asking->demand;
	const struct service *service;
	struct sp_auth auth;

	if (asking->transport && strncmp(asking->caller->name, prefix, PREFIX) == 0)
		return sp_error_set(error, SP_UNAUTHENTICATED,
			"%s was asked for by a name that only components have: it begins with instance:",
			demand->address);
	if (!*asking->caller->name && is_identity_required(asking))
		return sp_error_set(error, SP_UNAUTHENTICATED, "%s is not for everybody: auth.required is set",
			demand->address);
	if (!demand->action && !demand->role)
		return SP_OK;
	service = find_provider(asking->kernel);
	if (!service)
		return sp_error_set(error, SP_FORBIDDEN,
			"%s asks for the %s %s, and no auth provider is there to grant it to anybody; load a plugin "
			"that provides signalpy.auth",
			demand->address, demand->action ? "action" : "role",
			demand->action ? demand->action : demand->role);
	memcpy(&auth, service->table, sizeof auth);
	auth.service.self = service->self;
	return auth.authorize(&auth, asking->caller, demand, error);
}

const char *sp_auth_token(const char *authorization)
{
	static const char scheme[] = "Bearer ";

	if (!authorization || strncasecmp(authorization, scheme, sizeof scheme - 1) != 0)
		return NULL;
	authorization += sizeof scheme - 1;
	authorization += strspn(authorization, " ");
	return *authorization ? authorization : NULL;
}
