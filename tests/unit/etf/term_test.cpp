#include <doctest/doctest.h>
#include <beamnode/etf/term.hpp>

#include <cmath>
#include <limits>
#include <map>
#include <thread>
#include <unordered_map>

#include "unit/etf/term_samples.hpp"

using namespace beamnode::etf;
using namespace beamnode::etf::literals;
using namespace beamnode::test;

namespace {

// {a, [1, 2], <<"text">>, #{k => {v}}}
term sample() {
  return bare("6804 770161 6b00020102"_hex, "6d00000004"_hex, "text",
              "7400000001 77016b 6801 770176"_hex);
}

}  // namespace

TEST_CASE("a term that nobody gave a value is the empty list") {
  const term t;
  CHECK(t.is_nil());
  CHECK(t.is_list());
  CHECK(t.type() == kind::nil);
  CHECK(t == bare("6a"_hex));
  CHECK(t.size() == 0);
}

TEST_CASE("an atom is a term by itself") {
  const term t = "ok"_atom;
  CHECK(t.is("ok"_atom));
  CHECK(t == "ok"_atom);
  CHECK(t == term(bare("77026f6b"_hex)));
  CHECK_FALSE(t == "error"_atom);
  CHECK(t.as_atom() == "ok"_atom);
  CHECK(t.type() == kind::atom);
}

TEST_CASE("kinds are told apart") {
  const auto kind_of_bytes = [](const byte_string& bytes) { return bare(bytes).type(); };
  CHECK(kind_of_bytes("6101"_hex) == kind::integer);
  CHECK(kind_of_bytes("6e0900000000000000000001"_hex) == kind::integer);
  CHECK(kind_of_bytes("463ff0000000000000"_hex) == kind::floating);
  CHECK(kind_of_bytes("5a0003 7700 00000001 00000001 00000002 00000003"_hex) == kind::reference);
  CHECK(kind_of_bytes("71770161770162 6101"_hex) == kind::fun);
  CHECK(kind_of_bytes("5977000000000100000002"_hex) == kind::port);
  CHECK(kind_of_bytes("587700000000010000000200000003"_hex) == kind::pid);
  CHECK(kind_of_bytes("6800"_hex) == kind::tuple);
  CHECK(kind_of_bytes("430000000000 770161 770162"_hex) == kind::record);
  CHECK(kind_of_bytes("7400000000"_hex) == kind::map);
  CHECK(kind_of_bytes("6b000161"_hex) == kind::list);
  CHECK(kind_of_bytes("6c00000001 6a 6a"_hex) == kind::list);
  CHECK(kind_of_bytes("6d00000000"_hex) == kind::bit_string);
  CHECK(kind_of_bytes("4d0000000103a0"_hex) == kind::bit_string);
}

TEST_CASE("accessors of another kind give nothing") {
  const term t = bare("6801 6101"_hex);
  CHECK_FALSE(t.as_atom());
  CHECK_FALSE(t.as_int64());
  CHECK_FALSE(t.as_uint64());
  CHECK_FALSE(t.as_big());
  CHECK_FALSE(t.as_double());
  CHECK_FALSE(t.as_text());
  CHECK_FALSE(t.as_bits());
  CHECK_FALSE(t.as_pid());
  CHECK_FALSE(t.as_port());
  CHECK_FALSE(t.as_reference());
  CHECK_FALSE(t.as_external_function());
  CHECK_FALSE(t.as_local_function());
  CHECK_FALSE(t.as_record());
  CHECK_FALSE(t.find("a"_atom));
  CHECK(t.head().is_nil());
  CHECK(t.tail().is_nil());
  CHECK_FALSE(t.is_proper_list());
  for ([[maybe_unused]] const auto& [key, value] : t.pairs()) FAIL("a tuple has no pairs");

  const term number = bare("6101"_hex);
  CHECK(number.size() == 0);
  CHECK(number[0].is_nil());
  CHECK(number.elements().empty());
  CHECK_FALSE(term("a"_atom).as_text());
}

