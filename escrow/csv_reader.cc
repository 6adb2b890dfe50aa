// SPDX-License-Identifier: Apache-2.0
#include "escrow/csv_reader.h"

#include <unicode/ustring.h>

#include <algorithm>
#include <optional>

#include "base/encoding.h"

namespace phimilter::escrow {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {
    constexpr std::string_view kSaysSeparator = "sep=";
    if (rest_.starts_with(kSaysSeparator) && rest_.size() > kSaysSeparator.size()) {
      separator_ = rest_[kSaysSeparator.size()];
      rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size() - 1) + 1);
      ++line_;
    } else {
      separator_ = separator_of(rest_.substr(0, rest_.find('\n')));
    }
  }

  bool at_end() const { return rest_.empty(); }
  std::size_t line() const { return line_; }

  // One row; a text says what is wrong with it.
  std::optional<std::string> row(std::vector<std::string>& cells) {
    const std::size_t before = rest_.size();
    for (;;) {
      if (cells.size() == kCsvCells || before - rest_.size() > kCsvRow) {
        return "the row is longer than a row can be; is a quote not closed?";
      }
      cells.emplace_back();
      const bool is_quoted = take('"');
      if (auto problem = is_quoted ? quoted(cells.back()) : plain(cells.back())) {
        return problem;
      }
      if (take(separator_)) {
        continue;
      }
      if (rest_.empty() || take_line_end()) {
        return std::nullopt;
      }
      return "text stands after a closing quote";
    }
  }

 private:
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }

  bool take_line_end() {
    const std::size_t size = rest_.starts_with("\r\n") ? 2 : rest_.starts_with('\n') ? 1 : 0;
    rest_.remove_prefix(size);
    line_ += size > 0 ? 1 : 0;
    return size > 0;
  }

  std::optional<std::string> quoted(std::string& cell) {
    while (!rest_.empty() && cell.size() <= kCsvRow) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"' && !take('"')) {
        return std::nullopt;
      }
      line_ += c == '\n' ? 1 : 0;
      cell += c;
    }
    return "a quote is never closed";
  }

  std::optional<std::string> plain(std::string& cell) {
    const char ends[] = {separator_, '\n', '\0'};
    const std::size_t end = std::min(rest_.find_first_of(ends), rest_.size());
    cell = rest_.substr(0, end);
    rest_.remove_prefix(end);
    if (cell.ends_with('\r') && (rest_.empty() || rest_.front() == '\n')) {
      cell.pop_back();
    }
    if (cell.find_first_of("\"\r") != std::string::npos) {
      return "a quote or a line end stands inside a cell that is not quoted";
    }
    return std::nullopt;
  }

  static char separator_of(std::string_view line) {
    char best = ',';
    for (const char c : {';', '\t'}) {
      if (std::count(line.begin(), line.end(), c) > std::count(line.begin(), line.end(), best)) {
        best = c;
      }
    }
    return best;
  }

  std::string_view rest_;
  char separator_ = ',';
  std::size_t line_ = 1;
};

// The first line that is not UTF-8; 0: all is.
std::size_t line_not_utf8(std::string_view text) {
  std::size_t number = 0;
  for (const std::string_view line : split(text, '\n')) {
    ++number;
    UErrorCode error = U_ZERO_ERROR;
    int32_t length = 0;
    u_strFromUTF8(nullptr, 0, &length, line.data(), static_cast<int32_t>(line.size()), &error);
    if (error == U_INVALID_CHAR_FOUND) {
      return number;
    }
  }
  return 0;
}

Fault not_text(std::size_t line) {
  return permanent_fault("escrow.csv_text", "not UTF-8; save the sheet as \"CSV UTF-8\"")
      .with("line", std::to_string(line));
}

std::optional<std::string> from_utf16(std::string_view bytes, bool big_endian) {
  std::u16string units;
  units.reserve(bytes.size() / 2);
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const auto first = static_cast<unsigned char>(bytes[i]);
    const auto second = static_cast<unsigned char>(bytes[i + 1]);
    units += static_cast<char16_t>(big_endian ? first << 8 | second : second << 8 | first);
  }
  std::string out(units.size() * 3, '\0');
  UErrorCode error = U_ZERO_ERROR;
  int32_t length = 0;
  u_strToUTF8(out.data(), static_cast<int32_t>(out.size()), &length, units.data(),
              static_cast<int32_t>(units.size()), &error);
  if (bytes.size() % 2 != 0 || U_FAILURE(error) != 0) {
    return std::nullopt;
  }
  out.resize(static_cast<std::size_t>(length));
  return out;
}

}  // namespace

Result<std::string> csv_text(std::string_view bytes) {
  const bool little = bytes.starts_with("\xFF\xFE"), big = bytes.starts_with("\xFE\xFF");
  if (little || big) {
    auto text = from_utf16(bytes.substr(2), big);
    return text ? Result<std::string>(std::move(*text)) : fail(not_text(1));
  }
  if (const std::size_t line = line_not_utf8(bytes)) {
    return fail(not_text(line));
  }
  return std::string(bytes);
}

CsvTable read_csv(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) {
    text.remove_prefix(kByteOrderMark.size());
  }
  CsvTable table;
  Reader reader(text);
  while (!reader.at_end()) {
    CsvRow row;
    row.line = reader.line();
    if (auto problem = reader.row(row.cells)) {
      table.problems.push_back({row.line, std::move(*problem)});
      return table;
    }
    const bool empty = row.cells.size() == 1 && row.cells.front().empty();
    if (!empty) {
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

}  // namespace phimilter::escrow
