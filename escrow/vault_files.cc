// SPDX-License-Identifier: Apache-2.0
#include "escrow/vault_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "base/encoding.h"

namespace phimilter::escrow {

namespace {

Fault damaged(const char* text) {
  return permanent_fault("escrow.damaged", text);
}

std::array<std::uint8_t, 32> header_id(const EscrowId& id) {
  std::array<std::uint8_t, 32> out{};
  const auto bytes = unhex(id.str());
  require(bytes && bytes->size() <= out.size(), "an escrow id is hex");
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

// The clear header and the size of the file; nullopt when it is not there.
struct Claims {
  SealHeader header;
  std::uint64_t size = 0;
};
Result<std::optional<Claims>> read_claims(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd && errno == ENOENT) {
    return std::nullopt;
  }
  struct stat info {};
  std::array<std::uint8_t, kSealHeaderBytes> bytes{};
  const ssize_t got = fd ? pread(fd.get(), bytes.data(), bytes.size(), 0) : -1;
  if (got < 0 || fstat(fd.get(), &info) != 0) {
    return fail(errno_fault("escrow.read", "cannot read an entry").with("path", path));
  }
  auto header = parse_seal_header(ByteView(bytes).first(static_cast<std::size_t>(got)));
  if (!header) {
    return fail(header);
  }
  return Claims{*header, static_cast<std::uint64_t>(info.st_size)};
}

// The small files that stand beside an entry.
struct Markers {
  bool noticed = false, retracted = false, released = false, extended = false;
  bool sealed = false, proof = false, unlock = false;  // known of a list alone
};
struct Named {
  std::string_view stem;
  Markers markers;
};

Result<Markers> markers_of(const std::string& folder, const EscrowId& id) {
  Markers markers;
  for (const auto& [suffix, present] :
       {std::pair(kRetractedSuffix, &markers.retracted), std::pair(kNoticeSuffix, &markers.noticed),
        std::pair(kReleasedSuffix, &markers.released),
        std::pair(kExtendedSuffix, &markers.extended)}) {
    const auto found = file_present(vault_path(folder, id, suffix));
    if (!found) {
      return fail(found.error());
    }
    *present = *found;
  }
  return markers;
}

void note(Markers& markers, std::string_view suffix) {
  markers.sealed = markers.sealed || suffix == kSealedSuffix;
  markers.retracted = markers.retracted || suffix == kRetractedSuffix;
  markers.noticed = markers.noticed || suffix == kNoticeSuffix;
  markers.released = markers.released || suffix == kReleasedSuffix;
  markers.extended = markers.extended || suffix == kExtendedSuffix;
  markers.proof = markers.proof || suffix == kProofSuffix;
  markers.unlock = markers.unlock || suffix == kUnlockSuffix;
}

// A file that is none any more, or was never one, does not keep the entry from being looked at.
Result<std::optional<Extension>> extension_of(const std::string& folder, const SealHeader& header,
                                              const EscrowId& id, const Markers& markers,
                                              const ActTrust& trust) {
  if (!markers.extended || trust.kind == ActTrust::Kind::none) {
    return std::nullopt;
  }
  const auto text = read_act(folder, id, kExtendedSuffix);
  if (!text) {
    return fail(text.error());
  }
  auto extension = *text ? extension_from_json(id, **text, trust.key) : std::nullopt;
  const bool counts = extension && extension->expires > header.expires &&
                      extension->expires <= header.created + kLongestLife;
  return counts ? extension : std::nullopt;
}

Result<std::optional<Act>> retraction_of(const std::string& folder, const EscrowId& id) {
  const auto text = read_act(folder, id, kRetractedSuffix);
  if (!text) {
    return fail(text.error());
  }
  return *text ? retraction_from_json(**text) : std::nullopt;
}

// `names` in order, which brings those of an entry together.
std::vector<Named> entries_among(const std::vector<std::string>& names) {
  std::vector<Named> found;
  for (const std::string& name : names) {
    const std::size_t dot = std::min(name.find('.'), name.size());
    const std::string_view stem = std::string_view(name).substr(0, dot);
    if (found.empty() || found.back().stem != stem) {
      found.push_back({stem, {}});
    }
    note(found.back().markers, std::string_view(name).substr(dot));
  }
  std::erase_if(found, [](const Named& each) { return !each.markers.sealed; });
  return found;
}

EntryState state_of(const Markers& markers, Timestamp expires, Timestamp now) {
  if (markers.released) {
    return EntryState::released;
  }
  if (markers.retracted) {
    return EntryState::retracted;
  }
  if (now >= expires) {
    return EntryState::expired;
  }
  return markers.noticed ? EntryState::open : EntryState::waiting_for_notice;
}

Result<std::optional<EntryStatus>> status_with(const std::string& folder, const EscrowId& id,
                                               const Markers& markers, Timestamp now,
                                               const ActTrust& trust) {
  auto claims = read_claims(vault_path(folder, id, kSealedSuffix));
  if (!claims) {
    return fail(claims);
  }
  if (!*claims) {
    return std::nullopt;
  }
  const SealHeader& header = (*claims)->header;
  if (header.kind != SealKind::message || header.id != header_id(id)) {
    return fail(damaged("an entry stands under another name than its own"));
  }
  auto extension = extension_of(folder, header, id, markers, trust);
  if (!extension) {
    return fail(extension);
  }
  const Timestamp expires = *extension ? (*extension)->expires : header.expires;
  EntryStatus status{
      id, state_of(markers, expires, now), header.created, expires, (*claims)->size, header.bound};
  status.extension = std::move(*extension);
  if (status.state == EntryState::retracted) {
    auto retraction = retraction_of(folder, id);
    if (!retraction) {
      return fail(retraction);
    }
    status.retraction = std::move(*retraction);
  }
  return status;
}

// Of a proof that was taken in an empty file is left.
bool is_empty(const std::string& path) {
  struct stat info {};
  return lstat(path.c_str(), &info) == 0 && info.st_size == 0;
}

}  // namespace

std::string_view to_string(EntryState state) {
  switch (state) {
    case EntryState::waiting_for_notice:
      return "waiting for notice";
    case EntryState::open:
      return "open";
    case EntryState::expired:
      return "expired";
    case EntryState::retracted:
      return "retracted";
    case EntryState::released:
      return "released";
  }
  return "unknown";
}

std::string_view to_string(Removal removal) {
  switch (removal) {
    case Removal::overwritten:
      return "overwritten";
    case Removal::deleted:
      return "deleted";
    case Removal::gone:
      return "gone";
  }
  return "unknown";
}

std::string vault_path(const std::string& folder, const EscrowId& id, std::string_view suffix) {
  return folder + "/" + id.str() + std::string(suffix);
}

SealHeader vault_header(const EscrowId& id, SealKind kind, Timestamp created, Timestamp expires) {
  return SealHeader{kind, header_id(id), created, expires};
}

Result<bool> file_present(const std::string& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) == 0) {
    return true;
  }
  if (errno == ENOENT) {
    return false;
  }
  return fail(errno_fault("escrow.read", "cannot look at the vault").with("path", path));
}

