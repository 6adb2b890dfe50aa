// SPDX-License-Identifier: Apache-2.0
#include "protect/gpg_inspection.h"

#include <filesystem>
#include <vector>

#include "protect/gpg_context.h"
#include "protect/gpg_home.h"

namespace phimilter::protect {
namespace {

class ThrowAwayHome {
 public:
  explicit ThrowAwayHome(std::string path) : path_(std::move(path)) {}
  ~ThrowAwayHome() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ThrowAwayHome(const ThrowAwayHome&) = delete;
  ThrowAwayHome& operator=(const ThrowAwayHome&) = delete;

 private:
  std::string path_;
};

Fault no_key() {
  return permanent_fault("pgp.no_key", "there is no usable OpenPGP public key for the address");
}

bool can_encrypt(const Key& key) {
  return key->can_encrypt != 0 && key->revoked == 0 && key->expired == 0 && key->invalid == 0 &&
         key->disabled == 0;
}

bool is_better(const Key& key, const Key& best) {
  if (!best || can_encrypt(key) != can_encrypt(best)) {
    return !best || can_encrypt(key);
  }
  return can_encrypt(key) && key->subkeys->timestamp > best->subkeys->timestamp;
}

Result<Key> best_key(const Context& context) {
  Key best;
  auto listed = for_each_key(context, [&](Key key) {
    // Without a user id left it is nobody's.
    if (key->uids != nullptr && !key_lines(key.get()).empty() && is_better(key, best)) {
      best = std::move(key);
    }
  });
  if (!listed) {
    return fail(listed);
  }
  if (!best) {
    return fail(no_key());
  }
  return best;
}

Status send_key(const Context& context, const Key& key) {
  const Data answer = answer_stream();
  gpgme_set_armor(context.get(), 0);
  const std::vector<gpgme_key_t> keys = {key.get(), nullptr};
  auto wanted = keys;
  const auto error =
      gpgme_op_export_keys(context.get(), wanted.data(), GPGME_EXPORT_MODE_MINIMAL, answer.get());
  if (error != GPG_ERR_NO_ERROR) {
    return fail(gpg_fault("pgp.export", "gpg cannot export a key", error));
  }
  return {};
}

}  // namespace

Result<std::string> inspect_keys(const std::string& home, const std::string& address,
                                 Upload& upload) {
  auto made = make_inspection_home(home, address);
  if (!made) {
    return fail(made);
  }
  const ThrowAwayHome throw_away(*made);
  auto context = open_context(*made);
  if (!context) {
    return fail(context);
  }
  const Data keys = upload_stream(upload);
  const auto error = gpgme_op_import(context->get(), keys.get());
  const auto* result = gpgme_op_import_result(context->get());
  if (result == nullptr || result->considered == 0 || result->imports == nullptr) {
    const bool nothing = error == GPG_ERR_NO_ERROR || gpgme_err_code(error) == GPG_ERR_NO_DATA;
    return fail(nothing ? no_key() : gpg_fault("pgp.import", "gpg cannot read a key", error));
  }
  auto best = best_key(*context);
  if (!best) {
    return fail(best);
  }
  if (auto sent = send_key(*context, *best); !sent) {
    return fail(sent);
  }
  return key_lines(best->get());
}

}  // namespace phimilter::protect
