#include "profiler/module_groups.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>

#include "tests/profiler/trace_builder.h"

namespace profile_train {
namespace {

using ::testing::ElementsAre;

/// Allocations that live to the end and are all made at once, so that their bytes are their weights.
class Groups : public ::testing::Test {
 public:
  Groups& made(const std::string& module, Bytes bytes) {
    t_.module(module).op("aten::mm").allocate(address_, bytes);
    address_ += 0x1000;
    return *this;
  }
  Groups& made_and_freed(const std::string& module, Bytes bytes) {
    made(module, bytes);
    t_.free(address_ - 0x1000);
    return *this;
  }
  Groups& named(const std::string& tensor, Bytes bytes) {
    t_.no_scope().allocate(address_, bytes).role(address_, Role::parameter, tensor);
    address_ += 0x1000;
    return *this;
  }
  void end() {
    for (int i = 0; i < 1000; ++i) t_.no_scope().metric("loss", 0);  // beside these, births are at one instant
    analysis_ = analyse(t_.build());
  }
  std::string group_of(std::size_t allocation, std::size_t most = 10) {
    const ModuleGroups groups(analysis_, most);
    return groups.labels().at(groups.of(analysis_.allocations.at(allocation)));
  }

  test::TraceBuilder t_;
  std::uint64_t address_ = 0x1000;
  Analysis analysis_;
};

TEST_F(Groups, NumberedBlocksCountAsOne) {
  made("wte", 500).made("h.0.attn", 60).made("h.1.attn", 60).made("h.1.mlp.fc", 70).made("lm_head", 40).end();
  EXPECT_THAT(ModuleGroups(analysis_, 10).labels(), ElementsAre("wte", "h.*", "lm_head", "other modules", "no module"));
  EXPECT_EQ(group_of(1), "h.*");
  EXPECT_EQ(group_of(2), "h.*");
}

TEST_F(Groups, APartOfMoreThanHalfOfTheBytesIsDivided) {
  made("wte", 100).made("h.0.attn", 300).made("h.1.attn", 100).made("h.1.mlp.fc", 200).made("h.0", 50).end();
  EXPECT_THAT(ModuleGroups(analysis_, 10).labels(),
              ElementsAre("wte", "h.* itself", "h.*.attn", "h.*.mlp", "other modules", "no module"));
  EXPECT_EQ(group_of(3), "h.*.mlp") << "with what is below it";
  EXPECT_EQ(group_of(4), "h.* itself");
}

TEST_F(Groups, ARootAroundEverythingIsNoGroup) {
  made("model.embed", 40).made("model.layers.0.mlp", 30).made("model.norm", 30).end();
  EXPECT_THAT(ModuleGroups(analysis_, 10).labels(),
              ElementsAre("model.embed", "model.layers.*", "model.norm", "other modules", "no module"));
}

TEST_F(Groups, TheSmallestAreOtherModules) {
  made("a", 10).made("b", 30).made("c", 20).made("d", 40).end();
  EXPECT_THAT(ModuleGroups(analysis_, 2).labels(), ElementsAre("b", "d", "other modules", "no module"));
  EXPECT_EQ(group_of(0, 2), "other modules");
  EXPECT_EQ(group_of(3, 2), "d");
}

TEST_F(Groups, WhatIsShortCountsByItsHeightAtThePeak) {
  made("a", 60).made("b", 50).made("c", 40).made_and_freed("loss", 300).end();
  EXPECT_THAT(ModuleGroups(analysis_, 2).labels(), ElementsAre("a", "loss", "other modules", "no module"));
}

TEST_F(Groups, OutsideEveryModuleTheNameOfATensorSaysWhereItBelongs) {
  made("wte", 10).named("wte.weight", 30).named("h.3.ln.weight", 20).named("scale", 4).made("", 5).end();
  EXPECT_EQ(group_of(1), "wte");
  EXPECT_EQ(group_of(2), "h.*");
  EXPECT_EQ(group_of(3), "no module") << "its name has no path";
  EXPECT_EQ(group_of(4), "no module");
}

TEST_F(Groups, GradientsAndStatesOfAParameterBelongToItsModule) {
  named("wte.weight", 300).named("wte.weight.exp_avg", 300).named("head.weight", 10).end();
  EXPECT_THAT(ModuleGroups(analysis_, 10).labels(), ElementsAre("wte", "head", "other modules", "no module"))
      << "a parameter is no part of the model, although it covers more than half";
  EXPECT_EQ(group_of(1), "wte");
}

TEST(ModuleGroups, OfATraceWithoutModulesAreTwo) {
  EXPECT_THAT(ModuleGroups(analyse(Trace{}), 10).labels(), ElementsAre("other modules", "no module"));
}

}  // namespace
}  // namespace profile_train
