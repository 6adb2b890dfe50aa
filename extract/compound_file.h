// SPDX-License-Identifier: Apache-2.0
//
// Compound files ([MS-CFB], "OLE2"): a file system in a file, in which legacy Office, Outlook items
// and encrypted Office files stand. Made for hostile bytes: every sector number is checked, no
// chain is longer than the file has sectors, the tree is walked without recursion, and all reads
// together copy no more than a few times the file. A reader of our own rather than libgsf's: it is
// small, it needs no GObject in the jail, and it goes on where a file is damaged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace phimilter::extract {

inline constexpr std::string_view kCompoundFileMark("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8);

struct CompoundEntry {
  enum class Kind { storage, stream };
  std::string name;  // UTF-8; may begin with a control character
  Kind kind = Kind::stream;
  std::uint32_t start = 0;
  std::uint64_t size = 0;
  std::vector<std::size_t> children;
};

class CompoundFile {
 public:
  static constexpr std::size_t kRoot = 0;

  // Nothing when there is no directory to be read. `bytes` must live as long as the file.
  static std::optional<CompoundFile> open(std::string_view bytes);

  const std::vector<CompoundEntry>& entries() const { return entries_; }
  // Names are compared without case (ASCII).
  std::optional<std::size_t> find(std::size_t storage, std::string_view name) const;
  bool has(std::size_t storage, std::string_view name) const {
    return find(storage, name).has_value();
  }
  // The stream as far as it can be read, at most so many bytes: never more than a few times the
  // file in all.
  std::string read(std::size_t stream, std::size_t longest = std::string::npos);
  std::string read(std::size_t storage, std::string_view name,
                   std::size_t longest = std::string::npos);
  // Some chain or tree led nowhere, so far.
  bool damaged() const { return damaged_; }

 private:
  using Chain = std::vector<std::uint32_t>;

  explicit CompoundFile(std::string_view bytes);
  bool read_directory();
  void read_allocation_table();
  void link_children();
  void link_subtree(std::size_t storage, std::uint32_t child, std::vector<bool>& seen);
  void adopt_orphans(const std::vector<bool>& seen);
  std::string_view sector(std::uint32_t number) const;
  std::string read_sectors(std::uint32_t first, std::size_t length);
  std::string read_mini_sectors(std::uint32_t first, std::size_t length);

  std::string_view bytes_;
  std::size_t sector_size_ = 512;
  std::size_t mini_sector_size_ = 64;
  std::size_t sectors_ = 0;
  std::size_t mini_cutoff_ = 4096;
  Chain table_;
  Chain mini_table_;
  std::string mini_stream_;
  std::vector<CompoundEntry> entries_;
  struct Links {
    bool used = false;
    std::uint32_t left = 0;
    std::uint32_t right = 0;
    std::uint32_t child = 0;
  };
  std::vector<Links> links_;
  std::size_t budget_ = 0;
  bool damaged_ = false;
};

}  // namespace phimilter::extract
