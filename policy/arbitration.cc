// SPDX-License-Identifier: Apache-2.0
#include "policy/arbitration.h"

#include <algorithm>
#include <map>
#include <span>
#include <tuple>

namespace phimilter::policy {
namespace {

std::size_t length_of(const Candidate& candidate) {
  return candidate.to - candidate.from;
}

// Spans that are taken: begin -> end, none over another.
class Taken {
 public:
  bool take(const Candidate& candidate) {
    const auto next = spans_.lower_bound(candidate.from);
    const bool over_next = next != spans_.end() && next->first < candidate.to;
    const bool over_previous = next != spans_.begin() && std::prev(next)->second > candidate.from;
    if (over_next || over_previous) {
      return false;
    }
    spans_.emplace(candidate.from, candidate.to);
    return true;
  }

 private:
  std::map<std::size_t, std::size_t> spans_;
};

// Candidates of one kind, each over the one before it or touched by it through others.
void settle(std::span<Judged> cluster, std::vector<Candidate>& kept,
            std::vector<Candidate>* weaker) {
  if (cluster.size() == 1) {
    kept.push_back(cluster.front().candidate);
    return;
  }
  std::stable_sort(cluster.begin(), cluster.end(), [](const Judged& a, const Judged& b) {
    return std::pair(b.candidate.confidence, length_of(b.candidate)) <
           std::pair(a.candidate.confidence, length_of(a.candidate));
  });
  Taken taken;
  for (const Judged& judged : cluster) {
    if (taken.take(judged.candidate)) {
      kept.push_back(judged.candidate);
    } else if (weaker != nullptr) {
      weaker->push_back(judged.candidate);
    }
  }
}

}  // namespace

std::vector<Candidate> arbitrate(std::vector<Judged> judged, std::vector<Candidate>* weaker) {
  std::vector<Candidate> kept;
  kept.reserve(judged.size());
  std::stable_sort(judged.begin(), judged.end(), [](const Judged& a, const Judged& b) {
    return std::tie(a.kind, a.candidate.from) < std::tie(b.kind, b.candidate.from);
  });
  for (std::size_t first = 0; first < judged.size();) {
    std::size_t reach = judged[first].candidate.to;
    std::size_t end = first + 1;
    while (end < judged.size() && judged[end].kind == judged[first].kind &&
           judged[end].candidate.from < reach) {
      reach = std::max(reach, judged[end].candidate.to);
      ++end;
    }
    settle(std::span(judged).subspan(first, end - first), kept, weaker);
    first = end;
  }
  std::stable_sort(kept.begin(), kept.end(),
                   [](const Candidate& a, const Candidate& b) { return a.from < b.from; });
  return kept;
}

}  // namespace phimilter::policy
