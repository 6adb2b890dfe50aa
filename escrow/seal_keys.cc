// SPDX-License-Identifier: Apache-2.0
#include "escrow/seal_keys.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/files.h"
#include "base/limits.h"
#include "escrow/vault.h"

namespace phimilter::escrow {

namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};
using OwnedKey = std::unique_ptr<EVP_PKEY, Free>;
using OwnedBio = std::unique_ptr<BIO, Free>;

// Without it OpenSSL asks the terminal for the passphrase of an encrypted key.
int no_passphrase(char*, int, int, void*) {
  return 0;
}

Fault not_a_key(const std::string& path) {
  ERR_clear_error();
  return configuration_fault("escrow.key", "the file holds no X25519 key in PEM")
      .with("path", path);
}

Result<Secret> raw_key(const OwnedKey& key, int (*get)(const EVP_PKEY*, unsigned char*, size_t*),
                       const std::string& path) {
  Secret raw(kKeyBytes);
  std::size_t size = raw.size();
  if (!key || EVP_PKEY_is_a(key.get(), "X25519") != 1 ||
      get(key.get(), raw.mutable_span().data(), &size) != 1 || size != kKeyBytes) {
    return fail(not_a_key(path));
  }
  return raw;
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) {
    return ".";
  }
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Under a name that nobody has yet: an existing key is never lost.
Status write_new_file(const std::string& path, std::string_view content, mode_t mode) {
  UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!fd && errno == EEXIST) {
    return fail(configuration_fault("escrow.key_exists", "the key is there already, and stays")
                    .with("path", path));
  }
  if (!fd) {
    return fail(errno_fault("escrow.key_write", "cannot make the key file").with("path", path));
  }
  Status written = write_all(fd.get(), content, path);
  if (written && (fchmod(fd.get(), mode) != 0 || fsync(fd.get()) != 0)) {
    written = fail(errno_fault("escrow.key_write", "cannot sync the key file").with("path", path));
  }
  if (written) {
    return sync_folder(folder_of(path));
  }
  unlink(path.c_str());
  return written;
}

Status must_be_absent(const std::string& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) == 0) {
    return fail(configuration_fault("escrow.key_exists", "the key is there already, and stays")
                    .with("path", path));
  }
  return {};
}

// The text stays inside the BIO, which OpenSSL wipes when its memory is secret.
std::string_view text_of(const OwnedBio& bio) {
  char* start = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &start);
  return {start, size > 0 ? static_cast<std::size_t>(size) : 0};
}

}  // namespace

Result<PublicKey> read_public_key(const std::string& path) {
  auto content = read_file(path, 64 * limits::kKiB);
  if (!content) {
    return fail(configuration_fault("escrow.key", "cannot read the vault's public key")
                    .with("path", path)
                    .with("reason", content.error().id));
  }
  const OwnedBio bio(BIO_new_mem_buf(content->data(), static_cast<int>(content->size())));
  const OwnedKey key(bio ? PEM_read_bio_PUBKEY(bio.get(), nullptr, no_passphrase, nullptr)
                         : nullptr);
  auto raw = raw_key(key, EVP_PKEY_get_raw_public_key, path);
  if (!raw) {
    return fail(raw);
  }
  PublicKey out{};
  std::copy(raw->span().begin(), raw->span().end(), out.begin());
  return out;
}

Result<Secret> read_private_key(const std::string& path) {
  auto content = read_secret_file(path, 0);
  if (!content) {
    return fail(content);
  }
  const OwnedBio bio(BIO_new_mem_buf(content->span().data(), static_cast<int>(content->size())));
  const OwnedKey key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr)
                         : nullptr);
  return raw_key(key, EVP_PKEY_get_raw_private_key, path);
}

Status generate_keys(const std::string& private_key_file, const std::string& public_key_file) {
  for (const std::string& path : {private_key_file, public_key_file}) {
    if (auto absent = must_be_absent(path); !absent) {
      return absent;
    }
  }
  const OwnedKey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"));
  const OwnedBio private_text(BIO_new(BIO_s_secmem()));
  const OwnedBio public_text(BIO_new(BIO_s_mem()));
  if (!key || !private_text || !public_text ||
      PEM_write_bio_PKCS8PrivateKey(private_text.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                    nullptr) != 1 ||
      PEM_write_bio_PUBKEY(public_text.get(), key.get()) != 1) {
    return fail(bug_fault("escrow.crypto", "the crypto library made no X25519 key"));
  }
  if (auto written = write_new_file(private_key_file, text_of(private_text), 0600); !written) {
    return written;
  }
  auto written = write_new_file(public_key_file, text_of(public_text), 0644);
  if (!written) {
    // Half a pair would stand in the way of the next try, and nothing can be sealed to it yet.
    unlink(private_key_file.c_str());
  }
  return written;
}

Status generate_secret_file(const std::string& path, std::size_t size) {
  const Secret secret = random_secret(size);
  return write_new_file(path, secret.view(), 0600);
}

}  // namespace phimilter::escrow
