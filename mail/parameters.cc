// SPDX-License-Identifier: Apache-2.0
#include "mail/parameters.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/encoding.h"

namespace phimilter::mail {

namespace {

constexpr std::size_t kLongestValue = 8 * 1024;  // past it: refused
constexpr std::size_t kSegments = 20;            // of one parameter (RFC 2231 3); past it: refused

Fault bad(std::string text) {
  return permanent_fault("mail.parameters", std::move(text));
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// RFC 2045 token, and also @ and bytes of UTF-8, which people write unquoted.
bool is_value_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  constexpr std::string_view kSpecial = "()<>,;:\\\"/[]?=";
  return byte > 0x20 && byte != 0x7F && kSpecial.find(c) == std::string_view::npos;
}

struct Piece {
  std::string text;
  bool extended = false;  // name*= : percent-encoded, the first piece with a charset
};

struct Name {
  std::string base;
  std::size_t segment = 0;
  bool extended = false;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  void skip_blanks() {
    while (!rest_.empty() && is_blank(rest_.front())) {
      rest_.remove_prefix(1);
    }
  }
  bool at_end() const { return rest_.empty(); }
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }
  std::string token() {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_value_char);
    std::string out(rest_.begin(), end);
    rest_.remove_prefix(out.size());
    return out;
  }
  // After the opening quote; nullopt: never closed.
  std::optional<std::string> quoted() {
    std::string out;
    while (!rest_.empty()) {
      char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') {
        return out;
      }
      if (c == '\\' && !rest_.empty()) {
        c = rest_.front();
        rest_.remove_prefix(1);
      } else if (c == '\r' || c == '\n') {
        continue;  // folding (RFC 5322 2.2.3): the blank that follows stays
      }
      out += c;
    }
    return std::nullopt;
  }

 private:
  std::string_view rest_;
};

// "question*0*" -> question, segment 0, extended.
std::optional<Name> parse_name(std::string text) {
  Name name;
  if (text.ends_with('*')) {
    name.extended = true;
    text.pop_back();
  }
  const auto star = text.find('*');
  name.base = ascii_lower(text.substr(0, star));
  if (star == std::string::npos) {
    return name;
  }
  const std::string digits = text.substr(star + 1);
  if (digits.empty() || digits.size() > 2 ||
      !std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  for (const char c : digits) {
    name.segment = name.segment * 10 + static_cast<std::size_t>(c - '0');
  }
  return name.segment < kSegments ? std::optional(name) : std::nullopt;
}

using Pieces = std::map<std::size_t, Piece>;
using PiecesByName = std::map<std::string, Pieces>;
using Names = std::span<const std::string_view>;

std::string listed(Names names) {
  std::string out;
  for (const std::string_view name : names) {
    out += (out.empty() ? "" : ", ") + std::string(name);
  }
  return out;
}

Status read_parameter(Reader& reader, Names known, PiecesByName& parameters,
                      const std::string& which) {
  const auto name = parse_name(reader.token());
  reader.skip_blanks();
  if (!name || !reader.take('=')) {
    return fail(bad("parameter " + which + " is not of the form name=value"));
  }
  if (std::find(known.begin(), known.end(), name->base) == known.end()) {
    return fail(bad("parameter " + which + " is none of " + listed(known)));
  }
  reader.skip_blanks();
  std::optional<std::string> value = reader.take('"') ? reader.quoted() : reader.token();
  if (!value) {
    return fail(bad(name->base + ": the closing quote is missing"));
  }
  if (!parameters[name->base].emplace(name->segment, Piece{*value, name->extended}).second) {
    return fail(bad(name->base + " stands twice"));
  }
  return {};
}

Result<PiecesByName> read_pieces(std::string_view value, Names known) {
  PiecesByName parameters;
  Reader reader(value);
  for (int number = 1;; ++number) {
    reader.skip_blanks();
    if (reader.at_end()) {
      return parameters;
    }
    if (auto read = read_parameter(reader, known, parameters, std::to_string(number)); !read) {
      return fail(read);
    }
    reader.skip_blanks();
    if (!reader.at_end() && !reader.take(';')) {
      return fail(bad("a semicolon is missing after parameter " + std::to_string(number)));
    }
  }
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out += text[at];
      continue;
    }
    const auto byte = unhex(ascii_lower(text.substr(at + 1, 2)));
    if (!byte || byte->size() != 1) {
      return std::nullopt;
    }
    out += static_cast<char>(byte->front());
    at += 2;
  }
  return out;
}

// charset'language'text -> text. Only UTF-8 and US-ASCII: everybody who can write RFC 2231 can
// write these.
std::optional<std::string_view> without_charset(std::string_view text) {
  const auto first = text.find('\'');
  const auto second = first == std::string_view::npos ? first : text.find('\'', first + 1);
  if (second == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string charset = ascii_lower(text.substr(0, first));
  if (charset != "utf-8" && charset != "us-ascii") {
    return std::nullopt;
  }
  return text.substr(second + 1);
}

Result<std::string> joined(const std::string& name, const Pieces& pieces) {
  std::string out;
  std::size_t expected = 0;
  for (const auto& [segment, piece] : pieces) {
    if (segment != expected++) {
      return fail(bad(name + ": a continuation is missing"));
    }
    std::optional<std::string_view> text = piece.text;
    if (piece.extended && segment == 0) {
      text = without_charset(*text);
    }
    const auto decoded = text && piece.extended
                             ? percent_decoded(*text)
                             : (text ? std::optional(std::string(*text)) : std::nullopt);
    if (!decoded) {
      return fail(bad(name + ": the RFC 2231 form is wrong, or its charset is not UTF-8"));
    }
    out += *decoded;
  }
  return out;
}

}  // namespace

Result<Parameters> parse_parameters(std::string_view value,
                                    std::span<const std::string_view> known) {
  if (value.size() > kLongestValue) {
    return fail(bad("the header is too long"));
  }
  const auto pieces = read_pieces(value, known);
  if (!pieces) {
    return fail(pieces.error());
  }
  Parameters parameters;
  for (const auto& [name, parts] : *pieces) {
    auto text = joined(name, parts);
    if (!text) {
      return fail(text);
    }
    parameters.emplace(name, std::move(*text));
  }
  return parameters;
}

}  // namespace phimilter::mail
