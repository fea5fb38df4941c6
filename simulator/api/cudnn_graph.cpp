// cuDNN: the graph API. The program describes a graph, asks which engines can run it, makes a plan with one of them and
// executes that. Here every graph has one engine.

#include <algorithm>
#include <cstring>

#include "simulator/api/cudnn_graph_descriptor.h"
#include "simulator/api/cudnn_objects.h"
#include "simulator/entry_point.h"
#include "simulator/simulation.h"

using namespace profile_train::simulator;
using cudnn::fail;
using cudnn::GraphDescriptor;

namespace {

// Descriptors that other descriptors hold are shared and unchangeable; the table's own change until finalized, under
// its lock.
using Shared = std::shared_ptr<GraphDescriptor>;

HandleTable<Shared>& descriptors() { return simulation().descriptors.of<Shared>(); }

cudnnStatus_t null_pointer(const char* call) {
  return fail(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, fmt::format("{}: a null pointer", call));
}
cudnnStatus_t not_finalized(const char* call) {
  return fail(CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED, fmt::format("{}: a descriptor is not finalized", call));
}

Handle element(const void* elements, std::int64_t index) {
  Handle handle = 0;
  std::memcpy(&handle, static_cast<const char*>(elements) + index * static_cast<std::int64_t>(sizeof handle),
              sizeof handle);
  return handle;
}

enum class Purpose { comparing, running };

/// What a plan of the graph needs while it runs.
std::int64_t workspace_bytes(const GraphDescriptor* config, Purpose purpose) {
  const GraphDescriptor* const engine = config == nullptr ? nullptr : config->child(CUDNN_ATTR_ENGINECFG_ENGINE);
  const GraphDescriptor* const graph = engine == nullptr ? nullptr : engine->child(CUDNN_ATTR_ENGINE_OPERATION_GRAPH);
  if (graph == nullptr) return 0;
  const cudnn::GraphKey key = cudnn::key_of(*graph);
  const std::string operation = key.operation + " workspace";
  const std::uint64_t bytes = purpose == Purpose::running
                                  ? cudnn::measured_bytes(operation, key.dtype, key.shape)
                                  : cudnn::known_bytes(operation, key.dtype, key.shape).value_or(0);
  return static_cast<std::int64_t>(bytes);
}

/// The one engine of a graph.
Shared engine_of(std::shared_ptr<const GraphDescriptor> graph) {
  auto engine = std::make_shared<GraphDescriptor>();
  engine->type = CUDNN_BACKEND_ENGINE_DESCRIPTOR;
  engine->attributes[CUDNN_ATTR_ENGINE_OPERATION_GRAPH] = {CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, {}, {std::move(graph)}};
  engine->attributes[CUDNN_ATTR_ENGINE_GLOBAL_INDEX] = {
      CUDNN_TYPE_INT64, 1, std::string(sizeof(std::int64_t), '\0'), {}};
  engine->finalized = true;
  return engine;
}

Shared engine_config_of(std::shared_ptr<const GraphDescriptor> graph) {
  auto config = std::make_shared<GraphDescriptor>();
  config->type = CUDNN_BACKEND_ENGINECFG_DESCRIPTOR;
  config->attributes[CUDNN_ATTR_ENGINECFG_ENGINE] = {
      CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, {}, {engine_of(std::move(graph))}};
  config->finalized = true;
  return config;
}

/// Where the answer goes that cudnnBackendGetAttribute() gives.
struct Answer {
  cudnnBackendAttributeType_t type;
  std::int64_t requested;
  std::int64_t* count;
  void* elements;

