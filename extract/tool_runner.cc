// SPDX-License-Identifier: Apache-2.0
#include "extract/tool_runner.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <utility>

#include "base/files.h"
#include "base/limits.h"
#include "extract/frames.h"
#include "extract/tool_jail.h"

namespace phimilter::extract {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr const char* kPdfToText = "/usr/bin/pdftotext";
// Half of the worker's time: there is a message around the document.
constexpr milliseconds kToolTime{limits::kExtractWallMs / 2};
constexpr std::size_t kAnswerBytes = 1 + limits::kPartText + 1;

[[noreturn]] void become_pdftotext(int document, int output) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  // Standard error stays closed: what the program complains about may quote the document.
  if (::dup2(document, STDIN_FILENO) < 0 || ::dup2(output, STDOUT_FILENO) < 0 ||
      ::syscall(SYS_close_range, 2U, ~0U, 0U) != 0 || !enter_tool_jail()) {
    ::_exit(126);
  }
  const char* arguments[] = {"pdftotext", "-layout", "-enc", "UTF-8", "-", "-", nullptr};
  const char* environment[] = {"LC_ALL=C", nullptr};
  ::execve(kPdfToText, const_cast<char* const*>(arguments), const_cast<char* const*>(environment));
  ::_exit(126);
}

// The document in memory that nobody else can name, at its beginning.
UniqueFd in_memory(const std::string& bytes) {
  UniqueFd file(::memfd_create("document", MFD_CLOEXEC));
  if (!file || !write_all(file.get(), bytes, "document") || ::lseek(file.get(), 0, SEEK_SET) != 0) {
    return UniqueFd();
  }
  return file;
}

// True: all of the output has been read. False: too much, too slow, or nobody waits for it any
// more.
bool read_output(int output, int worker, std::string& text) {
  const auto deadline = steady_clock::now() + kToolTime;
  char piece[32 * 1024];
  while (text.size() <= limits::kPartText) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
    pollfd entries[] = {{output, POLLIN, 0}, {worker, POLLIN, 0}};
    const int ready = ::poll(entries, 2, left > 0 ? static_cast<int>(left) : 0);
    if (ready < 0 && errno == EINTR) {
      continue;
    }
    // The worker is waiting for the answer: whatever it has to say now, it is dead or hijacked.
    if (ready <= 0 || entries[1].revents != 0) {
      return false;
    }
    const ssize_t got = ::read(output, piece, sizeof piece);
    if (got <= 0) {
      return got == 0;
    }
    text.append(piece, static_cast<std::size_t>(got));
  }
  return false;
}

ToolAnswer convert(const std::string& pdf, int worker) {
  int ends[2] = {-1, -1};
  const UniqueFd document = in_memory(pdf);
  if (!document || ::pipe2(ends, O_CLOEXEC) != 0) {
    return {};
  }
  const UniqueFd output(ends[0]);
  UniqueFd input(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) {
    become_pdftotext(document.get(), input.get());
  }
  if (child < 0) {
    return {};
  }
  input.reset();
  ToolAnswer answer;
  const bool complete = read_output(output.get(), worker, answer.text);
  if (!complete) {
    ::kill(child, SIGKILL);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 126) {
    return {};
  }
  const bool good = complete && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  answer.outcome = good ? ToolOutcome::text : ToolOutcome::failed;
  if (!good) {
    answer.text.clear();
  }
  return answer;
}

}  // namespace

void run_tool_runner(int socket) {
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  while (true) {
    const auto request = receive_frame(socket, limits::kMessageBytes, std::nullopt);
    if (!request) {
      return;
    }
    const ToolAnswer answer =
        ::access(kPdfToText, X_OK) == 0 ? convert(request->bytes, socket) : ToolAnswer{};
    const char outcome = static_cast<char>(answer.outcome);
    if (!send_frame(socket, FrameType::answer, {{&outcome, 1}, answer.text}, std::nullopt)) {
      return;
    }
  }
}

ToolAnswer pdf_text(int socket, std::string_view pdf) {
  if (socket < 0) {
    return {};
  }
  // A worker whose runner died ends too: the message is read again by a fresh pair.
  const auto sent = send_frame(socket, FrameType::message, {pdf}, std::nullopt);
  require(sent.has_value(), "a tool runner lives as long as its worker");
  auto frame = receive_frame(socket, kAnswerBytes, std::nullopt);
  require(frame.has_value() && !frame->bytes.empty(), "a tool runner answers");
  ToolAnswer answer{static_cast<ToolOutcome>(frame->bytes[0]), ""};
  frame->bytes.erase(0, 1);
  answer.text = std::move(frame->bytes);
  return answer;
}

}  // namespace phimilter::extract
