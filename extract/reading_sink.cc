// SPDX-License-Identifier: Apache-2.0
#include "extract/reading_sink.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "extract/answer.h"
#include "extract/charset.h"
#include "extract/content_type.h"
#include "extract/text_lines.h"
#include "extract/utf8.h"

namespace phimilter::extract {
namespace {

// A name as one line of UTF-8.
std::string readable_name(std::string_view raw) {
  std::string name = is_utf8(raw) ? std::string(raw) : decode_charset(raw, "").text;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return name;
}

// The longest path that the answer takes: the end of it is what differs.
std::string path_under(const std::string& parent, std::string_view name) {
  constexpr std::size_t kParent = kAnswerPath - 2 * limits::kFileName;
  std::string path(utf8_prefix(parent, kParent));
  path += '/';
  return path.append(utf8_prefix(name, limits::kFileName));
}

void append_valid(std::string& text, std::string_view bytes) {
  if (is_utf8(bytes)) {
    text.append(bytes);
    return;
  }
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t length = utf8_sequence(bytes, i);
    if (length == 0) {
      append_utf8(text, 0xFFFD);
    }
    text.append(bytes.substr(i, length));
    i += std::max<std::size_t>(length, 1);
  }
}

}  // namespace

// The sink of one document: what the document says itself becomes its part, the rest parts under
// it.
class PartSink final : public ReadingSink {
 public:
  PartSink(FileReader& reader, std::string path, std::size_t depth, std::size_t file_depth,
           std::size_t bytes)
      : reader_(reader),
        path_(std::move(path)),
        depth_(depth),
        file_depth_(file_depth),
        allowance_(std::max(limits::kUnpackedAlways,
                            bytes > limits::kUnpackedBytes / limits::kUnpackedRatio
                                ? limits::kUnpackedBytes
                                : bytes * limits::kUnpackedRatio)) {}

  void text(std::string_view utf8) override {
    const std::size_t room = limits::kPartText - std::min(limits::kPartText, text_.size());
    const std::string_view kept = utf8_prefix(utf8, room);
    append_valid(text_, kept);
    if (kept.size() < utf8.size()) {
      over_limit();
    }
  }

  void member(std::string_view name, std::string_view bytes) override { file(name, bytes, true); }
  void picture(std::string_view name, std::string_view bytes) override { file(name, bytes, false); }

  void opaque(std::string_view name, Opaque reason) override {
    if (name.empty()) {
      opaque_ = opaque_.value_or(reason);
      return;
    }
    const std::string readable = readable_name(name);
    reader_.add_name(readable);
    if (count_member()) {
      reader_.answer_.add_opaque(path_under(path_, readable), PartKind::member,
                                 "application/octet-stream", reason);
    }
  }

  void message(std::string_view name, std::string_view bytes) override {
    const std::string readable = readable_name(name);
    reader_.add_name(readable);
    if (count_member() && count_bytes(bytes.size()) && within_depth()) {
      reader_.messages_.push_back({std::string(bytes),
                                   path_under(path_, readable.empty() ? "message" : readable) + '/',
                                   depth_ + 1, file_depth_ + 1});
    }
  }

  void unpacked(std::size_t bytes) override { count_bytes(bytes); }

  std::size_t bytes_left() const override {
    const std::size_t of_message =
        limits::kUnpackedBytes - std::min(limits::kUnpackedBytes, reader_.unpacked_);
    return std::min(of_message, allowance_ - std::min(allowance_, unpacked_));
  }

  bool full() const override {
    const bool is_full = bytes_left() == 0 || reader_.members_ >= limits::kMembers ||
                         text_.size() >= limits::kPartText;
    stopped_ = stopped_ || is_full;
    return is_full;
  }

  std::string take_text() { return std::move(text_); }
  // Whoever is told that this is full reads no further, whether he says so or not.
  std::optional<Opaque> reason() const {
    return opaque_ || !stopped_ ? opaque_ : std::optional(Opaque::limit);
  }

 private:
  void over_limit() { opaque_ = opaque_.value_or(Opaque::limit); }

  bool count_member() {
    if (reader_.members_ >= limits::kMembers) {
      over_limit();
      return false;
    }
    ++reader_.members_;
    return true;
  }

