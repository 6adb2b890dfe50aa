// SPDX-License-Identifier: Apache-2.0
#include "portal/message_stream.h"

#include <gmime/gmime.h>

#include <algorithm>

namespace phimilter::portal {
namespace {

struct Stream {
  GMimeStream base;  // GObject's way of inheriting
  std::shared_ptr<MessageSource>* source;
};

Stream* self(GMimeStream* stream) {
  return reinterpret_cast<Stream*>(stream);
}

MessageSource& source_of(GMimeStream* stream) {
  return **self(stream)->source;
}

gint64 end_of(GMimeStream* stream) {
  const auto size = static_cast<gint64>(source_of(stream).bytes->size());
  return stream->bound_end == -1 ? size : std::min(stream->bound_end, size);
}

GMimeStream* make(const std::shared_ptr<MessageSource>& source, gint64 start, gint64 end);

ssize_t read_stream(GMimeStream* stream, char* out, size_t size) {
  const gint64 left = end_of(stream) - stream->position;
  MessageSource& source = source_of(stream);
  if (source.fault || stream->position < 0) {
    return -1;
  }
  if (left <= 0) {
    return 0;
  }
  const std::size_t wanted = std::min<std::size_t>(size, static_cast<std::size_t>(left));
  auto got = source.bytes->read_at(static_cast<std::uint64_t>(stream->position),
                                   std::span(reinterpret_cast<std::uint8_t*>(out), wanted));
  if (!got) {
    source.fault = std::move(got.error());
    return -1;
  }
  stream->position += static_cast<gint64>(*got);
  return static_cast<ssize_t>(*got);
}

ssize_t write_stream(GMimeStream* /*stream*/, const char* /*bytes*/, size_t /*size*/) {
  return -1;
}

int do_nothing(GMimeStream* /*stream*/) {
  return 0;
}

gboolean at_end(GMimeStream* stream) {
  return stream->position >= end_of(stream) ? TRUE : FALSE;
}

int reset_stream(GMimeStream* stream) {
  stream->position = stream->bound_start;
  return 0;
}

gint64 seek_stream(GMimeStream* stream, gint64 offset, GMimeSeekWhence whence) {
  gint64 to = offset;
  if (whence == GMIME_STREAM_SEEK_CUR) {
    to += stream->position;
  } else if (whence == GMIME_STREAM_SEEK_END) {
    to += end_of(stream);
  }
  if (to < stream->bound_start || to > end_of(stream)) {
    return -1;
  }
  stream->position = to;
  return to;
}

gint64 tell_stream(GMimeStream* stream) {
  return stream->position;
}

gint64 stream_length(GMimeStream* stream) {
  return end_of(stream) - stream->bound_start;
}

GMimeStream* cut_out(GMimeStream* stream, gint64 start, gint64 end) {
  return make(*self(stream)->source, start, end);
}

gpointer parent_class = nullptr;

void finalize(GObject* object) {
  delete reinterpret_cast<Stream*>(object)->source;
  reinterpret_cast<GObjectClass*>(parent_class)->finalize(object);
}

void begin_class(gpointer klass, gpointer /*data*/) {
  parent_class = g_type_class_peek_parent(klass);
  reinterpret_cast<GObjectClass*>(klass)->finalize = &finalize;
  auto* methods = reinterpret_cast<GMimeStreamClass*>(klass);
  methods->read = &read_stream;
  methods->write = &write_stream;
  methods->flush = &do_nothing;
  methods->close = &do_nothing;
  methods->eos = &at_end;
  methods->reset = &reset_stream;
  methods->seek = &seek_stream;
  methods->tell = &tell_stream;
  methods->length = &stream_length;
  methods->substream = &cut_out;
}

GType stream_type() {
  static const GType type = g_type_register_static_simple(
      g_mime_stream_get_type(), "PhimilterMessageStream", sizeof(GMimeStreamClass), &begin_class,
      sizeof(Stream), nullptr, static_cast<GTypeFlags>(0));
  return type;
}

GMimeStream* make(const std::shared_ptr<MessageSource>& source, gint64 start, gint64 end) {
  auto* stream = static_cast<GMimeStream*>(g_object_new(stream_type(), nullptr));
  self(stream)->source = new std::shared_ptr<MessageSource>(source);
  g_mime_stream_construct(stream, start, end);
  return stream;
}

}  // namespace

_GMimeStream* new_message_stream(std::shared_ptr<MessageSource> source) {
  return make(source, 0, -1);
}

}  // namespace phimilter::portal
