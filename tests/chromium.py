"""A page in a headless Chromium, over the pipe of its debugging protocol: Python's own library is enough."""

import fcntl
import json
import os
import shutil
import subprocess
import tempfile
import time

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
KEYS = {"Tab": (9, ""), "Enter": (13, "\r"), "Escape": (27, ""), " ": (32, " ")}


def found():
    """Where a Chromium is; None when there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Page:
    """One page. Whatever it asks for, and whatever it complains of, is kept."""

    def __init__(self, patience):
        self.patience, self.latest, self.requests, self.complaints = patience, 0, [], []
        self.directory = tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True)
        theirs_in, self.out = os.pipe()
        self.into, theirs_out = os.pipe()
        high_in, high_out = (fcntl.fcntl(one, fcntl.F_DUPFD, 10) for one in (theirs_in, theirs_out))

        def place():
            os.dup2(high_in, 3)
            os.dup2(high_out, 4)

        self.browser = subprocess.Popen(
            [found(), "--headless", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe",
             f"--user-data-dir={self.directory.name}", "about:blank"],
            preexec_fn=place, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for one in (theirs_in, theirs_out, high_in, high_out):
            os.close(one)
        self.buffer, self.session = b"", None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.ask(f"{domain}.enable")

    def close(self):
        """Ends the browser, and its children with it."""
        self.session = None
        self.ask("Browser.close")
        self.browser.wait()
        os.close(self.out)
        os.close(self.into)
        self.directory.cleanup()

    # ---- the protocol ----

    def ask(self, method, **params):
        """One command, and its result."""
        self.latest += 1
        message = {"id": self.latest, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.next_message()
            if answer.get("id") == self.latest:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.take(answer.get("method"), answer.get("params", {}))

    def next_message(self):
        """The next message of the browser."""
        while b"\0" not in self.buffer:
            some = os.read(self.into, 1 << 16)
            if not some:
                raise RuntimeError("Chromium has ended")
            self.buffer += some
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def take(self, method, params):
        """What the browser tells by itself. That an answer was an error is no complaint."""
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Log.entryAdded" and params["entry"]["source"] != "network":
            self.complaints.append(params["entry"]["text"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(params["exceptionDetails"].get("exception", {}).get("description", "an exception"))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            self.complaints.append(str(params["args"]))
        elif method == "Page.javascriptDialogOpening":
            self.complaints.append(f"dialog: {params['message']}")

    # ---- what a person does and sees ----

    def evaluate(self, expression):
        """The value of an expression in the page."""
        result = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def wait(self, expression):
        """The value of an expression, once it is true."""
        end = time.monotonic() + self.patience
        while time.monotonic() < end:
            value = self.evaluate(expression)
            if value:
                return value
            time.sleep(0.02)
        seen = self.evaluate("document.body.innerText")[:3000]
        raise RuntimeError(f"never true: {expression}\nthe page says: {seen}")

    def press(self, key):
        """One key."""
        code, text = KEYS.get(key) or (ord(key.upper()) if key.isalnum() else 0, key)
        both = {"key": key, "windowsVirtualKeyCode": code}
        self.ask("Input.dispatchKeyEvent", type="keyDown", text=text, **both)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **both)

    def type(self, text):
        """Text in place of what the focused field holds."""
        self.evaluate("document.activeElement.select && document.activeElement.select()")
        for letter in text:
            self.press(letter)

    def tab_to(self, expression):
        """Presses Tab until an expression of `it`, the element with the focus, is true."""
        for _ in range(400):
            if self.evaluate(f"(it => {expression})(document.activeElement)"):
                return
            self.press("Tab")
        raise RuntimeError(f"Tab never reaches {expression}")

    def look(self, width, scheme):
        """The page at a width, in the colour scheme light or dark."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1,
                 mobile=width < 600)
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme},
                                                         {"name": "prefers-reduced-motion", "value": "reduce"}])
