// SPDX-License-Identifier: Apache-2.0
#include "protect/certificate_desk.h"

#include <unistd.h>

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "base/files.h"
#include "base/limits.h"
#include "protect/certificate_files.h"
#include "protect/certificates.h"

namespace phimilter::protect {
namespace {

using Kind = CertificateOutcome::Kind;
using policy::KeyState;

constexpr std::size_t kLongestFile = 16 * limits::kMiB;
constexpr std::size_t kShortestPrefix = 8;

StoreOptions store_options(const SmimeOptions& options) {
  return {.folder = options.certificates,
          .ca_file = options.ca_file,
          .crl_folder = options.crl_folder,
          .crl_rule = {options.stale_crl, options.missing_crl},
          .exact_local = options.exact_local};
}

bool self_issued(const CertificateFacts& facts) {
  return facts.subject == facts.issuer;
}

// Where an import goes on from: what was found in one file.
struct Found {
  std::string file;
  CertificateFile content;
};

class FolderDesk final : public CertificateDesk {
 public:
  explicit FolderDesk(const SmimeOptions& options) : store_(store_options(options)) {}

  Status ready() {
    auto index = store_.current();
    return index ? Status() : Status(fail(index));
  }

  Result<std::vector<CertificateOutcome>> import(const Files& files, bool dry_run,
                                                 Timestamp now) override {
    const auto index = store_.current();
    if (!index) {
      return fail(index.error());
    }
    seen_.clear();
    std::vector<Found> all;
    std::vector<Certificate> helpers;
    for (const auto& [name, bytes] : files) {
      all.push_back({name, read_certificate_file(bytes)});
      for (const auto& certificate : all.back().content.certificates) {
        if (facts_of(certificate.get()).is_ca) {
          helpers.push_back(certificate);
        }
      }
    }
    const auto trust = (*index)->trust().with_helpers(helpers);
    std::vector<CertificateOutcome> outcomes;
    for (const auto& found : all) {
      for (const auto& problem : found.content.problems) {
        outcomes.push_back({Kind::refused, found.file, std::nullopt, problem});
      }
      for (const auto& certificate : found.content.certificates) {
        auto outcome = judged(certificate, found.file, *trust, now);
        if (auto stored = store(certificate, **index, dry_run, outcome); !stored) {
          return fail(stored);
        }
        outcomes.push_back(std::move(outcome));
      }
    }
    return outcomes;
  }

  Result<std::vector<CertificateDescription>> list(Timestamp now) override {
    const auto index = store_.current();
    if (!index) {
      return fail(index.error());
    }
    return described_certificates(**index, now);
  }

  Result<std::vector<std::pair<std::string, std::string>>> problems() override {
    const auto index = store_.current();
    if (!index) {
      return fail(index.error());
    }
    auto all = (*index)->problems();
    if (const CrlFolder* lists = (*index)->trust().crls(); lists != nullptr) {
      for (auto& [file, problem] : lists->problems()) {
        all.emplace_back("crl_folder/" + file, std::move(problem));
      }
    }
    return all;
  }

  Result<std::vector<CertificateOutcome>> remove(const std::string& what, bool dry_run) override;

 private:
  static CertificateOutcome judged(const Certificate& certificate, const std::string& file,
                                   const CertificateTrust& trust, Timestamp now) {
    StoredCertificate stored{facts_of(certificate.get()), file};
    const CertificateFacts& facts = stored.facts;
    const Verdict verdict = trust.judge(certificate.get(), facts, now);
    CertificateOutcome outcome{Kind::taken, file, described(stored, verdict), verdict.reason};
    if (facts.addresses.empty() && facts.is_ca) {
      outcome.kind = self_issued(facts) ? Kind::skipped : Kind::helper;
      outcome.text = self_issued(facts)
                         ? "a CA's own certificate; trust in it is put into smime.ca_file alone"
                         : "a CA certificate, to complete chains; trust comes from smime.ca_file";
    } else if (facts.addresses.empty()) {
      outcome.kind = Kind::refused;
      outcome.text = "it names no mail address, so it could never be used; ask for one that does";
    } else if (verdict.state != KeyState::valid && verdict.state != KeyState::unknown &&
               !(facts.unfit.empty() && now < facts.from)) {
      outcome.kind = Kind::refused;
    }
    return outcome;
  }

  Status store(const Certificate& certificate, const CertificateIndex& index, bool dry_run,
               CertificateOutcome& outcome) {
    if (outcome.kind != Kind::taken && outcome.kind != Kind::helper) {
      return {};
    }
    const FingerprintId& fingerprint = outcome.certificate->fingerprint;
    if (index.by_fingerprint(fingerprint) != nullptr || !seen_.insert(fingerprint).second) {
      outcome.kind = Kind::present;
      return {};
    }
    if (dry_run) {
      return {};
    }
    const std::string path = store_.options().folder + "/" + fingerprint.str() + ".pem";
    return write_file_durably(path, pem_of(certificate.get()), 0644);
  }

