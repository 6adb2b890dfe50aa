// SPDX-License-Identifier: Apache-2.0
#include "escrow/acts.h"

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "escrow/seal_crypto.h"

namespace phimilter::escrow {

namespace {

using Json = nlohmann::ordered_json;

struct Written {
  Act act;
  std::string expires, mac;
};

std::string mac_of(std::string_view kind, const EscrowId& id, const Act& act,
                   std::string_view expires, const Secret& key) {
  std::string text = "phimilter act 1\n";
  text.append(kind).append("\n").append(id.str()).append("\n").append(rfc3339(act.time));
  text.append("\n").append(expires).append("\n").append(act.by);
  return hex(hmac_sha256(key.span(), as_bytes(text)));
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

std::optional<Written> written_from(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    Written out;
    json.at("by").get_to(out.act.by);
    out.expires = json.value("expires", std::string());
    out.mac = json.value("mac", std::string());
    const auto time = parse_rfc3339(json.at("time").get<std::string>());
    if (!time) {
      return std::nullopt;
    }
    out.act.time = *time;
    return out;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

bool authentic(std::string_view kind, const EscrowId& id, const Written& written,
               const Secret* key) {
  return key == nullptr ||
         constant_time_equal(
             std::string_view(written.mac),
             std::string_view(mac_of(kind, id, written.act, written.expires, *key)));
}

// A name that is no UTF-8 comes back as another one, and its code would not fit.
std::string as_utf8(const std::string& text) {
  return Json::parse(dump(Json(text))).get<std::string>();
}

}  // namespace

Secret act_key(const Secret& pepper) {
  auto key = hkdf_sha256(pepper, {}, "phimilter acts 1");
  require(key.has_value(), "HKDF gives a key");
  return std::move(*key);
}

std::string extension_to_json(const EscrowId& id, const Extension& extension, const Secret& key) {
  const Act act{as_utf8(extension.act.by), extension.act.time};
  const std::string expires = rfc3339(extension.expires);
  return dump({{"by", act.by},
               {"time", rfc3339(act.time)},
               {"expires", expires},
               {"mac", mac_of("extend", id, act, expires, key)}});
}

std::optional<Extension> extension_from_json(const EscrowId& id, std::string_view json,
                                             const Secret* key) {
  const auto written = written_from(json);
  if (!written || !authentic("extend", id, *written, key)) {
    return std::nullopt;
  }
  const auto expires = parse_rfc3339(written->expires);
  return expires ? std::optional(Extension{written->act, *expires}) : std::nullopt;
}

std::string unlock_to_json(const EscrowId& id, const Act& act, const Secret& key) {
  const Act named{as_utf8(act.by), act.time};
  return dump({{"by", named.by},
               {"time", rfc3339(named.time)},
               {"mac", mac_of("unlock", id, named, "", key)}});
}

std::optional<Act> unlock_from_json(const EscrowId& id, std::string_view json, const Secret* key) {
  const auto written = written_from(json);
  return written && authentic("unlock", id, *written, key) ? std::optional(written->act)
                                                           : std::nullopt;
}

std::string retraction_to_json(const Act& act) {
  return dump({{"by", act.by}, {"time", rfc3339(act.time)}});
}

std::optional<Act> retraction_from_json(std::string_view json) {
  const auto written = written_from(json);
  return written ? std::optional(written->act) : std::nullopt;
}

}  // namespace phimilter::escrow
