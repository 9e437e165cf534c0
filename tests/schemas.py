"""What the validating scripts share: the published schemas in tests/fixtures/schemas, and a line for a fault."""

import json
import pathlib

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

FIXTURES = pathlib.Path(__file__).resolve().parent / "fixtures" / "schemas"


def published(name):
    """The schema NAME.json."""
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def fault(validator, value):
    """What is wrong with a value, "/result/tools/0: 'name' is a required property"; None when nothing is."""
    errors = list(validator.iter_errors(value))
    if not errors:
        return None
    plain = [error for error in errors if error.validator != "unevaluatedProperties"]  # the others follow from these
    error = best_match(plain) if plain else max(errors, key=lambda one: len(one.absolute_path))
    return f"/{'/'.join(map(str, error.absolute_path))}: {error.message[:400]}"


def schema_fault(schema):
    """The same for a value that is to be a JSON Schema of the draft 2020-12."""
    return fault(Draft202012Validator(Draft202012Validator.META_SCHEMA), schema)


def example(schema, document, whole):
    """A value that a schema accepts: whole with all that is optional."""
    while "$ref" in schema:
        schema = resolve(schema["$ref"], document)
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return {name: example(inner, document, whole) for name, inner in schema.get("properties", {}).items()
                if whole or name in schema.get("required", [])}
    if kind == "array":
        return [example(schema.get("items", {}), document, whole)] * schema.get("minItems", int(whole))
    if kind == "string":
        return "x" * schema.get("minLength", 1)
    return {"integer": schema.get("minimum", 1), "number": schema.get("minimum", 0.5), "boolean": True}.get(kind)


def resolve(reference, document):
    """What "#/a/b" is."""
    for part in reference[2:].split("/"):
        document = document[part]
    return document


def mistakes(schema, good):
    """Bodies that may be wrong: one property of another type, beside its limits, left out, or unknown."""
    yield {**good, "unknown_property": 1}
    for name, inner in schema.get("properties", {}).items():
        yield {key: value for key, value in good.items() if key != name}
        values = [None, [], {"a": 1}, "text", 1, 1.5, True, -(1 << 62)]
        values += ["y" * (inner["maxLength"] + 1)] if "maxLength" in inner else []
        values += [""] if "minLength" in inner else []
        values += [inner["maximum"] + 1] if "maximum" in inner else []
        values += [inner["minimum"] - 1] if "minimum" in inner else []
        for value in values:
            yield {**good, name: value}
