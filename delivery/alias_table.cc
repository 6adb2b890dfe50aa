// SPDX-License-Identifier: Apache-2.0
//
// Tables of the MTA, asked by its own program: their formats are the MTA's affair.
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <utility>

#include "base/encoding.h"
#include "base/run_program.h"
#include "delivery/aliases.h"

namespace phimilter::delivery {

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr ProgramLimits kReadWhole{10'000, 32 * limits::kMiB};
constexpr ProgramLimits kAskOne{3'000, limits::kMiB};
constexpr auto kBothCount = std::chrono::minutes(10);
constexpr auto kAnswerKept = std::chrono::seconds(60);
constexpr std::size_t kAnswers = 20'000;
constexpr int kFailures = 3;  // one may be of the name that was asked for

Fault unknown(const std::string& map, const std::string& why) {
  return transient_fault("aliases.unknown",
                         "a table of aliases cannot be asked: what it could lead outside is "
                         "treated as outside")
      .with("map", map)
      .with("why", why);
}

// The table in a file, whole in memory; read again when a file has changed.
class FileTable final : public AliasTable {
 public:
  // `print_all`: the command that prints it, a name, a tab and its value on each line.
  FileTable(std::string map, std::string path, std::vector<std::string> print_all,
            std::chrono::milliseconds retry)
      : map_(std::move(map)),
        path_(std::move(path)),
        print_all_(std::move(print_all)),
        retry_(retry) {}

  Result<std::optional<std::string>> find(const std::string& key) override {
    const std::lock_guard lock(mutex_);
    const auto stamp = stamp_of_files();
    const auto now = std::chrono::steady_clock::now();
    const bool failed_long_ago = loaded_ && !*loaded_ && now - read_at_ >= retry_;
    if (!loaded_ || stamp != stamp_ || failed_long_ago) {
      keep_for_a_while(now);
      loaded_ = read_whole();
      stamp_ = stamp;
      // Who waited for a program that hangs does not let it hang once more.
      read_at_ = std::chrono::steady_clock::now();
    }
    if (!*loaded_) {
      return fail(loaded_->error());
    }
    return with_before(ascii_lower(key), now);
  }

 private:
  using Stamp = std::vector<std::int64_t>;
  // Of the source and of what postmap makes of it.
  Stamp stamp_of_files() const {
    Stamp stamp;
    for (const char* suffix : {"", ".db", ".lmdb", ".cdb", ".dir", ".pag"}) {
      struct stat info {};
      if (::stat((path_ + suffix).c_str(), &info) == 0) {
        stamp.insert(stamp.end(), {static_cast<std::int64_t>(info.st_ino), info.st_mtim.tv_sec,
                                   info.st_mtim.tv_nsec, info.st_size});
      }
    }
    return stamp;
  }

  // Several changes in a row: an address may still lead where it did before the first.
  void keep_for_a_while(SteadyTime now) {
    forget_old(now);
    for (auto& [name, value] : entries_) {
      before_[name][std::move(value)] = now;
      changed_at_ = now;
    }
    entries_.clear();
  }

  void forget_old(SteadyTime now) {
    for (auto& [name, values] : before_) {
      std::erase_if(values, [now](const auto& value) { return now - value.second > kBothCount; });
    }
    std::erase_if(before_, [](const auto& name) { return name.second.empty(); });
  }

  // The MTA's processes look at a changed table one after the other: for a while an address leads
  // where either says.
  std::optional<std::string> with_before(const std::string& key, SteadyTime now) {
    if (!before_.empty() && now - changed_at_ > kBothCount) {
      before_.clear();
    }
    const auto found = entries_.find(key);
    std::optional<std::string> all =
        found == entries_.end() ? std::nullopt : std::optional(found->second);
    const auto earlier = before_.find(key);
    if (earlier == before_.end()) {
      return all;
    }
    for (const auto& [value, gone_at] : earlier->second) {
      if (now - gone_at <= kBothCount && (found == entries_.end() || value != found->second)) {
        all = all ? *all + ", " + value : value;
      }
    }
    return all;
  }

  Status read_whole() {
    const auto answer = run_program(print_all_, kReadWhole);
    if (!answer) {
      return fail(unknown(map_, answer.error().id));
    }
    if (answer->exit_code != 0) {
      return fail(unknown(map_, "the program ends with " + std::to_string(answer->exit_code)));
    }
    for (const std::string_view line : split(answer->output, '\n')) {
      const auto tab = line.find('\t');
      if (tab != std::string_view::npos) {
        entries_[ascii_lower(line.substr(0, tab))] = std::string(line.substr(tab + 1));
      }
    }
    return {};
  }

  const std::string map_, path_;
  const std::vector<std::string> print_all_;
  const std::chrono::milliseconds retry_;
  std::mutex mutex_;
  Stamp stamp_;
  std::optional<Status> loaded_;
  std::map<std::string, std::string> entries_;
  // By name, what it led to, and until when it did.
  std::map<std::string, std::map<std::string, SteadyTime>> before_;
  SteadyTime changed_at_{}, read_at_{};
};

// A table that can only be asked name by name: ldap, regexp, pgsql, proxy.
class AskedTable final : public AliasTable {
 public:
  AskedTable(std::string map, std::string postmap, std::chrono::milliseconds retry)
      : map_(std::move(map)), postmap_(std::move(postmap)), retry_(retry) {}

  Result<std::optional<std::string>> find(const std::string& key) override {
    const auto now = std::chrono::steady_clock::now();
    {
      const std::lock_guard lock(mutex_);
      const auto kept = answers_.find(key);
      if (kept != answers_.end() && now - kept->second.at < kAnswerKept) {
        return kept->second.value;
      }
      // A directory that is away is not asked for each recipient of a message.
      if (failures_ >= kFailures && now - failed_at_ < retry_) {
        return fail(unknown(map_, "it could not be asked just now"));
      }
    }
    auto value = ask(key);
    const std::lock_guard lock(mutex_);
    if (value) {
      failures_ = 0;
      if (answers_.size() >= kAnswers) {
        answers_.clear();
      }
      answers_.insert_or_assign(key, Answer{now, *value});
    } else {
      ++failures_;
      failed_at_ = std::chrono::steady_clock::now();
    }
    return value;
  }

 private:
  struct Answer {
    SteadyTime at;
    std::optional<std::string> value;
  };

  // postmap(1): 0 found, 1 not found, else it could not be asked. A name that postmap would take
  // for an option or for standard input is no address.
  Result<std::optional<std::string>> ask(const std::string& key) const {
    if (key.empty() || key.front() == '-') {
      return std::nullopt;
    }
    const auto answer = run_program({postmap_, "-q", key, map_}, kAskOne);
    if (!answer) {
      return fail(unknown(map_, answer.error().id));
    }
    if (answer->exit_code == 0) {
      return std::string(trim(answer->output));
    }
    const bool failed = answer->complaint.find("fatal:") != std::string::npos ||
                        answer->complaint.find("error:") != std::string::npos;
    if (answer->exit_code == 1 && !failed) {
      return std::nullopt;
    }
    return fail(unknown(map_, "postmap ends with " + std::to_string(answer->exit_code)));
  }

  const std::string map_, postmap_;
  const std::chrono::milliseconds retry_;
  std::mutex mutex_;
  std::map<std::string, Answer> answers_;
  int failures_ = 0;  // since it last answered
  SteadyTime failed_at_{};
};

}  // namespace

// "sendmail-hash:/etc/mail/aliases": what makemap(8) made.
std::unique_ptr<AliasTable> sendmail_table(std::string map, std::string makemap,
                                           std::chrono::milliseconds retry) {
  const auto colon = map.find(':');
  const std::string type = map.substr(kSendmail.size(), colon - kSendmail.size());
  std::string path = map.substr(colon + 1);
  std::vector<std::string> print_all{std::move(makemap), "-u", type, path};
  return std::make_unique<FileTable>(std::move(map), std::move(path), std::move(print_all), retry);
}

std::unique_ptr<AliasTable> postfix_table(std::string map, std::string postmap,
                                          std::chrono::milliseconds retry) {
  const auto colon = map.find(':');
  const std::string type = map.substr(0, colon);
  const bool in_file = type == "hash" || type == "btree" || type == "lmdb" || type == "cdb" ||
                       type == "dbm" || type == "sdbm";
  if (!in_file || colon == std::string::npos) {
    return std::make_unique<AskedTable>(std::move(map), std::move(postmap), retry);
  }
  std::string path = map.substr(colon + 1);
  std::vector<std::string> print_all{std::move(postmap), "-s", map};
  return std::make_unique<FileTable>(std::move(map), std::move(path), std::move(print_all), retry);
}

}  // namespace phimilter::delivery
