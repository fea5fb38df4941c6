#include "profiler/event_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "profiler/varint.h"
#include "tests/profiler/trace_support.h"

namespace profile_train {
namespace {

using test::allocate;
using test::release;
using testing::ElementsAre;

TEST(Varint, SevenBitsAByteLeastSignificantFirst) {
  std::vector<std::uint8_t> bytes;
  for (const std::uint64_t value : {0ULL, 127ULL, 128ULL, 300ULL}) put_varint(bytes, value);
  EXPECT_THAT(bytes, ElementsAre(0, 0x7F, 0x80, 0x01, 0xAC, 0x02));
}

TEST(Varint, GivesBackTheExtremes) {
  for (const std::uint64_t value : {0ULL, 1ULL << 63U, ~0ULL, ~0ULL - 1}) {
    std::vector<std::uint8_t> bytes;
    put_varint(bytes, value);
    ByteCursor cursor(bytes);
    EXPECT_EQ(cursor.varint(), value);
    EXPECT_TRUE(cursor.ended_well());
    EXPECT_EQ(zigzag(unzigzag(value)), value);
    EXPECT_EQ(add_zigzag(17, zigzag_difference(value, 17)), value);
  }
}

TEST(Varint, WhatDoesNotFitFails) {
  const std::vector<std::uint8_t> endless(11, 0x80);
  const std::vector<std::uint8_t> a_65th_bit = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02};
  const std::vector<std::uint8_t> ends_early = {0x80};
  for (const auto& bytes : {endless, a_65th_bit, ends_early}) {
    ByteCursor cursor(bytes);
    EXPECT_EQ(cursor.varint(), 0U);
    EXPECT_TRUE(cursor.failed());
    EXPECT_EQ(cursor.byte(), 0U);
  }
}

std::vector<std::uint8_t> payload_of(std::initializer_list<Event> events) {
  EventEncoder encoder;
  for (const Event& event : events) encoder.add(event);
  std::vector<std::uint8_t> payload;
  encoder.take(payload);
  return payload;
}

// The example of docs/trace_format.md, byte by byte.
TEST(EventCodec, WritesOneColumnAField) {
  const std::vector<std::uint8_t> payload =
      payload_of({allocate(10, 0x40, 4), release(15, 0x40), allocate(16, 0x40, 4)});
  EXPECT_THAT(payload, ElementsAre(3, 3, 3, 3, 0, 3, 2, 1, 0, 0, 0,  // lengths of the eleven columns
                                   0x10, 0x01, 0x40,                 // tags: a context follows; free; bytes as before
                                   20, 10, 2,                        // times: +10, +5, +1 ns, zigzag
                                   0, 0, 0,                          // scopes
                                   1, 0, 0,                          // contexts: thread 1, cpu, index 0
                                   1, 0, 0,                          // addresses: a new one, the same, the same
                                   0x80, 0x01,                       // new addresses: +0x40, zigzag
                                   8));                              // sizes: 4, zigzag
}

TEST(EventCodec, AnAddressThatIsUsedAgainTakesASlot) {
  std::vector<std::uint8_t> far_apart = payload_of({allocate(0, 1ULL << 60U, 4), allocate(0, 1, 4)});
  std::vector<std::uint8_t> again =
      payload_of({allocate(0, 1ULL << 60U, 4), allocate(0, 1, 4), release(0, 1ULL << 60U), release(0, 1)});
  EXPECT_EQ(again.size() - far_apart.size(), 2U * 4);  // tag, time, scope and slot of each release
}

TEST(EventCodec, HistoryGoesOnFromChunkToChunk) {
  EventEncoder encoder;
  EventDecoder decoder;
  std::vector<Event> written;
  std::vector<Event> read;
  for (std::uint64_t i = 0; i < 100; ++i) {
    written.push_back(i % 2 == 0 ? allocate(i, 64 * i, 8) : release(i, 64 * (i - 1)));
    encoder.add(written.back());
    std::vector<std::uint8_t> payload;
    encoder.take(payload);
    ASSERT_TRUE(decoder.decode(payload, 1, {}, read));
  }
  EXPECT_EQ(read, written);
}

TEST(EventCodec, APayloadMustHoldExactlyItsEvents) {
  const std::vector<std::uint8_t> payload = payload_of({allocate(10, 0x40, 4)});
  const auto decodes = [](std::vector<std::uint8_t> bytes, std::uint32_t count) {
    std::vector<Event> events;
    return EventDecoder().decode(bytes, count, {}, events).has_value();
  };
  EXPECT_TRUE(decodes(payload, 1));
  EXPECT_FALSE(decodes(payload, 0));
  EXPECT_FALSE(decodes(payload, 2));
  EXPECT_FALSE(decodes({}, 0));
  for (std::size_t size = 0; size < payload.size(); ++size)
    EXPECT_FALSE(decodes({payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(size)}, 1)) << size;
  std::vector<std::uint8_t> longer = payload;
  longer.push_back(0);
  EXPECT_FALSE(decodes(longer, 1));
  std::vector<std::uint8_t> unknown_kind = payload;
  unknown_kind[11] = 0x9F;  // 16 + 15
  EXPECT_FALSE(decodes(unknown_kind, 1));
}

}  // namespace
}  // namespace profile_train
