// What the core is told must be what happened: nothing published is claimed before its PUBACK,
// nothing of an older generation passes, order holds, and any trouble ends in a new generation.
// A fake client stands in for the library, a number for the clock.
#include "gateway/uplink/connection.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lamplight::uplink {
namespace {

using What = ClientEvent::What;

// What one client was asked to do. Lives longer than the client.
struct Asked {
  bool connect = false;
  bool disconnect = false;
  bool destroyed = false;
  std::vector<std::string> topics;
  std::vector<Publish> published;
  std::vector<uint64_t> tickets;
};

class FakeFactory : public ClientFactory {
 public:
  void configure(const Configure&) override {}
  const std::vector<std::string>& topics() const override { return topics_; }
  Result<std::unique_ptr<Client>> make(Conn, uint32_t generation) override {
    EXPECT_EQ(generation, made.size() + 1) << "generations are dense";
    made.push_back(std::make_unique<Asked>());
    return std::unique_ptr<Client>(std::make_unique<FakeClient>(*this, *made.back()));
  }
  Asked& last() { return *made.back(); }

  std::vector<std::unique_ptr<Asked>> made;
  ConnectFailure failure_of_connect;
  bool can_publish = true;
  bool can_subscribe = true;
  bool can_connect = true;

 private:
  class FakeClient : public Client {
   public:
    FakeClient(FakeFactory& factory, Asked& asked) : factory_(factory), asked_(asked) {}
    ~FakeClient() override { asked_.destroyed = true; }
    Status connect() override {
      asked_.connect = true;
      return result(factory_.can_connect);
    }
    Status subscribe(const std::string& topic) override {
      asked_.topics.push_back(topic);
      return result(factory_.can_subscribe);
    }
    Status publish(const Publish& message, uint64_t ticket) override {
      asked_.published.push_back(message);
      asked_.tickets.push_back(ticket);
      return result(factory_.can_publish);
    }
    Status disconnect() override {
      asked_.disconnect = true;
      return {};
    }
    ConnectFailure connect_failure() override { return factory_.failure_of_connect; }

   private:
    static Status result(bool well) { return well ? Status() : failure("told to fail"); }
    FakeFactory& factory_;
    Asked& asked_;
  };

  std::vector<std::string> topics_ = {"t/command", "t/stored"};
};

struct FakeReport : Report {
  void tell(std::string message) override { told.push_back(std::move(message)); }
  void command(const Arrived& arrived) override { commands.push_back(arrived); }
  void log(const std::string&) override {}
  std::vector<std::string> told;
  std::vector<Arrived> commands;
};

class ConnectionTest : public ::testing::Test {
 protected:
  void event(What what, uint64_t ticket = 0, int code = 0, Conn conn = Conn::live) {
    ClientEvent e{.conn = conn, .generation = connection.generation(), .what = what};
    e.ticket = ticket;
    e.code = code;
    connection.on_event(now, e);
  }
  void go_up() {
    connection.allow(now, true);
    event(What::accepted);
    event(What::subscribed);
    event(What::subscribed);
    ASSERT_TRUE(connection.is_up());
  }
  void publish(uint64_t seq, uint32_t generation, std::string payload = "{}") {
    connection.publish(now, {.conn = Conn::live,
                             .generation = generation,
                             .receipt = {"\"lane\":\"alarm\",\"seq\":" + std::to_string(seq)},
                             .topic = "t/alarm/1",
                             .expiry_s = {},
                             .payload = std::move(payload)});
  }
  void wait_until_tried(size_t clients) {
    for (int i = 0; i < 10'000 && factory.made.size() < clients; ++i) {
      now = std::max(now + milliseconds(1), std::min(connection.deadline(), now + seconds(60)));
      connection.tick(now);
    }
    ASSERT_EQ(factory.made.size(), clients);
  }
  static std::string told_link(std::string_view state, int generation, std::string_view why) {
    return R"({"type":"link","conn":"live","state":")" + std::string(state) + R"(","generation":)" +
           std::to_string(generation) + R"(,"why":")" + std::string(why) + "\"}";
  }

