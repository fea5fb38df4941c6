#include "simulator/rendezvous.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "simulator/rendezvous_store.h"

namespace profile_train::simulator {
namespace {

// ---- what a lone rank is told

TEST(RendezvousStore, CountersCountAsIfAllRanksHadAdded) {
  RendezvousStore store(8, 3);
  EXPECT_EQ(store.add("arrived", 1), 8);  // each rank that arrives adds 1
  EXPECT_EQ(store.add("arrived", 0), 8);  // and asks until all have
  EXPECT_EQ(store.get("arrived"), "8");
  EXPECT_EQ(store.add("arrived", 2), 24);
}

TEST(RendezvousStore, OtherRanksWroteWhatThisOneWrote) {
  RendezvousStore store(8, 3);
  store.set("group/0/rank3", "host:1");
  EXPECT_TRUE(store.has("group/0/rank5"));
  EXPECT_EQ(store.get("group/0/rank5"), "host:1");
  EXPECT_FALSE(store.has("group/1/rank5"));  // this rank wrote to no group 1
  EXPECT_FALSE(store.has("group/0/rank8"));  // there is no rank 8
}

TEST(RendezvousStore, AKeyOfUnknownOriginHasTheSizeOfNcclsIdentifierAndReadsAsZero) {
  RendezvousStore store(8, 3);
  EXPECT_FALSE(store.has("0"));
  EXPECT_EQ(store.get("0").size(), 128U);
  EXPECT_EQ(std::stoll(store.get("0")), 0);
}

TEST(RendezvousStore, NoticesThatGlooWantsToConnect) {
  RendezvousStore store(8, 3);
  store.set("/default_pg/0//cpu//0/3", "addresses");
  store.get("/default_pg/0//cpu//0/3");  // gloo also reads its own
  store.get("/default_pg/0//cuda//0");
  EXPECT_FALSE(store.gloo_looks_for_ranks());
  store.get("/default_pg/0//cpu//0/2");
  EXPECT_TRUE(store.gloo_looks_for_ranks());
}

TEST(RendezvousStore, ComparesBeforeItSets) {
  RendezvousStore store(8, 0);
  EXPECT_EQ(store.compare_set("key", "", "first"), "first");
  EXPECT_EQ(store.compare_set("key", "", "second"), "first");
  EXPECT_EQ(store.compare_set("key", "first", "second"), "second");
  EXPECT_EQ(store.compare_set("none", "first", "second"), "first");  // as PyTorch's own store answers
  EXPECT_FALSE(store.has("none"));
}

/// Random writes: what this rank wrote under keys without numbers is what it reads, whoever else there is.
TEST(RendezvousStore, IsAMapToTheRankThatIsThere) {
  std::mt19937 random(7);
  RendezvousStore store(64, 5);
  std::map<std::string, std::string> naive;
  for (int i = 0; i < 2000; ++i) {
    const std::string key(1, static_cast<char>('a' + random() % 20));
    const std::string value = std::to_string(random());
    switch (random() % 4) {
      case 0:
        store.set(key, value);
        naive[key] = value;
        break;
      case 1:
        store.append(key, value);
        naive[key] += value;
        break;
      case 2: EXPECT_EQ(store.erase(key), naive.erase(key) == 1); break;
      default: {
        const auto found = naive.find(key);
        ASSERT_EQ(store.has(key), found != naive.end());
        EXPECT_TRUE(found == naive.end() || store.get(key) == found->second);
      }
    }
    ASSERT_EQ(store.keys().size(), naive.size());
  }
}

// ---- over the wire

/// Kinds of request, as PyTorch's client numbers them.
enum Kind : char {
  kValidate,
  kSet,
  kCompareSet,
  kGet,
  kAdd,
  kCheck,
  kWait,
  kCountKeys,
  kErase,
  kAppend,
  kMultiGet,
  kMultiSet,
  kCancelWait,
  kPing,
  kPush,
  kPop,
  kLength,
  kListKeys
};

template <class Number>
std::string raw(Number number) {
  return {reinterpret_cast<const char*>(&number), sizeof number};
}
std::string text(std::string_view characters) {
  return raw<std::uint64_t>(characters.size()) + std::string(characters);
}

/// A client that writes bytes and waits for bytes.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~Client() { ::close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(std::string_view bytes) const {
    ASSERT_EQ(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  void send(Kind kind, const std::string& arguments) const { send(std::string(1, kind) + arguments); }
  std::string receive(std::size_t count) const {
    std::string bytes(count, '\0');
    const ssize_t received = ::recv(socket_, bytes.data(), count, MSG_WAITALL);
    bytes.resize(received > 0 ? static_cast<std::size_t>(received) : 0);
    return bytes;
  }
  template <class Number>
  Number number() const {
    Number value{};
    const std::string bytes = receive(sizeof value);
    EXPECT_EQ(bytes.size(), sizeof value);
    std::memcpy(&value, bytes.data(), bytes.size());
    return value;
  }
  std::string text() const { return receive(number<std::uint64_t>()); }

  void say_hello() const { send(kValidate, raw<std::uint32_t>(0x3C85F7CE)); }

 private:
  int socket_;
};

TEST(Rendezvous, GreetsAsPyTorchsClientExpects) {
  const Rendezvous rendezvous(8, 3);
  ASSERT_NE(rendezvous.port(), 0) << rendezvous.problem();
  const Client client(rendezvous.port());
  client.say_hello();
  client.send(kPing, raw<std::uint32_t>(1234));
  EXPECT_EQ(client.number<std::uint32_t>(), 1234U);
}

/// init_process_group(): every rank checks in, the last one opens the door, all wait for the door.
TEST(Rendezvous, ABarrierOfEightRanksOpensForOne) {
  const Rendezvous rendezvous(8, 3);
  const Client client(rendezvous.port());
  client.say_hello();
  client.send(kAdd, text("barrier") + raw<std::int64_t>(1));
  EXPECT_EQ(client.number<std::int64_t>(), 8);
  client.send(kWait, raw<std::uint64_t>(1) + text("barrier/door"));
  EXPECT_EQ(client.number<char>(), 0);  // stop waiting
  client.send(kCheck, raw<std::uint64_t>(1) + text("barrier/door"));
  EXPECT_EQ(client.number<char>(), 1);  // nobody has written it: a signal of trouble that never came
}

TEST(Rendezvous, NobodyIsToldOfTroubleThatDidNotHappen) {
  const Rendezvous rendezvous(8, 0);
  const Client client(rendezvous.port());
  client.say_hello();
  client.send(kCheck, raw<std::uint64_t>(1) + text("exception_dump"));
  EXPECT_EQ(client.number<char>(), 1);
}

TEST(Rendezvous, TheIdentifierThatRankZeroWouldMakeIsThere) {
  const Rendezvous rendezvous(8, 3);
  const Client client(rendezvous.port());
  client.say_hello();
  client.send(kGet, text("default_pg/0//cuda//0"));
  EXPECT_EQ(client.text().size(), 128U);
}

TEST(Rendezvous, TwoConnectionsSeeTheSameStore) {
  const Rendezvous rendezvous(2, 0);
  const Client writer(rendezvous.port());
  const Client reader(rendezvous.port());
  writer.say_hello();
  reader.say_hello();
  writer.send(kSet, text("key") + text("value"));
  writer.send(kCompareSet, text("key") + text("value") + text("new"));
  EXPECT_EQ(writer.text(), "new");  // answered, so the one before has been done too
  reader.send(kGet, text("key"));
  EXPECT_EQ(reader.text(), "new");
}

TEST(Rendezvous, ManyKeysAndQueuesAtOnce) {
  const Rendezvous rendezvous(2, 0);
  const Client client(rendezvous.port());
  client.say_hello();
  client.send(kMultiSet, raw<std::uint64_t>(2) + text("a") + text("1") + text("b") + text("2"));
  client.send(kAppend, text("a") + text("1"));
  client.send(kMultiGet, raw<std::uint64_t>(2) + text("a") + text("b"));
  EXPECT_EQ(client.text(), "11");
  EXPECT_EQ(client.text(), "2");
  client.send(kCountKeys, "");
  EXPECT_EQ(client.number<std::int64_t>(), 2);
  client.send(kErase, text("a"));
  EXPECT_EQ(client.number<std::int64_t>(), 1);
  client.send(kListKeys, "");
  EXPECT_EQ(client.number<std::int64_t>(), 1);
  EXPECT_EQ(client.text(), "b");
  client.send(kCancelWait, "");
  EXPECT_EQ(client.number<char>(), 1);
  client.send(kPush, text("queue") + text("work"));
  client.send(kLength, text("queue"));
  EXPECT_EQ(client.number<std::int64_t>(), 1);
  client.send(kPop, text("queue"));
  EXPECT_EQ(client.number<std::int64_t>(), 1);
  EXPECT_EQ(client.text(), "work");
  client.send(kPop, text("queue"));
  EXPECT_EQ(client.number<std::int64_t>(), 0);  // nothing left
}

TEST(Rendezvous, RequestsMayComeInAnyPieces) {
  const Rendezvous rendezvous(8, 3);
  const Client client(rendezvous.port());
  client.say_hello();
  const std::string requests = std::string(1, kSet) + text("key") + text("value") + std::string(1, kGet) + text("key") +
                               std::string(1, kAdd) + text("count") + raw<std::int64_t>(-2);
  for (const char byte : requests) client.send(std::string_view(&byte, 1));
  EXPECT_EQ(client.text(), "value");
  EXPECT_EQ(client.number<std::int64_t>(), -16);
}

TEST(Rendezvous, OtherProtocolsAreHungUpOn) {
  const Rendezvous rendezvous(8, 3);
  const Client stranger(rendezvous.port());
  stranger.send(kValidate, raw<std::uint32_t>(0x12345678));
  EXPECT_EQ(stranger.receive(1), "");
  const Client browser(rendezvous.port());
  browser.send("GET / HTTP/1.1\r\n");  // begins with a kind of request that there is not
  EXPECT_EQ(browser.receive(1), "");
  const Client liar(rendezvous.port());
  liar.say_hello();
  liar.send(kGet, raw<std::uint64_t>(std::uint64_t{1} << 62));
  EXPECT_EQ(liar.receive(1), "");
  const Client friendly(rendezvous.port());  // and the others are served on
  friendly.say_hello();
  friendly.send(kPing, raw<std::uint32_t>(5));
  EXPECT_EQ(friendly.number<std::uint32_t>(), 5U);
}

TEST(Rendezvous, EndsWithConnectionsOpen) {
  auto rendezvous = std::make_unique<Rendezvous>(8, 3);
  const Client client(rendezvous->port());
  client.say_hello();
  client.send(kPing, raw<std::uint32_t>(1));
  client.number<std::uint32_t>();
  rendezvous.reset();
  EXPECT_EQ(client.receive(1), "");
}

}  // namespace
}  // namespace profile_train::simulator
