// SPDX-License-Identifier: Apache-2.0
#include "protect/gpg_home.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/encoding.h"
#include "base/files.h"
#include "base/limits.h"

namespace phimilter::protect {
namespace {

// The agent's socket stands in the home, and a socket's path has 107 bytes.
constexpr std::size_t kLongestHome = 80;

// no-random-seed-file: its lock makes gpg processes that run at the same time sleep for up to
// seconds. The keyring holds what the admin or a rule trusts, so the web of trust is not asked.
// Nothing goes to the network, nothing is compressed (time, and length as a side channel), and
// encryption needs no agent.
constexpr std::string_view kConfiguration =
    "# Written by phimilter at each start; changes made here are lost.\n"
    "no-random-seed-file\n"
    "trust-model always\n"
    "no-auto-check-trustdb\n"
    "no-auto-key-locate\n"
    "no-auto-key-retrieve\n"
    "disable-dirmngr\n"
    "no-autostart\n"
    "compress-algo none\n"
    "compress-level 0\n"
    "no-encrypt-to\n"
    "no-emit-version\n"
    "no-comments\n"
    "personal-cipher-preferences AES256 AES192 AES\n"
    "batch\n"
    "no-tty\n"
    "no-greeting\n"
    "utf8-strings\n";

Fault home_fault(const std::string& home, std::string what) {
  return configuration_fault("pgp.home", "the GnuPG home " + what).with("path", home);
}

}  // namespace

Status prepare_gpg_home(const std::string& home) {
  if (!home.starts_with('/') || home.size() > kLongestHome) {
    return fail(home_fault(home, "must be an absolute path of at most 80 bytes"));
  }
  struct stat folder {};
  if (stat(home.c_str(), &folder) != 0 || !S_ISDIR(folder.st_mode)) {
    return fail(home_fault(home, "is not there or is no folder"));
  }
  if (folder.st_uid != geteuid() || (folder.st_mode & 077) != 0) {
    return fail(home_fault(home, "must belong to this user, with mode 0700"));
  }
  const std::string path = home + "/gpg.conf";
  const auto present = read_file(path, limits::kMiB);
  if (present && *present == kConfiguration) {
    return {};
  }
  if (auto written = write_file_durably(path, kConfiguration, 0600); !written) {
    return fail(home_fault(home, "cannot be written to").with("cause", written.error().describe()));
  }
  return {};
}

Result<std::string> prepare_encryption_home(const std::string& home) {
  struct stat keyring {};
  if (stat((home + "/pubring.kbx").c_str(), &keyring) != 0) {
    return home;
  }
  const std::string folder = home + "/encrypting";
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail(errno_fault("pgp.home", "cannot make a folder below the GnuPG home"));
  }
  const std::string path = folder + "/gpg.conf";
  const std::string configuration = std::string(kConfiguration) +
                                    "lock-never\n"
                                    "no-default-keyring\n"
                                    "primary-keyring " +
                                    home + "/pubring.kbx\ntrustdb-name " + home + "/trustdb.gpg\n";
  const auto present = read_file(path, limits::kMiB);
  if (!present || *present != configuration) {
    if (auto written = write_file_durably(path, configuration, 0600); !written) {
      return fail(written);
    }
  }
  return folder;
}

Result<std::string> make_inspection_home(const std::string& home, const std::string& address) {
  // The filter's expression has its own syntax; what could end it is in no address that a key
  // server is asked for.
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@.-_+";
  if (address.empty() || address.find_first_not_of(kPlain) != std::string::npos) {
    return fail(permanent_fault("pgp.address", "no key is looked for under such an address"));
  }
  std::string folder = home + "/inspect-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) {
    return fail(errno_fault("pgp.inspect", "cannot make a folder to look at a key"));
  }
  const std::string configuration = std::string(kConfiguration) +
                                    "import-options import-minimal\n"
                                    "import-filter keep-uid=mbox = " +
                                    ascii_lower(address) + "\n";
  if (auto written = write_file_durably(folder + "/gpg.conf", configuration, 0600); !written) {
    return fail(written);
  }
  return folder;
}

}  // namespace phimilter::protect
