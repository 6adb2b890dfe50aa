// SPDX-License-Identifier: Apache-2.0
#include "protect/crl_folder.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/files.h"
#include "base/limits.h"
#include "protect/certificate_facts.h"

namespace phimilter::protect {
namespace {

constexpr std::size_t kLongestList = 256 * limits::kMiB;  // past it: unread

template <typename T, auto release>
using Owned = std::unique_ptr<T, OpensslRelease<release>>;
using CrlHandle = Owned<X509_CRL, X509_CRL_free>;

std::string der_of(const X509_NAME* name) {
  const unsigned char* bytes = nullptr;
  std::size_t length = 0;
  // X509_NAME_get0_der caches and so takes no const.
  X509_NAME_get0_der(const_cast<X509_NAME*>(name), &bytes, &length);
  return {reinterpret_cast<const char*>(bytes), length};
}

Sha256 key_digest(X509* certificate) {
  unsigned char* der = nullptr;
  const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  const Sha256 digest = sha256(ByteView(der, length > 0 ? static_cast<std::size_t>(length) : 0));
  OPENSSL_free(der);
  return digest;
}

std::vector<std::string> uris_of(const DIST_POINT_NAME* place) {
  std::vector<std::string> uris;
  if (place == nullptr || place->type != 0) {
    return uris;
  }
  for (int i = 0; i < sk_GENERAL_NAME_num(place->name.fullname); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(place->name.fullname, i);
    if (name->type == GEN_URI) {
      uris.push_back(text_of(name->d.uniformResourceIdentifier));
    }
  }
  return uris;
}

std::vector<std::string> places_of(X509* certificate) {
  std::vector<std::string> uris;
  const Owned<CRL_DIST_POINTS, CRL_DIST_POINTS_free> points(static_cast<CRL_DIST_POINTS*>(
      X509_get_ext_d2i(certificate, NID_crl_distribution_points, nullptr, nullptr)));
  for (int i = 0; points && i < sk_DIST_POINT_num(points.get()); ++i) {
    const auto some = uris_of(sk_DIST_POINT_value(points.get(), i)->distpoint);
    uris.insert(uris.end(), some.begin(), some.end());
  }
  ERR_clear_error();
  return uris;
}

std::vector<CrlHandle> lists_in(const std::string& bytes) {
  std::vector<CrlHandle> lists;
  const BioHandle memory(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  if (bytes.find("-----BEGIN ") == std::string::npos) {
    if (X509_CRL* list = d2i_X509_CRL_bio(memory.get(), nullptr)) {
      lists.emplace_back(list);
    }
  } else {
    while (X509_CRL* list = PEM_read_bio_X509_CRL(memory.get(), nullptr, nullptr, nullptr)) {
      lists.emplace_back(list);
    }
  }
  ERR_clear_error();
  return lists;
}

}  // namespace

std::string_view to_string(CrlState state) {
  switch (state) {
    case CrlState::not_checked:
      return "not checked";
    case CrlState::fresh:
      return "fresh";
    case CrlState::stale:
      return "stale";
    case CrlState::missing:
      return "missing";
    case CrlState::unread:
      return "unread";
    case CrlState::revoked:
      return "revoked";
  }
  return "missing";
}

std::string file_stamp(const std::string& path) {
  struct stat file {};
  if (stat(path.c_str(), &file) != 0) {
    return {};
  }
  return std::to_string(file.st_ino) + "." + std::to_string(file.st_size) + "." +
         std::to_string(file.st_ctim.tv_sec) + "." + std::to_string(file.st_ctim.tv_nsec);
}

Result<std::string> read_folder_file(const std::string& path, std::size_t longest) {
  struct stat file {};
  if (stat(path.c_str(), &file) == 0 && !S_ISREG(file.st_mode)) {
    return std::string();
  }
  return read_file(path, longest);
}

bool can_be_read_now(const std::string& path) {
  const auto first_bytes = read_file(path, 0);
  return first_bytes || first_bytes.error().kind != FaultKind::transient;
}

Crl::Serial Crl::serial_of(const ASN1_INTEGER* number) {
  Serial serial{};
  const auto length = std::min<std::size_t>(
      static_cast<std::size_t>(std::max(0, ASN1_STRING_length(number))), serial.size() - 1);
  serial[0] = static_cast<std::uint8_t>(length);
  std::copy_n(ASN1_STRING_get0_data(number), length, serial.begin() + 1);
  return serial;
}

void Crl::read_scope(X509_CRL* list) {
  int critical = -1;
  const Owned<ISSUING_DIST_POINT, ISSUING_DIST_POINT_free> scope(static_cast<ISSUING_DIST_POINT*>(
      X509_CRL_get_ext_d2i(list, NID_issuing_distribution_point, &critical, nullptr)));
  if (!scope) {
    problem_ = critical == -1 ? problem_ : "its scope cannot be read";
    return;
  }
  only_users_ = scope->onlyuser > 0;
  only_cas_ = scope->onlyCA > 0;
  places_ = uris_of(scope->distpoint);
  if (scope->indirectCRL > 0 || scope->onlyattr > 0 || scope->onlysomereasons != nullptr ||
      (scope->distpoint != nullptr && places_.empty())) {
    problem_ = "it is an indirect or partial list, of a kind that is not read here";
  }
}

void Crl::read_extensions(X509_CRL* list) {
  for (int i = 0; i < X509_CRL_get_ext_count(list); ++i) {
    X509_EXTENSION* extension = X509_CRL_get_ext(list, i);
    const int kind = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
    if (kind == NID_delta_crl) {
      problem_ = "it is a delta list, which is not read here; fetch the whole one";
    } else if (X509_EXTENSION_get_critical(extension) != 0 &&
               kind != NID_issuing_distribution_point) {
      problem_ = "it has a critical extension that is not known here";
    }
  }
}

void Crl::read_revoked(X509_CRL* list) {
  STACK_OF(X509_REVOKED)* entries = X509_CRL_get_REVOKED(list);
  const int count = std::max(0, sk_X509_REVOKED_num(entries));
  revoked_.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    revoked_.push_back(
        serial_of(X509_REVOKED_get0_serialNumber(sk_X509_REVOKED_value(entries, i))));
  }
  std::sort(revoked_.begin(), revoked_.end());
}

// Several certificates of a CA may hold one key, or several keys one name.
void Crl::verify(X509_CRL* list, std::span<const Certificate> issuers) {
  for (const auto& issuer : issuers) {
    EVP_PKEY* key = X509_get0_pubkey(issuer.get());
    const bool may_sign = key != nullptr &&
                          der_of(X509_get_subject_name(issuer.get())) == issuer_ &&
                          (X509_get_key_usage(issuer.get()) & KU_CRL_SIGN) != 0;
    if (!may_sign) {
      continue;
    }
    const Sha256 digest = key_digest(issuer.get());
    if (std::find(signers_.begin(), signers_.end(), digest) == signers_.end() &&
        X509_CRL_verify(list, key) == 1) {
      signers_.push_back(digest);
    }
  }
  if (signers_.empty() && problem_.empty()) {
    problem_ = "no CA certificate in smime.ca_file or smime.certificates verifies its signature";
  }
  ERR_clear_error();
}

std::shared_ptr<const Crl> Crl::read(X509_CRL* list, const std::string& file,
                                     std::span<const Certificate> issuers) {
  std::shared_ptr<Crl> crl(new Crl);
  crl->file_ = file;
  crl->issuer_ = der_of(X509_CRL_get_issuer(list));
  crl->this_update_ = time_of(X509_CRL_get0_lastUpdate(list));
  // Without one it is over at once: RFC 5280 5.1.2.5 demands it.
  crl->next_update_ = time_of(X509_CRL_get0_nextUpdate(list));
  crl->read_scope(list);
  crl->read_extensions(list);
  crl->verify(list, issuers);
  if (crl->problem_.empty()) {
    crl->read_revoked(list);
  }
  ERR_clear_error();
  return crl;
}

bool Crl::covers(X509* certificate, X509* issuer) const {
  if (!problem_.empty() || der_of(X509_get_issuer_name(certificate)) != issuer_) {
    return false;
  }
  const bool is_ca = X509_check_ca(certificate) > 0;
  if ((only_users_ && is_ca) || (only_cas_ && !is_ca)) {
    return false;
  }
  if (std::find(signers_.begin(), signers_.end(), key_digest(issuer)) == signers_.end()) {
    return false;
  }
  if (places_.empty()) {
    return true;
  }
  const auto wanted = places_of(certificate);
  return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& uri) {
    return std::find(places_.begin(), places_.end(), uri) != places_.end();
  });
}

