// SPDX-License-Identifier: Apache-2.0
//
// Certificate revocation lists (RFC 5280 5): each is read once, its signature verified once, and
// its serial numbers kept in order; the list itself is let go. For this room's S/MIME files only;
// not a contract.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/encoding.h"
#include "protect/openssl_handles.h"

namespace phimilter::protect {

// What the lists say of one certificate of one issuer.
enum class CrlState {
  not_checked,  // no lists are configured
  fresh,        // a list that is in force does not name it
  stale,        // only lists whose nextUpdate is over, and they do not name it
  missing,      // no list of its issuer's
  unread,       // no list in force, and a file that could not be read may hold one
  revoked,      // some list of its issuer's names it, fresh or stale
};
std::string_view to_string(CrlState state);

class Crl {
 public:
  // `issuers`: who may have signed it; only their signatures count.
  static std::shared_ptr<const Crl> read(X509_CRL* list, const std::string& file,
                                         std::span<const Certificate> issuers);
  const std::string& file() const { return file_; }
  const std::string& issuer() const { return issuer_; }    // the name in DER
  const std::string& problem() const { return problem_; }  // empty: it can be used
  Timestamp next_update() const { return next_update_; }
  std::size_t size() const { return revoked_.size(); }

  bool covers(X509* certificate, X509* issuer) const;
  bool names(X509* certificate) const;
  bool in_force(Timestamp now) const { return this_update_ <= now && now < next_update_; }
  bool begun(Timestamp now) const { return this_update_ <= now; }

 private:
  using Serial = std::array<std::uint8_t, 21>;  // length and bytes; RFC 5280 4.1.2.2: at most 20
  Crl() = default;
  static Serial serial_of(const ASN1_INTEGER* number);
  void read_scope(X509_CRL* list);
  void read_extensions(X509_CRL* list);
  void read_revoked(X509_CRL* list);
  void verify(X509_CRL* list, std::span<const Certificate> issuers);

  std::string file_, issuer_, problem_;
  Timestamp this_update_{}, next_update_{};
  bool only_users_ = false, only_cas_ = false;
  std::vector<std::string> places_;  // distribution points it is for; empty: all
  std::vector<Sha256> signers_;      // digests of the public keys that verify it
  std::vector<Serial> revoked_;      // in order
};

// All lists of a folder.
class CrlFolder {
 public:
  // Files that did not change since `before` are not read again. `before` may be null. Transient
  // fault: the folder cannot be read.
  static Result<std::shared_ptr<const CrlFolder>> read(const std::string& folder,
                                                       std::span<const Certificate> issuers,
                                                       const CrlFolder* before);
  CrlState state_of(X509* certificate, X509* issuer, Timestamp now) const;
  const std::vector<std::shared_ptr<const Crl>>& lists() const { return lists_; }
  // A file that could not be read can be now: the folder is to be read again.
  bool has_more_to_read() const;
  // Files that hold no list that can be used, and why.
  std::vector<std::pair<std::string, std::string>> problems() const;

 private:
  struct File {
    std::string stamp;
    bool unread = false;  // the lists are those of before
    std::vector<std::shared_ptr<const Crl>> lists;
  };
  // `before` may be null.
  static File read_one(const std::string& path, const std::string& name,
                       std::span<const Certificate> issuers, const File* before);

  const File* file(const std::string& name) const;  // nullptr: there is none

  std::string folder_;
  std::map<std::string, File> files_;
  std::string issuers_;  // tells one set of issuers from another
  std::vector<std::shared_ptr<const Crl>> lists_;
};

// Tells one state of a file from another, its permissions too. Empty: it cannot be looked at, and
// errno says why.
std::string file_stamp(const std::string& path);
// What a file of a folder holds; nothing, where the name is that of no regular file. Any fault:
// that is not known. Only a transient one can pass without a change of the file.
Result<std::string> read_folder_file(const std::string& path, std::size_t longest);
// After such a transient fault.
bool can_be_read_now(const std::string& path);

}  // namespace phimilter::protect
