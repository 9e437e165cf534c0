#!/usr/bin/python3 -B
"""
tests/openrpc_truth.py SOCKET SIGNALCTL DIRECTORY [DOCUMENT]

Whether what rpc.discover answers (or the file DOCUMENT in its place) is a document of OpenRPC 1.3, and a true one:
each method is asked with parameters that its schema refuses, and must refuse them, and each that changes nothing with
some that it accepts; and signalctl's commands are run through a socket in DIRECTORY that looks on. Whatever is asked
and answered must be what is documented. Prints one line a fault and a count; exits with 1 when there was a fault.
"""

import json
import pathlib
import socket
import subprocess
import sys
import threading

from jsonschema import Draft7Validator, Draft202012Validator, RefResolver

from schemas import example, fault, mistakes, published, schema_fault

INVALID_PARAMS = -32602

# What the document calls a JSON Schema is validated as one of 2020-12, and not by this.
ANY_SCHEMA = {"https://meta.json-schema.tools": {"definitions": {"JSONSchemaObject": {"properties": {"$ref": {}}}}}}

# Commands that ask for all there is, and change what the daemon has for that.
COMMANDS = """
status
plugin list
plugin inspect greeter
plugin update greeter
plugin retry greeter
plugin unload prober
component list
component show counter
component health counter
component add counter counter-two
component set counter-two step=2
component remove counter-two
service list
runnable list
runnable show greeter.greet
call greeter.greet --name Ada
call counter.increment --by 5000
publish order.paid {"number":7}
deadletters list
deadletters purge
config set components.greeter.greeting Hi
config get components.greeter.greeting
config unset components.greeter.greeting
config show
config show components
config check
config reload
graph show
graph why rest.mount
trace start
trace show
trace stop
logs show
logs level
logs level debug
metrics
metrics signalpy_call*
drain
"""


def ask(path, method, params):
    """The answer to one request, on a connection of its own."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(60)
        connection.connect(path)
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        connection.sendall(json.dumps(request).encode() + b"\n")
        for line in connection.makefile("r", encoding="utf-8"):
            message = json.loads(line)
            if message.get("id") == 1:  # a watch may tell something before
                return message
    raise RuntimeError(f"{method} is not answered")


class Between(threading.Thread):
    """Stands between signalctl and the daemon, and keeps all lines that pass, with the side they are from."""

    def __init__(self, path, behind):
        super().__init__(daemon=True)
        self.behind, self.passed = behind, []
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(path)
        self.socket.listen(8)
        self.start()

    def run(self):
        while True:
            client, _ = self.socket.accept()
            daemon = socket.socket(socket.AF_UNIX)
            daemon.connect(self.behind)
            seen = []
            self.passed.append(seen)
            for from_client, source, to in ((True, client, daemon), (False, daemon, client)):
                threading.Thread(target=self.hand_on, args=(seen, from_client, source, to), daemon=True).start()

    @staticmethod
    def hand_on(seen, from_client, source, to):
        """Hands lines on until there is none any more."""
        for line in source.makefile("rb"):
            seen.append((from_client, json.loads(line)))
            to.sendall(line)
        try:
            to.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Document:
    """What rpc.discover tells, and what was found."""

    def __init__(self, document):
        self.document, self.faults, self.count = document, [], 0
        self.methods = {method["name"]: method for method in document["methods"]}

    def tell(self, where, wrong):
        """Keeps what is wrong."""
        if wrong:
            self.faults.append(f"{where}: {wrong}")

    @staticmethod
    def params_schema(method):
        """The schema of all parameters of a method."""
        return {"type": "object", "properties": {param["name"]: param["schema"] for param in method["params"]},
                "required": [param["name"] for param in method["params"] if param["required"]],
                "additionalProperties": False}

    def check_document(self):
        """The document by itself."""
        schema = published("openrpc-1.3")
        self.tell("rpc.discover", fault(Draft7Validator(schema, resolver=RefResolver("", schema, ANY_SCHEMA)),
                                        self.document))
        for name, method in self.methods.items():
            if method["result"]["schema"].keys() == {"type"}:
                self.tell(name, "its result has no schema in daemon/control_results.json")
            for part in method["params"] + [method["result"]]:
                self.tell(f"{name}, {part['name']}", schema_fault(part["schema"]))
        for name, shared in self.document["components"]["schemas"].items():
            self.tell(f"/components/schemas/{name}", schema_fault(shared))

    def check_answer(self, name, params, answer):
        """Whether an answer is what is documented, and parameters are refused when the schema refuses them."""
        self.count += 1
        method = self.methods.get(name)
        if not method:
            self.tell(name, "is not documented")
            return
        wrong = fault(Draft202012Validator(self.params_schema(method)), params)
        refused = answer.get("error", {}).get("code") == INVALID_PARAMS
        where = f"{name} {json.dumps(params)[:200]}"
        if wrong and not refused:
            self.tell(where, f"is not refused, but {wrong}")
        if "result" in answer:
            schema = {**method["result"]["schema"], "components": self.document["components"]}
            self.tell(where, fault(Draft202012Validator(schema), answer["result"]))

    def check_method(self, path, method):
        """Asks with what is wrong, and where nothing is changed with what is right."""
        schema = self.params_schema(method)
        good = example(schema, {}, False)
        bodies = [*mistakes(schema, good), good, example(schema, {}, True)]
        for params in bodies:
            wrong = fault(Draft202012Validator(schema), params)
            if wrong or method["x-for"] == "group":
                self.check_answer(method["name"], params, ask(path, method["name"], params))

    def check_lines(self, lines):
        """What has passed on one connection."""
        asked = {}
        for from_client, message in list(lines):
            if from_client:
                asked[message.get("id")] = message
            elif message.get("id") in asked:
                request = asked[message["id"]]
                self.check_answer(request["method"], request.get("params", {}), message)


def run_commands(between, path, signalctl):
    """Runs them all; the connections that they made."""
    for line in COMMANDS.strip().splitlines():
        done = subprocess.run([signalctl, "-s", path, "--json", *line.split()], stdin=subprocess.DEVNULL, timeout=60,
                              capture_output=True, check=False)
        if done.returncode in (2, 3):
            yield f"signalctl {line}: {done.stderr.decode()}"
    used = {message["method"] for lines in between.passed for from_client, message in list(lines) if from_client}
    if len(used) < 25:
        yield f"only these methods were used: {sorted(used)}"


def main(path, signalctl, directory, instead=None):
    """The program."""
    document = Document(json.loads(pathlib.Path(instead).read_text(encoding="utf-8")) if instead
                        else ask(path, "rpc.discover", {})["result"])
    document.check_document()
    if not document.faults:
        for method in document.methods.values():
            document.check_method(path, method)
        looked_at = str(pathlib.Path(directory) / "between.sock")
        between = Between(looked_at, path)
        for wrong in run_commands(between, looked_at, signalctl):
            document.tell("signalctl", wrong)
        for lines in between.passed:
            document.check_lines(lines)
    for text in document.faults[:100]:
        print(text)
    print(f"{document.count} answers, {len(document.faults)} faults")
    return 1 if document.faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
