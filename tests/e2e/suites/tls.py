# SPDX-License-Identifier: Apache-2.0
"""TLS that can be proved: DANE, MTA-STS and configured partners, with a DNS of signed zones, the hosts that they name,
and what those hosts can do wrong. What was promised is what Postfix demands, or nothing leaves."""
import sys

from checks import fail_unless
from mta import people
from mta.clinic import Clinic
from mta.dns import NameServer, own_network, tlsa_of
from mta.judge import without_trace
from mta.keys import run
from mta.policy_web import PolicyWeb
from mta.postfix import secure_instance
from mta.wait import wait_until
from suites.messages import SECRETS, result  # noqa: F401 - SECRETS: nowhere in a log

# Domain -> (what its mail host shows, how its zone is made).
HOSTS = {
    "dane.example": "self-signed",      # and the zone says so
    "liar.example": "self-signed",      # the zone names another key
    "nodane.example": "self-signed",    # signed, and without TLSA
    "bogus.example": "self-signed",     # signed, and changed afterwards
    "hoster.example": "named mx.hoster.example",
    "good.example": "named good.example",
    "notls.example": None,
    "selfsigned.example": "self-signed",
    "wrongname.example": "named somebody.else.example",
    "expired.example": "expired",
    "stsliar.example": "self-signed",
}
STS = {
    "sts.example": ("enforce", "*.hoster.example", "mx.hoster.example"),
    "testing.example": ("testing", "*.hoster.example", "mx.hoster.example"),
    "strange.example": ("enforce", "mx.strange.example", "mx.hoster.example"),
    "stsliar.example": ("enforce", "mx.stsliar.example", "mx.stsliar.example"),
    "gone.example": ("", "", "mx.hoster.example"),
}
CONFIGURED = ["good.example", "notls.example", "selfsigned.example", "wrongname.example", "expired.example"]
REFUSED = ("liar.example", "stsliar.example", "notls.example", "selfsigned.example", "wrongname.example",
           "expired.example")


class TlsClinic(Clinic):
    more_domains = {*HOSTS, *STS}

    def __init__(self, place):
        self.network, self.replies = own_network(), {}
        super().__init__(place)
        self.secure = secure_instance(place, self.ports, self.ca.certificate, {}, {}, self.tls_socket, dns=True)
        self._make_world()
        self.settings_file = self.write_settings()

    def _address(self, domain):
        return f"{self.network}.{10 + list(HOSTS).index(domain)}"

    def _certificate(self, domain, kind):
        if kind is None:
            return ()
        if kind.startswith("named "):
            return self.ca.server(domain, f"DNS:{kind.split()[1]}")
        if kind == "expired":
            certificate, key = self.ca.server(domain, f"DNS:{domain}")
            run(["openssl", "x509", "-req", "-in", f"{self.ca.folder}/{domain}.csr", "-CA", self.ca.certificate,
                 "-CAkey", self.ca.key, "-days", "-1", "-extfile", self.place.path(f"keys/{domain}.ext"),
                 "-out", certificate])
            return certificate, key
        certificate, key = self.place.path(f"keys/{domain}.pem"), self.place.path(f"keys/{domain}.key")
        run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", f"/CN={domain}",
             "-addext", f"subjectAltName=DNS:{domain},DNS:mx.{domain}", "-keyout", key, "-out", certificate])
        return certificate, key

    def _make_world(self):
        self.names = NameServer(self.place, f"{self.network}.1")
        pairs = {domain: self._certificate(domain, kind) for domain, kind in HOSTS.items()}
        for domain, pair in pairs.items():
            self.sink.listen(domain, 25, *pair, host=self._address(domain))
            self._add_zone(domain, pairs)
        for domain, (mode, _, host) in STS.items():
            if domain not in HOSTS:
                self.names.add_zone(domain, [f"@ IN MX 10 {host}.", *self._sts_records(domain)])
        hosts = ",".join(f"DNS:mta-sts.{domain}" for domain in STS)
        self.web = PolicyWeb(f"{self.network}.2", *self.ca.server("web", hosts), {
            f"mta-sts.{domain}": f"version: STSv1\nmode: {mode}\nmx: {mx}\nmax_age: 86400\n"
            for domain, (mode, mx, _) in STS.items() if mode})

    def _sts_records(self, domain):
        if domain not in STS:
            return []
        return ['_mta-sts IN TXT "v=STSv1; id=20261122;"', f"mta-sts IN A {self.network}.2"]

    def _add_zone(self, domain, pairs):
        records = [f"@ IN MX 10 mx.{domain}.", f"mx IN A {self._address(domain)}", *self._sts_records(domain)]
        shown = {"dane.example": "dane.example", "liar.example": "dane.example", "bogus.example": "bogus.example"}
        if domain in shown:
            records.append(f"_25._tcp.mx IN TLSA {tlsa_of(pairs[shown[domain]][0])}")
        signed = domain in shown or domain == "nodane.example"
        tamper = (self._address(domain), f"{self.network}.99") if domain == "bogus.example" else None
        self.names.add_zone(domain, records, signed, tamper)

    def default_settings(self):
        settings = super().default_settings()
        if hasattr(self, "names"):
            settings["tls"].update({"domains": CONFIGURED, "dane": True, "mta_sts": True,
                                    "resolver": self.names.address, "trust_anchor": self.names.anchors,
                                    "ca_file": self.ca.certificate})
        return settings

    def method(self, address):
        """Of the decision about the last mail to this recipient."""
        return self.wait_record(self.replies[address])["recipients"][0]["method"]

    def send(self, domain, sender=people.NURSE.address):
        address = f"referrals@{domain}"
        message = result([address])
        self.send_one(sender, address, message)
        return address, message

    def send_one(self, sender, address, message):
        reply = self.replies[address] = self.submit(sender, [address], message)
        fail_unless(reply.code == 250, f"{address}: {reply.text}")

    def close(self):
        run(["umount", "/etc/resolv.conf"], ok=(0, 1, 32))
        return super().close()


