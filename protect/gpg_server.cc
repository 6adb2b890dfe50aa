// SPDX-License-Identifier: Apache-2.0
#include "protect/gpg_server.h"

#include <gpgme.h>

#include <array>
#include <memory>
#include <optional>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "protect/gpg_agent.h"
#include "protect/gpg_context.h"
#include "protect/gpg_home.h"
#include "protect/gpg_inspection.h"
#include "protect/gpg_lesson.h"
#include "protect/gpg_wire.h"
#include "protect/quick_encryption.h"

namespace phimilter::protect {
namespace {

struct Encryption {
  std::string cipher;
  bool ended = false;  // GPGME knows no error of a gpg that was killed
};

// BEGIN_ENCRYPTION <mdc method> <cipher> [...] and END_ENCRYPTION, see GnuPG's doc/DETAILS.
gpgme_error_t note_encryption(void* seen, const char* keyword, const char* arguments) {
  auto& encryption = *static_cast<Encryption*>(seen);
  if (std::string_view(keyword) == "BEGIN_ENCRYPTION") {
    const auto words = split(arguments, ' ');
    encryption.cipher = words.size() > 1 ? std::string(words[1]) : "";
  }
  encryption.ended = encryption.ended || std::string_view(keyword) == "END_ENCRYPTION";
  return GPG_ERR_NO_ERROR;
}

class Server {
 public:
  Server(std::string home, std::unique_ptr<BrokerHome> own, Context writing, Context reading)
      : home_(std::move(home)),
        own_(std::move(own)),
        writing_(std::move(writing)),
        reading_(std::move(reading)),
        quick_(make_quick_encryption()) {}

  // false: phimilter closed the socket.
  bool serve_one() {
    const auto head = receive_head();
    if (!head) {
      return false;
    }
    const std::string body = receive_body(head->length);
    Result<std::string> done = fail(bug_fault("pgp.request", "unknown request"));
    if (head->kind == FrameKind::encrypt) {
      done = with_upload([&](Upload& upload) { return encrypt(body, upload); });
    } else if (head->kind == FrameKind::import) {
      done = with_upload([&](Upload& upload) { return import(upload); });
    } else if (head->kind == FrameKind::inspect) {
      done = with_upload([&](Upload& upload) { return inspect_keys(own_->path(), body, upload); });
    } else if (head->kind == FrameKind::list) {
      done = list();
    } else if (head->kind == FrameKind::sign) {
      done = try_signing(body);
    }
    if (done) {
      send_frame(FrameKind::done, *done);
    } else {
      send_fault(done.error());
    }
    learn();
    return true;
  }

 private:
  // What gpg did for one request.
  struct Lesson {
    std::string request;
    std::vector<gpgme_key_t> recipients;  // of keys_
    std::string beginning, cipher;
  };

  // Behind the answer, which has no use for it.
  void learn() {
    const auto lesson = std::exchange(lesson_, std::nullopt);
    const auto seen =
        lesson ? seen_encryption(reading_, lesson->recipients, lesson->beginning, lesson->cipher)
               : std::nullopt;
    if (seen) {
      quick_->learn(lesson->request, *seen);
    }
  }

  // Whatever happened, the next frame read after this is the next request's.
  template <typename Work>
  Result<std::string> with_upload(Work work) {
    Upload upload;
    auto done = work(upload);
    upload.drain();
    return done;
  }

  // The keyring as it is now, for one operation.
  Status take_snapshot() {
    const auto changed = own_->refresh();
    if (!changed) {
      return fail(changed.error());
    }
    if (*changed) {
      keys_.clear();
      if (quick_) {
        quick_->forget();
      }
    }
    return {};
  }

  Result<gpgme_key_t> key(const std::string& fingerprint) {
    const auto held = keys_.find(fingerprint);
    if (held != keys_.end()) {
      return held->second.get();
    }
    gpgme_key_t found = nullptr;
    const auto error = gpgme_get_key(reading_.get(), fingerprint.c_str(), &found, 0);
    if (error != GPG_ERR_NO_ERROR) {
      return fail(gpg_fault("pgp.key", "the key is no longer in the keyring", error)
                      .with("key", fingerprint));
    }
    keys_[fingerprint] = Key(found);
    return found;
  }

