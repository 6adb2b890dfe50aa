// SPDX-License-Identifier: Apache-2.0
//
// A small installation in a folder of its own, and phictl as a command on it.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "phictl/command_line.h"
#include "support/run_program.h"
#include "support/temp_folder.h"

namespace phimilter::phictl {

struct Ran {
  int code = -1;
  std::string out, err;
};

inline Ran run(const std::vector<std::string>& words, const std::string& input = {}) {
  std::istringstream in(input);
  std::ostringstream out, err;
  Ran ran;
  ran.code = run_command_line(words, in, out, err);
  ran.out = out.str();
  ran.err = err.str();
  return ran;
}

inline constexpr std::string_view kRules = R"(format = 1
[[detector]]
id = "number"
class = "id.ssn"
pattern = '\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b'
confidence = 90
[[detector]]
id = "illness"
class = "health.condition"
terms = ["hemochromatosis"]
confidence = 80
[[rule]]
id = "site.both"
[[rule.need]]
classes = ["id.*"]
[[rule.need]]
classes = ["health.*"]
[[route]]
id = "site.ways"
methods = ["smime", "pgp", "tls", "portal"]
[[test]]
name = "both"
text = "SSN 123-45-6789 hemochromatosis"
rules = ["site.both"]
)";

class Clinic {
 public:
  Clinic() {
    ::chmod(folder_.path().c_str(), 0755);
    for (const char* name : {"spool", "journal", "portal", "portal/journal", "phictl-journal",
                             "escrow", "certificates", "keys", "key-book", "batches"}) {
      ::mkdir(path(name).c_str(), 0755);
    }
    ::mkdir(path("gnupg").c_str(), 0700);
    folder_.write("rules.toml", std::string(kRules));
    values_ = {
        {"organisation",
         {{"name", quoted("Clinic")},
          {"phone", quoted("555")},
          {"domains", "[\"clinic.example\"]"}}},
        {"milter",
         {{"socket", quoted("unix:" + path("milter.sock"))}, {"spool", quoted(path("spool"))}}},
        {"extract", {{"program", quoted(std::string(PHIMILTER_BIN_DIR) + "/phimilter-extract")}}},
        {"policy", {{"files", "[\"" + path("rules.toml") + "\"]"}}},
        {"pgp",
         {{"home", quoted(path("gnupg"))},
          {"program", quoted(std::string(PHIMILTER_BIN_DIR) + "/phimilter-gpg")}}},
        {"smime", {{"certificates", quoted(path("certificates"))}}},
        {"keys", {{"folder", quoted(path("key-book"))}}},
        {"batch", {{"folder", quoted(path("batches"))}}},
        {"escrow",
         {{"folder", quoted(path("escrow"))},
          {"public_key", quoted(path("keys/portal.pub"))},
          {"link_key", quoted(path("keys/link.key"))}}},
        {"portal",
         {{"url", quoted("https://portal.example")},
          {"http", quoted("inet:127.0.0.1:8080")},
          {"private_key", quoted(path("keys/portal.key"))},
          {"pepper", quoted(path("keys/pepper.key"))},
          {"state", quoted(path("portal"))}}},
        {"audit",
         {{"journal", quoted(path("journal"))},
          {"portal_journal", quoted(path("portal/journal"))},
          {"phictl_journal", quoted(path("phictl-journal"))}}},
    };
    write_settings();
  }

  static std::string quoted(const std::string& text) { return "\"" + text + "\""; }
  std::string path(const std::string& name) const { return folder_.path(name); }
  const test::TempFolder& folder() const { return folder_; }
  const std::string& settings_file() const { return settings_file_; }

  // `value` as it stands in the file.
  void set(const std::string& section, const std::string& name, const std::string& value) {
    values_[section][name] = value;
    write_settings();
  }

  // "file:line" of a setting, counted in the file itself.
  std::string where(const std::string& section, const std::string& name) const {
    std::istringstream lines(folder_.read("phimilter.toml"));
    std::string line, current;
    for (int number = 1; std::getline(lines, line); ++number) {
      if (line.starts_with("[")) {
        current = line;
      } else if (current == "[" + section + "]" && line.starts_with(name + " =")) {
        return settings_file_ + ":" + std::to_string(number);
      }
    }
    return "no such setting";
  }

  Ran phictl(std::vector<std::string> words, const std::string& input = {}) const {
    words.insert(words.begin(), {"--settings", settings_file_});
    return run(words, input);
  }

  // For users that each machine has, root by its number.
  Ran setup_keys() const {
    const std::string uid = std::to_string(::geteuid());
    return phictl({"setup", "keys", "--filter-user", uid, "--portal-user", uid});
  }

 private:
  void write_settings() {
    std::string content;
    for (const auto& [section, settings] : values_) {
      content += "[" + section + "]\n";
      for (const auto& [name, value] : settings) {
        content += name + " = " + value + "\n";
      }
    }
    settings_file_ = folder_.write("phimilter.toml", content);
  }

  test::TempFolder folder_;
  std::map<std::string, std::map<std::string, std::string>> values_;
  std::string settings_file_;
};

}  // namespace phimilter::phictl
