// SPDX-License-Identifier: Apache-2.0
//
// With response_writer.cc and parser_hooks.cc the only file that sees RESTinio and Asio.
#include "portal/server.h"

#include <openssl/ssl.h>

#include <algorithm>
#include <atomic>
#include <restinio/all.hpp>
#include <restinio/tls.hpp>
#include <variant>

#include "base/limits.h"
#include "base/log.h"
#include "portal/arriving_bodies.h"
#include "portal/parser_hooks.h"
#include "portal/peer_connections.h"
#include "portal/response_writer.h"

namespace phimilter::portal {
namespace {

// Between what is taken and this, a body is read and then refused in words; past it the connection
// is closed.
std::size_t body_read(const ServerOptions& options) {
  return std::max(4 * limits::kPortalRequest, options.upload_bytes + options.upload_bytes / 2);
}
constexpr std::size_t kWaitingRequests = 256;  // past it: 503

using HttpsBase = restinio::tls_traits_t<restinio::asio_timer_manager_t, restinio::null_logger_t>;
using HttpBase = restinio::traits_t<restinio::asio_timer_manager_t, restinio::null_logger_t>;

}  // namespace

// Told by RESTinio, on the thread that reads and writes.
class ConnectionWatch {
 public:
  ConnectionWatch(const ServerOptions& options, ArrivingBodies& bodies, bool over_tls)
      : peers_(options.of_one_client, options.proxies), bodies_(bodies), over_tls_(over_tls) {}
  PeerConnections& peers() { return peers_; }
  void state_changed(const restinio::connection_state::notice_t& notice) noexcept {
    const auto cause = notice.cause();
    if (std::holds_alternative<restinio::connection_state::accepted_t>(cause)) {
      const std::string peer = notice.remote_endpoint().address().to_string();
      connection_opened(bodies_, over_tls_, notice.connection_id(), peer);
      if (over_tls_) {
        peers_.opened(notice.connection_id(), peer);
      }
    } else if (std::holds_alternative<restinio::connection_state::closed_t>(cause)) {
      peers_.closed(notice.connection_id());
      connection_closed(notice.connection_id());
    }
  }

 private:
  PeerConnections peers_;
  ArrivingBodies& bodies_;
  const bool over_tls_;
};

struct HttpsTraits : HttpsBase {
  static constexpr bool use_connection_count_limiter = true;
  using connection_state_listener_t = ConnectionWatch;
  using http_methods_mapper_t = PortalMethods;
};
struct HttpTraits : HttpBase {
  static constexpr bool use_connection_count_limiter = true;
  using connection_state_listener_t = ConnectionWatch;
  using http_methods_mapper_t = PortalMethods;
};

// What a handshake must keep to; its server's TLS context leads to it.
struct HandshakeRules {
  std::chrono::milliseconds longest;
  PeerConnections* peers;
};

namespace {

int rules_index() {
  static const int kIndex = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return kIndex;
}

const HandshakeRules& rules_of(restinio::impl::tls_socket_t& socket) {
  const SSL_CTX* context = SSL_get_SSL_CTX(socket.asio_ssl_stream().native_handle());
  return *static_cast<const HandshakeRules*>(SSL_CTX_get_ex_data(context, rules_index()));
}

std::string peer_of(restinio::impl::tls_socket_t& socket) {
  asio::error_code error;
  const auto endpoint = socket.lowest_layer().remote_endpoint(error);
  return error ? std::string() : endpoint.address().to_string();
}

}  // namespace

// RESTinio's timers start after the TLS handshake, so a client that never finishes one would keep
// its connection for ever. This overload is more special than RESTinio's own, is found by
// argument-dependent lookup, and adds the timer; and it counts the client's connections from the
// first moment. Once start_read() has run, ConnectionWatch counts this one.
template <typename StartRead, typename Failed>
void handshake_with_rules(restinio::impl::tls_socket_t& socket,
                          restinio::impl::connection_t<HttpsTraits>& connection,
                          StartRead start_read, Failed failed) {
  const HandshakeRules& rules = rules_of(socket);
  auto self = connection.shared_from_this();
  auto ticket =
      std::make_shared<std::optional<PeerConnections::Ticket>>(rules.peers->enter(peer_of(socket)));
  if (!*ticket) {
    asio::post(socket.get_executor(), [self, failed] { failed(asio::error::access_denied); });
    return;
  }
  auto timer = std::make_shared<asio::steady_timer>(socket.get_executor());
  timer->expires_after(rules.longest);
  timer->async_wait([self, &socket](const asio::error_code& error) {
    if (!error) {
      asio::error_code ignored;
      socket.close(ignored);
    }
  });
  socket.async_handshake(
      asio::ssl::stream_base::server,
      [self, timer, ticket, start_read, failed, &connection](const asio::error_code& error) {
        timer->cancel();
        if (error) {
          failed(error);
          return;
        }
        place_of_connection(&connection, sizeof connection, connection.connection_id());
        start_read();
      });
}

}  // namespace phimilter::portal

