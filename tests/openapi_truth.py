#!/usr/bin/python3 -B
"""
tests/openapi_truth.py http://HOST:PORT TOKEN [DOCUMENT [PATH]]

Whether /openapi.json (or the file DOCUMENT in its place) is a document of OpenAPI 3.1, and true: calls every
operation (or those whose path begins with PATH) with what its schemas accept and with what they refuse, and compares
every answer with what is documented: its status, its type and its body. TOKEN is sent with every request. Prints one
line a fault, then the operations that never succeeded, then a count; exits with 1 when there was a fault.
"""

import http.client
import json
import sys
import urllib.parse

from jsonschema import Draft202012Validator

from schemas import example, fault, mistakes, published, resolve, schema_fault

JSON, EVENTS = "application/json", "text/event-stream"
MORE_THAN_A_BODY = 2 << 20


class Service:
    """A daemon, its document, and what was found."""

    def __init__(self, url, token, document):
        self.token = f"Bearer {token}"
        self.address = urllib.parse.urlsplit(url).netloc
        self.faults, self.answers, self.succeeded = [], 0, set()
        own = json.loads(self.ask("GET", "/openapi.json")[2])
        self.document = document or own

    def ask(self, method, path, body=None, stream=False, **headers):
        """Status, type and body of an answer; of a stream that does not end, no body."""
        connection = http.client.HTTPConnection(self.address, timeout=30)
        headers.setdefault("Authorization", self.token)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        text = b"" if stream and answer.status == 200 else answer.read()
        connection.close()
        return answer.status, answer.headers.get_content_type(), text

    def tell(self, where, wrong):
        """Keeps what is wrong."""
        if wrong:
            self.faults.append(f"{where}: {wrong}")

    def conforms(self, schema, value):
        """What is wrong with a value that is to match a schema of the document."""
        return fault(Draft202012Validator({**schema, "components": self.document["components"]}), value)

    # ---- answers ----

    def try_one(self, method, path, operation, body=None, **headers):
        """One request; its status."""
        stream = bool(operation.get("x-stream"))
        status, kind, text = self.ask(method.upper(), path, body, stream, **headers)
        where = f"{method.upper()} {path} {(body or '')[:120]}: {status}"
        self.answers += 1
        self.tell(where, self.answer_fault(operation, status, kind, text, stream or method == "head"))
        if status < 300:
            self.succeeded.add(operation["operationId"])
        return status

    def answer_fault(self, operation, status, kind, text, no_body):
        """What is wrong with an answer."""
        responses = operation["responses"]
        documented = responses.get(str(status)) or responses.get(f"{status // 100}XX") or responses.get("default")
        if not documented:
            return "the status is not documented"
        if "$ref" in documented:
            documented = resolve(documented["$ref"], self.document)
        if kind not in documented.get("content", {kind: None}):
            return f"the type {kind} is not documented"
        schema = documented.get("content", {}).get(kind, {}).get("schema")
        if no_body or schema is None:
            return None
        if kind == EVENTS:
            return self.events_fault(documented["content"], text.decode())
        return self.conforms(schema, json.loads(text) if kind == JSON else text.decode())

    def events_fault(self, content, text):
        """Every event is one of those that the schema of streams lists."""
        streams = content[EVENTS]["schema"]
        while "$ref" in streams:
            streams = resolve(streams["$ref"], self.document)
        schemas = {**streams["x-events"], "result": content[JSON]["schema"]}
        last = None
        for event in filter(None, text.split("\n\n")):
            fields = dict(line.split(": ", 1) for line in event.split("\n") if not line.startswith(":"))
            last = fields.get("event", last)
            if fields and last not in schemas:
                return f"the event {last} is not documented"
            wrong = fields and self.conforms(schemas[last], json.loads(fields["data"]))
            if wrong:
                return f"event {last}: {wrong}"
        return None if last in ("result", "error") else f"the last event is {last}"

    # ---- operations ----

    def call(self, path, operation, body):
        """POSTs a value, once for an answer and once for events; a fault when validation and schema differ."""
        schema = self.body_schema(operation)
        wrong = schema and self.conforms(schema, body)
        for accept in (JSON, EVENTS):
            status = self.try_one("post", path, operation, json.dumps(body), Content_Type=JSON, Accept=accept)
            if (status == 422) != bool(wrong):
                says = wrong or "it is good"
                self.tell(f"POST {path} {json.dumps(body)[:120]}", f"{status}, but the schema says {says}")

    @staticmethod
    def body_schema(operation):
        """The schema of its body; nothing is documented as taking no property at all."""
        nothing = {"type": "object", "additionalProperties": False}
        return operation.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema", nothing)

    def check_post(self, path, operation):
        """What may be said to a runnable, and what may not."""
        schema = self.body_schema(operation)
        good = example(schema, self.document, False)
        self.call(path, operation, good)
        self.call(path, operation, example(schema, self.document, True))
        for body in mistakes(schema, good):
            self.call(path, operation, body)
        if not operation.get("requestBody", {}).get("required"):
            self.expect("post", path, operation, {200, 409, 422, 503}, "")
        for body, kind, statuses in (("{", JSON, {400}), ("[]", JSON, {400, 422}), ("{}", "text/plain", {415})):
            self.expect("post", path, operation, statuses, body, Content_Type=kind)
        self.expect("post", path, operation, {413}, " " * MORE_THAN_A_BODY, Content_Type=JSON)
        self.expect("post", path, operation, {401}, "{}", Content_Type=JSON, Authorization="Bearer nonsense")
        for method in ("get", "put", "delete"):
            self.expect(method, path, operation, {405})

    def check_get(self, path, operation):
        """What may be read."""
        for method in ("get", "head"):
            if not (operation.get("x-stream") and method == "head"):
                self.try_one(method, path, operation)
        for parameter in operation.get("parameters", []):
            value = urllib.parse.quote(str(example(parameter["schema"], self.document, True)))
            if parameter["in"] == "query":
                self.try_one("get", f"{path}?{parameter['name']}={value}", operation)
                self.expect("get", f"{path}?{parameter['name']}={'y' * 300}", operation, {400})
        for method in ("post", "put", "delete"):
            self.expect(method, path, operation, {405})

    def expect(self, method, path, operation, statuses, body=None, **headers):
        """One request whose status is known."""
        status = self.try_one(method, path, operation, body, **headers)
        if status not in statuses:
            self.tell(f"{method.upper()} {path} {(body or '')[:80]}", f"{status} instead of {sorted(statuses)}")

    def check_document(self):
        """The document by itself."""
        self.tell("/openapi.json", fault(Draft202012Validator(published("openapi-3.1")), self.document))
        for where, schema in schemas_of(self.document, ""):
            self.tell(where, schema_fault(schema))

    def check(self, begin):
        """All of it that begins so, unless the document is none; the names of the operations that never succeeded."""
        self.check_document()
        if self.faults:
            return []
        operations = [(path, method, operation) for path, item in self.document["paths"].items()
                      for method, operation in item.items() if path.startswith(begin)]
        for path, method, operation in operations + operations:  # what one leaves behind, another needs
            (self.check_post if method == "post" else self.check_get)(path, operation)
        return sorted({operation["operationId"] for _, _, operation in operations} - self.succeeded)


def schemas_of(value, where):
    """Every schema in a document."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "schema":
                yield f"{where}/{key}", inner
            elif key == "schemas":
                yield from ((f"{where}/{key}/{name}", schema) for name, schema in inner.items())
            else:
                yield from schemas_of(inner, f"{where}/{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from schemas_of(inner, f"{where}/{number}")


def main(url, token, path=None, begin="/"):
    """The program."""
    document = None
    if path:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
    service = Service(url, token, document)
    refused = service.check(begin)
    for text in service.faults[:100]:
        print(text)
    print(f"never succeeded: {' '.join(refused) or 'none'}")
    print(f"{service.answers} answers, {len(service.faults)} faults")
    return 1 if service.faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
