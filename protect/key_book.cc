// SPDX-License-Identifier: Apache-2.0
#include "protect/key_book.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/encoding.h"
#include "base/files.h"
#include "base/log.h"
#include "protect/a_labels.h"
#include "protect/key_rules.h"

namespace phimilter::protect {
namespace {

constexpr std::string_view kLockName = "/.lock";
constexpr std::string_view kNoRecord = "keys.record";   // a file whose content is none
constexpr std::string_view kOwnersName = "/.owners-2";  // there: all are named by owner_key()

// phictl may run as root; what it leaves must be the filter's to read.
void give_to_owner(const std::string& folder, const std::string& file) {
  struct stat owner {};
  const bool needed = geteuid() == 0 && stat(folder.c_str(), &owner) == 0 && owner.st_uid != 0;
  if (needed && lchown(file.c_str(), owner.st_uid, owner.st_gid) != 0) {
    log::fault(log::Level::error, "-",
               errno_fault("keys.owner", "cannot give a file to the owner of its folder")
                   .with("path", file));
  }
}

// Held until the descriptor is closed; the kernel lets go of it when the process dies.
Result<UniqueFd> lock(const std::string& folder) {
  UniqueFd fd(
      ::open((folder + std::string(kLockName)).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) {
    return fail(errno_fault("keys.lock", "cannot lock the key book").with("path", folder));
  }
  give_to_owner(folder, folder + std::string(kLockName));
  while (flock(fd.get(), LOCK_EX) != 0) {
    if (errno != EINTR) {
      return fail(errno_fault("keys.lock", "cannot lock the key book").with("path", folder));
    }
  }
  return fd;
}

Result<KeyRecord> read_record(const std::string& path) {
  const auto text = read_file(path, limits::kKeyRecordFile);
  if (!text) {
    Fault fault = text.error();
    fault.kind = FaultKind::transient;
    return fail(std::move(fault));
  }
  auto record = parse_key_record(*text);
  if (!record) {
    return fail(
        transient_fault(std::string(kNoRecord), "a file of the key book cannot be understood")
            .with("path", path));
  }
  return record;
}

Status remove_record(const std::string& path) {
  if (unlink(path.c_str()) != 0 && errno != ENOENT) {
    return fail(
        errno_fault("keys.remove", "cannot remove a file of the key book").with("path", path));
  }
  return {};
}

bool is_there(const std::string& path) {
  struct stat file {};
  return stat(path.c_str(), &file) == 0 || errno != ENOENT;
}

}  // namespace

Result<std::unique_ptr<KeyBook>> KeyBook::open(const std::string& folder,
                                               std::size_t most_records) {
  const auto made = make_folder(folder, 0700);
  if (!made || access(folder.c_str(), R_OK | W_OK | X_OK) != 0) {
    return fail(configuration_fault("keys.folder", "the folder of the key book cannot be used")
                    .with("path", folder)
                    .with("setting", "keys.folder"));
  }
  std::unique_ptr<KeyBook> book(new KeyBook(folder, most_records));
  if (auto renamed = book->rename_owners(); !renamed) {
    log::fault(log::Level::error, "-", renamed.error());
    return fail(configuration_fault("keys.folder", "the key book cannot be brought up to date")
                    .with("path", folder)
                    .with("setting", "keys.folder"));
  }
  return book;
}

// Under another name a refusal would not be found. Done once: the last thing that is written says
// so. A record that cannot be read today may be read the next time.
Status KeyBook::rename_owners() const {
  const std::string done = folder_ + std::string(kOwnersName);
  if (is_there(done)) {
    return {};
  }
  const auto locked = lock(folder_);
  if (!locked) {
    return fail(locked.error());
  }
  const auto names = list_folder(folder_);
  if (!names) {
    return fail(names.error());
  }
  bool all_read = true;
  for (const std::string& name : *names) {
    const std::string file = folder_ + "/" + name;
    const auto record = read_record(file);
    if (!record) {
      log::fault(log::Level::warning, "-", record.error());
      all_read = all_read && (record.error().id == kNoRecord || !name.ends_with(".keys"));
      continue;
    }
    if (auto renamed = rename_owner(file, *record); !renamed) {
      return renamed;
    }
  }
  if (!all_read) {
    return {};
  }
  auto written = write_file_durably(done, "", 0600);
  give_to_owner(folder_, done);
  return written;
}

Status KeyBook::rename_owner(const std::string& file, const KeyRecord& record) const {
  const auto address = mail::Address::parse(record.owner);
  const std::string owner = address ? owner_key(*address) : record.owner;
  if (owner == record.owner) {
    return {};
  }
  auto merged = read(record.kind, owner);
  if (!merged) {
    return fail(merged);
  }
  merge(*merged, record);
  const std::string place = path(record.kind, owner);
  if (auto written = write_file_durably(place, key_record_text(*merged), 0600); !written) {
    return written;
  }
  give_to_owner(folder_, place);
  return remove_record(file);
}

// Named by a digest: an owner's address may hold a slash, and a folder listing tells nobody's name.
std::string KeyBook::path(KeyKind kind, const std::string& owner) const {
  return folder_ + "/" + hex(sha256(std::string(to_string(kind)) + " " + owner)) + ".keys";
}

Result<KeyRecord> KeyBook::read(KeyKind kind, const std::string& owner) const {
  const std::string file = path(kind, owner);
  if (!is_there(file)) {
    return KeyRecord{.kind = kind, .owner = owner, .pin = {}, .candidates = {}};
  }
  auto record = read_record(file);
  if (record && (record->kind != kind || record->owner != owner)) {
    return fail(transient_fault("keys.record", "a file of the key book is another owner's")
                    .with("path", file));
  }
  return record;
}

// To count takes a while; others add and remove records, too, so a full book is counted again.
Result<bool> KeyBook::has_room() {
  if (tried_ >= kCountAgain) {
    const auto names = list_folder(folder_);
    if (!names) {
      return fail(names.error());
    }
    counted_ = names->size();
    tried_ = 0;
  }
  return counted_ + tried_++ < most_records_;
}

Status KeyBook::change(KeyKind kind, const std::string& owner,
                       const std::function<void(KeyRecord&)>& change) {
  const auto locked = lock(folder_);
  if (!locked) {
    return fail(locked.error());
  }
  auto record = read(kind, owner);
  if (!record) {
    return fail(record);
  }
  const KeyRecord before = *record;
  change(*record);
  if (*record == before) {
    return {};
  }
  const std::string file = path(kind, owner);
  if (!record->pin && record->candidates.empty()) {
    tried_ = kCountAgain;
    return remove_record(file);
  }
  if (!is_there(file)) {
    const auto room = has_room();
    if (!room) {
      return fail(room.error());
    }
    if (!*room) {
      return fail(transient_fault("keys.full", "the key book has no room for another owner"));
    }
  }
  auto written = write_file_durably(file, key_record_text(*record), 0600);
  give_to_owner(folder_, file);
  return written;
}

Result<std::vector<KeyRecord>> KeyBook::all() const {
  const auto names = list_folder(folder_);
  if (!names) {
    return fail(names.error());
  }
  std::vector<KeyRecord> records;
  for (const std::string& name : *names) {
    auto record = read_record(folder_ + "/" + name);
    if (record) {
      records.push_back(std::move(*record));
    } else {
      log::fault(log::Level::warning, "-", record.error());
    }
  }
  std::sort(records.begin(), records.end(), [](const KeyRecord& a, const KeyRecord& b) {
    return std::pair(a.owner, a.kind) < std::pair(b.owner, b.kind);
  });
  return records;
}

Status KeyBook::note_use(KeyKind kind, const std::string& owner, const FingerprintId& fingerprint,
                         Timestamp now) {
  const auto record = read(kind, owner);
  if (!record) {
    return fail(record.error());
  }
  KeyRecord used = *record;
  protect::note_use(used, fingerprint, now);
  if (used == *record) {
    return {};
  }
  return change(kind, owner,
                [&](KeyRecord& changed) { protect::note_use(changed, fingerprint, now); });
}

Status KeyBook::vouch(KeyKind kind, const std::string& owner, const FingerprintId& fingerprint,
                      const std::string& person, Timestamp now) {
  return change(kind, owner, [&](KeyRecord& record) {
    trust(record, {.fingerprint = fingerprint, .source = std::string(kImported), .bytes = {}},
          person, now);
  });
}

Result<Unasked> KeyBook::tidy(Timestamp before, Timestamp now) {
  const auto names = list_folder(folder_);
  if (!names) {
    return fail(names.error());
  }
  const auto forget_old = [&](KeyRecord& record) {
    forget_unasked(record, before);
    forget_lapsed(record, now);
  };
  Unasked kept;
  for (const std::string& name : *names) {
    auto record = read_record(folder_ + "/" + name);
    if (!record) {
      log::fault(log::Level::warning, "-", record.error());
      continue;
    }
    KeyRecord rest = *record;
    forget_old(rest);
    if (!(rest == *record)) {
      auto changed = change(record->kind, record->owner, forget_old);
      if (!changed) {
        return fail(changed.error());
      }
    }
    for (const Candidate& each : rest.candidates) {
      kept.keys += is_unasked(rest, each) ? 1 : 0;
      kept.bytes += is_unasked(rest, each) ? each.bytes.size() : 0;
    }
  }
  return kept;
}

}  // namespace phimilter::protect
