// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "phictl/key_stores.h"
#include "phictl/key_trust.h"
#include "phictl/ownership.h"
#include "phictl/verb.h"
#include "protect/a_labels.h"
#include "protect/key_intake.h"

namespace phimilter::phictl {
namespace {

using protect::KeyKind;
using protect::KeyRecord;

constexpr std::size_t kOpenPgpDigits = 40;
constexpr std::string_view kNowUsed = "trusted; mail is encrypted to it from now on";

// One verb says yes to a key, the other no.
class KeysDecideVerb final : public Verb {
 public:
  explicit KeysDecideVerb(bool yes) : yes_(yes) {}

  const VerbText& text() const override {
    static constexpr VerbText kTrust{
        "keys trust", "Use a key that waits: found on the net, learned, or changed",
        "FINGERPRINT is what `phictl keys list` shows. Compare it with the owner first, by "
        "telephone for example.\n"
        "The key is put where the filter finds it, and is the one that is used from now on for the "
        "addresses it is listed\n"
        "for, whatever was used before; other addresses in a certificate wait for a word of their "
        "own. --address limits\n"
        "this to one address.",
        "phictl keys trust 3f2a9c0d5b6e7f8091a2b3c4d5e6f708192a3b4c"};
    static constexpr VerbText kRefuse{
        "keys refuse", "Never use a key for the addresses it is known for",
        "It stays known as refused, so that it does not come back as a new one. For its address "
        "another key or the next\n"
        "method is used. --address limits this to one of its addresses.",
        "phictl keys refuse 3f2a9c0d5b6e7f8091a2b3c4d5e6f708192a3b4c"};
    return yes_ ? kTrust : kRefuse;
  }

  std::vector<Argument> arguments() override {
    return {{"FINGERPRINT", &fingerprint_, "40 or 64 hexadecimal digits", "", true, {}},
            {"--address", &address_, "For this address alone", "ADDRESS", false, {}}};
  }

  Outcome run(const Invocation& invocation) override {
    const auto fingerprint = typed_fingerprint(fingerprint_);
    if (!fingerprint) {
      return misused(invocation, "FINGERPRINT has 40 hexadecimal digits (OpenPGP) or 64");
    }
    const auto settings = invocation.settings();
    if (!settings) {
      return report(invocation, settings.error());
    }
    const std::string person = this_person();
    const auto decided = decide(invocation, *settings, *fingerprint, person);
    return decided ? Outcome::ok : report(invocation, decided.error());
  }

 private:
  Status decide(const Invocation& invocation, const Settings& settings,
                const FingerprintId& fingerprint, const std::string& person) {
    const auto book = open_key_book(settings);
    if (!book) {
      return fail(book.error());
    }
    if (*book == nullptr) {
      return fail(permanent_fault("phictl.keys", "there is no key book yet; the filter makes it"));
    }
    auto records = (*book)->all();
    if (!records) {
      return fail(records);
    }
    const auto held_for = add_held(settings, fingerprint, *records);
    if (!held_for) {
      return fail(held_for.error());
    }
    // As the book spells owners; what is no address is nobody's.
    const auto typed = mail::Address::parse(address_);
    const std::string wanted = typed ? protect::owner_key(*typed) : address_;
    std::size_t known = 0;
    for (const KeyRecord& record : *records) {
      const bool meant = address_.empty() || record.owner == wanted;
      const protect::Candidate* candidate = record.find(fingerprint);
      // Where it came beside another address's, it takes a word about this very address.
      const bool silent = yes_ && address_.empty() && candidate && is_beside(*candidate);
      if (candidate == nullptr || !meant || silent) {
        continue;
      }
      ++known;
      const bool lost = candidate->bytes.empty() && held_for->count(record.owner) == 0;
      if (yes_ && lost) {
        return fail(permanent_fault("phictl.keys",
                                    "the key is not here any more; import it again: `phictl keys "
                                    "import FILE`")
                        .with("address", record.owner));
      }
      if (auto done = decide_one(invocation, settings, **book, record, fingerprint, person);
          !done) {
        return done;
      }
    }
    if (known == 0) {
      return fail(permanent_fault("phictl.keys",
                                  "no such key is known; `phictl keys list` shows those that are"));
    }
    return {};
  }

  using Owners = std::set<std::string>;

  // For whom the keyring or certificate folder holds the key; what the book has not heard of yet is
  // added to the records.
  static Result<Owners> add_held(const Settings& settings, const FingerprintId& fingerprint,
                                 std::vector<KeyRecord>& records) {
    const bool is_pgp = fingerprint.str().size() == kOpenPgpDigits;
    const auto addresses =
        is_pgp ? keyring_addresses(settings, fingerprint) : folder_addresses(settings, fingerprint);
    if (!addresses) {
      return fail(addresses.error());
    }
    Owners owners;
    for (const std::string& text : *addresses) {
      const auto address = mail::Address::parse(text);
      if (address) {
        owners.insert(protect::owner_key(*address));
      }
      const bool in_book =
          address && std::any_of(records.begin(), records.end(), [&](const KeyRecord& record) {
            return record.owner == protect::owner_key(*address) &&
                   record.find(fingerprint) != nullptr;
          });
      if (!address || in_book) {
        continue;
      }
      KeyRecord record{.kind = is_pgp ? KeyKind::pgp : KeyKind::smime,
                       .owner = protect::owner_key(*address),
                       .pin = {},
                       .candidates = {}};
      protect::offer(record,
                     {.fingerprint = fingerprint, .source = "import", .held = true, .bytes = {}},
                     false, system_clock().now());
      records.push_back(std::move(record));
    }
    return owners;
  }

