// SPDX-License-Identifier: Apache-2.0
#include "phictl/certs_report.h"

#include <algorithm>
#include <array>

#include "phictl/key_trust.h"

namespace phimilter::phictl {
namespace {

using Kind = protect::CertificateOutcome::Kind;

std::string_view word_for(Kind kind) {
  switch (kind) {
    case Kind::taken:
      return "certificate";
    case Kind::present:
      return "there already:";
    case Kind::helper:
      return "CA certificate";
    case Kind::skipped:
      return "not needed:";
    case Kind::refused:
      return "refused:";
  }
  return "refused:";
}

std::string whom(const protect::CertificateOutcome& outcome) {
  if (!outcome.certificate) {
    return outcome.file;
  }
  const auto& certificate = *outcome.certificate;
  const std::string name =
      certificate.addresses.empty() ? certificate.subject : joined(certificate.addresses);
  return outcome.file + ": certificate " + certificate.fingerprint.str().substr(0, 16) +
         (name.empty() ? "" : " of " + name);
}

std::string summary(const std::vector<protect::CertificateOutcome>& outcomes, bool dry_run) {
  std::array<int, 5> counts{};
  for (const auto& outcome : outcomes) {
    ++counts.at(static_cast<std::size_t>(outcome.kind));
  }
  const auto count = [&](Kind kind) { return counts.at(static_cast<std::size_t>(kind)); };
  return std::string(dry_run ? "dry run, nothing was written: " : "") +
         std::to_string(count(Kind::taken) + count(Kind::helper)) + " taken, " +
         std::to_string(count(Kind::present)) + " there already, " +
         std::to_string(count(Kind::refused)) + " refused\n";
}

bool none_refused(const std::vector<protect::CertificateOutcome>& outcomes) {
  return std::none_of(outcomes.begin(), outcomes.end(),
                      [](const auto& outcome) { return outcome.kind == Kind::refused; });
}

void print_outcome(std::ostream& out, const protect::CertificateOutcome& outcome) {
  print_certificate(out, word_for(outcome.kind), *outcome.certificate);
  if (!outcome.text.empty()) {
    out << "  " << outcome.text << "\n";
  }
  const bool recipient = outcome.kind == Kind::taken || outcome.kind == Kind::present;
  if (recipient && outcome.certificate->state != policy::KeyState::valid) {
    out << "  " << policy::to_string(outcome.certificate->state)
        << ": it will not be used until that is mended\n";
  }
}

// Importing is trusting: a certificate is the one to use for its addresses. The newest comes last,
// and stays.
Status vouch_for_good(const Settings& settings,
                      const std::vector<protect::CertificateOutcome>& outcomes,
                      const std::string& person) {
  std::vector<const protect::CertificateDescription*> good;
  for (const auto& outcome : outcomes) {
    const bool here = outcome.kind == Kind::taken || outcome.kind == Kind::present;
    if (!here) {
      continue;
    }
    const auto& certificate = *outcome.certificate;
    if (certificate.state == policy::KeyState::valid) {
      good.push_back(&certificate);
    } else if (auto forgotten = forget_refusals(settings, protect::KeyKind::smime,
                                                certificate.fingerprint, certificate.addresses);
               !forgotten) {
      return forgotten;
    }
  }
  std::stable_sort(good.begin(), good.end(),
                   [](const auto* a, const auto* b) { return a->begins < b->begins; });
  for (const auto* each : good) {
    auto vouched =
        vouch_for(settings, protect::KeyKind::smime, each->fingerprint, each->addresses, person);
    if (!vouched) {
      return vouched;
    }
  }
  return {};
}

}  // namespace

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : std::string(separator)) + word;
  }
  return text;
}

Result<std::unique_ptr<protect::CertificateDesk>> open_desk(const Settings& settings) {
  if (settings.smime_certificates.empty()) {
    return fail(configuration_fault("phictl.no_place",
                                    "smime.certificates is not set; it names the folder for "
                                    "certificates"));
  }
  return protect::open_certificate_desk(protect::smime_options(settings));
}

void print_certificate(std::ostream& out, std::string_view what,
                       const protect::CertificateDescription& certificate) {
  out << what << " " << certificate.fingerprint.str() << "\n";
  for (const std::string& address : certificate.addresses) {
    out << "  for " << address << "\n";
  }
  out << "  " << certificate.subject << ", " << certificate.algorithm << ", until "
      << for_people(certificate.expires) << "\n";
}

Outcome import_certificates(const Invocation& invocation, const Settings& settings,
                            const protect::CertificateDesk::Files& files, ImportMode mode,
                            const std::string& person) {
  auto desk = open_desk(settings);
  if (!desk) {
    return report(invocation, desk.error());
  }
  const Timestamp now = system_clock().now();
  auto outcomes = (*desk)->import(files, mode != ImportMode::each, now);
  if (outcomes && mode == ImportMode::all_or_none && none_refused(*outcomes)) {
    outcomes = (*desk)->import(files, false, now);
  }
  if (!outcomes) {
    return report(invocation, outcomes.error());
  }
  const bool good = none_refused(*outcomes);
  if (mode == ImportMode::each || (mode == ImportMode::all_or_none && good)) {
    if (auto vouched = vouch_for_good(settings, *outcomes, person); !vouched) {
      return report(invocation, vouched.error());
    }
  }
  for (const auto& outcome : *outcomes) {
    if (outcome.kind == Kind::refused) {
      invocation.err << "phictl: " << whom(outcome) << ": " << outcome.text << "\n";
    } else if (good || mode != ImportMode::all_or_none) {
      print_outcome(invocation.out, outcome);
    }
  }
  if (!good && mode == ImportMode::all_or_none) {
    invocation.err << "phictl: nothing was imported; `phictl certs import` takes what is good\n";
    return Outcome::problem;
  }
  invocation.out << summary(*outcomes, mode == ImportMode::dry_run);
  return good ? Outcome::ok : Outcome::problem;
}

}  // namespace phimilter::phictl
