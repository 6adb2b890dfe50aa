// SPDX-License-Identifier: Apache-2.0
//
// What RESTinio's parser does at the end of a header and with a body. RESTinio reads a body whole,
// whoever sends it, and hands the request over then; its callbacks are chosen by the traits' mapper
// of methods, so that ours can stand before them.
#pragma once

#include <cstdint>
#include <restinio/all.hpp>

#include "portal/arriving_bodies.h"

namespace phimilter::portal {

// For the traits: http_methods_mapper_t.
struct PortalMethods : restinio::default_http_methods_t {};

// All of these on the one thread that reads and writes for a listener.
//
// A parser knows its context, which is a part of RESTinio's connection: by its place in memory it
// is found again.
void place_of_connection(const void* begin, std::size_t size, std::uint64_t connection);
void connection_opened(ArrivingBodies& bodies, bool over_tls, std::uint64_t connection,
                       std::string peer);
void connection_closed(std::uint64_t connection);

}  // namespace phimilter::portal

namespace restinio::impl {
template <>
http_parser_settings create_parser_settings<phimilter::portal::PortalMethods>() noexcept;
}  // namespace restinio::impl
