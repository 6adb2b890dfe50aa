// SPDX-License-Identifier: Apache-2.0
//
// CMS (RFC 5652, RFC 5083) written as a stream: what goes in is clear, what comes out is base64
// text with CRLFs.
#pragma once

#include <memory>
#include <span>

#include "mail/mime_writer.h"
#include "policy/treatment.h"
#include "protect/openssl_handles.h"

namespace phimilter::protect {

class CmsWriter final : public mail::ByteSink {
 public:
  // Both write to `out`, which must outlive them.
  static Result<std::unique_ptr<CmsWriter>> encrypting(X509* recipient, const policy::CmsForm& form,
                                                       mail::ByteSink& out);
  // Opaque SignedData with SHA-256, with the chain inside.
  static Result<std::unique_ptr<CmsWriter>> signing(X509* signer, EVP_PKEY* key,
                                                    std::span<const Certificate> chain,
                                                    mail::ByteSink& out);
  ~CmsWriter() override;

  Status write(std::string_view bytes) override;
  Status finish();  // once

 private:
  struct State;
  explicit CmsWriter(std::unique_ptr<State> state);
  static Result<std::unique_ptr<CmsWriter>> over(CmsHandle cms, mail::ByteSink& out);
  Fault fault();

  std::unique_ptr<State> state_;
};

}  // namespace phimilter::protect
