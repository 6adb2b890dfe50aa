// SPDX-License-Identifier: Apache-2.0
#include "audit/stream_batch.h"

#include <algorithm>
#include <charconv>

#include "base/ids.h"

namespace phimilter::audit {

namespace {

// An error of Redis begins with a word in capitals; only that is repeated, the rest may quote what
// was sent.
Fault redis_said(const RedisReply& reply) {
  return transient_fault("audit.redis_reply", "Redis did not do what it was asked")
      .with("reply", reply.kind == RedisReply::Kind::error
                         ? reply.text.substr(0, reply.text.find(' '))
                         : "unexpected");
}

std::optional<Cursor> parse_cursor(std::string_view text) {
  Cursor cursor;
  const auto blank = text.find(' ');
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + std::min(blank, text.size()), cursor.sequence);
  if (blank == std::string_view::npos || error != std::errc() || end != text.data() + blank) {
    return std::nullopt;
  }
  cursor.hash = text.substr(blank + 1);
  return id_form::hex(cursor.hash, 64) ? std::optional(cursor) : std::nullopt;
}

Fault wrong_keys(const char* what) {
  return configuration_fault("audit.redis_keys", what);
}

RedisCommand entry_command(const std::string& stream, const JournalLine& line,
                           const Record& record) {
  return {"XADD",
          stream,
          "*",
          "v",
          std::to_string(kSchemaVersion),
          "writer",
          record.writer,
          "seq",
          std::to_string(line.sequence),
          "time",
          rfc3339(record.time),
          "event",
          std::string(to_string(record.event)),
          "queue_id",
          record.queue_id,
          "digest",
          record.digest,
          "record",
          line.json,
          "hash",
          line.hash};
}

RedisCommand cursor_command(const StreamNames& names, const Cursor& cursor) {
  if (cursor.sequence == 0) {
    return {"DEL", names.cursor};
  }
  return {"SET", names.cursor, to_string(cursor)};
}

// A transaction of Redis goes on after a command in it failed, so that the cursor could stand after
// an entry that is not there: what was added is taken out and the cursor put back.
Fault undo(RedisConnection& redis, const StreamNames& names, const Cursor& before,
           const RedisReply& executed) {
  std::vector<RedisCommand> commands = {{"MULTI"}};
  Fault fault = redis_said(executed);
  for (const RedisReply& reply : executed.list) {
    if (reply.kind == RedisReply::Kind::error) {
      fault = redis_said(reply);
    } else if (reply.kind == RedisReply::Kind::text) {
      commands.push_back({"XDEL", names.stream, reply.text});
    }
  }
  commands.push_back(cursor_command(names, before));
  commands.push_back({"EXEC"});
  const auto undone = redis.send(commands);
  const bool done = undone && undone->back().kind == RedisReply::Kind::list;
  return std::move(fault).with("undone", done ? "yes" : "no");
}

}  // namespace

StreamNames stream_names(const std::string& stream, const std::string& writer) {
  return {stream, stream + ":cursor:" + writer};
}

std::string to_string(const Cursor& cursor) {
  return std::to_string(cursor.sequence) + " " + cursor.hash;
}

Result<Cursor> read_cursor(RedisConnection& redis, const StreamNames& names) {
  // A watch that is on already would stay as it was, and remember what changed long ago.
  const auto replies = redis.send(
      {{"UNWATCH"}, {"WATCH", names.cursor}, {"TYPE", names.stream}, {"GET", names.cursor}});
  if (!replies) {
    return fail(replies.error());
  }
  const RedisReply& watched = (*replies)[1];
  const RedisReply& type = (*replies)[2];
  const RedisReply& value = (*replies)[3];
  if (!watched.is_status("OK") || type.kind != RedisReply::Kind::status) {
    return fail(redis_said(watched.is_status("OK") ? type : watched));
  }
  if (type.text != "stream" && type.text != "none") {
    return fail(wrong_keys("the key of the stream holds something else in Redis"));
  }
  if (value.kind == RedisReply::Kind::nothing) {
    return Cursor{};
  }
  const auto cursor =
      value.kind == RedisReply::Kind::text ? parse_cursor(value.text) : std::nullopt;
  if (!cursor) {
    return fail(wrong_keys("the key of the cursor holds something else in Redis"));
  }
  return *cursor;
}

Result<bool> ship(RedisConnection& redis, const StreamNames& names, const Cursor& before,
                  const std::vector<JournalLine>& lines) {
  std::vector<RedisCommand> commands = {{"MULTI"}};
  for (const JournalLine& line : lines) {
    auto record = record_from_json(line.json);
    if (!record) {
      return fail(record);
    }
    commands.push_back(entry_command(names.stream, line, *record));
  }
  commands.push_back(cursor_command(names, {lines.back().sequence, lines.back().hash}));
  commands.push_back({"EXEC"});
  const auto replies = redis.send(commands);
  if (!replies) {
    return fail(replies.error());
  }
  const RedisReply& executed = replies->back();
  if (executed.kind == RedisReply::Kind::nothing) {
    return false;
  }
  if (executed.kind != RedisReply::Kind::list) {
    // Refused while it was queued (out of memory, read-only, loading): the whole transaction is
    // void.
    const auto refused =
        std::find_if(replies->begin(), replies->end(),
                     [](const RedisReply& reply) { return reply.kind == RedisReply::Kind::error; });
    return fail(redis_said(refused == replies->end() ? executed : *refused));
  }
  const bool all_added =
      executed.list.size() == lines.size() + 1 && executed.list.back().is_status("OK") &&
      std::all_of(executed.list.begin(), executed.list.end() - 1,
                  [](const RedisReply& reply) { return reply.kind == RedisReply::Kind::text; });
  if (!all_added) {
    return fail(undo(redis, names, before, executed));
  }
  return true;
}

}  // namespace phimilter::audit
