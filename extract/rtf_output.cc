// SPDX-License-Identifier: Apache-2.0
#include "extract/rtf_output.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "extract/html_text.h"

namespace phimilter::extract {
namespace {

using Destination = RtfDestination;

constexpr std::size_t kShapeName = 64;
constexpr std::size_t kChunk = 64 * limits::kKiB;

}  // namespace

std::string& RtfOutput::output(Destination destination) {
  switch (destination) {
    case Destination::aside:
      return outputs_[1];
    case Destination::instruction:
      return outputs_[2];
    default:
      return outputs_[0];
  }
}

void RtfOutput::add(Destination destination, std::string_view text, bool only_rtf) {
  switch (destination) {
    case Destination::html_tag:
      add_html(text, true);
      return;
    case Destination::shape_name:
      shape_name_.append(text.substr(0, kShapeName - std::min(kShapeName, shape_name_.size())));
      return;
    case Destination::skip:
    case Destination::shape_value:
    case Destination::font_table:
    case Destination::picture:
    case Destination::object_data:
      return;
    default:
      break;
  }
  std::string& out = output(destination);
  out.append(text);
  if (!only_rtf) {
    add_html(text, false);
  }
  const bool line_ends = out.ends_with('\n') || out.size() >= 2 * kChunk;
  if (&out == outputs_.data() && out.size() >= kChunk && line_ends) {
    sink_.text(std::exchange(out, {}));
    full_ = sink_.full();
  }
  if (out.size() > limits::kPartText) {
    sink_.opaque("", Opaque::limit);
    full_ = true;
  }
}

void RtfOutput::end_cell(Destination destination) {
  add(destination, "\t", false);
}

void RtfOutput::end_row(Destination destination) {
  std::string& out = output(destination);
  if (out.ends_with('\t')) {
    out.pop_back();
  }
  add(destination, "\n", false);
}

void RtfOutput::end_line() {
  if (!outputs_[0].empty() && !outputs_[0].ends_with('\n')) {
    outputs_[0] += '\n';
  }
}

void RtfOutput::end_aside(Destination destination) {
  output(destination) += '\n';
}

// Characters that the RTF shows are no markup.
void RtfOutput::add_html(std::string_view text, bool is_markup) {
  if (!from_html_) {
    return;
  }
  if (html_.size() + text.size() > limits::kHtmlBytes) {
    sink_.opaque("", Opaque::limit);
    return;
  }
  for (const char c : text) {
    if (!is_markup && (c == '<' || c == '&')) {
      html_ += c == '<' ? "&lt;" : "&amp;";
    } else {
      html_ += c;
    }
  }
}

void RtfOutput::finish() {
  for (const std::string& out : outputs_) {
    if (!out.empty()) {
      sink_.text(out);
      sink_.text("\n");
    }
  }
  if (from_html_) {
    sink_.text(html_text(html_));
  }
}

}  // namespace phimilter::extract
