// SPDX-License-Identifier: Apache-2.0
#include "extract/text_runs.h"

#include <string>

#include "base/limits.h"
#include "extract/code_page.h"
#include "extract/little_endian.h"

namespace phimilter::extract {
namespace {

// Shorter runs are hardly ever words, and random bytes are full of them.
constexpr std::size_t kShortestRun = 4;
constexpr std::size_t kFlush = 64 * limits::kKiB;

bool is_blank(unsigned unit) {
  return unit == '\t' || unit == '\n' || unit == '\r';
}

// Latin letters of Windows' code page; its five holes and the C1 controls are none.
bool is_printable_byte(unsigned char byte) {
  return (byte >= 0x20 && byte < 0x7F) || is_blank(byte) || byte >= 0xA0 ||
         (byte >= 0x82 && byte != 0x8D && byte != 0x8F && byte != 0x90 && byte != 0x9D);
}

// Scripts of mail in the Americas: Latin with its extensions, Greek, Cyrillic, punctuation. Random
// pairs of bytes are Chinese three times of ten.
bool is_printable_unit(unsigned unit) {
  return (unit >= 0x20 && unit < 0x7F) || is_blank(unit) || (unit >= 0xA0 && unit < 0x530) ||
         (unit >= 0x2010 && unit < 0x2040);
}

class Lines {
 public:
  explicit Lines(ReadingSink& sink) : sink_(sink) {}
  ~Lines() { sink_.text(out_); }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  void add(const std::string& line) {
    out_ += line;
    out_ += '\n';
    if (out_.size() > kFlush) {
      sink_.text(out_);
      out_.clear();
    }
  }

 private:
  ReadingSink& sink_;
  std::string out_;
};

bool has_letter_or_digit(std::string_view run) {
  std::size_t count = 0;
  for (const char c : run) {
    const auto lower = static_cast<unsigned char>(c | 0x20);
    count += (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z') || lower >= 0x80 ? 1 : 0;
  }
  return count * 2 >= run.size();
}

void read_bytes(std::string_view bytes, ReadingSink& sink) {
  Lines lines(sink);
  std::size_t start = 0;
  for (std::size_t i = 0; i <= bytes.size() && !sink.full(); ++i) {
    if (i < bytes.size() && is_printable_byte(static_cast<unsigned char>(bytes[i]))) {
      continue;
    }
    const std::string_view run = bytes.substr(start, i - start);
    if (run.size() >= kShortestRun && has_letter_or_digit(run)) {
      lines.add(decode_code_page(run, kWindowsLatin));
    }
    start = i + 1;
  }
}

// The next run at an even place from `position` on, which is behind it afterwards; empty: none.
std::string_view next_wide_run(std::string_view bytes, std::size_t& position) {
  std::size_t start = position;
  for (; position <= bytes.size(); position += 2) {
    if (position + 1 < bytes.size() && is_printable_unit(u16_at(bytes, position))) {
      continue;
    }
    const std::string_view run = slice(bytes, start, position - start);
    start = position + 2;
    if (run.size() >= 2 * kShortestRun) {
      position = start;
      return run;
    }
  }
  return {};
}

void read_units(std::string_view bytes, ReadingSink& sink) {
  Lines lines(sink);
  std::size_t position = 0;
  for (std::string_view run = next_wide_run(bytes, position); !run.empty() && !sink.full();
       run = next_wide_run(bytes, position)) {
    lines.add(decode_utf16le(run));
  }
}

}  // namespace

std::vector<std::string> wide_text_runs(std::string_view bytes) {
  std::vector<std::string> runs;
  std::size_t position = 0;
  for (std::string_view run = next_wide_run(bytes, position); !run.empty();
       run = next_wide_run(bytes, position)) {
    runs.push_back(decode_utf16le(run));
  }
  return runs;
}

void read_text_runs(std::string_view bytes, ReadingSink& sink) {
  read_units(bytes, sink);
  read_units(bytes.substr(bytes.empty() ? 0 : 1), sink);
  read_bytes(bytes, sink);
}

}  // namespace phimilter::extract
