// SPDX-License-Identifier: Apache-2.0
//
// What a person at the command line asks the portal to do with an entry, as files beside the vault:
// <escrow>/orders/<entry>.<what>, JSON {"by", "time"}. Who writes it needs no key; the portal
// carries it out within seconds and deletes it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"

namespace phimilter::escrow {

enum class OrderKind {
  resend,  // the notice once more
};
std::string_view to_string(OrderKind kind);

struct Order {
  EscrowId id;
  OrderKind kind = OrderKind::resend;
  std::string by;
  Timestamp time{};
};

std::string orders_folder(const std::string& escrow_folder);
// On the disk on return. The same order again takes the place of the one before.
Status give_order(const std::string& escrow_folder, const Order& order);
// Those that stand there; none without the folder. A file that is no order is deleted.
Result<std::vector<Order>> standing_orders(const std::string& escrow_folder);
Status end_order(const std::string& escrow_folder, const Order& order);  // absent already: fine

}  // namespace phimilter::escrow
