// SPDX-License-Identifier: Apache-2.0
#include "portal/opened_message.h"

#include <algorithm>
#include <mutex>

#include "base/encoding.h"
#include "base/limits.h"
#include "portal/message_shape.h"
#include "portal/message_stream.h"
#include "portal/message_walk.h"

namespace phimilter::portal {
namespace {

constexpr std::size_t kNestedMessage = 32 * limits::kMiB;  // past it: only within the original
constexpr std::size_t kFactsHeaders = 64 * limits::kKiB;   // read of a message that is too dear

class MemoryMessage final : public escrow::MessageBytes {
 public:
  explicit MemoryMessage(std::string text) : text_(std::move(text)) {}
  std::uint64_t size() const override { return text_.size(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
    if (offset >= text_.size()) {
      return std::size_t{0};
    }
    return text_.copy(reinterpret_cast<char*>(out.data()), out.size(),
                      static_cast<std::size_t>(offset));
  }

 private:
  std::string text_;
};

Fault broken() {
  return permanent_fault("portal.message_broken", "the sealed message does not parse");
}

// The header block alone, for a message whose parts nobody should count.
Result<std::string> header_block(escrow::MessageBytes& message) {
  std::string start(kFactsHeaders, '\0');
  const auto got =
      message.read_at(0, std::span(reinterpret_cast<std::uint8_t*>(start.data()), start.size()));
  if (!got) {
    return fail(got.error());
  }
  start.resize(*got);
  const std::size_t end = std::min(start.find("\r\n\r\n"), start.find("\n\n"));
  if (end == std::string::npos) {
    return "Subject: \r\n\r\n";
  }
  start.resize(end);
  return start + "\r\nContent-Type: text/plain\r\n\r\n";
}

}  // namespace

struct OpenedMessage::State {
  std::shared_ptr<MessageSource> source;
  GObjectPtr<GMimeMessage> message;
  MessageContent content;
  bool too_dear = false;
  std::size_t inlined = 0;

  Status parse(const std::shared_ptr<MessageSource>& from);
  Fault fault() const { return source->fault.value_or(broken()); }
};

Status OpenedMessage::State::parse(const std::shared_ptr<MessageSource>& from) {
  static std::once_flag once;
  std::call_once(once, [] { g_mime_init(); });
  const GObjectPtr<GMimeStream> stream(new_message_stream(from));
  const GObjectPtr<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  g_mime_parser_set_persist_stream(parser.get(), TRUE);
  message.reset(g_mime_parser_construct_message(parser.get(), nullptr));
  if (message && !from->fault) {
    content = walk_message(message.get());
  }
  if (from->fault) {
    return fail(*from->fault);
  }
  return message ? Status() : fail(broken());
}

namespace {

// What the parser made of a part, pulled.
class PartSource final : public BodySource {
 public:
  PartSource(std::shared_ptr<const void> keeps, std::shared_ptr<MessageSource> source,
             GObjectPtr<GMimeStream> decoding, std::size_t size)
      : keeps_(std::move(keeps)),
        source_(std::move(source)),
        decoding_(std::move(decoding)),
        size_(size) {}
  std::uint64_t size() const override { return size_; }
  Result<std::size_t> read(std::span<char> out) override {
    const ssize_t got = g_mime_stream_read(decoding_.get(), out.data(), out.size());
    if (got < 0) {
      return fail(source_->fault.value_or(broken()));
    }
    return static_cast<std::size_t>(got);
  }

 private:
  std::shared_ptr<const void> keeps_;
  std::shared_ptr<MessageSource> source_;
  GObjectPtr<GMimeStream> decoding_;
  std::size_t size_;
};

class WholeSource final : public BodySource {
 public:
  explicit WholeSource(std::shared_ptr<MessageSource> source) : source_(std::move(source)) {}
  std::uint64_t size() const override { return source_->bytes->size(); }
  Result<std::size_t> read(std::span<char> out) override {
    auto got = source_->bytes->read_at(
        at_, std::span(reinterpret_cast<std::uint8_t*>(out.data()), out.size()));
    at_ += got.value_or(0);
    return got;
  }

