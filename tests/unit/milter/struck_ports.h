// SPDX-License-Identifier: Apache-2.0
//
// What the pipeline borrows, each call asking the strikes of the try that runs.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "delivery/batch_files.h"
#include "milter/fault_injection.h"

namespace phimilter::milter::test {

using policy::KeyFact;
using policy::KeyState;

// openssl cms -encrypt -stream -aes-256-cbc: "nothing to see", to a P-256 key that is nobody's.
inline constexpr const char* kCms =
    "MIAGCSqGSIb3DQEHA6CAMIACAQIxgcyhgckCAQOgUaFPMAkGByqGSM49AgEDQgAEv0zri5XRLwrF\r\n"
    "QR1VpT80klKr8njTZXxrmLEzl8iJYWrD5tO8/jFRM+lhFYPeAEwMyBIc16IqGkKszlCftfpfCDAY\r\n"
    "BgkrgQUQhkg/AAIwCwYJYIZIAWUDBAEtMFcwVTApMBExDzANBgNVBAMMBm5vYm9keQIUY3sGpOEJ\r\n"
    "zED7ForhCN/ZYR8ZAqIEKHty+eDqQCKEf7cvPij5sXr8OeyL/c9OLyweMEiIfQ96BgObkL9Y6QMw\r\n"
    "gAYJKoZIhvcNAQcBMB0GCWCGSAFlAwQBKgQQ1QEZX9Z0cCmK74YSKtURJqCABCB5sh3pAf8wNIDA\r\n"
    "vNI0IVB5/kf0myOhq24RqnmCf02YvAQQhEaOzaT9mQF03WvnTp8CPwAAAAAAAAAAAAA=\r\n";

// Every wrapper asks the strikes of the try that runs.
struct Struck {
  Strikes* now = nullptr;
};

class StruckExtractor final : public extract::Extractor {
 public:
  StruckExtractor(Struck& struck, extract::Extractor& inner) : struck_(struck), inner_(inner) {}
  Result<extract::MessageText> extract(const mail::CapturedMessage& message) override {
    return struck_.now->call("extract", [&] { return inner_.extract(message); });
  }

 private:
  Struck& struck_;
  extract::Extractor& inner_;
};

// Unknown keys lead to the portal, as the real one decides.
class StruckPolicy final : public policy::Policy {
 public:
  StruckPolicy(Struck& struck, const policy::Policy& inner) : struck_(struck), inner_(inner) {}
  policy::Findings detect(const extract::MessageText& text,
                          const policy::MessageContext& context) const override {
    const auto work = [&] { return inner_.detect(text, context); };
    policy::Findings half = work();
    half.complete = false;
    return struck_.now->look("detect", work, half);
  }
  Result<policy::Decision> decide(
      const extract::MessageText& text, const policy::Findings& findings,
      const policy::MessageContext& context,
      std::span<const policy::RecipientFacts> recipients) const override {
    return struck_.now->call("decide", [&]() -> Result<policy::Decision> {
      auto decision = inner_.decide(text, findings, context, recipients);
      for (std::size_t i = 0; decision && i < recipients.size(); ++i) {
        policy::Treatment& treatment = decision->treatments[i];
        const bool unknown = (treatment.method == policy::Method::pgp &&
                              recipients[i].pgp.state == KeyState::unknown) ||
                             (treatment.method == policy::Method::smime &&
                              recipients[i].smime.state == KeyState::unknown) ||
                             (treatment.method == policy::Method::tls &&
                              recipients[i].tls.state == policy::TlsState::unknown);
        if (unknown) {
          treatment = {};  // the portal
        }
      }
      return decision;
    });
  }
  const std::string& version() const override { return inner_.version(); }