  // The one key that signs what is done next.
  Status set_signer(const std::string& fingerprint) {
    if (auto agent = agent_.ensure(own_->path()); !agent) {
      return agent;
    }
    const auto signer = key(fingerprint);
    if (!signer) {
      Fault fault = signer.error();
      fault.id = "pgp.sign";
      return fail(std::move(fault));
    }
    const auto error = gpgme_signers_add(reading_.get(), *signer);
    return error == GPG_ERR_NO_ERROR ? Status() : Status(fail(cannot_sign(error)));
  }

  static Fault cannot_sign(gpgme_error_t error) {
    return gpg_fault("pgp.sign", "gpg cannot sign with the organisation's key", error);
  }

  // Whether it is the organisation's key that gpg could do nothing with, and not the message's.
  bool is_about_signer(gpgme_error_t error) {
    const auto* result = gpgme_op_sign_result(reading_.get());
    switch (gpgme_err_code(error)) {
      case GPG_ERR_NO_SECKEY:
      case GPG_ERR_UNUSABLE_SECKEY:
      case GPG_ERR_BAD_SECKEY:
      case GPG_ERR_BAD_PASSPHRASE:
      case GPG_ERR_NO_PASSPHRASE:
      case GPG_ERR_CANCELED:
      case GPG_ERR_NO_AGENT:
      case GPG_ERR_AGENT:
        return true;
      default:
        return result != nullptr && result->invalid_signers != nullptr;
    }
  }

  bool signed_once() {
    const auto* result = gpgme_op_sign_result(reading_.get());
    return result != nullptr && result->invalid_signers == nullptr &&
           result->signatures != nullptr && result->signatures->next == nullptr;
  }

  Result<std::string> try_signing(const std::string& fingerprint) {
    if (auto taken = take_snapshot(); !taken) {
      return fail(taken);
    }
    gpgme_signers_clear(reading_.get());
    if (auto set = set_signer(fingerprint); !set) {
      return fail(set);
    }
    gpgme_data_t raw = nullptr;
    constexpr std::string_view kText = "phimilter";
    if (gpgme_data_new_from_mem(&raw, kText.data(), kText.size(), 0) != GPG_ERR_NO_ERROR) {
      return fail(transient_fault("pgp.sign", "there is no memory"));
    }
    const Data text(raw);
    const Data nowhere = no_stream();
    const auto error =
        gpgme_op_sign(reading_.get(), text.get(), nowhere.get(), GPGME_SIG_MODE_DETACH);
    const bool made = error == GPG_ERR_NO_ERROR && signed_once();
    gpgme_signers_clear(reading_.get());
    return made ? Result<std::string>(std::string()) : fail(cannot_sign(error));
  }

  // true: it is to be signed, too.
  Result<bool> set_keys(const std::string& fingerprints, std::vector<gpgme_key_t>& recipients) {
    bool signs = false;
    gpgme_signers_clear(reading_.get());
    for (const auto fingerprint : split(fingerprints, '\n')) {
      if (fingerprint.starts_with('+')) {
        if (auto set = set_signer(std::string(fingerprint.substr(1))); !set) {
          return fail(set);
        }
        signs = true;
        continue;
      }
      const auto found = key(std::string(fingerprint));
      if (!found) {
        return fail(found.error());
      }
      recipients.push_back(*found);
    }
    recipients.push_back(nullptr);
    return signs;
  }

