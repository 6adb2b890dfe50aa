// SPDX-License-Identifier: Apache-2.0
#include "protect/certificates.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "base/files.h"
#include "base/limits.h"
#include "base/log.h"
#include "protect/a_labels.h"
#include "protect/certificate_files.h"

namespace phimilter::protect {
namespace {

constexpr std::size_t kCertificateFile = 16 * limits::kMiB;  // past it: unreadable

Fault gone() {
  return transient_fault("smime.certificate", "the recipient's certificate is no longer there");
}

void log_problems(std::string_view id,
                  const std::vector<std::pair<std::string, std::string>>& problems) {
  for (const auto& [name, problem] : problems) {
    // Files are often named after the person.
    const bool address = name.find('@') != std::string::npos;
    log::event(log::Level::warning, "-", id,
               {{"file", address ? redact_address(name) : name}, {"problem", problem}});
  }
}

// Of a file: another stamp, other bytes.
using Stamp = std::array<std::int64_t, 4>;

std::optional<Stamp> stamp_of(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return std::nullopt;
  }
  return Stamp{static_cast<std::int64_t>(info.st_ino), info.st_size, info.st_ctim.tv_sec,
               info.st_ctim.tv_nsec};
}

// To parse a certificate costs as much as to encrypt for it, and the same partners get mail all
// day: the last few stay parsed, as long as their files are as they were.
class RecentlyRead {
 public:
  std::optional<Certificate> find(const std::string& fingerprint, const Stamp& stamp) {
    const std::lock_guard lock(mutex_);
    const auto known = known_.find(fingerprint);
    if (known == known_.end() || known->second.first != stamp) {
      return std::nullopt;
    }
    return known->second.second;
  }

  void keep(const std::string& fingerprint, const Stamp& stamp, const Certificate& certificate) {
    constexpr std::size_t kMost = 256;
    const std::lock_guard lock(mutex_);
    if (known_.size() >= kMost) {
      known_.clear();
    }
    known_.insert_or_assign(fingerprint, std::pair(stamp, certificate));
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::pair<Stamp, Certificate>> known_;
};

RecentlyRead& recently_read() {
  static RecentlyRead all;
  return all;
}

}  // namespace

std::string comparison_key(const mail::Address& address, bool exact_local) {
  return (exact_local ? address.local() : ascii_lower(address.local())) + "@" +
         a_labels(address.domain());
}

bool is_certificate_file_name(std::string_view name) {
  constexpr std::array<std::string_view, 6> kEndings = {".pem", ".crt", ".cer",
                                                        ".der", ".p7b", ".p7c"};
  const std::string lower = ascii_lower(name);
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return lower.ends_with(ending); });
}

std::vector<const StoredCertificate*> CertificateIndex::find(const mail::Address& address) const {
  std::vector<const StoredCertificate*> found;
  const auto [first, last] = by_address_.equal_range(comparison_key(address, exact_local_));
  for (auto at = first; at != last; ++at) {
    if (std::find(found.begin(), found.end(), at->second) == found.end()) {
      found.push_back(at->second);
    }
  }
  std::sort(found.begin(), found.end(), [](const auto* a, const auto* b) {
    return std::tie(b->facts.from, a->facts.fingerprint) <
           std::tie(a->facts.from, b->facts.fingerprint);
  });
  return found;
}

const StoredCertificate* CertificateIndex::by_fingerprint(const FingerprintId& fingerprint) const {
  const auto found = by_fingerprint_.find(fingerprint.str());
  return found == by_fingerprint_.end() ? nullptr : found->second;
}

std::vector<const StoredCertificate*> CertificateIndex::all() const {
  std::vector<const StoredCertificate*> certificates;
  for (const auto& [name, file] : files_) {
    for (const auto& each : file->certificates) {
      certificates.push_back(&each);
    }
  }
  return certificates;
}

Result<Certificate> CertificateIndex::load(const StoredCertificate& stored) const {
  const std::string path = folder_ + "/" + stored.file;
  const auto stamp = stamp_of(path);
  if (stamp) {
    if (auto known = recently_read().find(stored.facts.fingerprint.str(), *stamp)) {
      return std::move(*known);
    }
  }
  const auto bytes = read_file(path, kCertificateFile);
  if (!bytes) {
    return fail(gone());
  }
  for (const auto& each : read_certificate_file(*bytes).certificates) {
    if (fingerprint_of(each.get()) == stored.facts.fingerprint) {
      if (stamp) {
        recently_read().keep(stored.facts.fingerprint.str(), *stamp, each);
      }
      return each;
    }
  }
  return fail(gone());
}

