// SPDX-License-Identifier: Apache-2.0
#include "base/secret.h"

#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/files.h"
#include "base/limits.h"

namespace phimilter {

Secret::Secret(std::string_view text) : bytes_(text.begin(), text.end()) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    bytes_ = std::move(other.bytes_);
    other.bytes_.clear();
  }
  return *this;
}

std::string_view Secret::view() const {
  return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
}

void Secret::wipe() noexcept {
  if (!bytes_.empty()) {
    explicit_bzero(bytes_.data(), bytes_.size());
  }
}

bool constant_time_equal(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  if (a.size() != b.size()) {
    return false;
  }
  volatile std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
  }
  return difference == 0;
}

bool constant_time_equal(std::string_view a, std::string_view b) {
  const auto bytes = [](std::string_view text) {
    return std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  };
  return constant_time_equal(bytes(a), bytes(b));
}

void fill_random(std::span<std::uint8_t> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t got = getrandom(out.data() + done, out.size() - done, 0);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    require(got > 0, "the kernel gives no random bytes");
    done += static_cast<std::size_t>(got);
  }
}

Secret random_secret(std::size_t size) {
  Secret secret(size);
  fill_random(secret.mutable_span());
  return secret;
}

namespace {

// By what to do.
const char* cannot_open(int error) {
  switch (error) {
    case ENOENT:
      return "there is no such key file (`phictl setup keys` makes those of portal.private_key, "
             "escrow.link_key and portal.pepper)";
    case EACCES:
    case EPERM:
      return "the key file may not be read: run this as root, or as the user whom the file is for";
    default:
      return "cannot open the key file";
  }
}

}  // namespace

Result<Secret> read_secret_file(const std::string& path, std::size_t size) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat info {};
  if (!fd || fstat(fd.get(), &info) != 0) {
    Fault fault = errno_fault("secret.open", cannot_open(errno));
    fault.kind = FaultKind::configuration;
    return fail(std::move(fault.with("path", path)));
  }
  if (!S_ISREG(info.st_mode) || (info.st_mode & S_IRWXO) != 0) {
    return fail(
        configuration_fault(
            "secret.mode", "the key file must be a plain file that others cannot read: chmod o= it")
            .with("path", path));
  }
  const auto length = static_cast<std::size_t>(info.st_size);
  if (length == 0 || length > 64 * limits::kKiB || (size != 0 && length != size)) {
    return fail(configuration_fault("secret.size", "the key file has the wrong size")
                    .with("path", path)
                    .with("bytes", std::to_string(length)));
  }
  Secret secret(length);
  std::size_t done = 0;
  while (done < length) {
    const ssize_t got = read(fd.get(), secret.mutable_span().data() + done, length - done);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      return fail(
          configuration_fault("secret.read", "cannot read the key file").with("path", path));
    }
    done += static_cast<std::size_t>(got);
  }
  return secret;
}

}  // namespace phimilter
