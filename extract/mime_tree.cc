// SPDX-License-Identifier: Apache-2.0
#include "extract/mime_tree.h"

#include <gmime/gmime.h>
#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/encoding.h"
#include "base/limits.h"
#include "extract/header_words.h"
#include "extract/transfer_decoding.h"

// The MIME library converts some header values on its own, while it parses, through iconv, which
// opens files: a reason to be killed in the jail. This program has no iconv; all charsets are
// ICU's, on raw values (extract/charset.h).
extern "C" iconv_t iconv_open(const char*, const char*) {
  errno = EINVAL;
  return reinterpret_cast<iconv_t>(-1);  // NOLINT: iconv's own way to say no
}

namespace phimilter::extract {
namespace {

struct Unref {
  void operator()(gpointer object) const { g_object_unref(object); }
};
template <typename T>
using Handle = std::unique_ptr<T, Unref>;

struct FreeText {
  void operator()(char* text) const { g_free(text); }
};

std::string text_or_empty(const char* text) {
  return text == nullptr ? "" : text;
}

std::string printable(std::string_view declared) {
  std::string out = ascii_lower(declared.substr(0, 200));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c <= ' ' || c >= 0x7F; }, '?');
  return out;
}

// What extract/other_readings.h does not look for itself.
void note_warning(gint64, GMimeParserWarning warning, const gchar*, gpointer ambiguous) {
  const bool doubtful = warning == GMIME_WARN_MALFORMED_MESSAGE ||
                        warning == GMIME_CRIT_INVALID_HEADER_NAME ||
                        warning == GMIME_CRIT_NESTING_OVERFLOW;
  *static_cast<bool*>(ambiguous) = *static_cast<bool*>(ambiguous) || doubtful;
}

std::vector<std::string> raw_values(GMimeObject* object, std::string_view name) {
  std::vector<std::string> values;
  GMimeHeaderList* list = g_mime_object_get_header_list(object);
  for (int i = 0; i < g_mime_header_list_get_count(list); ++i) {
    GMimeHeader* header = g_mime_header_list_get_header_at(list, i);
    if (ascii_iequal(text_or_empty(g_mime_header_get_name(header)), name)) {
      values.push_back(text_or_empty(g_mime_header_get_raw_value(header)));
    }
  }
  return values;
}

void add_names(GMimeObject* object, Entity& entity) {
  const auto add = [&entity](const char* field, const char* parameter) {
    return [&entity, field, parameter](GMimeObject* of) {
      for (const auto& value : raw_values(of, field)) {
        for (auto& name : parameter_values(value, parameter)) {
          entity.names.push_back(std::move(name));
        }
      }
    };
  };
  add("Content-Disposition", "filename")(object);
  add("Content-Type", "name")(object);
  for (const auto& description : raw_values(object, "Content-Description")) {
    entity.names.push_back(decode_header_value(description));
  }
}

bool has_parameter(GMimeContentType* type, const char* name, std::string_view value) {
  return ascii_iequal(text_or_empty(g_mime_content_type_get_parameter(type, name)), value);
}

Entity describe(GMimeObject* object) {
  Entity entity;
  GMimeContentType* type = g_mime_object_get_content_type(object);
  if (type != nullptr) {
    entity.media_type = printable(text_or_empty(g_mime_content_type_get_media_type(type)) + '/' +
                                  text_or_empty(g_mime_content_type_get_media_subtype(type)));
    entity.charset = text_or_empty(g_mime_content_type_get_parameter(type, "charset"));
    entity.flowed = has_parameter(type, "format", "flowed");
    entity.delete_space = has_parameter(type, "delsp", "yes");
  }
  const auto dispositions = raw_values(object, "Content-Disposition");
  entity.attached = std::any_of(dispositions.begin(), dispositions.end(), [](const auto& value) {
    return ascii_lower(trim(value)).starts_with("attachment");
  });
  entity.has_content_id = !raw_values(object, "Content-ID").empty();
  add_names(object, entity);
  return entity;
}

// Calls see(piece) until that says false or the content ends.
template <typename See>
void for_each_piece(GMimeStream* stream, See see) {
  char piece[32 * 1024];
  ssize_t got = 0;
  do {
    got = g_mime_stream_read(stream, piece, sizeof piece);
  } while (got > 0 && see(std::string_view(piece, static_cast<std::size_t>(got))));
}

