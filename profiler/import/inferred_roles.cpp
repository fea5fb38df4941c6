#include "profiler/import/inferred_roles.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace profile_train::import {
namespace {

/// What LibTorch gives cuBLAS to work in, 32 MiB from compute capability 9.0 on and 8 MiB + 128 KiB before, and
/// cuBLASLt, 1 MiB: where stacks have no frames of C++, their size is what tells them from activations.
constexpr std::array<Bytes, 3> kWorkspaceBytes = {33'554'432, 8'519'680, 1'048'576};

bool is_training(Phase phase) {
  return phase == Phase::forward || phase == Phase::loss || phase == Phase::backward || phase == Phase::recompute;
}

/// Positions at which a phase begins.
class Starts {
 public:
  Starts(const std::vector<Phase>& phases, Phase phase) {
    for (std::size_t i = 0; i < phases.size(); ++i)
      if (phases[i] == phase && (i == 0 || phases[i - 1] != phase)) starts_.push_back(static_cast<std::uint32_t>(i));
  }
  /// The first beginning after a position; Life::kNever if there is none.
  std::uint32_t after(std::uint32_t position) const {
    const auto next = std::upper_bound(starts_.begin(), starts_.end(), position);
    return next == starts_.end() ? Life::kNever : *next;
  }
  std::uint32_t first() const { return starts_.empty() ? Life::kNever : starts_.front(); }
  const std::vector<std::uint32_t>& all() const { return starts_; }

 private:
  std::vector<std::uint32_t> starts_;
};

class Inference {
 public:
  Inference(const std::vector<Life>& lives, const std::vector<Phase>& phases)
      : lives_(lives),
        phases_(phases),
        roles_(lives.size(), Role::none),
        updates_(phases, Phase::optimizer_step),
        forwards_(phases, Phase::forward),
        busy_before_(phases.size() + 1) {
    for (std::size_t i = 0; i < phases.size(); ++i) {
      const bool busy = is_training(phases[i]) || phases[i] == Phase::optimizer_step || phases[i] == Phase::init;
      busy_before_[i + 1] = busy_before_[i] + (busy ? 1 : 0);
    }
  }

  std::vector<Role> run() {
    for (std::size_t i = 0; i < lives_.size(); ++i) roles_[i] = by_life(lives_[i]);
    match_sizes();
    return std::move(roles_);
  }

 private:
  Phase born_in(const Life& life) const { return life.carried_in ? Phase::other : phases_[life.born]; }
  static bool alive_at(const Life& life, std::uint32_t position) {
    return position != Life::kNever && life.born <= position && position < life.died;
  }

  Role by_life(const Life& life) const {
    if (life.workspace) return Role::workspace;
    if (life.carried_in) return Role::none;
    const Phase phase = born_in(life);
    const std::uint32_t update = updates_.after(life.born);
    if (phase == Phase::optimizer_step) return is_kept_by_optimizer(life, update) ? Role::optimizer_state : Role::none;
    const bool survives_updates = update != Life::kNever && alive_at(life, updates_.after(update));
    const bool has_workspace_size =
        std::find(kWorkspaceBytes.begin(), kWorkspaceBytes.end(), life.bytes) != kWorkspaceBytes.end();
    if (is_training(phase) && survives_updates && has_workspace_size) return Role::workspace;
    if (phase == Phase::backward && alive_at(life, update)) return Role::gradient;
    if (phase == Phase::init && alive_at(life, forwards_.after(life.born))) return Role::parameter;
    if (is_batch(life)) return Role::input;
    return Role::none;
  }

  bool is_kept_by_optimizer(const Life& life, std::uint32_t next_update) const {
    if (next_update != Life::kNever) return alive_at(life, next_update);
    return life.died == Life::kNever;
  }

