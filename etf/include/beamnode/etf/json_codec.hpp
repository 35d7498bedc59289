#pragma once
/// nlohmann::json and nlohmann::ordered_json as C++ types like others: in messages, as members of
/// your structs, in calls. This header needs the library (3.11 or later), which your program brings
/// itself; nothing else of beamnode does.
///
/// Written as from_json() makes terms of a text (null is nil), read as to_json() writes them: see
/// json.hpp, plain. Integers beyond 64 bits are refused (out_of_range), as the type has none, and
/// byte strings of the type's own (json::binary()) are written as binaries. Of a key that stands
/// twice in a map as text (1 and <<"1">>) the later one counts.
///
/// Values may be nested as deep as memory allows; so may terms.

#include <beamnode/etf/codec.hpp>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace beamnode::etf {

namespace detail {

bool is_utf8(std::string_view text) noexcept;
std::string read_json_key(reader& r);
bool next_is_json_struct_name(const reader& r);

template <class Json> class json_value_writer {
 public:
  explicit json_value_writer(writer& w) noexcept : out_(w) {}

  void write(const Json& root) {
    begin(root);
    while (!open_.empty() && out_.ok()) {
      const Json* const of = open_.back().of;
      const typename Json::const_iterator next = open_.back().next;
      if (next == of->end()) {
        if (of->is_array()) out_.write_nil();
        open_.pop_back();
        continue;
      }
      ++open_.back().next;
      if (of->is_object()) out_.write_text(next.key());
      begin(*next);
    }
  }

 private:
  struct unfinished {
    const Json* of;
    typename Json::const_iterator next;
  };

  void begin(const Json& value) {
    using type = typename Json::value_t;
    switch (value.type()) {
      case type::null:
      case type::discarded: return write_nil_atom(out_);
      case type::boolean: return write_bool(out_, value.template get<bool>());
      case type::number_integer: return out_.write_integer(value.template get<std::int64_t>());
      case type::number_unsigned: return out_.write_unsigned(value.template get<std::uint64_t>());
      case type::number_float: return out_.write_float(value.template get<double>());
      case type::string:
        return out_.write_text(value.template get_ref<const typename Json::string_t&>());
      case type::binary: return out_.write_binary(bytes_view(value.get_binary()));
      case type::array:
        if (value.empty()) return out_.write_nil();
        out_.write_list(value.size());
        break;
      case type::object: out_.write_map(value.size()); break;
    }
    open_.push_back({&value, value.begin()});
  }

  writer& out_;
  std::vector<unfinished> open_;
};

template <class Json> class json_value_reader {
 public:
  explicit json_value_reader(reader& r) noexcept : in_(r) {}

  Json read() {
    Json root;
    begin(root);
    while (!open_.empty() && in_.ok()) next(open_.back());
    return in_.ok() ? std::move(root) : Json{};
  }

 private:
  struct unfinished {
    Json* into;
    std::size_t left;
  };

  void next(unfinished& of) {
    Json& into = *of.into;
    if (of.left == 0) {
      if (into.is_array()) {
        const list_header more = in_.read_list_end();
        add(into, more.string);
        if (more.length != 0 && !more.is_string) {
          of.left = more.length;
          return;
        }
      }
      open_.pop_back();
      return;
    }
    --of.left;
    if (into.is_array()) {
      into.push_back(nullptr);
      begin(into.back());
    } else if (next_is_json_struct_name(in_)) {
      in_.skip();
      in_.skip();
    } else {
      std::string key = read_json_key(in_);
      if (in_.ok()) begin(into[std::move(key)] = nullptr);
    }
  }

  static void add(Json& array, bytes_view bytes) {
    for (const std::uint8_t byte : bytes) array.push_back(byte);
  }

  void begin(Json& value) {
    switch (in_.peek()) {
      case kind::integer: return read_integer(value);
      case kind::floating: value = in_.read_float(); return;
      case kind::atom: return read_atom(value);
      case kind::bit_string: return read_text(value);
      case kind::nil:
      case kind::list: {
        value = Json::array();
        const list_header list = in_.read_list();
        add(value, list.string);
        if (list.length != 0 && !list.is_string) open_.push_back({&value, list.length});
        return;
      }
      case kind::map:
        value = Json::object();
        open_.push_back({&value, in_.read_map()});
        return;
      default:
        in_.fail_expecting(
            kind::none, +[] { return std::string("what JSON can hold"); });
    }
  }

  void read_integer(Json& value) {
    reader ahead = in_;
    value = ahead.read_integer();
    if (ahead.ok()) {
      in_ = ahead;
    } else {
      value = in_.read_unsigned();
    }
  }
  void read_atom(Json& value) {
    if (take_nil_atom(in_)) return;
    const atom name = in_.read_atom();
    if (name.text() == "true" || name.text() == "false") {
      value = name.text() == "true";
    } else if (name.text() != "null" && in_.ok()) {
      value = std::string(name.text());
    }
  }
  void read_text(Json& value) {
    const std::uint8_t* const at = in_.position();
    const std::string_view text = as_text(in_.read_binary());
    if (!is_utf8(text)) in_.fail_at(at, errc::invalid_utf8);
    if (in_.ok()) value = std::string(text);
  }

  reader& in_;
  std::vector<unfinished> open_;
};

}  // namespace detail

template <template <class, class, class...> class Object, template <class, class...> class Array,
          class String, class Boolean, class Integer, class Unsigned, class Float,
          template <class> class Allocator, template <class, class = void> class Serializer,
          class Binary>
struct codec<nlohmann::basic_json<Object, Array, String, Boolean, Integer, Unsigned, Float,
                                  Allocator, Serializer, Binary>> {
  using json = nlohmann::basic_json<Object, Array, String, Boolean, Integer, Unsigned, Float,
                                    Allocator, Serializer, Binary>;
  static void encode(writer& w, const json& value) {
    detail::json_value_writer<json>{w}.write(value);
  }
  static json decode(reader& r) { return detail::json_value_reader<json>{r}.read(); }
};

}  // namespace beamnode::etf
