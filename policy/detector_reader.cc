// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "policy/pattern_limits.h"
#include "policy/policy_file.h"

namespace phimilter::policy {
namespace {

constexpr std::int64_t kRosterConfidence = 95;
constexpr char kCapitalsFlag = 'U';
constexpr std::array kKinds{
    std::pair{std::string_view("pattern"), DetectorKind::pattern},
    std::pair{std::string_view("terms"), DetectorKind::terms},
    std::pair{std::string_view("names"), DetectorKind::names},
    std::pair{std::string_view("labels"), DetectorKind::labels},
    std::pair{std::string_view("roster"), DetectorKind::roster},
    std::pair{std::string_view("weights"), DetectorKind::weights},
};

bool is_class_name(std::string_view name) {
  return !name.empty() && name.size() <= 80 && name.front() != '.' && name.back() != '.' &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.") == std::string_view::npos;
}

Fault term_fault(const std::string& file, const LexiconLine& line, const std::string& what) {
  return configuration_fault("policy.lexicon",
                             file + ":" + std::to_string(line.line) + ": " + what);
}

std::vector<Pattern> read_patterns(TomlTable& table, std::string_view key) {
  std::vector<Pattern> out;
  for (const std::string& text : table.texts(key).value_or(std::vector<std::string>())) {
    if (auto pattern = read_pattern(table, key, text, LetterCase::ignored)) {
      out.push_back(std::move(*pattern));
    }
  }
  return out;
}

// One [[detector]].
class DetectorReader {
 public:
  DetectorReader(TomlTable table, std::string file, PolicySources& sources)
      : table_(std::move(table)), file_(std::move(file)), sources_(sources) {}

  Status read(Model& model) {
    out_.where = table_.where();
    out_.id = read_id(table_);
    class_ = table_.text("class").value_or("");
    if (!is_class_name(class_) || class_.starts_with("opaque.")) {
      table_.refuse("class", "'class' must be a name like \"id.ssn\" (and not opaque.*)");
    }
    out_.confidence = static_cast<int>(read_number(
        table_, "confidence", table_.text("type") == "roster" ? kRosterConfidence : 50, 0, 100));
    read_kind();
    read_match();
    if (auto roster = read_roster(); !roster) {
      return roster;
    }
    if (auto weights = read_weights(); !weights) {
      return weights;
    }
    if (auto validator = read_validator(); !validator) {
      return validator;
    }
    if (auto terms = read_terms(); !terms) {
      return terms;
    }
    if (auto cues = read_cues(table_, file_, sources_, out_.cues); !cues) {
      return cues;
    }
    out_.deny_before = read_patterns(table_, "deny_before");
    out_.deny_after = read_patterns(table_, "deny_after");
    note_classes();
    const std::string complaint(kind_complaint());
    merge(model.detectors, std::move(out_), table_);
    table_.finish();
    if (!complaint.empty()) {
      table_.refuse("", complaint);
    }
    return {};
  }

 private:
  // Patterns and terms show what they are; what finds without either must be named.
  void read_kind() {
    const auto name = table_.text("type");
    if (!name) {
      return;
    }
    for (const auto& [known, kind] : kKinds) {
      if (*name == known) {
        out_.kind = kind;
        return;
      }
    }
    table_.refuse("type", "'type' must be one of: pattern, terms, names, labels, roster, weights");
  }

  // What is wrong with what the detector looks for; empty: nothing.
  std::string_view kind_complaint() {
    const bool has_pattern = out_.pattern.has_value();
    if (!table_.text("type") && has_terms_) {
      out_.kind = DetectorKind::terms;
    }
    switch (out_.kind) {
      case DetectorKind::pattern:
      case DetectorKind::terms:
        return has_pattern == has_terms_ || has_terms_ != (out_.kind == DetectorKind::terms)
                   ? "a detector has either 'pattern' or 'files' and 'terms'"
                   : "";
      case DetectorKind::labels:
        return has_pattern || !has_terms_
                   ? "a detector of type \"labels\" has 'files' or 'terms': the labels"
                   : "";
      case DetectorKind::names:
      case DetectorKind::roster:
      case DetectorKind::weights:
        return has_pattern || has_terms_
                   ? "a detector of this type has no 'pattern', 'files' or 'terms'"
                   : "";
    }
    return "";
  }