GMimeStream* raw_content(GMimePart* part) {
  GMimeDataWrapper* content = g_mime_part_get_content(part);
  GMimeStream* stream = content == nullptr ? nullptr : g_mime_data_wrapper_get_stream(content);
  return stream != nullptr && g_mime_stream_reset(stream) == 0 ? stream : nullptr;
}

std::string read_up_to(GMimeStream* stream, std::size_t longest) {
  std::string bytes;
  if (stream != nullptr) {
    for_each_piece(stream, [&](std::string_view piece) {
      bytes.append(piece.substr(0, longest - bytes.size()));
      return bytes.size() < longest;
    });
  }
  return bytes;
}

// Without comments, parameters and blanks, which stand there against the grammar (RFC 2045 6.1).
std::string encoding_word(std::string_view raw) {
  std::string word;
  int comment = 0;
  for (const char c : raw.substr(0, raw.find(';'))) {
    comment += c == '(' ? 1 : 0;
    if (comment == 0) {
      word.push_back(c);
    }
    comment -= c == ')' && comment > 0 ? 1 : 0;
  }
  return ascii_lower(trim(word));
}

GMimeContentEncoding encoding_of(GMimePart* part) {
  const auto fields = raw_values(GMIME_OBJECT(part), "Content-Transfer-Encoding");
  const GMimeContentEncoding known = g_mime_part_get_content_encoding(part);
  if (fields.empty() || known != GMIME_CONTENT_ENCODING_DEFAULT) {
    return known;
  }
  return g_mime_content_encoding_from_string(encoding_word(fields.front()).c_str());
}

std::string decode_other(GMimePart* part, GMimeContentEncoding encoding, std::size_t longest) {
  GMimeStream* source = raw_content(part);
  if (source == nullptr) {
    return "";
  }
  const Handle<GMimeStream> filtered(g_mime_stream_filter_new(source));
  const Handle<GMimeFilter> decoder(g_mime_filter_basic_new(encoding, FALSE));
  g_mime_stream_filter_add(GMIME_STREAM_FILTER(filtered.get()), decoder.get());
  return read_up_to(filtered.get(), longest);
}

std::string decode(GMimePart* part, std::size_t longest) {
  const GMimeContentEncoding encoding = encoding_of(part);
  const bool base64 = encoding == GMIME_CONTENT_ENCODING_BASE64;
  if (!base64 && encoding != GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE) {
    return decode_other(part, encoding, longest);
  }
  // Base64 with a character a line is allowed too, so how much is needed is only known afterwards.
  for (std::size_t wanted = 2 * longest + 4096;; wanted *= 8) {
    const std::string raw = read_up_to(raw_content(part), wanted);
    std::string bytes = base64 ? decode_base64_loosely(raw) : decode_quoted_printable(raw);
    if (bytes.size() >= longest || raw.size() < wanted) {
      bytes.resize(std::min(bytes.size(), longest));
      return bytes;
    }
  }
}

}  // namespace

void warm_up_mime() {
  // GLib takes a log writer only once in a process.
  static const bool warm = [] {
    g_log_set_default_handler([](const gchar*, GLogLevelFlags, const gchar*, gpointer) {}, nullptr);
    g_log_set_writer_func(
        [](GLogLevelFlags, const GLogField*, gsize, gpointer) { return G_LOG_WRITER_HANDLED; },
        nullptr, nullptr);
    g_set_printerr_handler([](const gchar*) {});
    g_mime_init();
    return true;
  }();
  (void)warm;
}

struct MimeTree::State {
  struct Pending {
    GMimeObject* object;
    std::string path;  // of a multipart or a message at the top: the prefix of its children
    std::size_t depth;
    std::string parent_type;
    bool top;
  };

  std::vector<Entity> entities;
  std::vector<GMimeObject*> objects;  // beside entities; owned by the message
  Handle<GMimeMessage> message;
  GByteArray* view = nullptr;
  bool ambiguous = false;
  bool over_limit = false;

  ~State() {
    message.reset();
    if (view != nullptr) {
      g_byte_array_free(view, FALSE);  // the bytes are the caller's
    }
  }

  void parse(std::string_view bytes);
  void walk(const TreePlace& place);
  void add_multipart(const Pending& at, Entity entity, std::vector<Pending>& stack);
  void add_message(const Pending& at, Entity entity, std::vector<Pending>& stack);
};

