/* check_presentation.c: how a runnable wants to appear is judged before any of its code runs (R-CM-1). */
#include "presentation.h"

#include "kernel_kit.h"

SP_CHOICE(tone, kind, plain);
SP_RECORD(review, (string, code), (choice(tone), tone));
SP_RECORD(counted, (integer, count), (string, label));
SP_RECORD(note_of, (string, id));

#define RIGHT(...) ck_assert_ptr_null(presentation_fault(&(const struct sp_runnable){ __VA_ARGS__ }))
#define WRONG(why, ...) ck_assert_str_eq(presentation_fault(&(const struct sp_runnable){ __VA_ARGS__ }), (why))

START_TEST(what_wants_nothing_is_right)
{
	RIGHT(.takes = &counted_record, .gives = &counted_record);
}
END_TEST

START_TEST(prompts_take_text)
{
	RIGHT(.prompt = true);
	RIGHT(.prompt = true, .takes = &review_record);
	WRONG("the arguments of a prompt are of type string or choice", .prompt = true, .takes = &counted_record);
	WRONG("a prompt or resource gives nothing: what it has to show is attached", .prompt = true,
		.gives = &counted_record);
	WRONG("a runnable cannot be a prompt and a resource", .prompt = true, .resource = "a:b");
}
END_TEST

START_TEST(resources_have_uris_of_what_they_take)
{
	static const char no_string[] =
		"a variable of the resource's URI is no string field of what the runnable takes";

	RIGHT(.resource = "notes:all");
	RIGHT(.resource = "notes://{id}/text", .takes = &note_of_record);
	WRONG("the resource's URI has no scheme", .resource = "notes");
	WRONG(no_string, .resource = "notes://{id}");
	WRONG(no_string, .resource = "notes://{id", .takes = &note_of_record);
	WRONG(no_string, .resource = "notes://{i}", .takes = &note_of_record);
	WRONG(no_string, .resource = "notes://{count}{label}", .takes = &counted_record);
	WRONG("a field of what the runnable takes is no variable of the resource's URI", .resource = "notes:all",
		.takes = &note_of_record);
	WRONG("a prompt or resource gives nothing: what it has to show is attached", .resource = "notes:all",
		.gives = &counted_record);
}
END_TEST

START_TEST(schemas_are_of_objects)
{
	static const char no_schema[] = "the schema is no JSON Schema with \"type\": \"object\"";

	RIGHT(.schema = "{\"type\":\"object\"}", .takes = &anything_record);
	WRONG("a runnable with a schema of its own takes anything", .schema = "{}");
	WRONG("a runnable with a schema of its own takes anything", .schema = "{}", .takes = &counted_record);
	WRONG(no_schema, .schema = "{", .takes = &anything_record);
	WRONG(no_schema, .schema = "[]", .takes = &anything_record);
	WRONG(no_schema, .schema = "{\"type\":1}", .takes = &anything_record);
}
END_TEST

int main(void)
{
	const TTest *const cases[] = { what_wants_nothing_is_right, prompts_take_text,
		resources_have_uris_of_what_they_take, schemas_are_of_objects };

	return kit_run("presentation", cases, sizeof cases / sizeof cases[0]);
}
