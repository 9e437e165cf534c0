#!/usr/bin/python3 -B
"""
tests/mcp_messages.py < TRANSCRIPT

Validates every message that a suite of MCP has sent and received against the schema that its revision publishes. A
transcript has one JSON object a line (tests/mcp_transcript.c writes it): `test` and `exchange` say where it belongs, and

    sent, fields     the body of a request, as text, and the header fields that it came with
    status           the HTTP status of its answer
    received         a message of the server

What is sent may be wrong only where the server has refused it. Methods are mapped to definitions by the schema itself:
what it does not map is a fault. Prints one line a fault, and a last one with the number of messages; exits with 1 when
there was a fault.
"""

import json
import sys
from collections import defaultdict

from jsonschema import Draft202012Validator

from schemas import fault, published, schema_fault

MODERN, OLDER = "2026-07-28", "2025-11-25"  # the latter for all before it, too
VERSION_KEY = "io.modelcontextprotocol/protocolVersion"

# The result of XRequest is XResult, but for these.
RESULTS = {"PingRequest": "EmptyResult", "SetLevelRequest": "EmptyResult", "SubscribeRequest": "EmptyResult",
           "UnsubscribeRequest": "EmptyResult"}

# The extension of tasks is published without a schema: its messages are validated as requests and results of any kind.
EXTENSIONS = {MODERN: {"tasks/get", "tasks/update", "tasks/cancel", "notifications/tasks"}, OLDER: set()}


class Revision:
    """The definitions of one revision, and which of them a message is to match."""

    def __init__(self, name):
        self.name = name
        self.definitions = published(f"mcp-{name}")["$defs"]
        self.methods, self.codes = {}, {}
        for definition, schema in self.definitions.items():
            method = schema.get("properties", {}).get("method", {}).get("const")
            if method and definition not in ("ClientRequest", "ClientNotification"):
                self.methods[method] = definition
            for part in schema.get("properties", {}).get("error", {}).get("allOf", []):
                if "properties" in part:
                    self.codes[part["properties"]["code"]["const"]] = definition
        self.validators = {}

    def fault(self, definition, value):
        """What is wrong with a value that is to match a definition."""
        if definition not in self.definitions:
            return f"/: {self.name} publishes no {definition}"
        if definition not in self.validators:
            self.validators[definition] = Draft202012Validator(
                {"$ref": f"#/$defs/{definition}", "$defs": self.definitions})
        return fault(self.validators[definition], value)

    def call_fault(self, message):
        """A request or a notification."""
        method = message.get("method")
        definition = self.methods.get(method)
        if not definition and method in EXTENSIONS[self.name]:
            definition = "JSONRPCRequest" if "id" in message else "JSONRPCNotification"
        if not definition:
            return f"/method: {self.name} publishes no method {method!r}"
        if definition.endswith("Request") and "id" not in message:
            return f"/: {method} is a request and has no id"
        return self.fault(definition, message)

    def error_fault(self, message):
        """A response that is an error."""
        return self.fault(self.codes.get(message["error"].get("code"), "JSONRPCErrorResponse"), message)

    def result_fault(self, message, method):
        """A response with a result, to a method."""
        wrong = self.fault("JSONRPCResultResponse", message)
        result = message["result"]
        if wrong or method in EXTENSIONS[self.name]:
            return wrong
        request = self.methods.get(method)
        if not request:
            return f"/: {self.name} publishes no method {method!r} that could have a result"
        definition = RESULTS.get(request, request.removesuffix("Request") + "Result")
        if result.get("resultType") == "input_required":
            definition = "InputRequiredResult"
        elif "task" in result and "CreateTaskResult" in self.definitions and method == "tools/call":
            definition = "CreateTaskResult"
        elif result.get("resultType") == "task":
            return None
        return self.fault(definition, result)


