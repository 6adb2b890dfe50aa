// SPDX-License-Identifier: Apache-2.0
//
// Writes responses with RESTinio, those with a stream piece by piece: the next is read when the
// browser has taken the one before. For files that see RESTinio.
#pragma once

#include <restinio/all.hpp>

#include "portal/http.h"

namespace phimilter::portal {

// `pool` reads the streams; it may be joined before they have ended.
void write_response(const restinio::request_handle_t& request, Response response,
                    asio::thread_pool& pool);

}  // namespace phimilter::portal
