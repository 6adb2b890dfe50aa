// SPDX-License-Identifier: Apache-2.0
#include "protect/gnupg_keys.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace phimilter::protect {
namespace {

using policy::KeyState;

std::int64_t seconds(Timestamp at) {
  return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
}

bool is_past(std::int64_t expires, std::int64_t now) {
  return expires != 0 && expires <= now;
}

// What is best said of several: a valid one counts, then one that was valid once.
int rank(KeyState state) {
  constexpr std::array kBestFirst = {KeyState::valid,    KeyState::expired, KeyState::revoked,
                                     KeyState::unusable, KeyState::unknown, KeyState::none};
  const auto at = std::find(kBestFirst.begin(), kBestFirst.end(), state);
  return static_cast<int>(at - kBestFirst.begin());
}

KeyState state_of(const ListedSubkey& subkey, std::int64_t now) {
  if (subkey.revoked) {
    return KeyState::revoked;
  }
  if (subkey.unusable || subkey.created > now) {
    return KeyState::unusable;
  }
  return is_past(subkey.expires, now) ? KeyState::expired : KeyState::valid;
}

std::int64_t earliest_expiry(const ListedKey& key) {
  std::int64_t latest_subkey = 0;
  for (const auto& subkey : key.encryption) {
    if (subkey.expires == 0) {
      return key.expires;
    }
    latest_subkey = std::max(latest_subkey, subkey.expires);
  }
  return key.expires == 0 ? latest_subkey : std::min(key.expires, latest_subkey);
}

}  // namespace

KeyState state_of(const ListedKey& key, Timestamp now) {
  const std::int64_t second = seconds(now);
  if (key.revoked) {
    return KeyState::revoked;
  }
  if (key.unusable || key.encryption.empty() || key.created > second) {
    return KeyState::unusable;
  }
  if (is_past(key.expires, second)) {
    return KeyState::expired;
  }
  KeyState best = KeyState::none;
  for (const auto& subkey : key.encryption) {
    const KeyState state = state_of(subkey, second);
    best = rank(state) < rank(best) ? state : best;
  }
  return best;
}

GnupgKeys::GnupgKeys(std::vector<ListedKey> keys) : keys_(std::move(keys)) {
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    for (const auto& text : keys_[i].addresses) {
      if (const auto address = mail::Address::parse(text)) {
        auto& indexes = by_address_[address->key()];
        if (indexes.empty() || indexes.back() != i) {
          indexes.push_back(i);
        }
      }
    }
  }
}

policy::KeyFact GnupgKeys::find(const mail::Address& address, Timestamp now) const {
  policy::KeyFact fact{.state = KeyState::none, .fingerprint = std::nullopt, .source = "gnupg"};
  const auto indexes = by_address_.find(address.key());
  if (indexes == by_address_.end()) {
    return fact;
  }
  const ListedKey* best = nullptr;
  for (const std::size_t index : indexes->second) {
    const ListedKey& key = keys_[index];
    const KeyState state = state_of(key, now);
    const bool better = best == nullptr || rank(state) < rank(fact.state) ||
                        (rank(state) == rank(fact.state) && key.created > best->created);
    if (better) {
      best = &key;
      fact.state = state;
    }
  }
  if (fact.state == KeyState::valid || fact.state == KeyState::expired) {
    fact.fingerprint = FingerprintId::parse(best->fingerprint);
  }
  return fact;
}

std::vector<KeyDescription> GnupgKeys::describe(Timestamp now) const {
  std::vector<KeyDescription> descriptions;
  for (const auto& key : keys_) {
    descriptions.push_back({*FingerprintId::parse(key.fingerprint), key.addresses,
                            state_of(key, now),
                            Timestamp(std::chrono::seconds(earliest_expiry(key))),
                            key.encryption.empty() ? "" : key.encryption.front().algorithm});
  }
  return descriptions;
}

}  // namespace phimilter::protect