namespace restinio::impl {
template <typename StartRead, typename Failed>
void prepare_connection_and_start_read(tls_socket_t& socket,
                                       connection_t<phimilter::portal::HttpsTraits>& connection,
                                       StartRead start_read, Failed failed) {
  phimilter::portal::handshake_with_rules(socket, connection, std::move(start_read),
                                          std::move(failed));
}

template <typename StartRead, typename Failed>
void prepare_connection_and_start_read(asio_ns::ip::tcp::socket& /*socket*/,
                                       connection_t<phimilter::portal::HttpTraits>& connection,
                                       StartRead start_read, Failed /*failed*/) {
  phimilter::portal::place_of_connection(&connection, sizeof connection,
                                         connection.connection_id());
  start_read();
}
}  // namespace restinio::impl

namespace phimilter::portal {
namespace {

Method method_of(const restinio::http_method_id_t& id) {
  if (id == restinio::http_method_get()) {
    return Method::get;
  }
  if (id == restinio::http_method_head()) {
    return Method::head;
  }
  if (id == restinio::http_method_put()) {
    return Method::put;
  }
  if (id == restinio::http_method_delete()) {
    return Method::del;
  }
  if (id == restinio::http_method_options()) {
    return Method::options;
  }
  return id == restinio::http_method_post() ? Method::post : Method::other;
}

RawRequest raw_request(const restinio::request_t& request, bool over_tls) {
  RawRequest raw;
  raw.method = method_of(request.header().method());
  raw.target = request.header().request_target();
  request.header().for_each_field([&raw](const restinio::http_header_field_t& field) {
    raw.headers.emplace_back(field.name(), field.value());
  });
  raw.body = request.body();
  raw.peer = request.remote_endpoint().address().to_string();
  raw.over_tls = over_tls;
  return raw;
}

Response busy(std::string_view target) {
  if (target.starts_with(kApiPath)) {
    return {503,
            {{"Retry-After", "5"},
             {"Content-Type", "application/problem+json"},
             {"Cache-Control", "no-store"}},
            R"({"type":"about:blank","title":"Service Unavailable","status":503,"code":"busy",)"
            R"("detail":"too many requests just now; ask again with the same request"})"
            "\n"};
  }
  return {503,
          {{"Retry-After", "5"},
           {"Content-Type", "text/plain; charset=utf-8"},
           {"Cache-Control", "no-store"}},
          "Too many visitors just now. Please try again in a minute.\n"};
}

// Handlers run here, so that a slow one never keeps the threads that read and write.
class Workers {
 public:
  Workers(const ServerOptions& options, Handler handler, ArrivingBodies& bodies)
      : pool_(options.workers),
        handler_(std::move(handler)),
        bodies_(bodies),
        proxies_(options.proxies),
        uploads_{options.upload_bytes} {}

  restinio::request_handling_status_t serve(restinio::request_handle_t request, bool over_tls) {
    auto body = std::make_shared<ArrivingBodies::Arrival>(bodies_.take(request->connection_id()));
    if (waiting_.fetch_add(1) >= kWaitingRequests || body->refused) {
      waiting_.fetch_sub(1);
      write_response(request, busy(request->header().request_target()), pool_);
      return restinio::request_accepted();
    }
    asio::post(pool_, [this, body = std::move(body), request = std::move(request), over_tls]() {
      answer(request, over_tls);
      waiting_.fetch_sub(1);
    });
    return restinio::request_accepted();
  }
  void finish() { pool_.join(); }

 private:
  void answer(const restinio::request_handle_t& request, bool over_tls) {
    try {
      RawRequest raw = raw_request(*request, over_tls);
      raw.proxies = proxies_;
      write_response(request, handler_(understand(std::move(raw), uploads_)), pool_);
      return;
    } catch (const std::exception&) {
      // The text may hold what the browser sent; the event alone is enough to look for the cause.
      log::event(log::Level::error, "-", "portal.exception");
    }
    try {
      write_response(request, busy(request->header().request_target()), pool_);
    } catch (const std::exception&) {
      log::event(log::Level::error, "-", "portal.exception");
    }
  }

