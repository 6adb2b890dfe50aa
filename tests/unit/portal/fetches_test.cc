// SPDX-License-Identifier: Apache-2.0
#include "portal/fetches.h"

#include <gtest/gtest.h>

#include "portal/fakes.h"

namespace phimilter::portal {
namespace {

std::size_t written(Fetches& fetches, AccessBench& bench) {
  bench.journal.clear();
  EXPECT_TRUE(fetches.write(bench.journal, bench.vault));
  return bench.journal.records().size();
}

TEST(Fetches, OnceAnHourForEachNetwork) {
  AccessBench bench;
  Fetches fetches(bench.clock);
  for (const char* peer : {"192.0.2.1", "192.0.2.1", "192.0.2.77", "2001:db8::1", "2001:db8::2"}) {
    fetches.note(bench.id, peer);
  }
  EXPECT_EQ(written(fetches, bench), 2U);
  fetches.note(bench.id, "198.51.100.1");
  EXPECT_EQ(written(fetches, bench), 1U);
  EXPECT_EQ(bench.journal.events(), "fetched");
  EXPECT_EQ(bench.journal.records().front().client, "198.51.100.1");
  bench.clock.advance(std::chrono::minutes(61));
  fetches.note(bench.id, "192.0.2.1");
  EXPECT_EQ(written(fetches, bench), 1U);
}

TEST(Fetches, AFloodFillsNoJournal) {
  AccessBench bench;
  Fetches fetches(bench.clock);
  for (int i = 0; i < 10'000; ++i) {
    fetches.note(bench.id, "10." + std::to_string(i / 256) + "." + std::to_string(i % 256) + ".1");
  }
  EXPECT_EQ(written(fetches, bench), Fetches::kAnEntryADay);
  for (int i = 0; i < 10'000; ++i) {
    std::string id = std::to_string(i);
    id.insert(0, 32 - id.size(), '0');
    const EscrowId other = *EscrowId::parse(id);
    bench.vault.entries.emplace(
        other, FakeVault::Entry{test_facts(other), escrow::EntryState::open, "x", {}, false});
    fetches.note(other, "192.0.2.1");
  }
  EXPECT_EQ(written(fetches, bench), Fetches::kAnHour - Fetches::kAnEntryADay);
}

}  // namespace
}  // namespace phimilter::portal