  bool count_bytes(std::size_t bytes) {
    const bool fits = bytes <= bytes_left();
    unpacked_ += bytes;
    reader_.unpacked_ += bytes;
    if (!fits) {
      over_limit();
    }
    return fits;
  }

  bool within_depth() {
    const bool within = file_depth_ < limits::kFileDepth && depth_ < limits::kMimeDepth;
    if (!within) {
      over_limit();
    }
    return within;
  }

  void file(std::string_view name, std::string_view bytes, bool attached) {
    Entity entity;
    entity.names.push_back(readable_name(name));
    reader_.add_name(entity.names.front());
    if (!count_member() || !count_bytes(bytes.size()) || !within_depth()) {
      return;
    }
    entity.path = path_under(path_, entity.names.front());
    entity.depth = depth_ + 1;
    entity.media_type = "application/octet-stream";
    entity.attached = attached;
    reader_.read(entity, bytes, PartKind::member, file_depth_ + 1);
  }

  FileReader& reader_;
  const std::string path_;
  const std::size_t depth_;
  const std::size_t file_depth_;
  const std::size_t allowance_;  // bytes that may be unpacked of this document
  std::size_t unpacked_ = 0;
  std::string text_;
  std::optional<Opaque> opaque_;
  mutable bool stopped_ = false;
};

FileReading FileReader::read(const Entity& entity, std::string_view bytes, PartKind kind,
                             std::size_t file_depth) {
  PartSink sink(*this, entity.path, entity.depth, file_depth, bytes.size());
  LeafText leaf = read_leaf({entity, bytes, tools_}, sink);
  leaf.text += sink.take_text();
  leaf.opaque = leaf.opaque ? leaf.opaque : sink.reason();
  if (leaf.nested) {
    messages_.push_back({std::move(*leaf.nested), entity.path + '/', entity.depth + 1, file_depth});
  }
  if (is_textual_type(leaf.media_type)) {
    const auto doubt = add_records(entity, leaf.text, bytes, kind, file_depth);
    leaf.opaque = leaf.opaque ? leaf.opaque : doubt;
  }
  const bool shown = (leaf.media_type == "text/plain" || leaf.media_type == "text/html") &&
                     kind == PartKind::attachment && !entity.attached && entity.names.empty();
  if (leaf.visible.empty()) {
    leaf.visible = overrides_turned(leaf.text);
  }
  if (!leaf.visible.empty()) {
    answer_.add({entity.path + "#visible", shown ? PartKind::body : kind, leaf.media_type,
                 std::move(leaf.visible), std::nullopt});
  }
  answer_.add({entity.path, shown ? PartKind::body : kind, std::move(leaf.media_type),
               std::move(leaf.text), leaf.opaque});
  return {leaf.opaque, leaf.all_encrypted};
}

std::optional<Opaque> FileReader::add_records(const Entity& entity, std::string_view text,
                                              std::string_view bytes, PartKind kind,
                                              std::size_t file_depth) {
  const std::string_view name = entity.names.empty() ? "" : std::string_view(entity.names.front());
  const Document document{text, entity.media_type, "utf-8", name, tools_, bytes};
  bool unpacked = false;
  for (const auto& format : record_formats()) {
    if (!format.is(document)) {
      continue;
    }
    PartSink sink(*this, entity.path + "#record", entity.depth, file_depth, bytes.size());
    format.read(document, sink);
    unpacked = unpacked || format.media_type == kEncodedFiles;
    answer_.add({entity.path + "#record", kind, std::string(format.media_type), sink.take_text(),
                 sink.reason()});
  }
  return !unpacked && holds_encoded_file(text) ? std::optional(Opaque::unknown) : std::nullopt;
}

void FileReader::add_name(std::string_view name) {
  if (!name.empty() && names_.size() <= limits::kPartText) {
    names_.append(name).push_back('\n');
  }
}

std::optional<InnerMessage> FileReader::next_message() {
  if (messages_.empty()) {
    return std::nullopt;
  }
  InnerMessage next = std::move(messages_.front());
  messages_.pop_front();
  return next;
}

}  // namespace phimilter::extract
