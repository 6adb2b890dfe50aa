// SPDX-License-Identifier: Apache-2.0
#include "milter/fault_injection.h"

#include <chrono>

#include "milter/struck_ports.h"

namespace phimilter::milter::test {

const char* to_string(Trouble trouble) {
  constexpr const char* kNames[] = {"transient", "permanent",   "configuration", "bug",
                                    "too late",  "done and no", "dies before",   "dies after"};
  return kNames[static_cast<std::size_t>(trouble)];
}

bool Strikes::strikes(const char* name) {
  if (++calls_ != strike_at_) {
    return false;
  }
  struck_ = name;
  return true;
}

Fault Strikes::fault() {
  const std::string id = struck_ == "send" && trouble_ == Trouble::done_and_no ? "smtp.in_doubt"
                         : struck_.rfind("append", 0) == 0                     ? "audit.struck"
                                                                               : "struck.call";
  switch (trouble_) {
    case Trouble::permanent:
      return permanent_fault(id, "made to fail");
    case Trouble::configuration:
      return configuration_fault(id, "made to fail");
    case Trouble::bug:
      return bug_fault(id, "made to fail");
    case Trouble::too_late:
      clock->advance(std::chrono::hours(1));
      [[fallthrough]];
    default:
      return transient_fault(id, "made to fail");
  }
}

struct StruckFilter::Wrappers {
  explicit Wrappers(MemoryFilter& inner)
      : extractor(struck, inner.extractor),
        slot(std::make_shared<StruckPolicy>(struck, *inner.policy)),
        pgp(struck, inner.pgp),
        smime(struck),
        tls(struck),
        recipients(struck),
        vault(struck, inner.vault),
        held(struck, inner.held),
        sender(struck, inner.sender),
        journal(struck, inner.journal),
        clock(struck, inner.clock),
        editor(struck, inner.editor),
        batch_files(struck),
        aliases(struck) {
    open_book(inner.clock);
  }
  // The book of a process; the files stay.
  void open_book(const Clock& of_inner) {
    book = std::make_unique<delivery::BatchBook>(
        batch_files, delivery::BatchOptions{std::chrono::minutes(15), std::chrono::hours(720)},
        of_inner);
  }

  Struck struck;
  StruckExtractor extractor;
  PolicySlot slot;
  StruckPgp pgp;
  StruckSmime smime;
  StruckTls tls;
  StruckRecipients recipients;
  StruckVault vault, held;
  StruckSender sender;
  StruckJournal journal;
  StruckClock clock;
  StruckEditor editor;
  StruckBatchFiles batch_files;
  StruckAliases aliases;
  std::unique_ptr<delivery::BatchBook> book;
};

StruckFilter::StruckFilter() : wrappers_(std::make_unique<Wrappers>(inner)) {
  inner.policy->methods["lab@x.example"] = policy::Method::smime;
}

StruckFilter::~StruckFilter() = default;

void StruckFilter::start_again() {
  inner.die();
  wrappers_->open_book(inner.clock);
}

std::optional<Answer> StruckFilter::run(mail::CapturedMessage message, Strikes& strikes) {
  strikes.clock = &inner.clock;
  wrappers_->struck.now = &strikes;
  Ports ports = inner.ports();
  ports.extractor = &wrappers_->extractor;
  ports.policy = &wrappers_->slot;
  ports.facts.pgp = &wrappers_->pgp;
  ports.facts.smime = &wrappers_->smime;
  ports.facts.tls = &wrappers_->tls;
  ports.facts.recipients = &wrappers_->recipients;
  ports.tools.pgp = &wrappers_->pgp;
  ports.tools.smime = &wrappers_->smime;
  ports.vault = &wrappers_->vault;
  ports.held = &wrappers_->held;
  ports.sender = &wrappers_->sender;
  ports.journal = &wrappers_->journal;
  ports.clock = &wrappers_->clock;
  ports.batches = wrappers_->book.get();
  ports.facts.aliases = &wrappers_->aliases;
  try {
    return answered(Pipeline(ports, inner.options).run(std::move(message), wrappers_->editor),
                    strikes);
  } catch (const Died&) {
    start_again();
    return std::nullopt;
  }
}

// The MTA reads the answer, or gives up before; what is open then is written as often as it takes.
std::optional<Answer> StruckFilter::answered(Answer answer, Strikes& strikes) {
  if (!answer.open) {
    return answer;
  }
  const auto read = strikes.call("answer", []() -> Status { return {}; });
  if (!read) {
    answer.open.reset();
    return std::nullopt;
  }
  heard_yes = true;
  OpenOutcome* open[] = {answer.open.get()};
  while (!complete(open, wrappers_->journal)) {
  }
  answer.open.reset();
  return answer;
}

}  // namespace phimilter::milter::test
