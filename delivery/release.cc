// SPDX-License-Identifier: Apache-2.0
#include "delivery/release.h"

#include <map>

#include "base/encoding.h"

namespace phimilter::delivery {

namespace {

constexpr std::string_view kEnd = "; mac=";
constexpr std::size_t kLongest = 8000;

// A key of its own for this purpose: what makes links never makes releases.
std::string code_for(std::string_view fields, const DigestId& digest, const Secret& link_key) {
  const Sha256 key = hmac_sha256(link_key.span(), as_bytes("phimilter release key 1"));
  std::string text = "phimilter release 1\n";
  text += fields;
  text += '\n' + digest.str();
  return hex(hmac_sha256(key, as_bytes(text)));
}

std::string encoded(const std::string& text) {
  return base64url(as_bytes(text));
}

std::optional<std::string> decoded(std::string_view text) {
  const auto bytes = unbase64url(text);
  return bytes ? std::optional(std::string(as_text(*bytes))) : std::nullopt;
}

std::string fields_of(const Release& release) {
  return "id=" + release.id.str() + "; to=" + encoded(release.recipient_key) +
         "; probe=" + (release.probe ? '1' : '0') + "; clear=" + (release.clear ? '1' : '0') +
         "; login=" + encoded(release.login) + "; client=" + encoded(release.client) +
         "; listener=" + encoded(release.listener);
}

std::map<std::string, std::string, std::less<>> named_values(std::string_view fields) {
  std::map<std::string, std::string, std::less<>> values;
  for (const std::string_view field : split(fields, ';')) {
    const std::string_view pair = trim(field);
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos) {
      values.emplace(pair.substr(0, equals), pair.substr(equals + 1));
    }
  }
  return values;
}

std::optional<Release> release_in(std::string_view fields) {
  auto values = named_values(fields);
  const auto id = EscrowId::parse(values["id"]);
  const auto recipient = decoded(values["to"]);
  const auto login = decoded(values["login"]);
  const auto client = decoded(values["client"]);
  const auto listener = decoded(values["listener"]);
  if (!id || !recipient || !login || !client || !listener) {
    return std::nullopt;
  }
  return Release{*id,     *recipient, values["probe"] == "1", values["clear"] == "1", *login,
                 *client, *listener};
}

}  // namespace

DigestId body_digest(std::string_view body) {
  Sha256Stream stream;
  stream.add_field("phimilter release body 1");
  stream.add(as_bytes(body));
  return *DigestId::parse(hex(stream.finish()));
}

std::string release_value(const Release& release, const DigestId& digest, const Secret& link_key) {
  const std::string fields = fields_of(release);
  return fields + std::string(kEnd) + code_for(fields, digest, link_key);
}

std::optional<Release> believed_release(std::string_view value, const DigestId& digest,
                                        const Secret& link_key) {
  value = trim(value);
  const auto end = value.rfind(kEnd);
  if (value.size() > kLongest || end == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view fields = value.substr(0, end);
  if (!constant_time_equal(value.substr(end + kEnd.size()), code_for(fields, digest, link_key))) {
    return std::nullopt;
  }
  return release_in(fields);
}

}  // namespace phimilter::delivery
