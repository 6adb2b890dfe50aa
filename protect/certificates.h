// SPDX-License-Identifier: Apache-2.0
//
// The folder of recipients' certificates as an index by address: read once, kept up to date file by
// file, asked by every message.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "protect/certificate_trust.h"
#include "protect/folder_watch.h"
#include "protect/smime.h"

namespace phimilter::protect {

struct StoreOptions {
  std::string folder;      // *.pem, *.crt, *.cer, *.der, *.p7b, *.p7c
  std::string ca_file;     // empty: being in the folder is the trust
  std::string crl_folder;  // empty: revocation is not checked
  CrlRule crl_rule;
  bool exact_local = false;  // local parts compared to the letter, as RFC 5321 2.4 allows
};

struct StoredCertificate {
  CertificateFacts facts;
  std::string file;
};

// One state of the store; immutable and thread-safe.
class CertificateIndex {
 public:
  // For that very address, newest validity first.
  std::vector<const StoredCertificate*> find(const mail::Address& address) const;
  const StoredCertificate* by_fingerprint(const FingerprintId& fingerprint) const;
  std::vector<const StoredCertificate*> all() const;  // with an address; by file
  // The certificate itself, read anew. Transient fault: it is not there any more.
  Result<Certificate> load(const StoredCertificate& stored) const;
  // Transient fault: see load().
  Result<Verdict> judge(const StoredCertificate& stored, Timestamp now) const;
  const CertificateTrust& trust() const { return *trust_; }
  // A file could not be read: who has no valid certificate here may have one in it.
  bool is_incomplete() const;
  // File and what is wrong with it.
  std::vector<std::pair<std::string, std::string>> problems() const;

 private:
  friend class CertificateStore;
  struct File {
    std::string stamp;
    bool unread = false;  // the rest is from before
    std::vector<StoredCertificate> certificates;
    std::vector<Certificate> helpers;  // CA certificates
    std::vector<std::string> problems;
  };
  void put_in_order();
  // Files that could not be read and can be now.
  std::set<std::string> more_to_read() const;

  std::string folder_;
  bool exact_local_ = false;
  std::map<std::string, std::shared_ptr<const File>> files_;
  std::unordered_multimap<std::string, const StoredCertificate*> by_address_;
  std::unordered_map<std::string_view, const StoredCertificate*> by_fingerprint_;
  std::shared_ptr<const CertificateTrust> trust_;
};

class CertificateStore {
 public:
  explicit CertificateStore(StoreOptions options);
  // What is in the folder now. Thread-safe; one thread reads what has changed, the others go on
  // with what was. Transient fault: the folder cannot be read; configuration fault: ca_file cannot.
  Result<std::shared_ptr<const CertificateIndex>> current();
  const StoreOptions& options() const { return options_; }

 private:
  Result<std::shared_ptr<const CertificateIndex>> refresh();
  Status refresh_certificates(const FolderWatch::Changes& changes, CertificateIndex& next);
  Status refresh_trust(bool helpers_changed, CertificateIndex& next);
  void read_one(const std::string& name, CertificateIndex& next) const;

  const StoreOptions options_;
  std::mutex refreshing_;  // of all below but index_
  FolderWatch certificates_, crls_;
  std::string ca_stamp_;
  std::mutex mutex_;  // of index_
  std::shared_ptr<const CertificateIndex> index_;
};

CertificateDescription described(const StoredCertificate& stored, const Verdict& verdict);
// All with an address, newest validity first.
std::vector<CertificateDescription> described_certificates(const CertificateIndex& index,
                                                           Timestamp now);

// How addresses are compared: the domain as A-labels in lower case, the local part as `exact_local`
// says.
std::string comparison_key(const mail::Address& address, bool exact_local);

bool is_certificate_file_name(std::string_view name);

}  // namespace phimilter::protect
