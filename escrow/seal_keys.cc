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
#include "base/log.h"
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

// Tells one content of a file from the next without reading it.
std::string mark_of(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) {
    return "gone";
  }
  return std::to_string(info.st_ino) + " " + std::to_string(info.st_size) + " " +
         std::to_string(info.st_mtim.tv_sec) + "." + std::to_string(info.st_mtim.tv_nsec);
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

Result<KeyRing> read_private_keys(const std::string& path) {
  constexpr std::size_t kMostKeys = 16;
  auto content = read_secret_file(path, 0);
  if (!content) {
    return fail(content);
  }
  const OwnedBio bio(BIO_new_mem_buf(content->span().data(), static_cast<int>(content->size())));
  KeyRing ring;
  while (bio && ring.size() < kMostKeys) {
    const OwnedKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
    if (!key && !ring.empty()) {
      ERR_clear_error();  // the end of the file
      break;
    }
    auto raw = raw_key(key, EVP_PKEY_get_raw_private_key, path);
    if (!raw) {
      return fail(raw);
    }
    const auto public_key = public_key_of(*raw);
    if (!public_key) {
      return fail(not_a_key(path));
    }
    ring.push_back({std::move(*raw), *public_key});
  }
  return ring;
}

Result<Secret> read_private_key(const std::string& path) {
  auto ring = read_private_keys(path);
  if (!ring) {
    return fail(ring);
  }
  return std::move(ring->front().private_key);
}

Result<Secret> private_keys_text(const KeyRing& ring) {
  const OwnedBio out(BIO_new(BIO_s_secmem()));
  for (const KeyPair& pair : ring) {
    const OwnedKey key(EVP_PKEY_new_raw_private_key_ex(
        nullptr, "X25519", nullptr, pair.private_key.span().data(), pair.private_key.size()));
    if (!out || !key ||
        PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                      nullptr) != 1) {
      return fail(bug_fault("escrow.crypto", "the crypto library wrote no X25519 key"));
    }
  }
  return Secret(text_of(out));
}

Result<std::string> public_key_text(const PublicKey& key) {
  const OwnedBio out(BIO_new(BIO_s_mem()));
  const OwnedKey handle(
      EVP_PKEY_new_raw_public_key_ex(nullptr, "X25519", nullptr, key.data(), key.size()));
  if (!out || !handle || PEM_write_bio_PUBKEY(out.get(), handle.get()) != 1) {
    return fail(bug_fault("escrow.crypto", "the crypto library wrote no X25519 key"));
  }
  return std::string(text_of(out));
}

PublicKeyFile::PublicKeyFile(std::string path, PublicKey key) : path_(std::move(path)), key_(key) {}

Result<std::unique_ptr<PublicKeyFile>> PublicKeyFile::open(const std::string& path) {
  const std::string mark = mark_of(path);
  auto key = read_public_key(path);
  if (!key) {
    return fail(key);
  }
  std::unique_ptr<PublicKeyFile> file(new PublicKeyFile(path, *key));
  file->mark_ = mark;
  return file;
}

PublicKey PublicKeyFile::now() {
  const std::lock_guard lock(mutex_);
  std::string mark = mark_of(path_);
  if (mark != mark_) {
    mark_ = std::move(mark);
    const auto key = read_public_key(path_);
    if (key) {
      key_ = *key;
      log::event(log::Level::info, "-", "escrow_key_read", {{"path", path_}});
    } else {
      log::fault(log::Level::error, "-", key.error());
    }
  }
  return key_;
}

PrivateKeyFile::PrivateKeyFile(std::string path, KeyRing ring)
    : path_(std::move(path)), ring_(std::make_shared<const KeyRing>(std::move(ring))) {}

Result<std::unique_ptr<PrivateKeyFile>> PrivateKeyFile::open(const std::string& path) {
  const std::string mark = mark_of(path);
  auto ring = read_private_keys(path);
  if (!ring) {
    return fail(ring);
  }
  std::unique_ptr<PrivateKeyFile> file(new PrivateKeyFile(path, std::move(*ring)));
  file->mark_ = mark;
  return file;
}

std::shared_ptr<const KeyRing> PrivateKeyFile::now() {
  const std::lock_guard lock(mutex_);
  std::string mark = mark_of(path_);
  if (mark != mark_) {
    mark_ = std::move(mark);
    auto ring = read_private_keys(path_);
    if (ring) {
      ring_ = std::make_shared<const KeyRing>(std::move(*ring));
      log::event(log::Level::info, "-", "escrow_key_read",
                 {{"path", path_}, {"keys", std::to_string(ring_->size())}});
    } else {
      log::fault(log::Level::error, "-", ring.error());
    }
  }
  return ring_;
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