 private:
  Struck& struck_;
  const policy::Policy& inner_;
};

class StruckPgp final : public protect::Pgp {
 public:
  StruckPgp(Struck& struck, protect::Pgp& inner) : struck_(struck), inner_(inner) {}
  KeyFact find(const mail::Address& address, Timestamp now) override {
    return struck_.now->look(
        "pgp find", [&] { return inner_.find(address, now); },
        KeyFact{KeyState::unknown, {}, "fake", {}});
  }
  Result<protect::ProtectedMessage> encrypt(const mail::CapturedMessage& message,
                                            std::span<const FingerprintId> keys,
                                            const std::string& spool_folder) override {
    return struck_.now->call("pgp encrypt",
                             [&] { return inner_.encrypt(message, keys, spool_folder); });
  }
  Result<std::vector<protect::KeyDescription>> list() override { return inner_.list(); }
  Result<std::vector<protect::KeyDescription>> import(std::string_view bytes) override {
    return inner_.import(bytes);
  }

 private:
  Struck& struck_;
  protect::Pgp& inner_;
};

class StruckSmime final : public protect::Smime {
 public:
  explicit StruckSmime(Struck& struck) : struck_(struck) {}
  KeyFact find(const mail::Address& /*address*/, Timestamp /*now*/) override {
    return struck_.now->look(
        "smime find",
        [] {
          return KeyFact{KeyState::valid, {}, "fake"};
        },
        KeyFact{KeyState::unknown, {}, "fake", {}});
  }
  Result<protect::ProtectedMessage> encrypt(const mail::CapturedMessage& message,
                                            const FingerprintId& /*certificate*/,
                                            const policy::CmsForm& /*form*/,
                                            const std::string& spool_folder) override {
    return struck_.now->call("smime encrypt", [&]() -> Result<protect::ProtectedMessage> {
      protect::ProtectedMessage made(spool_folder);
      for (const char* name : {"From", "To", "Date", "Message-ID"}) {
        made.headers.append(name, message.headers.first(name)->value);
      }
      made.headers.append("Subject", " [...]");
      made.headers.append("MIME-Version", " 1.0");
      made.headers.append("Content-Type",
                          " application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m");
      made.headers.append("Content-Transfer-Encoding", " base64");
      auto written = made.body.write(kCms);
      if (!written) {
        return fail(written);
      }
      return made;
    });
  }
  KeyState judge(std::string_view /*certificate*/, Timestamp /*now*/) override {
    return KeyState::unknown;
  }
  Result<std::vector<protect::CertificateDescription>> list() override { return {}; }

 private:
  Struck& struck_;
};

class StruckTls final : public protect::TlsFacts {
 public:
  explicit StruckTls(Struck& struck) : struck_(struck) {}
  policy::TlsFact find(const std::string& /*domain*/) override {
    return struck_.now->look(
        "tls find", [] { return policy::TlsFact{}; },
        policy::TlsFact{policy::TlsState::unknown, "fake"});
  }

 private:
  Struck& struck_;
};

class StruckRecipients final : public escrow::RecipientStore {
 public:
  explicit StruckRecipients(Struck& struck) : struck_(struck) {}
  Result<std::optional<escrow::RecipientEntry>> find(const mail::Address& /*address*/) override {
    return struck_.now->call("recipients find",
                             []() -> Result<std::optional<escrow::RecipientEntry>> {
                               return std::optional<escrow::RecipientEntry>();
                             });
  }
  Status put(const mail::Address& /*address*/, const escrow::RecipientEntry& /*entry*/,
             const std::optional<escrow::Proof>& /*proof*/) override {
    return {};
  }
  Result<std::optional<escrow::Proof>> proof(const mail::Address& /*address*/) override {
    return std::optional<escrow::Proof>();
  }

 private:
  Struck& struck_;
};

class StruckVault final : public escrow::VaultWriter {
 public:
  StruckVault(Struck& struck, escrow::VaultWriter& inner) : struck_(struck), inner_(inner) {}
  Status seal(const escrow::EntryFacts& facts, const std::optional<escrow::Proof>& proof,
              const std::function<Status(mail::ByteSink&)>& write_message) override {
    return struck_.now->call("seal", [&] { return inner_.seal(facts, proof, write_message); });
  }
  Status mark_noticed(const EscrowId& id) override {
    return struck_.now->call("mark noticed", [&] { return inner_.mark_noticed(id); });
  }
  Status mark_released(const EscrowId& id) override { return inner_.mark_released(id); }
  Result<std::optional<escrow::EntryStatus>> status(const EscrowId& id, Timestamp now) override {
    return struck_.now->call("vault status", [&] { return inner_.status(id, now); });
  }
  Status retract(const EscrowId& id, const std::string& by, Timestamp now) override {
    return inner_.retract(id, by, now);
  }
  Status extend(const EscrowId& id, const escrow::Extension& extension,
                const Secret& act_key) override {
    return inner_.extend(id, extension, act_key);
  }
  Status ask_unlock(const EscrowId& id, const escrow::Act& act, const Secret& act_key) override {
    return inner_.ask_unlock(id, act, act_key);
  }
  Result<std::vector<escrow::EntryStatus>> list(Timestamp now) override { return inner_.list(now); }

