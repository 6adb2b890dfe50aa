// SPDX-License-Identifier: Apache-2.0
#include "escrow/orders.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/files.h"
#include "base/log.h"

namespace phimilter::escrow {

namespace {

using Json = nlohmann::ordered_json;

constexpr mode_t kOrderMode = 0640;
constexpr std::size_t kOrderBytes = 4096;
constexpr std::size_t kPersonBytes = 256;
constexpr std::array<std::pair<OrderKind, std::string_view>, 1> kKinds = {
    {{OrderKind::resend, "resend"}}};

std::string order_path(const std::string& escrow_folder, const EscrowId& id, OrderKind kind) {
  return orders_folder(escrow_folder) + "/" + id.str() + "." + std::string(to_string(kind));
}

std::optional<Order> read_order(const std::string& folder, const std::string& name) {
  const auto dot = name.find('.');
  const auto id = EscrowId::parse(name.substr(0, dot));
  if (!id || dot == std::string::npos) {
    return std::nullopt;
  }
  for (const auto& [kind, word] : kKinds) {
    if (name.substr(dot + 1) != word) {
      continue;
    }
    const auto content = read_file(folder + "/" + name, kOrderBytes);
    const Json json = content ? Json::parse(*content, nullptr, /*allow_exceptions=*/false) : Json();
    if (!json.is_object() || !json.contains("by") || !json["by"].is_string() ||
        !json.contains("time") || !json["time"].is_string()) {
      return std::nullopt;
    }
    const auto time = parse_rfc3339(json["time"].get<std::string>());
    return time ? std::optional(Order{*id, kind,
                                      json["by"].get<std::string>().substr(0, kPersonBytes), *time})
                : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(OrderKind kind) {
  return kKinds.at(static_cast<std::size_t>(kind)).second;
}

std::string orders_folder(const std::string& escrow_folder) {
  return escrow_folder + "/orders";
}

Status give_order(const std::string& escrow_folder, const Order& order) {
  const Json json = {{"by", order.by.substr(0, kPersonBytes)}, {"time", rfc3339(order.time)}};
  return write_file_durably(order_path(escrow_folder, order.id, order.kind),
                            json.dump(-1, ' ', true, Json::error_handler_t::replace), kOrderMode);
}

Result<std::vector<Order>> standing_orders(const std::string& escrow_folder) {
  const std::string folder = orders_folder(escrow_folder);
  struct stat info {};
  if (lstat(folder.c_str(), &info) != 0 && errno == ENOENT) {
    return std::vector<Order>();
  }
  auto names = list_folder(folder);
  if (!names) {
    return fail(names);
  }
  std::vector<Order> orders;
  for (const std::string& name : *names) {
    if (auto order = read_order(folder, name)) {
      orders.push_back(std::move(*order));
    } else {
      log::event(log::Level::warning, "-", "order_unreadable", {{"file", name}});
      unlink((folder + "/" + name).c_str());
    }
  }
  return orders;
}

Status end_order(const std::string& escrow_folder, const Order& order) {
  const std::string path = order_path(escrow_folder, order.id, order.kind);
  if (unlink(path.c_str()) == 0 || errno == ENOENT) {
    return {};
  }
  return fail(errno_fault("escrow.remove", "cannot delete an order").with("path", path));
}

}  // namespace phimilter::escrow