  Result<std::string> encrypt(const std::string& fingerprints, Upload& upload) {
    if (auto taken = take_snapshot(); !taken) {
      return fail(taken);
    }
    if (quick_ && quick_->knows(fingerprints)) {
      return quick_->encrypt(fingerprints, upload);
    }
    std::vector<gpgme_key_t> recipients;
    const auto signs = set_keys(fingerprints, recipients);
    if (!signs) {
      return fail(signs.error());
    }
    const gpgme_ctx_t context = reading_.get();
    const Data plain = upload_stream(upload);
    std::string beginning;
    const Data cipher = answer_stream(&beginning);
    Encryption seen;
    gpgme_set_status_cb(context, note_encryption, &seen);
    const auto flags = static_cast<gpgme_encrypt_flags_t>(
        GPGME_ENCRYPT_ALWAYS_TRUST | GPGME_ENCRYPT_NO_ENCRYPT_TO | GPGME_ENCRYPT_NO_COMPRESS);
    const auto operation = *signs ? gpgme_op_encrypt_sign : gpgme_op_encrypt;
    const auto error = operation(context, recipients.data(), flags, plain.get(), cipher.get());
    gpgme_set_status_cb(context, nullptr, nullptr);
    const auto* result = gpgme_op_encrypt_result(context);
    const bool refused = result != nullptr && result->invalid_recipients != nullptr;
    if (refused || gpgme_err_code(error) == GPG_ERR_UNUSABLE_PUBKEY) {
      return fail(gpg_fault("pgp.key", "gpg cannot encrypt to one of the keys", error));
    }
    if (*signs && (is_about_signer(error) || (error == GPG_ERR_NO_ERROR && !signed_once()))) {
      return fail(cannot_sign(error));
    }
    if (error != GPG_ERR_NO_ERROR) {
      return fail(gpg_fault("pgp.encrypt", "gpg cannot encrypt", error));
    }
    if (!seen.ended) {
      return fail(transient_fault("pgp.encrypt", "gpg ended before it was done"));
    }
    if (quick_ && !*signs) {
      lesson_ = {fingerprints, std::move(recipients), std::move(beginning), seen.cipher};
    }
    return seen.cipher + (*signs ? " signed" : "");
  }

  Result<std::string> list() {
    if (auto taken = take_snapshot(); !taken) {
      return fail(taken);
    }
    auto listed = for_each_key(reading_, [](const Key& key) {
      if (const std::string lines = key_lines(key.get()); !lines.empty()) {
        send_frame(FrameKind::data, lines);
      }
    });
    return listed ? Result<std::string>(std::string()) : fail(listed);
  }

  Result<std::string> import(Upload& upload) {
    const Data keys = upload_stream(upload);
    const auto error = gpgme_op_import(writing_.get(), keys.get());
    const auto* result = gpgme_op_import_result(writing_.get());
    std::string fingerprints;
    for (auto* status = result == nullptr ? nullptr : result->imports; status != nullptr;
         status = status->next) {
      if (status->result == GPG_ERR_NO_ERROR) {
        fingerprints += ascii_lower(status->fpr) + "\n";
      }
    }
    if (fingerprints.empty() &&
        (error == GPG_ERR_NO_ERROR || gpgme_err_code(error) == GPG_ERR_NO_DATA)) {
      return fail(permanent_fault("pgp.no_key", "there is no usable OpenPGP public key in it"));
    }
    if (fingerprints.empty()) {
      return fail(gpg_fault("pgp.import", "gpg cannot import", error));
    }
    return fingerprints;
  }

  const std::string home_;
  const std::unique_ptr<BrokerHome> own_;
  SigningAgent agent_;
  const Context writing_;  // of the keyring itself
  const Context reading_;  // of its copy
  std::unordered_map<std::string, Key> keys_;
  const std::unique_ptr<QuickEncryption> quick_;
  std::optional<Lesson> lesson_;
};

}  // namespace

int serve_gpg(const std::string& home) {
  if (auto prepared = prepare_gpg_home(home); !prepared) {
    send_fault(prepared.error());
    return 1;
  }
  auto own = BrokerHome::make(home);
  auto writing = open_context(home);
  auto reading = own ? open_context((*own)->path()) : Result<Context>(fail(own.error()));
  for (const auto* context : {&writing, &reading}) {
    if (!*context) {
      send_fault(context->error());
      return 1;
    }
  }
  ask_nobody(*reading);
  send_frame(FrameKind::done, "");
  Server server(home, std::move(*own), std::move(*writing), std::move(*reading));
  while (server.serve_one()) {
  }
  return 0;
}

}  // namespace phimilter::protect
