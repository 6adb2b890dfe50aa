// SPDX-License-Identifier: Apache-2.0
#include "protect/gnupg_keys.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "protect/a_labels.h"

namespace phimilter::protect {
namespace {

using policy::KeyState;

constexpr const char* kSource = "gnupg";

policy::KeyFact none() {
  return {.state = KeyState::none, .fingerprint = std::nullopt, .source = kSource};
}

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

// As of certificates. The curves that gpg knows are all long enough.
bool is_short(std::string_view algorithm) {
  constexpr int kLeastBits = 2048;
  constexpr std::array<std::string_view, 3> kCounted = {"rsa", "elg", "dsa"};
  if (std::find(kCounted.begin(), kCounted.end(), algorithm.substr(0, 3)) == kCounted.end()) {
    return false;
  }
  int bits = 0;
  std::from_chars(algorithm.data() + 3, algorithm.data() + algorithm.size(), bits);
  return bits < kLeastBits;
}

// gpg encrypts to the newest subkey that can be used. nullptr: to none, or it is long enough.
const ListedSubkey* short_subkey(const ListedKey& key, std::int64_t now) {
  const ListedSubkey* newest = nullptr;
  for (const auto& subkey : key.encryption) {
    const bool later =
        newest == nullptr || std::pair(subkey.created, is_short(subkey.algorithm)) >
                                 std::pair(newest->created, is_short(newest->algorithm));
    newest = state_of(subkey, now) == KeyState::valid && later ? &subkey : newest;
  }
  return newest != nullptr && is_short(newest->algorithm) ? newest : nullptr;
}

std::int64_t earliest_expiry(const ListedKey& key) {
  if (key.encryption.empty()) {
    return key.expires;
  }
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
  return short_subkey(key, second) == nullptr ? best : KeyState::unusable;
}

GnupgKeys::GnupgKeys(std::vector<ListedKey> keys) : keys_(std::move(keys)) {
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    by_fingerprint_[keys_[i].fingerprint] = i;
    for (const auto& text : keys_[i].addresses) {
      if (const auto address = mail::Address::parse(text)) {
        auto& indexes = by_address_[owner_key(*address)];
        if (indexes.empty() || indexes.back() != i) {
          indexes.push_back(i);
        }
      }
    }
  }
}

policy::KeyFact GnupgKeys::fact(std::size_t index, Timestamp now) const {
  return {.state = state_of(keys_[index], now),
          .fingerprint = FingerprintId::parse(keys_[index].fingerprint),
          .source = kSource};
}

std::vector<policy::KeyFact> GnupgKeys::find_all(const mail::Address& address,
                                                 Timestamp now) const {
  const auto found = by_address_.find(owner_key(address));
  if (found == by_address_.end()) {
    return {};
  }
  std::vector<std::pair<policy::KeyFact, std::int64_t>> dated;
  for (const std::size_t index : found->second) {
    dated.emplace_back(fact(index, now), keys_[index].created);
  }
  std::stable_sort(dated.begin(), dated.end(), [](const auto& a, const auto& b) {
    return std::pair(rank(a.first.state), -a.second) < std::pair(rank(b.first.state), -b.second);
  });
  std::vector<policy::KeyFact> facts;
  for (auto& [each, created] : dated) {
    facts.push_back(std::move(each));
  }
  return facts;
}

policy::KeyFact GnupgKeys::by_fingerprint(const FingerprintId& fingerprint, Timestamp now) const {
  const auto found = by_fingerprint_.find(fingerprint.str());
  return found == by_fingerprint_.end() ? none() : fact(found->second, now);
}

policy::KeyFact GnupgKeys::find(const mail::Address& address, Timestamp now) const {
  const auto facts = find_all(address, now);
  if (facts.empty()) {
    return none();
  }
  policy::KeyFact best = facts.front();
  if (best.state != KeyState::valid && best.state != KeyState::expired) {
    best.fingerprint.reset();
  }
  return best;
}

std::vector<KeyDescription> GnupgKeys::describe(Timestamp now) const {
  std::vector<KeyDescription> descriptions;
  for (const auto& key : keys_) {
    const ListedSubkey* too_short = short_subkey(key, seconds(now));
    descriptions.push_back(
        {*FingerprintId::parse(key.fingerprint), key.addresses, state_of(key, now),
         Timestamp(std::chrono::seconds(earliest_expiry(key))),
         key.encryption.empty() ? "" : key.encryption.front().algorithm,
         too_short == nullptr ? ""
                              : "gpg would encrypt with " + too_short->algorithm +
                                    ", under 2048 bits; ask its owner for a new key"});
  }
  return descriptions;
}

}  // namespace phimilter::protect
