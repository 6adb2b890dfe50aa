// SPDX-License-Identifier: Apache-2.0
#include "escrow/seal_crypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <algorithm>

namespace phimilter::escrow {

namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  void operator()(EVP_KDF* kdf) const { EVP_KDF_free(kdf); }
  void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

using Nonce = std::array<std::uint8_t, 12>;

Nonce nonce_of(std::uint64_t counter) {
  Nonce nonce{};
  for (std::size_t i = 0; i < 8; ++i) {
    nonce[11 - i] = static_cast<std::uint8_t>(counter >> (8 * i));
  }
  return nonce;
}

Owned<EVP_PKEY> private_handle(const Secret& key) {
  return Owned<EVP_PKEY>(
      EVP_PKEY_new_raw_private_key_ex(nullptr, "X25519", nullptr, key.span().data(), key.size()));
}

int as_int(std::size_t size) {
  return static_cast<int>(size);
}

}  // namespace

std::optional<PublicKey> public_key_of(const Secret& private_key) {
  const auto handle = private_handle(private_key);
  PublicKey out{};
  std::size_t size = out.size();
  if (!handle || EVP_PKEY_get_raw_public_key(handle.get(), out.data(), &size) != 1 ||
      size != out.size()) {
    return std::nullopt;
  }
  return out;
}

std::optional<KeyPair> make_key_pair() {
  KeyPair pair;
  pair.private_key = random_secret(kKeyBytes);
  const auto public_key = public_key_of(pair.private_key);
  if (!public_key) {
    return std::nullopt;
  }
  pair.public_key = *public_key;
  return pair;
}

std::optional<Secret> shared_secret(const Secret& private_key, const PublicKey& other) {
  const auto mine = private_handle(private_key);
  const Owned<EVP_PKEY> theirs(
      EVP_PKEY_new_raw_public_key_ex(nullptr, "X25519", nullptr, other.data(), other.size()));
  if (!mine || !theirs) {
    return std::nullopt;
  }
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_pkey(nullptr, mine.get(), nullptr));
  Secret secret(kKeyBytes);
  std::size_t size = secret.size();
  if (!context || EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_derive_set_peer(context.get(), theirs.get()) != 1 ||
      EVP_PKEY_derive(context.get(), secret.mutable_span().data(), &size) != 1 ||
      size != kKeyBytes) {
    return std::nullopt;
  }
  return secret;
}

std::optional<Secret> hkdf_sha256(const Secret& input, ByteView salt, std::string_view info) {
  const Owned<EVP_KDF> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  const Owned<EVP_KDF_CTX> context(kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr);
  if (!context) {
    return std::nullopt;
  }
  // OSSL_PARAM takes pointers to non-const, and only reads what they point to.
  char digest[] = "SHA256";
  Secret key = input.duplicate();
  Bytes salt_copy(salt.begin(), salt.end());
  if (salt_copy.empty()) {
    salt_copy.assign(kKeyBytes, 0);  // what RFC 5869 2.2 takes for none
  }
  std::string info_copy(info);
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key.mutable_span().data(), key.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt_copy.data(), salt_copy.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info_copy.data(), info_copy.size()),
      OSSL_PARAM_construct_end()};
  Secret out(kKeyBytes);
  if (EVP_KDF_derive(context.get(), out.mutable_span().data(), out.size(), parameters) != 1) {
    return std::nullopt;
  }
  return out;
}

struct GcmKey::Context {
  Secret key;
  Owned<EVP_CIPHER_CTX> cipher{EVP_CIPHER_CTX_new()};
};

GcmKey::GcmKey(Secret key) : context_(std::make_unique<Context>()) {
  require(key.size() == kKeyBytes, "an AES-256 key has 32 bytes");
  context_->key = std::move(key);
  require(context_->cipher != nullptr, "memory for a cipher context");
}
GcmKey::~GcmKey() = default;
GcmKey::GcmKey(GcmKey&&) noexcept = default;
GcmKey& GcmKey::operator=(GcmKey&&) noexcept = default;

bool GcmKey::seal(std::uint64_t counter, ByteView associated, ByteView plain,
                  std::span<std::uint8_t> out) {
  require(out.size() == plain.size() + kTagBytes, "room for ciphertext and tag");
  EVP_CIPHER_CTX* cipher = context_->cipher.get();
  const Nonce nonce = nonce_of(counter);
  int written = 0;
  if (EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), nullptr, context_->key.span().data(),
                         nonce.data()) != 1 ||
      EVP_EncryptUpdate(cipher, nullptr, &written, associated.data(), as_int(associated.size())) !=
          1) {
    return false;
  }
  if (!plain.empty() &&
      EVP_EncryptUpdate(cipher, out.data(), &written, plain.data(), as_int(plain.size())) != 1) {
    return false;
  }
  std::uint8_t* tag = out.data() + plain.size();
  return EVP_EncryptFinal_ex(cipher, tag, &written) == 1 &&
         EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, as_int(kTagBytes), tag) == 1;
}

bool GcmKey::open(std::uint64_t counter, ByteView associated, ByteView sealed,
                  std::span<std::uint8_t> out) {
  if (sealed.size() < kTagBytes || out.size() != sealed.size() - kTagBytes) {
    return false;
  }
  EVP_CIPHER_CTX* cipher = context_->cipher.get();
  const Nonce nonce = nonce_of(counter);
  const ByteView text = sealed.first(out.size());
  std::array<std::uint8_t, kTagBytes> tag{};
  std::copy(sealed.end() - kTagBytes, sealed.end(), tag.begin());
  int written = 0;
  std::uint8_t rest[kTagBytes];
  const bool authentic =
      EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), nullptr, context_->key.span().data(),
                         nonce.data()) == 1 &&
      EVP_DecryptUpdate(cipher, nullptr, &written, associated.data(), as_int(associated.size())) ==
          1 &&
      (text.empty() ||
       EVP_DecryptUpdate(cipher, out.data(), &written, text.data(), as_int(text.size())) == 1) &&
      EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, as_int(kTagBytes), tag.data()) == 1 &&
      EVP_DecryptFinal_ex(cipher, rest, &written) == 1;
  if (!authentic) {
    OPENSSL_cleanse(out.data(), out.size());
  }
  return authentic;
}

}  // namespace phimilter::escrow
