// SPDX-License-Identifier: Apache-2.0
//
// TOML read strictly: every key must be asked for, a key that nobody asked for is a fault with
// file, line and the nearest name that somebody did ask for. Settings, policy files and packs are
// all read through this.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace phimilter {

class TomlDocument;

// A table being read. The first fault is kept and given out by finish(); after it, readers return
// defaults. Values of the wrong type are configuration faults with file and line. A view: the
// document must outlive it.
class TomlTable {
 public:
  std::optional<std::string> text(std::string_view key);
  std::optional<std::int64_t> integer(std::string_view key);
  std::optional<double> number(std::string_view key);  // integer or float
  std::optional<bool> boolean(std::string_view key);
  std::optional<std::vector<std::string>> texts(std::string_view key);
  std::optional<TomlTable> table(std::string_view key);
  std::vector<TomlTable> tables(std::string_view key);  // [[key]]; empty when absent
  std::vector<std::string> keys() const;                // in the file's order

  // Says that a value is wrong in a way only the caller can know; `key` may be empty (the table's
  // own line).
  void refuse(std::string_view key, std::string what);
  // "hipaa.toml:12" for the key, or for the table when the key is absent or empty.
  std::string where(std::string_view key = {}) const;
  int line(std::string_view key = {}) const;

  // Ends the reading of this table: unknown keys are faults. Does not look into sub-tables: finish
  // those too.
  void finish();

 private:
  friend class TomlDocument;
  struct State;
  explicit TomlTable(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

class TomlDocument {
 public:
  static Result<TomlDocument> parse(std::string_view content, std::string file_name);
  static Result<TomlDocument> load(
      const std::string& path);  // transient: cannot be read; configuration: not TOML
  TomlDocument(TomlDocument&&) noexcept;
  TomlDocument& operator=(TomlDocument&&) noexcept;
  ~TomlDocument();

  TomlTable root();
  // The first fault that any table of this document met (in the order of reading), or success.
  Status status() const;
  const std::string& file_name() const;

 private:
  friend class TomlTable;
  TomlDocument();
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

// The candidate with the smallest edit distance, if it is near enough to be what was meant.
std::optional<std::string> nearest_name(std::string_view name,
                                        const std::vector<std::string>& candidates);

}  // namespace phimilter
