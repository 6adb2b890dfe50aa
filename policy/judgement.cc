// SPDX-License-Identifier: Apache-2.0
#include "policy/judgement.h"

#include <algorithm>

#include "base/encoding.h"
#include "policy/normalise.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kDenyReach = 60;
constexpr int kMostOfOffice = 60;
constexpr int kSure = 75;
constexpr int kSureName = 80;  // by what stands beside it: a notice may name the privacy officer

std::string_view before(std::string_view text, std::size_t at, std::size_t reach) {
  const std::size_t length = std::min(at, reach);
  return text.substr(at - length, length);
}

bool any_found(const std::vector<Pattern>& patterns, std::string_view where) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const Pattern& pattern) { return pattern.found_in(where); });
}

// Who writes, and how to reach the writer: no patient's when it stands in a signature.
bool is_contact(std::string_view finding_class) {
  return finding_class.starts_with("id.name") || finding_class == "id.phone" ||
         finding_class == "id.fax" || finding_class == "id.email" || finding_class == "id.address";
}

// What the writer's office is called after: "Lakeview Cardiology".
bool is_of_office(std::string_view finding_class, int confidence) {
  return confidence <= kMostOfOffice &&
         (finding_class == "health.specialty" || finding_class == "health.prose" ||
          finding_class == "health.care" || finding_class == "health.procedure" ||
          finding_class == "health.sender" || finding_class == "payment.claim");
}

// Words of letters, lower case; "O'Brien-Smith" is "obrien" and "smith".
std::vector<std::string> name_words(std::string_view name) {
  std::vector<std::string> out;
  bool inside = false;
  for (const char c : name) {
    const bool letter =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
    if (letter && !inside) {
      out.emplace_back();
    }
    if (letter) {
      out.back().push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    }
    inside = letter || (inside && c == '\'');
  }
  return out;
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kept:
      return "kept";
    case Verdict::validator:
      return "validator";
    case Verdict::deny_before:
      return "deny_before";
    case Verdict::deny_after:
      return "deny_after";
    case Verdict::own_address:
      return "own address";
    case Verdict::own_name:
      return "own name";
    case Verdict::disclaimer:
      return "disclaimer";
    case Verdict::footer:
      return "footer";
    case Verdict::signature:
      return "signature";
    case Verdict::attribution:
      return "attribution";
    case Verdict::no_cue:
      return "no cue";
  }
  return "?";
}

OwnNames::OwnNames(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    auto words = name_words(normalised(name));
    if (words.size() >= 2) {
      names_.push_back(std::move(words));
    }
  }
}

bool OwnNames::hold(std::string_view name) const {
  if (names_.empty()) {
    return false;
  }
  const auto words = name_words(name);
  return words.size() >= 2 && std::any_of(names_.begin(), names_.end(), [&](const auto& own) {
           return std::all_of(words.begin(), words.end(), [&](const std::string& word) {
             return std::find(own.begin(), own.end(), word) != own.end();
           });
         });
}

Verdict Judgement::judge(Candidate& candidate) const {
  const Detector& detector = plan_.model->detectors[candidate.detector];
  const std::string& finding_class = detector.classes[candidate.finding_class];
  const std::string_view text = view_.text;
  const std::string_view value = text.substr(candidate.from, candidate.to - candidate.from);
  if (detector.validator != nullptr && !detector.validator(value)) {
    return Verdict::validator;
  }
  if (any_found(detector.deny_before, before(text, candidate.from, kDenyReach))) {
    return Verdict::deny_before;
  }
  if (any_found(detector.deny_after, text.substr(candidate.to, kDenyReach))) {
    return Verdict::deny_after;
  }
  if (const Verdict owner = whose(finding_class, value); owner != Verdict::kept) {
    return owner;
  }
  for (std::size_t i = 0; i < detector.cues.size(); ++i) {
    if (detector.cues[i].confidence > candidate.confidence &&
        cue_near(detector.cues[i], plan_.cue_lists[candidate.detector][i], candidate)) {
      candidate.confidence = detector.cues[i].confidence;
    }
  }
  return candidate.confidence < kLeastConfidence ? Verdict::no_cue
                                                 : where(finding_class, candidate);
}

bool Judgement::tells_of_person(const Candidate& candidate) const {
  const Detector& detector = plan_.model->detectors[candidate.detector];
  const std::string& finding_class = detector.classes[candidate.finding_class];
  if (finding_class.starts_with("id.name")) {
    return candidate.confidence >= kSureName;
  }
  const bool measured = finding_class == "health.dose" || finding_class == "health.vital";
  const bool filled = detector.kind == DetectorKind::labels &&
                      class_fits(finding_class, {"health.*", "sensitive.*"});
  return candidate.confidence >= kSure &&
         (measured || filled || (finding_class.starts_with("id.") && !is_contact(finding_class)));
}

Verdict Judgement::where(const std::string& finding_class, const Candidate& candidate) const {
  const Region* region = region_at(view_.regions, candidate.from);
  if (region == nullptr) {
    return Verdict::kept;
  }
  switch (region->kind) {
    case RegionKind::disclaimer:
      return Verdict::disclaimer;
    case RegionKind::footer:
      return Verdict::footer;
    case RegionKind::signature:
      return is_contact(finding_class) || is_of_office(finding_class, candidate.confidence)
                 ? Verdict::signature
                 : Verdict::kept;
    case RegionKind::attribution:
      return is_contact(finding_class) ? Verdict::attribution : Verdict::kept;
  }
  return Verdict::kept;
}

Verdict Judgement::whose(const std::string& finding_class, std::string_view value) const {
  const auto& addresses = view_.context.own_addresses;
  if (finding_class == "id.email" &&
      std::find(addresses.begin(), addresses.end(), ascii_lower(value)) != addresses.end()) {
    return Verdict::own_address;
  }
  return finding_class.starts_with("id.name") && own_names_.hold(value) ? Verdict::own_name
                                                                        : Verdict::kept;
}

bool Judgement::pattern_near(const Cue& cue, const Candidate& candidate) const {
  return (cue.before > 0 &&
          cue.pattern->found_in(before(view_.text, candidate.from, cue.before))) ||
         (cue.after > 0 && cue.pattern->found_in(view_.text.substr(candidate.to, cue.after)));
}

bool Judgement::cue_near(const Cue& cue, std::size_t list, const Candidate& candidate) const {
  if (cue.pattern) {
    return pattern_near(cue, candidate);
  }
  const auto& hits = cue_hits_[list];
  const std::size_t first = candidate.from - std::min(candidate.from, cue.before);
  const auto hit = std::lower_bound(hits.begin(), hits.end(), first,
                                    [](const CueHit& a, std::size_t at) { return a.from < at; });
  for (auto i = hit; i != hits.end() && i->from <= candidate.to + cue.after; ++i) {
    const bool stands_inside = cue.within && i->from >= candidate.from && i->to <= candidate.to;
    const bool stands_before = cue.before > 0 && i->to <= candidate.from;
    const bool stands_after =
        cue.after > 0 && i->from >= candidate.to && i->to <= candidate.to + cue.after;
    if (stands_inside || stands_before || stands_after) {
      return true;
    }
  }
  return false;
}

}  // namespace phimilter::policy
