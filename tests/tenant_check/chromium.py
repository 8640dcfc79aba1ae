# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium, driven by its DevTools protocol: real clicks and keys, and everything it complains about.

One thread holds the connection; the tests see plain calls. A page fails a test by itself if nobody looks: `complaints`
has every console error, exception, failed load and violation of the content security policy.
"""
import asyncio
import base64
import hashlib
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time

import aiohttp
from cryptography import x509
from cryptography.hazmat.primitives import serialization

PROGRAM = shutil.which("chromium") or "chromium"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-proxy-server",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
         "--disable-default-apps", "--disable-breakpad", "--metrics-recording-only", "--password-store=basic",
         "--hide-scrollbars", "--remote-debugging-port=0")
WITHIN = 30.0
CLICKED = "main button, main summary, main a, nav a, header button, .notes button"
MIDDLE = """() => {
  const one = %s;
  if (!one || one.disabled) return null;
  one.scrollIntoView({block: "center", behavior: "instant"});
  const box = one.getBoundingClientRect(), x = box.x + box.width / 2, y = box.y + box.height / 2;
  const top = document.elementFromPoint(x, y);
  return top && (one === top || one.contains(top)) ? [x, y] : null;
}"""
KEYS = {"Enter": (13, "\r"), "Escape": (27, ""), "Tab": (9, ""), "/": (191, "/"), " ": (32, " ")}


def fingerprint(host, port, ca_file):
    """The hash of the public key behind a port, once the CA has vouched for it: all that the browser is to trust."""
    context = ssl.create_default_context(cafile=ca_file)
    with socket.create_connection((host, port), timeout=WITHIN) as plain:
        with context.wrap_socket(plain, server_hostname=host) as connection:
            certificate = x509.load_der_x509_certificate(connection.getpeercert(binary_form=True))
    key = certificate.public_key().public_bytes(serialization.Encoding.DER,
                                                serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(key).digest()).decode()


class Browser:
    def __init__(self, trusted):
        """`trusted`: fingerprints of servers that the browser may talk to as if their CA were its own."""
        self._home = tempfile.TemporaryDirectory(prefix="browser.", ignore_cleanup_errors=True)
        env = {"PATH": os.environ["PATH"], "HOME": self._home.name, "LANG": "C.UTF-8", "TZ": "UTC"}
        with open(os.path.join(self._home.name, "log"), "wb") as log:
            # However this process ends, the browser ends with it.
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", PROGRAM, *FLAGS, f"--user-data-dir={self._home.name}/profile",
                 f"--ignore-certificate-errors-spki-list={','.join(trusted)}", "about:blank"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env, start_new_session=True)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._answers, self._pages, self._last = {}, {}, 0
        self._session = self._socket = None
        try:
            self._run(self._connect(self._address()))
        except BaseException:
            self.close()
            raise

    def _address(self):
        path = pathlib.Path(self._home.name, "profile", "DevToolsActivePort")
        deadline = time.monotonic() + 2 * WITHIN
        while True:
            lines = path.read_text(encoding="utf-8").split() if path.exists() else []
            if len(lines) == 2:
                return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
            if self._process.poll() is not None or time.monotonic() > deadline:
                said = pathlib.Path(self._home.name, "log").read_text(encoding="utf-8", errors="replace")
                raise RuntimeError(f"chromium did not start: {said[-2000:]}")
            time.sleep(0.05)

    def _run(self, work, within=WITHIN):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(within)

    async def _connect(self, address):
        self._session = aiohttp.ClientSession()
        self._socket = await self._session.ws_connect(address, max_msg_size=0)
        self._reader = asyncio.ensure_future(self._read())

    async def _read(self):
        async for message in self._socket:
            if message.type != aiohttp.WSMsgType.TEXT:
                break
            found = json.loads(message.data)
            if "id" in found:
                waiting = self._answers.pop(found["id"], None)
                if waiting and not waiting.done():
                    waiting.set_result(found)
            elif found.get("sessionId") in self._pages:
                self._pages[found["sessionId"]].happened(found["method"], found.get("params", {}))

    async def _ask(self, method, params, session):
        self._last += 1
        self._answers[self._last] = answer = self._loop.create_future()
        await self._socket.send_json({"id": self._last, "method": method, "params": params,
                                      **({"sessionId": session} if session else {})})
        found = await answer
        if "error" in found:
            raise RuntimeError(f"{method}: {found['error']}")
        return found["result"]

    def ask(self, method, session=None, **params):
        return self._run(self._ask(method, params, session))

    def page(self, width=1280, height=800, dark=False):
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        out = self._pages[session] = Page(self, session, target)
        for domain in ("Page", "Runtime", "Log", "Network"):
            out.ask(f"{domain}.enable")
        out.look(width, height, dark)
        return out

    def forget(self, page):
        self._pages.pop(page.session, None)
        self.ask("Target.closeTarget", targetId=page.target)

    def close(self):
        if self._session is not None:
            self._run(self._session.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WITHIN)
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait(WITHIN)
        self._home.cleanup()


class Page:
    def __init__(self, browser, session, target):
        self.browser, self.session, self.target = browser, session, target
        self.complaints, self.hosts = [], set()

    def ask(self, method, **params):
        return self.browser.ask(method, self.session, **params)

    def happened(self, method, params):
        if method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.complaints.append("exception: " + details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            words = [str(one.get("value", one.get("description"))) for one in params["args"]]
            self.complaints.append("console: " + " ".join(words))
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            entry = params["entry"]
            self.complaints.append(f"{entry['source']}: {entry['text']} {entry.get('url', '')}")
        elif method == "Network.requestWillBeSent":
            self.hosts.add(params["request"]["url"].partition("://")[2].partition("/")[0])

    # What it looks like

    def look(self, width, height, dark=False):
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                 mobile=width < 600)
        self.ask("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce"}])

    def screenshot(self, path):
        data = self.ask("Page.captureScreenshot", format="png", optimizeForSpeed=False)["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))

    # What it does

    def open(self, url):
        self.ask("Page.navigate", url=url)

    def run(self, script):
        """The value of an expression, awaited if it is a promise."""
        found = self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True)
        if "exceptionDetails" in found:
            raise RuntimeError(found["exceptionDetails"].get("exception", {}).get("description", "exception"))
        return found["result"].get("value")

    def wait(self, condition, within=WITHIN):
        """Until an expression is true in the page."""
        deadline, failed = time.monotonic() + within, None
        while True:
            try:
                if self.run(f"Boolean({condition})"):
                    return
            except RuntimeError as wrong:  # between two documents
                failed = wrong
            if time.monotonic() > deadline:
                seen = self.run("document.body ? document.body.innerText.slice(0, 1500) : ''")
                raise AssertionError(f"never true: {condition} ({failed}); {self.complaints}; page:\n{seen}")
            time.sleep(0.03)

    def wait_text(self, text, where="body"):
        self.wait(f"document.querySelector({json.dumps(where)})?.innerText.includes({json.dumps(text)})")

    def text(self, where="body"):
        return self.run(f"document.querySelector({json.dumps(where)}).innerText")

    def click(self, what):
        """A real click on the middle of an element: a CSS selector, or the text of a button or link after `text=`."""
        find = f"document.querySelector({json.dumps(what)})"
        if what.startswith("text="):
            find = (f"[...document.querySelectorAll({json.dumps(CLICKED)})]"
                    f".find((one) => one.checkVisibility() && one.textContent.trim() === {json.dumps(what[5:])})")
        self.run(f"window.middle = {MIDDLE % find}")
        self.wait("window.middle()")  # there, enabled, and nothing lies over it
        box = self.run("window.middle()")
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    def type(self, where, text):
        """Type into a field, in the place of what it holds."""
        self.wait(f"Boolean(document.querySelector({json.dumps(where)}))")
        self.run(f"(() => {{ const one = document.querySelector({json.dumps(where)}); one.focus(); one.select(); }})()")
        self.ask("Input.insertText", text=text)

    def choose(self, where, value):
        """Choose an option as a person does: the value, then the event."""
        self.run(f"(() => {{ const one = document.querySelector({json.dumps(where)}); one.focus();"
                 f" one.value = {json.dumps(value)};"
                 " one.dispatchEvent(new Event('input', {bubbles: true}));"
                 " one.dispatchEvent(new Event('change', {bubbles: true})); })()")

    def press(self, key):
        code, text = KEYS[key]
        self.ask("Input.dispatchKeyEvent", type="keyDown", key=key, windowsVirtualKeyCode=code, text=text)
        self.ask("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def close(self):
        self.browser.forget(self)
