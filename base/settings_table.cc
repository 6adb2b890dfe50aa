// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "base/settings.h"

namespace phimilter {
namespace {

using Check = Setting::Check;

constexpr std::array kTable{
    Setting{
        "organisation", "name", &Settings::organisation_name, "", Check::none, "",
        "The clinic's name as patients know it. It stands in notices and on the portal's pages."},
    Setting{"organisation", "phone", &Settings::organisation_phone, "", Check::none, "",
            "The number a recipient can call when in doubt. It stands in notices and on every dead "
            "end of the portal."},
    Setting{"organisation", "domains", &Settings::organisation_domains, "", Check::domains, "",
            "The organisation's own mail domains; '.example.org' means everything below. Mail to "
            "them stays inside "
            "and is not protected."},
    Setting{"organisation", "colour", &Settings::organisation_colour, "#0b5c7d", Check::colour, "",
            "The clinic's colour in notices and on the portal's pages: #rrggbb, dark enough that "
            "white can be read on it."},
    Setting{"organisation", "footer", &Settings::organisation_footer, "", Check::none, "",
            "A line below notices and pages, such as the clinic's address."},
    Setting{
        "organisation", "logo", &Settings::organisation_logo, "", Check::absolute_path, "",
        "PNG or JPEG file of up to 256 KiB for the portal's pages. Empty: the name in letters."},
    Setting{"organisation", "time_zone", &Settings::organisation_time_zone, "", Check::time_zone,
            "",
            "In which people are told days and times, in notices, on pages and in mails, such as "
            "\"America/New_York\". Empty: this host's."},

    Setting{"milter", "socket", &Settings::milter_socket, "unix:/run/phimilter/milter.sock",
            Check::socket, "",
            "Where the MTA reaches the filter: unix:/path or inet:127.0.0.1:port."},
    Setting{"milter", "socket_group", &Settings::milter_socket_group, "", Check::none, "",
            "Group that may connect to a unix socket: the MTA's. Empty: the filter's own group."},
    Setting{"milter", "spool", &Settings::milter_spool, "/var/lib/phimilter/spool", Check::folder,
            "", "Folder for bodies over 1 MB while a message is in work; the files have no name."},
    Setting{"milter", "trusted_clients", &Settings::milter_trusted_clients, "", Check::none, "",
            "Client addresses or CIDR blocks whose proof headers are believed. All others' are "
            "stripped unread."},
    Setting{"milter", "trusted_logins", &Settings::milter_trusted_logins, "", Check::none, "",
            "SASL logins whose proof headers are believed."},
    Setting{"milter", "proof_header", &Settings::milter_proof_header, "X-Phi-Proof", Check::none,
            "",
            "Name of the header field with which a sending system gives a recipient's question and "
            "answer. It never "
            "leaves, whoever sent it."},
    Setting{
        "milter", "volatile_headers", &Settings::milter_volatile_headers, "", Check::none, "",
        "Header fields that another filter, called before this one, makes anew each time a client "
        "tries again; a * at the end stands for the rest of the name. Authentication-Results, "
        "DKIM-Signature, ARC-*, Received-SPF, X-Spam-*, X-Virus-* and the like are known."},
    Setting{"milter", "reentry_listeners", &Settings::milter_reentry_listeners, "", Check::none, "",
            "Listener names ({daemon_name}) that take re-entering copies. A filter attached to one "
            "by mistake lets "
            "loopback through and defers all else."},

    Setting{"milter", "learn_listeners", &Settings::milter_learn_listeners, "", Check::none, "",
            "Listener names ({daemon_name}) of mail that comes in. It is never changed or refused: "
            "the filter only learns keys and certificates of its senders. Name in "
            "organisation.domains each domain that mail is taken in for: to any other, and after a "
            "login, mail counts as going out."},

    Setting{
        "mta", "alias_maps", &Settings::mta_alias_maps, "", Check::none, "",
        "Tables with which the MTA sends mailboxes of the organisation on, as main.cf names them: "
        "hash:/etc/aliases, hash:/etc/postfix/virtual; for Sendmail "
        "sendmail-hash:/etc/mail/aliases. "
        "A mailbox that they lead outside is treated as outside."},
    Setting{"mta", "postmap", &Settings::mta_postmap, "/usr/sbin/postmap", Check::absolute_path, "",
            "The program that is asked for tables of Postfix."},
    Setting{"mta", "makemap", &Settings::mta_makemap, "/usr/sbin/makemap", Check::absolute_path, "",
            "The program that is asked for tables of Sendmail."},
    Setting{"mta", "recipient_delimiter", &Settings::mta_recipient_delimiter, "+", Check::none, "",
            "Each of these characters may begin an extension of a mailbox, as main.cf says in its "
            "recipient_delimiter."},

    Setting{"reentry", "listener", &Settings::reentry_listener, "inet:127.0.0.1:10026",
            Check::socket, "",
            "The MTA's private listener without this filter, for copies that re-enter."},
    Setting{"reentry", "secure_listener", &Settings::reentry_secure_listener, "", Check::socket, "",
            "The listener of the second MTA instance, which can never send in the clear. Empty: "
            "the method tls is "
            "not available."},
    Setting{"reentry", "always", &Settings::reentry_always, "false", Check::none, "",
            "Also re-enter when one edit in place would do, so that the MTA's queue file never "
            "keeps the clear body "
            "of a protected message."},

    Setting{"extract", "program", &Settings::extract_program,
            "/usr/libexec/phimilter/phimilter-extract", Check::absolute_path, "",
            "The jailed reader of message parts."},
    Setting{"extract", "workers", &Settings::extract_workers, "2", Check::none, "1..64",
            "How many messages are read at the same time; one a core is right."},
    Setting{"extract", "timeout_ms", &Settings::extract_timeout_ms, "20000", Check::none,
            "100..600000",
            "Longest time for one message in milliseconds; past it the message is opaque and is "
            "protected."},
    Setting{
        "extract", "ocr", &Settings::extract_ocr, "false", Check::none, "",
        "Read the letters in pictures and scanned pages with tesseract (Debian: tesseract-ocr). "
        "It takes seconds a page; without it pictures are opaque."},
    Setting{"extract", "ocr_languages", &Settings::extract_ocr_languages, "eng", Check::none, "",
            "Languages of tesseract, joined by a plus: eng+spa (Debian: tesseract-ocr-spa)."},
    Setting{"extract", "ocr_pages", &Settings::extract_ocr_pages, "5", Check::none, "1..100",
            "Pictures and scanned pages that are read of one message; what is more is opaque."},
    Setting{"extract", "ocr_seconds", &Settings::extract_ocr_seconds, "10", Check::none, "1..120",
            "Longest time for one picture or page; it comes on top of timeout_ms."},

    Setting{"policy", "files", &Settings::policy_files, "", Check::absolute_path, "",
            "Rule files in order: the shipped pack first, the site's own behind it."},

    Setting{"pgp", "home", &Settings::pgp_home, "", Check::folder, "",
            "GNUPGHOME with recipients' public keys, mode 0700. Empty: the method pgp is not "
            "available."},
    Setting{"pgp", "program", &Settings::pgp_program, "/usr/libexec/phimilter/phimilter-gpg",
            Check::absolute_path, "", "The broker, the only program that touches pgp.home."},
    Setting{"pgp", "sign_key", &Settings::pgp_sign_key, "", Check::none, "",
            "Fingerprint of the organisation's own key, whose secret half is in pgp.home without a "
            "passphrase. Protected mail is signed inside with it."},
    Setting{"pgp", "brokers", &Settings::pgp_brokers, "3", Check::none, "1..64",
            "How many gpg run at the same time; cores + 1 is right."},

    Setting{"smime", "certificates", &Settings::smime_certificates, "", Check::folder, "",
            "Folder with recipients' certificates (PEM or DER). Empty: the method smime is not "
            "available."},
    Setting{"smime", "ca_file", &Settings::smime_ca_file, "", Check::absolute_path, "",
            "CA certificates (PEM) to which a recipient's certificate must chain. Empty: being in "
            "the folder is the "
            "trust."},
    Setting{"smime", "sign_certificate", &Settings::smime_sign_certificate, "",
            Check::absolute_path, "",
            "The organisation's own certificate (PEM, its chain behind it). Protected mail is "
            "signed inside with it."},
    Setting{"smime", "sign_key", &Settings::smime_sign_key, "", Check::absolute_path, "",
            "The private key of sign_certificate (PEM, not readable by others)."},
    Setting{"smime", "gcm_recipients", &Settings::smime_gcm_recipients, "", Check::none, "",
            "Addresses or domains known to read AES-256-GCM. All others get AES-256-CBC, which "
            "every reader knows."},
    Setting{"smime", "oaep_recipients", &Settings::smime_oaep_recipients, "", Check::none, "",
            "Addresses or domains known to read RSA-OAEP (SHA-256). All others with an RSA key get "
            "PKCS #1 v1.5, which every reader knows."},
    Setting{"smime", "crl_folder", &Settings::smime_crl_folder, "", Check::folder, "",
            "Folder with the CAs' revocation lists (PEM or DER), which something else fetches. "
            "Empty: revocation is not checked. Needs ca_file."},
    Setting{"smime", "stale_crl", &Settings::smime_stale_crl, "unknown", Check::choice,
            "unknown|unusable",
            "A certificate whose CA's revocation list is over: unknown, so that the portal takes "
            "the mail, or unusable, so that the next method does."},
    Setting{"smime", "missing_crl", &Settings::smime_missing_crl, "unknown", Check::choice,
            "unknown|unusable|valid",
            "A certificate whose CA has no revocation list in crl_folder; valid is for CAs that "
            "publish none."},
    Setting{"smime", "compare", &Settings::smime_compare, "case-insensitive", Check::choice,
            "case-insensitive|exact-local",
            "How a recipient's address is compared with those in a certificate: without ASCII "
            "case, or with the part before the @ to the letter."},

    Setting{"keys", "folder", &Settings::keys_folder, "/var/lib/phimilter/keys", Check::folder, "",
            "Folder of the key book: where each key came from, who trusts it, and which one was "
            "used last."},
    Setting{
        "keys", "trust", &Settings::keys_trust, "", Check::none, "",
        "Sources whose keys are used without a person's word: wkd, ldap, learned, autocrypt, or "
        "one of them for one domain: learned:hospital.example. All other keys wait for `phictl "
        "keys trust`."},
    Setting{
        "keys", "partners", &Settings::keys_partners, "", Check::none, "",
        "Domains whose gateway reads for all its recipients: hospital.example:FINGERPRINT of an "
        "OpenPGP key or certificate that was imported."},
    Setting{
        "keys", "wkd", &Settings::keys_wkd, "", Check::none, "",
        "Domains whose Web Key Directory is asked for keys; * means every domain. Empty: none."},
    Setting{"keys", "wkd_ca_file", &Settings::keys_wkd_ca_file, "", Check::absolute_path, "",
            "CA certificates (PEM) for Web Key Directories. Empty: those of the system."},
    Setting{
        "keys", "ldap", &Settings::keys_ldap, "", Check::none, "",
        "Directories that are asked for certificates, each for a domain: 'hospital.example "
        "ldaps://ldap.hospital.example/dc=hospital,dc=example'. ldap:// goes on with StartTLS."},
    Setting{"keys", "ldap_ca_file", &Settings::keys_ldap_ca_file, "", Check::absolute_path, "",
            "CA certificates (PEM) for these directories. Empty: those of the system."},
    Setting{"keys", "lookup_ms", &Settings::keys_lookup_ms, "5000", Check::none, "100..60000",
            "Longest time that one message waits for key servers, in milliseconds. What is not "
            "known by then is unknown for this message, which the portal takes."},

    Setting{"tls", "domains", &Settings::tls_domains, "", Check::domains, "",
            "Partner domains whose mail leaves as it is, but only over verified TLS; "
            "'.example.org' means everything "
            "below."},
    Setting{"tls", "dane", &Settings::tls_dane, "false", Check::none, "",
            "Also domains whose signed zones say which certificates their mail hosts show (DANE, "
            "RFC 7672). Needs policy_socket."},
    Setting{"tls", "mta_sts", &Settings::tls_mta_sts, "false", Check::none, "",
            "Also domains that say over HTTPS that their mail hosts speak verified TLS (MTA-STS in "
            "mode enforce, RFC 8461). Needs policy_socket."},
    Setting{"tls", "policy_socket", &Settings::tls_policy_socket, "", Check::socket, "",
            "Where the secure instance of Postfix asks what to demand of a domain: "
            "unix:/run/phimilter/tls.sock, for milter.socket_group. Empty: no such table."},
    Setting{"tls", "resolver", &Settings::tls_resolver, "", Check::none, "",
            "The DNS server to ask: 127.0.0.1, 127.0.0.1@5353. Its answers are validated here. "
            "Empty: those of /etc/resolv.conf."},
    Setting{"tls", "trust_anchor", &Settings::tls_trust_anchor, "/usr/share/dns/root.key",
            Check::absolute_path, "",
            "The key of the DNS root, to validate with (Debian: dns-root-data)."},
    Setting{"tls", "ca_file", &Settings::tls_ca_file, "/etc/ssl/certs/ca-certificates.crt",
            Check::absolute_path, "",
            "CA certificates (PEM) for the hosts that give MTA-STS policies."},
    Setting{"tls", "timeout_ms", &Settings::tls_timeout_ms, "8000", Check::none, "100..60000",
            "Longest wait for what a domain says, in milliseconds; past it nothing is proved, and "
            "the recipient's mail takes the next method."},

    Setting{
        "escrow", "folder", &Settings::escrow_folder, "", Check::folder, "",
        "Where messages for the portal wait, sealed. Empty: the method portal is not available."},
    Setting{"escrow", "public_key", &Settings::escrow_public_key, "/etc/phimilter/portal.pub",
            Check::absolute_path, "", "The portal's public key; entries are sealed to it."},
    Setting{"escrow", "link_key", &Settings::escrow_link_key, "/etc/phimilter/link.key",
            Check::absolute_path, "",
            "Secret from which the links in notices are made (32 bytes)."},
    Setting{
        "escrow", "expiry_days", &Settings::escrow_expiry_days, "30", Check::none, "1..3653",
        "How many days a message can be read in the portal, where no rule or route of the policy "
        "has an expiry of its own."},
    Setting{"escrow", "retention_days", &Settings::escrow_retention_days, "30", Check::none,
            "0..3653",
            "How many days an expired message is kept, sealed, so that its life can be extended; "
            "then its key is destroyed."},
    Setting{"escrow", "bind_to_link", &Settings::escrow_bind_to_link, "false", Check::none, "",
            "Bind each message to the link in its notice: disk and portal key together do not open "
            "it. Reminders then carry no link."},
    Setting{"escrow", "recovery_key", &Settings::escrow_recovery_key, "", Check::absolute_path, "",
            "Public half of the recovery key, to which the links of bound messages are sealed. "
            "Empty: a lost notice cannot be sent again."},

    Setting{
        "hold", "tell_sender", &Settings::hold_tell_sender, "true", Check::none, "",
        "Tell the sender, without a word of the message, that it is held for a person to decide."},
    Setting{
        "hold", "expiry_days", &Settings::hold_expiry_days, "14", Check::none, "1..3650",
        "How many days a held message waits for somebody to decide. Then the sender is told, and "
        "it is deleted."},
    Setting{"hold", "tries", &Settings::hold_tries, "5", Check::none, "0..1000",
            "A message that was deferred so often for a reason that does not go away by waiting is "
            "held, and the sender told. 0: it is deferred until its client gives up."},
    Setting{"hold", "minutes", &Settings::hold_minutes, "60", Check::none, "0..10000",
            "And for at least so many minutes."},
    Setting{"hold", "listener", &Settings::hold_listener, "inet:127.0.0.1:10025", Check::socket, "",
            "The MTA's filtered listener, to which `phictl held release` gives what was held."},
    Setting{"hold", "clear", &Settings::hold_clear, "false", Check::none, "",
            "Whether `phictl held release --clear` may let a message go without protection; never "
            "one with specially protected content."},

    Setting{"batch", "folder", &Settings::batch_folder, "/var/lib/phimilter/batches", Check::folder,
            "",
            "Folder of the book of batches: what was sent of each, so that running one again sends "
            "nothing twice. Empty: mail with X-Phi-Batch from a believed sender is deferred."},
    Setting{"batch", "window_days", &Settings::batch_window_days, "30", Check::none, "1..365",
            "How many days after its last message a batch is remembered."},
    Setting{"batch", "quiet_minutes", &Settings::batch_quiet_minutes, "15", Check::none, "0..1440",
            "The sender gets the summary of a batch when so long nothing of it has come, or with "
            "its end mark. 0: only with the end mark."},

    Setting{"portal", "url", &Settings::portal_url, "", Check::url, "",
            "The portal's address as recipients see it, without a slash at the end: "
            "https://secure.clinic.example."},
    Setting{"portal", "https", &Settings::portal_https, "", Check::socket, "",
            "Where the portal serves HTTPS: inet:address:port. Empty: no HTTPS of its own."},
    Setting{"portal", "certificate", &Settings::portal_certificate, "", Check::absolute_path, "",
            "The portal's TLS certificate with its chain (PEM)."},
    Setting{"portal", "certificate_key", &Settings::portal_certificate_key, "",
            Check::absolute_path, "", "The private key of portal.certificate (PEM)."},
    Setting{"portal", "http", &Settings::portal_http, "", Check::socket, "",
            "Plain HTTP for a reverse proxy on this host: inet:127.0.0.1:port. Empty: none."},
    Setting{"portal", "private_key", &Settings::portal_private_key, "/etc/phimilter/portal.key",
            Check::absolute_path, "",
            "The key that opens sealed entries. Readable by the portal's user alone."},
    Setting{"portal", "pepper", &Settings::portal_pepper, "/etc/phimilter/pepper.key",
            Check::absolute_path, "",
            "Secret that is mixed into stored answers and seals the portal's state (32 bytes). "
            "Readable by the portal's user alone."},
    Setting{"portal", "state", &Settings::portal_state, "/var/lib/phimilter-portal", Check::folder,
            "", "Folder for the portal's own state, sealed: hashed answers, wrong tries, locks."},
    Setting{
        "portal", "submission", &Settings::portal_submission, "", Check::socket, "",
        "The filtered listener that takes replies of recipients. Empty: nobody can reply. One-time "
        "codes for recipients go to reentry.listener, as notices do."},
    Setting{"portal", "sender", &Settings::portal_sender, "", Check::none, "",
            "Address from which one-time codes and replies are sent: no-reply@clinic.example. "
            "Empty: there are none."},
    Setting{"portal", "session_minutes", &Settings::portal_session_minutes, "15", Check::none,
            "5..30", "After so many minutes without a click the portal asks for proof again."},
    Setting{"portal", "session_hours", &Settings::portal_session_hours, "8", Check::none, "1..12",
            "After so many hours the portal asks for proof again in any case."},
    Setting{"portal", "two_proofs", &Settings::portal_two_proofs, "never", Check::choice,
            "never|sensitive|always",
            "Which messages need two proofs, one after the other. Who can give only one is told to "
            "call."},
    Setting{"portal", "accounts", &Settings::portal_accounts, "true", Check::none, "",
            "Recipients may make an account of their own once they have given proof."},
    Setting{"portal", "account_for_question", &Settings::portal_account_for_question, "false",
            Check::none, "",
            "A signed-in account also opens messages whose sender asked a question. A passphrase "
            "can be reset by mail, so this is weaker than the question."},
    Setting{"portal", "passphrase_length", &Settings::portal_passphrase_length, "12", Check::none,
            "12..64", "Of an account's passphrase, at least, in characters."},
    Setting{"portal", "breached_passphrases", &Settings::portal_breached_passphrases, "",
            Check::absolute_path, "",
            "A file of passphrases that are refused, besides the built-in list: sorted SHA-1 in "
            "hex, one a line, a colon and a count may follow; or plain text, one a line."},
    Setting{"portal", "redis", &Settings::portal_redis, "", Check::socket, "",
            "Redis through which several portal hosts count wrong answers together: unix:/path or "
            "inet:address:port. Empty: each host counts for itself."},
    Setting{"portal", "tries_per_recipient", &Settings::portal_tries_per_recipient, "15",
            Check::none, "5..1000",
            "Wrong answers for all messages of one recipient together, within an hour; past it: "
            "locked."},
    Setting{"portal", "tries_per_network", &Settings::portal_tries_per_network, "60", Check::none,
            "5..100000",
            "Wrong answers from one network within an hour; past it nobody from there can answer "
            "for a while."},
    Setting{"portal", "network_v4_bits", &Settings::portal_network_v4_bits, "24", Check::none,
            "8..32", "So much of an IPv4 address is one network."},
    Setting{"portal", "network_v6_bits", &Settings::portal_network_v6_bits, "56", Check::none,
            "16..128", "So much of an IPv6 address is one network."},
    Setting{"portal", "proxies", &Settings::portal_proxies, "", Check::none, "",
            "Addresses or CIDR blocks of reverse proxies whose X-Forwarded-For is believed. Empty: "
            "this host's alone, on portal.http."},
    Setting{"portal", "reply_mb", &Settings::portal_reply_mb, "25", Check::none, "1..60",
            "How many megabytes of files one reply may hold."},
    Setting{"portal", "reply_all", &Settings::portal_reply_all, "false", Check::none, "",
            "Whether recipients may answer to everybody who stands in To and Cc. Read by the "
            "filter, for each message when it is sealed; a rule of the policy may say otherwise."},
    Setting{"portal", "forward", &Settings::portal_forward, "false", Check::none, "",
            "Whether recipients may send a message on to one other address; it leaves through "
            "the filtered listener as any mail. Read by the filter, as portal.reply_all."},
    Setting{"portal", "api_listen", &Settings::portal_api_listen, "", Check::socket, "",
            "Where the API is served, apart from the pages: inet:address:port; with "
            "portal.certificate over TLS, without on loopback alone. Empty: beside the pages."},
    Setting{"portal", "api_send", &Settings::portal_api_send, "false", Check::none, "",
            "Whether programs with the scope messages:send may hand in messages by the API. The "
            "filter must believe this host: milter.trusted_clients."},

    Setting{"tracking", "receipts", &Settings::tracking_receipts, "off", Check::choice,
            "off|each|daily",
            "Whether the sender is mailed when a message is first read: at once, or all of a day "
            "together."},
    Setting{"tracking", "remind_days", &Settings::tracking_remind_days, "5", Check::none, "0..3650",
            "After so many days the recipient of an unread message is mailed once more. 0: never."},
    Setting{"tracking", "tell_days", &Settings::tracking_tell_days, "10", Check::none, "0..3650",
            "After so many days the sender is told that a message is unread. 0: never."},
    Setting{"tracking", "expiry_days", &Settings::tracking_expiry_days, "3", Check::none, "0..3650",
            "So many days before an unread message expires, recipient and sender are told. 0: "
            "never."},
    Setting{"tracking", "sender_page", &Settings::tracking_sender_page, "true", Check::none, "",
            "Whether senders of organisation.domains may see and manage their messages at "
            "portal.url/sent."},

    Setting{"audit", "journal", &Settings::audit_journal, "/var/lib/phimilter/journal",
            Check::folder, "", "Folder of the filter's journal of decisions."},
    Setting{"audit", "portal_journal", &Settings::audit_portal_journal,
            "/var/lib/phimilter-portal/journal", Check::folder, "",
            "Folder of the portal's journal."},
    Setting{"audit", "phictl_journal", &Settings::audit_phictl_journal,
            "/var/lib/phimilter/phictl-journal", Check::folder, "",
            "Folder of the journal of what people did with phictl: held messages that were shown, "
            "released or refused."},
    Setting{"audit", "redis", &Settings::audit_redis, "", Check::socket, "",
            "Redis that gets a copy of every record: unix:/path or inet:address:port. Empty: the "
            "journal alone."},
    Setting{"audit", "stream", &Settings::audit_stream, "phimilter:decisions", Check::none, "",
            "Name of the Redis stream."},

    Setting{"log", "level", &Settings::log_level, "info", Check::choice, "debug|info|warning|error",
            "The least important event that is logged."},
    Setting{"log", "target", &Settings::log_target, "stderr", Check::choice, "stderr|journald",
            "Where log lines go."},
};

}  // namespace

std::span<const Setting> settings_table() {
  return kTable;
}

}  // namespace phimilter
