// SPDX-License-Identifier: Apache-2.0
#include "protect/gpg_context.h"

#include <array>
#include <string_view>
#include <utility>

#include "base/encoding.h"
#include "base/limits.h"
#include "protect/gpg_wire.h"

namespace phimilter::protect {
namespace {

constexpr std::size_t kBeginning = 64 * limits::kKiB;

ssize_t read_upload(void* upload, void* buffer, std::size_t size) {
  return static_cast<ssize_t>(static_cast<Upload*>(upload)->read(static_cast<char*>(buffer), size));
}

ssize_t write_answer(void* beginning, const void* buffer, std::size_t size) {
  const std::string_view bytes(static_cast<const char*>(buffer), size);
  send_frame(FrameKind::data, bytes);
  auto* copy = static_cast<std::string*>(beginning);
  if (copy != nullptr && copy->size() < kBeginning) {
    *copy += bytes.substr(0, kBeginning - copy->size());
  }
  return static_cast<ssize_t>(size);
}

ssize_t write_nowhere(void* /*unused*/, const void* /*buffer*/, std::size_t size) {
  return static_cast<ssize_t>(size);
}

gpgme_error_t no_passphrase(void* /*unused*/, const char* /*uid_hint*/, const char* /*info*/,
                            int /*was_bad*/, int /*fd*/) {
  return gpgme_error(GPG_ERR_CANCELED);
}

// GPGME keeps the pointer to the callbacks.
Data stream(gpgme_data_cbs& callbacks, void* handle) {
  gpgme_data_t data = nullptr;
  if (gpgme_data_new_from_cbs(&data, &callbacks, handle) != GPG_ERR_NO_ERROR) {
    return nullptr;
  }
  gpgme_data_set_flag(data, "io-buffer-size", "65536");
  return Data(data);
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

}  // namespace

Fault gpg_fault(std::string id, std::string text, gpgme_error_t error) {
  std::array<char, 256> words{};
  gpgme_strerror_r(error, words.data(), words.size());
  return transient_fault(std::move(id), std::move(text)).with("error", words.data());
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

Data upload_stream(Upload& upload) {
  static gpgme_data_cbs reader{read_upload, nullptr, nullptr, nullptr};
  return stream(reader, &upload);
}

Data answer_stream(std::string* beginning) {
  static gpgme_data_cbs writer{nullptr, write_answer, nullptr, nullptr};
  return stream(writer, beginning);
}

Data no_stream() {
  static gpgme_data_cbs writer{nullptr, write_nowhere, nullptr, nullptr};
  return stream(writer, nullptr);
}

void ask_nobody(const Context& context) {
  gpgme_set_pinentry_mode(context.get(), GPGME_PINENTRY_MODE_LOOPBACK);
  gpgme_set_passphrase_cb(context.get(), no_passphrase, nullptr);
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

}  // namespace phimilter::protect