bool Crl::names(X509* certificate) const {
  return std::binary_search(revoked_.begin(), revoked_.end(),
                            serial_of(X509_get0_serialNumber(certificate)));
}

CrlFolder::File CrlFolder::read_one(const std::string& path, const std::string& name,
                                    std::span<const Certificate> issuers, const File* before) {
  File file;
  file.stamp = file_stamp(path);
  const auto bytes = read_folder_file(path, kLongestList);
  if (!bytes) {
    file.stamp = bytes.error().kind == FaultKind::transient ? "" : file.stamp;
    file.unread = true;
    file.lists = before == nullptr ? file.lists : before->lists;
    return file;
  }
  for (const auto& list : lists_in(*bytes)) {
    file.lists.push_back(Crl::read(list.get(), name, issuers));
  }
  return file;
}

Result<std::shared_ptr<const CrlFolder>> CrlFolder::read(const std::string& folder,
                                                         std::span<const Certificate> issuers,
                                                         const CrlFolder* before) {
  auto names = list_folder(folder);
  if (!names) {
    return fail(names);
  }
  std::shared_ptr<CrlFolder> result(new CrlFolder);
  result->folder_ = folder;
  for (const auto& issuer : issuers) {
    result->issuers_ += as_text(key_digest(issuer.get()));
  }
  const bool same_issuers = before != nullptr && before->issuers_ == result->issuers_;
  for (const auto& name : *names) {
    const std::string path = folder + "/" + name;
    const File* known = before == nullptr ? nullptr : before->file(name);
    const bool unchanged = same_issuers && known != nullptr && !known->stamp.empty() &&
                           known->stamp == file_stamp(path);
    const auto& file = result->files_[name] =
        unchanged ? *known : read_one(path, name, issuers, known);
    result->lists_.insert(result->lists_.end(), file.lists.begin(), file.lists.end());
  }
  return std::shared_ptr<const CrlFolder>(std::move(result));
}

