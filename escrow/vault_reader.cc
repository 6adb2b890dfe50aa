// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <mutex>
#include <set>

#include "base/encoding.h"
#include "base/log.h"
#include "escrow/seal_keys.h"
#include "escrow/sealed_bytes.h"
#include "escrow/sealed_json.h"
#include "escrow/vault.h"
#include "escrow/vault_claims.h"
#include "escrow/vault_files.h"

namespace phimilter::escrow {

namespace {

Fault damaged(const EscrowId& id, const char* text) {
  return permanent_fault("escrow.damaged", text).with("entry", id.str());
}

class FileSource final : public ByteSource {
 public:
  FileSource(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  Result<std::size_t> read(std::span<std::uint8_t> out) override {
    for (;;) {
      const ssize_t got = ::read(fd_.get(), out.data(), out.size());
      if (got >= 0) {
        return static_cast<std::size_t>(got);
      }
      if (errno != EINTR) {
        return fail(errno_fault("escrow.read", "cannot read an entry").with("path", path_));
      }
    }
  }

 private:
  UniqueFd fd_;
  std::string path_;
};

Status check_own(const SealHeader& header, const EscrowId& id) {
  if (header.kind != SealKind::message ||
      header.id != vault_header(id, SealKind::message, {}, {}).id) {
    return fail(damaged(id, "an entry stands under another name than its own"));
  }
  return {};
}

Result<UniqueFd> open_sealed(const EscrowId& id, const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd && errno == ENOENT) {
    return fail(permanent_fault("escrow.no_entry", "there is no such entry in the vault")
                    .with("entry", id.str()));
  }
  if (!fd) {
    return fail(errno_fault("escrow.read", "cannot read an entry").with("path", path));
  }
  return fd;
}

class EntryBytes final : public MessageBytes {
 public:
  EntryBytes(std::unique_ptr<SealedBytes> bytes, const EscrowId& id)
      : bytes_(std::move(bytes)), id_(id) {}
  std::uint64_t size() const override { return bytes_->size(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
    auto got = bytes_->read_at(offset, out);
    return got ? got : fail(std::move(got.error()).with("entry", id_.str()));
  }

 private:
  std::unique_ptr<SealedBytes> bytes_;
  EscrowId id_;
};

Result<EntryFacts> facts_of(const SealReader& reader, const EscrowId& id) {
  auto facts = facts_from_json(reader.facts(), reader.header().bound);
  if (facts && (facts->id != id || facts->created != reader.header().created ||
                facts->expires != reader.header().expires)) {
    return fail(damaged(id, "the facts of an entry and its header disagree"));
  }
  return facts;
}

struct OpenedEntry {
  std::unique_ptr<FileSource> source;
  std::unique_ptr<SealReader> reader;
};

class FileVaultReader final : public VaultReader {
 public:
  FileVaultReader(std::string folder, std::unique_ptr<PrivateKeyFile> keys, Secret act_key)
      : folder_(std::move(folder)), keys_(std::move(keys)), act_key_(std::move(act_key)) {}

  Result<std::optional<EntryStatus>> status(const EscrowId& id, Timestamp now) override {
    return entry_status(folder_, id, now, trust());
  }

  Result<EntryFacts> facts(const EscrowId& id) override {
    auto entry = open_entry(id, {});
    if (!entry) {
      return fail(entry);
    }
    auto facts = facts_of(*entry->reader, id);
    if (!facts) {
      return facts;
    }
    const auto status = entry_status(folder_, id, facts->created, trust());
    if (!status) {
      return fail(status.error());
    }
    if (*status) {
      facts->expires = (*status)->expires;
    }
    return facts;
  }

  using VaultReader::read_message;
  Status read_message(const EscrowId& id, std::string_view link_secret,
                      mail::ByteSink& out) override {
    auto entry = open_entry(id, link_secret);
    if (!entry) {
      return fail(entry);
    }
    for (;;) {
      const auto piece = entry->reader->next();
      if (!piece) {
        return fail(piece.error());
      }
      if (!*piece) {
        return {};
      }
      if (auto written = out.write(**piece); !written) {
        return written;
      }
    }
  }

