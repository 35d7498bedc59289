#include "dist/channel.hpp"

#include <beamnode/etf/external.hpp>

#include <string>

#include "dist/header.hpp"

namespace beamnode::dist {
namespace {

using std::chrono::nanoseconds;

/// A tick is answered with one only after this long without a write: two sides that both answer
/// would otherwise keep each other busy for ever.
constexpr std::chrono::seconds echo_silence{1};

/// Length, pass-through byte, version byte.
constexpr std::size_t frame_front = frame_header_size + 2;

error malformed(errc code, std::uint64_t op, const etf::error& cause) {
  std::string detail;
  if (op != 0) {
    detail += op <= UINT8_MAX ? name_of(static_cast<opcode>(op)) : "unknown";
    detail += ", ";
  }
  return error(code, detail + cause.message());
}

/// Takes the version byte in front of a term. errc::none if what follows may be one.
etf::errc strip(bytes_view& terms, bool versioned) {
  if (versioned) {
    if (terms.empty()) return etf::errc::truncated;
    if (terms[0] != etf::version_magic) return etf::errc::bad_version;
    terms = terms.subspan(1);
  }
  return etf::errc::none;
}

bool is_compressed(bytes_view terms) {
  return !terms.empty() && terms[0] == static_cast<std::uint8_t>(etf::tag::compressed);
}

}  // namespace

channel::channel(channel_options options, time_point now)
    : in_(std::min(options.max_frame, longest_frame)),
      bounds_(options.bounds),
      tick_time_(options.tick_time),
      tick_period_(nanoseconds(options.tick_time) / std::max(options.tick_intensity, 1U)),
      last_read_(now),
      last_written_(now),
      tick_due_(now + tick_period_) {}

void channel::commit(std::size_t count, time_point now) noexcept {
  if (count == 0) return;
  in_.commit(count);
  counters_.bytes_in += count;
  last_read_ = now;
}

result<std::optional<channel::event>> channel::next() {
  while (true) {
    const auto frame = in_.next();
    if (!frame) return frame.error();
    if (!*frame) return std::optional<event>{};
    if ((*frame)->empty()) {
      echo_tick();
      continue;
    }
    result<std::optional<event>> received(std::optional<event>{std::in_place});
    if (auto read = read_message(**frame, **received); !read) return read.error();
    ++counters_.messages_in;
    return received;
  }
}

result<void> channel::read_message(bytes_view body, event& into) const {
  const auto frame = open_frame(body);
  if (!frame) return frame.error();
  into.atom_refs = frame->atom_refs;
  bytes_view terms = frame->terms;
  if (const etf::errc wrong = strip(terms, frame->versioned); wrong != etf::errc::none) {
    return malformed(errc::malformed_control, 0, etf::error(wrong));
  }
  if (is_compressed(terms)) return error(errc::compressed_term);
  etf::reader in(terms, frame->atom_refs);
  parse(in, into.control);
  if (!in.ok()) return malformed(errc::malformed_control, 0, in.failure());

  const std::uint64_t op = operation_of(into.control);
  if (op > UINT8_MAX || !has_payload(static_cast<opcode>(op))) return {};
  terms = in.rest();
  if (terms.empty()) {
    return error(errc::payload_missing, std::string(name_of(static_cast<opcode>(op))));
  }
  if (const etf::errc wrong = strip(terms, frame->versioned); wrong != etf::errc::none) {
    return malformed(errc::malformed_payload, op, etf::error(wrong));
  }
  if (is_compressed(terms)) return error(errc::compressed_term);
  const auto payload = etf::validate(terms, bounds_, frame->atom_refs);
  if (!payload) return malformed(errc::malformed_payload, op, payload.error());
  into.payload = terms.first(*payload);
  return {};
}

std::size_t channel::begin_frame() {
  etf::byte_buffer& out = out_.growing();
  const std::size_t frame = out.size();
  std::uint8_t* const front = out.extend(frame_front);
  front[frame_header_size] = pass_through;
  front[frame_header_size + 1] = etf::version_magic;
  return frame;
}

bool channel::end_frame(std::size_t frame, bool good, bytes_view payload) {
  etf::byte_buffer& out = out_.growing();
  const std::size_t control_size = out.size() - frame - frame_header_size;
  if (!good || payload.size() >= longest_frame - control_size) {
    out.truncate(frame);
    return false;
  }
  if (!payload.empty()) {
    out.append(etf::version_magic);
    out.append(payload);
  }
  etf::store_big(out.data() + frame,
                 static_cast<std::uint32_t>(out.size() - frame - frame_header_size));
  ++counters_.messages_out;
  return true;
}

void channel::written(std::size_t count, time_point now) noexcept {
  if (count == 0) return;
  out_.written(count);
  counters_.bytes_out += count;
  last_written_ = now;
  tick_due_ = now + tick_period_;
}

void channel::append_tick() {
  etf::store_big(out_.growing().extend(frame_header_size), std::uint32_t{0});
}

void channel::echo_tick() {
  if (pending_output() == 0 && last_read_ - last_written_ >= echo_silence) append_tick();
}

channel::time_point channel::next_tick() const noexcept {
  return std::min(tick_due_, peer_dead_at());
}

channel::tick_action channel::on_tick(time_point now) {
  if (now >= peer_dead_at()) return tick_action::peer_dead;
  if (now < tick_due_) return tick_action::none;
  tick_due_ = now + tick_period_;
  // Bytes that wait already will do as a sign of life.
  if (pending_output() != 0) return tick_action::none;
  append_tick();
  return tick_action::sent_tick;
}

}  // namespace beamnode::dist
