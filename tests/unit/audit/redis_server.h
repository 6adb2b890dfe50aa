// SPDX-License-Identifier: Apache-2.0
//
// A private Redis on a unix socket in a folder of its own, which can be killed and started again.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "support/run_program.h"
#include "support/temp_folder.h"

extern char** environ;

namespace phimilter::audit::test {

// Asks until it is so. False: not within the time that a slow machine needs.
inline bool eventually(const std::function<bool()>& condition) {
  constexpr auto kPatience = std::chrono::seconds(60);
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

class RedisServer {
 public:
  ~RedisServer() { kill_now(); }
  std::string address() const { return "unix:" + folder_.path("redis.sock"); }

  void start(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"redis-server",
                                      "--port",
                                      "0",
                                      "--unixsocket",
                                      folder_.path("redis.sock"),
                                      "--dir",
                                      folder_.path(),
                                      "--save",
                                      "",
                                      "--appendonly",
                                      "yes",
                                      "--appendfsync",
                                      "always",
                                      "--logfile",
                                      folder_.path("log")};
    words.insert(words.end(), more.begin(), more.end());
    std::vector<char*> arguments;
    for (std::string& word : words) {
      arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    // One program with several names; redis-tools has it without the service.
    ASSERT_EQ(
        posix_spawn(&pid_, "/usr/bin/redis-check-rdb", nullptr, nullptr, arguments.data(), environ),
        0);
    ASSERT_TRUE(eventually([this] { return cli("PING") == "PONG\n"; }));
  }
  void kill_now() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    pid_ = 0;
  }
  std::string cli(const std::string& command) const {
    return phimilter::test::run_program("redis-cli -s " + folder_.path("redis.sock") + " " +
                                        command)
        .output;
  }
  // Field `name` of each entry of the stream, in its order.
  std::vector<std::string> field(const std::string& stream, const std::string& name) const {
    std::istringstream lines(
        phimilter::test::run_program(
            "redis-cli --json -s " + folder_.path("redis.sock") + " XRANGE " + stream +
            " - + | python3 -c 'import json,sys\n"
            "for _, f in json.load(sys.stdin): print(dict(zip(f[::2], f[1::2]))[\"" +
            name + "\"])'")
            .output);
    std::vector<std::string> out;
    for (std::string line; std::getline(lines, line);) {
      out.push_back(line);
    }
    return out;
  }

 private:
  phimilter::test::TempFolder folder_;
  pid_t pid_ = 0;
};

}  // namespace phimilter::audit::test
