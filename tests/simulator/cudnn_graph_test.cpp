#include <cudnn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <thread>
#include <vector>

#include "simulator/simulation.h"
#include "tests/simulator/simulated_card.h"

namespace profile_train::simulator {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;

constexpr cudnnStatus_t kOk = CUDNN_STATUS_SUCCESS;
using Descriptor = cudnnBackendDescriptor_t;

Descriptor made(cudnnBackendDescriptorType_t type) {
  Descriptor descriptor = nullptr;
  EXPECT_EQ(cudnnBackendCreateDescriptor(type, &descriptor), kOk);
  return descriptor;
}

cudnnStatus_t set(Descriptor descriptor, cudnnBackendAttributeName_t name, const std::vector<std::int64_t>& values) {
  return cudnnBackendSetAttribute(descriptor, name, CUDNN_TYPE_INT64, static_cast<std::int64_t>(values.size()),
                                  values.data());
}
cudnnStatus_t set(Descriptor descriptor, cudnnBackendAttributeName_t name, const std::vector<Descriptor>& values) {
  return cudnnBackendSetAttribute(descriptor, name, CUDNN_TYPE_BACKEND_DESCRIPTOR,
                                  static_cast<std::int64_t>(values.size()), values.data());
}
template <class Value>
cudnnStatus_t set_one(Descriptor descriptor, cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                      Value value) {
  return cudnnBackendSetAttribute(descriptor, name, type, 1, &value);
}

Descriptor tensor(std::int64_t id, const std::vector<std::int64_t>& dims) {
  const Descriptor result = made(CUDNN_BACKEND_TENSOR_DESCRIPTOR);
  std::vector<std::int64_t> strides(dims.size(), 1);
  for (std::size_t i = dims.size() - 1; i > 0; --i) strides[i - 1] = strides[i] * dims[i];
  set_one(result, CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, CUDNN_DATA_BFLOAT16);
  set(result, CUDNN_ATTR_TENSOR_DIMENSIONS, dims);
  set(result, CUDNN_ATTR_TENSOR_STRIDES, strides);
  set(result, CUDNN_ATTR_TENSOR_UNIQUE_ID, std::vector<std::int64_t>{id});
  EXPECT_EQ(cudnnBackendFinalize(result), kOk);
  return result;
}

Descriptor finalized_graph(const std::vector<Descriptor>& operations) {
  const Descriptor graph = made(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
  set(graph, CUDNN_ATTR_OPERATIONGRAPH_OPS, operations);
  EXPECT_EQ(cudnnBackendFinalize(graph), kOk);
  return graph;
}

/// A 3 × 3 convolution of 8 images with 64 channels.
Descriptor convolution_graph() {
  const Descriptor how = made(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
  set(how, CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, std::vector<std::int64_t>{2});
  for (const auto name :
       {CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, CUDNN_ATTR_CONVOLUTION_DILATIONS}) {
    set(how, name, std::vector<std::int64_t>{1, 1});
  }
  EXPECT_EQ(cudnnBackendFinalize(how), kOk);
  const Descriptor operation = made(CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR);
  set(operation, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, std::vector{tensor(1, {8, 64, 56, 56})});
  set(operation, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, std::vector{tensor(2, {64, 64, 3, 3})});
  set(operation, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, std::vector{tensor(3, {8, 64, 56, 56})});
  set(operation, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, std::vector{how});
  EXPECT_EQ(cudnnBackendFinalize(operation), kOk);
  return finalized_graph({operation});
}

Descriptor matmul(Descriptor a, Descriptor b, Descriptor c) {
  const Descriptor operation = made(CUDNN_BACKEND_OPERATION_MATMUL_DESCRIPTOR);
  set(operation, CUDNN_ATTR_OPERATION_MATMUL_ADESC, std::vector{a});
  set(operation, CUDNN_ATTR_OPERATION_MATMUL_BDESC, std::vector{b});
  set(operation, CUDNN_ATTR_OPERATION_MATMUL_CDESC, std::vector{c});
  EXPECT_EQ(cudnnBackendFinalize(operation), kOk);
  return operation;
}

/// The engine configuration that the heuristics recommend.
Descriptor recommended(Descriptor graph) {
  const Descriptor heuristics = made(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
  set(heuristics, CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, std::vector{graph});
  set_one(heuristics, CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, CUDNN_HEUR_MODE_A);
  EXPECT_EQ(cudnnBackendFinalize(heuristics), kOk);
  std::int64_t count = 0;
  EXPECT_EQ(cudnnBackendGetAttribute(heuristics, CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_TYPE_BACKEND_DESCRIPTOR, 0,
                                     &count, nullptr),
            kOk);
  EXPECT_EQ(count, 1);
  Descriptor config = made(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
  EXPECT_EQ(cudnnBackendGetAttribute(heuristics, CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1,
                                     &count, &config),
            kOk);
  return config;
}

Descriptor plan_of(Descriptor graph) {
  const Descriptor plan = made(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
  set(plan, CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, std::vector{recommended(graph)});
  EXPECT_EQ(cudnnBackendFinalize(plan), kOk);
  return plan;
}

std::int64_t number(Descriptor descriptor, cudnnBackendAttributeName_t name) {
  std::int64_t value = -1;
  std::int64_t count = -1;
  EXPECT_EQ(cudnnBackendGetAttribute(descriptor, name, CUDNN_TYPE_INT64, 1, &count, &value), kOk);
  EXPECT_EQ(count, 1);
  return value;
}

class CudnnGraph : public testing::Test {
 protected:
  static void SetUpTestSuite() { simulate(); }
};

TEST_F(CudnnGraph, AttributesReadBackAsTheyWereSet) {
  const Descriptor x = tensor(7, {8, 64, 56, 56});
  std::array<std::int64_t, 8> dims{};
  std::int64_t count = 0;
  ASSERT_EQ(cudnnBackendGetAttribute(x, CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_INT64, 8, &count, dims.data()), kOk);
  EXPECT_EQ(count, 4);
  EXPECT_THAT(dims, ElementsAre(8, 64, 56, 56, 0, 0, 0, 0));
  EXPECT_EQ(number(x, CUDNN_ATTR_TENSOR_UNIQUE_ID), 7);
  ASSERT_EQ(cudnnBackendGetAttribute(x, CUDNN_ATTR_TENSOR_VECTOR_COUNT, CUDNN_TYPE_INT64, 1, &count, dims.data()), kOk);
  EXPECT_EQ(count, 0);  // never set
  EXPECT_EQ(cudnnBackendGetAttribute(x, CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_FLOAT, 1, &count, dims.data()),
            CUDNN_STATUS_BAD_PARAM_ATTRIBUTE_TYPE);
}

TEST_F(CudnnGraph, AFinalizedDescriptorDoesNotChangeAndAnUnfinishedOneIsNotUsed) {
  const Descriptor x = made(CUDNN_BACKEND_TENSOR_DESCRIPTOR);
  EXPECT_EQ(cudnnBackendFinalize(x), CUDNN_STATUS_BAD_PARAM);  // nothing is set
  std::array<char, 256> text{};
  cudnnGetLastErrorString(text.data(), text.size());
  EXPECT_STREQ(text.data(), "cudnnBackendFinalize: CUDNN_ATTR_TENSOR_DATA_TYPE is not set");

  const Descriptor operation = made(CUDNN_BACKEND_OPERATION_MATMUL_DESCRIPTOR);
  EXPECT_EQ(set(operation, CUDNN_ATTR_OPERATION_MATMUL_ADESC, std::vector{x}), CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED);
  const Descriptor y = tensor(1, {2, 3});
  EXPECT_EQ(set(y, CUDNN_ATTR_TENSOR_UNIQUE_ID, std::vector<std::int64_t>{2}), CUDNN_STATUS_BAD_PARAM);
  EXPECT_EQ(set(operation, CUDNN_ATTR_OPERATION_MATMUL_ADESC, std::vector{y}), kOk);
}

TEST_F(CudnnGraph, ADestroyedDescriptorIsUnknownButLivesOnInWhatHoldsIt) {
  const Descriptor graph = convolution_graph();
  const Descriptor config = recommended(graph);
  ASSERT_EQ(cudnnBackendDestroyDescriptor(graph), kOk);
  EXPECT_EQ(cudnnBackendDestroyDescriptor(graph), CUDNN_STATUS_BAD_PARAM);
  EXPECT_EQ(cudnnBackendFinalize(graph), CUDNN_STATUS_BAD_PARAM);

  Descriptor engine = made(CUDNN_BACKEND_ENGINE_DESCRIPTOR);
  std::int64_t count = 0;
  ASSERT_EQ(
      cudnnBackendGetAttribute(config, CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &count, &engine),
      kOk);
  EXPECT_EQ(count, 1);
  EXPECT_EQ(number(engine, CUDNN_ATTR_ENGINE_GLOBAL_INDEX), 0);
  ASSERT_EQ(cudnnBackendGetAttribute(engine, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE, 10, &count,
                                     nullptr),
            kOk);
  EXPECT_EQ(count, 0);
  EXPECT_EQ(number(config, CUDNN_ATTR_ENGINECFG_WORKSPACE_SIZE), 0);
}

TEST_F(CudnnGraph, ADescriptorIsOnlyReadIntoOneOfItsType) {
  const Descriptor config = recommended(convolution_graph());
  Descriptor wrong = made(CUDNN_BACKEND_TENSOR_DESCRIPTOR);
  std::int64_t count = 0;
  EXPECT_EQ(
      cudnnBackendGetAttribute(config, CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &count, &wrong),
      CUDNN_STATUS_BAD_PARAM_DESCRIPTOR_TYPE);
}

TEST_F(CudnnGraph, APlanRunsAsOneLaunch) {
  cudnnHandle_t handle = nullptr;
  ASSERT_EQ(cudnnCreate(&handle), kOk);
  const Descriptor plan = plan_of(convolution_graph());
  const Descriptor pack = made(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
  set(pack, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, std::vector<std::int64_t>{1, 2, 3});
  const std::array<void*, 3> pointers{};
  cudnnBackendSetAttribute(pack, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, 3, pointers.data());
  EXPECT_EQ(cudnnBackendExecute(handle, plan, pack), CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED);
  ASSERT_EQ(cudnnBackendFinalize(pack), kOk);

  const std::uint64_t before = simulation().launches.total();
  EXPECT_EQ(cudnnBackendExecute(handle, plan, pack), kOk);
  EXPECT_EQ(simulation().launches.total(), before + 1);
  EXPECT_EQ(cudnnBackendExecute(handle, pack, plan), CUDNN_STATUS_BAD_PARAM_DESCRIPTOR_TYPE);
  cudnnDestroy(handle);
  EXPECT_EQ(cudnnBackendExecute(handle, plan, pack), CUDNN_STATUS_BAD_PARAM);
  EXPECT_EQ(simulation().launches.total(), before + 1);
}

TEST_F(CudnnGraph, AWorkspaceThatNobodyMeasuredIsNamedByItsConvolution) {
  EXPECT_EQ(number(plan_of(convolution_graph()), CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE), 0);
  EXPECT_THAT(simulation().coverage.memory_not_included(),
              Contains(Field(&Coverage::Counted::what,
                             "cuDNN's convolution forward workspace, bf16, such as x 8x64x56x56 w 64x64x3x3 pad 1x1 "
                             "stride 1x1 dilation 1x1 (no entry for h200, cudnn 9.19.0)")));
}

TEST_F(CudnnGraph, AGraphOfTwoProductsIsAttention) {
  const Descriptor queries = tensor(1, {2, 12, 1024, 64});
  const Descriptor keys = tensor(2, {2, 4, 64, 2048});  // transposed; fewer heads, longer
  const Descriptor values = tensor(3, {2, 4, 2048, 64});
  const Descriptor scores = tensor(4, {2, 12, 1024, 2048});
  const Descriptor output = tensor(5, {2, 12, 1024, 64});
  number(plan_of(finalized_graph({matmul(queries, keys, scores), matmul(scores, values, output)})),
         CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE);
  EXPECT_THAT(
      simulation().coverage.memory_not_included(),
      Contains(Field(&Coverage::Counted::what, HasSubstr("attention forward workspace, bf16, such as B 2 a 12/4 S "
                                                         "1024/2048 D 64 (no entry"))));
}

TEST_F(CudnnGraph, ThreadsBuildPlansFromOneGraph) {
  const Descriptor graph = convolution_graph();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([graph] {
      for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(number(plan_of(graph), CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE), 0);
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace profile_train::simulator
