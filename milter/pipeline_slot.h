// SPDX-License-Identifier: Apache-2.0
//
// The pipeline that new messages take, with what else the settings say about a session. Swapped
// whole on reload; who is in work keeps the one that they began with.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "delivery/aliases.h"
#include "milter/pipeline.h"

namespace phimilter::milter {

struct LivePipeline {
  LivePipeline(Ports ports, PipelineOptions options, std::vector<std::string> reentry,
               std::shared_ptr<delivery::AliasMaps> tables = nullptr)
      : own_domains(ports.facts.own_domains),
        aliases(std::move(tables)),
        pipeline(std::move(ports), std::move(options)),
        reentry_listeners(std::move(reentry)) {}
  const std::vector<std::string> own_domains;
  const std::shared_ptr<delivery::AliasMaps> aliases;  // that the pipeline borrows
  Pipeline pipeline;
  std::vector<std::string> reentry_listeners;
};

class PipelineSlot {
 public:
  PipelineSlot() = default;
  explicit PipelineSlot(std::shared_ptr<const LivePipeline> live) : live_(std::move(live)) {}
  std::shared_ptr<const LivePipeline> get() const {
    const std::lock_guard lock(mutex_);
    return live_;
  }
  void set(std::shared_ptr<const LivePipeline> live) {
    const std::lock_guard lock(mutex_);
    live_.swap(live);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const LivePipeline> live_;
};

}  // namespace phimilter::milter
