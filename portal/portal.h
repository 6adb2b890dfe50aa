// SPDX-License-Identifier: Apache-2.0
//
// The running portal: everything opened in the right order, and closed in the other.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/settings.h"

namespace phimilter::portal {

class Portal {
 public:
  virtual ~Portal() = default;
  virtual std::vector<std::uint16_t> ports() const = 0;  // HTTPS first
};

// Serves when it returns. Configuration fault: says which setting, file or key.
Result<std::unique_ptr<Portal>> open_portal(const Settings& settings);

}  // namespace phimilter::portal
