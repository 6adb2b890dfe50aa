// SPDX-License-Identifier: Apache-2.0
#include "portal/response_writer.h"

#include <memory>

#include "base/limits.h"
#include "base/log.h"

namespace phimilter::portal {
namespace {

constexpr std::size_t kPiece = limits::kSealChunk;

restinio::http_status_line_t status_line(int status) {
  return {restinio::http_status_code_t{static_cast<std::uint16_t>(status)},
          status < 400 ? "OK" : "Error"};
}

template <typename Writer>
void append_headers(Writer& writer, const Response& response, bool close) {
  for (const auto& [name, value] : response.headers) {
    writer.append_header(name, value);
  }
  if (close) {
    writer.connection_close();
  } else {
    writer.connection_keep_alive();
  }
}

// Keeps itself alive by what waits for it: a task of the pool, or the notice of a finished write.
class Pump : public std::enable_shared_from_this<Pump> {
 public:
  using Writer = restinio::response_builder_t<restinio::user_controlled_output_t>;
  Pump(Writer writer, std::shared_ptr<BodySource> source, asio::thread_pool& pool)
      : writer_(std::move(writer)),
        source_(std::move(source)),
        left_(source_->size()),
        pool_(pool) {}

  void next() {
    asio::post(pool_, [self = shared_from_this()] {
      try {
        self->write_piece();
      } catch (const std::exception&) {
        log::event(log::Level::error, "-", "portal.exception");
      }
    });
  }

 private:
  void write_piece() {
    std::string piece(static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, left_)), '\0');
    auto got = piece.empty() ? Result<std::size_t>(0) : source_->read(piece);
    if (!got) {
      log::fault(log::Level::error, "-", got.error());
    }
    piece.resize(got.value_or(0));
    left_ -= piece.size();
    // Fewer bytes than were said, and the connection closed: the browser knows that it has not all.
    if (piece.empty() || left_ == 0) {
      source_.reset();
      writer_.append_body(std::move(piece));
      writer_.done();
      return;
    }
    writer_.append_body(std::move(piece));
    writer_.flush([self = shared_from_this()](const asio::error_code& error) {
      if (!error) {
        self->next();
      }
    });
  }

  Writer writer_;
  std::shared_ptr<BodySource> source_;
  std::uint64_t left_;
  asio::thread_pool& pool_;
};

}  // namespace

void write_response(const restinio::request_handle_t& request, Response response,
                    asio::thread_pool& pool) {
  const bool head = request->header().method() == restinio::http_method_head();
  if (response.stream && !head) {
    auto writer =
        request->create_response<restinio::user_controlled_output_t>(status_line(response.status));
    append_headers(writer, response, true);
    writer.set_content_length(static_cast<std::size_t>(response.stream->size()));
    std::make_shared<Pump>(std::move(writer), std::move(response.stream), pool)->next();
    return;
  }
  auto writer = request->create_response(status_line(response.status));
  append_headers(writer, response,
                 response.status == 413 || !request->header().should_keep_alive());
  if (!head) {
    writer.set_body(std::move(response.body));
  }
  writer.done();
}

}  // namespace phimilter::portal
