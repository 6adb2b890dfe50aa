// SPDX-License-Identifier: Apache-2.0
//
// What who is signed in may do with an account.
#include "base/encoding.h"
#include "portal/accounts.h"
#include "portal/mailed_code.h"
#include "portal/totp.h"

namespace phimilter::portal {
namespace {

constexpr std::size_t kRecoveryCodes = 10;
constexpr std::size_t kRecoveryBytes = 10;  // 80 bits: need no slow hash

std::string in_groups(const std::string& code) {
  std::string out;
  for (std::size_t i = 0; i < code.size(); i += 4) {
    out += (i == 0 ? "" : "-") + code.substr(i, 4);
  }
  return out;
}

}  // namespace

// Counted under the account's own limit: who sits at somebody's open page does not get to guess.
Result<std::optional<Account>> Accounts::prove(const std::string& name,
                                               std::string_view passphrase) {
  auto account = parts_.store.load(name);
  if (!account) {
    return account;
  }
  const auto locked = parts_.guesses.count(GuessScope::account, name);
  if (!locked || *locked > 0) {
    return locked ? Result<std::optional<Account>>(std::nullopt) : fail(locked.error());
  }
  const auto right = right_passphrase(*account, passphrase);
  if (!right) {
    const Status back = parts_.guesses.take_back(GuessScope::account, name);
    return fail(back ? right.error() : back.error());
  }
  if (!*right) {
    return std::nullopt;
  }
  if (Status forgotten = parts_.guesses.forget(GuessScope::account, name); !forgotten) {
    return fail(forgotten);
  }
  return account;
}

Result<NewPassphrase> Accounts::change(const std::string& name, std::string_view passphrase,
                                       std::string_view wanted, const std::string& language) {
  const auto held = hold(name);
  auto account = prove(name, passphrase);
  if (!account || !*account) {
    return account ? Result<NewPassphrase>(NewPassphrase{}) : fail(account);
  }
  const auto judged = judge(wanted, (*account)->address);
  if (!judged || judged->kind != NewPassphrase::Kind::taken) {
    return judged;
  }
  auto hash = parts_.slow_hash.hash(readings_of(wanted).front());
  if (!hash) {
    return fail(hash);
  }
  (*account)->passphrase_hash = std::move(*hash);
  if (Status saved = parts_.store.save(name, **account); !saved) {
    return fail(saved);
  }
  parts_.mail(AccountMail::changed, (*account)->address, {}, language);
  return judged;
}

Result<bool> Accounts::remove(const std::string& name, std::string_view passphrase) {
  const auto held = hold(name);
  const auto account = prove(name, passphrase);
  if (!account || !*account) {
    return account ? Result<bool>(false) : fail(account.error());
  }
  if (Status removed = parts_.store.remove(name); !removed) {
    return fail(removed);
  }
  return true;
}

Result<std::optional<Secret>> Accounts::begin_authenticator(const std::string& name,
                                                            std::string_view passphrase) {
  const auto held = hold(name);
  auto account = prove(name, passphrase);
  if (!account || !*account) {
    return account ? Result<std::optional<Secret>>(std::nullopt) : fail(account);
  }
  Secret secret = random_secret(kTotpSecretBytes);
  (*account)->totp_pending = base64(secret.span());
  if (Status saved = parts_.store.save(name, **account); !saved) {
    return fail(saved);
  }
  return secret;
}

Result<std::optional<Secret>> Accounts::pending_authenticator(const std::string& name) {
  const auto account = parts_.store.load(name);
  if (!account) {
    return fail(account.error());
  }
  if (!*account || (*account)->totp_pending.empty()) {
    return std::nullopt;
  }
  return secret_of((*account)->totp_pending);
}

Result<std::vector<std::string>> Accounts::confirm_authenticator(const std::string& name,
                                                                 std::string_view code) {
  const auto held = hold(name);
  auto account = parts_.store.load(name);
  if (!account) {
    return fail(account);
  }
  std::vector<std::string> codes;
  if (!*account || (*account)->totp_pending.empty()) {
    return codes;
  }
  const Secret secret = secret_of((*account)->totp_pending);
  const auto step = matching_step(secret, plain_code(code), parts_.clock.now(), 0);
  if (!step) {
    return codes;
  }
  (*account)->totp_secret = std::move((*account)->totp_pending);
  (*account)->totp_pending.clear();
  (*account)->totp_last_step = *step;
  (*account)->recovery.clear();
  for (std::size_t i = 0; i < kRecoveryCodes; ++i) {
    codes.push_back(in_groups(base32(random_secret(kRecoveryBytes).span())));
    (*account)->recovery.push_back(recovery_hash(codes.back()));
  }
  if (Status saved = parts_.store.save(name, **account); !saved) {
    return fail(saved);
  }
  return codes;
}

Result<bool> Accounts::remove_authenticator(const std::string& name, std::string_view passphrase) {
  const auto held = hold(name);
  auto account = prove(name, passphrase);
  if (!account || !*account) {
    return account ? Result<bool>(false) : fail(account);
  }
  (*account)->totp_secret.clear();
  (*account)->totp_pending.clear();
  (*account)->recovery.clear();
  if (Status saved = parts_.store.save(name, **account); !saved) {
    return fail(saved);
  }
  return true;
}

}  // namespace phimilter::portal
