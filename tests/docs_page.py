#!/usr/bin/python3 -B
"""
tests/docs_page.py http://HOST:PORT TOKEN PATIENCE

Uses /docs in a headless Chromium as a person does that has only a keyboard, a phone, or dark colours. The daemon has
the plugin every-field, and demands a token of every call. Prints one line for each thing that was tried; exits with 1
when one did not work within PATIENCE seconds.
"""

import json
import sys
import traceback
import urllib.request

from chromium import Page, found

ENTRY = "[...document.querySelectorAll('details')].find(e => e.querySelector('code').textContent === '{}')"

# Text whose colour is too near to what lies behind it (WCAG 2.2: 4.5 to 1), as "text: ratio".
CONTRAST = """(() => {
    const parse = text => (text.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
    const level = c => { c /= 255; return c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4; };
    const light = ([r, g, b]) => .2126 * level(r) + .7152 * level(g) + .0722 * level(b);
    const behind = element => {
        for (let at = element; at; at = at.parentElement) {
            const colour = parse(getComputedStyle(at).backgroundColor);
            if (colour.length < 4 || colour[3] === 1) return colour;
        }
        return [255, 255, 255];
    };
    const weak = [];
    let seen = 0;
    const compare = (element, colour, text) => {
        const [one, other] = [light(parse(colour)), light(behind(element))].sort((a, b) => b - a);
        const ratio = (one + .05) / (other + .05);
        seen++;
        if (ratio < 4.5) weak.push(`${text.trim().slice(0, 40)}: ${ratio.toFixed(2)}`);
    };
    for (const element of document.body.querySelectorAll("*")) {
        if (!element.getClientRects().length || element.closest("[aria-disabled=true]")) continue;
        const text = [...element.childNodes].filter(node => node.nodeType === 3).map(node => node.data).join("");
        if (text.trim() || element.value) compare(element, getComputedStyle(element).color, text || element.value);
        const shadow = element.placeholder;
        if (shadow) compare(element, getComputedStyle(element, "::placeholder").color, shadow);
    }
    return seen > 20 ? weak : [`only ${seen} texts were seen`];
})()"""

# Controls without a label, and those too small for a finger (WCAG 2.2: 24 pixels).
CONTROLS = """[...document.querySelectorAll("input, select, textarea, button, summary")]
    .filter(e => e.getClientRects().length)
    .filter(e => e.labels && !e.labels.length && !e.textContent || e.getBoundingClientRect().height < 24)
    .map(e => e.outerHTML.slice(0, 80))"""

WIDER = "Math.max(0, document.documentElement.scrollWidth - innerWidth)"


