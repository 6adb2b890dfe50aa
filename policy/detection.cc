// SPDX-License-Identifier: Apache-2.0
#include "policy/detection.h"

#include <algorithm>
#include <span>
#include <string>

#include "base/limits.h"
#include "policy/addressee.h"
#include "policy/detection_plan.h"
#include "policy/message_weighing.h"
#include "policy/part_scan.h"

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
  MessageWeighing weighing(*plan_, text, tell);
  note_recipients(*plan_, context, out);
  weighing.add_findings(out.items);
  for (std::size_t i = 0; i < text.parts.size(); ++i) {
    note_opaque(text.parts[i], i, out);
    if (!text.parts[i].text.empty()) {
      const std::size_t before = out.items.size();
      PartScan part(scan, text.parts[i], i);
      out.complete = part.run(out) && out.complete;
      weighing.add_part(part, text.parts[i], std::span(out.items).subspan(before));
    }
    if (out.items.size() >= limits::kFindings || !out.complete) {
      out.items.resize(std::min(out.items.size(), limits::kFindings));
      out.complete = false;
      break;
    }
  }
  weighing.report(out);
  return out;
}

Findings Detection::detect(const extract::MessageText& text, const MessageContext& context) const {
  return run(text, context, false);
}

Findings Detection::detect_and_tell(const extract::MessageText& text,
                                    const MessageContext& context) const {
  return run(text, context, true);
}

std::vector<std::string> Detection::warnings() const {
  std::vector<std::string> out;
  for (const auto& [index, weigher] : plan_->weighers) {
    const Detector& detector = plan_->model->detectors[index];
    const std::vector<std::string>& unknown = weigher.unknown_words();
    if (!unknown.empty()) {
      out.push_back(detector.where + ": the weights of '" + detector.id + "' name " +
                    std::to_string(unknown.size()) + " words of no list, '" + unknown.front() +
                    "' the first; they weigh nothing");
    }
  }
  return out;
}

}  // namespace phimilter::policy
