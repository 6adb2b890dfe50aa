// SPDX-License-Identifier: Apache-2.0
#include "milter/message_log.h"

#include <map>

#include "base/log.h"
#include "milter/work.h"

namespace phimilter::milter {

namespace {

template <typename Name>
std::string counted(const std::map<Name, std::size_t>& counts) {
  std::string text;
  for (const auto& [name, count] : counts) {
    text += (text.empty() ? "" : ",") + std::string(name) + ':' + std::to_string(count);
  }
  return text.empty() ? "-" : text;
}

std::string methods_of(const std::vector<policy::Treatment>& treatments) {
  std::map<std::string_view, std::size_t> counts;
  for (const policy::Treatment& treatment : treatments) {
    ++counts[policy::to_string(treatment.method)];
  }
  return counted(counts);
}

std::string rules_of(const policy::Decision& decision) {
  std::string text;
  for (const policy::RuleHit& hit : decision.rules) {
    text += (text.empty() ? "" : ",") + hit.rule;
  }
  return text.empty() ? "-" : text;
}

std::string milliseconds_since(std::chrono::steady_clock::time_point begun) {
  const auto taken = std::chrono::steady_clock::now() - begun;
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(taken).count());
}

}  // namespace

void log_message(const Work& work, std::string_view result) {
  const mail::Envelope& envelope = work.message.envelope;
  log::event(
      log::Level::info, work.message.queue_id, "message",
      {{"result", std::string(result)},
       {"route", work.claim ? std::string(delivery::to_string(work.plan.route)) : "-"},
       {"from", envelope.reverse_path ? redact_address(envelope.reverse_path->spelled()) : "<>"},
       {"recipients", std::to_string(envelope.recipients.size())},
       {"methods", methods_of(work.decision.treatments)},
       {"would_have", methods_of(work.decision.would_have)},
       {"rules", rules_of(work.decision)},
       {"findings", counted(work.findings.counts())},
       {"size", std::to_string(work.context.size)},
       {"ms", milliseconds_since(work.begun)}});
}

}  // namespace phimilter::milter
