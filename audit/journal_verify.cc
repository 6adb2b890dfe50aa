// SPDX-License-Identifier: Apache-2.0
#include "audit/journal_head.h"
#include "audit/journal_lock.h"
#include "audit/journal_scan.h"

namespace phimilter::audit {

namespace {

constexpr std::size_t kMostProblems = 100;  // past it: verifying stops and says so

class Verification {
 public:
  explicit Verification(const std::string& folder) : folder_(folder) {}

  Result<VerifyReport> run() {
    // Read first: a writer goes on meanwhile, and the journal may only be longer than its head.
    auto head = read_head(folder_);
    if (!head && head.error().kind != FaultKind::permanent) {
      return fail(head);
    }
    const auto files = journal_files(folder_);
    if (!files) {
      return fail(files.error());
    }
    if (!head) {
      add(std::string(kHeadName) + ": does not parse");
    }
    for (std::size_t i = 0; i < files->size() && !full_; ++i) {
      if (auto checked = check_file((*files)[i], i + 1 == files->size()); !checked) {
        return fail(checked);
      }
    }
    check_whole(head.value_or(std::nullopt), files->empty());
    report_.last = end_ ? end_->sequence : 0;
    report_.last_hash = end_ ? end_->hash : "";
    return std::move(report_);
  }

 private:
  void add(const std::string& problem) {
    if (report_.problems.size() < kMostProblems) {
      report_.problems.push_back(problem);
    } else if (!full_) {
      full_ = true;
      report_.problems.push_back("and more; verifying stopped here");
    }
  }

  Status check_file(const JournalFile& file, bool is_last) {
    if (report_.records == 0 && !end_) {
      report_.first = file.first;
      if (file.first != 1) {
        add(file.name + ": the journal begins with sequence " + std::to_string(file.first) +
            ", the files before are missing");
      } else {
        end_ = ChainEnd{};
      }
    }
    const auto scan = scan_file(file, end_, [&](std::uint64_t line, const std::string& what) {
      add(file.name + " line " + std::to_string(line) + ": " + what);
      return !full_;
    });
    if (!scan) {
      return fail(scan.error());
    }
    for (const std::uint64_t line : scan->lost_heads) {
      add(file.name + " line " + std::to_string(line) + ": written when " + std::string(kHeadName) +
          " was lost; lines before it may have been cut off");
    }
    report_.records += scan->lines;
    // The writer may be in the middle of the last line.
    if (scan->torn_bytes > 0 && !(is_last && is_locked(folder_))) {
      add(file.name + ": " + std::to_string(scan->torn_bytes) +
          " bytes after the last line are no line");
    }
    return {};
  }

  void check_whole(const std::optional<JournalHead>& head, bool empty) {
    const std::uint64_t last = end_ ? end_->sequence : 0;
    if (head && head->sequence > last && !full_) {
      add("the journal ends with sequence " + std::to_string(last) + ", but sequence " +
          std::to_string(head->sequence) + " was written: lines are missing");
    }
    if (!head && !empty && report_.problems.empty()) {
      add(std::string(kHeadName) + ": is missing");
    }
    if (head && end_ && head->sequence == end_->sequence && head->hash != end_->hash) {
      add("the last line is not the one that " + std::string(kHeadName) + " says was written");
    }
  }

  const std::string& folder_;
  VerifyReport report_;
  std::optional<ChainEnd> end_;
  bool full_ = false;
};

}  // namespace

Result<VerifyReport> verify_journal(const std::string& folder) {
  return Verification(folder).run();
}

}  // namespace phimilter::audit
