// SPDX-License-Identifier: Apache-2.0
#include "portal/breached_file.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/files.h"

namespace phimilter::portal {
namespace {

constexpr std::size_t kHexDigits = 40;
constexpr std::size_t kLongestLine = 512;
constexpr off_t kPlaces = 1000;

struct File {
  UniqueFd fd;
  off_t size = 0;
};

Fault unreadable(const std::string& path) {
  return errno_fault("portal.breached_file", "the list of breached passphrases cannot be read")
      .with("path", path);
}

Result<File> open_file(const std::string& path) {
  File file{UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)), 0};
  struct stat facts {};
  if (!file.fd || ::fstat(file.fd.get(), &facts) != 0) {
    return fail(unreadable(path));
  }
  file.size = facts.st_size;
  return file;
}

// The first whole line at or after `offset`, in lower case, and where the one behind it begins.
struct Line {
  std::string text;
  off_t next = 0;
};
Result<Line> line_at(const File& file, off_t offset, const std::string& path) {
  std::array<char, 2 * kLongestLine> buffer{};
  const off_t from = std::max<off_t>(0, offset - 1);
  const ssize_t got = ::pread(file.fd.get(), buffer.data(), buffer.size(), from);
  if (got < 0) {
    return fail(unreadable(path));
  }
  std::string_view text(buffer.data(), static_cast<std::size_t>(got));
  std::size_t begin = 0;
  if (offset > 0) {
    const std::size_t end = text.find('\n');
    begin = end == std::string_view::npos ? text.size() : end + 1;
  }
  const std::size_t end = std::min(text.find('\n', begin), text.size());
  return Line{ascii_lower(trim(text.substr(begin, end - begin))),
              from + static_cast<off_t>(end) + 1};
}

bool is_hash_line(std::string_view line) {
  return line.size() >= kHexDigits && unhex(line.substr(0, kHexDigits)) &&
         (line.size() == kHexDigits || line[kHexDigits] == ':');
}

std::string sha1_of(std::string_view text) {
  std::array<std::uint8_t, 20> digest{};
  const bool done =
      EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha1(), nullptr) == 1;
  require(done, "OpenSSL computes SHA-1");
  return hex(digest);
}

Result<bool> among_hashes(const File& file, const std::string& wanted, const std::string& path) {
  off_t low = 0;
  off_t high = file.size;
  while (low < high) {
    const off_t middle = low + (high - low) / 2;
    const auto line = line_at(file, middle, path);
    if (!line) {
      return fail(line.error());
    }
    const std::string hash = line->text.substr(0, kHexDigits);
    if (hash == wanted) {
      return true;
    }
    if (hash.empty() || hash > wanted) {
      high = middle;
    } else {
      low = line->next;
    }
  }
  return false;
}

Result<bool> among_lines(const File& file, std::string_view wanted, const std::string& path) {
  std::string held;
  std::array<char, 64 * 1024> buffer{};
  for (;;) {
    const ssize_t got = ::read(file.fd.get(), buffer.data(), buffer.size());
    if (got < 0) {
      return fail(unreadable(path));
    }
    held.append(buffer.data(), static_cast<std::size_t>(got));
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = held.find('\n', begin)) != std::string::npos;
         begin = end + 1) {
      if (trim(std::string_view(held).substr(begin, end - begin)) == wanted) {
        return true;
      }
    }
    held.erase(0, begin);
    if (got == 0) {
      return trim(held) == wanted;
    }
    // Longer than any passphrase may be: not the one that is looked for.
    if (held.size() > kLongestLine) {
      held.assign(kLongestLine, '\0');
    }
  }
}

}  // namespace

Result<BreachedKind> kind_of_breached_file(const std::string& path) {
  auto file = open_file(path);
  if (!file) {
    file.error().kind = FaultKind::configuration;
    return fail(file);
  }
  std::string before;
  for (off_t place = 0; place < kPlaces; ++place) {
    auto line = line_at(*file, file->size / kPlaces * place, path);
    if (!line) {
      return fail(line);
    }
    if (place == 0 && !is_hash_line(line->text)) {
      return BreachedKind::lines;
    }
    const std::string hash = line->text.substr(0, kHexDigits);
    if (!hash.empty() && hash < before) {
      return fail(configuration_fault("portal.breached_order",
                                      "the hashes of portal.breached_passphrases are not sorted: "
                                      "sort the file")
                      .with("path", path));
    }
    before = hash.empty() ? before : hash;
  }
  return BreachedKind::hashes;
}

Result<bool> is_breached(const std::string& path, BreachedKind kind, std::string_view passphrase) {
  const auto file = open_file(path);
  if (!file) {
    return fail(file.error());
  }
  return kind == BreachedKind::hashes ? among_hashes(*file, sha1_of(passphrase), path)
                                      : among_lines(*file, passphrase, path);
}

}  // namespace phimilter::portal
