// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <openssl/crypto.h>
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
#include "escrow/vault.h"
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

// The plain bytes of an entry as a stream that gives pieces of any wanted size.
class EntryStream {
 public:
  EntryStream(std::unique_ptr<FileSource> source, std::unique_ptr<SealReader> reader)
      : source_(std::move(source)), reader_(std::move(reader)) {}

  const SealHeader& header() const { return reader_->header(); }

  // Up to `longest` bytes; empty: the end.
  Result<std::string_view> next(std::size_t longest) {
    if (rest_.empty() && !ended_) {
      const auto chunk = reader_->next();
      if (!chunk) {
        return fail(chunk.error());
      }
      ended_ = !chunk->has_value();
      rest_ = chunk->value_or(std::string_view());
    }
    const std::string_view piece = rest_.substr(0, longest);
    rest_.remove_prefix(piece.size());
    return piece;
  }

 private:
  std::unique_ptr<FileSource> source_;
  std::unique_ptr<SealReader> reader_;
  std::string_view rest_;
  bool ended_ = false;
};

Result<std::string> exactly(EntryStream& stream, std::size_t size, const EscrowId& id) {
  std::string out;
  out.reserve(size);
  while (out.size() < size) {
    const auto piece = stream.next(size - out.size());
    if (!piece) {
      return fail(piece.error());
    }
    if (piece->empty()) {
      return fail(damaged(id, "an entry ends inside its facts"));
    }
    out += *piece;
  }
  return out;
}

std::size_t facts_size(std::string_view length) {
  std::size_t size = 0;
  for (const char byte : length) {
    size = (size << 8) | static_cast<std::uint8_t>(byte);
  }
  return size;
}

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

// The message of an entry, which stands behind its facts.
class EntryBytes final : public MessageBytes {
 public:
  EntryBytes(std::unique_ptr<SealedBytes> bytes, std::uint64_t start, const EscrowId& id)
      : bytes_(std::move(bytes)), start_(start), id_(id) {}
  std::uint64_t size() const override { return bytes_->size() - start_; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
    if (offset >= size()) {
      return std::size_t{0};
    }
    auto got = bytes_->read_at(start_ + offset, out);
    return got ? got : fail(std::move(got.error()).with("entry", id_.str()));
  }

 private:
  std::unique_ptr<SealedBytes> bytes_;
  std::uint64_t start_;
  EscrowId id_;
};

Result<EntryFacts> read_facts(EntryStream& stream, const EscrowId& id) {
  const auto length = exactly(stream, 4, id);
  if (!length) {
    return fail(length.error());
  }
  const std::size_t size = facts_size(*length);
  if (size > kFactsBytes) {
    return fail(damaged(id, "the facts of an entry are too long"));
  }
  auto json = exactly(stream, size, id);
  if (!json) {
    return fail(json);
  }
  auto facts = facts_from_json(*json);
  OPENSSL_cleanse(json->data(), json->size());
  if (facts && (facts->id != id || facts->created != stream.header().created ||
                facts->expires != stream.header().expires)) {
    return fail(damaged(id, "the facts of an entry and its header disagree"));
  }
  return facts;
}

class FileVaultReader final : public VaultReader {
 public:
  FileVaultReader(std::string folder, Secret key, Secret act_key)
      : folder_(std::move(folder)), key_(std::move(key)), act_key_(std::move(act_key)) {}

  Result<std::optional<EntryStatus>> status(const EscrowId& id, Timestamp now) override {
    return entry_status(folder_, id, now, trust());
  }

  Result<EntryFacts> facts(const EscrowId& id) override {
    auto stream = open_entry(id);
    if (!stream) {
      return fail(stream);
    }
    auto facts = read_facts(*stream, id);
    const auto entry = facts ? entry_status(folder_, id, facts->created, trust())
                             : Result<std::optional<EntryStatus>>();
    if (!entry) {
      return fail(entry.error());
    }
    if (facts && *entry) {
      facts->expires = (*entry)->expires;
    }
    return facts;
  }

  using VaultReader::read_message;
  Status read_message(const EscrowId& id, std::string_view /*link_secret*/,
                      mail::ByteSink& out) override {
    auto stream = open_entry(id);
    if (!stream) {
      return fail(stream);
    }
    if (auto facts = read_facts(*stream, id); !facts) {
      return fail(facts);
    }
    for (;;) {
      const auto piece = stream->next(std::string_view::npos);
      if (!piece) {
        return fail(piece.error());
      }
      if (piece->empty()) {
        return {};
      }
      if (auto written = out.write(*piece); !written) {
        return written;
      }
    }
  }

