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
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/limits.h"
#include "extract/answer.h"
#include "extract/frames.h"
#include "extract/tool_jail.h"

namespace phimilter::extract {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Half of the worker's time: there is a message around the document.
constexpr std::int64_t kToolSeconds = limits::kExtractWallMs / 2000;
// A page of letter size in gray at 230 dots an inch, as PNG: 2 MB at most.
constexpr std::size_t kPicture = 32 * limits::kMiB;
constexpr std::size_t kRequestHead = 5;
constexpr std::size_t kToolAnswerBytes = 1 + limits::kPartText + 1;

struct Program {
  std::vector<std::string> arguments;  // the first is its path
  std::vector<std::string> data;       // folders that it may read
  std::int64_t seconds = kToolSeconds;
  std::size_t longest = limits::kPartText;  // output
};

const std::vector<std::string> kFonts{"/usr/share/poppler", "/usr/share/fonts",
                                      "/usr/share/fontconfig", "/etc/fonts",
                                      "/var/cache/fontconfig"};

// pdfdetach reads and writes names only: these are its standard input and output.
constexpr const char* kInput = "/proc/self/fd/0";
constexpr const char* kOutput = "/proc/self/fd/1";

Program pdf_program(Tool tool, std::uint32_t number) {
  switch (tool) {
    case Tool::pdf_information:
      return {{"/usr/bin/pdfinfo", "-enc", "UTF-8", "-"}, kFonts};
    case Tool::pdf_files:
      return {{"/usr/bin/pdfdetach", "-list", kInput}, kFonts};
    case Tool::pdf_file:
      return {{"/usr/bin/pdfdetach", "-save", std::to_string(number), "-o", kOutput, kInput},
              kFonts};
    default:
      return {{"/usr/bin/pdftotext", "-layout", "-enc", "UTF-8", "-", "-"}, kFonts};
  }
}

// By pixels, not by inches: a page may say that it is a mile wide.
Program picture_program(std::uint32_t page, const OcrOptions& ocr) {
  const std::string number = std::to_string(page);
  return {
      {"/usr/bin/pdftoppm", "-png", "-gray", "-scale-to", "2500", "-f", number, "-l", number, "-"},
      kFonts,
      ocr.seconds,
      kPicture};
}

Program words_program(const OcrOptions& ocr) {
  return {{"/usr/bin/tesseract", "stdin", "stdout", "-l", ocr.languages},
          {"/usr/share/tesseract-ocr"},
          ocr.seconds};
}

[[noreturn]] void become(const Program& program, int document, int output) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  ToolRights rights{program.data, program.seconds};
  rights.readable.push_back(program.arguments.front());
  std::vector<char*> arguments;
  for (const auto& argument : program.arguments) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  // One thread: the jail knows no others.
  const char* environment[] = {"LC_ALL=C", "OMP_THREAD_LIMIT=1", nullptr};
  // Standard error stays closed: what the program complains about may quote the document.
  if (::dup2(document, STDIN_FILENO) < 0 || ::dup2(output, STDOUT_FILENO) < 0 ||
      ::syscall(SYS_close_range, 2U, ~0U, 0U) != 0 || !enter_tool_jail(rights)) {
    ::_exit(126);
  }
  ::execve(arguments.front(), arguments.data(), const_cast<char* const*>(environment));
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
bool read_output(int output, int worker, const Program& program, std::string& text) {
  const auto deadline = steady_clock::now() + std::chrono::seconds(program.seconds);
  char piece[32 * 1024];
  while (text.size() <= program.longest) {
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

ToolAnswer convert(const Program& program, const std::string& bytes, int worker) {
  if (::access(program.arguments.front().c_str(), X_OK) != 0) {
    return {};
  }
  int ends[2] = {-1, -1};
  const UniqueFd document = in_memory(bytes);
  if (!document || ::pipe2(ends, O_CLOEXEC) != 0) {
    return {};
  }
  const UniqueFd output(ends[0]);
  UniqueFd input(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) {
    become(program, document.get(), input.get());
  }
  if (child < 0) {
    return {};
  }
  input.reset();
  ToolAnswer answer;
  const bool complete = read_output(output.get(), worker, program, answer.text);
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

class Runner {
 public:
  Runner(int socket, const OcrOptions& ocr) : socket_(socket), ocr_(ocr), pages_left_(ocr.pages) {}

  bool serve_one() {
    auto request = receive_frame(socket_, kRequestHead + limits::kMessageBytes, std::nullopt);
    if (!request || request->bytes.size() < kRequestHead) {
      return false;
    }
    const auto tool = static_cast<Tool>(request->bytes[0]);
    const auto number = decode_number(std::string_view(request->bytes).substr(1, 4));
    const std::string document = request->bytes.substr(kRequestHead);
    request->bytes = std::string();
    ToolAnswer answer = run(tool, document, number.value_or(0));
    if (answer.text.size() > limits::kPartText) {
      answer = {ToolOutcome::failed, ""};
    }
    const char outcome = static_cast<char>(answer.outcome);
    return send_frame(socket_, FrameType::answer, {{&outcome, 1}, answer.text}, std::nullopt)
        .has_value();
  }

 private:
  ToolAnswer run(Tool tool, const std::string& document, std::uint32_t number) {
    if (tool != Tool::image_words && tool != Tool::page_words) {
      return convert(pdf_program(tool, number), document, socket_);
    }
    if (pages_left_ == 0) {
      return {};
    }
    --pages_left_;
    if (tool == Tool::image_words) {
      return convert(words_program(ocr_), document, socket_);
    }
    const ToolAnswer picture = convert(picture_program(number, ocr_), document, socket_);
    return picture.outcome == ToolOutcome::text
               ? convert(words_program(ocr_), picture.text, socket_)
               : picture;
  }

  const int socket_;
  const OcrOptions& ocr_;
  std::size_t pages_left_;
};

}  // namespace

void run_tool_runner(int socket, const OcrOptions& ocr) {
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  Runner runner(socket, ocr);
  while (runner.serve_one()) {
  }
}

ToolAnswer ask_tool(int socket, Tool tool, std::string_view document, std::uint32_t number) {
  if (socket < 0) {
    return {};
  }
  const char kind = static_cast<char>(tool);
  // A worker whose runner died ends too: the message is read again by a fresh pair.
  const auto sent = send_frame(socket, FrameType::message,
                               {{&kind, 1}, encode_number(number), document}, std::nullopt);
  require(sent.has_value(), "a tool runner lives as long as its worker");
  auto frame = receive_frame(socket, kToolAnswerBytes, std::nullopt);
  require(frame.has_value() && !frame->bytes.empty(), "a tool runner answers");
  ToolAnswer answer{static_cast<ToolOutcome>(frame->bytes[0]), ""};
  frame->bytes.erase(0, 1);
  answer.text = std::move(frame->bytes);
  return answer;
}

}  // namespace phimilter::extract