  /// Made outside every phase, or by a data loader, right before a forward pass, and gone before the one after the
  /// next.
  bool is_batch(const Life& life) const {
    const Phase phase = born_in(life);
    if (phase != Phase::other && phase != Phase::data) return false;
    const std::uint32_t forward = forwards_.after(life.born);
    if (!alive_at(life, forward)) return false;
    if (busy_before_[forward] != busy_before_[life.born]) return false;
    const std::uint32_t update = updates_.after(forward);
    const bool is_the_last = update == Life::kNever || updates_.after(update) == Life::kNever;
    return life.died == Life::kNever ? is_the_last && updates_.first() < life.born
                                     : !alive_at(life, updates_.after(update == Life::kNever ? forward : update));
  }

  using Count = std::map<std::pair<std::uint8_t, Bytes>, std::int64_t>;  // by device and size

  /// Gradients that are alive at the update with most of them: there is one for each weight that is trained.
  Count gradients_by_size() const {
    std::vector<std::int64_t> alive(updates_.all().size() + 1);
    for (std::size_t i = 0; i < lives_.size(); ++i)
      if (roles_[i] == Role::gradient) ++alive[index_of_update(lives_[i])];
    const auto most = static_cast<std::size_t>(std::max_element(alive.begin(), alive.end()) - alive.begin());
    Count count;
    for (std::size_t i = 0; i < lives_.size(); ++i)
      if (roles_[i] == Role::gradient && index_of_update(lives_[i]) == most)
        ++count[{lives_[i].device, lives_[i].bytes}];
    return count;
  }
  std::size_t index_of_update(const Life& life) const {
    const auto& all = updates_.all();
    return static_cast<std::size_t>(std::upper_bound(all.begin(), all.end(), life.born) - all.begin());
  }

  /// Weights, and what an optimizer keeps of them, are as large as their gradients. Among blocks that were there before
  /// the history, or that nothing else is known of, sizes are what is left to go by.
  void match_sizes() {
    const Count gradients = gradients_by_size();
    Count missing = gradients;
    for (std::size_t i = 0; i < lives_.size(); ++i)
      if (roles_[i] == Role::parameter) --missing[{lives_[i].device, lives_[i].bytes}];
    take(missing, Role::parameter, [](const Life& life) { return life.died == Life::kNever; });

    const auto is_state = [](Role role) { return role == Role::optimizer_state; };
    if (std::none_of(roles_.begin(), roles_.end(), is_state)) {
      constexpr std::int64_t kMostStates = 2;  // Adam's; others have fewer
      Count states = gradients;
      for (auto& [size, count] : states) count *= kMostStates;
      take(states, Role::optimizer_state, [](const Life& life) { return life.died == Life::kNever; });
    }
    Count carried = gradients;
    take(carried, Role::gradient, [this](const Life& life) {
      return life.died != Life::kNever && life.carried_in && life.died < phases_.size() &&
             (phases_[life.died] == Phase::zero_grad || phases_[life.died] == Phase::backward);
    });
  }

  template <typename Fits>
  void take(Count& wanted, Role role, const Fits& fits) {
    for (std::size_t i = 0; i < lives_.size(); ++i) {
      const Life& life = lives_[i];
      const bool before_training = life.carried_in || (born_in(life) == Phase::other && life.born < forwards_.first());
      if (roles_[i] != Role::none || !before_training || !fits(life)) continue;
      const auto want = wanted.find({life.device, life.bytes});
      if (want == wanted.end() || want->second <= 0) continue;
      --want->second;
      roles_[i] = role;
    }
  }

  const std::vector<Life>& lives_;
  const std::vector<Phase>& phases_;
  std::vector<Role> roles_;
  Starts updates_;
  Starts forwards_;
  std::vector<std::uint32_t> busy_before_;  ///< positions in training phases, init or an update, before each position
};

}  // namespace

std::vector<Role> infer_roles(const std::vector<Life>& lives, const std::vector<Phase>& phases) {
  return Inference(lives, phases).run();
}

}  // namespace profile_train::import