  static Result<std::vector<std::string>> folder_addresses(const Settings& settings,
                                                           const FingerprintId& fingerprint) {
    if (settings.smime_certificates.empty()) {
      return std::vector<std::string>();
    }
    const auto smime = open_certificates(settings);
    if (!smime) {
      return fail(smime.error());
    }
    return addresses_in((*smime)->list(), fingerprint);
  }

  // gpg runs as the keyring's owner; from there on so does this process.
  static Result<std::vector<std::string>> keyring_addresses(const Settings& settings,
                                                            const FingerprintId& fingerprint) {
    if (settings.pgp_home.empty()) {
      return std::vector<std::string>();
    }
    if (auto owner = become_owner_of(settings.pgp_home); !owner) {
      return fail(owner);
    }
    const auto pgp = open_keyring(settings);
    if (!pgp) {
      return fail(pgp.error());
    }
    return addresses_in((*pgp)->list(), fingerprint);
  }

  template <typename Description>
  static Result<std::vector<std::string>> addresses_in(const Result<std::vector<Description>>& list,
                                                       const FingerprintId& fingerprint) {
    if (!list) {
      return fail(list.error());
    }
    for (const Description& each : *list) {
      if (each.fingerprint == fingerprint) {
        return each.addresses;
      }
    }
    return std::vector<std::string>();
  }

  Status decide_one(const Invocation& invocation, const Settings& settings, protect::KeyBook& book,
                    const KeyRecord& record, const FingerprintId& fingerprint,
                    const std::string& person) const {
    const protect::Candidate& candidate = *record.find(fingerprint);
    if (yes_ && !candidate.bytes.empty()) {
      if (auto adopted = adopt(settings, book, record, candidate); !adopted) {
        return adopted;
      }
    }
    auto changed =
        yes_ ? book.vouch(record.kind, record.owner, fingerprint, person, system_clock().now())
             : book.change(record.kind, record.owner, [&](KeyRecord& known) {
                 protect::refuse(known,
                                 {.fingerprint = fingerprint,
                                  .source = candidate.source,
                                  .bytes = candidate.bytes},
                                 person, system_clock().now());
               });
    if (changed) {
      invocation.out << to_string(record.kind) << " key of " << record.owner << ": "
                     << (yes_ ? kNowUsed : "refused") << "\n";
    }
    return changed;
  }

  static Status adopt(const Settings& settings, protect::KeyBook& book, const KeyRecord& record,
                      const protect::Candidate& candidate) {
    const bool is_pgp = record.kind == KeyKind::pgp;
    const std::string& place = is_pgp ? settings.pgp_home : settings.smime_certificates;
    if (place.empty()) {
      return fail(configuration_fault("phictl.no_place",
                                      "the settings name no place for keys of this kind"));
    }
    if (!is_pgp) {
      if (auto usable = check_usable(settings, candidate); !usable) {
        return usable;
      }
      auto waiting = protect::let_others_wait(book, record.owner, candidate, system_clock().now());
      if (!waiting) {
        return waiting;
      }
      return protect::store_certificate(place, candidate.fingerprint, candidate.bytes);
    }
    if (auto owner = become_owner_of(place); !owner) {
      return owner;
    }
    const auto pgp = open_keyring(settings);
    if (!pgp) {
      return fail(pgp.error());
    }
    auto imported = (*pgp)->import(candidate.bytes);
    return imported ? Status() : Status(fail(imported));
  }

  // A pin on what can never be used again would keep every other certificate out.
  static Status check_usable(const Settings& settings, const protect::Candidate& candidate) {
    const auto smime = open_certificates(settings);
    if (!smime) {
      return fail(smime.error());
    }
    const auto state = (*smime)->judge(candidate.bytes, system_clock().now());
    if (state == policy::KeyState::expired || state == policy::KeyState::revoked) {
      return fail(permanent_fault(
          "phictl.keys",
          "the certificate is " + std::string(policy::to_string(state)) + "; import a newer one"));
    }
    return {};
  }

  const bool yes_;
  std::string fingerprint_, address_;
};

}  // namespace

std::unique_ptr<Verb> keys_trust_verb() {
  return std::make_unique<KeysDecideVerb>(true);
}
std::unique_ptr<Verb> keys_refuse_verb() {
  return std::make_unique<KeysDecideVerb>(false);
}

}  // namespace phimilter::phictl