  using VaultReader::open_message;
  Result<std::unique_ptr<MessageBytes>> open_message(const EscrowId& id,
                                                     std::string_view link_secret) override {
    const std::string path = vault_path(folder_, id, kSealedSuffix);
    auto fd = open_sealed(id, path);
    if (!fd) {
      return fail(fd);
    }
    auto bytes = SealedBytes::open(std::move(*fd), path, *keys_->now(), link_secret);
    if (!bytes) {
      return fail(std::move(bytes.error()).with("entry", id.str()));
    }
    if (Status own = check_own((*bytes)->header(), id); !own) {
      return fail(own);
    }
    return std::unique_ptr<MessageBytes>(std::make_unique<EntryBytes>(std::move(*bytes), id));
  }

  Result<std::string> recover_link(const EscrowId& id, const KeyPair& recovery) override {
    const std::string path = vault_path(folder_, id, kSealedSuffix);
    const auto fd = open_sealed(id, path);
    if (!fd) {
      return fail(fd.error());
    }
    SealHead head{};
    const ssize_t got = pread(fd->get(), head.data(), head.size(), 0);
    if (got < 0) {
      return fail(errno_fault("escrow.read", "cannot read an entry").with("path", path));
    }
    return recover_link_secret(ByteView(head).first(static_cast<std::size_t>(got)), recovery);
  }

  Result<std::optional<Proof>> take_proof(const EscrowId& id) override {
    const std::string path = vault_path(folder_, id, kProofSuffix);
    const auto present = file_present(path);
    if (!present) {
      return fail(present.error());
    }
    if (!*present) {
      return std::nullopt;
    }
    auto sealed = read_file(path, 2 * kProofBytes);
    if (!sealed) {
      return fail(sealed);
    }
    if (sealed->empty()) {
      return std::nullopt;
    }
    const SealHeader expected = vault_header(id, SealKind::proof, {}, {});
    const auto json = open_bytes(expected, *keys_->now(), *sealed, kProofBytes);
    if (!json) {
      return fail(json.error());
    }
    auto proof = proof_from_json(*json);
    if (!proof) {
      return fail(proof);
    }
    return std::move(*proof);
  }

