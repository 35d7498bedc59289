#include <beamnode/etf/iodata.hpp>

#include "work_stack.hpp"

namespace beamnode::etf {
namespace {

std::string what_it_consists_of() { return "a byte, a binary or a list of them"; }

class iodata_reader {
 public:
  iodata_reader(reader& in, byte_buffer& out) noexcept : in_(in), out_(out) {}

  void read() {
    read_binary_or_list();
    while (!left_.empty() && in_.ok()) {
      if (left_.back() == 0) {
        left_.pop();
        read_binary_or_list();  // the tail
      } else {
        --left_.back();
        read_element();
      }
    }
  }

 private:
  void read_element() {
    if (in_.peek() != kind::integer) return read_binary_or_list();
    const std::uint8_t* const at = in_.position();
    const std::uint64_t byte = in_.read_unsigned();
    if (in_.ok() && byte <= 0xFF) return out_.append(static_cast<std::uint8_t>(byte));
    in_.fail_at(
        at, errc::out_of_range, +[] { return std::string("a byte, 0 to 255"); });
  }

  void read_binary_or_list() {
    switch (in_.peek()) {
      case kind::bit_string: return out_.append(in_.read_binary());
      case kind::nil:
      case kind::list: {
        const list_header list = in_.read_list();
        out_.append(list.string);
        if (list.length != 0 && !list.is_string) left_.push(list.length);
        return;
      }
      default: return in_.fail_expecting(kind::none, what_it_consists_of);
    }
  }

  reader& in_;
  byte_buffer& out_;
  work_stack<std::size_t> left_;
};

}  // namespace

iodata codec<iodata>::decode(reader& r) {
  iodata value;
  iodata_reader{r, value.bytes}.read();
  if (!r.ok()) value.bytes.clear();
  return value;
}

}  // namespace beamnode::etf
