// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "base/files.h"
#include "base/limits.h"
#include "delivery/facts.h"
#include "extract/extractor.h"
#include "phictl/evaluation.h"
#include "phictl/mail_file.h"
#include "phictl/shipped.h"
#include "phictl/verb.h"

namespace phimilter::phictl {
namespace {

constexpr std::size_t kLongestLabels = 64 * limits::kMiB;

// What judging needs, by the settings or, without any, as shipped.
struct Workshop {
  std::vector<std::string> own_domains;
  std::string proof_header;
  std::string spool;
  std::unique_ptr<extract::Extractor> extractor;
  std::shared_ptr<const policy::Policy> policy;
};

std::size_t cores() {
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 64);
}

// As outgoing mail: whose domain stands in From sends it, and who stands in To and Cc gets it.
policy::MessageContext address(mail::CapturedMessage& message, const Workshop& workshop) {
  message.queue_id = "-";
  message.received = system_clock().now();
  message.envelope.reverse_path = author_of(message.headers);
  add_header_recipients(message);
  remove_control_headers(message.headers, workshop.proof_header);
  std::vector<std::string> own_domains = workshop.own_domains;
  if (message.envelope.reverse_path) {
    own_domains.push_back(message.envelope.reverse_path->domain());
  }
  return delivery::message_context(message, own_domains);
}

// Scope and routes are left out: they say who is protected how, not what is PHI.
Judgement judgement_of(const policy::Decision& decision, const policy::Findings& findings,
                       const extract::MessageText& text) {
  Judgement out;
  for (const policy::RuleHit& hit : decision.rules) {
    if (hit.action != "pass") {
      out.why.push_back(hit.rule);
    }
  }
  if (!findings.complete) {
    out.why.emplace_back("limit reached");
  }
  if (text.already_encrypted) {
    out.why.emplace_back("already encrypted");
  }
  out.clear = out.why.empty();
  return out;
}

Result<Judgement> judge(const std::string& path, const Workshop& workshop) {
  const auto bytes = read_file(path, limits::kMessageBytes);
  if (!bytes) {
    return fail(bytes.error());
  }
  auto message = mail::parse_message(*bytes, workshop.spool);
  if (!message) {
    return fail(message);
  }
  const policy::MessageContext context = address(*message, workshop);
  const auto text = workshop.extractor->extract(*message);
  if (!text) {
    return fail(text.error());
  }
  const policy::Findings findings = workshop.policy->detect(*text, context);
  const auto decision = workshop.policy->decide(*text, findings, context, {});
  if (!decision) {
    return fail(decision.error());
  }
  return judgement_of(*decision, findings, *text);
}

class EvaluateVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "evaluate", "Measure the rules on mail that a person has judged",
        "DIR holds messages (.eml); the labels are CSV in UTF-8 with a header row and at least the "
        "columns\n"
        "path (below DIR), label (phi, not_phi, or grey: not scored) and category. Each message is "
        "read by the\n"
        "jailed reader as outgoing mail and judged; it counts as found unless it would leave as "
        "it came.\n"
        "Category ocr is counted apart. The rules are those of --policy, else of the settings, "
        "else the shipped\n"
        "pack. Only paths, counts and rule names are shown. Exit status 1 if a message could not "
        "be judged.",
        "phictl evaluate --labels labels.csv mail/"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    return {{"DIR", &folder_, "The folder that the paths start from", "", true, {}},
            {"--labels", &labels_, "What the messages are", "FILE", true, {}},
            {"--policy",
             &policy_files_,
             "A rule file instead of those of the settings; may be given more than once",
             "FILE",
             false,
             {}},
            {"--json", &json_, "The same for programs", "", false, {}}};
  }

  Outcome run(const Invocation& invocation) override {
    const auto csv = read_file(labels_, kLongestLabels);
    if (!csv) {
      return report(invocation, csv.error());
    }
    const auto mails = read_labels(*csv, labels_);
    if (!mails) {
      return report(invocation, mails.error());
    }
    std::error_code error;
    if (!std::filesystem::is_directory(folder_, error)) {
      return report(invocation, configuration_fault("phictl.folder", folder_ + " is not a folder"));
    }
    const auto workshop = open_workshop(invocation);
    if (!workshop) {
      return report(invocation, workshop.error());
    }
    const Evaluation evaluation = evaluate(
        *mails, [&](const std::string& path) { return judge(folder_ + "/" + path, *workshop); },
        cores());
    json_ ? print_evaluation_json(evaluation, invocation.out)
          : print_evaluation(evaluation, invocation.out);
    return evaluation.errors.empty() ? Outcome::ok : Outcome::problem;
  }

 private:
  Result<Workshop> open_workshop(const Invocation& invocation) const {
    auto settings = settings_or_shipped(invocation);
    if (!settings) {
      return fail(settings);
    }
    Workshop out;
    out.own_domains = settings->organisation_domains;
    out.proof_header = settings->milter_proof_header;
    out.spool = spool_folder(*settings);
    // The reader first: what it costs to fork follows the memory of who started it.
    auto extractor = extract::start_extractor(
        {settings->extract_program, cores(), settings->extract_timeout_ms});
    if (!extractor) {
      return fail(extractor);
    }
    out.extractor = std::move(*extractor);
    auto policy =
        policy::load_policy(policy_files_.empty() ? settings->policy_files : policy_files_);
    if (!policy) {
      return fail(policy);
    }
    out.policy = std::move(*policy);
    return out;
  }

  // Settings that were asked for must be good. Without any, rules can be tried all the same.
  Result<Settings> settings_or_shipped(const Invocation& invocation) const {
    auto settings = invocation.settings();
    const bool asked_for = invocation.settings_file != kDefaultSettingsFile ||
                           ::access(invocation.settings_file.c_str(), F_OK) == 0;
    if (settings || asked_for) {
      return settings;
    }
    Settings out;
    auto reader = shipped_reader();
    if (!reader) {
      return fail(reader);
    }
    out.extract_program = *reader;
    if (!policy_files_.empty()) {
      return out;
    }
    auto pack = shipped_pack();
    if (!pack) {
      return fail(pack);
    }
    out.policy_files = {*pack};
    return out;
  }

  std::string folder_, labels_;
  std::vector<std::string> policy_files_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> evaluate_verb() {
  return std::make_unique<EvaluateVerb>();
}

}  // namespace phimilter::phictl
