// SPDX-License-Identifier: Apache-2.0
#include "escrow/recipients.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/encoding.h"
#include "base/files.h"
#include "escrow/attached.h"
#include "escrow/recipient_file.h"
#include "escrow/seal_crypto.h"
#include "escrow/seal_keys.h"
#include "escrow/sealed_json.h"
#include "escrow/vault_files.h"
#include "escrow/whole_write.h"

namespace phimilter::escrow {

namespace {

using Stored = StoredRecipient;

constexpr std::string_view kSuffix = kRecipientSuffix;
constexpr std::size_t kLongestFile = kLongestRecipientFile;

class FileRecipientStore final : public RecipientStore {
 public:
  FileRecipientStore(std::string folder, std::unique_ptr<PublicKeyFile> public_key,
                     std::unique_ptr<PrivateKeyFile> keys)
      : folder_(std::move(folder)), public_key_(std::move(public_key)), keys_(std::move(keys)) {}

  Result<std::optional<RecipientEntry>> find(const mail::Address& address) override {
    auto stored = read(digest_of(address));
    if (!stored) {
      return fail(stored);
    }
    if (!*stored) {
      return std::nullopt;
    }
    return std::move((*stored)->entry);
  }

  Result<std::optional<RecipientEntry>> for_notice(const mail::Address& address) override {
    std::string digest = digest_of(address);
    auto own = read(digest);
    auto main = own ? read_main(address, digest) : own;
    if (!main) {
      return fail(main);
    }
    if (!*main) {
      return *own ? std::optional((*own)->entry) : std::nullopt;
    }
    RecipientEntry entry = *own ? (*own)->entry : RecipientEntry{};
    entry.has_proof = entry.has_proof || (*main)->entry.has_proof;
    entry.language = entry.language.empty() ? (*main)->entry.language : entry.language;
    return entry;
  }

  Result<std::unique_ptr<VaultClaim>> hold(std::chrono::milliseconds patience) override {
    return hold_folder(folder_, patience);
  }

  Status put(const mail::Address& address, const RecipientEntry& entry,
             const std::optional<Proof>& proof) override {
    auto content = content_of(address, entry, proof);
    if (!content) {
      return fail(content);
    }
    return write_file_durably(path_of(address), *content, kVaultFileMode);
  }

  Status put_all(const std::vector<RecipientRow>& rows) override {
    std::vector<NamedContent> files;
    for (const RecipientRow& row : rows) {
      auto content = content_of(row.address, row.entry, row.proof);
      if (!content) {
        return fail(content);
      }
      files.push_back({name_of(row.address), std::move(*content)});
    }
    return write_whole(folder_, files, kVaultFileMode);
  }

  Result<std::optional<Proof>> proof(const mail::Address& address) override {
    if (keys_ == nullptr) {
      return fail(bug_fault("escrow.no_private_key", "proofs are read by the portal only"));
    }
    std::string digest = digest_of(address);
    auto stored = read(digest);
    if (stored && (!*stored || (*stored)->sealed_proof.empty())) {
      stored = read_main(address, digest);
    }
    if (!stored) {
      return fail(stored);
    }
    if (!*stored || (*stored)->sealed_proof.empty()) {
      return std::nullopt;
    }
    const auto sealed = unbase64((*stored)->sealed_proof);
    const auto header = header_of(digest, SealKind::recipient);
    if (!sealed || !header) {
      return fail(unreadable_recipient(path_of(address)));
    }
    const auto json = open_bytes(*header, *keys_->now(), as_text(*sealed), kProofBytes);
    if (!json) {
      return fail(json.error());
    }
    auto opened = proof_from_json(*json);
    if (!opened) {
      return fail(opened);
    }
    return std::move(*opened);
  }

  Result<std::vector<ListedRecipient>> list() override {
    if (keys_ == nullptr) {
      return fail(bug_fault("escrow.no_private_key", "addresses are read by the portal's key"));
    }
    const auto names = list_folder(folder_);
    if (!names) {
      return fail(names.error());
    }
    std::vector<ListedRecipient> out;
    for (const std::string& name : *names) {
      if (!name.ends_with(kSuffix)) {
        continue;
      }
      auto listed = read_listed(name);
      if (!listed) {
        return fail(listed);
      }
      out.push_back(std::move(*listed));
    }
    std::sort(out.begin(), out.end(), [](const ListedRecipient& a, const ListedRecipient& b) {
      return a.address < b.address;
    });
    return out;
  }