const CrlFolder::File* CrlFolder::file(const std::string& name) const {
  const auto found = files_.find(name);
  return found == files_.end() ? nullptr : &found->second;
}

CrlState CrlFolder::state_of(X509* certificate, X509* issuer, Timestamp now) const {
  CrlState state = CrlState::missing;
  for (const auto& list : lists_) {
    if (!list->covers(certificate, issuer) || !list->begun(now)) {
      continue;
    }
    if (list->names(certificate)) {
      return CrlState::revoked;
    }
    if (list->in_force(now)) {
      state = CrlState::fresh;
    } else if (state == CrlState::missing) {
      state = CrlState::stale;
    }
  }
  const bool all_read = std::none_of(files_.begin(), files_.end(),
                                     [](const auto& each) { return each.second.unread; });
  return state == CrlState::fresh || all_read ? state : CrlState::unread;
}

bool CrlFolder::has_more_to_read() const {
  return std::any_of(files_.begin(), files_.end(), [&](const auto& each) {
    return each.second.unread && each.second.stamp.empty() &&
           can_be_read_now(folder_ + "/" + each.first);
  });
}

std::vector<std::pair<std::string, std::string>> CrlFolder::problems() const {
  std::vector<std::pair<std::string, std::string>> all;
  for (const auto& [name, file] : files_) {
    if (file.unread) {
      all.emplace_back(name, "the file cannot be read, and a newer list may stand in it");
    } else if (file.lists.empty()) {
      all.emplace_back(name, "it holds no revocation list, neither PEM nor DER");
    }
    for (const auto& list : file.lists) {
      if (!list->problem().empty()) {
        all.emplace_back(name, list->problem());
      }
    }
  }
  return all;
}

}  // namespace phimilter::protect