def make_clinic(place):
    clinic = TlsClinic(place)
    clinic.names.start()
    if not clinic.names.become_the_resolver():
        print("a resolver of its own is not allowed here")
        clinic.close()
        sys.exit(77)
    return clinic.start()


def test_the_world_is_as_it_should_be(clinic):
    """Asked by another program: what is signed validates, what was changed does not."""
    fail_unless(" ad;" in clinic.names.answer("_25._tcp.mx.dane.example", "TLSA").replace(" ad ", " ad;"), "not signed")
    fail_unless("SERVFAIL" in clinic.names.answer("mx.bogus.example", "A"), "bogus answers")


def _arrives(clinic, domain, listener):
    address, message = clinic.send(domain)
    copy = clinic.wait_copies(address)[-1]
    fail_unless(copy.listener == listener and copy.tls, f"{domain} by {copy.listener}, TLS '{copy.tls}'")
    fail_unless(without_trace(copy.data) == message, f"{domain}: changed on the way")
    fail_unless(clinic.method(address) == "tls", clinic.method(address))


def test_dane(clinic):
    """A certificate that nobody signed, and that the signed zone names."""
    _arrives(clinic, "dane.example", "dane.example")


def test_mta_sts(clinic):
    """The mail host of another company, which the policy names."""
    _arrives(clinic, "sts.example", "hoster.example")
    fail_unless(("mta-sts.sts.example", "/.well-known/mta-sts.txt") in clinic.web.asked, clinic.web.asked)


def test_configured(clinic):
    """A partner of the settings, whose certificate names the domain."""
    _arrives(clinic, "good.example", "good.example")


def test_what_is_not_proved_takes_the_next_method(clinic):
    """Signed without TLSA, bogus, only testing, hosts that the policy does not name, a policy that cannot be had."""
    for domain in ("nodane.example", "bogus.example", "testing.example", "strange.example", "gone.example"):
        address, _ = clinic.send(domain)
        fail_unless(clinic.method(address) == "portal", f"{domain}: {clinic.method(address)}")


def test_a_partner_that_breaks_the_promise_gets_nothing_and_the_sender_is_told(clinic):
    """Another key than the zone's, no STARTTLS, self-signed, another name, too old: within seconds there is a notice
    with the way out, and the host has heard no MAIL."""
    for domain in REFUSED:
        before = len(clinic.sink.deliveries(people.NURSE.address))
        address, _ = clinic.send(domain)
        notice = clinic.wait_copies(people.NURSE.address, before + 1)[-1]
        fail_unless(address.encode() in notice.data and b"[portal]" in notice.data, repr(notice.data[:3000]))
        for secret in SECRETS:
            fail_unless(secret.encode() not in notice.data, f"{domain}: the notice tells {secret}")
        fail_unless("MAIL" not in clinic.sink.verbs(domain), f"{domain} heard {clinic.sink.verbs(domain)}")
    fail_unless(not clinic.secure.queued(), "something is still waiting")


