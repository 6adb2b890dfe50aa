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
#include "protect/gpg_home.h"
#include "protect/gpg_wire.h"

namespace phimilter::protect {
namespace {

struct ReleaseContext {
  void operator()(gpgme_ctx_t context) const { gpgme_release(context); }
};
struct ReleaseKey {
  void operator()(gpgme_key_t key) const { gpgme_key_unref(key); }
};
struct ReleaseData {
  void operator()(gpgme_data_t data) const { gpgme_data_release(data); }
};
using Context = std::unique_ptr<std::remove_pointer_t<gpgme_ctx_t>, ReleaseContext>;
using Key = std::unique_ptr<std::remove_pointer_t<gpgme_key_t>, ReleaseKey>;
using Data = std::unique_ptr<std::remove_pointer_t<gpgme_data_t>, ReleaseData>;

Fault gpg_fault(std::string id, std::string text, gpgme_error_t error) {
  std::array<char, 256> words{};
  gpgme_strerror_r(error, words.data(), words.size());
  return transient_fault(std::move(id), std::move(text)).with("error", words.data());
}

ssize_t read_upload(void* upload, void* buffer, std::size_t size) {
  return static_cast<ssize_t>(static_cast<Upload*>(upload)->read(static_cast<char*>(buffer), size));
}

ssize_t write_answer(void* /*unused*/, const void* buffer, std::size_t size) {
  send_frame(FrameKind::data, {static_cast<const char*>(buffer), size});
  return static_cast<ssize_t>(size);
}

Data stream(gpgme_data_cbs& callbacks, void* handle) {
  gpgme_data_t data = nullptr;
  if (gpgme_data_new_from_cbs(&data, &callbacks, handle) != GPG_ERR_NO_ERROR) {
    return nullptr;
  }
  gpgme_data_set_flag(data, "io-buffer-size", "65536");
  return Data(data);
}

// BEGIN_ENCRYPTION <mdc method> <cipher> [...], see GnuPG's doc/DETAILS.
gpgme_error_t note_cipher(void* cipher, const char* keyword, const char* arguments) {
  if (std::string_view(keyword) == "BEGIN_ENCRYPTION") {
    const auto words = split(arguments, ' ');
    *static_cast<std::string*>(cipher) = words.size() > 1 ? std::string(words[1]) : "";
  }
  return GPG_ERR_NO_ERROR;
}

Result<Context> open_context(const std::string& home) {
  if (gpgme_check_version("1.18.0") == nullptr) {
    return fail(configuration_fault("pgp.gpgme", "GPGME is older than 1.18"));
  }
  gpgme_ctx_t raw = nullptr;
  gpgme_error_t error = gpgme_new(&raw);
  Context context(raw);
  if (error == GPG_ERR_NO_ERROR) {
    error = gpgme_ctx_set_engine_info(raw, GPGME_PROTOCOL_OpenPGP, nullptr, home.c_str());
  }
  if (error == GPG_ERR_NO_ERROR) {
    error = gpgme_engine_check_version(GPGME_PROTOCOL_OpenPGP);
  }
  if (error == GPG_ERR_NO_ERROR) {
    error = gpgme_set_keylist_mode(raw, GPGME_KEYLIST_MODE_LOCAL);
  }
  if (error != GPG_ERR_NO_ERROR) {
    Fault fault = gpg_fault("pgp.gpg", "gpg cannot be used", error);
    fault.kind = FaultKind::configuration;
    return fail(std::move(fault));
  }
  gpgme_set_armor(raw, 1);
  gpgme_set_textmode(raw, 0);
  gpgme_set_offline(raw, 1);
  gpgme_set_ctx_flag(raw, "full-status", "1");
  return context;
}

std::string flags_of(bool revoked, bool disabled, bool invalid) {
  const std::string flags =
      std::string(revoked ? "r" : "") + (disabled ? "d" : "") + (invalid ? "i" : "");
  return flags.empty() ? "-" : flags;
}

std::string subkey_line(gpgme_subkey_t subkey) {
  const std::unique_ptr<char, void (*)(void*)> algorithm(gpgme_pubkey_algo_string(subkey),
                                                         gpgme_free);
  return "sub\t" + flags_of(subkey->revoked, subkey->disabled, subkey->invalid) + "\t" +
         std::to_string(subkey->timestamp) + "\t" + std::to_string(subkey->expires) + "\t" +
         (algorithm ? algorithm.get() : "?") + "\n";
}

std::string key_lines(gpgme_key_t key) {
  const gpgme_subkey_t primary = key->subkeys;
  if (primary == nullptr || key->fpr == nullptr || std::string_view(key->fpr).size() != 40) {
    return {};
  }
  std::string out =
      "key\t" + ascii_lower(key->fpr) + "\t" + flags_of(key->revoked, key->disabled, key->invalid) +
      "\t" + std::to_string(primary->timestamp) + "\t" + std::to_string(primary->expires) + "\n";
  for (auto* uid = key->uids; uid != nullptr; uid = uid->next) {
    const std::string_view email = uid->email == nullptr ? "" : uid->email;
    if (!email.empty() && email.find_first_of("\t\r\n") == std::string_view::npos) {
      out +=
          "uid\t" + flags_of(uid->revoked, false, uid->invalid) + "\t" + std::string(email) + "\n";
    }
  }
  for (auto* subkey = primary; subkey != nullptr; subkey = subkey->next) {
    if (subkey->can_encrypt != 0U) {
      out += subkey_line(subkey);
    }
  }
  return out;
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

  Result<std::string> encrypt(const std::string& fingerprints, Upload& upload) {
    forget_keys_if_changed();
    std::vector<gpgme_key_t> recipients;
    for (const auto fingerprint : split(fingerprints, '\n')) {
      auto found = key(std::string(fingerprint));
      if (!found) {
        return fail(found);
      }
      recipients.push_back(*found);
    }
    recipients.push_back(nullptr);
    gpgme_data_cbs reader{read_upload, nullptr, nullptr, nullptr};
    gpgme_data_cbs writer{nullptr, write_answer, nullptr, nullptr};
    const Data plain = stream(reader, &upload);
    const Data cipher = stream(writer, nullptr);
    std::string algorithm;
    gpgme_set_status_cb(context_.get(), note_cipher, &algorithm);
    const auto flags = static_cast<gpgme_encrypt_flags_t>(
        GPGME_ENCRYPT_ALWAYS_TRUST | GPGME_ENCRYPT_NO_ENCRYPT_TO | GPGME_ENCRYPT_NO_COMPRESS);
    const auto error =
        gpgme_op_encrypt(context_.get(), recipients.data(), flags, plain.get(), cipher.get());
    gpgme_set_status_cb(context_.get(), nullptr, nullptr);
    const auto* result = gpgme_op_encrypt_result(context_.get());
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
    gpgme_error_t error = gpgme_op_keylist_start(context_.get(), nullptr, 0);
    while (error == GPG_ERR_NO_ERROR) {
      gpgme_key_t raw = nullptr;
      error = gpgme_op_keylist_next(context_.get(), &raw);
      const Key listed(raw);
      if (error == GPG_ERR_NO_ERROR) {
        if (const std::string lines = key_lines(raw); !lines.empty()) {
          send_frame(FrameKind::data, lines);
        }
      }
    }
    gpgme_op_keylist_end(context_.get());
    if (gpgme_err_code(error) != GPG_ERR_EOF) {
      return fail(gpg_fault("pgp.list", "gpg cannot list the keyring", error));
    }
    return std::string();
  }

  Result<std::string> import(Upload& upload) {
    gpgme_data_cbs reader{read_upload, nullptr, nullptr, nullptr};
    const Data keys = stream(reader, &upload);
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
