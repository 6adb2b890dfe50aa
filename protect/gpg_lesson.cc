// SPDX-License-Identifier: Apache-2.0
#include "protect/gpg_lesson.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "protect/openpgp_packets.h"

namespace phimilter::protect {
namespace {

// The data lines stand between an empty line and the checksum.
std::optional<Bytes> unarmored(std::string_view armored) {
  const auto head = armored.find("\n\n");
  if (head == std::string_view::npos) {
    return std::nullopt;
  }
  std::string digits;
  for (const auto line : split(armored.substr(head + 2), '\n')) {
    if (line.starts_with('=') || line.starts_with('-')) {
      break;
    }
    digits += line;
  }
  digits.resize(digits.size() - digits.size() % 4);
  return unbase64(digits);
}

std::string exported(const Context& context, std::vector<gpgme_key_t> keys) {
  gpgme_data_t raw = nullptr;
  if (gpgme_data_new(&raw) != GPG_ERR_NO_ERROR) {
    return {};
  }
  const auto error =
      gpgme_op_export_keys(context.get(), keys.data(), GPGME_EXPORT_MODE_MINIMAL, raw);
  std::size_t size = 0;
  char* bytes = gpgme_data_release_and_get_mem(raw, &size);
  std::string out = error == GPG_ERR_NO_ERROR && bytes != nullptr ? std::string(bytes, size) : "";
  gpgme_free(bytes);
  return out;
}

bool is_among(const std::vector<std::string>& key_ids, const gpgme_subkey_t subkey) {
  return subkey->keyid != nullptr && subkey->fpr != nullptr &&
         std::find(key_ids.begin(), key_ids.end(), ascii_lower(subkey->keyid)) != key_ids.end();
}

// When something about the keys changes by itself: the primary key or the subkey `used` ends, or a
// subkey of tomorrow begins, which gpg would take instead.
void note_changes(gpgme_key_t key, const gpgme_subkey_t used, Timestamp now,
                  std::optional<Timestamp>& until) {
  const auto note = [&](std::int64_t seconds) {
    const Timestamp at{std::chrono::seconds(seconds)};
    until = until ? std::min(*until, at) : at;
  };
  for (auto* subkey = key->subkeys; subkey != nullptr; subkey = subkey->next) {
    if ((subkey == used || subkey == key->subkeys) && subkey->expires != 0) {
      note(static_cast<std::int64_t>(subkey->expires));
    }
    const auto begins = static_cast<std::int64_t>(subkey->timestamp);
    if (Timestamp(std::chrono::seconds(begins)) > now) {
      note(begins);
    }
  }
}

}  // namespace

std::optional<SeenEncryption> seen_encryption(const Context& context,
                                              const std::vector<gpgme_key_t>& recipients,
                                              std::string_view beginning, std::string cipher) {
  const auto bytes = unarmored(beginning);
  auto key_ids = bytes ? session_key_ids(*bytes) : std::nullopt;
  if (!key_ids || key_ids->size() + 1 != recipients.size()) {
    return std::nullopt;
  }
  SeenEncryption seen{{}, {}, std::move(*key_ids), std::move(cipher), {}};
  const Timestamp now = system_clock().now();
  for (std::size_t i = 0; i + 1 < recipients.size(); ++i) {
    std::size_t used = 0;
    for (auto* subkey = recipients[i]->subkeys; subkey != nullptr; subkey = subkey->next) {
      if (is_among(seen.key_ids, subkey)) {
        seen.subkeys.emplace_back(subkey->fpr);
        note_changes(recipients[i], subkey, now, seen.until);
        ++used;
      }
    }
    if (used != 1) {
      return std::nullopt;
    }
  }
  seen.keys = exported(context, recipients);
  return seen.keys.empty() ? std::nullopt : std::optional(std::move(seen));
}

}  // namespace phimilter::protect
