// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <optional>
#include <thread>

#include "base/files.h"
#include "protect/gpg_configuration.h"
#include "protect/gpg_home.h"

namespace phimilter::protect {
namespace {

constexpr std::string_view kPrefix = "run";  // and the broker's process id
// gpg is between its two renames for microseconds.
constexpr int kLooks = 20;
constexpr std::chrono::milliseconds kBetweenLooks{5};

constexpr std::string_view kMore =
    "lock-never\n"
    "pinentry-mode loopback\n"
    "personal-digest-preferences SHA512 SHA384 SHA256\n";
// The agent signs with a key that has no passphrase; it asks nobody and keeps nothing.
constexpr std::string_view kAgent =
    "extra-socket none\n"
    "browser-socket none\n"
    "allow-loopback-pinentry\n"
    "no-allow-external-cache\n"
    "disable-scdaemon\n"
    "batch\n"
    "quiet\n";

Fault folder_fault(const std::string& path) {
  return errno_fault("pgp.home", "cannot make a folder below the GnuPG home").with("path", path);
}

// nullopt: not a folder of a broker.
std::optional<pid_t> broker_of(std::string_view name) {
  pid_t pid = 0;
  if (!name.starts_with(kPrefix)) {
    return std::nullopt;
  }
  name.remove_prefix(kPrefix.size());
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
  return error == std::errc() && end == name.data() + name.size() && pid > 0 ? std::optional(pid)
                                                                             : std::nullopt;
}

void remove_dead(const std::string& home) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(home, ignored)) {
    const auto pid = broker_of(entry.path().filename().string());
    const bool dead = pid && (*pid == getpid() || (kill(*pid, 0) != 0 && errno == ESRCH));
    if (dead) {
      std::filesystem::remove_all(entry.path(), ignored);
    }
  }
}

std::string stamp_of(const struct stat& file) {
  return std::to_string(file.st_ino) + "." + std::to_string(file.st_size) + "." +
         std::to_string(file.st_mtim.tv_sec) + "." + std::to_string(file.st_mtim.tv_nsec);
}

// Keybox, or keyring of an old GnuPG. Empty: neither is there.
std::string_view keyring_name(const std::string& home, struct stat& file) {
  for (const std::string_view name : {"/pubring.kbx", "/pubring.gpg"}) {
    if (stat((home + std::string(name)).c_str(), &file) == 0) {
      return name;
    }
  }
  return {};
}

bool copy_bytes(int from, int to) {
  std::array<char, 64 * 1024> buffer;
  for (;;) {
    const ssize_t got = read(from, buffer.data(), buffer.size());
    if (got <= 0) {
      return got == 0;
    }
    for (ssize_t done = 0; done < got;) {
      const ssize_t put = write(to, buffer.data() + done, static_cast<std::size_t>(got - done));
      if (put < 0) {
        return false;
      }
      done += put;
    }
  }
}

// The copy's stamp; empty: the file was changed meanwhile, or taken away.
Result<std::string> copy(const std::string& source, const std::string& target) {
  const UniqueFd from(::open(source.c_str(), O_RDONLY | O_CLOEXEC));
  if (!from && errno == ENOENT) {
    return std::string();
  }
  const std::string fresh = target + ".new";
  const UniqueFd to(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  struct stat before {};
  struct stat after {};
  const bool copied = from && to && fstat(from.get(), &before) == 0 &&
                      copy_bytes(from.get(), to.get()) && fstat(from.get(), &after) == 0;
  if (!copied) {
    return fail(errno_fault("pgp.snapshot", "cannot copy the keyring").with("path", source));
  }
  if (stamp_of(before) != stamp_of(after)) {
    return std::string();
  }
  if (rename(fresh.c_str(), target.c_str()) != 0) {
    return fail(errno_fault("pgp.snapshot", "cannot copy the keyring").with("path", target));
  }
  return stamp_of(before);
}

}  // namespace

Result<std::unique_ptr<BrokerHome>> BrokerHome::make(const std::string& home) {
  remove_dead(home);
  const std::string path = home + "/" + std::string(kPrefix) + std::to_string(getpid());
  if (mkdir(path.c_str(), 0700) != 0) {
    return fail(folder_fault(path));
  }
  std::unique_ptr<BrokerHome> made(new BrokerHome(home, path));
  const std::string configuration = std::string(kGpgConfiguration) + std::string(kMore);
  for (const auto& [name, text] :
       {std::pair<const char*, std::string_view>{"/gpg.conf", configuration},
        {"/gpg-agent.conf", kAgent}}) {
    if (auto written = write_file_durably(path + name, text, 0600); !written) {
      return fail(written);
    }
  }
  // Secret keys stay where they are.
  if (symlink("../private-keys-v1.d", (path + "/private-keys-v1.d").c_str()) != 0) {
    return fail(folder_fault(path));
  }
  return made;
}

BrokerHome::~BrokerHome() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Result<bool> BrokerHome::refresh() {
  for (int look = 0; look < kLooks; ++look) {
    struct stat file {};
    const std::string_view name = keyring_name(home_, file);
    if (!name.empty() && stamp_of(file) == stamp_) {
      return false;
    }
    if (!name.empty()) {
      auto copied = copy(home_ + std::string(name), path_ + std::string(name));
      if (!copied) {
        return fail(copied);
      }
      if (!copied->empty()) {
        stamp_ = *copied;
        return true;
      }
    } else if (stamp_.empty()) {
      return false;
    }
    std::this_thread::sleep_for(kBetweenLooks);
  }
  struct stat file {};
  if (!keyring_name(home_, file).empty()) {
    return fail(transient_fault("pgp.snapshot", "the keyring does not hold still"));
  }
  for (const char* name : {"/pubring.kbx", "/pubring.gpg"}) {
    unlink((path_ + name).c_str());
  }
  stamp_.clear();
  return true;
}

}  // namespace phimilter::protect
