// SPDX-License-Identifier: Apache-2.0
#include "protect/gpg_server.h"

#include <gpgme.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <memory>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "protect/gpg_context.h"
#include "protect/gpg_home.h"
#include "protect/gpg_inspection.h"
#include "protect/gpg_wire.h"

namespace phimilter::protect {
namespace {

// BEGIN_ENCRYPTION <mdc method> <cipher> [...], see GnuPG's doc/DETAILS.
gpgme_error_t note_cipher(void* cipher, const char* keyword, const char* arguments) {
  if (std::string_view(keyword) == "BEGIN_ENCRYPTION") {
    const auto words = split(arguments, ' ');
    *static_cast<std::string*>(cipher) = words.size() > 1 ? std::string(words[1]) : "";
  }
  return GPG_ERR_NO_ERROR;
}

class Server {
 public:
  Server(std::string home, Context context)
      : home_(std::move(home)), context_(std::move(context)) {}

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
      done = with_upload([&](Upload& upload) { return inspect_keys(home_, body, upload); });
    } else if (head->kind == FrameKind::list) {
      done = list();
    }
    if (done) {
      send_frame(FrameKind::done, *done);
    } else {
      send_fault(done.error());
    }
    return true;
  }

 private:
  // Whatever happened, the next frame read after this is the next request's.
  template <typename Work>
  Result<std::string> with_upload(Work work) {
    Upload upload;
    auto done = work(upload);
    upload.drain();
    return done;
  }

  void forget_keys_if_changed() {
    std::string stamp;
    for (const char* name : {"/pubring.kbx", "/pubring.gpg"}) {
      struct stat file {};
      if (stat((home_ + name).c_str(), &file) == 0) {
        stamp += std::to_string(file.st_ino) + "." + std::to_string(file.st_size) + "." +
                 std::to_string(file.st_mtim.tv_sec) + "." + std::to_string(file.st_mtim.tv_nsec) +
                 " ";
      }
    }
    if (stamp != stamp_) {
      keys_.clear();
      encrypting_.reset();
      stamp_ = stamp;
    }
  }

  Result<gpgme_key_t> key(const std::string& fingerprint) {
    const auto held = keys_.find(fingerprint);
    if (held != keys_.end()) {
      return held->second.get();
    }
    gpgme_key_t found = nullptr;
    const auto error = gpgme_get_key(context_.get(), fingerprint.c_str(), &found, 0);
    if (error != GPG_ERR_NO_ERROR) {
      return fail(gpg_fault("pgp.key", "the key is no longer in the keyring", error)
                      .with("key", fingerprint));
    }
    keys_[fingerprint] = Key(found);
    return found;
  }

  // Opened when first needed: before that there may be no keyring.
  Result<gpgme_ctx_t> for_encryption() {
    if (!encrypting_) {
      auto home = prepare_encryption_home(home_);
      if (!home) {
        return fail(home);
      }
      auto opened = open_context(*home);
      if (!opened) {
        return fail(opened);
      }
      encrypting_ = std::move(*opened);
    }
    return encrypting_.get();
  }

  Result<std::string> encrypt(const std::string& fingerprints, Upload& upload) {
    forget_keys_if_changed();
    const auto context = for_encryption();
    if (!context) {
      return fail(context.error());
    }
    std::vector<gpgme_key_t> recipients;
    for (const auto fingerprint : split(fingerprints, '\n')) {
      auto found = key(std::string(fingerprint));
      if (!found) {
        return fail(found);
      }
      recipients.push_back(*found);
    }
    recipients.push_back(nullptr);
    const Data plain = upload_stream(upload);
    const Data cipher = answer_stream();
    std::string algorithm;
    gpgme_set_status_cb(*context, note_cipher, &algorithm);
    const auto flags = static_cast<gpgme_encrypt_flags_t>(
        GPGME_ENCRYPT_ALWAYS_TRUST | GPGME_ENCRYPT_NO_ENCRYPT_TO | GPGME_ENCRYPT_NO_COMPRESS);
    const auto error =
        gpgme_op_encrypt(*context, recipients.data(), flags, plain.get(), cipher.get());
    gpgme_set_status_cb(*context, nullptr, nullptr);
    const auto* result = gpgme_op_encrypt_result(*context);
    const bool refused = result != nullptr && result->invalid_recipients != nullptr;
    if (refused || gpgme_err_code(error) == GPG_ERR_UNUSABLE_PUBKEY) {
      return fail(gpg_fault("pgp.key", "gpg cannot encrypt to one of the keys", error));
    }
    if (error != GPG_ERR_NO_ERROR) {
      return fail(gpg_fault("pgp.encrypt", "gpg cannot encrypt", error));
    }
    return algorithm;
  }

  Result<std::string> list() {
    auto listed = for_each_key(context_, [](const Key& key) {
      if (const std::string lines = key_lines(key.get()); !lines.empty()) {
        send_frame(FrameKind::data, lines);
      }
    });
    return listed ? Result<std::string>(std::string()) : fail(listed);
  }

  Result<std::string> import(Upload& upload) {
    const Data keys = upload_stream(upload);
    const auto error = gpgme_op_import(context_.get(), keys.get());
    const auto* result = gpgme_op_import_result(context_.get());
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

  std::string home_;
  Context context_;
  Context encrypting_;
  std::unordered_map<std::string, Key> keys_;
  std::string stamp_;
};

}  // namespace

int serve_gpg(const std::string& home) {
  if (auto prepared = prepare_gpg_home(home); !prepared) {
    send_fault(prepared.error());
    return 1;
  }
  auto context = open_context(home);
  if (!context) {
    send_fault(context.error());
    return 1;
  }
  send_frame(FrameKind::done, "");
  Server server(home, std::move(*context));
  while (server.serve_one()) {
  }
  return 0;
}

}  // namespace phimilter::protect
