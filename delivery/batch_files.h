// SPDX-License-Identifier: Apache-2.0
//
// Where the book of batches is written down: a file a batch, lines that are only ever added.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace phimilter::delivery {

struct BatchFile {
  std::string name;
  Timestamp written{};    // the last time
  std::string last_line;  // without its end
};

class BatchFiles {
 public:
  virtual ~BatchFiles() = default;
  // Whole lines; nothing when there is no such file. What a power cut left half is not among them.
  virtual Result<std::string> read(const std::string& name) = 0;
  // On the disk on return, whole or not at all. Thread-safe; concurrent callers share one
  // fdatasync.
  virtual Status append(const std::string& name, const std::string& lines) = 0;
  virtual Result<std::vector<BatchFile>> list() = 0;
  virtual Status remove(const std::string& name) = 0;
};

// Makes the folder (0700) and ends torn lines. Configuration fault: it cannot be written to.
Result<std::unique_ptr<BatchFiles>> open_batch_files(const std::string& folder);

}  // namespace phimilter::delivery
