// SPDX-License-Identifier: Apache-2.0
#include "policy/labelled_values.h"

#include <algorithm>
#include <array>
#include <optional>

#include "policy/label_layout.h"
#include "policy/label_values.h"
#include "policy/text_scan.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kMostCandidates = 20'000;
constexpr std::size_t kMostRows = 20'000;

class LabelledValues {
 public:
  LabelledValues(const PartView& view, const Detector& labels, std::size_t detector)
      : view_(view), labels_(labels), detector_(detector), lines_(view.text) {
    for (const TermHit& hit : view.terms) {
      if (hit.detector == detector) {
        hits_.push_back({view.tokens[hit.first].from, view.tokens[hit.last].to, hit.term,
                         view.tokens[hit.first].line});
      }
    }
  }

  std::vector<Candidate> run() {
    for (std::size_t first = 0; first < hits_.size();) {
      std::size_t end = first + 1;
      while (end < hits_.size() && hits_[end].line == hits_[first].line) {
        ++end;
      }
      read_line(first, end);
      first = end;
    }
    std::stable_sort(out_.begin(), out_.end(),
                     [](const Candidate& a, const Candidate& b) { return a.from < b.from; });
    return std::move(out_);
  }

 private:
  struct Column {
    std::size_t cell = 0;
    std::size_t term = 0;
    std::size_t from = 0;  // bytes from the line's start
  };

  // Asked for the few labels that stand in the text: a pack has a thousand.
  std::size_t class_of(std::size_t term) const {
    const auto known = std::find(labels_.classes.begin(), labels_.classes.end(),
                                 labels_.terms[term].finding_class);
    return static_cast<std::size_t>(known - labels_.classes.begin());
  }
  ValueKind kind_of(std::size_t term) const {
    return value_kind(labels_.terms[term].finding_class);
  }

  void read_line(std::size_t first, std::size_t end) {
    const std::size_t number = hits_[first].line;
    if (number < table_end_) {
      return;
    }
    const LineSpan line = lines_.line(number);
    if (end - first >= 2 && read_as_header(first, end, line)) {
      return;
    }
    for (std::size_t i = first; i < end; ++i) {
      read_field(hits_[i], line, i + 1 < end ? hits_[i + 1].from : line.to);
    }
  }

  // With the table below it; false: it heads none.
  bool read_as_header(std::size_t first, std::size_t end, LineSpan line) {
    const Separator separator = separator_of(view_.text.substr(line.from, line.to - line.from));
    const auto columns =
        separator == Separator::none ? std::vector<Column>() : header(first, end, line, separator);
    if (!columns.empty()) {
      read_table(hits_[first].line, line, separator, columns);
    }
    return !columns.empty();
  }