Result<Verdict> CertificateIndex::judge(const StoredCertificate& stored, Timestamp now) const {
  auto certificate = load(stored);
  if (!certificate) {
    return fail(certificate);
  }
  return trust_->judge(certificate->get(), stored.facts, now);
}

std::vector<std::pair<std::string, std::string>> CertificateIndex::problems() const {
  std::vector<std::pair<std::string, std::string>> all;
  for (const auto& [name, file] : files_) {
    for (const auto& problem : file->problems) {
      all.emplace_back(name, problem);
    }
  }
  return all;
}

bool CertificateIndex::is_incomplete() const {
  return std::any_of(files_.begin(), files_.end(),
                     [](const auto& each) { return each.second->unread; });
}

std::set<std::string> CertificateIndex::more_to_read() const {
  std::set<std::string> names;
  for (const auto& [name, file] : files_) {
    if (file->unread && file->stamp.empty() && can_be_read_now(folder_ + "/" + name)) {
      names.insert(name);
    }
  }
  return names;
}

void CertificateIndex::put_in_order() {
  by_address_.clear();
  by_fingerprint_.clear();
  for (const auto* each : all()) {
    by_fingerprint_.emplace(each->facts.fingerprint.str(), each);
    for (const auto& address : each->facts.addresses) {
      by_address_.emplace(comparison_key(address, exact_local_), each);
    }
  }
}

CertificateDescription described(const StoredCertificate& stored, const Verdict& verdict) {
  CertificateDescription out{.fingerprint = stored.facts.fingerprint,
                             .addresses = {},
                             .state = verdict.state,
                             .begins = stored.facts.from,
                             .expires = stored.facts.until,
                             .subject = stored.facts.subject,
                             .issuer = stored.facts.issuer,
                             .serial = stored.facts.serial,
                             .algorithm = stored.facts.algorithm,
                             .file = stored.file,
                             .chain = verdict.chain,
                             .crl = std::string(to_string(verdict.crl)),
                             .reason = verdict.reason,
                             .cms = stored.facts.cms};
  for (const auto& address : stored.facts.addresses) {
    out.addresses.push_back(address.spelled());
  }
  return out;
}

std::vector<CertificateDescription> described_certificates(const CertificateIndex& index,
                                                           Timestamp now) {
  std::vector<CertificateDescription> descriptions;
  for (const auto* each : index.all()) {
    // One whose file went meanwhile is no longer there.
    if (const auto verdict = index.judge(*each, now)) {
      descriptions.push_back(described(*each, *verdict));
    }
  }
  std::stable_sort(descriptions.begin(), descriptions.end(),
                   [](const auto& a, const auto& b) { return a.begins > b.begins; });
  return descriptions;
}

CertificateStore::CertificateStore(StoreOptions options)
    : options_(std::move(options)), certificates_(options_.folder), crls_(options_.crl_folder) {}

Result<std::shared_ptr<const CertificateIndex>> CertificateStore::current() {
  std::unique_lock refreshing(refreshing_, std::try_to_lock);
  if (!refreshing) {
    const std::lock_guard lock(mutex_);
    if (index_) {
      return index_;
    }
  }
  if (!refreshing) {
    refreshing.lock();
  }
  auto index = refresh();
  const std::lock_guard lock(mutex_);
  index_ = index ? *index : nullptr;
  if (!index) {
    certificates_.forget();
    crls_.forget();
  }
  return index;
}

