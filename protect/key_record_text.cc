// SPDX-License-Identifier: Apache-2.0
//
// A key record as lines of tab-separated words:
//
//   phimilter-keys 1
//   owner <kind> <address>
//   pin <fingerprint> <by> <since>
//   key <fingerprint> <source> <trust> <decided by> <decided> <first seen> <last seen> <cms>
//   <base64>
//
// Times: microseconds since 1970. Words that are not there: "-". cms: what the
// owner's software reads: "-" (not known), "cbc", "gcm", "oaep" or "gcm,oaep".
#include <algorithm>
#include <array>
#include <charconv>

#include "base/encoding.h"
#include "protect/key_record.h"

namespace phimilter::protect {
namespace {

constexpr std::string_view kFirstLine = "phimilter-keys 1";

std::string word(std::string_view text) {
  return text.empty() ? "-" : std::string(text);
}
std::string from_word(std::string_view word) {
  return word == "-" ? std::string() : std::string(word);
}

std::string time_word(Timestamp at) {
  return std::to_string(at.time_since_epoch().count());
}

std::optional<Timestamp> time_from(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) {
    return std::nullopt;
  }
  return Timestamp(std::chrono::microseconds(value));
}

constexpr std::array<std::pair<std::string_view, policy::CmsForm>, 4> kForms = {
    {{"cbc", {}}, {"gcm", {true, false}}, {"oaep", {false, true}}, {"gcm,oaep", {true, true}}}};

std::string cms_word(const std::optional<policy::CmsForm>& cms) {
  for (const auto& [name, form] : kForms) {
    if (cms == form) {
      return std::string(name);
    }
  }
  return "-";
}

// false: no such word.
bool take_cms(std::string_view word, std::optional<policy::CmsForm>& cms) {
  for (const auto& [name, form] : kForms) {
    if (name == word) {
      cms = form;
    }
  }
  return cms.has_value() || word == "-";
}

using Words = std::vector<std::string_view>;

bool take_owner(const Words& words, KeyRecord& record) {
  const auto kind = words.size() == 3 ? key_kind_from(words[1]) : std::nullopt;
  if (!kind || words[2].empty()) {
    return false;
  }
  record.kind = *kind;
  record.owner = words[2];
  return true;
}

bool take_pin(const Words& words, KeyRecord& record) {
  if (words.size() != 4) {
    return false;
  }
  const auto fingerprint = FingerprintId::parse(words[1]);
  const auto since = time_from(words[3]);
  if (!fingerprint || !since || record.pin) {
    return false;
  }
  record.pin = Pin{*fingerprint, from_word(words[2]), *since};
  return true;
}

bool has_room(const KeyRecord& record, KeyTrust trust) {
  const bool refused = trust == KeyTrust::refused;
  const auto taken =
      std::count_if(record.candidates.begin(), record.candidates.end(),
                    [&](const auto& each) { return (each.trust == KeyTrust::refused) == refused; });
  return static_cast<std::size_t>(taken) < (refused ? kMostRefusals : kMostCandidates);
}

bool take_key(const Words& words, KeyRecord& record) {
  if (words.size() != 10) {
    return false;
  }
  const auto fingerprint = FingerprintId::parse(words[1]);
  const auto trust = key_trust_from(words[3]);
  const auto decided = time_from(words[5]);
  const auto first = time_from(words[6]);
  const auto last = time_from(words[7]);
  std::optional<policy::CmsForm> cms;
  const bool good_cms = take_cms(words[8], cms);
  const auto bytes = unbase64(from_word(words[9]));
  if (!fingerprint || !trust || !decided || !first || !last || !good_cms || !bytes ||
      record.find(*fingerprint) != nullptr || !has_room(record, *trust)) {
    return false;
  }
  record.candidates.push_back({*fingerprint, from_word(words[2]), *trust, from_word(words[4]),
                               *decided, *first, *last, cms, std::string(as_text(*bytes))});
  return true;
}

bool take_line(std::string_view line, KeyRecord& record) {
  const auto words = split(line, '\t');
  if (words[0] == "pin") {
    return take_pin(words, record);
  }
  return words[0] == "key" && take_key(words, record);
}

}  // namespace

std::string key_record_text(const KeyRecord& record) {
  std::string text = std::string(kFirstLine) + "\nowner\t" + std::string(to_string(record.kind)) +
                     "\t" + record.owner + "\n";
  if (record.pin) {
    text += "pin\t" + record.pin->fingerprint.str() + "\t" + word(record.pin->by) + "\t" +
            time_word(record.pin->since) + "\n";
  }
  for (const Candidate& each : record.candidates) {
    text += "key\t" + each.fingerprint.str() + "\t" + word(each.source) + "\t" +
            std::string(to_string(each.trust)) + "\t" + word(each.decided_by) + "\t" +
            time_word(each.decided) + "\t" + time_word(each.first_seen) + "\t" +
            time_word(each.last_seen) + "\t" + cms_word(each.cms) + "\t" +
            word(base64(as_bytes(each.bytes))) + "\n";
  }
  return text;
}

Result<KeyRecord> parse_key_record(std::string_view text) {
  const Fault wrong = permanent_fault("keys.record", "the file is no record of keys");
  const auto lines = split(text, '\n');
  KeyRecord record;
  if (lines.size() < 3 || lines[0] != kFirstLine || !lines[1].starts_with("owner\t") ||
      !take_owner(split(lines[1], '\t'), record) || !lines.back().empty()) {
    return fail(wrong);
  }
  for (std::size_t i = 2; i + 1 < lines.size(); ++i) {
    if (!take_line(lines[i], record)) {
      return fail(wrong);
    }
  }
  return record;
}

}  // namespace phimilter::protect
