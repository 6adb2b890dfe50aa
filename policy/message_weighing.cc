// SPDX-License-Identifier: Apache-2.0
#include "policy/message_weighing.h"

#include <algorithm>
#include <iterator>

#include "policy/model.h"

namespace phimilter::policy {
namespace {

constexpr int kCertain = 100;
// Where less is said, it would be the sender's name alone that weighs.
constexpr std::size_t kFewestSaid = 10;
// Of a longer text; each begins in the middle of the one before.
constexpr std::size_t kStretchWords = 60;

bool is_head(extract::PartKind kind) {
  return kind == extract::PartKind::header || kind == extract::PartKind::file_name;
}

void note(const Detector& detector, std::size_t finding_class, int confidence, Findings& out) {
  if (confidence >= kLeastConfidence) {
    out.items.push_back({detector.id, detector.classes[finding_class], 0, 0, 0, confidence});
  }
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

MessageWeighing::MessageWeighing(const DetectionPlan& plan, const extract::MessageText& text)
    : plan_(plan) {
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
  for (Weighed& weighed : weighed_) {
    weighed.whole.add_findings(findings, {}, extract::PartKind::header);
    weighed.heads.add_findings(findings, {}, extract::PartKind::header);
  }
}

void MessageWeighing::add_part(const PartScan& scan, const extract::PartText& part,
                               std::span<const Finding> findings) {
  const std::span<const Token> tokens(scan.tokens());
  for (Weighed& weighed : weighed_) {
    weighed.whole.add_words(scan.text(), tokens.first(std::min(tokens.size(), kMostWeighedWords)),
                            part.kind);
    weighed.whole.add_findings(findings, part.text, part.kind);
    if (is_head(part.kind)) {
      weighed.heads.add_words(scan.text(), tokens, part.kind);
      weighed.heads.add_findings(findings, part.text, part.kind);
    } else if (texts_ > 1 || tokens.size() > kStretchWords) {
      add_stretches(scan, part, findings, weighed);
    }
  }
}

void MessageWeighing::add_stretches(const PartScan& scan, const extract::PartText& part,
                                    std::span<const Finding> findings, Weighed& out) {
  std::span<const Token> rest(scan.tokens());
  while (!rest.empty()) {
    const auto stretch = rest.first(std::min(rest.size(), kStretchWords));
    const std::size_t from = scan.source_offset(stretch.front());
    const std::size_t to = scan.source_offset(stretch.back());
    std::vector<Finding> inside;
    std::copy_if(findings.begin(), findings.end(), std::back_inserter(inside),
                 [&](const Finding& one) { return one.offset >= from && one.offset <= to; });
    if (std::any_of(inside.begin(), inside.end(), tells_of_care)) {
      Weigher::Scale scale = out.heads;
      scale.add_words(scan.text(), stretch, part.kind);
      scale.add_findings(inside, part.text, part.kind);
      out.surest_stretch = std::max(out.surest_stretch, scale.confidence());
    }
    rest = rest.subspan(rest.size() == stretch.size() ? rest.size() : kStretchWords / 2);
  }
}

void MessageWeighing::report(Findings& out) const {
  const bool may_be_other = all_read_ && out.complete && !tells_of_sensitive(out);
  for (const Weighed& weighed : weighed_) {
    if (weighed.whole.said() < kFewestSaid) {
      continue;
    }
    const Detector& detector = plan_.model->detectors[weighed.detector];
    const int care = weighed.whole.confidence();
    note(detector, 0, care, out);
    if (may_be_other && !weighed.whole.is_full()) {
      note(detector, 1, kCertain - std::max(care, weighed.surest_stretch), out);
    }
  }
}

}  // namespace phimilter::policy