  CertificateStore store_;
  std::set<FingerprintId> seen_;  // of one import: the same may stand in several files
};

// What is to go from one file.
struct Removal {
  std::string path;
  std::vector<Certificate> keep;
  std::vector<CertificateOutcome> gone;
  bool has_more = false;  // a key, a list: something that is no certificate
};

class Selection {
 public:
  static Result<Selection> parse(const std::string& what, bool exact_local) {
    Selection selection;
    if (what.find('@') != std::string::npos) {
      auto address = mail::Address::parse(what);
      if (!address) {
        return fail(permanent_fault("certificates.what", "'" + what + "' is not a mail address"));
      }
      selection.exact_local_ = exact_local;
      selection.address_ = comparison_key(*address, exact_local);
      return selection;
    }
    std::string digits = ascii_lower(what);
    std::erase(digits, ':');
    if (digits.size() < kShortestPrefix || digits.size() > 64 ||
        digits.find_first_not_of("0123456789abcdef") != std::string::npos) {
      return fail(permanent_fault("certificates.what",
                                  "'" + what +
                                      "' is neither an address nor at least 8 digits of a "
                                      "fingerprint"));
    }
    selection.prefix_ = digits;
    return selection;
  }

  bool means(const CertificateFacts& facts) const {
    if (!prefix_.empty()) {
      return facts.fingerprint.str().starts_with(prefix_);
    }
    return std::any_of(facts.addresses.begin(), facts.addresses.end(), [&](const auto& each) {
      return comparison_key(each, exact_local_) == address_;
    });
  }
  bool by_fingerprint() const { return !prefix_.empty(); }
  std::string what() const { return by_fingerprint() ? "this fingerprint" : "this address"; }

 private:
  std::string prefix_, address_;
  bool exact_local_ = false;
};

Removal removal_from(const std::string& path, const std::string& name, const std::string& bytes,
                     const Selection& selection) {
  Removal removal{.path = path, .keep = {}, .gone = {}};
  auto content = read_certificate_file(bytes);
  removal.has_more = !content.problems.empty();
  for (auto& certificate : content.certificates) {
    StoredCertificate stored{facts_of(certificate.get()), name};
    if (selection.means(stored.facts)) {
      removal.gone.push_back(
          {Kind::taken, name, described(stored, Verdict()), "", pem_of(certificate.get())});
    } else {
      removal.keep.push_back(std::move(certificate));
    }
  }
  return removal;
}

Status carry_out(const Removal& removal) {
  if (removal.keep.empty()) {
    if (unlink(removal.path.c_str()) != 0) {
      return fail(errno_fault("certificates.remove", "cannot remove a certificate's file")
                      .with("path", removal.path));
    }
    return {};
  }
  std::string rest;
  for (const auto& certificate : removal.keep) {
    rest += pem_of(certificate.get());
  }
  return write_file_durably(removal.path, rest, 0644);
}

// What is to go from all files of the folder.
Result<std::vector<Removal>> removals_from(const std::string& folder, const Selection& selection) {
  const auto names = list_folder(folder);
  if (!names) {
    return fail(names.error());
  }
  std::vector<Removal> removals;
  std::set<FingerprintId> meant;
  std::string unread;
  for (const auto& name : *names) {
    const std::string path = folder + "/" + name;
    const auto bytes = is_certificate_file_name(name) ? read_file(path, kLongestFile)
                                                      : Result<std::string>(std::string());
    if (!bytes) {
      unread += (unread.empty() ? "" : ", ") + path;
      continue;
    }
    auto removal = removal_from(path, name, *bytes, selection);
    for (const auto& gone : removal.gone) {
      meant.insert(gone.certificate->fingerprint);
    }
    if (!removal.gone.empty() && removal.has_more) {
      return fail(permanent_fault("certificates.mixed",
                                  "the file holds other things besides; take it apart by hand")
                      .with("path", path));
    }
    if (!removal.gone.empty()) {
      removals.push_back(std::move(removal));
    }
  }
  if (!unread.empty() && (meant.empty() || !selection.by_fingerprint())) {
    return fail(permanent_fault("certificates.unread",
                                "nothing is removed: a file that cannot be read may hold more of " +
                                    selection.what() + ": " + unread));
  }
  if (meant.empty() || (selection.by_fingerprint() && meant.size() > 1)) {
    return fail(permanent_fault("certificates.what",
                                meant.empty() ? "there is no such certificate"
                                              : "several certificates begin so; give more digits"));
  }
  return removals;
}

Result<std::vector<CertificateOutcome>> FolderDesk::remove(const std::string& what, bool dry_run) {
  const auto selection = Selection::parse(what, store_.options().exact_local);
  if (!selection) {
    return fail(selection.error());
  }
  const std::string& folder = store_.options().folder;
  auto removals = removals_from(folder, *selection);
  if (!removals) {
    return fail(removals);
  }
  std::vector<CertificateOutcome> gone;
  for (auto& removal : *removals) {
    if (auto done = dry_run ? Status() : carry_out(removal); !done) {
      return fail(done);
    }
    std::move(removal.gone.begin(), removal.gone.end(), std::back_inserter(gone));
  }
  if (auto synced = dry_run ? Status() : sync_folder(folder); !synced) {
    return fail(synced);
  }
  return gone;
}

}  // namespace

Result<std::unique_ptr<CertificateDesk>> open_certificate_desk(const SmimeOptions& options) {
  if (auto sensible = check_smime_options(options); !sensible) {
    return fail(sensible);
  }
  auto desk = std::make_unique<FolderDesk>(options);
  if (auto ready = desk->ready(); !ready) {
    return fail(ready);
  }
  return std::unique_ptr<CertificateDesk>(std::move(desk));
}

}  // namespace phimilter::protect
