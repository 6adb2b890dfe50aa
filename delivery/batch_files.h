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
  // Configuration fault "file.too_large".
  virtual Result<std::string> read(const std::string& name) = 0;
  // On the disk on return, whole or not at all; what a power cut left half is cut off before.
  // Thread-safe; concurrent callers share one fdatasync.
  virtual Status append(const std::string& name, const std::string& lines) = 0;
  virtual Result<std::vector<BatchFile>> list() = 0;
  virtual Status remove(const std::string& name) = 0;
};

// Makes the folder (0700). A file in it that cannot be used is a fault for who asks for it, and one
// that is no book is let be. Configuration fault: the folder cannot be written to.
Result<std::unique_ptr<BatchFiles>> open_batch_files(const std::string& folder);

}  // namespace phimilter::delivery
