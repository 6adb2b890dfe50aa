// SPDX-License-Identifier: Apache-2.0
#include "policy/message_weighing.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "policy/model.h"

namespace phimilter::policy {
namespace {

constexpr int kCertain = 100;
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

bool stands_before(const Finding& a, const Finding& b) {
  return std::tie(a.part, a.offset) < std::tie(b.part, b.offset);
}

void note(const Detector& detector, WeighedClass finding_class, Finding finding, Findings& out) {
  if (finding.confidence >= kLeastConfidence) {
    finding.detector = detector.id;
    finding.finding_class = detector.classes[static_cast<std::size_t>(finding_class)];
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

bool tells_of_sensitive(const Findings& findings) {
  return std::any_of(findings.items.begin(), findings.items.end(), [](const Finding& finding) {
    return is_sensitive_class(finding.finding_class);
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
  for (const auto& [detector, weigher] : plan.weighers) {
    if (bytes <= kMostWeighedText) {
      weighed_.push_back({detector, Weigher::Scale(weigher), Weigher::Scale(weigher)});
    }
  }
}

void MessageWeighing::add_findings(std::span<const Finding> findings) {
  for (OnScales& weighed : weighed_) {
    weighed.whole.add_findings(findings, {}, extract::PartKind::header);
    weighed.heads.add_findings(findings, {}, extract::PartKind::header);
  }
}

void MessageWeighing::add_part(const PartScan& scan, const extract::PartText& part,
                               std::span<const Finding> findings) {
  const std::span<const Token> tokens(scan.tokens());
  for (OnScales& weighed : weighed_) {
    weighed.whole.add_words(scan.text(), tokens.first(std::min(tokens.size(), kMostWeighedWords)),
                            part.kind);
    weighed.whole.add_findings(findings, part.text, part.kind);
    if (is_head(part.kind)) {
      weighed.heads.add_words(scan.text(), tokens, part.kind);
      weighed.heads.add_findings(findings, part.text, part.kind);
    } else if (texts_ > 1 || tokens.size() > kManyWords) {
      add_stretches(scan, part, findings, weighed);
    }
  }
}

void MessageWeighing::add_stretches(const PartScan& scan, const extract::PartText& part,
                                    std::span<const Finding> findings, OnScales& out) const {
  std::span<const Token> rest(scan.tokens());
  while (!rest.empty()) {
    const auto stretch = rest.first(stretch_length(rest));
    const std::size_t from = scan.source_offset(stretch.front());
    const std::size_t to = scan.source_offset(stretch.back());
    std::vector<Finding> inside;
    std::copy_if(findings.begin(), findings.end(), std::back_inserter(inside),
                 [&](const Finding& one) { return one.offset >= from && one.offset <= to; });
    if (std::any_of(inside.begin(), inside.end(), tells_of_care)) {
      Weigher::Scale scale = out.heads;
      scale.add_words(scan.text(), stretch, part.kind);
      scale.add_findings(inside, part.text, part.kind);
      if (const int care = scale.confidence(); care > out.stretch.confidence) {
        out.stretch = {"", "", scan.index(), from, to - from, care};
        out.stretch_counted = tell_ ? scale.heaviest(kMostTold) : std::vector<CountedTrait>();
      }
    }
    rest = rest.subspan(std::min(paragraph_length(rest), kStep));
  }
}

void MessageWeighing::report(Findings& out) const {
  const bool may_be_other = all_read_ && out.complete && !tells_of_sensitive(out);
  for (const OnScales& weighed : weighed_) {
    if (weighed.whole.said() < kFewestSaid) {
      continue;
    }
    const Detector& detector = plan_.model->detectors[weighed.detector];
    const int care = weighed.whole.confidence();
    note(detector, WeighedClass::care, of_no_place(care), out);
    note(detector, WeighedClass::stretch, weighed.stretch, out);
    if (tell_) {
      out.weighed.push_back({detector.classes[0], weighed.whole.heaviest(kMostTold)});
      if (!weighed.stretch_counted.empty()) {
        out.weighed.push_back({detector.classes[1], weighed.stretch_counted});
      }
    }
    if (may_be_other && !weighed.whole.is_full()) {
      const int most = std::max(care, weighed.stretch.confidence);
      note(detector, WeighedClass::other, of_no_place(kCertain - most), out);
    }
  }
}

}  // namespace phimilter::policy
