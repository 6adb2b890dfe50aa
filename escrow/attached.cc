// SPDX-License-Identifier: Apache-2.0
#include "escrow/attached.h"

#include <algorithm>
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

constexpr std::string_view kPersonSuffix = ".person";

std::string digest_of(const mail::Address& address) {
  return hex(sha256(std::string_view(address.key())));
}

std::string pair_name(const mail::Address& recipient, const mail::Address& other) {
  return digest_of(recipient) + "-" + digest_of(other);
}

std::string person_path(const std::string& folder, std::string_view other_digest) {
  return folder + "/" + std::string(other_digest) + std::string(kPersonSuffix);
}

Result<std::optional<std::string>> read_person(const std::string& path) {
  const auto present = file_present(path);
  if (!present || !*present) {
    return present ? Result<std::optional<std::string>>(std::nullopt) : fail(present.error());
  }
  auto text = read_file(path, kLongestFile);
  if (!text) {
    return fail(text);
  }
  if (text->size() != kHexDigest || !unhex(*text)) {
    return fail(transient_fault("escrow.attached",
                                "a file about a person's other address cannot "
                                "be understood: attach it again")
                    .with("path", path));
  }
  return std::move(*text);
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
      return {object.at("recipient").get<std::string>(), object.at("other").get<std::string>(),
              Attachment::shared};
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
                                 const std::string& public_key_file, Attachment kind) const {
  if (recipient == other) {
    return fail(permanent_fault("escrow.attached_self", "an address is attached to itself"));
  }
  const auto key = read_public_key(public_key_file);
  if (!key) {
    return fail(key.error());
  }
  Status written = write_pair(recipient, other, *key);
  if (written && kind == Attachment::same_person) {
    written = write_pair(other, recipient, *key);
  }
  // Last: what it says holds only together with the pairs.
  return written && kind == Attachment::same_person
             ? write_file_durably(person_path(folder_, digest_of(other)), digest_of(recipient),
                                  kVaultFileMode)
             : written;
}

Status AttachedAddresses::write_pair(const mail::Address& recipient, const mail::Address& other,
                                     const PublicKey& key) const {
  const json object = {{"recipient", recipient.spelled()}, {"other", other.spelled()}};
  const auto sealed = seal_bytes(header_of(pair_name(recipient, other)), key,
                                 object.dump(-1, ' ', false, json::error_handler_t::replace));
  if (!sealed) {
    return fail(sealed.error());
  }
  return write_file_durably(path_of(recipient, other), *sealed, kVaultFileMode);
}

Result<bool> AttachedAddresses::detach(const mail::Address& recipient,
                                       const mail::Address& other) const {
  const auto kind = find(recipient, other);
  if (!kind || !*kind) {
    return kind ? Result<bool>(false) : fail(kind.error());
  }
  std::vector<std::string> paths;
  if (**kind == Attachment::same_person) {
    paths = {person_path(folder_, digest_of(other)), path_of(other, recipient)};
  }
  paths.push_back(path_of(recipient, other));
  for (const std::string& path : paths) {
    if (Status removed = remove_file(path); !removed) {
      return fail(removed);
    }
  }
  if (Status synced = sync_folder(folder_); !synced) {
    return fail(synced);
  }
  return true;
}

Result<std::optional<Attachment>> AttachedAddresses::find(const mail::Address& recipient,
                                                          const mail::Address& other) const {
  const auto attached = is_attached(recipient, other);
  if (!attached || !*attached) {
    return attached ? Result<std::optional<Attachment>>(std::nullopt) : fail(attached.error());
  }
  const auto main = main_digest_of(folder_, other);
  if (!main) {
    return fail(main.error());
  }
  return *main == digest_of(recipient) ? Attachment::same_person : Attachment::shared;
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
  const auto present = file_present(folder_);
  if (!present || !*present) {
    return present ? Result<std::vector<AttachedPair>>(std::vector<AttachedPair>())
                   : fail(present.error());
  }
  const auto names = list_folder(folder_);
  if (!names) {
    return fail(names.error());
  }
  std::vector<AttachedPair> pairs;
  for (const std::string_view name : *names) {
    if (name.size() != 2 * kHexDigest + 1 + kAttachedSuffix.size() ||
        !name.ends_with(kAttachedSuffix)) {
      continue;
    }
    const std::string first(name.substr(0, kHexDigest));
    const std::string second(name.substr(kHexDigest + 1, kHexDigest));
    const auto main = read_person(person_path(folder_, second));
    const auto turned = read_person(person_path(folder_, first));
    if (!main || !turned) {
      return fail(main ? turned.error() : main.error());
    }
    if (*turned == second) {
      continue;  // the other way round of one person's two
    }
    AttachedPair pair = read_pair(folder_ + "/" + std::string(name),
                                  name.substr(0, name.size() - kAttachedSuffix.size()), *keys);
    pair.kind = *main == first ? Attachment::same_person : Attachment::shared;
    pairs.push_back(std::move(pair));
  }
  std::ranges::sort(pairs, [](const AttachedPair& a, const AttachedPair& b) {
    return std::tie(a.recipient, a.other) < std::tie(b.recipient, b.other);
  });
  return pairs;
}

Result<std::optional<std::string>> main_digest_of(const std::string& folder,
                                                  const mail::Address& other) {
  return read_person(person_path(folder, digest_of(other)));
}

}  // namespace phimilter::escrow
