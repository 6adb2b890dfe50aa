# SPDX-License-Identifier: Apache-2.0
# From a clean clone on Debian 12 to the thing itself. The build proper is CMake's; this file gathers what it needs.

JOBS ?= $(shell nproc)
BUILD := build

.PHONY: help build test torture demo bench bulk screenshots clean
help:
	@echo "make demo          real mail through a real Postfix: who gets what, and the proof (5 minutes)"
	@echo "make demo KEEP=1   the same, then everything keeps running until Enter, to try things by hand"
	@echo "make test          all tests: unit tests, and end-to-end cases on a real Postfix (15 minutes)"
	@echo "make torture       2,000 messages while everything is killed, stopped and filled, then the count (15 minutes);"
	@echo "                   SEED=7 MESSAGES=500 MTA=sendmail choose another run"
	@echo "make bench         how fast: text, a mail, and all the way through a real Postfix beside other filters (30 minutes)"
	@echo "make bench BENCH_FULL=1   the same with a bulk run of 10,000 mails"
	@echo "make bulk          an evening of 10,000 lab results to the portal, twice, counted, and what the lists take (15 minutes);"
	@echo "                   RESULTS=1000 makes it a shorter one"
	@echo "make screenshots   takes the portal's pages into docs/portal/ anew (3 minutes)"
	@echo "make build         only the programs: $(BUILD)/bin/"
	@echo "make clean         removes $(BUILD)/ and $(BUILD)-bench/"
	@echo
	@echo "Each works alone on a clean clone of a Debian 12 machine, as root or with sudo, and installs the Debian"
	@echo "packages it needs (packaging/debian-packages.txt). The machine's own mail server and Redis are not touched:"
	@echo "demo and tests run their own, from $(BUILD)/, on free ports of this host, and stop them at the end."

build:
	@packaging/install-packages build run
	@cmake --preset dev --log-level=WARNING >/dev/null
	@cmake --build $(BUILD) --parallel $(JOBS) --target programs

test: build
	@packaging/install-packages
	@cmake --build $(BUILD) --parallel $(JOBS)
	@ctest --test-dir $(BUILD) --output-on-failure --no-tests=error

torture: build
	@packaging/install-packages
	@python3 -B tests/torture/run_torture.py --build $(BUILD) $(if $(SEED),--seed $(SEED)) \
	  --messages $(or $(MESSAGES),2000) --mail-server $(or $(MTA),postfix)

demo: build
	@packaging/install-packages
	@python3 -B demo/demo.py --build $(BUILD) $(if $(KEEP),--keep)

# First what one message costs on one core, then the whole way of mail: a release build in $(BUILD)-bench/.
bench:
	@packaging/install-packages build run test bench
	@cmake --preset release -B $(BUILD)-bench -DPHIMILTER_TESTS=ON --log-level=WARNING >/dev/null
	@cmake --build $(BUILD)-bench --parallel $(JOBS) --target benchmarks
	@$(BUILD)-bench/tests/detection_bench policy/packs
	@echo
	@$(BUILD)-bench/tests/message_bench policy/packs $(CURDIR)/$(BUILD)-bench/bin/phimilter-extract
	@echo
	@mkdir -p $(BUILD)
	@python3 -B tests/bench/mail_bench.py --build $(BUILD)-bench --json $(BUILD)/bench.json $(if $(BENCH_FULL),--full)
	@echo
	@python3 -B tests/bench/portal_bench.py --build $(BUILD)-bench --json $(BUILD)/bench-portal.json

bulk: build
	@packaging/install-packages
	@python3 -B tests/bench/bulk_run.py --build $(BUILD) --results $(or $(RESULTS),10000) --json $(BUILD)/bulk.json

screenshots: build
	@packaging/install-packages
	@ctest --test-dir $(BUILD) -R 'e2e\.(accessible|brands|lifetime|sent)$$' --output-on-failure --no-tests=error
	@python3 -B tests/e2e/collect_pictures.py $(BUILD)

clean:
	@cmake -E rm -rf $(BUILD) $(BUILD)-bench
