// SPDX-License-Identifier: Apache-2.0
//
// GPGME's handles with owners, and what each request of phimilter-gpg needs. Private to that
// program.
#pragma once

#include <gpgme.h>

#include <memory>
#include <string>
#include <type_traits>

#include "base/result.h"

namespace phimilter::protect {

struct ReleaseContext {
  void operator()(gpgme_ctx_t context) const { gpgme_release(context); }
};
struct ReleaseKey {
  void operator()(gpgme_key_t key) const { gpgme_key_unref(key); }
};
struct ReleaseData {
  void operator()(gpgme_data_t data) const { gpgme_data_release(data); }
};
using Context = std::unique_ptr<std::remove_pointer_t<gpgme_ctx_t>, ReleaseContext>;
using Key = std::unique_ptr<std::remove_pointer_t<gpgme_key_t>, ReleaseKey>;
using Data = std::unique_ptr<std::remove_pointer_t<gpgme_data_t>, ReleaseData>;

// Transient, with gpg's words.
Fault gpg_fault(std::string id, std::string text, gpgme_error_t error);

Result<Context> open_context(const std::string& home);

// Data frames of the request; `upload` must outlive it.
class Upload;
Data upload_stream(Upload& upload);
// Becomes data frames of the answer. `beginning`, which must outlive it, gets a copy of the first
// bytes.
Data answer_stream(std::string* beginning = nullptr);
// Takes everything and keeps nothing.
Data no_stream();

// A key with a passphrase cannot be used: nobody is asked for it, and nobody waited for.
void ask_nobody(const Context& context);

// As gpg_key_lines.h describes them; empty for what is no v4 key.
std::string key_lines(gpgme_key_t key);

// Calls `take` with each key that the context lists.
template <typename Take>
Status for_each_key(const Context& context, Take take) {
  gpgme_error_t error = gpgme_op_keylist_start(context.get(), nullptr, 0);
  while (error == GPG_ERR_NO_ERROR) {
    gpgme_key_t raw = nullptr;
    error = gpgme_op_keylist_next(context.get(), &raw);
    Key listed(raw);
    if (error == GPG_ERR_NO_ERROR) {
      take(std::move(listed));
    }
  }
  gpgme_op_keylist_end(context.get());
  if (gpgme_err_code(error) != GPG_ERR_EOF) {
    return fail(gpg_fault("pgp.list", "gpg cannot list the keyring", error));
  }
  return {};
}

}  // namespace phimilter::protect
