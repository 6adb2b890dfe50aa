// SPDX-License-Identifier: Apache-2.0
#include "extract/hl7_segments.h"

#include <algorithm>
#include <array>
#include <optional>

#include "extract/record_values.h"

namespace phimilter::extract {
namespace {

// A mail program wraps at about 72 columns: a line without any separator goes on the last one only
// if that one was about so long.
constexpr std::size_t kWrappedLine = 60;
constexpr std::size_t kIdSize = 3;
constexpr std::size_t kFields = 200;  // the longest segment of the standard has 86

constexpr std::array<std::string_view, 48> kSegments{
    "ACC", "AIG", "AIL", "AIP", "AIS", "AL1", "BHS", "BTS", "CTI", "DB1", "DG1", "EVN",
    "FHS", "FT1", "FTS", "GT1", "IAM", "IN1", "IN2", "IN3", "MRG", "MSA", "MSH", "NK1",
    "NTE", "OBR", "OBX", "ODS", "ORC", "PD1", "PID", "PR1", "PRB", "PRD", "PV1", "PV2",
    "QPD", "QRD", "RGS", "ROL", "RXA", "RXC", "RXD", "RXE", "RXO", "RXR", "SCH", "TXA"};

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_word(char c) {
  return is_upper(c) || is_digit(c) || is_lower(c) || static_cast<unsigned char>(c) >= 0x80;
}
bool is_mark(char c) {
  return c > ' ' && c < '\x7F' && !is_word(c);
}

bool is_known(std::string_view id) {
  return std::find(kSegments.begin(), kSegments.end(), id) != kSegments.end();
}

bool is_header(std::string_view id) {
  return id == "MSH" || id == "FHS" || id == "BHS";
}

// "MSH|^~\&|": what stands between the first two field separators says how the message is cut.
std::optional<Hl7Separators> separators_of(std::string_view header) {
  if (header.size() < 6 || !is_header(header.substr(0, kIdSize)) || !is_mark(header[kIdSize])) {
    return std::nullopt;
  }
  Hl7Separators found;
  found.field = header[kIdSize];
  std::string_view marks = header.substr(kIdSize + 1, 6);
  const std::size_t end = marks.find(found.field);
  marks = marks.substr(0, std::min(end, marks.size()));
  if (end == std::string_view::npos || marks.size() < 2 || marks.size() > 5 ||
      !std::all_of(marks.begin(), marks.end(), is_mark)) {
    return std::nullopt;
  }
  found.component = marks[0];
  found.repetition = marks[1];
  // A program that takes backslashes for its own leaves "^~&".
  const bool escape_lost = marks.size() == 3 && marks[2] == '&';
  found.escape = marks.size() > 2 && !escape_lost ? marks[2] : '\\';
  found.subcomponent = marks.size() > 3 ? marks[3] : '&';
  return found;
}

// A segment that stands without its message: "PID|1||..." with the separators that everybody uses.
bool is_bare_segment(std::string_view line) {
  constexpr std::array<std::string_view, 12> kTelling{"PID", "OBX", "OBR", "DG1", "NK1", "IN1",
                                                      "GT1", "PV1", "RXE", "AL1", "SCH", "FT1"};
  constexpr std::ptrdiff_t kMarks = 4;
  if (line.size() < 8 || line[kIdSize] != '|' ||
      std::find(kTelling.begin(), kTelling.end(), line.substr(0, kIdSize)) == kTelling.end()) {
    return false;
  }
  const std::string_view head = line.substr(0, 512);
  return std::count(head.begin(), head.end(), '|') >= kMarks;
}

// Quote marks of mail, frame bytes of MLLP, blanks.
std::string_view without_quote_marks(std::string_view line) {
  const auto is_quote = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '>'; };
  while (!line.empty() && is_quote(line.front())) {
    line.remove_prefix(1);
  }
  return trimmed(line);
}

class SegmentScanner {
 public:
  explicit SegmentScanner(const std::function<bool(const Hl7Segment&)>& take) : take_(take) {}

  void scan(std::string_view text) {
    while (!text.empty() && !stopped_) {
      const std::size_t end = std::min(text.find_first_of("\n\r"), text.size());
      line(without_quote_marks(text.substr(0, end)));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    flush();
  }

 private:
  // Cuts a line where segments begin within it: what was a carriage return is now a blank, or the
  // two characters "\r" in a log.
  void line(std::string_view line) {
    std::size_t from = 0;
    bool begins = starts_segment(line, 0);
    for (std::size_t at = 1; at + kIdSize < line.size(); ++at) {
      const bool inner = is_mark(line[at + kIdSize]) && starts_inner_segment(line, at);
      if (!inner) {
        continue;
      }
      piece(line.substr(from, at - from), begins);
      from = at;
      begins = true;
    }
    piece(line.substr(from), begins);
  }

  bool starts_segment(std::string_view line, std::size_t at) const {
    const std::string_view rest = line.substr(at);
    if (separators_of(rest)) {
      return true;
    }
    if (!in_message_) {
      return is_bare_segment(rest);
    }
    return rest.size() > kIdSize && rest[kIdSize] == separators_.field && is_upper(rest[0]) &&
           (is_upper(rest[1]) || is_digit(rest[1])) && (is_upper(rest[2]) || is_digit(rest[2]));
  }

  bool starts_inner_segment(std::string_view line, std::size_t at) const {
    const char before = line[at - 1];
    const bool written_break = at >= 2 && line[at - 2] == '\\' && (before == 'r' || before == 'n');
    const bool apart = before == ' ' || before == '>' || before == '"' || before == '\'' ||
                       before == '\t' || before == '\x0B' || before == '\x1C' || written_break;
    return apart && is_known(line.substr(at, kIdSize)) && starts_segment(line, at);
  }

  void piece(std::string_view text, bool begins) {
    if (begins) {
      flush();
      if (const auto separators = separators_of(text)) {
        separators_ = *separators;
      }
      in_message_ = true;
      pending_.assign(text);
    } else if (!pending_.empty() && goes_on(text)) {
      pending_.append(" ").append(text);
    } else {
      flush();
    }
    last_line_ = text.size();
  }

  bool goes_on(std::string_view text) const {
    return !text.empty() && (text.find(separators_.field) != std::string_view::npos ||
                             text.find(separators_.component) != std::string_view::npos ||
                             last_line_ >= kWrappedLine);
  }

  void flush() {
    if (pending_.size() > kIdSize && !stopped_) {
      Hl7Segment segment;
      segment.separators = separators_;
      segment.fields = pieces(pending_, separators_.field, kFields);
      segment.id = segment.fields.front();
      stopped_ = !take_(segment);
    }
    pending_.clear();
  }

  const std::function<bool(const Hl7Segment&)>& take_;
  Hl7Separators separators_;
  std::string pending_;
  std::size_t last_line_ = 0;
  bool in_message_ = false;
  bool stopped_ = false;
};

}  // namespace

bool holds_hl7(std::string_view text) {
  for (const std::string_view header : {"MSH", "FHS", "BHS"}) {
    for (std::size_t at = text.find(header); at != std::string_view::npos;
         at = text.find(header, at + kIdSize)) {
      if ((at == 0 || !is_word(text[at - 1])) && separators_of(text.substr(at, 16))) {
        return true;
      }
    }
  }
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\n\r"), text.size());
    if (is_bare_segment(without_quote_marks(text.substr(0, end)))) {
      return true;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return false;
}

void for_each_hl7_segment(std::string_view text,
                          const std::function<bool(const Hl7Segment&)>& take) {
  SegmentScanner(take).scan(text);
}

}  // namespace phimilter::extract