Status remove_file(const std::string& path) {
  if (unlink(path.c_str()) == 0 || errno == ENOENT) {
    return {};
  }
  return fail(errno_fault("escrow.remove", "cannot delete a file of the vault").with("path", path));
}

Result<std::optional<std::string>> read_act(const std::string& folder, const EscrowId& id,
                                            std::string_view suffix) {
  constexpr std::size_t kLongestAct = 4096;
  const std::string path = vault_path(folder, id, suffix);
  const auto present = file_present(path);
  if (!present) {
    return fail(present.error());
  }
  if (!*present) {
    return std::nullopt;
  }
  auto text = read_file(path, kLongestAct);
  if (!text) {
    return fail(text);
  }
  return std::move(*text);
}

Result<std::optional<EntryStatus>> entry_status(const std::string& folder, const EscrowId& id,
                                                Timestamp now, const ActTrust& trust) {
  const auto markers = markers_of(folder, id);
  return markers ? status_with(folder, id, *markers, now, trust) : fail(markers.error());
}

// What the names say need not be looked up: with many thousands of entries that is most of it.
Result<std::vector<EntryStatus>> list_entries(const std::string& folder, Timestamp now,
                                              const OddFile& odd_file, const ActTrust& trust) {
  auto names = list_folder(folder);
  if (!names) {
    return fail(names);
  }
  std::vector<EntryStatus> entries;
  for (const Named& named : entries_among(*names)) {
    const auto id = EscrowId::parse(named.stem);
    if (!id) {
      odd_file(permanent_fault("escrow.foreign_file",
                               "a file in the vault has a name that no entry has; move it away")
                   .with("folder", folder));
      continue;
    }
    auto status = status_with(folder, *id, named.markers, now, trust);
    if (!status) {
      odd_file(std::move(status.error()).with("entry", id->str()));
      continue;
    }
    if (*status) {
      const bool proof = named.markers.proof && !is_empty(vault_path(folder, *id, kProofSuffix));
      (*status)->waits_for_portal = proof || named.markers.unlock;
      entries.push_back(std::move(**status));
    }
  }
  return entries;
}

void sweep_orphans(const std::string& folder, const std::vector<std::string>& names) {
  constexpr std::time_t kDay = 24 * 3600;
  for (const std::string& name : names) {
    const auto dot = name.find('.');
    const auto id = EscrowId::parse(name.substr(0, dot));
    if (!id || name.substr(dot) == kSealedSuffix || name.substr(dot) == kDoomedSuffix) {
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

}  // namespace phimilter::escrow
