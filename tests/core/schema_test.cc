// Every kind of message that leaves the home is what its JSON Schema promises to receivers.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "tests/core/house.h"

namespace lamplight::core {
namespace {

class Schemas {
 public:
  std::string check(const std::string& name, const Json& document) {
    used_.insert(name);
    const valijson::Schema& schema = load(name);
    valijson::adapters::NlohmannJsonAdapter target(document);
    valijson::ValidationResults results;
    valijson::Validator validator;
    if (validator.validate(schema, target, &results)) return "";
    std::string text;
    valijson::ValidationResults::Error error;
    while (results.popError(error)) {
      for (const std::string& part : error.context) text += part;
      text += ": " + error.description + '\n';
    }
    return name + '\n' + text + document.dump();
  }
  const std::set<std::string>& used() const { return used_; }

 private:
  const valijson::Schema& load(const std::string& name) {
    auto [at, is_new] = schemas_.try_emplace(name);
    if (!is_new) return at->second;
    std::ifstream file(std::string(LL_SOURCE_DIR) + "/docs/mqtt/" + name + ".schema.json");
    EXPECT_TRUE(file.good()) << name;
    const Json json = Json::parse(file);
    valijson::adapters::NlohmannJsonAdapter adapter(json);
    valijson::SchemaParser().populateSchema(adapter, at->second);
    return at->second;
  }
  std::map<std::string, valijson::Schema> schemas_;
  std::set<std::string> used_;
};

std::string schema_of(const Sent& s) {
  const std::string& topic = s.topic;
  if (topic == "vitals" || topic.starts_with("wave/") || topic == "backlog/vitals" ||
      topic == "backlog/wave") {
    return "batch";
  }
  if (topic.starts_with("alarm/") || topic == "backlog/alarm") {
    return s.payload["event"] == "alarm.raised" ? "alarm-raised" : "alarm";
  }
  if (topic == "backlog/system") return s.payload["event"] == "system.gap" ? "gap" : "system";
  if (topic.starts_with("device/")) return "device";
  return topic;  // status, alarms, system, gap, command-result
}

TEST(Schemas, HoldEveryMessageOfANight) {
  // A receiver that trusts the schemas is never surprised.
  House house;
  house.boot();
  house.connect_both();
  house.spo2_for(97, 3);
  house.input(DeviceFact{1, FactKind::link_up, "", "opened"});
  house.input(DeviceFact{1, FactKind::identity, "serial", "0123456789"});
  house.input(DeviceFact{1, FactKind::note, "sensor_life_expired", ""});
  house.spo2_for(85, 12);
  house.command(R"({"v":1,"id":"c-1","type":"acknowledge","occurrence":1,"store_id":"5f2c",)"
                R"("actor":"n-1","role":"nurse"})");
  house.command("garbage");
  house.input(BedsideAct{1, 1, "Anna"});
  house.command(R"({"v":1,"id":"w-1","type":"watch","device":"ox1","actor":"n","role":"nurse"})");
  const Sample pleth{house.now, 7, *find_signal("oximeter.pleth"), Quality::ok, Reason::none, 99};
  house.input(SamplesIn{1, {&pleth, 1}}, seconds(1));
  const Sample off{house.now,         0,  *find_signal("oximeter.spo2"), Quality::missing,
                   Reason::probe_off, 100};
  house.input(SamplesIn{1, {&off, 1}}, seconds(1));
  house.pass(seconds(3));
  house.input(StoreChange{StoreState::failing, "I/O error"});
  house.lose(Conn::live);
  house.lose(Conn::backlog);
  house.spo2_for(97, 50);
  house.crash();
  house.boot();
  house.connect_both();
  house.input(WallChange{{0, ClockState::unsynchronised}, 0});
  house.spo2_for(97, 5);
  house.command(R"({"v":1,"id":"r-1","type":"resend-from","store_id":"5f2c","lane":"wave",)"
                R"("seq":1,"actor":"svc","role":"service"})");
  house.pass(seconds(1));
  Schemas schemas;
  for (const Sent& s : house.sent) EXPECT_EQ(schemas.check(schema_of(s), s.payload), "");
  EXPECT_EQ(schemas.check("last-will", Json::parse(house.core->last_will_json())), "");
  for (const char* name : {"status", "alarms", "alarm", "alarm-raised", "batch", "system", "gap",
                           "device", "command-result", "last-will"}) {
    EXPECT_TRUE(schemas.used().contains(name)) << name;
  }
}

TEST(Schemas, RefuseWhatIsNotPromised) {
  // The check itself must be able to fail.
  Schemas schemas;
  EXPECT_NE(schemas.check("command-result", Json::parse(R"({"v":1,"id":null})")), "");
  EXPECT_NE(schemas.check("alarm", Json::parse(R"({"v":1})")), "");
  EXPECT_EQ(schemas.check("command", Json::parse(R"({"v":1,"id":"c","type":"watch","device":"ox1",)"
                                                 R"("actor":"n","role":"nurse"})")),
            "");
}

}  // namespace
}  // namespace lamplight::core
