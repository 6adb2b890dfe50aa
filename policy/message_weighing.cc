// SPDX-License-Identifier: Apache-2.0
#include "policy/message_weighing.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "policy/model.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kMostWeighedWords = 400;  // of each part, for the whole
constexpr int kCertain = 100;
// Below it the word has an everyday meaning, too.
constexpr int kSureOfSensitive = 60;
constexpr std::size_t kMostTold = 10;
// Where less is said, it would be the sender's name alone that weighs.
constexpr std::size_t kFewestSaid = 10;
// A stretch ends with a paragraph once it has some words, and anywhere once it has many.
constexpr std::size_t kSomeWords = 25;
constexpr std::size_t kManyWords = 60;  // a text of no more is weighed as a whole only
// Where, in a paragraph, the next one begins.
constexpr std::size_t kStep = 30;

bool is_head(extract::PartKind kind) {
  return kind == extract::PartKind::header || kind == extract::PartKind::file_name;
}

const std::string& name_of(WeighedClass finding_class, const Detector& detector) {
  return detector.classes[static_cast<std::size_t>(finding_class)];
}

bool stands_before(const Finding& a, const Finding& b) {
  return std::tie(a.part, a.offset) < std::tie(b.part, b.offset);
}

void note(const Detector& detector, WeighedClass finding_class, Finding finding, Findings& out) {
  if (finding.confidence >= kLeastConfidence) {
    finding.detector = detector.id;
    finding.finding_class = name_of(finding_class, detector);
    const auto place = std::upper_bound(out.items.begin(), out.items.end(), finding, stands_before);
    out.items.insert(place, std::move(finding));
  }
}

Finding of_no_place(int confidence) {
  return {"", "", 0, 0, 0, confidence};
}

// Words before the end of the paragraph, where an empty line or one without words is; at most many.
std::size_t paragraph_length(std::span<const Token> tokens) {
  std::size_t out = 1;
  while (out < std::min(tokens.size(), kManyWords) && tokens[out].line < tokens[out - 1].line + 2) {
    ++out;
  }
  return out;
}

std::size_t stretch_length(std::span<const Token> tokens) {
  std::size_t out = 0;
  while (out < tokens.size() && out < kSomeWords) {
    out += paragraph_length(tokens.subspan(out));
  }
  return std::min(out, kManyWords);
}

bool tells_of_care(const Finding& finding) {
  return finding.finding_class.starts_with("health.") ||
         finding.finding_class.starts_with("payment.") || is_sensitive_class(finding.finding_class);
}

std::vector<std::size_t> places_of_care(std::span<const Finding> findings) {
  std::vector<std::size_t> out;
  for (const Finding& finding : findings) {
    if (tells_of_care(finding)) {
      out.push_back(finding.offset);
    }
  }
  return out;
}

// Those of `evidence`, which stands by offset, from `from` to `to`.
std::span<const Weigher::Evidence> within(std::span<const Weigher::Evidence> evidence,
                                          std::size_t from, std::size_t to) {
  const auto is_before = [](const Weigher::Evidence& one, std::size_t at) {
    return one.offset < at;
  };
  const auto first = std::lower_bound(evidence.begin(), evidence.end(), from, is_before);
  return {first, std::lower_bound(first, evidence.end(), to + 1, is_before)};
}

bool tells_of_sensitive(const Findings& findings) {
  return std::any_of(findings.items.begin(), findings.items.end(), [](const Finding& finding) {
    return is_sensitive_class(finding.finding_class) && finding.confidence >= kSureOfSensitive;
  });
}

}  // namespace

MessageWeighing::MessageWeighing(const DetectionPlan& plan, const extract::MessageText& text,
                                 bool tell)
    : plan_(plan), tell_(tell) {
  std::size_t bytes = 0;
  for (const extract::PartText& part : text.parts) {
    bytes += part.text.size();
    texts_ += is_head(part.kind) || part.text.empty() ? 0 : 1;
    all_read_ = all_read_ && !part.opaque;
  }
  is_long_ = bytes > kMostWeighedText;
  for (const auto& [detector, weigher] : plan.weighers) {
    if (bytes <= kMostStretchedText) {
      weighed_.push_back({detector, &weigher, Scale(weigher), Scale(weigher)});
    }
  }
}