class Person:
    """Somebody at the page."""

    def __init__(self, base, token, patience):
        self.base, self.token = base, token
        self.page = Page(patience)
        self.page.look(1000, "light")
        self.page.ask("Page.navigate", url=f"{base}/docs")
        self.page.wait("document.readyState === 'complete' && document.querySelectorAll('details').length")

    def reads_what_there_is(self):
        """Every operation of /openapi.json that is no stream is listed, once."""
        with urllib.request.urlopen(f"{self.base}/openapi.json") as answer:
            document = json.load(answer)
        listed = self.page.evaluate("[...document.querySelectorAll('summary code')].map(e => e.textContent)")
        meant = [operation["operationId"] for item in document["paths"].values() for operation in item.values()
                 if not operation.get("x-stream")]
        assert sorted(listed) == sorted(meant), f"listed: {listed}\nmeant: {meant}"

    def opens(self, name):
        """Finds an entry and opens it with keys alone."""
        self.page.evaluate("document.activeElement.blur()")
        self.page.tab_to("it.id === 'find'")
        self.page.type(name)
        self.page.wait("[...document.querySelectorAll('details')].filter(e => !e.hidden).length === 1")
        self.page.tab_to(f"it.tagName === 'SUMMARY' && it.parentElement === {ENTRY.format(name)}")
        outline = self.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", "the focus is unseen"
        if not self.page.evaluate(f"{ENTRY.format(name)}.open"):
            self.page.press("Enter")
        self.page.wait(f"{ENTRY.format(name)}.querySelector('form')")

    def fills(self, field, text):
        """Goes to a field of the open form, and types."""
        self.page.tab_to(f"it.labels && it.labels[0] && it.labels[0].querySelector('.name').textContent === '{field}'")
        self.page.type(text)

    def sees(self, name, text):
        """Waits for an answer."""
        self.page.wait(f"{ENTRY.format(name)}.innerText.includes({json.dumps(text)})")

    def is_refused_without_a_token(self):
        """The answer says so, and the page has a field for it."""
        self.opens("every-field.fill")
        self.fills("word", "abc")
        self.page.press("Enter")
        self.sees("every-field.fill", "401")

    def enters_a_token(self):
        """The same call again, by Enter in the field of the form."""
        self.page.evaluate("document.activeElement.blur()")
        self.page.tab_to("it.id === 'token'")
        self.page.type(self.token)
        self.fills("word", "abc")
        self.page.press("Enter")
        self.sees("every-field.fill", '"word": "abc"')
        self.sees("every-field.fill", '"count": 3')

    def fills_every_field(self):
        """Fields of all types, and the button."""
        self.opens("every-field.fill")
        for field, text in (("word", "xyz"), ("count", "7"), ("share", "0.5"), ("loud", "t"), ("paint", "b")):
            self.fills(field, text)
        self.fills("names", '["a","b"]')
        self.page.tab_to("it.type === 'submit'")
        self.page.press("Enter")
        self.sees("every-field.fill", '"word": "xyz"')
        self.sees("every-field.fill", '"count": 7')
        self.sees("every-field.fill", '"loud": true')

    def sends_and_sees_whole_numbers_as_they_are(self):
        """Also where they are too large for a number of JavaScript."""
        self.opens("every-field.fill")
        self.fills("ticket", "9007199254740993")
        self.page.tab_to("it.type === 'submit'")
        self.page.press("Enter")
        self.sees("every-field.fill", '"ticket": 9007199254740993')

    def keeps_what_was_typed_when_something_else_comes(self):
        """The entry stays, what was answered in it too, and so does the focus."""
        self.opens("every-field.fill")
        self.fills("word", "kept")
        self.page.evaluate("delete api.paths['/api/v1/greeter/greet']; draw()")
        assert "greeter.greet" not in self.page.evaluate("document.getElementById('list').textContent")
        assert self.page.evaluate("document.activeElement.value") == "kept"
        self.sees("every-field.fill", '"ticket": 9007199254740993')
        self.page.evaluate("tag = undefined; load()")
        self.page.wait("document.getElementById('list').textContent.includes('greeter.greet')")
        assert self.page.evaluate("document.activeElement.value") == "kept"

    def is_told_which_field_is_wrong(self):
        """At the field, which has the focus then, and in the answer."""
        self.opens("every-field.fill")
        self.fills("word", "NO")
        self.fills("count", "99")
        self.page.press("Enter")
        self.sees("every-field.fill", "422")
        wrong = self.page.wait("[...document.querySelectorAll('[aria-invalid]')].map(e => e.labels[0].innerText)")
        assert wrong[0].startswith("word") and wrong[1].startswith("count"), wrong
        assert self.page.evaluate("document.activeElement.labels[0].innerText").startswith("word")
        assert self.page.evaluate("[...document.querySelectorAll('.fault')].every(e => e.innerText.length > 5)")
        self.page.look(375, "dark")
        self.looks_right()
        self.page.look(1000, "light")
        self.fills("names", "[")
        self.page.tab_to("it.type === 'submit'")
        self.page.press(" ")
        self.sees("every-field.fill", "It could not be called")
        assert self.page.evaluate("document.activeElement.labels[0].innerText").startswith("names")

    def sees_progress_and_stops(self):
        """A call that does not end by itself."""
        self.opens("every-field.pack")
        self.page.tab_to("it.type === 'submit'")
        self.page.press("Enter")
        self.sees("every-field.pack", "1 of 3 packing")
        self.sees("every-field.pack", "the box is open")
        assert self.page.evaluate("document.querySelector('progress').value") == 1
        assert self.page.evaluate("document.activeElement.type === 'submit'"), "the focus is lost while it is called"
        self.page.tab_to("it.textContent === 'Stop'")
        self.page.press("Enter")
        self.sees("every-field.pack", "Stopped")

    def is_asked_before_something_is_destroyed(self):
        """The question names what it is about; yes calls it."""
        self.opens("every-field.erase")
        self.page.evaluate("window.asked = []; window.confirm = text => asked.push(text) > 1")
        self.page.tab_to("it.type === 'submit'")
        self.page.press("Enter")
        self.page.wait("asked.length === 1 && asked[0].includes('every-field.erase')")
        assert not self.page.evaluate(f"{ENTRY.format('every-field.erase')}.innerText.includes('200')")
        self.page.press("Enter")
        self.sees("every-field.erase", "200")

    def reads_it_on_a_phone_and_in_the_dark(self):
        """With every form open: nothing is wider than the screen, everything can be read and hit."""
        self.page.evaluate("document.activeElement.blur()")
        self.page.tab_to("it.id === 'find'")
        self.page.evaluate("it = document.getElementById('find'); it.value = ''; it.dispatchEvent(new Event('input'))")
        self.page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
        self.page.wait("[...document.querySelectorAll('details')].every(e => e.querySelector('form'))")
        papers = set()
        for width in (320, 375, 1000):
            for scheme in ("light", "dark"):
                self.page.look(width, scheme)
                papers.add(self.page.evaluate("getComputedStyle(document.body).backgroundColor"))
                self.looks_right()
        assert len(papers) == 2, f"light and dark are alike: {papers}"

    def looks_right(self):
        """As the page is now."""
        for what, expression in (("too wide", WIDER), ("unreadable", CONTRAST), ("unnamed or too small", CONTROLS)):
            wrong = self.page.evaluate(expression)
            assert not wrong, f"{what}: {wrong}"

    def asked_nobody_else(self):
        """All that the page asked for was the daemon's."""
        others = [url for url in self.page.requests if not url.startswith((f"{self.base}/", "data:"))]
        assert len(self.page.requests) > 5 and not others, f"{self.page.requests}"

    def heard_no_complaint(self):
        """No error on the console, and none of the page's policy."""
        assert not self.page.complaints, f"{self.page.complaints}"


def main(base, token, patience):
    """The program."""
    if not found():
        print("skipped: no Chromium is here; scripts/deps --check installs one")
        return 0
    person = Person(base, token, float(patience))
    failed = 0
    for step in (person.reads_what_there_is, person.is_refused_without_a_token, person.enters_a_token,
                 person.fills_every_field, person.sends_and_sees_whole_numbers_as_they_are,
                 person.keeps_what_was_typed_when_something_else_comes, person.is_told_which_field_is_wrong, person.sees_progress_and_stops,
                 person.is_asked_before_something_is_destroyed, person.reads_it_on_a_phone_and_in_the_dark,
                 person.asked_nobody_else, person.heard_no_complaint):
        name = step.__name__.replace("_", " ")
        try:
            step()
            print(f"works: {name}")
        except (AssertionError, RuntimeError):
            failed += 1
            print(f"fails: {name}\n{traceback.format_exc(limit=-2)}")
    person.page.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
