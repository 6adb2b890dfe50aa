// SPDX-License-Identifier: Apache-2.0
//
// What makes the content of two messages the same although a program wrote them twice.
#include <map>
#include <optional>

#include "base/encoding.h"
#include "base/limits.h"
#include "delivery/batch.h"

namespace phimilter::delivery {

namespace {

constexpr std::string_view kBoundary = "boundary=";
constexpr std::size_t kLongestBoundary = 70;  // RFC 2046 5.1.1

// Boundaries by the order in which they are named: "#0", "#1", ...
class Boundaries {
 public:
  // The line with the boundary that it names, or that it is, replaced.
  std::string neutral(std::string_view line) {
    if (line.starts_with("--")) {
      return delimiter(line);
    }
    const auto at = find(line);
    if (!at) {
      return std::string(line);
    }
    const std::size_t begin = *at + kBoundary.size();
    const bool quoted = line.substr(begin).starts_with('"');
    const std::size_t from = begin + (quoted ? 1 : 0);
    const std::size_t end =
        std::min(quoted ? line.find('"', from) : line.find_first_of("; \t\r\n", from), line.size());
    const std::string_view boundary = line.substr(from, end - from);
    if (boundary.empty() || boundary.size() > kLongestBoundary ||
        names_.size() >= limits::kMimeParts) {
      return std::string(line);
    }
    const std::size_t number = names_.emplace(boundary, names_.size()).first->second;
    return std::string(line.substr(0, begin)) + '#' + std::to_string(number) +
           std::string(line.substr(std::min(end + (quoted ? 1 : 0), line.size())));
  }

 private:
  static std::optional<std::size_t> find(std::string_view line) {
    for (std::size_t equals = line.find('='); equals != std::string_view::npos;
         equals = line.find('=', equals + 1)) {
      const std::size_t length = kBoundary.size() - 1;
      if (equals >= length &&
          ascii_iequal(line.substr(equals - length, length), kBoundary.substr(0, length))) {
        return equals - length;
      }
    }
    return std::nullopt;
  }

  std::string delimiter(std::string_view line) const {
    const std::string_view name = trim(line).substr(2);
    auto known = names_.find(name);
    if (known != names_.end()) {
      return "--#" + std::to_string(known->second) + "\n";
    }
    known = name.ends_with("--") ? names_.find(name.substr(0, name.size() - 2)) : names_.end();
    return known == names_.end() ? std::string(line)
                                 : "--#" + std::to_string(known->second) + "--\n";
  }

  std::map<std::string, std::size_t, std::less<>> names_;
};

bool is_content(std::string_view name) {
  constexpr std::string_view kRead[] = {"From", "Reply-To", "To", "Cc", "Subject"};
  for (const std::string_view read : kRead) {
    if (ascii_iequal(name, read)) {
      return true;
    }
  }
  constexpr std::string_view kContent = "Content-";
  return ascii_iequal(name.substr(0, kContent.size()), kContent);
}

}  // namespace

Result<DigestId> content_digest(const mail::CapturedMessage& message) {
  const auto body = message.body.view();
  if (!body) {
    return fail(body.error());
  }
  Boundaries boundaries;
  Sha256Stream stream;
  stream.add_field("phimilter content 1");
  for (const mail::HeaderField& field : message.headers.fields()) {
    if (is_content(field.name)) {
      stream.add_field(ascii_lower(field.name));
      stream.add_field(boundaries.neutral(mail::unfolded(field.value)));
    }
  }
  stream.add_field("");
  for (std::string_view rest = *body; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size() - 1) + 1;
    const std::string_view line = trim(rest.substr(0, end));
    const bool plain = !line.starts_with("--") && line.find('=') == std::string_view::npos;
    stream.add(as_bytes(plain ? rest.substr(0, end)
                              : std::string_view(boundaries.neutral(rest.substr(0, end)))));
    rest.remove_prefix(end);
  }
  return *DigestId::parse(hex(stream.finish()));
}

}  // namespace phimilter::delivery
