/* presentation.c: judges how a runnable wants to appear. */
#include "presentation.h"

#include <string.h>

/* The field of a name of length characters, or NULL. */
static const struct sp_field *field_of(const struct sp_record *takes, const char *name, size_t length)
{
	for (const struct sp_field *const *field = takes ? takes->fields : NULL; field && *field; field++)
		if (strlen((*field)->name) == length && strncmp((*field)->name, name, length) == 0)
			return *field;
	return NULL;
}

static const char *uri_fault(const struct sp_runnable *row)
{
	const char *at = row->resource, *end;
	size_t variables = 0, fields = 0;

	if (!strchr(at, ':'))
		return "the resource's URI has no scheme";
	for (; (at = strchr(at, '{')); at = end) {
		const struct sp_field *field;

		end = strchr(at, '}');
		field = end ? field_of(row->takes, at + 1, (size_t)(end - at - 1)) : NULL;
		if (!field || field->type != SP_STRING)
			return "a variable of the resource's URI is no string field of what the runnable takes";
		variables++;
	}
	for (const struct sp_field *const *field = row->takes ? row->takes->fields : NULL; field && *field; field++)
		fields++;
	return variables == fields ? NULL : "a field of what the runnable takes is no variable of the resource's URI";
}

/* Whoever asks for a prompt gives its arguments as text. */
static const char *prompt_fault(const struct sp_runnable *row)
{
	for (const struct sp_field *const *field = row->takes ? row->takes->fields : NULL; field && *field; field++)
		if ((*field)->type != SP_STRING && (*field)->type != SP_CHOICE_TYPE)
			return "the arguments of a prompt are of type string or choice";
	return NULL;
}

static const char *schema_fault(const struct sp_runnable *row)
{
	json_t *schema;
	const char *type;
	bool is_object;

	if (!row->takes || row->takes->fields)
		return "a runnable with a schema of its own takes anything";
	schema = json_loads(row->schema, JSON_REJECT_DUPLICATES, NULL);
	type = json_string_value(json_object_get(schema, "type"));
	is_object = type && strcmp(type, "object") == 0;
	json_decref(schema);
	return is_object ? NULL : "the schema is no JSON Schema with \"type\": \"object\"";
}

const char *presentation_fault(const struct sp_runnable *row)
{
	const char *fault = NULL;

	if (row->prompt && row->resource)
		return "a runnable cannot be a prompt and a resource";
	if ((row->prompt || row->resource) && row->gives)
		return "a prompt or resource gives nothing: what it has to show is attached";
	if (row->resource)
		fault = uri_fault(row);
	if (!fault && row->prompt)
		fault = prompt_fault(row);
	if (!fault && row->schema)
		fault = schema_fault(row);
	return fault;
}
