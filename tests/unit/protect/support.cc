// SPDX-License-Identifier: Apache-2.0
#include "support.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

namespace phimilter::protect::testing {

TestFolder::TestFolder() : path_("/tmp/phi-XXXXXX") {
  if (mkdtemp(path_.data()) == nullptr) {
    std::abort();
  }
}

TestFolder::~TestFolder() {
  for (const auto& entry : std::filesystem::directory_iterator(path_)) {
    if (std::filesystem::exists(entry.path() / "S.gpg-agent")) {
      run("gpgconf --homedir " + entry.path().string() + " --kill all");
    }
  }
  std::filesystem::permissions(path_, std::filesystem::perms::owner_all);
  // An agent that ends takes its own sockets away meanwhile.
  std::error_code error;
  for (int i = 0; i < 3 && std::filesystem::exists(path_, error); ++i) {
    std::filesystem::remove_all(path_, error);
  }
}

std::string TestFolder::home(std::string_view name) const {
  const std::string path = file(name);
  mkdir(path.c_str(), 0700);
  return path;
}

Outcome run(const std::string& command) {
  Outcome outcome;
  FILE* pipe = popen(("{ " + command + "\n} 2>&1 </dev/null").c_str(), "re");
  if (pipe == nullptr) {
    return outcome;
  }
  std::array<char, 65536> buffer{};
  for (;;) {
    const std::size_t got = fread(buffer.data(), 1, buffer.size(), pipe);
    if (got == 0) {
      break;
    }
    outcome.output.append(buffer.data(), got);
  }
  const int status = pclose(pipe);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

std::string must_run(const std::string& command) {
  const Outcome outcome = run(command);
  EXPECT_EQ(outcome.status, 0) << command << "\n" << outcome.output;
  return outcome.output;
}

void write_file(const std::string& path, std::string_view bytes, int mode) {
  std::ofstream(path, std::ios::binary) << bytes;
  chmod(path.c_str(), static_cast<mode_t>(mode));
}

std::string file_bytes(const std::string& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

mail::CapturedMessage message_from(std::string_view text) {
  auto message = mail::parse_message(text, "/tmp");
  EXPECT_TRUE(message.has_value());
  return std::move(*message);
}

std::string bytes_of(const ProtectedMessage& message) {
  const auto body = message.body.view();
  EXPECT_TRUE(body.has_value());
  return message.headers.text() + "\r\n" + std::string(*body);
}

std::string judge(const std::string& arguments) {
  return must_run("python3 " PHIMILTER_SOURCE_DIR "/tests/unit/protect/judge.py " + arguments);
}

}  // namespace phimilter::protect::testing
