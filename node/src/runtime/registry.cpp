#include "runtime/shard.hpp"

namespace beamnode::runtime {

shard::shard(etf::atom node, std::uint32_t creation, remote& outside, logger log)
    : node_(node), creation_(creation), outside_(outside), log_(std::move(log)) {}

shard::~shard() {
  // Destructors in frames may still use `self`, so the shard is whole while they run.
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (process_state* const p = slots_[i].process; p != nullptr) {
      p->state = run_state::running;
      p->body.reset();
    }
  }
  for (slot& s : slots_) delete s.process;
}

process_state& shard::create(const etf::pid& group_leader) {
  std::uint32_t index = 0;
  if (free_slots_.empty()) {
    index = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    index = free_slots_.back();
    free_slots_.pop_back();
  }
  slot& s = slots_[index];
  s.process = new process_state(*this, index + 1, s.serial);
  s.process->group_leader_pid = group_leader;
  ++live_;
  return *s.process;
}

void shard::start(process_state& p, task<> body) {
  p.body = std::move(body);
  p.resume_point = p.body.handle();
  p.state = run_state::waiting;
  make_runnable(p);
}

process_state* shard::find(etf::atom name) noexcept {
  const auto found = names_.find(name);
  return found == names_.end() || found->second->exit_reason ? nullptr : found->second;
}

bool shard::is_free(etf::atom name) const noexcept {
  return name != etf::atom{} && name != etf::atom("undefined") && !names_.contains(name);
}

bool shard::register_name(etf::atom name, process_state& p) {
  if (p.name != etf::atom{} || !is_free(name)) return false;
  names_.emplace(name, &p);
  p.name = name;
  return true;
}

bool shard::unregister_name(etf::atom name) {
  const auto found = names_.find(name);
  if (found == names_.end()) return false;
  found->second->name = {};
  names_.erase(found);
  return true;
}

etf::reference shard::make_reference(process_state& owner) {
  const etf::reference ref = make_reference();
  owner.inbox.mark(last_reference_);
  return ref;
}

std::uint64_t shard::number_of(const etf::reference& ref) noexcept {
  return ref.words[0] | std::uint64_t{ref.words[1]} << 18U | std::uint64_t{ref.words[2]} << 50U;
}

etf::reference shard::make_reference() noexcept {
  // Three words, the first below 2^18: what every release accepts from other nodes.
  const std::uint64_t n = ++last_reference_;
  etf::reference ref{.node = node_, .creation = creation_, .words = {}, .count = 3};
  ref.words[0] = static_cast<std::uint32_t>(n & 0x3FFFFU);
  ref.words[1] = static_cast<std::uint32_t>(n >> 18U);
  ref.words[2] = static_cast<std::uint32_t>(n >> 50U);
  return ref;
}

}  // namespace beamnode::runtime
