// SPDX-License-Identifier: Apache-2.0
#include "protect/cms_writer.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <optional>

#include "base/limits.h"

namespace phimilter::protect {
namespace {

// CMS_BINARY: the sender's bytes are not translated. PARTIAL and STREAM: content comes later,
// through the BIO.
constexpr unsigned kFlags = CMS_BINARY | CMS_PARTIAL | CMS_STREAM;

// What goes in at once comes out at once, in copies: a whole body would stand in memory.
constexpr std::size_t kPiece = 64 * limits::kKiB;

// Where OpenSSL's output goes. The first fault stays, since a BIO can only say "failed".
struct SinkTarget {
  mail::ByteSink* sink = nullptr;
  std::optional<Fault> fault;
};

int bio_write(BIO* bio, const char* bytes, int length) {
  auto* target = static_cast<SinkTarget*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (target->fault || length < 0) {
    return -1;
  }
  if (auto written = target->sink->write({bytes, static_cast<std::size_t>(length)}); !written) {
    target->fault = written.error();
    return -1;
  }
  return length;
}

long bio_control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

int bio_create(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

const BIO_METHOD* sink_method() {
  static const std::unique_ptr<BIO_METHOD, OpensslRelease<BIO_meth_free>> method = [] {
    std::unique_ptr<BIO_METHOD, OpensslRelease<BIO_meth_free>> made(
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "byte sink"));
    BIO_meth_set_write(made.get(), bio_write);
    BIO_meth_set_ctrl(made.get(), bio_control);
    BIO_meth_set_create(made.get(), bio_create);
    return made;
  }();
  return method.get();
}

Fault cms_fault() {
  return with_openssl_reason(
      transient_fault("smime.cms", "OpenSSL cannot make the S/MIME message"));
}

// OpenSSL's own default for ECDH is SHA-1; for RSA, PKCS#1 v1.5 is what every reader reads. OAEP
// gets SHA-256 for both of its digests (RFC 3560 wants them alike).
bool set_key_transport(CMS_RecipientInfo* info, X509* recipient, bool oaep) {
  EVP_PKEY_CTX* context = CMS_RecipientInfo_get0_pkey_ctx(info);
  if (context == nullptr) {
    return false;
  }
  if (EVP_PKEY_get_base_id(X509_get0_pubkey(recipient)) == EVP_PKEY_EC) {
    return EVP_PKEY_CTX_set_ecdh_kdf_md(context, EVP_sha256()) > 0;
  }
  if (oaep) {
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) > 0 &&
           EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) > 0 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) > 0;
  }
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0;
}

}  // namespace

struct CmsWriter::State {
  State(CmsHandle content, mail::ByteSink& out) : cms(std::move(content)), base64(out) {}

  CmsHandle cms;
  mail::Base64Writer base64;
  // Base64Writer is no ByteSink: it has an end that must be said.
  struct Base64Sink final : mail::ByteSink {
    explicit Base64Sink(mail::Base64Writer& to) : writer(to) {}
    Status write(std::string_view bytes) override { return writer.write(bytes); }
    mail::Base64Writer& writer;
  } sink{base64};
  SinkTarget target{&sink, std::nullopt};
  BioHandle output;  // the end of the chain
  BioHandle chain;   // the CMS filter on top of `output`; owns what is above `output` only, see
                     // release_chain

  // BIO_new_CMS puts filters on top of `output`: they go one by one, `output` stays with its owner.
  void release_chain() {
    BIO* top = chain.release();
    while (top != nullptr && top != output.get()) {
      BIO* below = BIO_pop(top);
      BIO_free(top);
      top = below;
    }
  }
  ~State() { release_chain(); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

CmsWriter::CmsWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
CmsWriter::~CmsWriter() = default;

Result<std::unique_ptr<CmsWriter>> CmsWriter::over(CmsHandle cms, mail::ByteSink& out) {
  auto state = std::make_unique<State>(std::move(cms), out);
  state->output.reset(BIO_new(sink_method()));
  if (!state->output) {
    return fail(cms_fault());
  }
  BIO_set_data(state->output.get(), &state->target);
  state->chain.reset(BIO_new_CMS(state->output.get(), state->cms.get()));
  if (!state->chain) {
    return fail(cms_fault());
  }
  return std::unique_ptr<CmsWriter>(new CmsWriter(std::move(state)));
}

Result<std::unique_ptr<CmsWriter>> CmsWriter::encrypting(X509* recipient,
                                                         const policy::CmsForm& form,
                                                         mail::ByteSink& out) {
  const EVP_CIPHER* cipher = form.gcm ? EVP_aes_256_gcm() : EVP_aes_256_cbc();
  CmsHandle cms(CMS_encrypt(nullptr, nullptr, cipher, kFlags));
  // Without CMS_USE_KEYID the recipient is named by issuer and serial number.
  CMS_RecipientInfo* info =
      cms ? CMS_add1_recipient_cert(cms.get(), recipient, kFlags | CMS_KEY_PARAM) : nullptr;
  if (info == nullptr || !set_key_transport(info, recipient, form.oaep)) {
    return fail(cms_fault());
  }
  return over(std::move(cms), out);
}

Result<std::unique_ptr<CmsWriter>> CmsWriter::signing(X509* signer, EVP_PKEY* key,
                                                      std::span<const Certificate> chain,
                                                      mail::ByteSink& out) {
  CmsHandle cms(CMS_sign(nullptr, nullptr, nullptr, nullptr, kFlags));
  if (!cms || CMS_add1_signer(cms.get(), signer, key, EVP_sha256(), kFlags) == nullptr) {
    return fail(cms_fault());
  }
  for (const auto& certificate : chain) {
    if (CMS_add1_cert(cms.get(), certificate.get()) != 1) {
      return fail(cms_fault());
    }
  }
  return over(std::move(cms), out);
}

Fault CmsWriter::fault() {
  if (state_->target.fault) {
    ERR_clear_error();
    return *state_->target.fault;
  }
  return cms_fault();
}

Status CmsWriter::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto piece = std::min(bytes.size(), kPiece);
    const int written = BIO_write(state_->chain.get(), bytes.data(), static_cast<int>(piece));
    if (written <= 0) {
      return fail(fault());
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status CmsWriter::finish() {
  const int flushed = static_cast<int>(BIO_flush(state_->chain.get()));
  state_->release_chain();
  if (flushed <= 0 || state_->target.fault) {
    return fail(fault());
  }
  return state_->base64.finish();
}

}  // namespace phimilter::protect
