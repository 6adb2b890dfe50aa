// SPDX-License-Identifier: Apache-2.0
//
// How fast text is normalised and searched, with the shipped pack and a compiled lexicon of 100,000
// terms, on one core. Beside it, in the same run and on the same text, what the library below
// needs: RE2::Set to say no more than which of the pack's patterns occur at all, and RE2 to find
// the matches of one pattern alone, the largest.
//
//   detection_bench PACK-FOLDER [--seconds N] [--file TEXT] [--profile]
//
// --profile: detection of ordinary mail alone, for perf.
#include <re2/set.h>
#include <stdlib.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <numeric>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/toml_reader.h"
#include "bench/mail_text.h"
#include "policy/lexicon_image.h"
#include "policy/normalise.h"
#include "policy/policy.h"

namespace phimilter::bench {
namespace {

constexpr std::size_t kTerms = 100'000;
constexpr std::size_t kText = 8U << 20U;
constexpr std::size_t kMail = 2048;         // bytes of one message of the mail mixes
constexpr std::size_t kFile = 512U << 10U;  // bytes of one attachment of the other mixes
constexpr std::size_t kRe2Window = 1024;

// Of this thread, so that a busy machine does not count.
double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Bytes a second, each text at its best of rounds over `seconds`: what the machine can do when it
// is left alone. Between two rounds of one text stand all others.
double best_rate(const std::vector<std::size_t>& sizes, double seconds,
                 const std::function<void(std::size_t)>& one) {
  std::vector<double> best(sizes.size(), std::numeric_limits<double>::max());
  const double end = cpu_seconds() + seconds;
  do {
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      const double begin = cpu_seconds();
      one(i);
      best[i] = std::min(best[i], cpu_seconds() - begin);
    }
  } while (cpu_seconds() < end);
  return static_cast<double>(std::accumulate(sizes.begin(), sizes.end(), std::size_t{0})) /
         std::accumulate(best.begin(), best.end(), 0.0) / 1e6;
}

extract::MessageText message(std::string_view text) {
  extract::MessageText out;
  out.parts.push_back(
      {"1", extract::PartKind::body, "text/plain", std::string(text), std::nullopt});
  return out;
}

// Whole lines of about `bytes` each.
std::vector<std::string> pieces(const std::string& text, std::size_t bytes) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t line = text.find('\n', std::min(text.size() - 1, at + bytes));
    const std::size_t end = line == std::string::npos ? text.size() : line + 1;
    out.push_back(text.substr(at, end - at));
    at = end;
  }
  return out;
}

struct Options {
  std::string packs;
  std::string file;
  double seconds = 3;
  bool profile = false;
};

class Bench {
 public:
  explicit Bench(Options options) : options_(std::move(options)) {
    std::string name = "/tmp/phimilter-bench-XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~Bench() { std::filesystem::remove_all(folder_); }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  bool run() {
    if (!start()) {
      return false;
    }
    make_set();
    MailText text(1);
    if (options_.profile) {
      profile(pieces(text.make(Mix::plain, kText), kMail));
      return true;
    }
    std::printf("%-22s %10s %10s %10s %7s %12s %7s\n", "text", "normalise", "detection", "RE2::Set",
                "ratio", "one pattern", "ratio");
    std::printf("%-22s %10s %10s %10s %7s %12s %7s\n", "", "MB/s", "MB/s", "MB/s", "", "MB/s", "");
    measure("mail of 2 KB", pieces(text.make(Mix::plain, kText), kMail));
    measure("tables", pieces(text.make(Mix::tables, kText), kFile));
    measure("nothing but digits", pieces(text.make(Mix::digits, kText), kFile));
    if (!options_.file.empty()) {
      std::stringstream content;
      content << std::ifstream(options_.file).rdbuf();
      measure("the file given", pieces(content.str(), kMail));
    }
    return true;
  }

 private:
  // From nothing to the first decision, as the milter does it.
  bool start() {
    policy::LexiconImageWriter writer;
    for (const std::string& term : MailText(2).terms(kTerms)) {
      writer.add(term, "");
    }
    std::ofstream(folder_ + "/terms.lexicon", std::ios::binary) << writer.bytes();
    std::ofstream(folder_ + "/site.toml")
        << "format = 1\n[[detector]]\nid = \"bench\"\nclass = \"health.bench\"\n"
           "confidence = 40\nfiles = [\"terms.lexicon\"]\n";
    const std::string mail = MailText(3).make(Mix::plain, kMail);
    const double begin = wall_seconds();
    const double cpu_begin = cpu_seconds();
    const auto loaded =
        policy::load_policy({options_.packs + "/hipaa.toml", folder_ + "/site.toml"});
    if (!loaded) {
      std::fprintf(stderr, "%s\n", loaded.error().describe().c_str());
      return false;
    }
    policy_ = *loaded;
    const auto text = message(mail);
    const auto findings = policy_->detect(text, {});
    const bool decided = policy_->decide(text, findings, {}, {}).has_value();
    std::printf("start to first decision: %.0f ms (%.0f ms of CPU), %zu terms more%s\n\n",
                (wall_seconds() - begin) * 1e3, (cpu_seconds() - cpu_begin) * 1e3, kTerms,
                decided ? "" : ", NOT DECIDED");
    return decided;
  }

