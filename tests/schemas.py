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
