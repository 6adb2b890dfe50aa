// SPDX-License-Identifier: Apache-2.0
#include "extract/message_reader.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/encoding.h"
#include "base/limits.h"
#include "extract/answer_builder.h"
#include "extract/archive_file.h"
#include "extract/charset.h"
#include "extract/header_words.h"
#include "extract/html_text.h"
#include "extract/leaf_reader.h"
#include "extract/mime_tree.h"
#include "extract/other_readings.h"
#include "extract/reading_sink.h"
#include "extract/sealed_content.h"

namespace phimilter::extract {
namespace {

// "This is an OpenPGP/MIME encrypted message (RFC 4880 and 3156)" and the like; more than that is a
// text of its own.
constexpr std::size_t kPreambleOfEncrypted = 200;
constexpr std::size_t kEverything = limits::kMessageBytes;
// What is read beside the first reading of a message may be so many times as large, and a message
// may be small.
constexpr std::size_t kReadAgain = 4;
constexpr std::size_t kReadAlways = 4 * limits::kMiB;
constexpr std::size_t kReadings = 200;

std::string_view header_block(std::string_view message) {
  const std::size_t crlf = message.find("\r\n\r\n");
  const std::size_t lf = message.substr(0, crlf).find("\n\n");
  if (message.starts_with("\r\n") || message.starts_with('\n')) {
    return "";
  }
  const std::size_t end = std::min(crlf == std::string_view::npos ? crlf : crlf + 2,
                                   lf == std::string_view::npos ? lf : lf + 1);
  return message.substr(0, end);
}

class Reading {
 public:
  explicit Reading(int tools) : tools_(tools), files_(answer_, tools) {}

  MessageText read(std::string_view message) {
    answer_.add({"headers", PartKind::header, "text/rfc822-headers",
                 header_lines(header_block(message)), std::nullopt});
    budget_ = {kReadAgain * message.size() + kReadAlways, kReadings};
    read_tree(message, {"", 0, 0}, Standing::message);
    while (read_next()) {
    }
    finish_doubts();
    return answer_.finish();
  }

 private:
  enum class Standing { message, inside, settled };

  // Inner messages, then what else the bytes may mean.
  bool read_next() {
    if (const auto inner = files_.next_message()) {
      file_depth_ = inner->file_depth;
      add_headers(inner->prefix, header_block(inner->bytes));
      read_tree(inner->bytes, {inner->prefix, inner->depth, parts_}, Standing::inside);
      return true;
    }
    if (others_.empty()) {
      return false;
    }
    const Other other = std::move(others_.front());
    others_.pop_front();
    file_depth_ = other.inner.file_depth;
    read_tree(other.inner.bytes, {other.inner.prefix, other.inner.depth, parts_},
              other.settled ? Standing::settled : Standing::inside);
    return true;
  }

  void read_tree(std::string_view bytes, const TreePlace& place, Standing standing) {
    const MimeTree tree(bytes, place);
    const auto& entities = tree.entities();
    parts_ += entities.size();
    over_limit_ = over_limit_ || tree.over_limit();
    read_again_.clear();
    if (standing != Standing::settled) {
      look_for_others(bytes, place, tree.ambiguous());
    }
    const bool whole_message = standing == Standing::message;
    for (std::size_t i = 0; i < entities.size(); ++i) {
      const bool encrypted = read_entity(tree, i);
      all_encrypted_ = all_encrypted_ || (encrypted && i == 0 && whole_message);
      // The two parts of PGP/MIME are judged as one.
      i += encrypted && entities[i].shape == Shape::multipart ? 2 : 0;
    }
  }

  void look_for_others(std::string_view bytes, const TreePlace& place, bool unsure) {
    OtherReadings others = other_readings(bytes, place.prefix, budget_);
    // The library disagrees with itself about what nothing here is known of: all of it as text.
    if (unsure && others.doubtful.empty()) {
      add_loose_readings(bytes, place.prefix + '1', budget_, others);
    }
    doubtful_ = doubtful_ || !others.doubtful.empty();
    ambiguous_ = ambiguous_ || !others.complete;
    std::size_t number = 0;
    for (auto& reading : others.readings) {
      std::string prefix = reading.path + '#' + std::to_string(++number) + '/';
      others_.push_back({{std::move(reading.bytes), std::move(prefix), place.depth, file_depth_},
                         reading.settled});
    }
    read_again_ = std::move(others.doubtful);
  }