void MimeTree::State::parse(std::string_view bytes) {
  view = g_byte_array_new();
  // Read only, so the constness is kept in fact.
  view->data = reinterpret_cast<guint8*>(const_cast<char*>(bytes.data()));
  view->len = static_cast<guint>(bytes.size());
  const Handle<GMimeStream> stream(g_mime_stream_mem_new());
  g_mime_stream_mem_set_byte_array(GMIME_STREAM_MEM(stream.get()), view);
  GMimeParserOptions* options = g_mime_parser_options_new();
  g_mime_parser_options_set_warning_callback(options, &note_warning, &ambiguous);
  const Handle<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  g_mime_parser_set_persist_stream(parser.get(), TRUE);
  message.reset(g_mime_parser_construct_message(parser.get(), options));
  g_mime_parser_options_free(options);
}

void MimeTree::State::add_multipart(const Pending& at, Entity entity, std::vector<Pending>& stack) {
  GMimeMultipart* multipart = GMIME_MULTIPART(at.object);
  const int count = g_mime_multipart_get_count(multipart);
  entity.shape = Shape::multipart;
  entity.children = static_cast<std::size_t>(count);
  entity.outside = text_or_empty(g_mime_multipart_get_prologue(multipart)) + '\n' +
                   text_or_empty(g_mime_multipart_get_epilogue(multipart));
  const std::string prefix = at.top ? at.path : at.path + '.';
  for (int i = count - 1; i >= 0; --i) {
    stack.push_back({g_mime_multipart_get_part(multipart, i), prefix + std::to_string(i + 1),
                     at.depth + 1, entity.media_type, false});
  }
  entities.push_back(std::move(entity));
  objects.push_back(at.object);
}

void MimeTree::State::add_message(const Pending& at, Entity entity, std::vector<Pending>& stack) {
  GMimeMessage* inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(at.object));
  entity.shape = Shape::message;
  if (inner != nullptr) {
    const std::unique_ptr<char, FreeText> headers(
        g_mime_object_get_headers(GMIME_OBJECT(inner), nullptr));
    entity.headers = text_or_empty(headers.get());
    GMimeObject* part = g_mime_message_get_mime_part(inner);
    if (part != nullptr) {
      entity.children = 1;
      stack.push_back({part, entity.path + '/', at.depth + 1, "", true});
    }
  }
  entities.push_back(std::move(entity));
  objects.push_back(at.object);
}

void MimeTree::State::walk(const TreePlace& place) {
  GMimeObject* root = message ? g_mime_message_get_mime_part(message.get()) : nullptr;
  if (root == nullptr) {
    return;
  }
  std::vector<Pending> stack{{root, place.prefix, place.depth, "", true}};
  while (!stack.empty()) {
    const Pending at = std::move(stack.back());
    stack.pop_back();
    if (at.depth > limits::kMimeDepth || place.parts + entities.size() >= limits::kMimeParts) {
      over_limit = true;
      continue;
    }
    Entity entity = describe(at.object);
    entity.path = at.top ? at.path + '1' : at.path;
    entity.depth = at.depth;
    entity.parent_type = at.parent_type;
    if (GMIME_IS_MULTIPART(at.object)) {
      add_multipart(at, std::move(entity), stack);
    } else if (GMIME_IS_MESSAGE_PART(at.object)) {
      add_message(at, std::move(entity), stack);
    } else {
      entities.push_back(std::move(entity));
      objects.push_back(at.object);
    }
  }
}

MimeTree::MimeTree(std::string_view bytes, const TreePlace& place)
    : state_(std::make_unique<State>()) {
  state_->parse(bytes);
  state_->walk(place);
}

MimeTree::~MimeTree() = default;

const std::vector<Entity>& MimeTree::entities() const {
  return state_->entities;
}
bool MimeTree::over_limit() const {
  return state_->over_limit;
}
bool MimeTree::ambiguous() const {
  return state_->ambiguous;
}

std::string MimeTree::content(std::size_t index, std::size_t longest) const {
  GMimeObject* object = state_->objects.at(index);
  return GMIME_IS_PART(object) ? decode(GMIME_PART(object), longest) : "";
}

}  // namespace phimilter::extract