  void measure(const char* name, const std::vector<std::string>& texts) {
    std::vector<std::size_t> sizes;
    std::vector<extract::MessageText> messages;
    for (const std::string& text : texts) {
      sizes.push_back(text.size());
      messages.push_back(message(text));
    }
    std::size_t findings = 0;
    const double normalising = best_rate(sizes, options_.seconds / 4, [&](std::size_t i) {
      findings += policy::NormalText(texts[i]).text().size() & 1U;
    });
    findings = 0;
    std::size_t searched = 0;
    const double detecting = best_rate(sizes, options_.seconds, [&](std::size_t i) {
      findings += policy_->detect(messages[i], {}).items.size();
      searched += sizes[i];
    });
    const double set =
        best_rate(sizes, options_.seconds / 2, [&](std::size_t i) { run_set(texts[i]); });
    const double one =
        best_rate(sizes, options_.seconds / 2, [&](std::size_t i) { run_largest(texts[i]); });
    std::printf("%-22s %10.0f %10.1f %10.1f %7.2f %12.1f %7.2f   (%.1f findings a KB)\n", name,
                normalising, detecting, set, detecting / set, one, detecting / one,
                static_cast<double>(findings) * 1024 / static_cast<double>(searched));
  }

  void profile(const std::vector<std::string>& texts) const {
    std::vector<std::size_t> sizes;
    std::vector<extract::MessageText> messages;
    for (const std::string& text : texts) {
      sizes.push_back(text.size());
      messages.push_back(message(text));
    }
    std::printf("%.1f MB/s\n", best_rate(sizes, options_.seconds,
                                         [&](std::size_t i) { policy_->detect(messages[i], {}); }));
  }

  void run_largest(const std::string& text) const {
    re2::StringPiece rest(text);
    while (RE2::FindAndConsume(&rest, *largest_)) {
    }
  }

  // The pack's own patterns, in one set, over windows.
  void run_set(const std::string& text) const {
    std::vector<int> present;
    for (std::size_t at = 0; at < text.size(); at += kRe2Window) {
      set_->Match(re2::StringPiece(text.data() + at, std::min(kRe2Window, text.size() - at)),
                  &present);
    }
  }

  void make_set() {
    RE2::Options options;
    options.set_encoding(RE2::Options::EncodingLatin1);
    options.set_max_mem(64 << 20);
    set_ = std::make_unique<RE2::Set>(options, RE2::UNANCHORED);
    std::stringstream content;
    content << std::ifstream(options_.packs + "/hipaa.toml").rdbuf();
    auto document = TomlDocument::parse(content.str(), "hipaa.toml");
    TomlTable root = document->root();
    for (TomlTable& table : root.tables("detector")) {
      const bool exact = table.text("case") == "exact";
      if (const auto pattern = table.text("pattern")) {
        const std::string expression = (exact ? "" : "(?i)") + policy::normalised(*pattern);
        set_->Add(expression, nullptr);
        auto alone = std::make_unique<RE2>(expression, options);
        if (!largest_ || alone->ProgramSize() > largest_->ProgramSize()) {
          largest_ = std::move(alone);
        }
      }
    }
    set_->Compile();
  }

  Options options_;
  std::string folder_;
  std::shared_ptr<const policy::Policy> policy_;
  std::unique_ptr<RE2::Set> set_;
  std::unique_ptr<RE2> largest_;
};

}  // namespace
}  // namespace phimilter::bench

int main(int argc, char** argv) {
  phimilter::bench::Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--seconds" && i + 1 < argc) {
      options.seconds = std::atof(argv[++i]);
    } else if (word == "--file" && i + 1 < argc) {
      options.file = argv[++i];
    } else if (word == "--profile") {
      options.profile = true;
    } else {
      options.packs = word;
    }
  }
  return phimilter::bench::Bench(std::move(options)).run() ? 0 : 1;
}
