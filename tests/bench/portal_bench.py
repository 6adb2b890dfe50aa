#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The portal, measured over TLS: pages a second and p99 with 200 clients, turn by turn with a static file of the same size
that nginx serves; and its memory while 100 people save a file of 50 MB at once.

    portal_bench.py --build BUILD [--json FILE] [--rounds N] [--seconds S] [--people N] [--megabytes M]"""
import argparse
import hashlib
import http.client
import json
import os
import re
import ssl
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), HERE, os.path.join(os.path.dirname(HERE), "e2e")]
sys.dont_write_bytecode = True

from bench_report import table  # noqa: E402
from mta import people  # noqa: E402
from mta.browser import Browser  # noqa: E402
from mta.clinic import Clinic  # noqa: E402
from mta.judge import notice_link  # noqa: E402
from mta.place import Place, isolate  # noqa: E402
from mta.wait import wait_until  # noqa: E402
from suites.messages import result, with_attachment  # noqa: E402

CLIENTS = 200
PROOF = b'X-Phi-Proof: question="Date of birth"; answer="1961-03-07"\r\n'
NGINX = """
worker_processes 2;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.2 TLSv1.3;
    root {folder}/pages;
  }}
}}
"""


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def notice(clinic, message):
    before = len(clinic.sink.deliveries(people.PATIENT.address))
    reply = clinic.submit(people.LAB.address, [people.PATIENT.address], PROOF + message)
    assert reply.code == 250, reply.text
    return notice_link(clinic.wait_copies(people.PATIENT.address, before + 1, 120)[-1].data)[0]


def notices(clinic, message, count):
    """One message to so many people at once, each with an entry and a link of their own."""
    everybody = [f"person{number}@mail.example" for number in range(count)]
    proofs = b"".join(PROOF.replace(b"\r\n", f"; rcpt=\"{one}\"\r\n".encode()) for one in everybody)
    reply = clinic.submit(people.LAB.address, everybody, proofs + message)
    assert reply.code == 250, reply.text
    return [notice_link(clinic.wait_copies(one, 1, 600)[-1].data)[0] for one in everybody]


def opened(clinic, link):
    """A browser that has given proof, and the page of the message. Where too many answer at once, one is told to come
    again, and does."""
    browser, pages = Browser(clinic.ca.certificate, 600), []

    def answered():
        page = browser.get(link)
        pages.append(browser.submit(page, page.form_to_fill(), answer="3/7/1961"))
        return pages[-1].status != 503
    wait_until(answered, "the portal to have time for an answer", 300)
    assert pages[-1].status == 200 and pages[-1].address.endswith("/message"), pages[-1].text
    return browser, pages[-1]


def cookie_of(browser):
    return "; ".join(f"{one.name}={one.value}" for one in browser.cookies)


def start_nginx(place, clinic, pages):
    folder = place.folder("nginx", 0o755)
    place.folder("nginx/pages", 0o755)
    for name, content in pages.items():
        with open(os.path.join(folder, "pages", name), "wb") as file:
            file.write(content)
    port = place.free_port()
    settings = place.write("nginx/nginx.conf", NGINX.format(folder=folder, port=port, certificate=clinic.portal_server[0],
                                                            key=clinic.portal_server[1]))
    process = place.start("nginx", ["/usr/sbin/nginx", "-p", folder, "-c", settings])
    wait_until(lambda: os.path.exists(os.path.join(folder, "nginx.pid")) or not process.running(), "nginx to start")
    assert process.running(), process.log_text()
    return f"https://127.0.0.1:{port}"


class Load:
    """wrk, told what to ask for; what it says in numbers."""

    def __init__(self, seconds):
        self._seconds = seconds

    def __call__(self, address, cookie=None):
        headers = ["-H", f"Cookie: {cookie}"] if cookie else []
        said = subprocess.run(["wrk", "-t2", f"-c{CLIENTS}", f"-d{self._seconds}s", "--latency", "--timeout", "10s",
                               *headers, address], capture_output=True, text=True, check=True).stdout
        if "Non-2xx" in said or "Socket errors" in said:
            raise AssertionError(said)
        unit = {"us": 0.001, "ms": 1, "s": 1000}
        number, of = re.search(r"99%\s+([\d.]+)(us|ms|s)", said).groups()
        return float(re.search(r"Requests/sec:\s+([\d.]+)", said).group(1)), float(number) * unit[of]


def measure_pages(place, clinic, options):
    link = notice(clinic, result([people.PATIENT.address]))
    browser, page = opened(clinic, link)
    question_link = notice(clinic, result([people.PATIENT.address]))
    question = Browser(clinic.ca.certificate).get(question_link)
    base = start_nginx(place, clinic, {"question.html": question.body, "message.html": page.body})
    load, rows = Load(options.seconds), {}
    pages = {"question": (question_link, None), "message": (page.address, cookie_of(browser))}
    for _ in range(options.rounds):
        for name, (address, cookie) in pages.items():
            rows.setdefault(("nginx, static", name), []).append(load(f"{base}/{name}.html"))
            rows.setdefault(("portal", name), []).append(load(address, cookie))
    return {key: (statistics.median(rate for rate, _ in runs), statistics.median(p99 for _, p99 in runs))
            for key, runs in rows.items()}


def memory_of(process):
    """PSS in MB of the process and all that it started."""
    total, waiting = 0, [process.pid]
    while waiting:
        pid = waiting.pop()
        try:
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
                total += int(re.search(r"^Pss:\s+(\d+)", file.read(), re.MULTILINE).group(1))
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
                waiting += file.read().split()
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total / 1024


class Saver(threading.Thread):
    """Saves the file, but stops in the middle until everybody is there."""

    def __init__(self, clinic, link, middle, half):
        super().__init__(daemon=True)
        self._clinic, self._link, self._middle, self._half = clinic, link, middle, half
        self.digest, self.length, self.fault = hashlib.sha256(), 0, None

    def run(self):
        try:
            self._save()
        except Exception as fault:  # noqa: BLE001 - told by the main thread
            self.fault = fault
            self._middle.abort()

    def _save(self):
        browser, page = opened(self._clinic, self._link)
        form = next(form for form in page.forms if "attachment" in form.action)
        address = urllib.parse.urlsplit(urllib.parse.urljoin(page.address, form.action))
        body = urllib.parse.urlencode(form.fields)
        connection = http.client.HTTPSConnection(
            address.hostname, address.port, timeout=600,
            context=ssl.create_default_context(cafile=self._clinic.ca.certificate))
        connection.request("POST", address.path, body, {
            "Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie_of(browser),
            "Origin": f"https://{address.netloc}"})
        answer = connection.getresponse()
        if answer.status != 200:
            raise AssertionError(f"{answer.status}: {answer.read(300)}")
        waited = False
        while piece := answer.read(65536):
            self.digest.update(piece)
            self.length += len(piece)
            if not waited and self.length >= self._half:
                waited = True
                self._middle.wait(600)
        connection.close()


def measure_memory(clinic, options):
    size = options.megabytes * 1024 * 1024
    say(f"{options.people} people get a message with {options.megabytes} MB")
    links = notices(clinic, with_attachment([people.PATIENT.address], size), options.people)
    before, peak = memory_of(clinic.portal), []
    middle = threading.Barrier(options.people + 1)
    savers = [Saver(clinic, link, middle, size // 2) for link in links]
    say("everybody saves")
    for saver in savers:
        saver.start()
    try:
        while middle.n_waiting < options.people and not middle.broken:
            peak.append(memory_of(clinic.portal))
            time.sleep(0.2)
        peak.append(memory_of(clinic.portal))
        middle.wait(600)
    except threading.BrokenBarrierError:
        pass
    for saver in savers:
        saver.join()
    for saver in savers:
        if saver.fault and not isinstance(saver.fault, threading.BrokenBarrierError):
            raise AssertionError(f"a file was not saved: {saver.fault}\n{clinic.portal.log_text()[-3000:]}")
    assert {saver.length for saver in savers} == {size}, {saver.length for saver in savers}
    assert len({saver.digest.hexdigest() for saver in savers}) == 1
    return before, max(peak)


def main():
    isolate()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--json")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--megabytes", type=int, default=50)
    options = parser.parse_args()
    with Place(options.build) as place:
        clinic = Clinic(place).start()
        pages = measure_pages(place, clinic, options)
        memory = measure_memory(clinic, options) if options.people else None
        clinic.close()
    rows = []
    for (who, page), (rate, p99) in sorted(pages.items(), key=lambda one: (one[0][1], one[0][0])):
        rows.append([who, page, rate, rate / pages["nginx, static", page][0], p99])
    print(f"\nPortal pages over TLS, {CLIENTS} clients\n"
          + table(("server", "page", "pages/s", "of nginx", "p99 ms"), rows))
    if memory:
        print(f"\nMemory of the portal (MB, PSS): {memory[0]:.0f} before, {memory[1]:.0f} while {options.people} people"
              f" save {options.megabytes} MB each")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"pages": [dict(zip(("server", "page", "rate", "of_nginx", "p99_ms"), row)) for row in rows],
                       "memory_mb": memory}, file, indent=1)


if __name__ == "__main__":
    main()