 private:
  Struck& struck_;
  escrow::VaultWriter& inner_;
};

class StruckSender final : public delivery::CopySender {
 public:
  StruckSender(Struck& struck, delivery::CopySender& inner) : struck_(struck), inner_(inner) {}
  Result<delivery::SmtpOutcome> send(delivery::Way way, const std::string& helo,
                                     const delivery::Outgoing& outgoing) override {
    return struck_.now->call("send", [&] { return inner_.send(way, helo, outgoing); });
  }

 private:
  Struck& struck_;
  delivery::CopySender& inner_;
};

// A journal cuts off what it says it did not write.
class StruckJournal final : public audit::Journal {
 public:
  StruckJournal(Struck& struck, FakeJournal& inner) : struck_(struck), inner_(inner) {}
  using audit::Journal::append;
  Result<std::uint64_t> append(std::span<const audit::Record> records) override {
    const std::size_t before = inner_.records.size();
    auto written = struck_.now->call(
        records.front().event == audit::Event::completed ? "append outcome" : "append",
        [&] { return inner_.append(records); });
    if (!written) {
      inner_.records.resize(before);
    }
    return written;
  }
  std::uint64_t last_sequence() const override { return inner_.last_sequence(); }
  std::uint64_t wait_for_more(std::uint64_t after, std::int64_t timeout_ms) override {
    return inner_.wait_for_more(after, timeout_ms);
  }

 private:
  Struck& struck_;
  FakeJournal& inner_;
};

// A clock that went back.
class StruckClock final : public Clock {
 public:
  StruckClock(Struck& struck, const Clock& inner) : struck_(struck), inner_(inner) {}
  Timestamp now() const override {
    return struck_.now->look(
        "now", [&] { return inner_.now(); }, inner_.now() - std::chrono::hours(24));
  }

 private:
  Struck& struck_;
  const Clock& inner_;
};

class StruckEditor final : public MessageEditor {
 public:
  StruckEditor(Struck& struck, MessageEditor& inner) : struck_(struck), inner_(inner) {}
  Status apply(const mail::EditPlan& plan, std::string_view new_body) override {
    return struck_.now->call("apply", [&] { return inner_.apply(plan, new_body); });
  }
  bool mta_waits() override {
    return struck_.now->look(
        "mta waits", [&] { return inner_.mta_waits(); }, false);
  }

 private:
  Struck& struck_;
  MessageEditor& inner_;
};

// The files of the book of batches, which outlive the process. What says that it failed and did not
// do its work left nothing behind.
class StruckBatchFiles final : public delivery::BatchFiles {
 public:
  explicit StruckBatchFiles(Struck& struck) : struck_(struck) {}
  Result<std::string> read(const std::string& name) override {
    return struck_.now->call("batch read", [&]() -> Result<std::string> { return files_[name]; });
  }
  Status append(const std::string& name, const std::string& lines) override {
    return struck_.now->call("batch append", [&]() -> Status {
      files_[name] += lines;
      return {};
    });
  }
  Result<std::vector<delivery::BatchFile>> list() override {
    return std::vector<delivery::BatchFile>();
  }
  Status remove(const std::string& /*name*/) override { return {}; }

 private:
  Struck& struck_;
  std::map<std::string, std::string> files_;
};

class StruckAliases final : public delivery::AliasMaps {
 public:
  explicit StruckAliases(Struck& struck) : struck_(struck) {}
  bool leads_outside(const mail::Address& /*address*/) override {
    return struck_.now->look(
        "aliases", [] { return false; }, true);
  }

 private:
  Struck& struck_;
};

}  // namespace phimilter::milter::test