// refreshing_ is held.
Result<std::shared_ptr<const CertificateIndex>> CertificateStore::refresh() {
  std::shared_ptr<const CertificateIndex> before;
  {
    const std::lock_guard lock(mutex_);
    before = index_;
  }
  // The stamps are older than what is read: what changes meanwhile is read again at the next call.
  auto changes = certificates_.take();
  auto lists = options_.crl_folder.empty() ? FolderWatch::Changes() : crls_.take();
  if (before) {
    changes.names.merge(before->more_to_read());
    const CrlFolder* known = before->trust().crls();
    lists.any = lists.any || (known != nullptr && known->has_more_to_read());
  }
  const std::string ca_stamp = options_.ca_file.empty() ? "" : file_stamp(options_.ca_file);
  if (before && changes.none() && lists.none() && ca_stamp == ca_stamp_) {
    return before;
  }
  auto next =
      before ? std::make_shared<CertificateIndex>(*before) : std::make_shared<CertificateIndex>();
  next->folder_ = options_.folder;
  next->exact_local_ = options_.exact_local;
  if (auto read = refresh_certificates(changes, *next); !read) {
    return fail(read);
  }
  const bool trust_changed = !before || !changes.none() || ca_stamp != ca_stamp_;
  if (auto read = refresh_trust(trust_changed, *next); !read) {
    return fail(read);
  }
  ca_stamp_ = ca_stamp;
  return std::shared_ptr<const CertificateIndex>(std::move(next));
}

void CertificateStore::read_one(const std::string& name, CertificateIndex& next) const {
  const std::string path = options_.folder + "/" + name;
  const std::string stamp = file_stamp(path);
  const auto known = next.files_.find(name);
  if (stamp.empty() && errno == ENOENT) {
    next.files_.erase(name);
    return;
  }
  if (known != next.files_.end() && !stamp.empty() && known->second->stamp == stamp) {
    return;
  }
  auto file = std::make_shared<CertificateIndex::File>();
  file->stamp = stamp;
  const auto bytes = read_folder_file(path, kCertificateFile);
  auto found = bytes ? read_certificate_file(*bytes) : CertificateFile();
  file->problems = std::move(found.problems);
  if (!bytes) {
    *file = known == next.files_.end() ? *file : *known->second;
    file->stamp = bytes.error().kind == FaultKind::transient ? "" : stamp;
    file->unread = true;
    file->problems = {"the file cannot be read, and anybody's certificate may stand in it"};
  }
  for (const auto& certificate : found.certificates) {
    auto facts = facts_of(certificate.get());
    if (facts.is_ca) {
      file->helpers.push_back(certificate);
    }
    if (!facts.addresses.empty()) {
      file->certificates.push_back({std::move(facts), name});
    }
  }
  std::vector<std::pair<std::string, std::string>> problems;
  for (const auto& problem : file->problems) {
    problems.emplace_back(name, problem);
  }
  log_problems("smime.unreadable", problems);
  next.files_[name] = std::move(file);
}

Status CertificateStore::refresh_certificates(const FolderWatch::Changes& changes,
                                              CertificateIndex& next) {
  if (changes.none()) {
    return {};
  }
  std::set<std::string> names = changes.names;
  if (changes.any) {
    auto listed = list_folder(options_.folder);
    if (!listed) {
      return fail(listed);
    }
    names.insert(listed->begin(), listed->end());
    for (const auto& [name, file] : next.files_) {
      names.insert(name);
    }
  }
  for (const auto& name : names) {
    if (is_certificate_file_name(name) && !name.starts_with('.')) {
      read_one(name, next);
    }
  }
  next.put_in_order();
  return {};
}

Status CertificateStore::refresh_trust(bool changed, CertificateIndex& next) {
  std::shared_ptr<const CertificateTrust> trust = next.trust_;
  if (changed) {
    std::vector<Certificate> helpers;
    for (const auto& [name, file] : next.files_) {
      helpers.insert(helpers.end(), file->helpers.begin(), file->helpers.end());
    }
    auto made = CertificateTrust::make(options_.ca_file, std::move(helpers));
    if (!made) {
      return fail(made);
    }
    trust = std::move(*made);
  }
  if (!options_.crl_folder.empty()) {
    auto lists = CrlFolder::read(options_.crl_folder, trust->issuers(),
                                 next.trust_ ? next.trust_->crls() : nullptr);
    if (!lists) {
      return fail(lists);
    }
    log_problems("smime.crl", (*lists)->problems());
    trust = trust->with_crls(std::move(*lists), options_.crl_rule);
  }
  next.trust_ = std::move(trust);
  return {};
}

}  // namespace phimilter::protect
