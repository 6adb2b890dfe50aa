// SPDX-License-Identifier: Apache-2.0
//
// Certificates in whatever file somebody was sent: PEM, DER, PKCS #7 bundles (.p7b, .p7c, .p7s).
// For this room's S/MIME files only; not a contract.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protect/openssl_handles.h"

namespace phimilter::protect {

struct CertificateFile {
  std::vector<Certificate> certificates;  // in the order of the file
  // What the file holds besides, or what is wrong with it, and what to do: one sentence each.
  std::vector<std::string> problems;
};

CertificateFile read_certificate_file(std::string_view bytes);

std::string pem_of(X509* certificate);

}  // namespace phimilter::protect
