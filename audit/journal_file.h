// SPDX-License-Identifier: Apache-2.0
//
// The newest file of a journal, being written: where it ends durably, and how it gets back there
// after a failure.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "audit/journal_disk.h"
#include "audit/journal_scan.h"
#include "base/files.h"

namespace phimilter::audit {

class JournalFileWriter {
 public:
  JournalFileWriter(std::string folder, std::unique_ptr<JournalDisk> disk, JournalOptions options)
      : folder_(std::move(folder)), disk_(std::move(disk)), options_(options) {}

  // Finds the end of what is there. Configuration fault: it does not verify, or lines are missing.
  Status open();
  // journal.head does not say where it ended, which no crash brings about: lines may be missing.
  bool lost_head() const { return lost_head_; }
  // Before this nothing of what was found is said to be whole.
  Status begin_head();
  // Durable on return, or a transient fault and not there. `end`: where the chain is after `lines`.
  Status append(const std::string& lines, const ChainEnd& end);
  const ChainEnd& end() const { return end_; }
  void doubt_tail();  // the next append() cuts off what may stand after the durable end

 private:
  enum class Doubt {
    none,
    tail,   // what stands after the durable end
    cache,  // what the page cache says at all: after a failed sync it may show what the disk does
            // not hold
  };
  Status open_last(const std::vector<JournalFile>& files);
  Status check_head(const JournalFile& file);
  Status begin_file();
  Status recover();
  Status reread();

  std::string folder_;
  std::unique_ptr<JournalDisk> disk_;
  JournalOptions options_;
  UniqueFd fd_, head_;
  JournalFile file_;
  std::uint64_t size_ = 0;  // durable, of file_
  ChainEnd end_;
  Doubt doubt_ = Doubt::none;
  bool lost_head_ = false;
};

}  // namespace phimilter::audit
