// SPDX-License-Identifier: Apache-2.0
#include "policy/detection.h"

#include <algorithm>
#include <span>
#include <string>

#include "base/limits.h"
#include "policy/addressee.h"
#include "policy/detection_plan.h"
#include "policy/part_scan.h"
#include "policy/weighing.h"

namespace phimilter::policy {
namespace {

constexpr int kRecipientConfidence = 60;
constexpr int kCertain = 100;

// A person among the recipients is weak evidence of who the mail is about; the only one outside is
// better evidence.
void note_recipients(const DetectionPlan& plan, const MessageContext& context, Findings& out) {
  for (const std::string& name : context.recipient_names) {
    if (!name.empty()) {
      out.items.push_back(
          {"recipient", std::string(kRecipientClass), 0, 0, 0, kRecipientConfidence});
    }
  }
  if (goes_to_one_person(plan.lexicon, context.recipient_names)) {
    out.items.push_back({"recipient", std::string(kAddresseeClass), 0, 0, 0, kRecipientConfidence});
  }
}

void note_opaque(const extract::PartText& part, std::size_t index, Findings& out) {
  if (part.opaque) {
    out.items.push_back({"opaque",
                         std::string(kOpaquePrefix) + std::string(to_string(*part.opaque)), index,
                         0, 0, kCertain});
  }
}

// All models over one message.
class Scales {
 public:
  Scales(const DetectionPlan& plan, const extract::MessageText& text) : plan_(plan) {
    std::size_t bytes = 0;
    for (const extract::PartText& part : text.parts) {
      bytes += part.text.size();
    }
    for (const auto& [detector, weigher] : plan.weighers) {
      if (bytes <= kMostWeighedText) {
        scales_.emplace_back(weigher);
      }
    }
  }

  void add_words(const PartScan& scan, extract::PartKind kind) {
    for (Weigher::Scale& scale : scales_) {
      scale.add_words(scan.text(), scan.tokens(), kind);
    }
  }
  void add_findings(std::span<const Finding> findings, const extract::PartText& part) {
    for (Weigher::Scale& scale : scales_) {
      scale.add_findings(findings, part.text, part.kind);
    }
  }

  void report(Findings& out) const {
    for (std::size_t i = 0; i < scales_.size(); ++i) {
      if (scales_[i].said() < kFewestSaid) {
        continue;
      }
      const Detector& detector = plan_.model->detectors[plan_.weighers[i].first];
      const int confidence = scales_[i].confidence();
      note(detector, 0, confidence, out);
      note(detector, 1, kCertain - confidence, out);
    }
  }

 private:
  // Where less is said, it would be the sender's name alone that weighs.
  static constexpr std::size_t kFewestSaid = 10;
  static void note(const Detector& detector, std::size_t finding_class, int confidence,
                   Findings& out) {
    if (confidence >= kLeastConfidence) {
      out.items.push_back({detector.id, detector.classes[finding_class], 0, 0, 0, confidence});
    }
  }

  const DetectionPlan& plan_;
  std::vector<Weigher::Scale> scales_;
};

}  // namespace

Result<Detection> Detection::create(std::shared_ptr<const Model> model) {
  auto plan = DetectionPlan::create(std::move(model));
  if (!plan) {
    return fail(plan.error());
  }
  return Detection(std::make_shared<const DetectionPlan>(std::move(*plan)));
}

Findings Detection::run(const extract::MessageText& text, const MessageContext& context,
                        bool tell) const {
  Findings out;
  const MessageScan scan{*plan_, context, OwnNames(context.own_names), DetectionBudget(), tell};
  Scales scales(*plan_, text);
  note_recipients(*plan_, context, out);
  scales.add_findings(out.items, {});
  for (std::size_t i = 0; i < text.parts.size(); ++i) {
    note_opaque(text.parts[i], i, out);
    if (!text.parts[i].text.empty()) {
      const std::size_t before = out.items.size();
      PartScan part(scan, text.parts[i], i);
      out.complete = part.run(out) && out.complete;
      scales.add_words(part, text.parts[i].kind);
      scales.add_findings(std::span(out.items).subspan(before), text.parts[i]);
    }
    if (out.items.size() >= limits::kFindings || !out.complete) {
      out.items.resize(std::min(out.items.size(), limits::kFindings));
      out.complete = false;
      break;
    }
  }
  scales.report(out);
  return out;
}

Findings Detection::detect(const extract::MessageText& text, const MessageContext& context) const {
  return run(text, context, false);
}

Findings Detection::detect_and_tell(const extract::MessageText& text,
                                    const MessageContext& context) const {
  return run(text, context, true);
}

}  // namespace phimilter::policy
