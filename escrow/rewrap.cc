// SPDX-License-Identifier: Apache-2.0
#include "escrow/rewrap.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/files.h"
#include "escrow/attached.h"
#include "escrow/recipient_file.h"
#include "escrow/seal_head.h"
#include "escrow/vault_files.h"
#include "escrow/whole_write.h"

namespace phimilter::escrow {

namespace {

using Json = nlohmann::ordered_json;

Fault cannot(const char* text, const std::string& path) {
  return errno_fault("escrow.rewrap", text).with("path", path);
}

Status write_head(const UniqueFd& fd, const SealHead& head, const std::string& path) {
  if (pwrite(fd.get(), head.data(), head.size(), 0) != static_cast<ssize_t>(head.size()) ||
      fdatasync(fd.get()) != 0) {
    return fail(cannot("cannot write the new wrap of a key", path));
  }
  return {};
}

// Whether the path still names the file that is open.
Result<bool> is_in_place(const UniqueFd& fd, const std::string& path) {
  struct stat opened {
  }, named{};
  if (fstat(fd.get(), &opened) != 0) {
    return fail(cannot("cannot look at a sealed file", path));
  }
  if (lstat(path.c_str(), &named) != 0) {
    return errno == ENOENT ? Result<bool>(false)
                           : fail(cannot("cannot look at a sealed file", path));
  }
  return opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

Result<std::string> read_head(const UniqueFd& fd, const std::string& path) {
  std::string head(kSealHeaderBytes, '\0');
  const ssize_t got = pread(fd.get(), head.data(), head.size(), 0);
  if (got < 0) {
    return fail(cannot("cannot read a sealed file", path));
  }
  head.resize(static_cast<std::size_t>(got));
  return head;
}

// True: it was changed. What is gone, empty (a proof that was taken in) or damaged needs no key.
Result<bool> rewrap_if_needed(const std::string& path, const KeyRing& keys, const PublicKey& to) {
  const UniqueFd fd(open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!fd && (errno == ENOENT || errno == ELOOP)) {
    return false;
  }
  if (!fd) {
    return fail(cannot("cannot open a sealed file for writing", path));
  }
  const auto head = read_head(fd, path);
  if (!head) {
    return fail(head.error());
  }
  if (!parse_seal_header(as_bytes(*head)) || sealed_to_alone(as_bytes(*head), to)) {
    return false;
  }
  auto rewrap = rewrap_head(as_bytes(*head), keys, to);
  if (!rewrap) {
    return fail(std::move(rewrap.error()).with("path", path));
  }
  for (const SealHead* next : {&rewrap->added, &rewrap->cleaned}) {
    const auto written = put_head(fd, *next, path);
    if (!written || !*written) {
      return written;
    }
  }
  return true;
}

// Whether a file that is being written has, or will have, another key. One without a head yet looks
// its key up later than this, and finds the new one.
bool waits(const std::string& path, const PublicKey& to) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  const auto head = fd ? read_head(fd, path) : Result<std::string>(std::string());
  return head && head->size() == kSealHeaderBytes && !sealed_to_alone(as_bytes(*head), to);
}

Result<std::optional<std::string>> rewrapped(const std::string& text, const KeyRing& keys,
                                             const PublicKey& to) {
  const auto sealed = unbase64(text);
  if (text.empty() || !sealed || sealed->size() < kSealHeaderBytes ||
      sealed_to_alone(*sealed, to)) {
    return std::nullopt;
  }
  const auto rewrap = rewrap_head(*sealed, keys, to);
  if (!rewrap) {
    return fail(rewrap.error());
  }
  Bytes out = *sealed;
  std::copy(rewrap->cleaned.begin(), rewrap->cleaned.end(), out.begin());
  return base64(out);
}

// Held by the caller.
Result<bool> rewrap_recipient(const std::string& path, const KeyRing& keys, const PublicKey& to) {
  const auto present = file_present(path);
  if (!present || !*present) {
    return present;
  }
  const auto text = read_file(path, kLongestRecipientFile);
  if (!text) {
    return fail(text.error());
  }
  Json json = Json::parse(*text, nullptr, false);
  bool changed = false;
  for (const char* name : {"address", "proof"}) {
    const auto found = json.is_object() ? json.find(name) : json.end();
    if (found == json.end() || !found->is_string()) {
      continue;
    }
    auto wrapped = rewrapped(found->get<std::string>(), keys, to);
    if (!wrapped) {
      return fail(std::move(wrapped.error()).with("path", path));
    }
    if (*wrapped) {
      *found = std::move(**wrapped);
      changed = true;
    }
  }
  if (!changed) {
    return false;
  }
  const std::string out = json.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
  if (Status written = write_file_durably(path, out, kVaultFileMode); !written) {
    return fail(written);
  }
  return true;
}

// One at a time, so that others get their turn between two.
Result<bool> rewrap_held(const std::string& folder, const std::string& name, const KeyRing& keys,
                         const PublicKey& to, std::chrono::milliseconds patience) {
  const auto held = hold_folder(folder, patience);
  if (!held) {
    return fail(held.error());
  }
  const std::string path = folder + "/" + name;
  return name.ends_with(kAttachedSuffix) ? rewrap_if_needed(path, keys, to)
                                         : rewrap_recipient(path, keys, to);
}

// Who changed something with the old key before this is seen in the list.
Result<std::vector<std::string>> held_names(const std::string& folder,
                                            std::chrono::milliseconds patience) {
  const auto held = hold_folder(folder, patience);
  return held ? list_folder(folder) : fail(held.error());
}

}  // namespace

Result<bool> put_head(const UniqueFd& fd, const SealHead& head, const std::string& path) {
  if (Status written = write_head(fd, head, path); !written) {
    return fail(written);
  }
  auto in_place = is_in_place(fd, path);
  if (in_place && !*in_place) {
    if (Status overwritten = write_head(fd, SealHead{}, path); !overwritten) {
      return fail(overwritten);
    }
  }
  return in_place;
}

Status rewrap_file(const std::string& path, const KeyRing& keys, const PublicKey& to) {
  const auto changed = rewrap_if_needed(path, keys, to);
  return changed ? Status() : fail(changed.error());
}

Result<RewrapReport> rewrap_vault(const std::string& folder, const KeyRing& keys,
                                  const PublicKey& to) {
  const auto names = list_folder(folder);
  if (!names) {
    return fail(names.error());
  }
  RewrapReport report;
  for (const std::string& name : *names) {
    const std::string path = folder + "/" + name;
    if (name.ends_with(kTemporarySuffix)) {
      report.waiting += waits(path, to) ? 1 : 0;
    }
    if (!name.ends_with(kSealedSuffix) && !name.ends_with(kProofSuffix)) {
      continue;
    }
    const auto changed = rewrap_if_needed(path, keys, to);
    if (!changed) {
      return fail(changed.error());
    }
    report.changed += *changed ? 1 : 0;
  }
  return report;
}

Result<RewrapReport> rewrap_recipients(const std::string& folder, const KeyRing& keys,
                                       const PublicKey& to, std::chrono::milliseconds patience) {
  const auto names = held_names(folder, patience);
  if (!names) {
    return fail(names.error());
  }
  RewrapReport report;
  for (const std::string& name : *names) {
    if (!name.ends_with(kAttachedSuffix) && !name.ends_with(kRecipientSuffix)) {
      continue;
    }
    const auto changed = rewrap_held(folder, name, keys, to, patience);
    if (!changed) {
      return fail(changed.error());
    }
    report.changed += *changed ? 1 : 0;
  }
  return report;
}

}  // namespace phimilter::escrow
