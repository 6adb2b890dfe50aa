// SPDX-License-Identifier: Apache-2.0
//
// <folder>/<name>, version 1:
//
//   file   := magic salt sealed
//     magic  := "PHISTAT" 0x01                                          8 bytes, at 0
//     salt   := random, new at each writing                            32 bytes, at 8
//     sealed := AES-256-GCM(key, nonce 0, record, aad = magic || file name without its folder),
//               the ciphertext followed by its tag of 16 bytes
//
//   key    := HKDF-SHA-256(ikm = pepper, salt, info = "phimilter portal state 1", 32 bytes); each
//             key seals one file once, so the nonce needs no randomness of its own
//
// The name as associated data keeps one record from being put in another's place. An older file of
// the same record is authentic too: who may write to the folder could put it back.
#include "portal/record_store.h"

#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <mutex>

#include "base/encoding.h"
#include "base/files.h"
#include "escrow/seal_crypto.h"

namespace phimilter::portal {
namespace {

constexpr std::string_view kMagic("PHISTAT\x01", 8);
constexpr std::size_t kSaltBytes = 32;
constexpr std::string_view kInfo = "phimilter portal state 1";

std::optional<escrow::GcmKey> key_for(const Secret& pepper, ByteView salt) {
  auto key = escrow::hkdf_sha256(pepper, salt, kInfo);
  return key ? std::optional<escrow::GcmKey>(std::move(*key)) : std::nullopt;
}

// nullopt: the crypto library refused to work.
std::optional<std::string> seal_record(const Secret& pepper, const std::string& name,
                                       std::string_view record) {
  Bytes salt(kSaltBytes);
  fill_random(salt);
  auto key = key_for(pepper, salt);
  Bytes sealed(record.size() + escrow::kTagBytes);
  const std::string associated = std::string(kMagic) + name;
  if (!key || !key->seal(0, as_bytes(associated), as_bytes(record), sealed)) {
    return std::nullopt;
  }
  return std::string(kMagic) + std::string(as_text(salt)) + std::string(as_text(sealed));
}

// nullopt: not sealed under this name with this pepper.
std::optional<Secret> open_record(const Secret& pepper, const std::string& name,
                                  std::string_view file) {
  constexpr std::size_t kSealedAt = kMagic.size() + kSaltBytes;
  if (file.size() < kSealedAt + escrow::kTagBytes || !file.starts_with(kMagic)) {
    return std::nullopt;
  }
  auto key = key_for(pepper, as_bytes(file.substr(kMagic.size(), kSaltBytes)));
  const ByteView sealed = as_bytes(file.substr(kSealedAt));
  Secret record(sealed.size() - escrow::kTagBytes);
  const std::string associated = std::string(kMagic) + name;
  if (!key || !key->open(0, as_bytes(associated), sealed, record.mutable_span())) {
    return std::nullopt;
  }
  return record;
}

class FileRecordStore final : public RecordStore {
 public:
  FileRecordStore(std::string folder, const Secret& pepper, std::size_t longest)
      : folder_(std::move(folder)), pepper_(pepper.duplicate()), longest_(longest) {}

  Result<std::optional<Secret>> load(const std::string& name) override {
    const std::string path = path_of(name);
    struct stat facts {};
    if (::lstat(path.c_str(), &facts) != 0) {
      if (errno == ENOENT) {
        return std::nullopt;
      }
      return fail(errno_fault("portal.state_read", "cannot look for a record of the state")
                      .with("path", path));
    }
    Result<std::string> file = read_file(path, longest_);
    if (!file) {
      return fail(file);
    }
    auto record = open_record(pepper_, name, *file);
    if (!record) {
      return fail(transient_fault("portal.state_broken",
                                  "a record of the portal's state cannot be opened: the file is "
                                  "damaged, or portal.pepper is not the one it was sealed with; "
                                  "put the right one back")
                      .with("path", path));
    }
    return record;
  }

  Status save(const std::string& name, std::string_view record) override {
    const auto sealed = seal_record(pepper_, name, record);
    if (!sealed) {
      return fail(bug_fault("portal.state_seal", "the crypto library refused to work"));
    }
    if (sealed->size() > longest_) {
      return fail(permanent_fault("portal.state_too_large",
                                  "a record of the portal's state would be too long to be read "
                                  "again")
                      .with("path", path_of(name)));
    }
    return write_file_durably(path_of(name), *sealed, 0600);
  }

  Status remove(const std::string& name) override {
    const std::string path = path_of(name);
    if (::unlink(path.c_str()) != 0) {
      if (errno == ENOENT) {
        return {};
      }
      return fail(errno_fault("portal.state_write", "cannot delete a record of the state")
                      .with("path", path));
    }
    return sync_folder(folder_);
  }

  Result<std::vector<std::string>> names(std::string_view suffix) override {
    auto all = list_folder(folder_);
    if (all) {
      std::erase_if(*all, [suffix](const std::string& name) { return !name.ends_with(suffix); });
    }
    return all;
  }

 private:
  std::string path_of(const std::string& name) const { return folder_ + "/" + name; }
  std::string folder_;
  Secret pepper_;
  std::size_t longest_;
};

class MemoryRecordStore final : public RecordStore {
 public:
  Result<std::optional<Secret>> load(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    const auto found = records_.find(name);
    return found == records_.end() ? std::nullopt : std::optional(found->second.duplicate());
  }
  Status save(const std::string& name, std::string_view record) override {
    const std::lock_guard lock(mutex_);
    records_.insert_or_assign(name, Secret(record));
    return {};
  }
  Status remove(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    records_.erase(name);
    return {};
  }
  Result<std::vector<std::string>> names(std::string_view suffix) override {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> all;
    for (const auto& [name, record] : records_) {
      if (name.ends_with(suffix)) {
        all.push_back(name);
      }
    }
    return all;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, Secret> records_;
};

}  // namespace

Result<std::unique_ptr<RecordStore>> open_record_store(const std::string& folder,
                                                       const Secret& pepper, std::size_t longest) {
  require(!pepper.empty(), "a pepper has bytes");
  Status made = make_folder(folder, 0700);
  if (!made || ::access(folder.c_str(), R_OK | W_OK | X_OK) != 0) {
    return fail(configuration_fault("portal.state_folder",
                                    "portal.state is not a folder that can be written to")
                    .with("path", folder));
  }
  return std::make_unique<FileRecordStore>(folder, pepper, longest);
}

std::unique_ptr<RecordStore> memory_record_store() {
  return std::make_unique<MemoryRecordStore>();
}

}  // namespace phimilter::portal
