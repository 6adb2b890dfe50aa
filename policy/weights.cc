// SPDX-License-Identifier: Apache-2.0
#include "policy/weights.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>
#include <tuple>

#include "base/encoding.h"

namespace phimilter::policy {
namespace {

constexpr float kHeaviest = 100;

struct Kind {
  std::string_view name;
  Trait trait;
  bool has_name;
  bool has_number;
};
constexpr std::array kKinds{
    Kind{"always", Trait::always, false, false}, Kind{"word", Trait::word, true, false},
    Kind{"from", Trait::from, true, false},      Kind{"to", Trait::to, true, false},
    Kind{"shape", Trait::shape, true, false},    Kind{"length", Trait::length, false, true},
    Kind{"least", Trait::least, true, true},     Kind{"different", Trait::different, true, true},
    Kind{"worth", Trait::worth, true, true},     Kind{"person", Trait::person, true, true},
};

template <typename Number>
std::optional<Number> number_in(std::string_view text) {
  Number out{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(out)
                                                                  : std::nullopt;
}

// "health.lab 60", "64", "swallow"; false: not what the kind wants.
bool read_name(std::string_view text, const Kind& kind, Weight& out) {
  if (kind.has_number) {
    const std::size_t blank = kind.has_name ? text.find(' ') : 0;
    const auto at = blank == std::string_view::npos
                        ? std::nullopt
                        : number_in<std::size_t>(text.substr(kind.has_name ? blank + 1 : 0));
    out.at = at.value_or(0);
    out.name = std::string(text.substr(0, blank));
    return at.has_value() && out.name.empty() != kind.has_name;
  }
  out.name = kind.has_name ? std::string(text) : std::string();
  return !text.empty();
}

template <typename Names>
bool is_one_of(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Empty: there is nothing against it.
std::string objection_to(const Weight& weight) {
  if (weight.trait == Trait::shape && !is_one_of(kShapeNames, weight.name)) {
    return "there is no shape '" + weight.name + "'";
  }
  if (weight.trait == Trait::person && !is_one_of(kPersonNames, weight.name)) {
    return "there is no person '" + weight.name + "'";
  }
  return {};
}

std::optional<Weight> parse_line(std::string_view line) {
  const auto columns = split(line, '\t');
  if (columns.size() != 3) {
    return std::nullopt;
  }
  const auto kind = std::find_if(kKinds.begin(), kKinds.end(),
                                 [&](const Kind& known) { return known.name == columns[0]; });
  const auto weight = number_in<float>(columns[2]);
  Weight out;
  if (kind == kKinds.end() || !weight || !std::isfinite(*weight) ||
      std::fabs(*weight) > kHeaviest || !read_name(columns[1], *kind, out)) {
    return std::nullopt;
  }
  out.trait = kind->trait;
  out.weight = *weight;
  return out;
}

}  // namespace

Result<std::vector<Weight>> parse_weights(std::string_view content, const std::string& file_name) {
  std::vector<Weight> out;
  std::set<std::tuple<Trait, std::string, std::size_t>> known;
  int number = 0;
  const auto refused = [&](const std::string& why) {
    return fail(configuration_fault("policy.weights",
                                    file_name + ":" + std::to_string(number) + ": " + why));
  };
  for (std::string_view line : split(content, '\n')) {
    ++number;
    if (trim(line).empty() || line == "#" || line.starts_with("# ")) {
      continue;
    }
    auto weight = parse_line(line);
    if (!weight) {
      return refused("not trait, name and weight");
    }
    if (const std::string objection = objection_to(*weight); !objection.empty()) {
      return refused(objection);
    }
    if (!known.emplace(weight->trait, weight->name, weight->at).second) {
      return refused("this trait stands there before");
    }
    if (out.size() >= kMostWeights) {
      return refused("more than " + std::to_string(kMostWeights) + " weights");
    }
    out.push_back(std::move(*weight));
  }
  return out;
}

}  // namespace phimilter::policy
