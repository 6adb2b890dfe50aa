// SPDX-License-Identifier: Apache-2.0
#include "portal/accounts.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/limits.h"
#include "escrow/proof.h"
#include "portal/events.h"
#include "portal/mailed_code.h"
#include "portal/totp.h"

namespace phimilter::portal {
namespace {

// For who has none, so that the work is the same.
const Secret& nobodys_secret() {
  static const Secret secret = random_secret(kTotpSecretBytes);
  return secret;
}

NewPassphrase locked_for(std::int64_t seconds) {
  return {NewPassphrase::Kind::locked, PassphraseFault::none, seconds};
}

}  // namespace

std::vector<Secret> Accounts::readings_of(std::string_view passphrase) {
  std::vector<Secret> readings;
  // Cut, so that nobody sends a megabyte to be normalised; too long is never right.
  readings.push_back(escrow::normalise_passphrase(passphrase.substr(0, 8 * kLongestPassphrase)));
  return readings;
}

Secret Accounts::secret_of(const std::string& base64_text) {
  const auto bytes = unbase64(base64_text);
  return Secret(bytes ? ByteView(*bytes) : ByteView());
}

std::unique_lock<std::mutex> Accounts::hold(const std::string& name) {
  return std::unique_lock(held_[std::hash<std::string>{}(name) % held_.size()]);
}

Result<NewPassphrase> Accounts::judge(std::string_view passphrase, std::string_view address) const {
  const Secret normalised = std::move(readings_of(passphrase).front());
  const auto fault = parts_.rules.judge(normalised, address, parts_.organisation_name);
  if (!fault) {
    return fail(fault.error());
  }
  return NewPassphrase{
      *fault == PassphraseFault::none ? NewPassphrase::Kind::taken : NewPassphrase::Kind::refused,
      *fault, 0};
}

std::string Accounts::name_of(std::string_view address) const {
  const auto parsed = mail::Address::parse(trim(address));
  return parsed ? parts_.store.name_of(*parsed) : std::string();
}

Result<NewPassphrase> Accounts::make(const mail::Address& address, std::string_view passphrase,
                                     const std::string& language) {
  const auto judged = judge(passphrase, address.spelled());
  if (!judged || judged->kind != NewPassphrase::Kind::taken) {
    return judged;
  }
  const std::string name = parts_.store.name_of(address);
  const auto held = hold(name);
  const auto there = parts_.store.load(name);
  if (!there) {
    return fail(there.error());
  }
  auto hash = parts_.slow_hash.hash(readings_of(passphrase).front());
  if (!hash) {
    return fail(hash);
  }
  if (!*there) {
    Account account;
    account.address = address.spelled();
    account.passphrase_hash = std::move(*hash);
    account.made = parts_.clock.now();
    if (Status saved = parts_.store.save(name, account); !saved) {
      return fail(saved);
    }
  }
  // To who has one already the mail says how to get in again.
  parts_.mail(*there ? AccountMail::already : AccountMail::made, address.spelled(), {}, language);
  return judged;
}

// Before the check. An account that is not there has a count too.
Result<std::int64_t> Accounts::count(const std::string& name, const std::string& peer) {
  const auto from_network =
      parts_.guesses.count(GuessScope::network, parts_.guesses.network_of(peer));
  if (!from_network || *from_network > 0) {
    return from_network;
  }
  return parts_.guesses.count(GuessScope::account, name);
}

// The try could not be looked at.
Status Accounts::uncount(const std::string& name, const std::string& peer) {
  const Status back =
      parts_.guesses.take_back(GuessScope::network, parts_.guesses.network_of(peer));
  return back ? parts_.guesses.take_back(GuessScope::account, name) : back;
}

Status Accounts::forget_count(const std::string& name, const std::string& peer) {
  if (Status back = parts_.guesses.take_back(GuessScope::network, parts_.guesses.network_of(peer));
      !back) {
    return back;
  }
  return parts_.guesses.forget(GuessScope::account, name);
}

Result<bool> Accounts::right_passphrase(const std::optional<Account>& account,
                                        std::string_view passphrase) {
  return parts_.slow_hash.check(readings_of(passphrase),
                                account ? account->passphrase_hash : std::string());
}

std::string Accounts::recovery_hash(std::string_view code) const {
  const std::string text = std::string("recovery") + '\0' + plain_code(code);
  return hex(hmac_sha256(parts_.pepper.span(), as_bytes(text)));
}

// Uses up what is right: the step of the authenticator, or the recovery code. The caller saves.
bool Accounts::right_code(Account& account, std::string_view code) const {
  const Secret secret = secret_of(account.totp_secret);
  const bool has_one = !secret.empty();
  const auto step = matching_step(has_one ? secret : nobodys_secret(), plain_code(code),
                                  parts_.clock.now(), account.totp_last_step);
  const std::string hash = recovery_hash(code);
  bool recovered = false;
  for (std::string& kept : account.recovery) {
    if (constant_time_equal(std::string_view(kept), std::string_view(hash))) {
      kept.clear();
      recovered = true;
    }
  }
  if (!has_one) {
    return false;
  }
  std::erase_if(account.recovery, [](const std::string& kept) { return kept.empty(); });
  account.totp_last_step = step.value_or(account.totp_last_step);
  return step || recovered;
}

// On the disk before it is told.
Status Accounts::record(const std::optional<Account>& account, const std::string& peer,
                        bool right) {
  return parts_.journal == nullptr
             ? Status()
             : record_sign_in(*parts_.journal, "account:" + (account ? account->address : ""), peer,
                              right);
}

Result<SignedIn> Accounts::sign_in(const SignInForm& form) {
  const auto address = mail::Address::parse(trim(form.address));
  if (!address) {
    return SignedIn{};  // no address at all: everybody knows that there is no account
  }
  const std::string name = parts_.store.name_of(*address);
  const auto held = hold(name);
  auto account = parts_.store.load(name);
  if (!account) {
    return fail(account);
  }
  const auto locked = count(name, form.peer);
  if (!locked || *locked > 0) {
    return locked ? Result<SignedIn>(SignedIn{SignedIn::Kind::locked, {}, false, *locked})
                  : fail(locked.error());
  }
  const auto right = right_passphrase(*account, form.passphrase);
  if (!right) {
    const Status back = uncount(name, form.peer);
    return fail(back ? right.error() : back.error());
  }
  Account nobody;
  Account& counted = *account ? **account : nobody;
  const bool code_right = right_code(counted, form.code);
  const bool wants_code = !counted.totp_secret.empty();
  if (!*right || (wants_code && !code_right)) {
    // A recovery code or step that came with a wrong passphrase is not used up.
    if (Status recorded = record(*account, form.peer, false); !recorded) {
      return fail(recorded);
    }
    return SignedIn{};
  }
  if (wants_code) {
    if (Status saved = parts_.store.save(name, counted); !saved) {
      return fail(saved);
    }
  }
  if (Status recorded = record(*account, form.peer, true); !recorded) {
    return fail(recorded);
  }
  if (Status forgotten = forget_count(name, form.peer); !forgotten) {
    return fail(forgotten);
  }
  return SignedIn{SignedIn::Kind::right, name, wants_code, 0};
}

Status Accounts::request_reset(std::string_view address, const std::string& language,
                               const std::string& peer) {
  const auto parsed = mail::Address::parse(trim(address));
  if (!parsed) {
    return {};
  }
  const std::string name = parts_.store.name_of(*parsed);
  const auto held = hold(name);
  const auto from_network =
      parts_.guesses.count(GuessScope::network, parts_.guesses.network_of(peer));
  const auto flooded = parts_.guesses.count(GuessScope::code_mails, parsed->key());
  auto account = parts_.store.load(name);
  const std::string code = random_code();
  auto hash = parts_.slow_hash.hash(escrow::normalise_code(code));
  if (!from_network || !flooded || !account || !hash) {
    return fail(!from_network ? from_network.error()
                : !flooded    ? flooded.error()
                : !account    ? account.error()
                              : hash.error());
  }
  if (*from_network > 0 || *flooded > 0) {
    return {};
  }
  if (*account) {
    (*account)->reset_hash = std::move(*hash);
    (*account)->reset_expires = parts_.clock.now() + std::chrono::seconds(limits::kCodeS);
    if (Status saved = parts_.store.save(name, **account); !saved) {
      return saved;
    }
    parts_.mail(AccountMail::reset, (*account)->address, code, language);
  } else if (parts_.is_recipient(*parsed)) {
    parts_.mail(AccountMail::no_account, parsed->spelled(), {}, language);
  }
  return {};
}

Result<NewPassphrase> Accounts::reset(const SignInForm& form) {
  const auto judged = judge(form.passphrase, trim(form.address));
  if (!judged || judged->kind != NewPassphrase::Kind::taken) {
    return judged;
  }
  const auto address = mail::Address::parse(trim(form.address));
  if (!address) {
    return NewPassphrase{};
  }
  const std::string name = parts_.store.name_of(*address);
  const auto held = hold(name);
  auto account = parts_.store.load(name);
  if (!account) {
    return fail(account);
  }
  const auto locked = count(name, form.peer);
  if (!locked || *locked > 0) {
    return locked ? Result<NewPassphrase>(locked_for(*locked)) : fail(locked.error());
  }
  const bool waits =
      *account && (*account)->reset_expires && parts_.clock.now() < *(*account)->reset_expires;
  std::vector<Secret> codes;
  codes.push_back(escrow::normalise_code(form.code.substr(0, limits::kProofAnswer)));
  const auto right = parts_.slow_hash.check(codes, waits ? (*account)->reset_hash : std::string());
  auto hash = parts_.slow_hash.hash(readings_of(form.passphrase).front());
  if (!right || !hash) {
    const Status back = uncount(name, form.peer);
    return fail(!back ? back.error() : !right ? right.error() : hash.error());
  }
  if (Status recorded = record(*account, form.peer, *right); !recorded) {
    return fail(recorded);
  }
  if (!*right) {
    return NewPassphrase{};
  }
  (*account)->passphrase_hash = std::move(*hash);
  (*account)->reset_hash.clear();
  (*account)->reset_expires.reset();
  if (Status saved = parts_.store.save(name, **account); !saved) {
    return fail(saved);
  }
  if (Status forgotten = forget_count(name, form.peer); !forgotten) {
    return fail(forgotten);
  }
  return judged;
}

}  // namespace phimilter::portal
