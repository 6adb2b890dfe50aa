# SPDX-License-Identifier: Apache-2.0
"""Keys and certificates of the cast, made by gpg and openssl."""
import os
import subprocess


def run(arguments, stdin=None, ok=(0,), cwd=None):
    """Runs a judge; returns (standard output, standard error)."""
    result = subprocess.run(arguments, input=stdin, capture_output=True, timeout=120, cwd=cwd,
                            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"})
    if result.returncode not in ok:
        raise AssertionError(f"{' '.join(arguments)} ended with {result.returncode}: "
                             f"{result.stderr.decode(errors='replace')}")
    return result.stdout, result.stderr


class Authority:
    """A certificate authority for one run."""

    def __init__(self, place, name="ca", subject="/CN=Invented Health Network CA"):
        self._place = place
        self.folder = place.folder(f"keys/{name}", 0o755)
        self.key, self.certificate = self._file("ca.key"), self._file("ca.pem")
        run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", subject,
             "-keyout", self.key, "-out", self.certificate])

    def _file(self, name):
        return os.path.join(self.folder, name)

    def issue(self, name, subject, alternative, usage, extended):
        """Returns (certificate, key) as PEM files."""
        key, request, certificate = (self._file(f"{name}.{kind}") for kind in ("key", "csr", "pem"))
        extensions = self._place.write(
            f"keys/{name}.ext", f"basicConstraints=CA:FALSE\nsubjectAltName={alternative}\nkeyUsage={usage}\n"
                                f"extendedKeyUsage={extended}\nsubjectKeyIdentifier=hash\n"
                                "authorityKeyIdentifier=keyid\n")
        run(["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", subject, "-keyout", key, "-out", request])
        run(["openssl", "x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key,
             "-CAcreateserial", "-days", "29", "-extfile", extensions, "-out", certificate])
        return certificate, key

    def mail(self, name, person, address):
        return self.issue(name, f"/CN={person}", f"email:{address}", "digitalSignature,keyEncipherment",
                          "emailProtection")

    def server(self, name, alternative):
        return self.issue(name, f"/CN={name}", alternative, "digitalSignature,keyEncipherment", "serverAuth")


class KeyRing:
    """One person's GNUPGHOME."""

    def __init__(self, place, name):
        self.home = place.folder(f"keys/gpg-{name}", 0o700)

    def gpg(self, *arguments, stdin=None):
        return run(["gpg", "--homedir", self.home, "--batch", "--quiet", "--no-tty", *arguments], stdin=stdin)

    def create(self, person, address, lifetime="1y", born=None):
        time = ["--faked-system-time", born] if born else []
        self.gpg(*time, "--passphrase", "", "--quick-generate-key", f"{person} <{address}>", "future-default",
                 "default", lifetime)
        return self

    def expire(self, lifetime):
        """Key and subkeys, from now on: "1y", or "seconds=1"."""
        listing = self.gpg("--with-colons", "--list-keys")[0].decode()
        fingerprint, *subkeys = [line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr:")]
        for names in ((), subkeys):
            self.gpg("--passphrase", "", "--pinentry-mode", "loopback", "--quick-set-expire", fingerprint, lifetime,
                     *names)

    def public_key(self):
        return self.gpg("--armor", "--export")[0]

    def key_ids(self):
        """Long ids of the keys that others encrypt to."""
        listing = self.gpg("--with-colons", "--list-keys")[0].decode()
        return [line.split(":")[4] for line in listing.splitlines() if line.startswith(("pub:", "sub:"))]

    def decrypt(self, armored):
        """(plain bytes, status lines). An AssertionError when gpg says no, or that the text was not protected
        against changes."""
        plain, status = run(["gpg", "--homedir", self.home, "--batch", "--quiet", "--no-tty", "--status-fd", "2",
                             "--decrypt"], stdin=armored)
        status = status.decode(errors="replace")
        if "DECRYPTION_OKAY" not in status or "GOODMDC" not in status:
            raise AssertionError(f"gpg: {status}")
        return plain, status

    def recipients(self, armored):
        """Key ids that stand in an encrypted text."""
        packets = run(["gpg", "--homedir", self.home, "--batch", "--no-tty", "--list-packets", "--list-only"],
                      stdin=armored, ok=(0, 2))[0].decode(errors="replace")
        return [line.rsplit(" ", 1)[1] for line in packets.splitlines() if line.startswith(":pubkey enc packet:")]

    def close(self):
        subprocess.run(["gpgconf", "--homedir", self.home, "--kill", "all"], stderr=subprocess.DEVNULL)