  Result<RecipientPage> list_page(const std::string& cursor, std::size_t limit) override {
    const auto names = list_folder(folder_);
    if (!names) {
      return fail(names.error());
    }
    RecipientPage page;
    std::string last;
    for (auto name = std::upper_bound(names->begin(), names->end(), cursor + std::string(kSuffix));
         name != names->end(); ++name) {
      if (!name->ends_with(kSuffix)) {
        continue;
      }
      if (page.recipients.size() == limit) {
        page.next = last;
        break;
      }
      auto listed = read_listed(*name);
      if (!listed) {
        return fail(listed);
      }
      page.recipients.push_back(std::move(*listed));
      last = name->substr(0, name->size() - kSuffix.size());
    }
    return page;
  }

  Result<std::optional<std::string>> version(const mail::Address& address) override {
    const auto present = file_present(path_of(address));
    if (!present || !*present) {
      return present ? Result<std::optional<std::string>>(std::nullopt) : fail(present.error());
    }
    const auto text = read_file(path_of(address), kLongestFile);
    if (!text) {
      return fail(text.error());
    }
    return hex(sha256(*text)).substr(0, 32);
  }

  Status remove(const mail::Address& address) override {
    auto removed = remove_file(path_of(address));
    return removed ? sync_folder(folder_) : removed;
  }

 private:
  // `digest`: the name of the file, which says whose it is. nullopt: it is no digest.
  static std::optional<SealHeader> header_of(std::string_view digest, SealKind kind) {
    const auto bytes = unhex(digest);
    SealHeader header;
    header.kind = kind;
    if (!bytes || bytes->size() != header.id.size()) {
      return std::nullopt;
    }
    std::copy(bytes->begin(), bytes->end(), header.id.begin());
    return header;
  }
  static SealHeader header_of(const mail::Address& address, SealKind kind) {
    SealHeader header;
    header.kind = kind;
    header.id = sha256(std::string_view(address.key()));
    return header;
  }

  // The name of the file says whose it is: an address from another file does not fit it.
  Result<ListedRecipient> read_listed(const std::string& name) const {
    const std::string path = folder_ + "/" + name;
    const auto text = read_file(path, kLongestFile);
    if (!text) {
      return fail(text.error());
    }
    auto stored = parse_recipient_file(*text, path);
    if (!stored) {
      return fail(stored);
    }
    ListedRecipient out{"", std::move(stored->entry)};
    if (stored->sealed_address.empty()) {
      return out;
    }
    const auto sealed = unbase64(stored->sealed_address);
    const auto header = header_of(std::string_view(name).substr(0, name.size() - kSuffix.size()),
                                  SealKind::address);
    if (!sealed || !header) {
      return fail(unreadable_recipient(path));
    }
    const auto address = open_bytes(*header, *keys_->now(), as_text(*sealed), kProofBytes);
    if (!address) {
      return fail(address.error());
    }
    out.address = std::string(address->view());
    return out;
  }

  static std::string digest_of(const mail::Address& address) {
    return hex(sha256(std::string_view(address.key())));
  }
  static std::string name_of(const mail::Address& address) {
    return digest_of(address) + std::string(kSuffix);
  }
  std::string path_of(const mail::Address& address) const {
    return folder_ + "/" + name_of(address);
  }

  Result<std::optional<Stored>> read(const std::string& digest) const {
    return read_recipient_file(folder_ + "/" + digest + std::string(kSuffix));
  }
  // What is on file for the main address of whose other address this is; `digest` is its then.
  Result<std::optional<Stored>> read_main(const mail::Address& address, std::string& digest) const {
    const auto main = main_digest_of(folder_, address);
    if (!main || !*main) {
      return main ? Result<std::optional<Stored>>(std::nullopt) : fail(main.error());
    }
    digest = **main;
    return read(digest);
  }

