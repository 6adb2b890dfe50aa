// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "base/encoding.h"
#include "base/log.h"
#include "escrow/seal_keys.h"
#include "escrow/sealed_json.h"
#include "escrow/vault.h"
#include "escrow/vault_files.h"

namespace phimilter::escrow {

namespace {

Fault write_fault(const std::string& folder) {
  return errno_fault("escrow.write", "cannot write into the vault").with("path", folder);
}

// A file that has no name of its own yet. It is locked while it is written, so that what a crash
// left behind can be told from what is still being written.
class TemporaryFile final : public mail::ByteSink {
 public:
  static Result<std::unique_ptr<TemporaryFile>> create(const std::string& folder) {
    for (int attempt = 0; attempt < 3; ++attempt) {
      std::array<std::uint8_t, 12> random{};
      fill_random(random);
      std::string path = folder + "/" + hex(random) + std::string(kTemporarySuffix);
      UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kVaultFileMode));
      if (!fd) {
        return fail(write_fault(folder));
      }
      struct stat info {};
      // A sweep can take the file in the moment between its making and its lock; then another is
      // made.
      if (flock(fd.get(), LOCK_EX | LOCK_NB) == 0 && fstat(fd.get(), &info) == 0 &&
          info.st_nlink == 1) {
        return std::unique_ptr<TemporaryFile>(new TemporaryFile(std::move(path), std::move(fd)));
      }
    }
    return fail(transient_fault("escrow.write", "temporary files of the vault vanish"));
  }
  ~TemporaryFile() override {
    if (!placed_) {
      unlink(path_.c_str());
    }
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  Status write(std::string_view bytes) override {
    auto written = write_all(fd_.get(), bytes, path_);
    if (!written) {
      written.error().id = "escrow.write";
    }
    return written;
  }
  // Neither the umask nor a folder's default ACL decides who may read it.
  Status sync() {
    if (fchmod(fd_.get(), kVaultFileMode) != 0 || fsync(fd_.get()) != 0) {
      return fail(write_fault(path_));
    }
    return {};
  }
  Status place(const std::string& name) {
    if (rename(path_.c_str(), name.c_str()) != 0) {
      return fail(write_fault(name));
    }
    placed_ = true;
    return {};
  }

 private:
  TemporaryFile(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  std::string path_;
  UniqueFd fd_;
  bool placed_ = false;
};

constexpr std::string_view kSharedMarker = "/.marker";

Fault no_entry(const EscrowId& id) {
  return permanent_fault("escrow.no_entry", "there is no such entry in the vault")
      .with("entry", id.str());
}

using WrittenFile = Result<std::unique_ptr<TemporaryFile>>;

// Callers that come while the folder is on its way to the disk go together with the next one.
class SharedSync {
 public:
  explicit SharedSync(std::string folder) : folder_(std::move(folder)) {}

  Status sync() {
    std::unique_lock lock(mutex_);
    const std::uint64_t wanted = begun_ + 1;
    while (done_ < wanted) {
      if (running_) {
        turn_.wait(lock);
      } else {
        lead(lock);
      }
    }
    return failed_ >= wanted ? tl::unexpected<Fault>(fault_) : Status();
  }

 private:
  void lead(std::unique_lock<std::mutex>& lock) {
    running_ = true;
    const std::uint64_t mine = ++begun_;
    lock.unlock();
    auto status = sync_folder(folder_);
    lock.lock();
    running_ = false;
    done_ = mine;
    if (!status) {
      failed_ = mine;
      fault_ = std::move(status.error());
    }
    turn_.notify_all();
  }

  const std::string folder_;
  std::mutex mutex_;
  std::condition_variable turn_;
  bool running_ = false;
  std::uint64_t begun_ = 0, done_ = 0, failed_ = 0;
  Fault fault_;
};

class FileVaultWriter final : public VaultWriter {
 public:
  FileVaultWriter(std::string folder, std::unique_ptr<PublicKeyFile> key,
                  std::unique_ptr<PublicKeyFile> recovery)
      : folder_(std::move(folder)),
        key_(std::move(key)),
        recovery_(std::move(recovery)),
        sync_(folder_) {}

  Status seal(const EntryFacts& facts, const std::optional<Proof>& proof,
              const std::function<Status(mail::ByteSink&)>& write_message) override {
    auto message = sealed_message(facts, write_message);
    if (!message) {
      return fail(message);
    }
    // The entry becomes visible with its message: whatever belongs to it is there by then.
    if (auto placed = place_proof(facts, proof); !placed) {
      return placed;
    }
    if (auto placed = (*message)->place(vault_path(folder_, facts.id, kSealedSuffix)); !placed) {
      return placed;
    }
    return sync_.sync();
  }

  Status mark_noticed(const EscrowId& id) override { return mark(id, kNoticeSuffix, ""); }

  Status retract(const EscrowId& id, const std::string& by, Timestamp now) override {
    return mark(id, kRetractedSuffix, retraction_to_json({by, now}));
  }

  Status extend(const EscrowId& id, const Extension& extension, const Secret& act_key) override {
    const ActTrust trust{ActTrust::Kind::keyed, &act_key};
    const auto entry = entry_status(folder_, id, extension.act.time, trust);
    if (!entry) {
      return fail(entry.error());
    }
    if (!*entry) {
      return fail(no_entry(id));
    }
    if (auto allowed = may_be_extended(**entry, extension); !allowed) {
      return allowed;
    }
    return mark(id, kExtendedSuffix, extension_to_json(id, extension, act_key));
  }

  Status ask_unlock(const EscrowId& id, const Act& act, const Secret& act_key) override {
    return mark(id, kUnlockSuffix, unlock_to_json(id, act, act_key));
  }

  Status mark_released(const EscrowId& id) override { return mark(id, kReleasedSuffix, ""); }

  Result<std::optional<EntryStatus>> status(const EscrowId& id, Timestamp now) override {
    return entry_status(folder_, id, now);
  }

  Result<std::vector<EntryStatus>> list(Timestamp now) override {
    return list_entries(folder_, now,
                        [](const Fault& fault) { log::fault(log::Level::error, "-", fault); });
  }

 private:
  WrittenFile sealed_message(const EntryFacts& facts,
                             const std::function<Status(mail::ByteSink&)>& write_message) {
    const std::string json = facts_to_json(facts);
    if (json.size() > kFactsBytes) {
      return fail(permanent_fault("escrow.facts_size", "the facts of the entry are too long")
                      .with("entry", facts.id.str()));
    }
    return sealed_file(facts, SealKind::message, json, write_message);
  }

  // On the disk, but not yet under a name.
  // The key is looked up when the file is there: who changes the key sees every file that is being
  // sealed to the old one.
  WrittenFile sealed_file(const EntryFacts& facts, SealKind kind, std::string_view facts_json,
                          const std::function<Status(mail::ByteSink&)>& write_plain) {
    auto file = TemporaryFile::create(folder_);
    if (!file) {
      return file;
    }
    const SealHeader header = vault_header(facts.id, kind, facts.created, facts.expires);
    SealTarget target{key_->now()};
    if (kind == SealKind::message && facts.bound) {
      target.link_secret = facts.link_secret;
      target.recovery = recovery_ ? std::optional(recovery_->now()) : std::nullopt;
    }
    auto seal = SealWriter::create(header, target, facts_json, **file);
    if (!seal) {
      return fail(seal);
    }
    if (auto written = write_plain(**seal); !written) {
      return fail(written);
    }
    if (auto finished = (*seal)->finish(); !finished) {
      return fail(finished);
    }
    if (auto synced = (*file)->sync(); !synced) {
      return fail(synced);
    }
    return file;
  }

  Status place_proof(const EntryFacts& facts, const std::optional<Proof>& proof) {
    const std::string name = vault_path(folder_, facts.id, kProofSuffix);
    if (!proof) {
      return remove_file(name);
    }
    const Secret json = proof_to_json(*proof);
    if (json.size() > kProofBytes) {
      return fail(permanent_fault("escrow.proof_size", "the proof is too long"));
    }
    auto file = sealed_file(facts, SealKind::proof, {},
                            [&json](mail::ByteSink& out) { return out.write(json.view()); });
    if (!file) {
      return fail(file);
    }
    return (*file)->place(name);
  }

  Status mark(const EscrowId& id, std::string_view suffix, std::string_view content) {
    const auto present = file_present(vault_path(folder_, id, kSealedSuffix));
    if (!present) {
      return fail(present.error());
    }
    if (!*present) {
      return fail(no_entry(id));
    }
    const std::string path = vault_path(folder_, id, suffix);
    return content.empty() ? make_empty(path) : write_file_durably(path, content, kVaultFileMode);
  }

  // A name says all that there is to say, so names are made of one empty file: to make a file costs
  // a file system many times as much.
  Status make_empty(const std::string& path) {
    const std::string shared = folder_ + std::string(kSharedMarker);
    if (link(shared.c_str(), path.c_str()) != 0 && errno != EEXIST) {
      // Not there yet, or it has all the names that a file can have.
      unlink(shared.c_str());
      const UniqueFd fd(
          open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kVaultFileMode));
      if (!fd || fchmod(fd.get(), kVaultFileMode) != 0 || fsync(fd.get()) != 0) {
        return fail(write_fault(path));
      }
      // Without it, the next marker is a file of its own again.
      static_cast<void>(!link(path.c_str(), shared.c_str()));
    }
    return sync_.sync();
  }

  std::string folder_;
  std::unique_ptr<PublicKeyFile> key_, recovery_;
  SharedSync sync_;
};

void sweep_leftovers(const std::string& folder) {
  const auto names = list_folder(folder);
  for (const std::string& name : names.value_or(std::vector<std::string>())) {
    if (!name.ends_with(kTemporarySuffix)) {
      continue;
    }
    const std::string path = folder + "/" + name;
    const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (fd && flock(fd.get(), LOCK_EX | LOCK_NB) == 0 && unlink(path.c_str()) == 0) {
      log::event(log::Level::info, "", "escrow_swept_leftover", {{"path", path}});
    }
  }
}

}  // namespace