  MonoTime now{5'000'000'000};
  FakeFactory factory;
  FakeReport report;
  Connection connection{Conn::live, factory, report, 3};
};

TEST_F(ConnectionTest, ConnectsSubscribesAndTellsTheGeneration) {
  connection.allow(now, true);
  ASSERT_EQ(factory.made.size(), 1u);
  EXPECT_TRUE(factory.last().connect);
  EXPECT_TRUE(report.told.empty()) << "nothing is claimed before CONNACK";
  event(What::accepted);
  EXPECT_EQ(factory.last().topics, (std::vector<std::string>{"t/command", "t/stored"}));
  EXPECT_EQ(report.told, std::vector<std::string>{told_link("connected", 1, "")});
}

TEST_F(ConnectionTest, TellsPublishedOnlyAfterItsAcknowledgement) {
  go_up();
  publish(7, 1);
  ASSERT_EQ(factory.last().published.size(), 1u);
  EXPECT_EQ(report.told.size(), 1u);
  event(What::acknowledged, factory.last().tickets[0]);
  EXPECT_EQ(report.told.back(),
            R"({"type":"published","conn":"live","generation":1,"lane":"alarm","seq":7})");
}

TEST_F(ConnectionTest, KeepsAHundredInFlightAndTheOrder) {
  go_up();
  for (uint64_t seq = 1; seq <= 250; ++seq) publish(seq, 1);
  Asked& client = factory.last();
  EXPECT_EQ(client.published.size(), kWindow);
  for (size_t i = 0; i < 250; ++i) {
    ASSERT_LT(i, client.tickets.size());
    event(What::acknowledged, client.tickets[i]);
    EXPECT_LE(client.published.size() - (i + 1), kWindow);
  }
  ASSERT_EQ(client.published.size(), 250u);
  for (uint64_t seq = 1; seq <= 250; ++seq) {
    EXPECT_EQ(client.published[seq - 1].receipt.json,
              "\"lane\":\"alarm\",\"seq\":" + std::to_string(seq));
  }
}

TEST_F(ConnectionTest, EndsTheGenerationWhenTheCoreSendsFarTooMuch) {
  go_up();
  for (uint64_t seq = 1; seq <= kHeldMax; ++seq) publish(seq, 1);
  EXPECT_TRUE(connection.is_up());
  publish(kHeldMax + 1, 1);
  EXPECT_FALSE(connection.is_up());
  EXPECT_EQ(report.told.back(), told_link("lost", 1, "overflow"));
}

TEST_F(ConnectionTest, DropsWhatComesUnderAnOlderGeneration) {
  go_up();
  publish(1, 1);
  const uint64_t old_ticket = factory.last().tickets[0];
  event(What::ended);
  wait_until_tried(2);
  event(What::accepted);
  publish(1, 1);
  EXPECT_TRUE(factory.last().published.empty());
  connection.on_event(
      now, {.conn = Conn::live, .generation = 1, .what = What::acknowledged, .ticket = old_ticket});
  EXPECT_EQ(report.told.back(), told_link("connected", 2, "")) << "an old PUBACK says nothing";
  publish(1, 2);
  EXPECT_EQ(factory.last().published.size(), 1u);
  EXPECT_NE(factory.last().tickets[0], old_ticket);
}

TEST_F(ConnectionTest, AnswersAnyTroubleWithANewClient) {
  const struct {
    What what;
    int code;
    std::string why;
  } troubles[] = {{What::ended, 0, "closed"},
                  {What::ended, 0x8E, "kicked"},
                  {What::publish_failed, 0x97, "publish_failed"},
                  {What::subscribe_failed, 0x80, "subscribe_failed"}};
  size_t clients = 1;
  connection.allow(now, true);
  for (const auto& trouble : troubles) {
    event(What::accepted);
    event(trouble.what, 0, trouble.code);
    EXPECT_TRUE(factory.last().destroyed);
    EXPECT_EQ(report.told.back(), told_link("lost", static_cast<int>(clients), trouble.why));
    wait_until_tried(++clients);
  }
}

TEST_F(ConnectionTest, TakesAFailingCallForTrouble) {
  go_up();
  factory.can_publish = false;
  publish(1, 1);
  EXPECT_TRUE(factory.last().destroyed);
  EXPECT_EQ(report.told.back(), told_link("lost", 1, "publish_failed"));
  factory.can_publish = true;
  factory.can_subscribe = false;
  wait_until_tried(2);
  event(What::accepted);
  EXPECT_TRUE(factory.last().destroyed);
  factory.can_connect = false;
  wait_until_tried(4);
  EXPECT_TRUE(factory.made[2]->destroyed);
}

TEST_F(ConnectionTest, EndsAGenerationWithoutProgressForThreeSeconds) {
  go_up();
  now = now + seconds(100);
  connection.tick(now);
  EXPECT_TRUE(connection.is_up()) << "with nothing in flight there is nothing to wait for";
  publish(1, 1);
  publish(2, 1);
  now = now + milliseconds(2999);
  connection.tick(now);
  ASSERT_TRUE(connection.is_up());
  event(What::acknowledged, factory.last().tickets[0]);
  now = now + milliseconds(2999);
  connection.tick(now);
  ASSERT_TRUE(connection.is_up()) << "an acknowledgement is progress";
  EXPECT_EQ(connection.deadline(), now + milliseconds(1));
  now = now + milliseconds(1);
  connection.tick(now);
  EXPECT_EQ(report.told.back(), told_link("lost", 1, "no_progress"));
}

TEST_F(ConnectionTest, WaitsForASubscriptionAsForAPublish) {
  connection.allow(now, true);
  event(What::accepted);
  event(What::subscribed);
  now = now + seconds(3);
  connection.tick(now);
  EXPECT_EQ(report.told.back(), told_link("lost", 1, "no_progress"));
}

TEST_F(ConnectionTest, GivesALargeMessageTheTimeAThinLineNeeds) {
  go_up();
  publish(1, 1, std::string(64 * 1024, 'x'));
  now = now + seconds(10);
  connection.tick(now);
  EXPECT_TRUE(connection.is_up());
  now = now + seconds(1);
  connection.tick(now);
  EXPECT_FALSE(connection.is_up());
}

TEST_F(ConnectionTest, GivesUpAConnectThatSaysNothing) {
  connection.allow(now, true);
  now = now + kConnectWait;
  connection.tick(now);
  EXPECT_TRUE(factory.last().destroyed);
  EXPECT_EQ(report.told.back(), told_link("lost", 1, "unreachable"));
}

TEST_F(ConnectionTest, TellsWhyItCannotConnectOnceUntilItChanges) {
  using Kind = ConnectFailure::Kind;
  connection.allow(now, true);
  size_t clients = 1;
  const auto fail = [&](ConnectFailure why) {
    factory.failure_of_connect = why;
    event(What::connect_failed);
    wait_until_tried(++clients);
  };
  fail({Kind::unreachable, 0, ""});
  fail({Kind::unreachable, 0, ""});
  fail({Kind::refused, 135, ""});
  fail({Kind::refused, 135, ""});
  fail({Kind::kicked, 0, ""});
  fail({Kind::certificate, 0, ""});
  EXPECT_EQ(report.told,
            (std::vector<std::string>{
                told_link("lost", 1, "unreachable"), told_link("refused", 3, "connack 135"),
                told_link("refused", 5, "kicked"), told_link("refused", 6, "certificate")}));
}

TEST_F(ConnectionTest, BlamesTheClockForACertificateWhenTheClockIsOld) {
  connection.clock_older(true);
  connection.allow(now, true);
  factory.failure_of_connect = {ConnectFailure::Kind::certificate, 0, ""};
  event(What::connect_failed);
  EXPECT_EQ(report.told.back(), told_link("refused", 1, "clock_unset"));
  connection.clock_older(false);
  wait_until_tried(2);
  event(What::connect_failed);
  EXPECT_EQ(report.told.back(), told_link("refused", 2, "certificate"));
}

TEST_F(ConnectionTest, PutsThePartsOfALongPayloadTogether) {
  go_up();
  connection.publish(now, {.generation = 1,
                           .receipt = {},
                           .topic = "",
                           .expiry_s = {},
                           .payload = "abc",
                           .more = true});
  connection.publish(now, {.generation = 1,
                           .receipt = {},
                           .topic = "",
                           .expiry_s = {},
                           .payload = "def",
                           .more = true});
  EXPECT_TRUE(factory.last().published.empty());
  publish(1, 1, "ghi");
  ASSERT_EQ(factory.last().published.size(), 1u);
  EXPECT_EQ(factory.last().published[0].payload, "abcdefghi");
  publish(2, 1, "next");
  EXPECT_EQ(factory.last().published[1].payload, "next");
}

TEST_F(ConnectionTest, RefusesAPayloadWithoutEnd) {
  go_up();
  const std::string part(60'000, 'x');
  for (size_t sent = 0; sent <= kPayloadMax && connection.is_up(); sent += part.size()) {
    connection.publish(now, {.generation = 1,
                             .receipt = {},
                             .topic = "",
                             .expiry_s = {},
                             .payload = part,
                             .more = true});
  }
  EXPECT_EQ(report.told.back(), told_link("lost", 1, "overflow"));
}

TEST_F(ConnectionTest, SaysGoodbyeRetainedWaitsForItsPubackAndDisconnects) {
  go_up();
  publish(1, 1);
  const Offline goodbye{.topic = "t/status", .payload = "offline"};
  connection.go_offline(now, &goodbye);
  Asked& client = factory.last();
  ASSERT_EQ(client.published.size(), 2u);
  EXPECT_TRUE(client.published[1].retain);
  EXPECT_EQ(client.published[1].payload, "offline");
  EXPECT_FALSE(client.disconnect);
  event(What::acknowledged, client.tickets[0]);
  EXPECT_FALSE(client.disconnect);
  event(What::acknowledged, client.tickets[1]);
  EXPECT_TRUE(client.disconnect);
  EXPECT_FALSE(connection.is_gone());
  event(What::disconnected);
  EXPECT_TRUE(connection.is_gone());
}

TEST_F(ConnectionTest, LeavesAfterTwoSecondsWhenTheGoodbyeIsNotAcknowledged) {
  go_up();
  const Offline goodbye{.topic = "t/status", .payload = "offline"};
  connection.go_offline(now, &goodbye);
  now = now + milliseconds(1999);
  connection.tick(now);
  EXPECT_FALSE(connection.is_gone());
  now = now + milliseconds(1);
  connection.tick(now);
  EXPECT_TRUE(connection.is_gone());
}

TEST_F(ConnectionTest, LeavesAtOnceWhenItIsNotConnected) {
  connection.allow(now, true);
  const Offline goodbye{.topic = "t/status", .payload = "offline"};
  connection.go_offline(now, &goodbye);
  EXPECT_TRUE(connection.is_gone());
  now = now + seconds(1000);
  connection.tick(now);
  EXPECT_EQ(factory.made.size(), 1u) << "and does not come back";
}

TEST_F(ConnectionTest, HandsCommandsOnAsTheyCame) {
  go_up();
  ClientEvent e{.conn = Conn::live, .generation = 1, .what = What::arrived};
  e.message = {.topic = "t/command", .payload = "{}", .retained = true, .size = 2};
  connection.on_event(now, e);
  ASSERT_EQ(report.commands.size(), 1u);
  EXPECT_TRUE(report.commands[0].retained);
}

TEST_F(ConnectionTest, BacklogGoesDownWithLiveAndComesBackWithItAtOnce) {
  Connection backlog(Conn::backlog, factory, report, 5);
  for (int crash = 0; crash < 8; ++crash) {
    const size_t before = factory.made.size();
    backlog.allow(now, true);
    ASSERT_EQ(factory.made.size(), before + 1) << "crash " << crash;
    backlog.on_event(
        now, {.conn = Conn::backlog, .generation = backlog.generation(), .what = What::accepted});
    ASSERT_TRUE(backlog.is_up());
    EXPECT_TRUE(factory.last().topics.empty()) << "only live subscribes";
    backlog.on_event(
        now, {.conn = Conn::backlog, .generation = backlog.generation(), .what = What::ended});
    backlog.allow(now, false);
    EXPECT_EQ(backlog.deadline(), kNever);
    now = now + seconds(1);
    backlog.tick(now);
    ASSERT_EQ(factory.made.size(), before + 1);
  }
}

}  // namespace
}  // namespace lamplight::uplink
