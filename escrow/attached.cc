// SPDX-License-Identifier: Apache-2.0
#include "escrow/attached.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "base/encoding.h"
#include "base/files.h"
#include "escrow/recipients.h"
#include "escrow/seal_keys.h"
#include "escrow/sealed_file.h"
#include "escrow/vault_files.h"
#include "escrow/whole_write.h"

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

std::string pair_path(const std::string& folder, const std::string& name) {
  return folder + "/" + name + std::string(kAttachedSuffix);
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

// Whether the file that joins one person's two addresses says that `alias` is `main`'s.
Result<bool> is_joined(const std::string& folder, const mail::Address& main,
                       const mail::Address& alias) {
  const auto person = read_person(person_path(folder, digest_of(alias)));
  return person ? Result<bool>(*person == digest_of(main)) : fail(person.error());
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

// nullopt: the other way round of one person's two.
Result<std::optional<AttachedPair>> listed(const std::string& folder, std::string_view name,
                                           const KeyRing& keys) {
  const std::string first(name.substr(0, kHexDigest));
  const std::string second(name.substr(kHexDigest + 1));
  const auto main = read_person(person_path(folder, second));
  const auto turned = read_person(person_path(folder, first));
  const auto back = file_present(pair_path(folder, second + "-" + first));
  if (!main || !turned || !back) {
    return !back ? fail(back.error()) : fail(main ? turned.error() : main.error());
  }
  const bool is_main = *main == first;
  const bool is_other = *turned == second;
  // Joined either way, by a program of before: once.
  if (*back && is_other && (!is_main || second < first)) {
    return std::nullopt;
  }
  AttachedPair pair = read_pair(pair_path(folder, std::string(name)), name, keys);
  if (is_main || is_other) {
    pair.kind = *back ? Attachment::same_person : Attachment::unfinished;
  }
  if (is_other && !is_main) {
    std::swap(pair.recipient, pair.other);
  }
  return pair;
}

}  // namespace

std::string AttachedAddresses::path_of(const mail::Address& recipient,
                                       const mail::Address& other) const {
  return pair_path(folder_, pair_name(recipient, other));
}

Status AttachedAddresses::attach(const mail::Address& recipient, const mail::Address& other,
                                 const std::string& public_key_file, Attachment kind) const {
  if (recipient == other) {
    return fail(permanent_fault("escrow.attached_self", "an address is attached to itself"));
  }
  // The key is looked up while it is held: a change of keys sees what was sealed to the old one.
  const auto held = hold_folder(folder_, kHoldPatience);
  if (!held) {
    return fail(held.error());
  }
  const auto key = read_public_key(public_key_file);
  if (!key) {
    return fail(key.error());
  }
  if (kind == Attachment::shared) {
    return write_pair(recipient, other, *key);
  }
  const auto turned = is_joined(folder_, other, recipient);
  if (!turned) {
    return fail(turned.error());
  }
  return *turned ? join(other, recipient, *key) : join(recipient, other, *key);
}

Status AttachedAddresses::join(const mail::Address& main, const mail::Address& alias,
                               const PublicKey& key) const {
  const auto taken = is_anothers(main, alias);
  if (!taken || *taken) {
    return taken ? fail(configuration_fault("escrow.attached_other",
                                            "this address is another person's already"))
                 : fail(taken.error());
  }
  Status written =
      write_file_durably(person_path(folder_, digest_of(alias)), digest_of(main), kVaultFileMode);
  if (written) {
    written = write_pair(alias, main, key);
  }
  return written ? write_pair(main, alias, key) : written;
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

// In this order: what a kill leaves in between is unfinished, and gives the main address's proof to
// nobody.
Result<std::vector<std::string>> AttachedAddresses::paths_to_remove(
    const mail::Address& recipient, const mail::Address& other) const {
  std::vector<std::string> paths = {path_of(recipient, other)};
  std::vector<std::string> joining;
  for (const auto& [main, alias] : {std::pair(&recipient, &other), std::pair(&other, &recipient)}) {
    const auto joined = is_joined(folder_, *main, *alias);
    if (!joined) {
      return fail(joined.error());
    }
    if (*joined) {
      paths = {path_of(*main, *alias), path_of(*alias, *main)};
      joining.push_back(person_path(folder_, digest_of(*alias)));
    }
  }
  paths.insert(paths.end(), joining.begin(), joining.end());
  return paths;
}

Result<bool> AttachedAddresses::detach(const mail::Address& recipient,
                                       const mail::Address& other) const {
  const auto present = file_present(folder_);
  if (!present || !*present) {
    return present;
  }
  const auto held = hold_folder(folder_, kHoldPatience);
  const auto kind = find(recipient, other);
  if (!held || !kind) {
    return fail(held ? kind.error() : held.error());
  }
  if (!*kind) {
    return false;
  }
  const auto paths = paths_to_remove(recipient, other);
  if (!paths) {
    return fail(paths.error());
  }
  for (const std::string& path : *paths) {
    if (Status removed = remove_file(path); !removed) {
      return fail(removed);
    }
    // One after the other on the disk, too.
    if (Status synced = sync_folder(folder_); !synced) {
      return fail(synced);
    }
  }
  return true;
}

Result<std::optional<Attachment>> AttachedAddresses::find(const mail::Address& recipient,
                                                          const mail::Address& other) const {
  const auto attached = is_attached(recipient, other);
  const auto back = is_attached(other, recipient);
  const auto joined = is_joined(folder_, recipient, other);
  const auto turned = is_joined(folder_, other, recipient);
  for (const auto* each : {&attached, &back, &joined, &turned}) {
    if (!*each) {
      return fail(each->error());
    }
  }
  if (*joined || *turned) {
    return *attached && *back ? Attachment::same_person : Attachment::unfinished;
  }
  return *attached ? std::optional(Attachment::shared) : std::nullopt;
}

Result<bool> AttachedAddresses::is_anothers(const mail::Address& recipient,
                                            const mail::Address& other) const {
  const auto main = read_person(person_path(folder_, digest_of(other)));  // finished or not
  return main ? Result<bool>(*main && **main != digest_of(recipient)) : fail(main.error());
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
    auto pair = listed(folder_, name.substr(0, 2 * kHexDigest + 1), *keys);
    if (!pair) {
      return fail(pair);
    }
    if (*pair) {
      pairs.push_back(std::move(**pair));
    }
  }
  std::ranges::sort(pairs, [](const AttachedPair& a, const AttachedPair& b) {
    return std::tie(a.recipient, a.other) < std::tie(b.recipient, b.other);
  });
  return pairs;
}

Result<std::optional<std::string>> main_digest_of(const std::string& folder,
                                                  const mail::Address& other) {
  auto main = read_person(person_path(folder, digest_of(other)));
  if (!main || !*main) {
    return main;
  }
  const auto finished = file_present(pair_path(folder, **main + "-" + digest_of(other)));
  if (!finished) {
    return fail(finished.error());
  }
  return *finished ? std::move(main) : std::nullopt;
}

}  // namespace phimilter::escrow