def test_the_notice_to_a_sender_outside_leaves_by_tls_or_not_at_all(clinic):
    """A sender whose own host has no TLS gets no notice: it would be one in the clear."""
    clinic.send("notls.example", sender="guest@notls.example")
    wait_until(lambda: "status=bounced" in clinic.secure.log_text(), "the bounce")
    wait_until(lambda: not clinic.secure.queued(), "the queue to be empty")
    fail_unless("MAIL" not in clinic.sink.verbs("notls.example"), clinic.sink.verbs("notls.example"))


PROMISED = {"dane.example": "dane.example", "sts.example": "hoster.example", "good.example": "good.example"}


def test_requeued_mail_keeps_its_promise(clinic):
    """STARTTLS is put off, `postsuper -r`, again and again: nothing is said but EHLO; then it is delivered."""
    clinic.sink.no_tls_now = True
    addresses = {domain: clinic.send(domain)[0] for domain in PROMISED}
    for _ in range(2):
        seen = len(clinic.secure.deferral_reasons())
        clinic.secure.flush()
        wait_until(lambda: len(clinic.secure.deferral_reasons()) >= seen + len(PROMISED), "all to be deferred")
        clinic.secure.command("postsuper", "-r", "ALL")
    for listener in PROMISED.values():
        fail_unless("MAIL" not in clinic.sink.verbs(listener), f"{listener} heard {clinic.sink.verbs(listener)}")
    clinic.sink.no_tls_now = False
    clinic.secure.flush()
    for domain, listener in PROMISED.items():
        copy = clinic.wait_copies(addresses[domain])[-1]
        fail_unless(copy.listener == listener and copy.tls, f"{domain} by {copy.listener}, TLS '{copy.tls}'")


def _warn_after(clinic, time):
    clinic.secure.command("postconf", "-e", f"delay_warning_time = {time}")
    clinic.secure.command("postfix", "reload")


def test_a_partner_that_puts_tls_off_hears_nothing_and_the_sender_is_told(clinic):
    """STARTTLS is offered and answered with 454: not a word in the clear; after delay_warning_time, here a second instead
    of a quarter of an hour, the sender has the way out; and once the partner has TLS again, it is delivered."""
    before = len(clinic.sink.deliveries(people.NURSE.address))
    _warn_after(clinic, "1s")
    clinic.sink.no_tls_now = True
    try:
        address, _ = clinic.send("good.example")
        wait_until(clinic.secure.deferral_reasons, "it to be deferred")
        clinic.secure.flush()
        notice = clinic.wait_copies(people.NURSE.address, before + 1)[-1]
        fail_unless(address.encode() in notice.data and b"[portal]" in notice.data and b"Action: delayed" in notice.data
                    and b"454" in notice.data, repr(notice.data[:3000]))
        for secret in SECRETS:
            fail_unless(secret.encode() not in notice.data, f"the notice tells {secret}")
        fail_unless(not {"MAIL", "RCPT", "DATA"} & set(clinic.sink.verbs("good.example")), clinic.sink.verbs("good.example"))
        fail_unless(clinic.secure.queued("deferred"), "it does not wait")
    finally:
        clinic.sink.no_tls_now = False
        _warn_after(clinic, "15m")
    clinic.secure.flush()
    fail_unless(clinic.wait_copies(address)[-1].tls, "not over TLS")


def test_mail_waits_when_the_filter_does_not_answer(clinic):
    """The table is gone with the filter: nothing is sent on a guess. When it is back, it is."""
    clinic.sink.no_tls_now = True
    address, _ = clinic.send("sts.example")
    wait_until(lambda: clinic.secure.queued("deferred"), "the mail to be deferred")
    clinic.filter.stop()
    clinic.sink.no_tls_now = False
    seen = len(clinic.secure.deferral_reasons())
    clinic.secure.flush()
    wait_until(lambda: len(clinic.secure.deferral_reasons()) > seen, "it to be deferred without the filter", 150)
    fail_unless(not clinic.sink.deliveries(address), "it was sent")
    clinic.start_filter()
    clinic.secure.flush()
    fail_unless(clinic.wait_copies(address, seconds=150)[-1].tls, "not over TLS")


def test_a_subject_with_portal_goes_to_the_portal(clinic):
    """The way out that notices name: [portal] in the subject, and the mark does not leave."""
    address = "referrals@good.example"
    message = result([address]).replace(b"Subject: ", b"Subject: [portal] ")
    clinic.send_one(people.NURSE.address, address, message)
    record = clinic.wait_record(clinic.replies[address])
    fail_unless("mark:portal:raised" in record["rules"], record["rules"])
    fail_unless(clinic.method(address) == "portal", clinic.method(address))