class Transcript:
    """All that was said, in the order in which it was written down."""

    def __init__(self, lines):
        self.revisions = {name: Revision(name) for name in (MODERN, OLDER)}
        self.refused = set()  # (exchange, id) that an error has answered, (exchange, None) by its status
        self.asked = {}  # (exchange or test, id) -> (revision, request of the client)
        self.questions = {}  # (test, id) -> (revision, method of the server)
        self.eras = {}  # exchange -> revision of what was sent last
        self.outputs = {}  # (test, tool) -> its outputSchema
        self.counts = defaultdict(int)
        self.faults = []
        self.lines = [json.loads(line) for line in lines if line.strip()]

    def tell(self, who, message, wrong):
        """Counts a message, and keeps what is wrong with it."""
        self.counts[who] += 1
        if wrong:
            self.faults.append(f"{who}: {wrong}\n    in {json.dumps(message)[:600]}")

    def note_refusals(self):
        """What the server answered with an error, first: it excuses what was sent before."""
        for line in self.lines:
            exchange = (line["test"], line["exchange"])
            if line.get("status", 0) >= 400:
                self.refused.add((exchange, None))
            for message in parts(line.get("received", [])):
                if isinstance(message, dict) and "error" in message:
                    self.refused.add((exchange, message.get("id")))

    def era_of(self, exchange, fields, message):
        """The revision that a message of the client is of: its body decides, then its header, then what was before."""
        params = message.get("params")
        meta = params.get("_meta") if isinstance(params, dict) else None
        if isinstance(meta, dict) and VERSION_KEY in meta or f"mcp-protocol-version: {MODERN}" in fields.lower():
            return MODERN
        return OLDER if "id" in message and "method" in message else self.eras.get(exchange, OLDER)

    def on_sent(self, line, exchange):
        """The messages of a request's body."""
        try:
            messages = parts(json.loads(line["sent"]))
        except ValueError:
            messages = [None]
        for message in messages:
            if not isinstance(message, dict):
                self.tell("sent", line["sent"], self.unless_refused(exchange, {}, "/: it is no message"))
                continue
            era = self.eras[exchange] = self.era_of(exchange, line.get("fields", ""), message)
            wrong = self.sent_fault(exchange[0], self.revisions[era], message)
            self.tell("sent", message, self.unless_refused(exchange, message, wrong))
            if "method" in message and isinstance(message.get("id"), (int, str)):
                self.asked[exchange, message["id"]] = self.asked[exchange[0], message["id"]] = (era, message)

    def sent_fault(self, test, revision, message):
        """What is wrong with a message of the client."""
        if "method" in message:
            return revision.call_fault(message)
        if "error" in message:
            return revision.error_fault(message)
        era, method = self.questions.get((test, message.get("id")), (None, None))
        if not method:  # nobody asked; the server ignores it
            return revision.fault("JSONRPCResultResponse", message)
        return self.revisions[era].result_fault(message, method)

    def unless_refused(self, exchange, message, wrong):
        """What is wrong, if the server has not said so itself."""
        refused = (exchange, None) in self.refused or (exchange, message.get("id")) in self.refused
        return None if refused else wrong

    def on_received(self, exchange, message):
        """One message of the server."""
        if not isinstance(message, dict):
            self.tell("received", message, "/: it is no message")
        elif "method" in message:
            era = self.eras.get(exchange, OLDER)
            self.tell("received", message, self.revisions[era].call_fault(message))
            if "id" in message:
                self.questions[exchange[0], message["id"]] = (era, message["method"])
        else:
            self.tell("received", message, self.response_fault(exchange, message))

    def response_fault(self, exchange, message):
        """What is wrong with an answer of the server."""
        key = message.get("id")
        era, request = self.asked.get((exchange, key)) or self.asked.get((exchange[0], key)) or (None, None)
        if "error" in message:
            return self.revisions[era or self.eras.get(exchange, OLDER)].error_fault(message)
        if not request:
            return f"/id: {key!r} answers nothing that was sent"
        wrong = self.revisions[era].result_fault(message, request["method"])
        return wrong or self.tools_fault(exchange[0], request, message["result"])

    def tools_fault(self, test, request, result):
        """Schemas of tools are schemas, and what a tool says conforms to its own."""
        for tool in result.get("tools", []):
            self.outputs[test, tool["name"]] = tool.get("outputSchema", {})
            for key in ("inputSchema", "outputSchema"):
                wrong = schema_fault(tool.get(key, {}))
                if wrong:
                    return f"{key} of {tool['name']}: {wrong}"
        schema = request["method"] == "tools/call" and self.outputs.get(
            (test, request["params"]["name"].replace(".", "_")))
        if schema and "structuredContent" in result:
            return fault(Draft202012Validator(schema), result["structuredContent"])
        return None

    def read(self):
        """Validates it all."""
        self.note_refusals()
        for line in self.lines:
            exchange = (line["test"], line["exchange"])
            if "sent" in line:
                self.on_sent(line, exchange)
            for message in parts(line.get("received", [])):
                self.on_received(exchange, message)


def parts(body):
    """The messages of a batch, or the one that is none."""
    return body if isinstance(body, list) else [body]


def main():
    """The program."""
    transcript = Transcript(sys.stdin)
    transcript.read()
    for text in transcript.faults:
        print(text)
    print(f"{transcript.counts['sent']} sent, {transcript.counts['received']} received, {len(transcript.faults)} wrong")
    return 1 if transcript.faults else 0


if __name__ == "__main__":
    sys.exit(main())