  // The columns that a row of labels heads; none when it is no such row.
  std::vector<Column> header(std::size_t first, std::size_t end, LineSpan line,
                             Separator separator) const {
    const std::vector<Cell> cells = cells_of(view_.text, line, separator);
    std::vector<Column> out;
    std::size_t filled = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      filled += cells[i].empty() ? 0 : 1;
      for (std::size_t k = first; k < end; ++k) {
        if (fills_cell(view_.text, hits_[k], cells[i])) {
          out.push_back({i, hits_[k].term, cells[i].from - line.from});
          break;
        }
      }
    }
    const std::size_t next = hits_[first].line + 1;
    if (out.size() < 2 || out.size() * 2 < filled || next >= lines_.size() ||
        (separator == Separator::comma && filled < 3) ||
        (filled == 2 && heads_records(end, next))) {
      return {};
    }
    return out;
  }

  // Two cells a line, the first a label: a list of fields, whose value happens to be a label word.
  bool heads_records(std::size_t next_hit, std::size_t next_line) const {
    return next_hit < hits_.size() && hits_[next_hit].line == next_line &&
           starts_field(view_.text, lines_.line(next_line), hits_[next_hit].from) &&
           hits_[next_hit].from - lines_.line(next_line).from < 4;
  }

  void read_table(std::size_t number, LineSpan head, Separator separator,
                  const std::vector<Column>& columns) {
    std::size_t row = number + 1;
    std::size_t empty = 0;
    for (; row < lines_.size() && row - number <= kMostRows && out_.size() < kMostCandidates;
         ++row) {
      if (lines_.blank(row)) {
        // One empty line under the heading, or between rows that a mail program spaced out.
        if (++empty > 1) {
          break;
        }
        continue;
      }
      const LineSpan line = lines_.line(row);
      const Separator own = separator_of(view_.text.substr(line.from, line.to - line.from));
      if (own != separator && !(separator == Separator::comma && own == Separator::semicolon)) {
        break;
      }
      empty = 0;
      read_row(line, head, separator, columns);
    }
    table_end_ = row;
  }

  void read_row(LineSpan line, LineSpan head, Separator separator,
                const std::vector<Column>& columns) {
    const std::vector<Cell> cells = cells_of(view_.text, line, separator);
    for (const Column& column : columns) {
      const Cell* cell = nullptr;
      if (separator == Separator::blanks && cells.size() != columns.size()) {
        cell = cell_under(cells, line, head.from, column.from);
      } else if (column.cell < cells.size()) {
        cell = &cells[column.cell];
      }
      if (cell != nullptr && !cell->empty()) {
        add(column.term, cell->from, cell->to, true);
      }
    }
  }

  // In columns of blanks: the cell that begins under the heading, or nearly.
  static const Cell* cell_under(const std::vector<Cell>& cells, LineSpan line, std::size_t /*head*/,
                                std::size_t offset) {
    const Cell* best = nullptr;
    std::size_t least = 4;
    for (const Cell& cell : cells) {
      const std::size_t at = cell.from - line.from;
      const std::size_t distance = at > offset ? at - offset : offset - at;
      if (distance < least) {
        least = distance;
        best = &cell;
      }
    }
    return best;
  }

  void read_field(const Label& label, LineSpan line, std::size_t next_label) {
    const ValueKind kind = kind_of(label.term);
    const bool strict = kind == ValueKind::date || kind == ValueKind::number ||
                        kind == ValueKind::phone || kind == ValueKind::ssn;
    const bool field = starts_field(view_.text, line, label.from);
    if (!field && !strict) {
      return;
    }
    Opening opening = opening_behind(view_.text, line, label.to);
    if (opening.empty) {
      if (field && (opening.colon || strict || kind == ValueKind::name)) {
        read_next_line(label);
      }
      return;
    }
    if (strict && !opening.told) {
      opening.at = behind_fillers(opening.at, line.to);
    }
    const std::size_t end = value_end(opening.at, line.to, next_label, kind);
    if (end > opening.at) {
      add(label.term, opening.at, end, opening.told);
    }
  }

  // "MRN is 4471902", "DOB of 2/11/57", "member ID number: ...".
  std::size_t behind_fillers(std::size_t at, std::size_t end) const {
    for (const std::string_view filler : {"is ", "was ", "of ", "es ", "no. ", "number "}) {
      if (starts_folded(view_.text.substr(at, end - at), filler)) {
        return at + filler.size();
      }
    }
    return at;
  }

  std::size_t value_end(std::size_t at, std::size_t line_end, std::size_t next_label,
                        ValueKind kind) const {
    std::size_t end = at;
    while (end < line_end && view_.text[end] != '\t' && view_.text[end] != '|' &&
           !(view_.text[end] == ';' && kind != ValueKind::text)) {
      const bool gap = view_.text[end] == ' ' && view_.text.substr(end, 3) == "   ";
      if (gap) {
        break;
      }
      ++end;
    }
    // A label with a colon of its own ends the value: "Patient: Jane Roe DOB: ...".
    if (next_label > at && next_label < end && heads_value(next_label, line_end)) {
      end = next_label;
    }
    return end;
  }

  bool heads_value(std::size_t label, std::size_t line_end) const {
    const std::string_view rest =
        view_.text.substr(label, std::min<std::size_t>(line_end - label, 40));
    const std::size_t mark = rest.find_first_of(":=#");
    const std::size_t digit = rest.find_first_of("0123456789");
    return mark != std::string_view::npos || digit < 16;
  }

  void read_next_line(const Label& label) {
    const std::size_t next = label.line + 1;
    if (next >= lines_.size() || lines_.blank(next)) {
      return;
    }
    const LineSpan line = lines_.line(next);
    std::size_t from = line.from;
    while (from < line.to && (view_.text[from] == ' ' || view_.text[from] == '>')) {
      ++from;
    }
    if (labelled_line(next)) {
      return;
    }
    add(label.term, from, value_end(from, line.to, line.to, kind_of(label.term)), true);
  }

  bool labelled_line(std::size_t number) const {
    const auto hit =
        std::lower_bound(hits_.begin(), hits_.end(), number,
                         [](const Label& label, std::size_t line) { return label.line < line; });
    if (hit == hits_.end() || hit->line != number) {
      return false;
    }
    const LineSpan line = lines_.line(number);
    const Opening opening = opening_behind(view_.text, line, hit->to);
    return starts_field(view_.text, line, hit->from) && (opening.colon || opening.empty);
  }

  // The next field of an empty form.
  bool is_label(std::size_t at) const {
    const auto hit = std::lower_bound(
        hits_.begin(), hits_.end(), at,
        [](const Label& label, std::size_t offset) { return label.from < offset; });
    if (hit == hits_.end() || hit->from != at) {
      return false;
    }
    const Opening opening = opening_behind(view_.text, lines_.line(hit->line), hit->to);
    return opening.colon || opening.empty;
  }

  // A name that is made of everyday words, or of an organisation's, is none; nor is what somebody
  // says in a dialogue ("Patient: better since the pills").
  bool is_person(std::size_t from, std::size_t to) const {
    auto token = std::lower_bound(view_.tokens.begin(), view_.tokens.end(), from,
                                  [](const Token& item, std::size_t at) { return item.from < at; });
    bool person = false;
    bool surely_listed = false;
    std::size_t spoken = 0;
    for (; token != view_.tokens.end() && token->from < to; ++token) {
      const bool listed = is(*token, WordClass::given_name) || is(*token, WordClass::surname);
      if (!listed && (is(*token, WordClass::organisation) ||
                      (is(*token, WordClass::provider) && is(*token, WordClass::title)))) {
        return false;
      }
      const bool everyday = is(*token, WordClass::common) || is(*token, WordClass::medical) ||
                            is(*token, WordClass::place) || is(*token, WordClass::patient);
      person = person || (token->to - token->from >= 2 && (listed || !everyday) &&
                          token->letters != Letters::digits && token->letters != Letters::both &&
                          (listed || token->letters != Letters::lower));
      surely_listed = surely_listed || (listed && !everyday);
      spoken += everyday && !listed && token->letters == Letters::lower ? 1 : 0;
    }
    return person && (surely_listed || spoken < 2);
  }

  void add(std::size_t term, std::size_t from, std::size_t to, bool told) {
    const ValueKind kind = kind_of(term);
    const auto value = value_at(view_.text.substr(from, to - from), kind, told);
    if (!value || out_.size() >= kMostCandidates || is_label(from + value->from) ||
        (kind == ValueKind::name && !is_person(from + value->from, from + value->to))) {
      return;
    }
    out_.push_back({detector_, class_of(term), from + value->from, from + value->to,
                    labels_.terms[term].confidence});
  }

  const PartView& view_;
  const Detector& labels_;
  std::size_t detector_;
  LineTable lines_;
  std::vector<Label> hits_;
  std::vector<Candidate> out_;
  std::size_t table_end_ = 0;  // lines before this one were read as rows
};

}  // namespace

std::vector<Candidate> find_labelled_values(const PartView& view, const Detector& labels,
                                            std::size_t detector) {
  return LabelledValues(view, labels, detector).run();
}

}  // namespace phimilter::policy
