// SPDX-License-Identifier: Apache-2.0
//
// One mail of 2 KB from its bytes to findings: to a jailed worker and back, then detection. Beside
// it the round trip of a message without a body. At the end, the resident memory of the worker.
//
//   message_bench PACK-FOLDER PHIMILTER-EXTRACT [--messages N]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "bench/mail_text.h"
#include "extract/extractor.h"
#include "mail/message.h"
#include "policy/policy.h"

namespace phimilter::bench {
namespace {

constexpr std::size_t kMail = 2048;
constexpr std::size_t kDifferentMails = 64;
constexpr std::size_t kWarmUp = 100;

using Clock = std::chrono::steady_clock;

struct Options {
  std::string packs;
  std::string worker;
  std::size_t messages = 2000;
};

std::string mail_of(const std::string& text) {
  return "From: Ana <ana@clinic.example>\r\nTo: Lee <lee@home.example>\r\nSubject: your "
         "question\r\n"
         "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" +
         text;
}

// Of a process by /proc, in KiB; 0: cannot be read.
std::size_t resident(const std::filesystem::path& process) {
  std::ifstream status(process / "status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) {
      return static_cast<std::size_t>(std::atol(line.c_str() + 6));
    }
  }
  return 0;
}

// The largest process with the worker's program: zygote and workers share it.
std::size_t largest_worker(const std::string& program) {
  std::size_t out = 0;
  std::error_code ignored;
  const auto wanted = std::filesystem::weakly_canonical(program, ignored);
  for (const auto& process : std::filesystem::directory_iterator("/proc", ignored)) {
    const auto running = std::filesystem::read_symlink(process.path() / "exe", ignored);
    if (!ignored && running == wanted) {
      out = std::max(out, resident(process.path()));
    }
  }
  return out;
}

void print(const char* name, std::vector<double> times) {
  std::sort(times.begin(), times.end());
  std::printf("%-34s %10.3f %10.3f\n", name, times[times.size() / 2],
              times[times.size() * 99 / 100]);
}

// Milliseconds of each message; an empty list: something failed.
std::vector<double> run(extract::Extractor& extractor, const policy::Policy* policy,
                        const std::vector<std::string>& mails, std::size_t messages) {
  std::vector<double> out;
  for (std::size_t i = 0; i < messages + kWarmUp; ++i) {
    const auto message = mail::parse_message(mails[i % mails.size()], "/tmp");
    const auto begin = Clock::now();
    const auto text = message ? extractor.extract(*message) : Result<extract::MessageText>();
    if (!message || !text) {
      return {};
    }
    if (policy != nullptr) {
      const auto findings = policy->detect(*text, {});
      if (!policy->decide(*text, findings, {}, {})) {
        return {};
      }
    }
    if (i >= kWarmUp) {
      out.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
    }
  }
  return out;
}

int measure(const Options& options) {
  const auto policy = policy::load_policy({options.packs + "/hipaa.toml"});
  auto extractor = extract::start_extractor({options.worker, 1, 0});
  if (!policy || !extractor) {
    std::fprintf(stderr, "%s\n", (policy ? extractor.error() : policy.error()).describe().c_str());
    return 1;
  }
  MailText text(4);
  std::vector<std::string> mails;
  for (std::size_t i = 0; i < kDifferentMails; ++i) {
    mails.push_back(mail_of(text.make(Mix::plain, kMail)));
  }
  const auto empty = run(**extractor, nullptr, {mail_of("")}, options.messages);
  const auto read = run(**extractor, nullptr, mails, options.messages);
  const auto whole = run(**extractor, policy->get(), mails, options.messages);
  if (empty.empty() || read.empty() || whole.empty()) {
    std::fprintf(stderr, "a message could not be read\n");
    return 1;
  }
  std::printf("%-34s %10s %10s\n", "one message", "p50 ms", "p99 ms");
  print("worker and back, no body", empty);
  print("worker and back, 2 KB", read);
  print("2 KB to the decision", whole);
  std::printf("resident memory of the worker: %zu KiB after %zu messages\n",
              largest_worker(options.worker), 3 * (options.messages + kWarmUp));
  return 0;
}

}  // namespace
}  // namespace phimilter::bench

int main(int argc, char** argv) {
  phimilter::bench::Options options;
  if (argc >= 3) {
    options.packs = argv[1];
    options.worker = argv[2];
  }
  if (argc >= 5 && std::string_view(argv[3]) == "--messages") {
    options.messages = static_cast<std::size_t>(std::atol(argv[4]));
  }
  return phimilter::bench::measure(options);
}
