// SPDX-License-Identifier: Apache-2.0
#include "audit/export.h"

#include <algorithm>

#include "audit/csv_writer.h"
#include "audit/journal_reader.h"
#include "base/encoding.h"

namespace phimilter::audit {

namespace {

struct Item {
  Record record;
  std::string json;
};

// One journal, as far as it has been read.
struct Source {
  explicit Source(const std::string& folder) : reader(folder) {}
  JournalReader reader;
  std::optional<Item> item;

  Status advance() {
    item.reset();
    const auto line = reader.next();
    if (!line) {
      return fail(line.error());
    }
    if (!*line) {
      return {};
    }
    auto record = record_from_json((*line)->json);
    if (!record) {
      return fail(std::move(record.error()).with("file", (*line)->file));
    }
    item = Item{std::move(*record), (*line)->json};
    return {};
  }
};

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) {
    out += out.empty() ? "" : "; ";
    out += text;
  }
  return out;
}

std::string joined(const std::map<std::string, std::size_t>& counts) {
  std::string out;
  for (const auto& [name, count] : counts) {
    out += out.empty() ? "" : "; ";
    out += name + "=" + std::to_string(count);
  }
  return out;
}

std::string header_row() {
  return csv_row(
      {"time",    "writer",         "sequence",  "event",     "queue_id",  "digest", "instance",
       "sender",  "login",          "client",    "listener",  "recipient", "method", "status",
       "reasons", "algorithms",     "key",       "escrow_id", "token",     "rules",  "findings",
       "scope",   "policy_version", "sensitive", "size",      "route",     "fault"});
}

std::string recipient_row(const Record& record, const RecipientRecord& recipient) {
  return csv_row({rfc3339(record.time),
                  record.writer,
                  std::to_string(record.sequence),
                  to_string(record.event),
                  record.queue_id,
                  record.digest,
                  record.instance,
                  record.sender,
                  record.login,
                  record.client,
                  record.listener,
                  recipient.address,
                  recipient.method,
                  recipient.status,
                  joined(recipient.reasons),
                  joined(recipient.algorithms),
                  recipient.key,
                  recipient.escrow_id,
                  recipient.token,
                  joined(record.rules),
                  joined(record.findings),
                  record.scope,
                  record.policy_version,
                  record.sensitive ? "yes" : "no",
                  std::to_string(record.size),
                  record.route,
                  record.fault});
}

class Export {
 public:
  Export(ExportFormat format, const ExportFilter& filter, std::ostream& out)
      : format_(format), filter_(filter), out_(out) {
    if (format_ == ExportFormat::csv) {
      out_ << header_row();
    }
  }

  void write(const Item& item) {
    const Record& record = item.record;
    if ((filter_.from && record.time < *filter_.from) ||
        (filter_.until && record.time >= *filter_.until)) {
      return;
    }
    const bool by_sender = filter_.address.empty() || matches(record.sender);
    const auto wanted = [&](const RecipientRecord& recipient) {
      return by_sender || matches(recipient.address);
    };
    if (format_ == ExportFormat::jsonl) {
      if (by_sender || std::any_of(record.recipients.begin(), record.recipients.end(), wanted)) {
        put(item.json + "\n");
      }
      return;
    }
    for (const RecipientRecord& recipient : record.recipients) {
      if (wanted(recipient)) {
        put(recipient_row(record, recipient));
      }
    }
    if (record.recipients.empty() && by_sender) {
      put(recipient_row(record, {}));
    }
  }

  std::uint64_t written() const { return written_; }

 private:
  bool matches(const std::string& address) const { return ascii_iequal(address, filter_.address); }
  void put(const std::string& line) {
    out_ << line;
    ++written_;
  }

  ExportFormat format_;
  const ExportFilter& filter_;
  std::ostream& out_;
  std::uint64_t written_ = 0;
};

}  // namespace

Result<std::uint64_t> export_journals(const std::vector<std::string>& folders, ExportFormat format,
                                      const ExportFilter& filter, std::ostream& out) {
  std::vector<Source> sources;
  for (const std::string& folder : folders) {
    sources.emplace_back(folder);
    if (auto read = sources.back().advance(); !read) {
      return fail(read);
    }
  }
  Export target(format, filter, out);
  for (;;) {
    Source* next = nullptr;
    for (Source& source : sources) {
      if (source.item && (next == nullptr || source.item->record.time < next->item->record.time)) {
        next = &source;
      }
    }
    if (next == nullptr || !out) {
      break;
    }
    target.write(*next->item);
    if (auto read = next->advance(); !read) {
      return fail(read);
    }
  }
  out.flush();
  if (!out) {
    return fail(transient_fault("audit.export_write", "the export could not be written"));
  }
  return target.written();
}

}  // namespace phimilter::audit