 private:
  std::shared_ptr<MessageSource> source_;
  std::uint64_t at_ = 0;
};

std::shared_ptr<MessageSource> source_of(std::unique_ptr<escrow::MessageBytes> bytes) {
  auto source = std::make_shared<MessageSource>();
  source->bytes = std::move(bytes);
  return source;
}

}  // namespace

OpenedMessage::OpenedMessage(std::shared_ptr<State> state) : state_(std::move(state)) {}

Result<OpenedMessage> OpenedMessage::open(std::unique_ptr<escrow::MessageBytes> bytes) {
  auto state = std::make_shared<State>();
  const Status shape = check_shape(*bytes);
  if (!shape && shape.error().id != "portal.message_dear") {
    return fail(shape.error());
  }
  state->too_dear = !shape;
  state->source = source_of(std::move(bytes));
  std::shared_ptr<MessageSource> parsed = state->source;
  if (state->too_dear) {
    auto headers = header_block(*state->source->bytes);
    if (!headers) {
      return fail(headers);
    }
    parsed = source_of(std::make_unique<MemoryMessage>(std::move(*headers)));
  }
  if (Status read = state->parse(parsed); !read) {
    return fail(read);
  }
  return OpenedMessage(std::move(state));
}

Result<OpenedMessage> OpenedMessage::parse(std::string bytes) {
  return open(std::make_unique<MemoryMessage>(std::move(bytes)));
}

const std::string& OpenedMessage::from() const {
  return state_->content.from;
}
const std::string& OpenedMessage::subject() const {
  return state_->content.subject;
}
const std::vector<std::string>& OpenedMessage::others() const {
  return state_->content.others;
}
const ThreadFields& OpenedMessage::thread() const {
  return state_->content.thread;
}
const std::optional<SentDate>& OpenedMessage::date() const {
  return state_->content.date;
}
const std::optional<std::string>& OpenedMessage::text() const {
  return state_->content.text;
}
const std::optional<std::string>& OpenedMessage::html() const {
  return state_->content.html;
}
bool OpenedMessage::too_dear() const {
  return state_->too_dear;
}
const std::vector<Attachment>& OpenedMessage::attachments() const {
  return state_->content.attachments;
}

std::shared_ptr<BodySource> OpenedMessage::original() const {
  return std::make_shared<WholeSource>(state_->source);
}

Result<std::shared_ptr<BodySource>> OpenedMessage::attachment(std::size_t number) const {
  const auto& parts = state_->content.attachment_parts;
  if (number >= parts.size()) {
    return fail(permanent_fault("portal.no_attachment", "the message has no such attachment"));
  }
  GMimeObject* part = parts[number];
  if (GMIME_IS_MESSAGE_PART(part)) {
    auto inner = nested_message(part, kNestedMessage);
    if (!inner) {
      return fail(permanent_fault("portal.nested_large", "a message inside is too large"));
    }
    return std::shared_ptr<BodySource>(std::make_shared<WholeSource>(
        source_of(std::make_unique<MemoryMessage>(std::move(*inner)))));
  }
  GObjectPtr<GMimeStream> decoding = decoding_stream(part);
  if (!decoding) {
    return std::shared_ptr<BodySource>(
        std::make_shared<WholeSource>(source_of(std::make_unique<MemoryMessage>(""))));
  }
  return std::shared_ptr<BodySource>(std::make_shared<PartSource>(
      state_, state_->source, std::move(decoding), state_->content.attachments[number].size));
}

Result<std::string> OpenedMessage::attachment_start(std::size_t number, std::size_t longest) const {
  if (number >= state_->content.attachment_parts.size()) {
    return fail(permanent_fault("portal.no_attachment", "the message has no such attachment"));
  }
  std::string start = decoded_bytes(state_->content.attachment_parts[number], longest);
  if (state_->source->fault) {
    return fail(state_->fault());
  }
  return start;
}

Result<std::string> OpenedMessage::attachment_text(std::size_t number) const {
  if (number >= state_->content.attachment_parts.size()) {
    return fail(permanent_fault("portal.no_attachment", "the message has no such attachment"));
  }
  std::string text = decoded_text(state_->content.attachment_parts[number]);
  if (state_->source->fault) {
    return fail(state_->fault());
  }
  return text;
}

Result<OpenedMessage> OpenedMessage::nested(std::size_t number) const {
  auto source = attachment(number);
  if (!source) {
    return fail(source);
  }
  auto bytes = read_all(**source, kNestedMessage);
  if (!bytes) {
    return fail(bytes);
  }
  return parse(std::move(*bytes));
}

std::optional<std::string> OpenedMessage::inline_image(std::string_view content_id) const {
  MessageContent& content = state_->content;
  const auto picture = std::ranges::find_if(
      content.pictures, [content_id](const Picture& each) { return each.has_id(content_id); });
  if (picture == content.pictures.end()) {
    return std::nullopt;
  }
  const Attachment& file = content.attachments[picture->attachment];
  if (file.size > kInlinePicture || state_->inlined + file.size > kInlinePictures) {
    return std::nullopt;
  }
  state_->inlined += file.size;
  GMimeObject* part = content.attachment_parts[picture->attachment];
  return "data:" + file.type + ";base64," + base64(as_bytes(decoded_bytes(part, kInlinePicture)));
}

Result<std::string> read_all(BodySource& source, std::size_t longest) {
  if (source.size() > longest) {
    return fail(permanent_fault("portal.too_long", "longer than what is read at once"));
  }
  std::string out(static_cast<std::size_t>(source.size()), '\0');
  std::size_t have = 0;
  while (have < out.size()) {
    auto got = source.read(std::span(out).subspan(have));
    if (!got) {
      return fail(got);
    }
    if (*got == 0) {
      break;
    }
    have += *got;
  }
  out.resize(have);
  return out;
}

}  // namespace phimilter::portal
