// SPDX-License-Identifier: Apache-2.0
//
// What a person does with the folder of recipients' certificates: put in, look, take out.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "protect/smime.h"

namespace phimilter::protect {

// What became of one certificate of a file, or of the file.
struct CertificateOutcome {
  enum class Kind {
    taken,    // it is in the folder now
    present,  // it was there already
    helper,   // a CA certificate: taken, to complete chains
    skipped,  // nothing to do, and nothing wrong
    refused,  // not taken; `text` says why and what to do
  };
  Kind kind = Kind::refused;
  std::string file;
  std::optional<CertificateDescription> certificate;  // none: about the file
  std::string text;                                   // empty: nothing to add
  std::string pem = {};                               // of what remove() takes out
};

class CertificateDesk {
 public:
  // Name and content; files are looked at, whatever their names are.
  using Files = std::vector<std::pair<std::string, std::string>>;

  virtual ~CertificateDesk() = default;
  // Each certificate is judged as it would be at use, with the CA certificates of all files at
  // hand. What is good is written to <folder>/<fingerprint>.pem, unless `dry_run`. Transient fault:
  // folder or disk; what was written stays.
  virtual Result<std::vector<CertificateOutcome>> import(const Files& files, bool dry_run,
                                                         Timestamp now) = 0;
  // Newest validity first.
  virtual Result<std::vector<CertificateDescription>> list(Timestamp now) = 0;
  // Files of the folder and of crl_folder that cannot be used, and why.
  virtual Result<std::vector<std::pair<std::string, std::string>>> problems() = 0;
  // `what`: a fingerprint, its first 8 or more digits, or an address, which means all its
  // certificates. Nothing is taken out at a permanent fault: nothing is meant by it, or more than
  // one fingerprint; a file that is to be changed holds something besides, which must be taken
  // apart by hand; or a file that cannot be read may hold more of what is meant.
  virtual Result<std::vector<CertificateOutcome>> remove(const std::string& what, bool dry_run) = 0;
};

// Configuration fault: folder or CA file unreadable.
Result<std::unique_ptr<CertificateDesk>> open_certificate_desk(const SmimeOptions& options);

}  // namespace phimilter::protect