Status may_be_extended(const EntryStatus& entry, const Extension& extension) {
  if (entry.state == EntryState::retracted || entry.state == EntryState::released) {
    return fail(permanent_fault("escrow.ended", "the entry was ended by a person, and stays so")
                    .with("entry", entry.id.str()));
  }
  if (extension.expires <= entry.expires || extension.expires <= extension.act.time) {
    return fail(permanent_fault("escrow.not_longer",
                                "the entry can be read longer than that, or it is past")
                    .with("entry", entry.id.str()));
  }
  if (extension.expires > entry.created + kLongestLife) {
    return fail(permanent_fault("escrow.too_long", "no entry is readable longer than ten years")
                    .with("entry", entry.id.str()));
  }
  return {};
}

Result<std::unique_ptr<VaultWriter>> open_vault_writer(const std::string& folder,
                                                       const std::string& public_key_file,
                                                       const std::string& recovery_key_file) {
  auto key = PublicKeyFile::open(public_key_file);
  if (!key) {
    return fail(key);
  }
  std::unique_ptr<PublicKeyFile> recovery;
  if (!recovery_key_file.empty()) {
    auto opened = PublicKeyFile::open(recovery_key_file);
    if (!opened) {
      return fail(opened);
    }
    recovery = std::move(*opened);
  }
  auto probe = TemporaryFile::create(folder);
  if (!probe) {
    probe.error().kind = FaultKind::configuration;
    return fail(probe);
  }
  probe->reset();
  sweep_leftovers(folder);
  return std::unique_ptr<VaultWriter>(
      std::make_unique<FileVaultWriter>(folder, std::move(*key), std::move(recovery)));
}

}  // namespace phimilter::escrow