  // First it is gone under its name, then the bytes that nobody finds any more are overwritten.
  Status remove_proof(const EscrowId& id) override {
    const std::string path = vault_path(folder_, id, kProofSuffix);
    const UniqueFd fd(open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
    const auto present = file_present(path);
    if (!present) {
      return fail(present.error());
    }
    if (!*present) {
      return {};
    }
    auto emptied = write_file_durably(path, "", kVaultFileMode);
    return emptied && fd ? overwrite_head(fd, path) : emptied;
  }

  Result<bool> proof_removed(const EscrowId& id) override {
    const std::string path = vault_path(folder_, id, kProofSuffix);
    struct stat info {};
    if (lstat(path.c_str(), &info) == 0) {
      return info.st_size == 0;
    }
    if (errno == ENOENT) {
      return false;
    }
    return fail(errno_fault("escrow.read", "cannot look at the vault").with("path", path));
  }

  Result<std::vector<EntryStatus>> list(Timestamp now) override {
    // Asked every few seconds: what stays odd is said once.
    return list_entries(
        folder_, now,
        [this](const Fault& fault) {
          const std::lock_guard lock(said_mutex_);
          if (said_.size() < kMostSaid && said_.insert(fault.describe()).second) {
            log::fault(log::Level::error, "-", fault);
          }
        },
        trust());
  }

  Result<std::optional<Act>> unlock_asked(const EscrowId& id) override {
    const auto text = read_act(folder_, id, kUnlockSuffix);
    if (!text) {
      return fail(text.error());
    }
    return *text && !act_key_.empty() ? unlock_from_json(id, **text, &act_key_) : std::nullopt;
  }

  Status forget_unlock(const EscrowId& id) override {
    auto removed = remove_file(vault_path(folder_, id, kUnlockSuffix));
    return removed ? sync_folder(folder_) : removed;
  }

  Result<std::unique_ptr<VaultClaim>> claim_round(Round round) override {
    return claim_file(folder_ + std::string(round == Round::sweep ? kSweepLock : kMailsLock), {});
  }

  Result<std::unique_ptr<VaultClaim>> claim(const EscrowId& id, ClaimKind kind) override {
    return claim_entry(folder_, id, kind);
  }

  Result<std::unique_ptr<VaultClaim>> try_claim(const EscrowId& id, ClaimKind kind) override {
    return claim_file(claim_path(folder_, id, kind), {});
  }

  // Without its head nothing of the file can be opened, whatever the disk keeps of the rest. Under
  // another name, so that a crash leaves no entry without a head. Who may only delete, deletes.
  Result<Removal> shred(const EscrowId& id) override {
    const std::string path = vault_path(folder_, id, kSealedSuffix);
    const std::string doomed = vault_path(folder_, id, kDoomedSuffix);
    if (rename(path.c_str(), doomed.c_str()) != 0 && errno != ENOENT) {
      return fail(
          errno_fault("escrow.remove", "cannot delete a file of the vault").with("path", path));
    }
    if (Status synced = sync_folder(folder_); !synced) {
      return fail(synced);
    }
    const UniqueFd fd(open(doomed.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd && errno == ENOENT) {
      return Removal::gone;
    }
    if (!fd) {
      const bool may_not_write = errno == EACCES || errno == EPERM || errno == EROFS;
      return may_not_write ? Result<Removal>(Removal::deleted)
                           : fail(errno_fault("escrow.remove", "cannot overwrite an entry")
                                      .with("path", doomed));
    }
    if (Status overwritten = overwrite_head(fd, doomed); !overwritten) {
      return fail(overwritten);
    }
    return Removal::overwritten;
  }

  Result<Removal> remove(const EscrowId& id) override {
    auto shredded = shred(id);
    if (!shredded) {
      return shredded;
    }
    // The doomed file last: while it is there, the removal is known to have been begun.
    for (const auto suffix : {kProofSuffix, kNoticeSuffix, kRetractedSuffix, kReleasedSuffix,
                              kExtendedSuffix, kUnlockSuffix, kDoomedSuffix}) {
      if (auto removed = remove_file(vault_path(folder_, id, suffix)); !removed) {
        return fail(removed);
      }
    }
    if (auto synced = sync_folder(folder_); !synced) {
      return fail(synced);
    }
    return shredded;
  }

  Result<std::vector<EscrowId>> half_removed() override {
    const auto names = list_folder(folder_);
    if (!names) {
      return fail(names.error());
    }
    std::vector<EscrowId> ids;
    for (const std::string_view name : *names) {
      if (auto id = EscrowId::parse(name.substr(0, name.find('.')));
          id && name == id->str() + std::string(kDoomedSuffix)) {
        ids.push_back(std::move(*id));
      }
    }
    return ids;
  }

 private:
  ActTrust trust() const {
    return act_key_.empty() ? ActTrust{ActTrust::Kind::none, nullptr}
                            : ActTrust{ActTrust::Kind::keyed, &act_key_};
  }

  Result<OpenedEntry> open_entry(const EscrowId& id, std::string_view link_secret) {
    const std::string path = vault_path(folder_, id, kSealedSuffix);
    auto fd = open_sealed(id, path);
    if (!fd) {
      return fail(fd);
    }
    OpenedEntry entry{std::make_unique<FileSource>(std::move(*fd), path), nullptr};
    auto reader = SealReader::open(*entry.source, *keys_->now(), link_secret);
    if (!reader) {
      return fail(std::move(reader.error()).with("entry", id.str()));
    }
    if (Status own = check_own((*reader)->header(), id); !own) {
      return fail(own);
    }
    entry.reader = std::move(*reader);
    return entry;
  }

  static Status overwrite_head(const UniqueFd& fd, const std::string& path) {
    const std::string zeros(kSealHeaderBytes, '\0');
    if (pwrite(fd.get(), zeros.data(), zeros.size(), 0) != static_cast<ssize_t>(zeros.size()) ||
        fdatasync(fd.get()) != 0) {
      return fail(errno_fault("escrow.remove", "cannot overwrite an entry").with("path", path));
    }
    return {};
  }

  static constexpr std::size_t kMostSaid = 1000;  // past it: silence
  std::string folder_;
  std::unique_ptr<PrivateKeyFile> keys_;
  Secret act_key_;
  std::mutex said_mutex_;
  std::set<std::string> said_;
};

}  // namespace

Result<std::unique_ptr<VaultReader>> open_vault_reader(const std::string& folder,
                                                       const std::string& private_key_file,
                                                       Secret act_key) {
  auto keys = PrivateKeyFile::open(private_key_file);
  if (!keys) {
    return fail(keys);
  }
  auto names = list_folder(folder);
  if (!names) {
    names.error().kind = FaultKind::configuration;
    return fail(names);
  }
  sweep_orphans(folder, *names);
  return std::unique_ptr<VaultReader>(
      std::make_unique<FileVaultReader>(folder, std::move(*keys), std::move(act_key)));
}

}  // namespace phimilter::escrow
