// SPDX-License-Identifier: Apache-2.0
#include "audit/journal_head.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "audit/journal_line.h"
#include "base/ids.h"

namespace phimilter::audit {

namespace {

constexpr std::size_t kDigits = 20;
constexpr std::size_t kSize = kDigits + 1 + kHashDigits + 1;

std::string head_path(const std::string& folder) {
  return folder + "/" + std::string(kHeadName);
}

std::string head_text(const JournalHead& head) {
  std::string digits = std::to_string(head.sequence);
  digits.insert(0, kDigits - digits.size(), '0');
  return digits + " " + head.hash + "\n";
}

}  // namespace

Result<std::optional<JournalHead>> read_head(const std::string& folder) {
  const std::string path = head_path(folder);
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0 && errno == ENOENT) {
    return std::nullopt;
  }
  auto text = read_file(path, 4096);
  if (!text) {
    return fail(text);
  }
  JournalHead head;
  const bool form = text->size() == kSize && (*text)[kDigits] == ' ' && text->back() == '\n';
  if (form) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + kDigits, head.sequence);
    head.hash = text->substr(kDigits + 1, kHashDigits);
    if (error == std::errc() && end == text->data() + kDigits &&
        id_form::hex(head.hash, kHashDigits)) {
      return head;
    }
  }
  return fail(
      permanent_fault("audit.journal_head", "journal.head does not parse").with("path", path));
}

Result<UniqueFd> begin_head(const std::string& folder, const JournalHead& head) {
  const std::string path = head_path(folder);
  if (auto written = write_file_durably(path, head_text(head), 0640); !written) {
    return fail(written);
  }
  UniqueFd fd(open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) {
    return fail(errno_fault("audit.journal_head", "cannot open journal.head").with("path", path));
  }
  return fd;
}

bool overwrite_head(int fd, const JournalHead& head) {
  const std::string text = head_text(head);
  return pwrite(fd, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

}  // namespace phimilter::audit
