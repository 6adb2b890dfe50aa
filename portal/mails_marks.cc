// SPDX-License-Identifier: Apache-2.0
#include "portal/mails_marks.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/files.h"

namespace phimilter::portal {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLargest = 64 * 1024 * 1024;  // of a sender with hundreds of thousands

Result<MailMarks> marks_from(std::string_view text, const std::string& name) {
  const Fault broken =
      transient_fault(
          "portal.mail_marks",
          "what was mailed about messages cannot be read: delete the file, and they are "
          "mailed about again")
          .with("file", name);
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) {
    return fail(broken);
  }
  MailMarks marks;
  for (const auto& [topic, mark] : json.items()) {
    if (!mark.is_array() || mark.size() != 2 || !mark[0].is_number_integer() ||
        !mark[1].is_boolean()) {
      return fail(broken);
    }
    marks.emplace(topic, MailMark{Timestamp(std::chrono::microseconds(mark[0].get<std::int64_t>())),
                                  mark[1].get<bool>()});
  }
  return marks;
}

std::string to_text(const MailMarks& marks) {
  Json json = Json::object();
  for (const auto& [topic, mark] : marks) {
    json[topic] = Json::array({mark.at.time_since_epoch().count(), mark.sent});
  }
  return json.dump();
}

}  // namespace

Result<MarkStore> MarkStore::open(const std::string& folder) {
  if (auto made = make_folder(folder, 0700); !made) {
    return fail(made);
  }
  return MarkStore(folder);
}

Result<const MailMarks*> MarkStore::of(const std::string& name) {
  const auto found = known_.find(name);
  if (found != known_.end()) {
    return &found->second;
  }
  const std::string path = folder_ + "/" + name;
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) {
    if (errno != ENOENT) {
      return fail(errno_fault("portal.mail_marks", "cannot look at a mark").with("path", path));
    }
    return &known_.emplace(name, MailMarks()).first->second;
  }
  auto content = read_file(path, kLargest);
  if (!content) {
    return fail(content);
  }
  auto marks = marks_from(*content, name);
  if (!marks) {
    return fail(marks);
  }
  return &known_.emplace(name, std::move(*marks)).first->second;
}

Status MarkStore::save(const std::string& name, MailMarks marks) {
  if (auto written = write_file_durably(folder_ + "/" + name, to_text(marks), 0600); !written) {
    known_.erase(name);  // what the disk holds now is read anew
    return written;
  }
  known_[name] = std::move(marks);
  return {};
}

Result<std::vector<std::string>> MarkStore::names() const {
  return list_folder(folder_);
}

Status MarkStore::remove(const std::string& name) {
  known_.erase(name);
  const std::string path = folder_ + "/" + name;
  if (unlink(path.c_str()) == 0 || errno == ENOENT) {
    return {};
  }
  return fail(errno_fault("portal.mail_marks", "cannot delete a mark").with("path", path));
}

std::string sender_name(std::string_view address) {
  return "sender-" + hex(sha256("phimilter sender 1 " + ascii_lower(address)));
}

}  // namespace phimilter::portal
