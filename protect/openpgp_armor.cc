// SPDX-License-Identifier: Apache-2.0
#include "protect/openpgp_armor.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/limits.h"
#include "protect/openpgp_packets.h"

namespace phimilter::protect {
namespace {

constexpr std::string_view kBegin = "-----BEGIN PGP MESSAGE-----";
constexpr std::string_view kEnd = "-----END PGP MESSAGE-----";
constexpr std::size_t kArmorLine = 64;  // what gpg writes; every data line but the last is full
constexpr std::size_t kFirstData = limits::kMiB;

Fault output_fault(std::string what) {
  return bug_fault("pgp.output", "what gpg gave back is not an encrypted message: " + what);
}

bool is_base64(std::string_view line) {
  return std::all_of(line.begin(), line.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
  });
}

}  // namespace

bool ArmorReader::take_data(std::string_view line) {
  if (line == kEnd && !first_data_.empty()) {
    expect_ = Expect::nothing;
    return true;
  }
  if (line.size() == 5 && line[0] == '=' && is_base64(line.substr(1))) {
    expect_ = Expect::end;
    return true;
  }
  std::string_view digits = line;
  while (digits.size() + 2 > line.size() && digits.ends_with('=')) {
    digits.remove_suffix(1);
  }
  const bool full = digits.size() == kArmorLine;
  if (expect_ != Expect::data || line.empty() || line.size() > kArmorLine || line.size() % 4 != 0 ||
      !is_base64(digits)) {
    return false;
  }
  if (!full) {
    expect_ = Expect::checksum_or_end;
  }
  if (first_data_.size() < kFirstData) {
    first_data_ += line;
  }
  return true;
}

bool ArmorReader::take_line(std::string_view line) {
  switch (expect_) {
    case Expect::begin:
      expect_ = Expect::blank;
      return line == kBegin;
    case Expect::blank:
      expect_ = Expect::data;
      return line.empty();
    case Expect::data:
    case Expect::checksum_or_end:
      return take_data(line);
    case Expect::end:
      expect_ = Expect::nothing;
      return line == kEnd;
    case Expect::nothing:
      break;
  }
  return false;
}

Status ArmorReader::judge(std::string_view lines) {
  std::string out;
  out.reserve(lines.size() + lines.size() / kArmorLine + 2);
  while (!lines.empty()) {
    const auto end = lines.find('\n');
    std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end + 1);
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (!take_line(line)) {
      return fail(output_fault("a line that is no armor"));
    }
    out += line;
    out += "\r\n";
  }
  return out_.write(out);
}

Status ArmorReader::write(std::string_view bytes) {
  pending_ += bytes;
  const auto last_end = pending_.rfind('\n');
  if (last_end == std::string::npos) {
    return pending_.size() > 2 * kArmorLine ? Status(fail(output_fault("a line without an end")))
                                            : Status();
  }
  const std::string rest = pending_.substr(last_end + 1);
  pending_.resize(last_end + 1);
  auto judged = judge(pending_);
  pending_ = rest;
  return judged;
}

Result<ArmoredMessage> ArmorReader::finish() {
  if (expect_ != Expect::nothing || !pending_.empty()) {
    return fail(output_fault("it breaks off"));
  }
  const auto bytes = unbase64(first_data_);
  if (!bytes) {
    return fail(output_fault("broken base64"));
  }
  auto key_ids = session_key_ids(*bytes);
  if (!key_ids) {
    return fail(output_fault("no session keys with protected data behind them"));
  }
  return ArmoredMessage{std::move(*key_ids)};
}

}  // namespace phimilter::protect