  using VaultReader::open_message;
  Result<std::unique_ptr<MessageBytes>> open_message(const EscrowId& id,
                                                     std::string_view /*link_secret*/) override {
    const std::string path = vault_path(folder_, id, kSealedSuffix);
    auto fd = open_sealed(id, path);
    if (!fd) {
      return fail(fd);
    }
    auto bytes = SealedBytes::open(std::move(*fd), path, key_);
    if (!bytes) {
      return fail(std::move(bytes.error()).with("entry", id.str()));
    }
    if (Status own = check_own((*bytes)->header(), id); !own) {
      return fail(own);
    }
    std::array<std::uint8_t, 4> length{};
    const auto got = (*bytes)->read_at(0, length);
    if (!got) {
      return fail(got.error());
    }
    const std::uint64_t start = 4 + facts_size(as_text(length));
    if (*got != length.size() || start > 4 + kFactsBytes || start > (*bytes)->size()) {
      return fail(damaged(id, "the facts of an entry are too long"));
    }
    return std::unique_ptr<MessageBytes>(
        std::make_unique<EntryBytes>(std::move(*bytes), start, id));
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
    const auto json = open_bytes(expected, key_, *sealed, kProofBytes);
    if (!json) {
      return fail(json.error());
    }
    auto proof = proof_from_json(*json);
    if (!proof) {
      return fail(proof);
    }
    return std::move(*proof);
  }

  Status remove_proof(const EscrowId& id) override {
    const std::string path = vault_path(folder_, id, kProofSuffix);
    const auto present = file_present(path);
    if (!present) {
      return fail(present.error());
    }
    return *present ? write_file_durably(path, "", kVaultFileMode) : Status();
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

  Result<Removal> remove(const EscrowId& id) override {
    // The message goes first and its markers last: an entry that is half removed is never open
    // again.
    auto shredded = shred(id);
    if (!shredded) {
      return shredded;
    }
    for (const auto suffix : {kProofSuffix, kNoticeSuffix, kRetractedSuffix, kReleasedSuffix,
                              kExtendedSuffix, kUnlockSuffix}) {
      if (auto removed = remove_file(vault_path(folder_, id, suffix)); !removed) {
        return fail(removed);
      }
    }
    if (auto synced = sync_folder(folder_); !synced) {
      return fail(synced);
    }
    return shredded;
  }

 private:
  ActTrust trust() const {
    return act_key_.empty() ? ActTrust{ActTrust::Kind::none, nullptr}
                            : ActTrust{ActTrust::Kind::keyed, &act_key_};
  }

  Result<EntryStream> open_entry(const EscrowId& id) {
    const std::string path = vault_path(folder_, id, kSealedSuffix);
    auto fd = open_sealed(id, path);
    if (!fd) {
      return fail(fd);
    }
    auto source = std::make_unique<FileSource>(std::move(*fd), path);
    auto reader = SealReader::open(*source, key_);
    if (!reader) {
      return fail(std::move(reader.error()).with("entry", id.str()));
    }
    if (Status own = check_own((*reader)->header(), id); !own) {
      return fail(own);
    }
    return EntryStream(std::move(source), std::move(*reader));
  }

  // Without its head nothing of the file can be opened, whatever the disk keeps of the rest. Under
  // a name that is swept, so that a crash leaves no entry without a head. Who may only delete,
  // deletes.
  Result<Removal> shred(const EscrowId& id) {
    const std::string path = vault_path(folder_, id, kSealedSuffix);
    const std::string doomed = vault_path(folder_, id, kTemporarySuffix);
    if (rename(path.c_str(), doomed.c_str()) != 0 && errno != ENOENT) {
      return fail(
          errno_fault("escrow.remove", "cannot delete a file of the vault").with("path", path));
    }
    const UniqueFd fd(open(doomed.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd && errno == ENOENT) {
      return Removal::gone;
    }
    const std::string zeros(kSealHeaderBytes, '\0');
    if (fd && (pwrite(fd.get(), zeros.data(), zeros.size(), 0) < 0 || fdatasync(fd.get()) != 0)) {
      return fail(errno_fault("escrow.remove", "cannot overwrite an entry").with("path", doomed));
    }
    if (auto removed = remove_file(doomed); !removed) {
      return fail(removed);
    }
    return fd ? Removal::overwritten : Removal::deleted;
  }

  static constexpr std::size_t kMostSaid = 1000;  // past it: silence
  std::string folder_;
  Secret key_, act_key_;
  std::mutex said_mutex_;
  std::set<std::string> said_;
};

// What a crash left of an entry that was being removed or sealed. A day is longer than any sealing
// takes.
void sweep_orphans(const std::string& folder, const std::vector<std::string>& names) {
  constexpr std::time_t kDay = 24 * 3600;
  for (const std::string& name : names) {
    const auto dot = name.find('.');
    const auto id = EscrowId::parse(name.substr(0, dot));
    if (!id || name.substr(dot) == kSealedSuffix) {
      continue;
    }
    const std::string path = folder + "/" + name;
    const auto sealed = file_present(vault_path(folder, *id, kSealedSuffix));
    struct stat info {};
    if (sealed && !*sealed && lstat(path.c_str(), &info) == 0 &&
        info.st_mtime + kDay < std::time(nullptr)) {
      unlink(path.c_str());
    }
  }
}

}  // namespace

Result<std::unique_ptr<VaultReader>> open_vault_reader(const std::string& folder,
                                                       const std::string& private_key_file,
                                                       Secret act_key) {
  auto key = read_private_key(private_key_file);
  if (!key) {
    return fail(key);
  }
  auto names = list_folder(folder);
  if (!names) {
    names.error().kind = FaultKind::configuration;
    return fail(names);
  }
  sweep_orphans(folder, *names);
  return std::unique_ptr<VaultReader>(
      std::make_unique<FileVaultReader>(folder, std::move(*key), std::move(act_key)));
}

}  // namespace phimilter::escrow
