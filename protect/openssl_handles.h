// SPDX-License-Identifier: Apache-2.0
//
// OpenSSL's handles with owners. For this room's S/MIME files only; not a contract.
#pragma once

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "base/result.h"

namespace phimilter::protect {

template <auto release>
struct OpensslRelease {
  template <typename T>
  void operator()(T* handle) const {
    release(handle);
  }
};

using Certificate = std::shared_ptr<X509>;
using PrivateKey = std::shared_ptr<EVP_PKEY>;
using BioHandle = std::unique_ptr<BIO, OpensslRelease<BIO_free_all>>;
using CmsHandle = std::unique_ptr<CMS_ContentInfo, OpensslRelease<CMS_ContentInfo_free>>;

// The library's reason (never message content), and its error queue emptied.
inline Fault with_openssl_reason(Fault fault) {
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  return reason == nullptr ? fault : std::move(fault).with("reason", reason);
}

}  // namespace phimilter::protect
