// SPDX-License-Identifier: Apache-2.0
//
// What the tests of this room share: a folder that goes, other people's tools as judges, and
// messages to protect.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <thread>

#include "mail/message.h"
#include "protect/protected_message.h"

namespace phimilter::protect::testing {

// Below /tmp with a short name: gpg-agent's socket must fit. Agents of the homes inside are ended
// with it.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }
  std::string home(std::string_view name) const;  // a folder with mode 0700

 private:
  std::string path_;
};

struct Outcome {
  int status = -1;
  std::string output;  // standard output and error
};

Outcome run(const std::string& command);
// Fails the test, with what the command said, unless it ended with 0. Returns its output.
std::string must_run(const std::string& command);

void write_file(const std::string& path, std::string_view bytes, int mode = 0600);
std::string file_bytes(const std::string& path);

// LF in `text` become CRLF.
mail::CapturedMessage message_from(std::string_view text);
// As a file would hold it.
std::string bytes_of(const ProtectedMessage& message);

// tests/unit/protect/judge.py: what Python's email package reads.
std::string judge(const std::string& arguments);

// Waits for a condition, with a limit that only a broken program reaches.
template <typename Condition>
bool eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (std::chrono::steady_clock::now() < end) {
    if (condition()) {
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

}  // namespace phimilter::protect::testing
