// SPDX-License-Identifier: Apache-2.0
#include "portal/parser_hooks.h"

#include <climits>
#include <map>

namespace phimilter::portal {
namespace {

using restinio::impl::http_parser_ctx_t;

struct Place {
  const char* end;
  std::uint64_t connection;
};

// Of the listener whose thread this is.
struct Listener {
  ArrivingBodies* bodies = nullptr;
  bool over_tls = false;
  std::map<const char*, Place, std::less<>> places{};
};

Listener& listener_here() {
  thread_local Listener listener;
  return listener;
}

std::optional<std::uint64_t> connection_of(const http_parser_ctx_t& context) {
  const auto& places = listener_here().places;
  const char* const inside = reinterpret_cast<const char*>(&context);
  const auto behind = places.upper_bound(inside);
  if (behind == places.begin() || std::prev(behind)->second.end <= inside) {
    return std::nullopt;
  }
  return std::prev(behind)->second.connection;
}

RawRequest header_of(const http_parser_ctx_t& context) {
  RawRequest raw;
  raw.target = context.m_header.request_target();
  raw.over_tls = listener_here().over_tls;
  context.m_header.for_each_field([&raw](const restinio::http_header_field_t& field) {
    raw.headers.emplace_back(field.name(), field.value());
  });
  return raw;
}

bool is_held(const http_parser& parser, const http_parser_ctx_t& context) {
  const bool chunked = (parser.flags & F_CHUNKED) != 0;
  const auto connection = connection_of(context);
  return connection &&
         listener_here().bodies->admit(
             *connection, chunked ? std::nullopt : std::optional(parser.content_length),
             header_of(context));
}

int headers_complete(http_parser* parser) {
  auto& context = *static_cast<http_parser_ctx_t*>(parser->data);
  const bool body = parser->content_length != ULLONG_MAX && parser->content_length > 0;
  const bool too_long = body && parser->content_length > context.m_limits.max_body_size();
  try {
    const bool chunked = (parser->flags & F_CHUNKED) != 0;
    if (too_long || (!body && !chunked) || is_held(*parser, context)) {
      return restinio::impl::restinio_headers_complete_cb(parser);
    }
  } catch (const std::exception&) {
    return -1;
  }
  context.m_leading_headers_completed = true;
  return 0;
}

int body(http_parser* parser, const char* at, std::size_t length) {
  const auto connection = connection_of(*static_cast<http_parser_ctx_t*>(parser->data));
  if (!connection || listener_here().bodies->dropping(*connection)) {
    return 0;
  }
  return restinio::impl::restinio_body_cb(parser, at, length);
}

// RESTinio notes each chunk, which costs it eight times what a small one costs to send.
int chunk_header(http_parser* /*parser*/) {
  return 0;
}

}  // namespace

void place_of_connection(const void* begin, std::size_t size, std::uint64_t connection) {
  const char* const at = static_cast<const char*>(begin);
  listener_here().places.insert_or_assign(at, Place{at + size, connection});
}

void connection_opened(ArrivingBodies& bodies, bool over_tls, std::uint64_t connection,
                       std::string peer) {
  listener_here().bodies = &bodies;
  listener_here().over_tls = over_tls;
  bodies.opened(connection, std::move(peer));
}

void connection_closed(std::uint64_t connection) {
  Listener& here = listener_here();
  std::erase_if(here.places,
                [connection](const auto& each) { return each.second.connection == connection; });
  if (here.bodies != nullptr) {
    here.bodies->closed(connection);
  }
}

}  // namespace phimilter::portal

namespace restinio::impl {

template <>
http_parser_settings create_parser_settings<phimilter::portal::PortalMethods>() noexcept {
  http_parser_settings settings = create_parser_settings<default_http_methods_t>();
  settings.on_headers_complete = phimilter::portal::headers_complete;
  settings.on_body = phimilter::portal::body;
  settings.on_chunk_header = phimilter::portal::chunk_header;
  return settings;
}

}  // namespace restinio::impl
