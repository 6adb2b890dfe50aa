// SPDX-License-Identifier: Apache-2.0
#include "protect/pgp_mime.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "mail/mime_writer.h"
#include "protect/a_labels.h"
#include "protect/gnupg_keys.h"
#include "protect/gpg_brokers.h"
#include "protect/header_protection.h"
#include "protect/openpgp_armor.h"

namespace phimilter::protect {
namespace {

// A keyring that cannot be listed is asked again after this long, not for each recipient of a
// burst.
constexpr std::chrono::seconds kPauseAfterFailure{2};

constexpr std::size_t kFingerprintDigits = 40;

// Tells one state of the keyring files from another. nullopt: they cannot be looked at.
std::optional<std::string> keyring_stamp(const std::string& home) {
  std::string stamp;
  for (const char* name : {"", "/pubring.kbx", "/pubring.gpg"}) {
    struct stat file {};
    if (stat((home + name).c_str(), &file) == 0) {
      const bool is_home = *name == '\0';
      stamp += std::to_string(file.st_ino) + "." +
               (is_home ? ""
                        : std::to_string(file.st_size) + "." + std::to_string(file.st_mtim.tv_sec) +
                              "." + std::to_string(file.st_mtim.tv_nsec)) +
               " ";
    } else if (errno != ENOENT || *name == '\0') {
      return std::nullopt;
    }
  }
  return stamp;
}

std::string cipher_name(const std::string& number) {
  static constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"1", "IDEA"},          {"2", "3DES"},          {"3", "CAST5"},        {"4", "Blowfish"},
      {"7", "AES-128"},       {"8", "AES-192"},       {"9", "AES-256"},      {"10", "Twofish"},
      {"11", "Camellia-128"}, {"12", "Camellia-192"}, {"13", "Camellia-256"}};
  for (const auto& [known, name] : kNames) {
    if (known == number) {
      return std::string(name);
    }
  }
  return "cipher " + number;
}

// gpg would import a secret key too, and the filter has no use for one: it must not lie here.
bool holds_secret_key(std::string_view bytes) {
  constexpr int kSecretKeyTag = 5;
  const auto first = bytes.empty() ? 0U : static_cast<unsigned char>(bytes[0]);
  const unsigned tag = (first & 0x40) != 0 ? first & 0x3f : (first >> 2) & 0x0f;
  return ((first & 0x80) != 0 && tag == kSecretKeyTag) ||
         bytes.find("BEGIN PGP PRIVATE KEY BLOCK") != std::string_view::npos;
}

Fault sign_key_fault(const std::string& why, const std::string& key) {
  return configuration_fault("pgp.sign_key", "the organisation's key cannot sign: " + why)
      .with("setting", "pgp.sign_key")
      .with("key", key);
}

policy::KeyFact unknown_fact() {
  return {.state = policy::KeyState::unknown, .fingerprint = std::nullopt, .source = "gnupg"};
}

class GnupgPgp final : public Pgp {
 public:
  GnupgPgp(std::string home, std::optional<FingerprintId> sign_key,
           std::unique_ptr<GpgBrokers> brokers)
      : home_(std::move(home)), sign_key_(std::move(sign_key)), brokers_(std::move(brokers)) {}

  policy::KeyFact find(const mail::Address& address, Timestamp now) override {
    const auto keys = current_keys();
    return keys ? (*keys)->find(address, now) : unknown_fact();
  }

  std::vector<policy::KeyFact> find_all(const mail::Address& address, Timestamp now) override {
    const auto keys = current_keys();
    return keys ? (*keys)->find_all(address, now) : std::vector<policy::KeyFact>{unknown_fact()};
  }

  policy::KeyFact by_fingerprint(const FingerprintId& fingerprint, Timestamp now) override {
    const auto keys = current_keys();
    return keys ? (*keys)->by_fingerprint(fingerprint, now) : unknown_fact();
  }