TEST_CASE("integers come out of every width") {
  CHECK(bare("61ff"_hex).as_int64() == 255);
  CHECK(bare("62ffffffff"_hex).as_int64() == -1);
  CHECK(bare("6e04000000 00 80"_hex).as_int64() == 0x8000'0000);
  CHECK(bare("6e0801 0000000000000080"_hex).as_int64() == std::numeric_limits<std::int64_t>::min());
  CHECK_FALSE(bare("6e0800 0000000000000080"_hex).as_int64());
  CHECK(bare("6e0800 0000000000000080"_hex).as_uint64() == std::uint64_t{1} << 63U);
  CHECK(bare("6e0800 ffffffffffffffff"_hex).as_uint64() == ~std::uint64_t{0});
  CHECK_FALSE(bare("6e0801 ffffffffffffffff"_hex).as_uint64());
  CHECK_FALSE(bare("62ffffffff"_hex).as_uint64());
  CHECK_FALSE(bare("6e0900 000000000000000001"_hex).as_uint64());

  const std::optional<big_view> big = bare("6e0901 000000000000000001"_hex).as_big();
  REQUIRE(big);
  CHECK(big->negative);
  CHECK(big->magnitude.size() == 9);
  CHECK_FALSE(bare("6101"_hex).as_big());
}

TEST_CASE("integers have one form, whatever they were encoded as") {
  CHECK(bare("6e0000"_hex) == bare("6100"_hex));
  CHECK(bare("6e0001"_hex) == bare("6100"_hex));
  CHECK(bare("6e0200 0500"_hex) == bare("6105"_hex));
  CHECK(bare("6e0107 05"_hex) == bare("62fffffffb"_hex));
  CHECK(bare("6f0000000100 05"_hex) == bare("6105"_hex));
  CHECK(bare("6e0c00 000000000000000001000000"_hex) == bare("6e0900 000000000000000001"_hex));
  CHECK(bare_bytes(bare("6e0c00 000000000000000001000000"_hex)) == "6e0900000000000000000001"_hex);
}

TEST_CASE("binaries and bit strings") {
  const term text = bare("6d00000002"_hex, "hi");
  CHECK(text.is_binary());
  CHECK(text.as_text() == "hi");
  CHECK(text.size() == 2);
  const term bits = bare("4d0000000203 01ff"_hex);
  CHECK_FALSE(bits.is_binary());
  CHECK(bits.is_bit_string());
  CHECK_FALSE(bits.as_text());
  REQUIRE(bits.as_bits());
  CHECK(bits.as_bits()->last_bits == 3);
  CHECK(to_hex(bits.as_bits()->bytes) == "01e0");  // what is behind the bits is no part of them
  CHECK(bits == bare("4d0000000203 01e0"_hex));
  CHECK(bare("4d0000000208 6869"_hex) == text);
  CHECK(bare("6d00000000"_hex).as_text() == "");
}

TEST_CASE("identifiers come out as they went in") {
  const term p = bare("58"_hex, "7703614068"_hex, "ffffffff fffffffe fffffffd"_hex);
  REQUIRE(p.as_pid());
  CHECK(p.as_pid()->node == "a@h"_atom);
  CHECK(p.as_pid()->id == 0xFFFF'FFFF);
  CHECK(p.as_pid()->serial == 0xFFFF'FFFE);
  CHECK(p.as_pid()->creation == 0xFFFF'FFFD);
  const term o = bare("78"_hex, "7703614068"_hex, "ffffffffffffffff 00000007"_hex);
  REQUIRE(o.as_port());
  CHECK(o.as_port()->id == ~std::uint64_t{0});
  CHECK(o.as_port()->creation == 7);
  const term r = bare("5a0005"_hex, "7703614068"_hex,
                      "00000009 00000001 00000002 00000003 00000004 00000005"_hex);
  REQUIRE(r.as_reference());
  CHECK(r.as_reference()->count == 5);
  CHECK(r.as_reference()->words[4] == 5);
  CHECK(r.as_reference()->creation == 9);
}

TEST_CASE("tuples are read by position") {
  const term t = sample();
  CHECK(t.is_tuple());
  CHECK(t.is_tuple(4));
  CHECK_FALSE(t.is_tuple(3));
  CHECK(t.size() == 4);
  CHECK(t[0] == "a"_atom);
  CHECK(t[1].size() == 2);
  CHECK(t[2].as_text() == "text");
  CHECK(t[4].is_nil());
  CHECK(t[static_cast<std::size_t>(-1)].is_nil());
}

TEST_CASE("lists are walked by head and tail and by elements, whatever they were encoded as") {
  const term chained = bare("6c00000001 6101 6c00000001 6102 6b000103"_hex);
  for (const term& list :
       {bare("6b0003010203"_hex), bare("6c00000003 6101 6102 6103 6a"_hex), chained}) {
    CHECK(list.size() == 3);
    CHECK(list.is_proper_list());
    CHECK(list == chained);
    std::int64_t sum = 0;
    std::int64_t expected = 0;
    for (const term& element : list.elements()) {
      CHECK(element.as_int64() == ++expected);
      sum += *element.as_int64();
    }
    CHECK(sum == 6);
    term rest = list;
    for (std::int64_t i = 1; i <= 3; ++i) {
      CHECK(rest.head().as_int64() == i);
      CHECK(rest.size() == static_cast<std::size_t>(4 - i));
      rest = rest.tail();
    }
    CHECK(rest.is_nil());
  }
}

TEST_CASE("an improper list has elements and a tail that is none") {
  const term list = bare("6c00000002 6101 6102 770161"_hex);
  CHECK(list.is_list());
  CHECK_FALSE(list.is_proper_list());
  CHECK(list.size() == 2);
  CHECK(std::ranges::distance(list.elements()) == 2);
  CHECK(list.tail().tail() == "a"_atom);
  CHECK(list.tail().head().as_int64() == 2);
}

TEST_CASE("maps are found by exact key") {
  const term map =
      bare("7400000004 6101 770161 463ff0000000000000 770162 770163 6a 6b00020102 770164"_hex);
  CHECK(map.is_map());
  CHECK(map.size() == 4);
  CHECK(map.find(bare("6101"_hex)) == term("a"_atom));
  CHECK(map.find(bare("463ff0000000000000"_hex)) == term("b"_atom));
  CHECK(map.find("c"_atom) == term());
  CHECK(map.find(bare("6c00000002 6101 6102 6a"_hex)) == term("d"_atom));
  CHECK_FALSE(map.find("nobody"_atom));
  CHECK_FALSE(map.find(bare("6102"_hex)));
  std::size_t pairs = 0;
  for (const auto& [key, value] : map.pairs()) {
    CHECK(map.find(key) == value);
    ++pairs;
  }
  CHECK(pairs == 4);
  CHECK_FALSE(bare("7400000000"_hex).find("a"_atom));
}

TEST_CASE("every key of a large map is found, in whatever order they came") {
  constexpr std::uint32_t count = 5000;
  byte_string bytes = bytes_of("74"_hex, big(count));
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t key = i * 2654435761U;
    bytes = bytes_of(bytes, "62"_hex, big(key), "62"_hex, big(i));
  }
  const term map = bare(bytes);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::optional<term> value = map.find(bare("62"_hex, big(i * 2654435761U)));
    REQUIRE(value);
    CHECK(value->as_int64() == i);
  }
  CHECK_FALSE(map.find(bare("6101"_hex)));
}

TEST_CASE("funs and records show what they are made of") {
  const term local =
      bare("70 00000000 02 000102030405060708090a0b0c0d0e0f 00000007 00000002"_hex,
           "77036d6f64 6103 62ffffffff 58 7700 00000001 00000002 00000003"_hex, "770178 6105"_hex);
  CHECK(local.is_fun());
  const std::optional<local_function> fun = local.as_local_function();
  REQUIRE(fun);
  CHECK(fun->module == "mod"_atom);
  CHECK(fun->arity == 2);
  CHECK(fun->index == 7);
  CHECK(fun->uniq[15] == 15);
  CHECK(fun->old_index == 3);
  CHECK(fun->old_uniq == -1);
  CHECK(fun->creator.serial == 2);
  CHECK(local.size() == 2);
  CHECK(local[0] == "x"_atom);
  CHECK(std::ranges::distance(local.elements()) == 2);

  const term external = bare("71 770161 770162 6103"_hex);
  CHECK(external.as_external_function() == external_function{"a"_atom, "b"_atom, 3});

  const term record = bare("43 00000002 01 77036d6f64 770172 770178 770179 6101 6b000161"_hex);
  const std::optional<record_head> head = record.as_record();
  REQUIRE(head);
  CHECK(head->module == "mod"_atom);
  CHECK(head->name == "r"_atom);
  CHECK(head->exported);
  REQUIRE(head->fields.size() == 2);
  CHECK(head->fields[1] == "y"_atom);
  CHECK(record.size() == 2);
  CHECK(record[0].as_int64() == 1);
  CHECK(record[1].size() == 1);
}

TEST_CASE("a part keeps what it needs alive") {
  term list_tail;
  term string_tail;
  term value;
  std::string_view text;
  term holder;
  {
    const term whole = sample();
    string_tail = whole[1].tail();
    holder = whole[2];
    text = *holder.as_text();
    value = *whole[3].find("k"_atom);
    list_tail = bare("6c00000003 6801 6101 6801 6102 6801 6103 6a"_hex).tail();
  }
  CHECK(string_tail.head().as_int64() == 2);
  CHECK(text == "text");
  CHECK(value[0] == "v"_atom);
  CHECK(list_tail.size() == 2);
  CHECK(list_tail.head()[0].as_int64() == 2);
  CHECK(list_tail.tail().head()[0].as_int64() == 3);
}

TEST_CASE("the elements of a temporary live as long as the loop over them") {
  std::size_t count = 0;
  for (const term& element : sample()[1].elements()) count += element.is_integer() ? 1 : 0;
  for (const auto& [key, value] : sample()[3].pairs())
    count += key.is_atom() && value.is_tuple() ? 1 : 0;
  CHECK(count == 3);
}

TEST_CASE("a compacted part is equal to the part") {
  const term whole = sample();
  for (const term& part : whole.elements()) CHECK(part.compact() == part);
}

TEST_CASE("terms are assigned, moved and swapped like values") {
  term a = sample();
  term b = a;
  CHECK(a == b);
  a = a[3];
  CHECK(a == b[3]);
  a = std::move(b);
  CHECK(a == sample());
  CHECK(b.is_nil());  // NOLINT(bugprone-use-after-move): what moving leaves behind is documented
  const term& self = a;
  a = self;
  CHECK(a == sample());
}

TEST_CASE("anything with a codec becomes a term and comes back") {
  const term t = term::from(std::tuple("ok"_atom, std::int64_t{7}, std::string("text")));
  CHECK(t.is_tuple(3));
  CHECK(t[2].as_text() == "text");
  using expected = std::tuple<atom, int, std::string>;
  REQUIRE(t.as<expected>());
  CHECK(*t.as<expected>() == expected("ok"_atom, 7, "text"));
  CHECK(term::from(t) == t);
  CHECK(*t.as<term>() == t);
  CHECK(*term::from(std::map<std::string, int>{{"a", 1}}).as<std::map<std::string, int>>() ==
        std::map<std::string, int>{{"a", 1}});
}

TEST_CASE("a term inside other types is decoded in place") {
  const term t = bare("6802 770161 6802 6101 6b000161"_hex);
  const auto pair = t.as<std::tuple<atom, term>>();
  REQUIRE(pair);
  CHECK(std::get<1>(*pair) == t[1]);
  const auto list = bare("6c00000002 6a 6800 6a"_hex).as<std::vector<term>>();
  REQUIRE(list);
  CHECK(list->size() == 2);
  CHECK((*list)[1].is_tuple(0));
}

TEST_CASE("a broken term inside other types fails the reader at its place") {
  const byte_string bytes = "6802 770161 6802 6101 08"_hex;
  reader in(bytes);
  (void)codec<std::tuple<atom, term>>::decode(in);
  CHECK(in.code() == errc::unknown_tag);
  CHECK(in.failure().offset() == 9);
  reader failed(bytes);
  failed.fail(errc::wrong_value);
  CHECK(codec<term>::decode(failed).is_nil());
  CHECK(failed.code() == errc::wrong_value);
}

TEST_CASE("what a term is not is a failure with a sentence") {
  const result<int> number = term("ok"_atom).as<int>();
  REQUIRE_FALSE(number);
  CHECK(number.error().code() == errc::wrong_type);
  CHECK(number.error().message().find("ok") != std::string::npos);
}

TEST_CASE("what has no encoding is refused when a term is made of it") {
  CHECK_THROWS_AS((void)term::from(std::nan("")), bad_result<error>);
}

TEST_CASE("terms are keys of hash tables") {
  std::unordered_map<term, int> table;
  table[sample()] = 1;
  table[sample()[1]] = 2;
  table["a"_atom] = 3;
  CHECK(table.size() == 3);
  CHECK(table[sample()] == 1);
  CHECK(table[bare("6c00000002 6101 6102 6a"_hex)] == 2);
  CHECK(table[bare("770161"_hex)] == 3);
}

TEST_CASE("threads may share a term and take it apart at the same time") {
  const term shared = sample();
  std::vector<std::thread> threads;
  std::array<bool, 4> fine{};
  for (std::size_t i = 0; i < fine.size(); ++i) {
    threads.emplace_back([&shared, &ok = fine[i]] {
      ok = true;
      for (int round = 0; round < 2000; ++round) {
        term copy;
        copy = shared;
        const term value = *copy[3].find("k"_atom);
        ok = ok && value[0] == "v"_atom && copy == shared;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const bool ok : fine) CHECK(ok);
}