  void read_match() {
    const std::string letter_case = table_.text("case").value_or("ignored");
    if (letter_case != "ignored" && letter_case != "exact") {
      table_.refuse("case", "'case' must be \"ignored\" or \"exact\"");
    }
    if (const auto text = table_.text("pattern")) {
      out_.pattern = read_pattern(table_, "pattern", *text,
                                  letter_case == "exact" ? LetterCase::exact : LetterCase::ignored);
      if (out_.pattern && out_.pattern->found_in("")) {
        table_.refuse("pattern", "'pattern' matches the empty text");
      }
      if (const std::string what = out_.pattern ? pattern_complaint(*text) : ""; !what.empty()) {
        table_.refuse("pattern", "'pattern' " + what);
      }
    }
  }

  // The table and its key; relative names start from the policy file's folder.
  Status read_roster() {
    if (out_.kind != DetectorKind::roster) {
      return {};
    }
    const auto file = table_.text("file");
    const auto key = table_.text("key");
    if (!file || !key) {
      table_.refuse("", "a detector of type \"roster\" has 'file' and 'key'");
      return {};
    }
    auto roster = sources_.roster(file_, *file, *key);
    if (!roster) {
      return fail(configuration_fault(roster.error().id,
                                      table_.where("file") + ": " + roster.error().describe()));
    }
    out_.roster = std::move(*roster);
    return {};
  }

  // Relative names start from the policy file's folder.
  Status read_weights() {
    if (out_.kind != DetectorKind::weights) {
      return {};
    }
    const auto file = table_.text("file");
    if (!file) {
      table_.refuse("", "a detector of type \"weights\" has 'file'");
      return {};
    }
    auto weights = sources_.weights(file_, *file);
    if (!weights) {
      return fail(weights.error());
    }
    out_.weights = std::move(*weights);
    return {};
  }

  Status read_validator() {
    constexpr std::string_view kIn = "in:";
    const auto text = table_.text("validator");
    if (!text) {
      return {};
    }
    if (text->starts_with(kIn) && text->ends_with(LexiconImage::kFileEnding)) {
      auto image = sources_.image(file_, text->substr(kIn.size()));
      if (!image) {
        return fail(image);
      }
      out_.validator = [list = *image](std::string_view value) { return list->contains(value); };
      return {};
    }
    if (text->starts_with(kIn)) {
      const auto lines = sources_.lexicon(file_, text->substr(kIn.size()));
      if (!lines) {
        return fail(lines.error());
      }
      std::vector<std::string> codes;
      for (const LexiconLine& line : **lines) {
        codes.push_back(line.term);
      }
      out_.validator = code_validator(codes);
      return {};
    }
    auto validator = make_validator(*text);
    if (!validator) {
      table_.refuse("validator", validator.error().text);
      return {};
    }
    out_.validator = std::move(*validator);
    return {};
  }

  Status read_terms() {
    const auto files = table_.texts("files").value_or(std::vector<std::string>());
    const auto inline_terms = table_.texts("terms").value_or(std::vector<std::string>());
    has_terms_ = !files.empty() || !inline_terms.empty();
    read_flags();
    for (const std::string& term : inline_terms) {
      out_.terms.push_back({term, class_, out_.confidence, Lexicon::Letters::any});
    }
    for (const std::string& name : files) {
      if (name.ends_with(LexiconImage::kFileEnding)) {
        if (auto read = read_image(name); !read) {
          return read;
        }
        continue;
      }
      const auto lines = sources_.lexicon(file_, name);
      if (!lines) {
        return fail(lines.error());
      }
      for (const LexiconLine& line : **lines) {
        auto term = term_of(line, name);
        if (!term) {
          return fail(term);
        }
        out_.terms.push_back(std::move(*term));
      }
    }
    return {};
  }

