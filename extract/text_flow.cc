// SPDX-License-Identifier: Apache-2.0
#include "extract/text_flow.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/limits.h"

namespace phimilter::extract {
namespace {

// What stands deeper goes to the innermost that is open.
constexpr std::size_t kFrames = 200;
constexpr std::size_t kFlush = 64 * limits::kKiB;
constexpr std::size_t kCells = 1024;  // columns that empty cells hold open

std::string on_one_line(std::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return line;
}

}  // namespace

void TextFlow::begin(Kind kind) {
  if (frames_.size() < kFrames) {
    frames_.push_back({kind, "", "", false, 0});
  }
}

// Ends what was begun inside it and was not ended.
void TextFlow::end(Kind kind) {
  if (open_frame(kind) == nullptr) {
    return;
  }
  while (frames_.back().kind != kind) {
    end_frame();
  }
  end_frame();
}

void TextFlow::end_frame() {
  const Frame frame = std::move(frames_.back());
  frames_.pop_back();
  if (frame.kind == Kind::row) {
    line(frame.text);
    return;
  }
  if (frame.kind == Kind::paragraph) {
    paragraph_ended(frame.text);
    if (frame.changed) {
      paragraph_ended(frame.before);
    }
    return;
  }
  Frame* row = open_frame(Kind::row);
  if (row == nullptr) {
    line(frame.text);
    return;
  }
  row->text.append(row->cells++ > 0 ? "\t" : "").append(trim(on_one_line(frame.text)));
}

void TextFlow::end_cell(std::size_t times) {
  Frame* cell = open_frame(Kind::cell);
  const std::string text = cell == nullptr ? "" : std::string(trim(on_one_line(cell->text)));
  end(Kind::cell);
  Frame* row = open_frame(Kind::row);
  for (std::size_t i = 1;
       row != nullptr && i < times && row->cells < kCells && i * text.size() < kFlush; ++i) {
    ++row->cells;
    row->text.append("\t").append(text);
  }
}

TextFlow::Frame* TextFlow::open_frame(Kind kind) {
  const auto found = std::find_if(frames_.rbegin(), frames_.rend(),
                                  [&](const Frame& frame) { return frame.kind == kind; });
  return found == frames_.rend() ? nullptr : &*found;
}

TextFlow::Frame* TextFlow::open_paragraph() {
  return frames_.empty() || frames_.back().kind != Kind::paragraph ? nullptr : &frames_.back();
}

void TextFlow::paragraph_ended(std::string_view text) {
  Frame* inside = frames_.empty() ? nullptr : &frames_.back();
  if (inside != nullptr && inside->kind == Kind::cell) {
    inside->text.append(inside->text.empty() ? "" : " ").append(text);
  } else {
    line(text);
  }
}

void TextFlow::line(std::string_view text) {
  if (trim(text).empty()) {
    return;
  }
  lines_.append(text).push_back('\n');
  if (lines_.size() >= kFlush) {
    sink_.text(lines_);
    lines_.clear();
  }
}

void TextFlow::run(std::string_view text) {
  if (Frame* paragraph = open_paragraph(); paragraph != nullptr) {
    paragraph->text += text;
    paragraph->before += text;
  } else {
    paragraph_ended(text);
  }
}

void TextFlow::inserted(std::string_view text) {
  if (Frame* paragraph = open_paragraph(); paragraph != nullptr) {
    paragraph->text += text;
    paragraph->changed = true;
  } else {
    paragraph_ended(text);
  }
}

void TextFlow::deleted(std::string_view text) {
  if (Frame* paragraph = open_paragraph(); paragraph != nullptr) {
    paragraph->before += text;
    paragraph->changed = true;
  } else {
    paragraph_ended(text);
  }
}

void TextFlow::aside(std::string_view text) {
  const std::string_view said = trim(text);
  if (!said.empty() && asides_.size() < limits::kPartText) {
    asides_.append(said).push_back('\n');
  }
}

void TextFlow::finish() {
  while (!frames_.empty()) {
    end_frame();
  }
  lines_ += asides_;
  if (!lines_.empty()) {
    sink_.text(lines_ + '\f');
  }
  lines_.clear();
  asides_.clear();
}

}  // namespace phimilter::extract