  cudnnStatus_t none() const {
    if (count != nullptr) *count = 0;
    return CUDNN_STATUS_SUCCESS;
  }
  cudnnStatus_t bytes(std::int64_t available, const std::string& values) const {
    if (count != nullptr) *count = available;
    const auto wanted = static_cast<std::size_t>(std::max<std::int64_t>(requested, 0)) * cudnn::element_bytes(type);
    if (elements != nullptr) std::memcpy(elements, values.data(), std::min(wanted, values.size()));
    return CUDNN_STATUS_SUCCESS;
  }
  cudnnStatus_t number(std::int64_t value) const {
    return bytes(1, {reinterpret_cast<const char*>(&value), cudnn::element_bytes(type)});  // little-endian
  }
  /// Into descriptors that the program made for them.
  cudnnStatus_t descriptors_of(const std::vector<std::shared_ptr<const GraphDescriptor>>& values) const {
    if (count != nullptr) *count = static_cast<std::int64_t>(values.size());
    if (elements == nullptr) return CUDNN_STATUS_SUCCESS;
    const auto filled = std::min(static_cast<std::int64_t>(values.size()), requested);
    for (std::int64_t i = 0; i < filled; ++i) {
      const auto& value = values[static_cast<std::size_t>(i)];
      bool fits = false;
      const bool known = descriptors().change(element(elements, i), [&](Shared& made) {
        fits = made->type == value->type;
        if (fits) made = std::make_shared<GraphDescriptor>(*value);
      });
      if (!known) return cudnn::unknown_object("cudnnBackendGetAttribute");
      if (!fits)
        return fail(CUDNN_STATUS_BAD_PARAM_DESCRIPTOR_TYPE, "cudnnBackendGetAttribute: another type of descriptor");
    }
    return CUDNN_STATUS_SUCCESS;
  }
};

/// What cuDNN itself knows of a descriptor, beyond what the program set. None: nothing.
std::optional<cudnnStatus_t> answer_of_library(const GraphDescriptor& descriptor, cudnnBackendAttributeName_t name,
                                               const Answer& answer) {
  // What a kernel may use without asking for more; programs only compare it with a limit of their own.
  constexpr std::int64_t kSharedMemoryBytes = 49152;
  switch (name) {
    case CUDNN_ATTR_ENGINEHEUR_RESULTS: {
      const auto* const graph = descriptor.find(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH);
      if (graph == nullptr || graph->descriptors.empty()) return answer.none();
      return answer.descriptors_of({engine_config_of(graph->descriptors.front())});
    }
    case CUDNN_ATTR_OPERATIONGRAPH_ENGINE_GLOBAL_COUNT: return answer.number(1);
    case CUDNN_ATTR_ENGINECFG_SHARED_MEMORY_USED: return answer.number(kSharedMemoryBytes);
    case CUDNN_ATTR_ENGINECFG_WORKSPACE_SIZE: return answer.number(workspace_bytes(&descriptor, Purpose::comparing));
    case CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE:
      return answer.number(
          workspace_bytes(descriptor.child(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG), Purpose::running));
    default: return std::nullopt;
  }
}

}  // namespace

SIMULATED cudnnStatus_t cudnnBackendCreateDescriptor(cudnnBackendDescriptorType_t type,
                                                     cudnnBackendDescriptor_t* descriptor) {
  if (descriptor == nullptr) return null_pointer(__func__);
  if (type < CUDNN_BACKEND_POINTWISE_DESCRIPTOR || type > CUDNN_BACKEND_OPERATION_SDPA_BWD_DESCRIPTOR) {
    return fail(CUDNN_STATUS_NOT_SUPPORTED,
                fmt::format("{}: no descriptors of type {}", __func__, static_cast<int>(type)));
  }
  auto made = std::make_shared<GraphDescriptor>();
  made->type = type;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): never looked behind
  *descriptor = reinterpret_cast<cudnnBackendDescriptor_t>(descriptors().create(std::move(made)));
  return CUDNN_STATUS_SUCCESS;
}

SIMULATED cudnnStatus_t cudnnBackendDestroyDescriptor(cudnnBackendDescriptor_t descriptor) {
  return descriptors().destroy(cudnn::handle_of(descriptor)) ? CUDNN_STATUS_SUCCESS : cudnn::unknown_object(__func__);
}

