// SPDX-License-Identifier: Apache-2.0
#include "phictl/shipped.h"

#include <filesystem>
#include <vector>

namespace phimilter::phictl {
namespace {

namespace fs = std::filesystem;

// Of the installation or of the build; a build has a link to the rules at the same place.
Result<std::string> find(const std::vector<std::string>& below_program,
                         const std::vector<std::string>& elsewhere, const std::string& what) {
  std::error_code error;
  const fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  std::vector<fs::path> places;
  for (const std::string& name : below_program) {
    places.push_back((folder / name).lexically_normal());
  }
  places.insert(places.end(), elsewhere.begin(), elsewhere.end());
  std::string looked_at;
  for (const fs::path& place : places) {
    if (fs::exists(place, error)) {
      return place.string();
    }
    looked_at += (looked_at.empty() ? "" : ", ") + place.string();
  }
  return fail(
      configuration_fault("phictl.shipped", what + " is not installed: looked for " + looked_at));
}

}  // namespace

Result<std::string> shipped_pack() {
  const std::string name = "share/phimilter/policy/packs/hipaa.toml";
  return find({"../" + name}, {"/usr/local/" + name, "/usr/" + name}, "the shipped rule pack");
}

Result<std::string> shipped_reader() {
  const std::string name = "libexec/phimilter/phimilter-extract";
  return find({"phimilter-extract", "../" + name, "../bin/phimilter-extract"},
              {"/usr/local/" + name, "/usr/" + name}, "the reader");
}

}  // namespace phimilter::phictl
