// SPDX-License-Identifier: Apache-2.0
#include "policy/policy_file.h"

namespace phimilter::policy {
namespace {

Status read_cue_terms(const std::string& name, const std::string& kind, const std::string& path,
                      PolicySources& sources, TomlTable& table, Cue& cue) {
  const auto lines = sources.lexicon(path, name);
  if (!lines) {
    return fail(lines.error());
  }
  auto terms = std::make_shared<std::vector<std::string>>();
  for (const LexiconLine& line : **lines) {
    if (line.column == kind) {
      terms->push_back(line.term);
    }
  }
  if (terms->empty()) {
    table.refuse("kind", "no term of kind '" + kind + "' in " + name);
  }
  // Equal names in two folders are two lists.
  const bool absolute = name.starts_with('/');
  cue.source = (absolute ? "" : path.substr(0, path.rfind('/') + 1)) + name + ":" + kind;
  cue.terms = std::move(terms);
  return {};
}

}  // namespace

std::optional<Pattern> read_pattern(TomlTable& table, std::string_view key, const std::string& text,
                                    LetterCase letter_case) {
  auto pattern = Pattern::compile(text, letter_case);
  if (!pattern) {
    table.refuse(key, "'" + std::string(key) + "' " + pattern.error().text);
    return std::nullopt;
  }
  return std::move(*pattern);
}

Status read_cues(TomlTable& detector, const std::string& path, PolicySources& sources,
                 std::vector<Cue>& out) {
  for (TomlTable& table : detector.tables("cue")) {
    Cue cue;
    cue.before = static_cast<std::size_t>(read_number(table, "before", 0, 0, kLongestCueReach));
    cue.after = static_cast<std::size_t>(read_number(table, "after", 0, 0, kLongestCueReach));
    cue.within = table.boolean("within").value_or(false);
    cue.confidence = static_cast<int>(read_number(table, "confidence", 80, 0, 100));
    const auto pattern = table.text("pattern");
    const auto lexicon = table.text("lexicon");
    if (pattern.has_value() == lexicon.has_value() ||
        (cue.before + cue.after == 0 && !cue.within) || (pattern && cue.within)) {
      table.refuse("",
                   "a cue has 'pattern' and 'before' or 'after', or 'lexicon' and 'before', "
                   "'after' or 'within'");
    }
    if (pattern) {
      cue.pattern = read_pattern(table, "pattern", *pattern, LetterCase::ignored);
    }
    const std::string kind = table.text("kind").value_or("");
    if (lexicon) {
      if (auto terms = read_cue_terms(*lexicon, kind, path, sources, table, cue); !terms) {
        return terms;
      }
    }
    table.finish();
    out.push_back(std::move(cue));
  }
  return {};
}

}  // namespace phimilter::policy
