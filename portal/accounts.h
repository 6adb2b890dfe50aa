// SPDX-License-Identifier: Apache-2.0
//
// Recipients' own accounts: made after a proof, signed in to with a passphrase and, where there is
// one, a code of an authenticator. An account that is not there costs the same work and gives the
// same answers as one whose passphrase is wrong. Threads: may be shared.
#pragma once

#include <array>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "audit/journal.h"
#include "base/clock.h"
#include "portal/account_store.h"
#include "portal/guess_limits.h"
#include "portal/passphrase_rules.h"
#include "portal/slow_hash.h"

namespace phimilter::portal {

struct SignInForm {
  std::string_view address, passphrase;
  std::string_view code;  // of the authenticator, or a recovery code; empty: none
  std::string peer;
};

struct SignedIn {
  enum class Kind { right, wrong, locked } kind = Kind::wrong;
  std::string name;            // of the account, when right
  bool second_factor = false;  // a code was given, and was right
  std::int64_t locked_s = 0;
};

struct NewPassphrase {
  enum class Kind { taken, refused, wrong, locked } kind = Kind::wrong;
  PassphraseFault fault = PassphraseFault::none;  // why it is refused
  std::int64_t locked_s = 0;
};

// What a mail about an account says: it was made; there is one already; a code to reset its
// passphrase; there is none; its passphrase was changed.
enum class AccountMail { made, already, reset, no_account, changed };

// Borrowed; all must outlive Accounts.
struct AccountParts {
  AccountStore& store;
  SlowHash& slow_hash;
  GuessLimits& guesses;
  const PassphraseRules& rules;
  const Clock& clock;
  const Secret& pepper;
  std::string organisation_name;
  // In the background. `code`: of a reset.
  std::function<void(AccountMail, const std::string& address, const std::string& code,
                     const std::string& language)>
      mail;
  // Whether mail for this address waits here: to others the portal writes nothing.
  std::function<bool(const mail::Address&)> is_recipient;
  audit::Journal* journal = nullptr;  // null: nothing is recorded
};

class Accounts {
 public:
  explicit Accounts(AccountParts parts) : parts_(std::move(parts)) {}

  // The caller has the proof that the address is the visitor's. Taken also where there is an
  // account already, which stays as it is; the mail says which.
  Result<NewPassphrase> make(const mail::Address& address, std::string_view passphrase,
                             const std::string& language);
  Result<SignedIn> sign_in(const SignInForm& form);
  // Also of an account that is not there; empty: no address.
  std::string name_of(std::string_view address) const;
  Result<std::optional<Account>> find(const std::string& name) { return parts_.store.load(name); }

  // One mail for who has an account and for who is a recipient without, none for anybody else; the
  // caller can tell none of these from the others.
  Status request_reset(std::string_view address, const std::string& language,
                       const std::string& peer);
  Result<NewPassphrase> reset(const SignInForm& form);  // code: the mailed one

  // For who is signed in; `passphrase` is asked for again.
  Result<NewPassphrase> change(const std::string& name, std::string_view passphrase,
                               std::string_view wanted, const std::string& language);
  Result<bool> remove(const std::string& name, std::string_view passphrase);
  // The secret to put into an authenticator, which counts once confirm_authenticator() has seen a
  // code of it. False passphrase: nullopt.
  Result<std::optional<Secret>> begin_authenticator(const std::string& name,
                                                    std::string_view passphrase);
  // The secret that waits to be confirmed.
  Result<std::optional<Secret>> pending_authenticator(const std::string& name);
  // Ten codes, shown once; each signs in once instead of the authenticator. Empty: wrong code.
  Result<std::vector<std::string>> confirm_authenticator(const std::string& name,
                                                         std::string_view code);
  Result<bool> remove_authenticator(const std::string& name, std::string_view passphrase);

  const PassphraseRules& rules() const { return parts_.rules; }

 private:
  static std::vector<Secret> readings_of(std::string_view passphrase);
  static Secret secret_of(const std::string& base64_text);
  std::unique_lock<std::mutex> hold(const std::string& name);
  Result<NewPassphrase> judge(std::string_view passphrase, std::string_view address) const;
  Result<std::int64_t> count(const std::string& name, const std::string& peer);
  Status record(const std::optional<Account>& account, const std::string& peer, bool right);
  Status uncount(const std::string& name, const std::string& peer);
  Status forget_count(const std::string& name, const std::string& peer);
  Result<bool> right_passphrase(const std::optional<Account>& account, std::string_view passphrase);
  bool right_code(Account& account, std::string_view code) const;
  std::string recovery_hash(std::string_view code) const;
  Result<std::optional<Account>> prove(const std::string& name, std::string_view passphrase);

  AccountParts parts_;
  std::array<std::mutex, 64> held_;
};

}  // namespace phimilter::portal
