// SPDX-License-Identifier: Apache-2.0
//
// Detectors applied to the parts of a message. Built once from the model, then read by all threads.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "extract/message_text.h"
#include "policy/model.h"
#include "policy/policy.h"

namespace phimilter::policy {

inline constexpr std::string_view kRecipientClass = "id.recipient";
inline constexpr std::string_view kAddresseeClass = "id.addressee";  // see addressee.h
inline constexpr std::string_view kOpaquePrefix = "opaque.";

struct DetectionPlan;

class Detection {
 public:
  // Configuration fault when the patterns do not go into one set.
  static Result<Detection> create(std::shared_ptr<const Model> model);
  // Bounded by limits::kFindings and limits::kDetectMs: past them `complete` is false.
  Findings detect(const extract::MessageText& text, const MessageContext& context) const;
  // The same, and Findings::dropped says what looked like a finding and why it is none.
  Findings detect_and_tell(const extract::MessageText& text, const MessageContext& context) const;

  // What an admin should know about the files it was made of.
  std::vector<std::string> warnings() const;

 private:
  explicit Detection(std::shared_ptr<const DetectionPlan> plan) : plan_(std::move(plan)) {}
  Findings run(const extract::MessageText& text, const MessageContext& context, bool tell) const;

  std::shared_ptr<const DetectionPlan> plan_;
};

}  // namespace phimilter::policy
