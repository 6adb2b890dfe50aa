// SPDX-License-Identifier: Apache-2.0
#include "base/toml_reader.h"

#include <toml++/toml.h>

#include <algorithm>
#include <set>

#include "base/files.h"
#include "base/limits.h"

namespace phimilter {
namespace {

constexpr std::size_t kLongestFile = 16 * limits::kMiB;

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    row[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

struct TomlDocument::Impl {
  toml::table table;
  std::string file_name;
  std::optional<Fault> first_fault;

  void refuse(int line, std::string what) {
    if (!first_fault) {
      first_fault = configuration_fault(
          "config.value", file_name + ":" + std::to_string(line) + ": " + std::move(what));
    }
  }
};

struct TomlTable::State {
  std::shared_ptr<TomlDocument::Impl> document;
  const toml::table* table = nullptr;
  std::set<std::string, std::less<>> asked;

  // The node, and remembers that somebody wanted it.
  const toml::node* node(std::string_view key) {
    asked.emplace(key);
    return table->get(key);
  }

  int line(std::string_view key) const {
    const toml::node* found = key.empty() ? nullptr : table->get(key);
    return static_cast<int>((found != nullptr ? found : table)->source().begin.line);
  }

  template <typename T>
  std::optional<T> value(std::string_view key, std::string_view type) {
    const toml::node* found = node(key);
    if (found == nullptr) {
      return std::nullopt;
    }
    auto result = found->value_exact<T>();
    if (!result) {
      document->refuse(line(key), "'" + std::string(key) + "' must be " + std::string(type));
    }
    return result;
  }
};

TomlTable::TomlTable(std::shared_ptr<State> state) : state_(std::move(state)) {}

std::optional<std::string> TomlTable::text(std::string_view key) {
  return state_->value<std::string>(key, "a text in quotes");
}

std::optional<std::int64_t> TomlTable::integer(std::string_view key) {
  return state_->value<std::int64_t>(key, "a whole number");
}

std::optional<double> TomlTable::number(std::string_view key) {
  if (const toml::node* found = state_->node(key); found != nullptr && found->is_integer()) {
    return static_cast<double>(found->value_or<std::int64_t>(0));
  }
  return state_->value<double>(key, "a number");
}

std::optional<bool> TomlTable::boolean(std::string_view key) {
  return state_->value<bool>(key, "true or false");
}

std::optional<std::vector<std::string>> TomlTable::texts(std::string_view key) {
  const toml::node* found = state_->node(key);
  if (found == nullptr) {
    return std::nullopt;
  }
  const toml::array* array = found->as_array();
  std::vector<std::string> out;
  bool good = array != nullptr;
  for (std::size_t i = 0; good && i < array->size(); ++i) {
    const auto element = array->get(i)->value_exact<std::string>();
    good = element.has_value();
    out.push_back(element.value_or(std::string()));
  }
  if (!good) {
    state_->document->refuse(line(key),
                             "'" + std::string(key) + "' must be a list of texts: [\"a\", \"b\"]");
    return std::nullopt;
  }
  return out;
}

std::optional<TomlTable> TomlTable::table(std::string_view key) {
  const toml::node* found = state_->node(key);
  if (found == nullptr) {
    return std::nullopt;
  }
  if (!found->is_table()) {
    state_->document->refuse(
        line(key), "'" + std::string(key) + "' must be a table: [" + std::string(key) + "]");
    return std::nullopt;
  }
  auto state = std::make_shared<State>();
  state->document = state_->document;
  state->table = found->as_table();
  return TomlTable(std::move(state));
}

std::vector<TomlTable> TomlTable::tables(std::string_view key) {
  std::vector<TomlTable> out;
  const toml::node* found = state_->node(key);
  if (found == nullptr) {
    return out;
  }
  const toml::array* array = found->as_array();
  if (array == nullptr || !std::all_of(array->begin(), array->end(),
                                       [](const auto& node) { return node.is_table(); })) {
    state_->document->refuse(
        line(key), "'" + std::string(key) + "' must be tables: [[" + std::string(key) + "]]");
    return out;
  }
  for (const toml::node& element : *array) {
    auto state = std::make_shared<State>();
    state->document = state_->document;
    state->table = element.as_table();
    out.push_back(TomlTable(std::move(state)));
  }
  return out;
}

std::vector<std::string> TomlTable::keys() const {
  std::vector<std::pair<int, std::string>> found;
  for (const auto& [key, node] : *state_->table) {
    found.emplace_back(static_cast<int>(node.source().begin.line), std::string(key.str()));
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> out;
  out.reserve(found.size());
  for (auto& [line, key] : found) {
    out.push_back(std::move(key));
  }
  return out;
}

void TomlTable::refuse(std::string_view key, std::string what) {
  state_->document->refuse(line(key), std::move(what));
}

std::string TomlTable::where(std::string_view key) const {
  return state_->document->file_name + ":" + std::to_string(line(key));
}

int TomlTable::line(std::string_view key) const {
  return state_->line(key);
}

void TomlTable::finish() {
  const std::vector<std::string> known(state_->asked.begin(), state_->asked.end());
  for (const std::string& key : keys()) {
    if (state_->asked.contains(key)) {
      continue;
    }
    std::string what = "unknown name '" + key + "'";
    if (const auto near = nearest_name(key, known)) {
      what += "; did you mean '" + *near + "'?";
    }
    state_->document->refuse(line(key), std::move(what));
    return;
  }
}

TomlDocument::TomlDocument() : impl_(std::make_shared<Impl>()) {}
TomlDocument::TomlDocument(TomlDocument&&) noexcept = default;
TomlDocument& TomlDocument::operator=(TomlDocument&&) noexcept = default;
TomlDocument::~TomlDocument() = default;

Result<TomlDocument> TomlDocument::parse(std::string_view content, std::string file_name) {
  TomlDocument document;
  document.impl_->file_name = std::move(file_name);
  try {
    document.impl_->table = toml::parse(content);
  } catch (const toml::parse_error& error) {
    return fail(configuration_fault("config.syntax", document.impl_->file_name + ":" +
                                                         std::to_string(error.source().begin.line) +
                                                         ": " + std::string(error.description())));
  }
  return document;
}

Result<TomlDocument> TomlDocument::load(const std::string& path) {
  auto content = read_file(path, kLongestFile);
  if (!content) {
    return fail(content);
  }
  return parse(*content, path);
}

TomlTable TomlDocument::root() {
  auto state = std::make_shared<TomlTable::State>();
  state->document = impl_;
  state->table = &impl_->table;
  return TomlTable(std::move(state));
}

Status TomlDocument::status() const {
  if (impl_->first_fault) {
    return fail(*impl_->first_fault);
  }
  return {};
}

const std::string& TomlDocument::file_name() const {
  return impl_->file_name;
}

std::optional<std::string> nearest_name(std::string_view name,
                                        const std::vector<std::string>& candidates) {
  std::optional<std::string> best;
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace phimilter
