// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "base/encoding.h"
#include "mail/address.h"
#include "mail/message.h"

namespace phimilter::mail {
namespace {

// RFC 2047 2 allows 75 bytes, mailers write longer ones. Past this it is no word, and a field full
// of beginnings costs no more.
constexpr std::size_t kLongestWord = 1024;

void append_latin1(std::string& out, unsigned char byte) {
  if (byte < 0x80) {
    out += static_cast<char>(byte);
  } else {
    out += static_cast<char>(0xc0 | (byte >> 6));
    out += static_cast<char>(0x80 | (byte & 0x3f));
  }
}

std::optional<std::string> decode_q(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '_') {
      out += ' ';
    } else if (text[i] == '=') {
      const auto byte = unhex(text.substr(i + 1, 2));
      if (!byte || byte->size() != 1) {
        return std::nullopt;
      }
      out += static_cast<char>(byte->front());
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::optional<std::string> decode_word(std::string_view charset, std::string_view encoding,
                                       std::string_view text) {
  const bool utf8 = ascii_iequal(charset, "utf-8") || ascii_iequal(charset, "us-ascii");
  if (!utf8 && !ascii_iequal(charset, "iso-8859-1") && !ascii_iequal(charset, "windows-1252")) {
    return std::nullopt;
  }
  std::optional<std::string> bytes;
  if (ascii_iequal(encoding, "q")) {
    bytes = decode_q(text);
  } else if (ascii_iequal(encoding, "b")) {
    if (const auto decoded = unbase64(text)) {
      bytes = std::string(as_text(*decoded));
    }
  }
  if (!bytes || utf8) {
    return bytes;
  }
  std::string out;
  for (const char c : *bytes) {
    append_latin1(out, static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace

std::string with_words_decoded(std::string_view text) {
  std::string out;
  bool last_was_word = false;
  while (!text.empty()) {
    const auto start = text.find("=?");
    const std::string_view before = text.substr(0, start);
    // White space between two encoded-words is not part of the text (RFC 2047 6.2).
    if (!(last_was_word && trim(before).empty())) {
      out += before;
    }
    if (start == std::string_view::npos) {
      break;
    }
    text.remove_prefix(start);
    const std::string_view near = text.substr(0, kLongestWord);
    const auto first = near.find('?', 2);
    const auto second = first == std::string_view::npos ? first : near.find('?', first + 1);
    const auto end = second == std::string_view::npos ? second : near.find("?=", second + 1);
    std::optional<std::string> word;
    if (end != std::string_view::npos) {
      word = decode_word(near.substr(2, first - 2), near.substr(first + 1, second - first - 1),
                         near.substr(second + 1, end - second - 1));
    }
    out += word ? *word : "=?";
    last_was_word = word.has_value();
    text.remove_prefix(word ? end + 2 : 2);
  }
  return out;
}

namespace {

// Walks one address list. Words gather until a separator says what they were.
class ListReader {
 public:
  explicit ListReader(std::string_view text) : text_(text) {}

  std::vector<Mailbox> read() {
    while (at_ < text_.size()) {
      step();
    }
    end_mailbox();
    return std::move(found_);
  }

 private:
  void step() {
    const char c = text_[at_];
    if (c == '(') {
      skip_comment();
    } else if (c == '"') {
      take_quoted();
    } else if (c == '<') {
      take_angle();
    } else if (c == ',' || c == ';') {
      ++at_;
      end_mailbox();
    } else if (c == ':') {
      // A group's name ends (RFC 5322 3.4).
      ++at_;
      words_.clear();
      bare_.clear();
    } else {
      words_ += c;
      bare_ += c;
      ++at_;
    }
  }

  void skip_comment() {
    int depth = 0;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\') {
        ++at_;
      } else if (text_[at_] == '(') {
        ++depth;
      } else if (text_[at_] == ')' && --depth == 0) {
        ++at_;
        break;
      }
    }
    at_ = std::min(at_, text_.size());
  }

  void take_quoted() {
    bare_ += text_[at_++];
    for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        bare_ += text_[at_++];
      }
      bare_ += text_[at_];
      words_ += text_[at_];
    }
    if (at_ < text_.size()) {
      bare_ += text_[at_++];
    }
  }

  void take_angle() {
    const auto end = text_.find('>', at_);
    angle_ = text_.substr(at_ + 1, end == std::string_view::npos ? end : end - at_ - 1);
    has_angle_ = true;
    at_ = end == std::string_view::npos ? text_.size() : end + 1;
  }

  void end_mailbox() {
    auto address = Address::parse(has_angle_ ? angle_ : bare_);
    if (address) {
      const std::string name = has_angle_ ? with_words_decoded(trim(words_)) : std::string();
      found_.push_back(Mailbox{name, std::move(*address)});
    }
    words_.clear();
    bare_.clear();
    angle_.clear();
    has_angle_ = false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string words_;  // as a display name: quotes taken off
  std::string bare_;   // as an addr-spec: as spelled
  std::string angle_;
  bool has_angle_ = false;
  std::vector<Mailbox> found_;
};

}  // namespace

std::vector<Mailbox> mailboxes(std::string_view header_value) {
  const std::string line = unfolded(header_value);
  return ListReader(line).read();
}

}  // namespace phimilter::mail
