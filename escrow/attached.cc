// SPDX-License-Identifier: Apache-2.0
#include "escrow/attached.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <tuple>

#include "base/encoding.h"
#include "base/files.h"
#include "escrow/seal_keys.h"
#include "escrow/sealed_file.h"
#include "escrow/vault_files.h"

namespace phimilter::escrow {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestFile = 4096;
constexpr std::size_t kHexDigest = 64;

std::string pair_name(const mail::Address& recipient, const mail::Address& other) {
  return hex(sha256(std::string_view(recipient.key()))) + "-" +
         hex(sha256(std::string_view(other.key())));
}

// The name of the file says whose it is: addresses from another file do not fit it.
SealHeader header_of(std::string_view name) {
  SealHeader header;
  header.kind = SealKind::address;
  header.id = sha256(name);
  return header;
}

AttachedPair read_pair(const std::string& path, std::string_view name, const KeyRing& keys) {
  const auto sealed = read_file(path, kLongestFile);
  if (!sealed) {
    return {};
  }
  const auto text = open_bytes(header_of(name), keys, *sealed, kLongestFile);
  try {
    if (text) {
      const json object = json::parse(text->view());
      return {object.at("recipient").get<std::string>(), object.at("other").get<std::string>()};
    }
  } catch (const json::exception&) {
    // As unreadable as one that is sealed to another key.
  }
  return {};
}

}  // namespace

std::string AttachedAddresses::path_of(const mail::Address& recipient,
                                       const mail::Address& other) const {
  return folder_ + "/" + pair_name(recipient, other) + std::string(kAttachedSuffix);
}

Status AttachedAddresses::attach(const mail::Address& recipient, const mail::Address& other,
                                 const std::string& public_key_file) const {
  if (recipient == other) {
    return fail(permanent_fault("escrow.attached_self", "an address is attached to itself"));
  }
  const auto key = read_public_key(public_key_file);
  if (!key) {
    return fail(key.error());
  }
  const json object = {{"recipient", recipient.spelled()}, {"other", other.spelled()}};
  const auto sealed = seal_bytes(header_of(pair_name(recipient, other)), *key,
                                 object.dump(-1, ' ', false, json::error_handler_t::replace));
  if (!sealed) {
    return fail(sealed.error());
  }
  return write_file_durably(path_of(recipient, other), *sealed, kVaultFileMode);
}

Result<bool> AttachedAddresses::detach(const mail::Address& recipient,
                                       const mail::Address& other) const {
  const std::string path = path_of(recipient, other);
  if (::unlink(path.c_str()) != 0) {
    if (errno == ENOENT) {
      return false;
    }
    return fail(
        errno_fault("escrow.attached", "cannot delete an attached address").with("path", path));
  }
  if (Status synced = sync_folder(folder_); !synced) {
    return fail(synced);
  }
  return true;
}

Result<bool> AttachedAddresses::is_attached(const mail::Address& recipient,
                                            const mail::Address& other) const {
  return file_present(path_of(recipient, other));
}

Result<std::vector<AttachedPair>> AttachedAddresses::list(
    const std::string& private_key_file) const {
  const auto keys = read_private_keys(private_key_file);
  if (!keys) {
    return fail(keys.error());
  }
  const auto names = list_folder(folder_);
  if (!names) {
    return fail(names.error());
  }
  std::vector<AttachedPair> pairs;
  for (const std::string_view name : *names) {
    if (name.size() == 2 * kHexDigest + 1 + kAttachedSuffix.size() &&
        name.ends_with(kAttachedSuffix)) {
      pairs.push_back(read_pair(folder_ + "/" + std::string(name),
                                name.substr(0, name.size() - kAttachedSuffix.size()), *keys));
    }
  }
  std::ranges::sort(pairs, [](const AttachedPair& a, const AttachedPair& b) {
    return std::tie(a.recipient, a.other) < std::tie(b.recipient, b.other);
  });
  return pairs;
}

}  // namespace phimilter::escrow