  // True: it is encrypted as a whole.
  bool read_entity(const MimeTree& tree, std::size_t i) {
    const Entity& entity = tree.entities()[i];
    add_names(entity);
    if (entity.shape == Shape::message) {
      add_headers(entity.path + '/', entity.headers);
      if (entity.children == 0) {
        answer_.add_opaque(entity.path, PartKind::attachment, entity.media_type, Opaque::broken);
      }
      return false;
    }
    return entity.shape == Shape::multipart ? read_multipart(tree, i) : read_one_leaf(tree, i);
  }

  bool read_multipart(const MimeTree& tree, std::size_t i) {
    const auto& entities = tree.entities();
    const Entity& entity = entities[i];
    const std::string_view outside = trim(entity.outside);
    if (!outside.empty()) {
      answer_.add({entity.path + ".outside", PartKind::body, "text/plain",
                   decode_charset(outside, "utf-8").text, std::nullopt});
    }
    if (entity.children == 0) {
      // Without parts it is read as text, if there is anything to read.
      if (!read_again_.contains(entity.path)) {
        answer_.add_opaque(entity.path, PartKind::attachment, entity.media_type, Opaque::broken);
      }
      return false;
    }
    const bool two_leaves = entity.children == 2 && i + 2 < entities.size() &&
                            entities[i + 1].shape == Shape::leaf &&
                            entities[i + 2].shape == Shape::leaf;
    if (entity.media_type != "multipart/encrypted" || !two_leaves ||
        outside.size() > kPreambleOfEncrypted) {
      return false;
    }
    const std::string control = tree.content(i + 1, kEverything);
    const std::string data = tree.content(i + 2, kEverything);
    if (!is_pgp_mime({entities[i + 1], control, tools_}, {entities[i + 2], data, tools_})) {
      return false;
    }
    add_names(entities[i + 1]);
    add_names(entities[i + 2]);
    answer_.add_opaque(entities[i + 2].path, PartKind::attachment, "application/pgp-encrypted",
                       Opaque::encrypted);
    return true;
  }

  bool read_one_leaf(const MimeTree& tree, std::size_t i) {
    const Entity& entity = tree.entities()[i];
    return files_.read(entity, tree.content(i, kEverything), PartKind::attachment, file_depth_)
        .all_encrypted;
  }

  void add_names(const Entity& entity) {
    for (const auto& name : entity.names) {
      files_.add_name(name);
    }
  }

  void add_headers(const std::string& prefix, std::string_view block) {
    std::string lines = header_lines(block);
    if (!lines.empty()) {
      answer_.add({prefix + "headers", PartKind::header, "text/rfc822-headers", std::move(lines),
                   std::nullopt});
    }
  }

  void finish_doubts() {
    if (!files_.names().empty()) {
      answer_.add({"names", PartKind::file_name, "text/plain", files_.names(), std::nullopt});
    }
    // Of what readers disagree about nobody knows that it is encrypted.
    if (all_encrypted_ && !doubtful_) {
      answer_.set_already_encrypted();
    }
    if (ambiguous_) {
      answer_.add_opaque("structure", PartKind::body, "", Opaque::ambiguous);
    }
    if (over_limit_) {
      answer_.add_opaque("structure", PartKind::body, "", Opaque::limit);
    }
  }

  const int tools_;
  AnswerBuilder answer_;
  FileReader files_;
  std::size_t file_depth_ = 0;  // files around the tree that is being read
  struct Other {
    InnerMessage inner;
    bool settled;
  };
  std::deque<Other> others_;
  std::set<std::string> read_again_;  // of the tree that is being read
  ReadingBudget budget_;              // for others_
  std::size_t parts_ = 0;
  bool all_encrypted_ = false;
  bool doubtful_ = false;
  bool ambiguous_ = false;  // and not all that it may mean could be read
  bool over_limit_ = false;
};

}  // namespace

void warm_up() {
  warm_up_mime();
  warm_up_charsets();
  warm_up_sealed_content();
  warm_up_archives();
  // A first message through everything: what is bound or loaded on first use is so before the jail.
  (void)read_message(
      "Subject: =?iso-8859-2?q?a?=\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
      "--b\r\nContent-Type: text/html; charset=iso-8859-15\r\n\r\n<p>a<b>b</b>&eacute;</p>\r\n"
      "--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: a@example.org\r\n\r\nx\r\n"
      "--b\r\nContent-Type: application/pdf; name=a\r\nContent-Transfer-Encoding: "
      "base64\r\n\r\nJVBERi0=\r\n"
      "--b--\r\n");
}

MessageText read_message(std::string_view message, int tools) {
  return Reading(tools).read(message);
}

}  // namespace phimilter::extract
