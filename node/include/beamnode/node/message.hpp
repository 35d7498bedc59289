#pragma once
/// A message in a mailbox: bytes until someone asks for a type.

#include <beamnode/node/terms.hpp>

#include <memory>
#include <optional>
#include <span>

namespace beamnode {

namespace runtime {
struct envelope;
struct envelope_deleter {
  void operator()(envelope* e) const noexcept;
};
using envelope_ptr = std::unique_ptr<envelope, envelope_deleter>;
}  // namespace runtime

/// One encoded term, checked to be well formed when it arrived. Owned: views into it live as long
/// as it does. Move-only. Large binaries of a large message are not copied into the terms that it
/// is read as: they keep what the message came in alive.
class message {
 public:
  message() noexcept = default;
  explicit message(runtime::envelope_ptr content) noexcept : content_(std::move(content)) {}
  /// A copy of one encoded term (no version byte) and of the atoms its cache references name. Where
  /// a reader of the term has a buffer(), a large term that is most of it stays in it.
  static message copy_of(bytes_view term, std::span<const atom> atom_refs = {},
                         const etf::shared_buffer* buffer = nullptr);

  [[nodiscard]] bytes_view bytes() const noexcept;
  [[nodiscard]] std::span<const atom> atom_refs() const noexcept;
  [[nodiscard]] etf::reader read() const noexcept {
    return etf::reader{bytes(), atom_refs(), buffer()};
  }
  [[nodiscard]] explicit operator bool() const noexcept { return content_ != nullptr; }

  /// The message as a T, or nothing when it is of another shape.
  template <class T> [[nodiscard]] std::optional<T> as() const {
    etf::reader r = read();
    std::optional<T> value{etf::codec<T>::decode(r)};
    if (!r.ok() || !r.at_end()) value.reset();
    return value;
  }
  /// The message as a T, or the sentence that says why it is none.
  template <class T> [[nodiscard]] etf::result<T> decode() const {
    etf::reader r = read();
    T value = etf::codec<T>::decode(r);
    if (!r.ok()) return etf::detail::explain<T>(read(), r);
    if (!r.at_end()) return etf::error{etf::errc::trailing_bytes, r.offset()};
    return value;
  }

  [[nodiscard]] runtime::envelope* release() noexcept { return content_.release(); }

 private:
  [[nodiscard]] const etf::shared_buffer* buffer() const noexcept;

  runtime::envelope_ptr content_;
};

}  // namespace beamnode

/// A message sent on, as it is.
template <> struct beamnode::etf::codec<beamnode::message> {
  static void encode(writer& w, const message& m) { w.write_encoded(m.bytes(), m.atom_refs()); }
  static message decode(reader& r) {
    const bytes_view whole = r.skip();
    return message::copy_of(whole, r.atom_refs(), r.buffer());
  }
};
