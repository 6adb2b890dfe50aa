// SPDX-License-Identifier: Apache-2.0
#include "policy/policy.h"

#include <algorithm>
#include <iterator>

#include "base/clock.h"
#include "policy/decide.h"
#include "policy/detection.h"
#include "policy/in_file_tests.h"
#include "policy/marks.h"
#include "policy/policy_file.h"
#include "policy/rules.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kShortestIdentifier = 5;  // shorter ones stand everywhere by chance
constexpr int kSureNumber = 50;
constexpr int kSureName = 75;
constexpr std::size_t kLongestMask = 40;
constexpr std::size_t kIsoDay = 10;  // letters of "2026-11-21"

// Addresses, days and hosts are left out: envelope and headers hold them rightly. A likely name is
// not one that must be nowhere.
bool is_identifier(const Finding& finding) {
  const bool name = finding.finding_class == "id.name";
  return finding.finding_class.starts_with("id.") &&
         !class_fits(finding.finding_class, {"id.email", "id.date", "id.ip"}) &&
         finding.confidence >= (name ? kSureName : kSureNumber) &&
         finding.length >= kShortestIdentifier;
}

class Snapshot final : public Policy {
 public:
  Snapshot(std::shared_ptr<const Model> model, Detection detection, std::string version,
           std::vector<std::string> warnings)
      : model_(std::move(model)),
        rules_(model_),
        detection_(std::move(detection)),
        version_(std::move(version)),
        warnings_(std::move(warnings)) {}

  Findings detect(const extract::MessageText& text, const MessageContext& context) const override {
    return detection_.detect(text, context);
  }

  Findings detect_and_tell(const extract::MessageText& text,
                           const MessageContext& context) const override {
    return detection_.detect_and_tell(text, context);
  }

  Result<Decision> decide(const extract::MessageText& text, const Findings& findings,
                          const MessageContext& context,
                          std::span<const RecipientFacts> recipients) const override {
    auto decision = policy::decide(*model_, rules_, text, findings, context, recipients);
    if (decision) {
      decision->policy_version = version_;
    }
    return decision;
  }

  std::vector<std::string> mark_headers() const override {
    return policy::mark_headers(model_->marks);
  }
  mail::HeaderList without_marks(const mail::HeaderList& headers,
                                 const extract::MessageText& text) const override {
    return policy::without_marks(model_->marks, headers, text);
  }

  const std::string& version() const override { return version_; }
  std::vector<std::string> warnings() const override { return warnings_; }

  std::vector<RuleReport> explain(const extract::MessageText& text, const Findings& findings,
                                  const MessageContext& context) const override {
    return rules_.report(text, findings, context);
  }

 private:
  std::shared_ptr<const Model> model_;
  RuleSet rules_;
  Detection detection_;
  std::string version_;
  std::vector<std::string> warnings_;
};

struct Loaded {
  std::shared_ptr<const Policy> policy;
  std::vector<TestReport> tests;
};

// Each file's tests run against the files up to it: a site may override what the shipped tests
// expect.
Result<Loaded> load(const std::vector<std::string>& files) {
  if (files.empty()) {
    return fail(configuration_fault("policy.files", "no policy file is configured"));
  }
  PolicySources sources;
  Model model = empty_model();
  const std::string today = rfc3339(system_clock().now()).substr(0, kIsoDay);
  Loaded out;
  for (const std::string& file : files) {
    const auto tests = add_layer(file, sources, model);
    if (!tests) {
      return fail(tests.error());
    }
    const auto layers = std::make_shared<const Model>(model);
    auto detection = Detection::create(layers);
    if (!detection) {
      return fail(configuration_fault(detection.error().id, file + ": " + detection.error().text));
    }
    std::vector<std::string> warnings = expired_exemptions(model, today);
    std::ranges::move(detection->warnings(), std::back_inserter(warnings));
    const bool last = &file == &files.back();
    out.policy = std::make_shared<const Snapshot>(layers, std::move(*detection),
                                                  last ? sources.version() : std::string(),
                                                  std::move(warnings));
    const auto reports = run_tests(*tests, *out.policy);
    out.tests.insert(out.tests.end(), reports.begin(), reports.end());
  }
  return out;
}

}  // namespace

Result<std::shared_ptr<const Policy>> load_policy(const std::vector<std::string>& files) {
  auto loaded = load(files);
  if (!loaded) {
    return fail(loaded);
  }
  for (const TestReport& test : loaded->tests) {
    if (!test.passed) {
      return fail(configuration_fault("policy.test",
                                      test.where + ": test '" + test.name + "': " + test.what));
    }
  }
  return std::move(loaded->policy);
}

Result<std::vector<TestReport>> test_policy(const std::vector<std::string>& files) {
  auto loaded = load(files);
  if (!loaded) {
    return fail(loaded);
  }
  return std::move(loaded->tests);
}

std::vector<std::string_view> identifier_texts(const extract::MessageText& text,
                                               const Findings& findings) {
  std::vector<std::string_view> out;
  for (const Finding& finding : findings.items) {
    if (!is_identifier(finding) || finding.part >= text.parts.size()) {
      continue;
    }
    const std::string_view whole = text.parts[finding.part].text;
    if (finding.offset <= whole.size() && finding.length <= whole.size() - finding.offset) {
      out.push_back(whole.substr(finding.offset, finding.length));
    }
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::string masked(const extract::MessageText& text, const Finding& finding) {
  if (finding.part >= text.parts.size()) {
    return {};
  }
  const std::string_view whole = text.parts[finding.part].text;
  const std::size_t from = std::min(finding.offset, whole.size());
  std::string out(whole.substr(from, std::min(finding.length, kLongestMask)));
  for (char& c : out) {
    const bool digit = c >= '0' && c <= '9';
    const bool capital = c >= 'A' && c <= 'Z';
    const bool letter = (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
    c = digit ? '9' : capital ? 'A' : letter ? 'a' : static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return out;
}

}  // namespace phimilter::policy