SIMULATED cudnnStatus_t cudnnBackendSetAttribute(cudnnBackendDescriptor_t descriptor, cudnnBackendAttributeName_t name,
                                                 cudnnBackendAttributeType_t type, int64_t count,
                                                 const void* elements) {
  const std::size_t size = cudnn::element_bytes(type);
  if (size == 0) return fail(CUDNN_STATUS_BAD_PARAM_ATTRIBUTE_TYPE, "cudnnBackendSetAttribute: no such type");
  if (count < 0 || (count > 0 && elements == nullptr)) return null_pointer(__func__);

  GraphDescriptor::Attribute attribute{.type = type, .count = count, .bytes = {}, .descriptors = {}};
  if (type == CUDNN_TYPE_BACKEND_DESCRIPTOR) {
    for (std::int64_t i = 0; i < count; ++i) {
      const auto child = descriptors().find(element(elements, i));
      if (!child) return cudnn::unknown_object(__func__);
      if (!(*child)->finalized) return not_finalized(__func__);
      attribute.descriptors.push_back(*child);
    }
  } else {
    attribute.bytes.assign(static_cast<const char*>(elements), static_cast<std::size_t>(count) * size);
  }
  if (type == CUDNN_TYPE_HANDLE && count > 0) {
    const Handle library = element(elements, 0);
    if (!cudnn::table(cudnnHandle_t{}).find(library)) return cudnn::unknown_object(__func__);
  }

  bool finalized = false;
  const bool known = descriptors().change(cudnn::handle_of(descriptor), [&](Shared& found) {
    finalized = found->finalized;
    if (!finalized) found->attributes[name] = std::move(attribute);
  });
  if (!known) return cudnn::unknown_object(__func__);
  if (finalized) return fail(CUDNN_STATUS_BAD_PARAM, "cudnnBackendSetAttribute: the descriptor is finalized already");
  return CUDNN_STATUS_SUCCESS;
}

SIMULATED cudnnStatus_t cudnnBackendFinalize(cudnnBackendDescriptor_t descriptor) {
  const char* missing = nullptr;
  const bool known = descriptors().change(cudnn::handle_of(descriptor), [&](Shared& found) {
    missing = cudnn::missing_attribute(*found);
    found->finalized = found->finalized || missing == nullptr;
  });
  if (!known) return cudnn::unknown_object(__func__);
  if (missing == nullptr) return CUDNN_STATUS_SUCCESS;
  return fail(CUDNN_STATUS_BAD_PARAM, fmt::format("{}: {} is not set", __func__, missing));
}

SIMULATED cudnnStatus_t cudnnBackendGetAttribute(cudnnBackendDescriptor_t const descriptor,
                                                 cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                                                 int64_t requested, int64_t* count, void* elements) {
  const auto found = descriptors().find(cudnn::handle_of(descriptor));
  if (!found) return cudnn::unknown_object(__func__);
  if (!(*found)->finalized) return not_finalized(__func__);
  if (cudnn::element_bytes(type) == 0) {
    return fail(CUDNN_STATUS_BAD_PARAM_ATTRIBUTE_TYPE, "cudnnBackendGetAttribute: no such type");
  }
  const Answer answer{type, requested, count, elements};
  if (const auto status = answer_of_library(**found, name, answer)) return *status;
  const auto* const attribute = (*found)->find(name);
  if (attribute == nullptr) return answer.none();  // engines without notes, knobs and layouts of their own
  if (attribute->type != type) {
    return fail(CUDNN_STATUS_BAD_PARAM_ATTRIBUTE_TYPE, "cudnnBackendGetAttribute: it was set with another type");
  }
  if (type == CUDNN_TYPE_BACKEND_DESCRIPTOR) return answer.descriptors_of(attribute->descriptors);
  return answer.bytes(attribute->count, attribute->bytes);
}

SIMULATED cudnnStatus_t cudnnBackendExecute(cudnnHandle_t handle, cudnnBackendDescriptor_t plan,
                                            cudnnBackendDescriptor_t variant_pack) {
  const auto library = cudnn::find(handle);
  const auto found_plan = descriptors().find(cudnn::handle_of(plan));
  const auto found_pack = descriptors().find(cudnn::handle_of(variant_pack));
  if (!library || !found_plan || !found_pack) return cudnn::unknown_object(__func__);
  if ((*found_plan)->type != CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR ||
      (*found_pack)->type != CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR) {
    return fail(CUDNN_STATUS_BAD_PARAM_DESCRIPTOR_TYPE, "cudnnBackendExecute: needs a plan and a variant pack");
  }
  if (!(*found_plan)->finalized || !(*found_pack)->finalized) return not_finalized(__func__);
  cudnn::launch_on_stream_of(*library);
  return CUDNN_STATUS_SUCCESS;
}