void MessageWeighing::add_findings(std::span<const Finding> findings) {
  for (OnScales& weighed : weighed_) {
    const auto evidence = weighed.weigher->evidence(findings, {}, extract::PartKind::header);
    weighed.whole.add_evidence(evidence);
    weighed.heads.add_evidence(evidence);
  }
}

void MessageWeighing::add_part(const PartScan& scan, const extract::PartText& part,
                               std::span<const Finding> findings) {
  if (weighed_.empty()) {
    return;
  }
  const std::span<const Token> tokens(scan.tokens());
  const auto first = tokens.first(is_long_ ? 0 : std::min(tokens.size(), kMostWeighedWords));
  const std::vector<std::size_t> care = places_of_care(findings);
  for (OnScales& weighed : weighed_) {
    const auto evidence = weighed.weigher->evidence(findings, part.text, part.kind);
    if (!is_long_) {
      weighed.whole.add_evidence(evidence);
    }
    if (is_head(part.kind)) {
      weighed.heads.add_evidence(evidence);
    }
    if (part.kind == extract::PartKind::header) {
      weighed.whole.add_header(scan.text(), first);
      weighed.heads.add_header(scan.text(), tokens);
    } else if (!is_head(part.kind)) {
      const std::vector<std::uint16_t> said = weighed.weigher->said_by(tokens);
      weighed.whole.add_said(std::span(said).first(first.size()));
      if (texts_ > 1 || tokens.size() > kManyWords) {
        add_stretches(scan, said, evidence, care, weighed);
      }
    }
  }
}

void MessageWeighing::add_stretches(const PartScan& scan, std::span<const std::uint16_t> said,
                                    std::span<const Weigher::Evidence> evidence,
                                    std::span<const std::size_t> care, OnScales& out) const {
  const std::span<const Token> tokens(scan.tokens());
  Scale scale = out.heads;
  for (std::size_t at = 0; at < tokens.size();
       at += std::min(paragraph_length(tokens.subspan(at)), kStep)) {
    const auto stretch = tokens.subspan(at, stretch_length(tokens.subspan(at)));
    const std::size_t from = scan.source_offset(stretch.front());
    const std::size_t to = scan.source_offset(stretch.back());
    const auto first_care = std::lower_bound(care.begin(), care.end(), from);
    if (first_care == care.end() || *first_care > to) {
      continue;
    }
    scale = out.heads;
    scale.add_said(said.subspan(at, stretch.size()));
    scale.add_evidence(within(evidence, from, to));
    if (const int confidence = scale.confidence(); confidence > out.stretch.confidence) {
      out.stretch = {"", "", scan.index(), from, to - from, confidence};
      out.stretch_counted = tell_ ? scale.heaviest(kMostTold) : std::vector<CountedTrait>();
    }
  }
}

void MessageWeighing::report(Findings& out) const {
  const bool may_be_other = all_read_ && out.complete && !tells_of_sensitive(out);
  for (const OnScales& weighed : weighed_) {
    if (!is_long_ && weighed.whole.said() < kFewestSaid) {
      continue;
    }
    const Detector& detector = plan_.model->detectors[weighed.detector];
    const int care = is_long_ ? 0 : weighed.whole.confidence();
    note(detector, WeighedClass::care, of_no_place(care), out);
    note(detector, WeighedClass::stretch, weighed.stretch, out);
    if (tell_) {
      if (!is_long_) {
        out.weighed.push_back(
            {name_of(WeighedClass::care, detector), weighed.whole.heaviest(kMostTold)});
      }
      if (!weighed.stretch_counted.empty()) {
        out.weighed.push_back({name_of(WeighedClass::stretch, detector), weighed.stretch_counted});
      }
    }
    if (may_be_other && !weighed.whole.is_full() && !weighed.heads.is_full()) {
      const int most = std::max(care, weighed.stretch.confidence);
      note(detector, WeighedClass::other, of_no_place(kCertain - most), out);
    }
  }
}

}  // namespace phimilter::policy