  asio::thread_pool pool_;
  Handler handler_;
  ArrivingBodies& bodies_;
  std::vector<std::string> proxies_;
  UploadLimits uploads_;
  std::atomic<std::size_t> waiting_{0};
};

template <typename Traits>
restinio::server_settings_t<Traits> common_settings(const ServerOptions& options, Workers& workers,
                                                    bool over_tls, std::uint16_t& bound_port) {
  const std::chrono::milliseconds read(options.read_timeout_ms);
  const std::chrono::milliseconds write(options.write_timeout_ms);
  restinio::server_settings_t<Traits> settings;
  settings.address(options.address)
      .port(options.port)
      .buffer_size(16 * limits::kKiB)
      .read_next_http_message_timelimit(read)
      .write_http_response_timelimit(write)
      .handle_request_timeout(std::chrono::minutes(2))
      .max_pipelined_requests(1)
      .max_parallel_connections(options.connections)
      .incoming_http_msg_limits(restinio::incoming_http_msg_limits_t{}
                                    .max_url_size(2 * limits::kKiB)
                                    .max_field_name_size(256)
                                    .max_field_value_size(8 * limits::kKiB)
                                    .max_field_count(64)
                                    .max_body_size(body_read(options)))
      .socket_options_setter([](auto& socket_options) {
        // A TLS record is smaller than loopback's segments, and each would wait for an
        // acknowledgement.
        socket_options.set_option(asio::ip::tcp::no_delay(true));
      })
      .acceptor_post_bind_hook([&bound_port](asio::ip::tcp::acceptor& acceptor) {
        bound_port = acceptor.local_endpoint().port();
      })
      .request_handler([&workers, over_tls](restinio::request_handle_t request) {
        return workers.serve(std::move(request), over_tls);
      });
  return settings;
}

asio::ssl::context tls_context(const ServerOptions& options, HandshakeRules& rules) {
  asio::ssl::context context(asio::ssl::context::tls_server);
  SSL_CTX_set_ex_data(context.native_handle(), rules_index(), &rules);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.native_handle(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                                   SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_cipher_list(context.native_handle(), "ECDHE+AESGCM:ECDHE+CHACHA20");
  context.use_certificate_chain_file(options.certificate);
  context.use_private_key_file(options.certificate_key, asio::ssl::context::pem);
  return context;
}

template <typename Traits>
class RestinioServer final : public Server {
 public:
  RestinioServer(const ServerOptions& options, Handler handler,
                 std::shared_ptr<BodyBudgets> budgets)
      : bodies_(budgets ? std::move(budgets) : std::make_shared<BodyBudgets>(), options.proxies,
                body_read(options)),
        workers_(options, std::move(handler), bodies_),
        watch_(std::make_shared<ConnectionWatch>(options, bodies_, kTls)),
        rules_{std::chrono::milliseconds(std::min<std::int64_t>(options.read_timeout_ms, 20'000)),
               &watch_->peers()} {
    auto settings = common_settings<Traits>(options, workers_, kTls, port_);
    if constexpr (kTls) {
      settings.tls_context(tls_context(options, rules_));
    }
    settings.connection_state_listener(watch_);
    // One thread reads and writes: the handshake timer above then needs no strand.
    running_ = restinio::run_async<Traits>(restinio::own_io_context(), std::move(settings), 1U);
  }
  // The running handlers hold connections, and these need the io_context that running_ owns: it
  // goes last.
  ~RestinioServer() override {
    running_->stop();
    running_->wait();
    workers_.finish();
    running_.reset();
  }
  std::uint16_t port() const override { return port_; }

 private:
  static constexpr bool kTls = std::is_same_v<Traits, HttpsTraits>;

  std::uint16_t port_ = 0;
  ArrivingBodies bodies_;
  Workers workers_;
  std::shared_ptr<ConnectionWatch> watch_;
  HandshakeRules rules_;
  restinio::running_server_handle_t<Traits> running_;
};

// Said by itself, so that nobody looks for the fault at the address.
Status check_certificate(const ServerOptions& options) {
  asio::ssl::context context(asio::ssl::context::tls_server);
  asio::error_code error;
  context.use_certificate_chain_file(options.certificate, error);
  if (error) {
    return fail(configuration_fault("portal.certificate",
                                    "portal.certificate cannot be used: it must be a PEM file that "
                                    "this user can read, with the chain below the certificate")
                    .with("path", options.certificate)
                    .with("error", error.message()));
  }
  context.use_private_key_file(options.certificate_key, asio::ssl::context::pem, error);
  if (error) {
    return fail(configuration_fault("portal.certificate_key",
                                    "portal.certificate_key cannot be used: it must be the PEM key "
                                    "of portal.certificate, without a passphrase, and readable by "
                                    "this user")
                    .with("path", options.certificate_key)
                    .with("error", error.message()));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Server>> start_server(const ServerOptions& options, Handler handler,
                                             std::shared_ptr<BodyBudgets> budgets) {
  try {
    if (options.certificate.empty()) {
      return std::make_unique<RestinioServer<HttpTraits>>(options, std::move(handler),
                                                          std::move(budgets));
    }
    if (Status usable = check_certificate(options); !usable) {
      return fail(usable);
    }
    return std::make_unique<RestinioServer<HttpsTraits>>(options, std::move(handler),
                                                         std::move(budgets));
  } catch (const std::exception& error) {
    return fail(
        configuration_fault("portal.listen",
                            "cannot listen there: the address must be a numeric one of this host, "
                            "and nobody else may have the port")
            .with("address", options.address)
            .with("port", std::to_string(options.port))
            .with("error", error.what()));
  }
}

}  // namespace phimilter::portal
