// SPDX-License-Identifier: Apache-2.0
//
// What stands where in a zip file (APPNOTE 6.3.10). A zip says twice what is in it, in front of
// each file and in the directory at its end, and programs go by the one or the other: only where
// both agree, and nothing stands between the files, do all of them see the same.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace phimilter::extract {

struct ZipLayout {
  std::size_t files = 0;
  std::size_t start = 0;  // of the first file: what is before it belongs to no file
  bool exact = false;     // every reader sees the files of the directory, and no others
  std::string comment;    // of the archive and of its files
  std::vector<std::string> other_names;  // of files that have two
};

// By the directory; nothing where there is none that can be followed.
std::optional<ZipLayout> zip_layout(std::string_view bytes);
// A directory's end record with nothing behind it: zip readers open this, whatever the bytes before
// it are.
bool ends_as_zip(std::string_view bytes);

}  // namespace phimilter::extract
