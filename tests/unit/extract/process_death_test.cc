// SPDX-License-Identifier: Apache-2.0
//
// The extraction processes die at the worst moments, and none outlives the filter.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "extract/extractor.h"
#include "extract/test_data.h"

namespace phimilter::extract {
namespace {

namespace fs = std::filesystem;

constexpr const char* kProgram = PHIMILTER_BIN_DIR "/phimilter-extract";
const std::string kHealthy = "Subject: x\r\n\r\nhealthy\r\n";

struct Process {
  pid_t pid = 0;
  pid_t parent = 0;
  char state = 0;
};

// "pid (name) state parent ..." of proc(5); the name may hold anything, so from its end.
Process process_of(const fs::path& folder) {
  std::ifstream file(folder / "stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(')');
  Process process;
  if (name_end != std::string::npos) {
    std::istringstream rest(line.substr(name_end + 1));
    rest >> process.state >> process.parent;
    process.pid = std::stoi(line);
  }
  return process;
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const Process process = process_of(entry.path());
    if (process.pid != 0 && process.parent == parent && process.state != 'Z') {
      children.push_back(process.pid);
    }
  }
  return children;
}

bool is_alive(pid_t pid) {
  const Process process = process_of("/proc/" + std::to_string(pid));
  return process.pid == pid && process.state != 'Z' && process.state != 'X';
}

bool becomes_true(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) {
      return false;
    }
    std::this_thread::yield();
  }
  return true;
}

bool all_gone(const std::vector<pid_t>& processes) {
  return becomes_true([&] { return std::none_of(processes.begin(), processes.end(), is_alive); });
}

Result<MessageText> read_healthy(Extractor& extractor) {
  auto message = mail::parse_message(kHealthy, testing::TempDir());
  EXPECT_TRUE(message.has_value());
  return extractor.extract(*message);
}

bool reads(Extractor& extractor) {
  const auto text = read_healthy(extractor);
  return text && part_at(*text, "1") != nullptr && part_at(*text, "1")->text == "healthy\n";
}

TEST(ProcessDeath, AZygoteKilledInBetweenIsStartedAgain) {
  auto extractor = start_extractor({kProgram, 1, 0});
  ASSERT_TRUE(extractor.has_value()) << extractor.error().describe();
  for (int round = 0; round < 3; ++round) {
    const auto zygote = children_of(::getpid());
    ASSERT_EQ(zygote.size(), 1U);
    const auto workers = children_of(zygote[0]);
    ASSERT_EQ(::kill(zygote[0], SIGKILL), 0);
    EXPECT_TRUE(all_gone(workers));  // they go with it
    EXPECT_TRUE(reads(**extractor));
  }
}

TEST(ProcessDeath, AWorkerKilledInBetweenCostsNothing) {
  auto extractor = start_extractor({kProgram, 1, 0});
  ASSERT_TRUE(extractor.has_value());
  const auto zygote = children_of(::getpid());
  ASSERT_EQ(zygote.size(), 1U);
  // The worker and its tool runner.
  const auto workers = children_of(zygote[0]);
  ASSERT_EQ(workers.size(), 2U);
  for (const pid_t worker : workers) {
    ::kill(worker, SIGKILL);
  }
  EXPECT_TRUE(all_gone(workers));
  EXPECT_TRUE(reads(**extractor));
}

TEST(ProcessDeath, AToolRunnerKilledInBetweenCostsOneRetry) {
  auto extractor = start_extractor({kProgram, 1, 0});
  ASSERT_TRUE(extractor.has_value());
  const auto pair = children_of(children_of(::getpid()).at(0));
  ASSERT_EQ(pair.size(), 2U);
  // The runner is forked first.
  const pid_t runner = std::min(pair[0], pair[1]);
  ::kill(runner, SIGKILL);
  EXPECT_TRUE(all_gone({runner}));
  auto message = mail::parse_message(
      "Subject: x\r\nContent-Type: application/pdf\r\n\r\n" + test_file("report.pdf"),
      testing::TempDir());
  ASSERT_TRUE(message.has_value());
  const auto text = (*extractor)->extract(*message);
  ASSERT_TRUE(text.has_value());
  ASSERT_NE(part_at(*text, "1"), nullptr);
  EXPECT_NE(part_at(*text, "1")->text.find("20417733"), std::string::npos);
}

TEST(ProcessDeath, NothingOutlivesTheExtractor) {
  auto extractor = start_extractor({kProgram, 1, 0});
  ASSERT_TRUE(extractor.has_value());
  auto processes = children_of(::getpid());
  ASSERT_EQ(processes.size(), 1U);
  for (const pid_t worker : children_of(processes[0])) {
    processes.push_back(worker);
  }
  EXPECT_EQ(processes.size(), 3U);
  extractor->reset();
  EXPECT_TRUE(all_gone(processes));
}

TEST(ProcessDeath, NothingOutlivesAFilterThatWasKilled) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t filter = ::fork();
  if (filter == 0) {
    const auto extractor = start_extractor({kProgram, 1, 0});
    (void)!::write(ready[1], extractor ? "y" : "n", 1);
    ::pause();
    ::_exit(0);
  }
  char answer = 0;
  ASSERT_EQ(::read(ready[0], &answer, 1), 1);
  ::close(ready[0]);
  ::close(ready[1]);
  EXPECT_EQ(answer, 'y');
  auto processes = children_of(filter);
  EXPECT_EQ(processes.size(), 1U);
  for (const pid_t worker : children_of(processes.at(0))) {
    processes.push_back(worker);
  }
  ::kill(filter, SIGKILL);
  ::waitpid(filter, nullptr, 0);
  EXPECT_TRUE(all_gone(processes));
}

TEST(ProcessDeath, NoWorkerAtAllIsTransientAndPasses) {
  const fs::path program = fs::path(testing::TempDir()) / ("extract-" + std::to_string(::getpid()));
  fs::copy_file(kProgram, program, fs::copy_options::overwrite_existing);
  auto extractor = start_extractor({program.string(), 1, 0});
  ASSERT_TRUE(extractor.has_value());
  fs::remove(program);
  const auto zygote = children_of(::getpid());
  ASSERT_EQ(zygote.size(), 1U);
  const auto workers = children_of(zygote[0]);
  ::kill(zygote[0], SIGKILL);
  EXPECT_TRUE(all_gone(workers));
  for (int i = 0; i < 3; ++i) {
    const auto text = read_healthy(**extractor);
    ASSERT_FALSE(text.has_value());
    EXPECT_EQ(text.error().kind, FaultKind::transient) << text.error().describe();
  }
  fs::copy_file(kProgram, program);
  EXPECT_TRUE(becomes_true([&] { return reads(**extractor); }));
  fs::remove(program);
}

}  // namespace
}  // namespace phimilter::extract
