// SPDX-License-Identifier: Apache-2.0
#include "protect/gpg_home.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/encoding.h"
#include "base/files.h"
#include "base/limits.h"
#include "protect/gpg_configuration.h"

namespace phimilter::protect {
namespace {

// The agent's socket stands in the home, and a socket's path has 107 bytes.
constexpr std::size_t kLongestHome = 80;

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
  if (present && *present == kGpgConfiguration) {
    return {};
  }
  if (auto written = write_file_durably(path, kGpgConfiguration, 0600); !written) {
    return fail(home_fault(home, "cannot be written to").with("cause", written.error().describe()));
  }
  return {};
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
  const std::string configuration = std::string(kGpgConfiguration) +
                                    "import-options import-minimal\n"
                                    "import-filter keep-uid=mbox = " +
                                    ascii_lower(address) + "\n";
  if (auto written = write_file_durably(folder + "/gpg.conf", configuration, 0600); !written) {
    return fail(written);
  }
  return folder;
}

}  // namespace phimilter::protect