  Result<ProtectedMessage> encrypt(const mail::CapturedMessage& message,
                                   std::span<const FingerprintId> keys,
                                   const std::string& spool_folder) override {
    if (keys.empty()) {
      return fail(bug_fault("pgp.no_recipient", "asked to encrypt to no key"));
    }
    const ProtectionHeaders headers = protect_headers(message);
    ProtectedMessage result(spool_folder);
    mail::MultipartWriter writer(result.body, mail::fresh_boundary());
    result.headers = headers.outer;
    result.headers.append("Content-Type",
                          " multipart/encrypted; protocol=\"application/pgp-encrypted\";\r\n "
                          "boundary=\"" +
                              writer.boundary() + "\"");
    if (auto begun = begin_parts(writer, result.body); !begun) {
      return fail(begun);
    }
    ArmorReader armor(result.body);
    auto cipher = encrypt_payload(message, headers.inner, keys, armor);
    if (!cipher) {
      return fail(cipher);
    }
    const auto armored = armor.finish();
    if (!armored) {
      return fail(armored.error());
    }
    if (armored->key_ids.size() != keys.size()) {
      return fail(bug_fault("pgp.output", "gpg encrypted to more or fewer keys than it was told"));
    }
    if (auto finished = writer.finish(); !finished) {
      return fail(finished);
    }
    const auto words = split(*cipher, ' ');
    result.algorithms = {"OpenPGP", cipher_name(std::string(words[0])), "MDC"};
    if (sign_key_) {
      if (words.size() != 2 || words[1] != "signed") {
        return fail(bug_fault("pgp.output", "gpg was to sign and did not"));
      }
      result.algorithms.emplace_back("signed");
    }
    return result;
  }

  Status try_signing(const FingerprintId& key) override {
    mail::StringSink nothing;
    auto tried = call(FrameKind::sign, key.str(), nothing, [](GpgCall&) { return Status(); });
    return tried ? Status() : Status(fail(tried.error()));
  }

  Result<std::vector<KeyDescription>> list() override {
    auto keys = ask_for_keys();
    if (!keys) {
      return fail(keys);
    }
    return GnupgKeys(std::move(*keys)).describe(system_clock().now());
  }

  Result<std::vector<KeyDescription>> import(std::string_view bytes) override {
    if (holds_secret_key(bytes)) {
      return fail(permanent_fault("pgp.secret_key",
                                  "this is a secret key; only public keys belong on the gateway"));
    }
    mail::StringSink nothing;
    auto imported = call(FrameKind::import, "", nothing,
                         [&](GpgCall& request) { return request.write(bytes); });
    if (!imported) {
      return fail(imported);
    }
    auto descriptions = list();
    if (descriptions) {
      const auto fingerprints = split(*imported, '\n');
      std::erase_if(*descriptions, [&](const KeyDescription& each) {
        return std::find(fingerprints.begin(), fingerprints.end(), each.fingerprint.str()) ==
               fingerprints.end();
      });
    }
    return descriptions;
  }

  Result<InspectedKey> inspect(std::string_view bytes, const mail::Address& address) override {
    if (bytes.size() > limits::kKeyAnswer || holds_secret_key(bytes)) {
      return fail(permanent_fault("pgp.no_key", "too much for a public key, or a secret one"));
    }
    mail::StringSink key;
    auto lines = call(FrameKind::inspect, owner_key(address), key,
                      [&](GpgCall& request) { return request.write(bytes); });
    if (!lines) {
      return fail(lines);
    }
    auto listed = parse_key_lines(*lines);
    if (!listed) {
      return fail(listed);
    }
    const GnupgKeys found(std::move(*listed));
    const Timestamp now = system_clock().now();
    auto descriptions = found.describe(now);
    if (descriptions.size() != 1 || found.find_all(address, now).size() != 1 ||
        key.text.size() > limits::kKeyBytes) {
      return fail(permanent_fault("pgp.no_key", "the key is too large or not the address's"));
    }
    return InspectedKey{std::move(descriptions.front()), std::move(key.text)};
  }

 private:
  // One request to one broker, which is replaced unless the request came to its end.
  template <typename Write>
  Result<std::string> call(FrameKind kind, std::string_view body, mail::ByteSink& answer,
                           Write write) {
    const Deadline deadline = brokers_->deadline();
    auto lease = brokers_->take(deadline);
    if (!lease) {
      return fail(lease);
    }
    GpgCall request(lease->broker(), deadline, answer);
    request.begin(kind, body);
    if (auto written = write(request); !written) {
      return fail(written);
    }
    auto outcome =
        kind == FrameKind::list || kind == FrameKind::sign ? request.outcome() : request.finish();
    if (request.finished()) {
      lease->call_finished();
    }
    return outcome;
  }

