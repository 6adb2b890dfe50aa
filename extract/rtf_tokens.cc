// SPDX-License-Identifier: Apache-2.0
#include "extract/rtf_tokens.h"

#include <algorithm>

#include "extract/little_endian.h"

namespace phimilter::extract {
namespace {

constexpr int kLargestParameter = 999'999'999;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

int hex_value(char c) {
  if (is_digit(c)) {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool is_plain(char c) {
  return c != '{' && c != '}' && c != '\\' && c != '\r' && c != '\n' && c != '\0';
}

}  // namespace

RtfToken RtfTokens::next() {
  using Kind = RtfToken::Kind;
  if (binary_ > 0) {
    const std::string_view run = slice(bytes_, position_, binary_);
    position_ += run.size();
    binary_ = 0;
    return {Kind::binary, run, std::nullopt, '\0'};
  }
  while (position_ < bytes_.size()) {
    const char c = bytes_[position_];
    if (c == '{' || c == '}') {
      ++position_;
      return {c == '{' ? Kind::open : Kind::close, {}, std::nullopt, '\0'};
    }
    if (c == '\\') {
      return control();
    }
    if (is_plain(c)) {
      return plain();
    }
    ++position_;
  }
  return {};
}

RtfToken RtfTokens::plain() {
  const std::size_t start = position_;
  while (position_ < bytes_.size() && is_plain(bytes_[position_])) {
    ++position_;
  }
  return {RtfToken::Kind::text, bytes_.substr(start, position_ - start), std::nullopt, '\0'};
}

RtfToken RtfTokens::control() {
  ++position_;
  if (position_ >= bytes_.size()) {
    return {};
  }
  if (is_letter(bytes_[position_])) {
    return word();
  }
  const std::string_view symbol = bytes_.substr(position_, 1);
  const int high = position_ + 1 < bytes_.size() ? hex_value(bytes_[position_ + 1]) : -1;
  const int low = position_ + 2 < bytes_.size() ? hex_value(bytes_[position_ + 2]) : -1;
  if (symbol == "'" && high >= 0 && low >= 0) {
    position_ += 3;
    return {RtfToken::Kind::byte, {}, std::nullopt, static_cast<char>(high * 16 + low)};
  }
  ++position_;
  return {RtfToken::Kind::symbol, symbol, std::nullopt, '\0'};
}

RtfToken RtfTokens::word() {
  const std::size_t start = position_;
  while (position_ < bytes_.size() && is_letter(bytes_[position_])) {
    ++position_;
  }
  RtfToken token{RtfToken::Kind::word, bytes_.substr(start, position_ - start), std::nullopt, '\0'};
  const bool negative = position_ < bytes_.size() && bytes_[position_] == '-';
  const std::size_t digits = position_ + (negative ? 1 : 0);
  if (digits < bytes_.size() && is_digit(bytes_[digits])) {
    int value = 0;
    for (position_ = digits; position_ < bytes_.size() && is_digit(bytes_[position_]);
         ++position_) {
      value = value > kLargestParameter / 10 ? value : value * 10 + (bytes_[position_] - '0');
    }
    token.parameter = negative ? -value : value;
  }
  if (position_ < bytes_.size() && bytes_[position_] == ' ') {
    ++position_;
  }
  if (token.text == "bin") {
    binary_ = static_cast<std::size_t>(std::max(0, token.parameter.value_or(0)));
  }
  return token;
}

}  // namespace phimilter::extract
