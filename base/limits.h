// SPDX-License-Identifier: Apache-2.0
//
// Every limit, and what happens past it. Sizes are bytes, times milliseconds, unless the name says
// otherwise. "Past it: opaque" means that the part cannot be judged and is treated as evidence,
// never as clean.
#pragma once

#include <cstddef>
#include <cstdint>

namespace phimilter::limits {

inline constexpr std::size_t kKiB = 1024;
inline constexpr std::size_t kMiB = 1024 * kKiB;

// Capture (milter/, mail/)
inline constexpr std::size_t kBodyInMemory = 1 * kMiB;    // past it: spooled to an unlinked file
inline constexpr std::size_t kMessageBytes = 100 * kMiB;  // past it: 552, nothing is read further
inline constexpr std::size_t kHeaderBytes = 1 * kMiB;     // all fields; past it: 552
inline constexpr std::size_t kHeaderFields = 2000;        // past it: 552
inline constexpr std::size_t kRecipients = 5000;  // past it: 552 5.5.3 at the end of the message
inline constexpr std::size_t kAddressBytes =
    320;  // RFC 5321 4.5.3.1 (64 + 1 + 255); past it: not an address

// Extraction (extract/)
inline constexpr std::size_t kMimeDepth = 50;    // past it: opaque
inline constexpr std::size_t kMimeParts = 1000;  // past it: opaque
inline constexpr std::size_t kPartText =
    8 * kMiB;  // UTF-8 text of one part; past it: the rest is opaque
inline constexpr std::size_t kMessageText =
    64 * kMiB;                                 // text of all parts; past it: the rest is opaque
inline constexpr std::size_t kFileDepth = 8;   // files in files; past it: opaque
inline constexpr std::size_t kMembers = 5000;  // files in files of a message; past it: opaque
inline constexpr std::size_t kUnpackedBytes = 128 * kMiB;  // of a message; past it: opaque
inline constexpr std::size_t kUnpackedRatio =
    200;  // unpacked to packed bytes of one file, above ...
inline constexpr std::size_t kUnpackedAlways = 4 * kMiB;  // ... so many; past it: opaque
inline constexpr std::size_t kFileName = 255;             // of a member; past it: cut
inline constexpr std::size_t kHtmlBytes = 4 * kMiB;       // past it: opaque
inline constexpr std::size_t kInlineImage =
    50 * kKiB;  // a larger image is opaque, a smaller one recorded
inline constexpr std::size_t kInlinePixels = 100'000;  // the same; 620 by 160, say
inline constexpr std::int64_t kExtractWallMs =
    20'000;  // past it: the worker is killed, one retry, then opaque
inline constexpr std::int64_t kExtractCpuS = 10;  // RLIMIT_CPU of one message
inline constexpr std::size_t kWorkerMemory =
    768 * kMiB;                                      // RLIMIT_AS; past it: the worker dies, opaque
inline constexpr std::size_t kWorkerMessages = 200;  // then it is replaced

// Detection and decision (policy/)
inline constexpr std::size_t kFindings =
    10'000;  // past it: could not tell, the strictest treatment
inline constexpr std::int64_t kDetectMs = 10'000;  // past it: could not tell

// Protection (protect/)
inline constexpr std::int64_t kGpgMs = 20'000;           // past it: the broker is killed, 4xx
inline constexpr std::size_t kOutputLine = 76;           // of what we write; RFC 2045 6.8
inline constexpr std::size_t kGpgMemory = 1024 * kMiB;   // RLIMIT_AS of each gpg; past it: 4xx
inline constexpr std::size_t kKeyBytes = 64 * kKiB;      // of one key; past it: not kept
inline constexpr std::size_t kKeyAnswer = 1 * kMiB;      // of a key server; past it: unknown
inline constexpr std::size_t kKeyRecordFile = 2 * kMiB;  // past it: unknown
inline constexpr std::size_t kKeyRecords = 100'000;      // owners; past it: nothing new is kept
inline constexpr std::size_t kKeyAnswersHeld = 10'000;   // in memory; past it: the oldest goes
inline constexpr std::size_t kKeyLookups = 1'000;        // that wait; past it: unknown
inline constexpr std::size_t kLearnQueue = 64;           // messages; past it: not learned from
inline constexpr std::size_t kLearnBytes = 16 * kMiB;  // of one message; past it: not learned from
inline constexpr std::size_t kSignatureBytes = 256 * kKiB;  // of a CMS; past it: not learned from

// Re-entry (delivery/)
inline constexpr std::int64_t kSmtpConnectMs = 5'000;   // past it: 4xx
inline constexpr std::int64_t kSmtpCommandMs = 60'000;  // past it: 4xx
inline constexpr std::int64_t kSmtpDataMs = 300'000;    // past it: 4xx
inline constexpr std::int64_t kIntentWindowS =
    5 * 24 * 3600;  // an unfinished intent is replayed so long, then forgotten

inline constexpr std::size_t kBatchItems = 500'000;  // of one batch; past it: 5xx

// Milter (milter/)
inline constexpr std::size_t kMessagesAlways = 16;   // in work: never too many
inline constexpr std::size_t kMessagesInWork = 256;  // past it: 4xx at MAIL
inline constexpr std::int64_t kQueueMs =
    60'000;  // a new message would wait so long, by what is in work; past it: 4xx at MAIL
inline constexpr std::size_t kBytesInWork =
    256 * kMiB;  // of messages in work; past it: the next waits, past kQueueMs: 4xx
inline constexpr std::int64_t kProgressMs = 3'000;  // the MTA hears from us at least so often

// Escrow and portal (escrow/, portal/)
inline constexpr std::size_t kSealChunk = 64 * kKiB;  // one AES-256-GCM chunk of plaintext
inline constexpr std::size_t kProofAnswer = 200;      // past it: refused, with the reason
inline constexpr std::size_t kProofQuestion = 300;    // past it: refused, with the reason
inline constexpr int kProofTries = 5;  // wrong answers; past it: locked for kProofLockS
inline constexpr std::int64_t kProofLockS = 15 * 60;  // the first lock; each next is twice as long
inline constexpr std::int64_t kSessionIdleS = 15 * 60;    // past it: proof again
inline constexpr std::int64_t kSessionS = 8 * 3600;       // past it: proof again
inline constexpr std::int64_t kCodeS = 15 * 60;           // a mailed one-time code lives so long
inline constexpr std::size_t kPortalRequest = 64 * kKiB;  // request body; past it: 413
// Larger bodies, of all requests that arrive or wait, by whether their sender has given proof or
// has a token; past it: 503
inline constexpr std::size_t kBodiesOfStrangers = 64 * kMiB;
inline constexpr std::size_t kBodiesOfVisitors = 512 * kMiB;

}  // namespace phimilter::limits
