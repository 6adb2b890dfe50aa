// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "policy/policy_file.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kMostClasses = 32;

std::string known_classes() {
  std::string out;
  for (std::size_t i = 0; i < kMostClasses; ++i) {
    const std::string_view name = to_string(static_cast<WordClass>(std::uint32_t{1} << i));
    if (word_class_from(name)) {
      out += (out.empty() ? "" : ", ") + std::string(name);
    }
  }
  return out;
}

// Lines whose second column is the kind; without a kind, all of them.
Status add_file(TomlTable& table, const std::string& path, const std::string& name,
                PolicySources& sources, WordList& out) {
  if (name.ends_with(LexiconImage::kFileEnding)) {
    auto image = sources.image(path, name);
    if (!image) {
      return fail(image);
    }
    out.images.push_back(std::move(*image));
    return {};
  }
  const auto lines = sources.lexicon(path, name);
  if (!lines) {
    return fail(lines.error());
  }
  const auto kind = table.text("kind");
  const std::size_t before = out.words.size();
  for (const LexiconLine& line : **lines) {
    if (!kind || line.column == *kind) {
      out.words.push_back(line.term);
    }
  }
  if (out.words.size() == before) {
    table.refuse("files",
                 kind ? "no word of kind '" + *kind + "' in " + name : "no word in " + name);
  }
  return {};
}

Status read_list(TomlTable& table, const std::string& path, PolicySources& sources, Model& model) {
  WordList out;
  out.where = table.where();
  const std::string name = table.text("class").value_or("");
  const auto word_class = word_class_from(name);
  if (word_class) {
    out.word_class = *word_class;
  } else {
    table.refuse("class", "'class' must be one of: " + known_classes());
  }
  out.words = optional_texts(table, "words");
  const auto files = optional_texts(table, "files");
  for (const std::string& file : files) {
    if (auto added = add_file(table, path, file, sources, out); !added) {
      return added;
    }
  }
  if (files.empty() && out.words.empty()) {
    table.refuse("", "a list of words has 'files' or 'words'");
  }
  table.text("kind");
  table.finish();
  model.words.push_back(std::move(out));
  return {};
}

}  // namespace

Status read_words(TomlTable& root, const std::string& path, PolicySources& sources, Model& model) {
  for (TomlTable& table : root.tables("words")) {
    if (auto read = read_list(table, path, sources, model); !read) {
      return read;
    }
  }
  return {};
}

}  // namespace phimilter::policy
