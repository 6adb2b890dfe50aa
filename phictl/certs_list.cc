// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/encoding.h"
#include "phictl/certs_report.h"
#include "phictl/verb.h"

namespace phimilter::phictl {
namespace {

using protect::CertificateDescription;

std::optional<int> days_in(const std::string& text) {
  int days = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), days);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && days >= 0 && days <= 36500 ? std::optional(days) : std::nullopt;
}

class CertsListVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "certs list", "List recipients' S/MIME certificates, the newest first",
        "Only a certificate in state `valid` is used, of several the newest; with any other the "
        "recipient's mail takes\n"
        "the next method, and with `unknown` the portal. CHAIN says whether smime.ca_file vouches "
        "for it, CRL whether\n"
        "its CA's revocation list is fresh, stale, missing or unread. Files that cannot be used "
        "are "
        "named too, and end\n"
        "the command with status 1.",
        "phictl certs list --expiring 30"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    return {{"ADDRESS", &address_, "Those for this address alone", "", false, {}},
            {"--expiring", &expiring_, "Those that end within so many days", "DAYS", false, {}},
            {"--json", &json_, "The same for programs", "", false, {}}};
  }

  Outcome run(const Invocation& invocation) override {
    const auto days = expiring_.empty() ? std::optional(0) : days_in(expiring_);
    if (!days) {
      return misused(invocation, "--expiring wants a number of days");
    }
    const auto settings = invocation.settings();
    if (!settings) {
      return report(invocation, settings.error());
    }
    auto desk = open_desk(*settings);
    if (!desk) {
      return report(invocation, desk.error());
    }
    const Timestamp now = system_clock().now();
    auto list = (*desk)->list(now);
    const auto problems = (*desk)->problems();
    if (!list || !problems) {
      return report(invocation, list ? problems.error() : list.error());
    }
    const Timestamp limit = now + std::chrono::hours(24) * *days;
    std::erase_if(*list, [&](const CertificateDescription& each) {
      return !is_for(each) || (!expiring_.empty() && each.expires > limit);
    });
    json_ ? print_json(invocation.out, *list) : print(invocation.out, *list);
    for (const auto& [file, problem] : *problems) {
      invocation.err << "phictl: " << file << ": " << problem << "\n";
    }
    return problems->empty() ? Outcome::ok : Outcome::problem;
  }

 private:
  bool is_for(const CertificateDescription& each) const {
    return address_.empty() ||
           std::any_of(each.addresses.begin(), each.addresses.end(),
                       [&](const auto& address) { return ascii_iequal(address, address_); });
  }

  static void print(std::ostream& out, const std::vector<CertificateDescription>& list) {
    if (list.empty()) {
      out << "No certificates. `phictl certs import FILE` puts some in.\n";
      return;
    }
    std::vector<std::vector<std::string>> rows = {
        {"STATE", "EXPIRES", "ALGORITHM", "CHAIN", "CRL", "ADDRESSES", "FINGERPRINT", "WHY"}};
    for (const auto& each : list) {
      rows.push_back({std::string(policy::to_string(each.state)), for_people(each.expires),
                      each.algorithm,
                      each.chain == "good" || each.chain == "not checked" ? each.chain : "bad",
                      each.crl, joined(each.addresses), each.fingerprint.str(), each.reason});
    }
    write_table(out, rows);
  }

  static void print_json(std::ostream& out, const std::vector<CertificateDescription>& list) {
    auto all = nlohmann::ordered_json::array();
    for (const auto& each : list) {
      auto reads = nlohmann::ordered_json::array();
      if (each.cms.gcm) {
        reads.push_back("aes256-gcm");
      }
      if (each.cms.oaep) {
        reads.push_back("rsa-oaep");
      }
      all.push_back({{"fingerprint", each.fingerprint.str()},
                     {"addresses", each.addresses},
                     {"state", policy::to_string(each.state)},
                     {"reason", each.reason},
                     {"begins", rfc3339(each.begins)},
                     {"expires", rfc3339(each.expires)},
                     {"chain", each.chain},
                     {"crl", each.crl},
                     {"algorithm", each.algorithm},
                     {"capabilities", std::move(reads)},
                     {"subject", each.subject},
                     {"issuer", each.issuer},
                     {"serial", each.serial},
                     {"file", each.file}});
    }
    out << all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  }

  std::string address_, expiring_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> certs_list_verb() {
  return std::make_unique<CertsListVerb>();
}

}  // namespace phimilter::phictl