  Result<std::string> sealed_proof(const mail::Address& address, const std::optional<Proof>& proof,
                                   bool keep) const {
    if (proof) {
      const Secret json = proof_to_json(*proof);
      auto sealed =
          seal_bytes(header_of(address, SealKind::recipient), public_key_->now(), json.view());
      if (!sealed || sealed->size() > kLongestFile / 2) {
        return sealed ? fail(permanent_fault("escrow.proof_size", "the proof is too long"))
                      : fail(sealed);
      }
      return base64(as_bytes(*sealed));
    }
    if (!keep) {
      return std::string();
    }
    auto stored = read(digest_of(address));
    if (!stored) {
      return fail(stored);
    }
    return *stored ? (*stored)->sealed_proof : std::string();
  }

  Result<std::string> content_of(const mail::Address& address, const RecipientEntry& entry,
                                 const std::optional<Proof>& proof) const {
    auto sealed = sealed_proof(address, proof, entry.has_proof);
    if (!sealed) {
      return fail(sealed);
    }
    auto whose =
        seal_bytes(header_of(address, SealKind::address), public_key_->now(), address.key());
    if (!whose) {
      return fail(whose);
    }
    return recipient_file_text({entry, *sealed, base64(as_bytes(*whose))});
  }

  std::string folder_;
  std::unique_ptr<PublicKeyFile> public_key_;
  std::unique_ptr<PrivateKeyFile> keys_;  // null: only who reads proofs has them
};

}  // namespace

Result<std::vector<ListedRecipient>> RecipientStore::list() {
  return fail(bug_fault("escrow.no_list", "this store cannot list its recipients"));
}

Result<RecipientPage> RecipientStore::list_page(const std::string& /*cursor*/,
                                                std::size_t /*limit*/) {
  return fail(bug_fault("escrow.no_list", "this store cannot list its recipients"));
}

Result<std::optional<std::string>> RecipientStore::version(const mail::Address& /*address*/) {
  return fail(bug_fault("escrow.no_version", "this store has no versions"));
}

Result<std::unique_ptr<VaultClaim>> RecipientStore::hold(std::chrono::milliseconds /*patience*/) {
  return std::unique_ptr<VaultClaim>();
}

Status RecipientStore::remove(const mail::Address& /*address*/) {
  return fail(bug_fault("escrow.no_remove", "this store forgets nobody"));
}

Status RecipientStore::put_all(const std::vector<RecipientRow>& rows) {
  for (const RecipientRow& row : rows) {
    if (auto written = put(row.address, row.entry, row.proof); !written) {
      return written;
    }
  }
  return {};
}

Result<std::unique_ptr<RecipientStore>> open_recipient_store(const std::string& folder,
                                                             const std::string& public_key_file,
                                                             const std::string& private_key_file) {
  auto public_key = PublicKeyFile::open(public_key_file);
  if (!public_key) {
    return fail(public_key);
  }
  std::unique_ptr<PrivateKeyFile> keys;
  if (!private_key_file.empty()) {
    auto read = PrivateKeyFile::open(private_key_file);
    if (!read) {
      return fail(read);
    }
    const auto ring = (*read)->now();
    const PublicKey sealed_to = (*public_key)->now();
    // Else the filter would go on sealing what nobody can open.
    if (std::none_of(ring->begin(), ring->end(),
                     [&sealed_to](const KeyPair& pair) { return pair.public_key == sealed_to; })) {
      return fail(configuration_fault(
                      "escrow.key_pair",
                      "portal.private_key does not belong to escrow.public_key: what is sealed now "
                      "could never be opened; set the two files of one pair")
                      .with("private_key", private_key_file)
                      .with("public_key", public_key_file));
    }
    keys = std::move(*read);
  }
  if (auto names = list_folder(folder); !names) {
    names.error().kind = FaultKind::configuration;
    return fail(names);
  }
  if (auto finished = finish_whole(folder); !finished) {
    return fail(finished);
  }
  return std::unique_ptr<RecipientStore>(
      std::make_unique<FileRecipientStore>(folder, std::move(*public_key), std::move(keys)));
}

}  // namespace phimilter::escrow