  // A compiled list: one Term without text for each of its columns.
  Status read_image(const std::string& name) {
    auto image = sources_.image(file_, name);
    if (!image) {
      return fail(image);
    }
    out_.images.push_back({*image, out_.terms.size()});
    for (const std::string& column : (*image)->columns()) {
      auto term = term_of({"", column, 0}, name);
      if (!term) {
        return fail(term);
      }
      out_.terms.push_back(std::move(*term));
    }
    return {};
  }

  void read_flags() {
    const std::string column = table_.text("column").value_or("flags");
    if (column != "flags" && column != "class") {
      table_.refuse("column", "'column' must be \"flags\" or \"class\"");
    }
    column_is_class_ = column == "class";
    if (auto flags = table_.table("flags")) {
      for (const std::string& name : flags->keys()) {
        if (name.size() != 1 || name[0] == kCapitalsFlag) {
          flags->refuse(name, "a flag is one letter, and not U");
        }
        flags_[name[0]] = static_cast<int>(read_number(*flags, name, 0, 0, 100));
      }
    }
  }

  // Column as class: "hiv" makes sensitive.hiv, a name with a dot is the whole class, a confidence
  // may follow ("id.mrn 90"). As flags: each letter lowers or raises the confidence as the detector
  // says; U wants capitals in the text.
  Result<Term> term_of(const LexiconLine& line, const std::string& file) const {
    Term out{line.term, class_, out_.confidence, Lexicon::Letters::any};
    return column_is_class_ ? classed(std::move(out), line, file)
                            : flagged(std::move(out), line, file);
  }

  Result<Term> classed(Term out, const LexiconLine& line, const std::string& file) const {
    const std::size_t blank = line.column.find(' ');
    const std::string given = line.column.substr(0, blank);
    out.finding_class = given.find('.') == std::string::npos ? class_ + "." + given : given;
    if (!is_class_name(out.finding_class) || out.finding_class.starts_with("opaque.")) {
      return fail(term_fault(file, line, "the second column must be a class name"));
    }
    if (blank != std::string::npos) {
      const std::string digits = line.column.substr(blank + 1);
      if (digits.empty() || digits.size() > 3 ||
          digits.find_first_not_of("0123456789") != std::string::npos || std::stoi(digits) > 100) {
        return fail(term_fault(file, line, "behind the class stands a confidence from 0 to 100"));
      }
      out.confidence = std::stoi(digits);
    }
    return out;
  }

  Result<Term> flagged(Term out, const LexiconLine& line, const std::string& file) const {
    for (const char flag : line.column) {
      if (flag == kCapitalsFlag) {
        out.letters = Lexicon::Letters::capitals;
        continue;
      }
      const auto known = flags_.find(flag);
      if (known == flags_.end()) {
        return fail(term_fault(file, line,
                               std::string("flag '") + flag +
                                   "' is not among the flags of detector '" + out_.id + "'"));
      }
      out.confidence = known->second;
    }
    return out;
  }

  void note_classes() {
    if (out_.kind == DetectorKind::names) {
      out_.classes = {class_, class_ + "_greeted", class_ + "_possible"};
      return;
    }
    if (out_.kind == DetectorKind::weights) {
      out_.classes = {class_ + ".care", class_ + ".stretch", class_ + ".other"};
      return;
    }
    if (out_.terms.empty()) {
      out_.classes = {class_};
      return;
    }
    for (const Term& term : out_.terms) {
      if (std::find(out_.classes.begin(), out_.classes.end(), term.finding_class) ==
          out_.classes.end()) {
        out_.classes.push_back(term.finding_class);
      }
    }
  }

  TomlTable table_;
  std::string file_;
  PolicySources& sources_;
  Detector out_;
  std::string class_;
  bool column_is_class_ = false;
  bool has_terms_ = false;
  std::map<char, int> flags_;
};

}  // namespace

Status read_detectors(TomlTable& root, const std::string& path, PolicySources& sources,
                      Model& model) {
  for (TomlTable& table : root.tables("detector")) {
    if (auto read = DetectorReader(std::move(table), path, sources).read(model); !read) {
      return read;
    }
  }
  return {};
}

}  // namespace phimilter::policy