  Result<std::string> encrypt_payload(const mail::CapturedMessage& message,
                                      const mail::HeaderList& inner,
                                      std::span<const FingerprintId> keys, mail::ByteSink& answer) {
    std::string fingerprints;
    for (const auto& key : keys) {
      fingerprints += (fingerprints.empty() ? "" : "\n") + key.str();
    }
    if (sign_key_) {
      fingerprints += "\n+" + sign_key_->str();
    }
    return call(FrameKind::encrypt, fingerprints, answer,
                [&](GpgCall& request) { return write_payload(message, inner, request); });
  }

  static Status begin_parts(mail::MultipartWriter& writer, mail::ByteSink& out) {
    mail::HeaderList control;
    control.append("Content-Type", " application/pgp-encrypted");
    control.append("Content-Description", " PGP/MIME version identification");
    mail::HeaderList encrypted;
    encrypted.append("Content-Type", " application/octet-stream; name=\"encrypted.asc\"");
    encrypted.append("Content-Description", " OpenPGP encrypted message");
    encrypted.append("Content-Disposition", " inline; filename=\"encrypted.asc\"");
    if (auto begun = writer.begin_part(control); !begun) {
      return begun;
    }
    if (auto written = out.write("Version: 1\r\n"); !written) {
      return written;
    }
    return writer.begin_part(encrypted);
  }

  Result<std::vector<ListedKey>> ask_for_keys() {
    mail::StringSink lines;
    auto listed = call(FrameKind::list, "", lines, [](GpgCall&) { return Status(); });
    if (!listed) {
      return fail(listed);
    }
    return parse_key_lines(lines.text);
  }

  // The table of the keyring as it is now. One caller asks gpg, the others wait for it.
  Result<std::shared_ptr<const GnupgKeys>> current_keys() {
    const std::lock_guard lock(mutex_);
    const auto stamp = keyring_stamp(home_);
    if (!stamp) {
      return fail(transient_fault("pgp.home", "the GnuPG home cannot be looked at"));
    }
    if (keys_ && *stamp == stamp_) {
      return keys_;
    }
    if (std::chrono::steady_clock::now() < ask_again_) {
      return fail(transient_fault("pgp.list", "gpg could not list the keyring a moment ago"));
    }
    // The stamp is older than the list: what changes while gpg reads is read again at the next
    // call.
    auto listed = ask_for_keys();
    if (!listed) {
      keys_.reset();
      ask_again_ = std::chrono::steady_clock::now() + kPauseAfterFailure;
      return fail(listed);
    }
    keys_ = std::make_shared<const GnupgKeys>(std::move(*listed));
    stamp_ = *stamp;
    return keys_;
  }

  const std::string home_;
  const std::optional<FingerprintId> sign_key_;
  const std::unique_ptr<GpgBrokers> brokers_;
  std::mutex mutex_;  // of all below
  std::shared_ptr<const GnupgKeys> keys_;
  std::string stamp_;
  Deadline ask_again_{};
};

}  // namespace

Result<std::unique_ptr<Pgp>> start_pgp(const PgpOptions& options) {
  if (options.brokers == 0) {
    return fail(configuration_fault("pgp.brokers", "at least one phimilter-gpg is needed"));
  }
  const auto sign_key = FingerprintId::parse(ascii_lower(options.sign_key));
  if (!options.sign_key.empty() && (!sign_key || sign_key->str().size() != kFingerprintDigits)) {
    return fail(sign_key_fault("it is no fingerprint of 40 hexadecimal digits", options.sign_key));
  }
  auto brokers = GpgBrokers::start({.program = options.program,
                                    .home = options.home,
                                    .brokers = options.brokers,
                                    .timeout_ms = options.timeout_ms});
  if (!brokers) {
    return fail(brokers);
  }
  auto pgp = std::make_unique<GnupgPgp>(options.home, sign_key, std::move(*brokers));
  if (sign_key) {
    if (auto tried = pgp->try_signing(*sign_key); !tried) {
      return fail(sign_key_fault(tried.error().describe(), options.sign_key));
    }
  }
  return std::unique_ptr<Pgp>(std::move(pgp));
}

}  // namespace phimilter::protect
