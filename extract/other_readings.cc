// SPDX-License-Identifier: Apache-2.0
#include "extract/other_readings.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/limits.h"
#include "extract/header_words.h"
#include "extract/loose_decoding.h"
#include "extract/mime_boundaries.h"
#include "extract/mime_header.h"
#include "extract/text_lines.h"
#include "extract/transfer_decoding.h"

namespace phimilter::extract {
namespace {

constexpr std::size_t kValues = 4;  // of a doubled field
// A reading may have doubts of its own inside; past so many in each other it is read as it is.
constexpr std::ptrdiff_t kDoubtsInside = 4;
// Each level of nesting is looked through once more.
constexpr std::size_t kLookedThrough = 16 * limits::kMiB;

std::string without_blanks(std::string_view value) {
  std::string out(value);
  std::erase_if(out, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
  return out;
}

// The values that differ, as they stand; one more than kValues stands for all that follow.
std::vector<std::string_view> distinct_values(const std::vector<RawField>& fields) {
  std::vector<std::string_view> values;
  for (const auto& field : fields) {
    const bool known = std::any_of(values.begin(), values.end(), [&](std::string_view value) {
      return without_blanks(value) == without_blanks(field.value);
    });
    if (!known && values.size() <= kValues) {
      values.push_back(field.value);
    }
  }
  return values;
}

bool is_structure(const RawField& field) {
  return ascii_iequal(field.name, "Content-Type") ||
         ascii_iequal(field.name, "Content-Transfer-Encoding");
}

std::string entity_of(std::string_view type, std::string_view encoding, std::string_view body,
                      std::string_view disposition = "") {
  std::string out;
  out.reserve(body.size() + type.size() + 200);
  const auto add = [&out](std::string_view name, std::string_view value) {
    if (!trim(value).empty()) {
      out.append(name).append(": ").append(trim(value)).append("\r\n");
    }
  };
  add("Content-Type", type);
  add("Content-Transfer-Encoding", encoding);
  add("Content-Disposition", disposition);
  return out.append("\r\n").append(body);
}

std::string_view first_value(const RawHeader& header, std::string_view name) {
  const auto fields = fields_named(header, name);
  return fields.empty() ? "" : fields.front().value;
}

// Lines with encoded-words, decoded.
std::string decoded_words(std::string_view text) {
  std::string out;
  while (text.find("=?") != std::string_view::npos && out.size() < limits::kMiB) {
    const std::string_view line = take_line(text);
    if (line.find("=?") != std::string_view::npos && line.find("?=") != std::string_view::npos) {
      out += decode_header_value(line) + '\n';
    }
  }
  return out;
}

// Adds what is read to the answer, within the budget.
class Collector {
 public:
  Collector(ReadingBudget& budget, OtherReadings& out) : budget_(budget), out_(out) {}

  void add(const std::string& path, std::string bytes, bool settled) {
    out_.doubtful.insert(path);
    if (bytes.size() > budget_.bytes || budget_.readings == 0) {
      out_.complete = false;
      return;
    }
    budget_.bytes -= bytes.size();
    --budget_.readings;
    const bool deep = std::count(path.begin(), path.end(), '#') >= kDoubtsInside;
    out_.complete = out_.complete && (settled || !deep);
    out_.readings.push_back({path, std::move(bytes), settled || deep});
  }

  void add_text(const std::string& path, std::string_view type, std::string_view bytes) {
    add(path, entity_of(type, "binary", bytes), true);
  }

  void add_hidden(const std::string& path, std::string_view text) {
    auto runs = base64_in_text(text);
    out_.complete = out_.complete && runs.size() <= kBase64Runs;
    for (const auto& bytes : runs) {
      add(path, entity_of("application/octet-stream", "binary", bytes), true);
    }
    if (const std::string words = decoded_words(text); !words.empty()) {
      add_text(path, "text/plain; charset=utf-8", words);
      out_.complete = out_.complete && words.size() < limits::kMiB;
    }
  }

  void add_loose(const std::string& path, std::string_view bytes) {
    add_text(path, "text/plain", bytes);
    const std::string decoded = decode_quoted_printable(bytes);
    if (decoded != bytes) {
      add_text(path, "text/plain", decoded);
    }
    if (decoded.find("</") != std::string::npos || decoded.find("<br") != std::string::npos) {
      add_text(path, "text/html", decoded);
    }
    add_hidden(path, bytes);
  }

  void incomplete() { out_.complete = false; }

 private:
  ReadingBudget& budget_;
  OtherReadings& out_;
};

class Walker {
 public:
  Walker(std::size_t size, Collector& collector)
      : collector_(collector), left_(4 * size + kLookedThrough) {}

  void message(std::string_view bytes, const std::string& prefix, std::size_t depth) {
    entity(bytes, prefix + '1', prefix, "text/plain", depth);
  }
  // What the walk saw: differs when structure does.
  const std::string& skeleton() const { return skeleton_; }

 private:
  void entity(std::string_view bytes, const std::string& path, const std::string& child_prefix,
              std::string_view default_type, std::size_t depth) {
    if (depth > limits::kMimeDepth || ++entities_ > limits::kMimeParts) {
      return;  // the tree says that it is over the limit
    }
    if (bytes.size() > left_) {
      collector_.incomplete();
      return;
    }
    left_ -= bytes.size();
    const RawHeader header = raw_header(bytes);
    if (settle_fields(header, bytes, path)) {
      return;
    }
    const std::string_view declared = first_value(header, "Content-Type");
    const std::string_view type = declared.empty() ? default_type : declared;
    const std::string token = first_token(type);
    skeleton_.append(path).append(token).append("\n");
    const std::string_view body = bytes.substr(header.body);
    if (token.starts_with("multipart/")) {
      multipart(header, type, body, {path, child_prefix, depth});
    } else if (token == "message/rfc822" || token == "message/global" || token == "message/news") {
      nested(header, body, path, depth);
    } else if (token == "message/partial" || token == "message/external-body") {
      collector_.add_loose(path, body);
    } else {
      leaf(header, type, body, path);
    }
  }

  // True: it is in doubt what the fields are; readings have been added.
  bool settle_fields(const RawHeader& header, std::string_view bytes, const std::string& path) {
    auto types = distinct_values(fields_named(header, "Content-Type"));
    auto encodings = distinct_values(fields_named(header, "Content-Transfer-Encoding"));
    if (types.size() > kValues || encodings.size() > kValues) {
      collector_.incomplete();
    }
    types.resize(std::min(types.size(), kValues));
    encodings.resize(std::min(encodings.size(), kValues));
    const bool odd = std::any_of(header.fields.begin(), header.fields.end(), [](const auto& field) {
      return field.odd && is_structure(field);
    });
    if (types.size() <= 1 && encodings.size() <= 1 && !odd && !header.stray) {
      return false;
    }
    const std::string_view body = bytes.substr(header.body);
    const std::string_view disposition = first_value(header, "Content-Disposition");
    for (const auto type : types.empty() ? std::vector<std::string_view>{""} : types) {
      for (const auto encoding :
           encodings.empty() ? std::vector<std::string_view>{""} : encodings) {
        collector_.add(path, entity_of(type, encoding, body, disposition), false);
      }
      if (odd) {
        collector_.add(path, entity_of(type, "", body, disposition), false);
      }
    }
    if (odd) {
      collector_.add(path, entity_of("", "", body, disposition), false);
    }
    if (header.stray) {
      std::string early(bytes.substr(0, *header.stray));
      collector_.add(path, early.append("\r\n").append(bytes.substr(*header.stray)), false);
    }
    return true;
  }

  struct Place {
    const std::string& path;
    const std::string& child_prefix;
    std::size_t depth;
  };

  void multipart(const RawHeader& header, std::string_view type, std::string_view body,
                 const Place& at) {
    const std::string_view encoding = first_value(header, "Content-Transfer-Encoding");
    if (std::string decoded = usual_decoding(body, encoding); decoded != body) {
      collector_.add(at.path, entity_of(type, "", body), false);
      collector_.add(at.path, entity_of(type, "", decoded), false);
      return;
    }
    const auto candidates = boundary_candidates(type);
    if (candidates.size() >= kBoundaryCandidates) {
      collector_.incomplete();
    }
    std::vector<std::pair<std::string, MultipartSplit>> used;
    for (const auto& candidate : candidates) {
      MultipartSplit split = split_multipart(body, candidate);
      if (split.used) {
        used.emplace_back(candidate, std::move(split));
      }
    }
    if (used.empty()) {
      without_boundary(body, at.path);
    } else if (used.size() > 1 || used.front().first != candidates.front() ||
               parameter_values(type, "boundary").size() > 1) {
      for (const auto& [boundary, split] : used) {
        add_with_boundary(type, boundary, body, at.path);
      }
    } else {
      children(type, used.front().first, used.front().second, body, at);
    }
  }

  void without_boundary(std::string_view body, const std::string& path) {
    if (trim(body).empty()) {
      return;
    }
    for (const auto& guess : guessed_boundaries(body)) {
      add_with_boundary("multipart/mixed", guess, body, path);
    }
    collector_.add_loose(path, body);
  }

  void add_with_boundary(std::string_view type, const std::string& boundary, std::string_view body,
                         const std::string& path) {
    std::string quoted;
    for (const char c : boundary) {
      quoted.append(c == '"' || c == '\\' ? "\\" : "").push_back(c);
    }
    collector_.add(path, entity_of(first_token(type) + "; boundary=\"" + quoted + '"', "", body),
                   false);
  }

  void children(std::string_view type, const std::string& boundary, const MultipartSplit& split,
                std::string_view body, const Place& at) {
    if (split.goes_on_after_end || split.half_delimiters) {
      add_with_boundary(type, boundary, with_plain_delimiters(body, boundary), at.path);
    }
    const bool digest = first_token(type) == "multipart/digest";
    std::size_t number = 0;
    for (const auto part : split.parts) {
      const std::string path = at.child_prefix + std::to_string(++number);
      entity(part, path, path + '.', digest ? "message/rfc822" : "text/plain", at.depth + 1);
    }
  }

  void nested(const RawHeader& header, std::string_view body, const std::string& path,
              std::size_t depth) {
    const std::string_view encoding = first_value(header, "Content-Transfer-Encoding");
    if (usual_decoding(body, encoding) == body) {
      message(body, path + '/', depth + 1);
    } else {
      collector_.add_text(path, "text/plain", body);  // RFC 2046 5.2.1 allows no encoding here
    }
  }

  void leaf(const RawHeader& header, std::string_view type, std::string_view body,
            const std::string& path) {
    const std::string_view encoding = first_value(header, "Content-Transfer-Encoding");
    const std::string_view disposition = first_value(header, "Content-Disposition");
    for (const auto& decoded : other_decodings(body, encoding)) {
      collector_.add(path, entity_of(type, "binary", decoded, disposition), true);
    }
    const std::string token = first_token(type);
    if (token.starts_with("text/") || token.find('/') == std::string::npos) {
      text(token, type, usual_decoding(body, encoding), path);
    }
  }

  void text(const std::string& token, std::string_view type, const std::string& decoded,
            const std::string& path) {
    const std::string shown = token == "text/html" ? token : "text/plain";
    auto charsets = parameter_values(type, "charset");
    const std::string label = charsets.empty() ? "" : charsets.front();
    if (charsets.size() == 1) {
      charsets.clear();
    }
    auto others = other_charsets(decoded, label);
    std::move(others.begin(), others.end(), std::back_inserter(charsets));
    for (const auto& charset : charsets) {
      collector_.add_text(path, shown + "; charset=\"" + charset + '"', decoded);
    }
    if (const std::string ascii = overlong_as_ascii(decoded); !ascii.empty()) {
      collector_.add_text(path, shown + "; charset=utf-8", ascii);
    }
    collector_.add_hidden(path, decoded);
  }

  Collector& collector_;
  std::size_t left_;
  std::size_t entities_ = 0;
  std::string skeleton_;
};

// Bare CR as the end of a line, NUL as nothing.
std::string with_whole_lines(std::string_view bytes) {
  std::string out = with_line_feeds(bytes);
  std::erase(out, '\0');
  return out;
}

bool has_strange_bytes(std::string_view bytes) {
  if (bytes.find('\0') != std::string_view::npos) {
    return true;
  }
  for (std::size_t at = bytes.find('\r'); at != std::string_view::npos;
       at = bytes.find('\r', at + 1)) {
    if (bytes.substr(at + 1, 1) != "\n") {
      return true;
    }
  }
  return false;
}

std::string skeleton_of(std::string_view bytes) {
  ReadingBudget none;
  OtherReadings ignored;
  Collector collector(none, ignored);
  Walker walker(bytes.size(), collector);
  walker.message(bytes, "", 0);
  return walker.skeleton();
}

}  // namespace

OtherReadings other_readings(std::string_view message, const std::string& prefix,
                             ReadingBudget& budget) {
  OtherReadings out;
  Collector collector(budget, out);
  Walker walker(message.size(), collector);
  walker.message(message, prefix, 0);
  if (has_strange_bytes(message)) {
    std::string whole = with_whole_lines(message);
    if (skeleton_of(whole) != skeleton_of(message)) {
      collector.add(prefix + '1', std::move(whole), false);
    }
  }
  return out;
}

void add_loose_readings(std::string_view bytes, const std::string& path, ReadingBudget& budget,
                        OtherReadings& out) {
  Collector(budget, out).add_loose(path, bytes);
}

}  // namespace phimilter::extract
